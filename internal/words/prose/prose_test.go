package prose_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/words/prose"
)

func TestAPageBecomesATree(t *testing.T) {
	t.Parallel()
	got, err := prose.Parse("# Title\n\nLead with **weight** and\na [link](/help).\n\n## First {#first-one}\n\n### Heading\n\n- one\n  more\n- **two**\n\n[figure score]\n\n" +
		"1. step\n2. step [x](#first-one)\n\n## Second {#second}\n\n2 * 3 [brackets] & <b>text</b>\n")
	if err != nil {
		t.Fatal(err)
	}
	plain := func(s string) []prose.Span { return []prose.Span{{Text: s}} }
	want := prose.Document{
		Title: "Title",
		Lead:  []prose.Block{{Text: []prose.Span{{Text: "Lead with "}, {Text: "weight", Strong: true}, {Text: " and a "}, {Text: "link", Link: "/help"}, {Text: "."}}}},
		Sections: []prose.Section{
			{Name: "first-one", Title: "First", Blocks: []prose.Block{
				{Kind: prose.Heading, Text: plain("Heading")},
				{Kind: prose.Bullets, Items: [][]prose.Span{plain("one more"), {{Text: "two", Strong: true}}}},
				{Kind: prose.Figure, Name: "score"},
				{Kind: prose.Steps, Items: [][]prose.Span{plain("step"), {{Text: "step "}, {Text: "x", Link: "#first-one"}}}},
			}},
			{Name: "second", Title: "Second", Blocks: []prose.Block{{Text: plain("2 * 3 [brackets] & <b>text</b>")}}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeReadNamesItsLine(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"# T\n\n## No name\n":                         "line 3: a section needs a name",
		"# T\n\n## Bad name {#Übung}\n":               "line 3: a section needs a name",
		"# T\n\n## A {#a}\n\n## B {#a}\n":             "line 5: there are two sections {#a}",
		"# T\n\n**open\n\nx":                          "line 4",
		"# T\n\n[x](javascript:alert(1))\n\n":         "a link leads to",
		"# T\n\n[x](//elsewhere.example)\n\n":         "a link leads to",
		"# T\n\n[x](https://a.example/\"onload=)\n\n": "a link leads to",
		"# T\n\n[x](http://a.example)\n\n":            "a link leads to",
		"# T\n\n[x](#)":                               "a link leads to",
		"# T\n\n- [](/help)\n":                        "a link leads to",
	} {
		if _, err := prose.Parse(source); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", source, err, want)
		}
	}
	if _, err := prose.Blocks("x\n\n## Section {#s}"); err == nil {
		t.Error("the text of a section begins another one")
	}
	if blocks, err := prose.Blocks("# not a title"); err != nil || len(blocks) != 1 || blocks[0].Text[0].Text != "# not a title" {
		t.Errorf("the text of a section has a title: %v, %v", blocks, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "# T\n\n## A {#a}\n\ntext **b** [l](/x)", "**", "****", "[", "[a](", "- \n- x\n1. y", "## {#}", "[figure x]", "\r\n# x", "1. \n2. ", "*[*](/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		d, err := prose.Parse(source)
		if err != nil {
			return
		}
		blocks := d.Lead
		for _, s := range d.Sections {
			blocks = append(blocks, s.Blocks...)
		}
		for _, b := range blocks {
			for _, spans := range append(b.Items, b.Text) {
				for _, s := range spans {
					if s.Text == "" || s.Link != "" && !strings.HasPrefix(s.Link, "/") && !strings.HasPrefix(s.Link, "#") && !strings.HasPrefix(s.Link, "https://") {
						t.Errorf("%q has the span %+v", source, s)
					}
				}
			}
		}
	})
}
