package gallery_test

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"scorehouse/internal/web/gallery"
	"scorehouse/internal/web/static"
	"scorehouse/internal/words"
	"scorehouse/internal/words/text"
)

var out = flag.String("out", "", "directory to keep the gallery in")

// written is the gallery that the tests read: to render it takes seconds.
var written = sync.OnceValues(func() (string, error) {
	dir := *out
	if dir == "" {
		dir = scratch
	}
	return dir, gallery.Write(dir)
})

var scratch string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "scorehouse-gallery-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch)
		return m.Run()
	}())
}

func galleryOf(t *testing.T) string {
	t.Helper()
	dir, err := written()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEveryPageRendersWithoutInlineStylesOrScripts(t *testing.T) {
	t.Parallel()
	dir := galleryOf(t)
	for _, l := range words.Languages() {
		for _, s := range gallery.Samples(words.For(l.Code)) {
			page, err := os.ReadFile(filepath.Join(dir, gallery.File(s.Name, l)))
			if err != nil {
				t.Fatal(err)
			}
			for _, banned := range []string{" style=", "<style", "<script>", " onclick=", " onload=", "javascript:", "%!", "NaN", "<nil>"} {
				if strings.Contains(string(page), banned) {
					t.Errorf("%s in %s contains %q", s.Name, l.English, banned)
				}
			}
		}
	}
}

// Rules every page keeps, in every language: it says which language it is in, one heading of the first rank, a caption in every table, at
// most one sorted column in a table, no id twice, no empty link, no text without words, no placeholder left, nothing in another language.
func TestEveryPageIsWellBuilt(t *testing.T) {
	t.Parallel()
	for _, l := range words.Languages() {
		foreign := englishOnly(t, l.Code)
		for _, s := range gallery.Samples(words.For(l.Code)) {
			t.Run(s.Name+"."+l.Code, func(t *testing.T) {
				t.Parallel()
				var page strings.Builder
				if err := s.Component.Render(t.Context(), &page); err != nil {
					t.Fatal(err)
				}
				root, err := html.Parse(strings.NewReader(page.String()))
				if err != nil {
					t.Fatal(err)
				}
				checkPage(t, root, l.Code)
				checkWords(t, root, foreign)
			})
		}
	}
}

func checkPage(t *testing.T, root *html.Node, language string) {
	t.Helper()
	counts, ids := map[string]int{}, map[string]bool{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		counts[n.Data]++
		if id := attribute(n, "id"); id != "" && ids[id] {
			t.Errorf("id %q twice", id)
		} else if id != "" {
			ids[id] = true
		}
		if n.Data == "html" && attribute(n, "lang") != language {
			t.Errorf("the page says that it is in %q", attribute(n, "lang"))
		}
		if n.Data == "a" && attribute(n, "href") == "" {
			t.Errorf("a link leads nowhere: %s", textOf(n))
		}
		if n.Data == "script" && (attribute(n, "src") == "" || textOf(n) != "") {
			t.Errorf("an inline script: %s", textOf(n))
		}
		if slices.Contains([]string{"h1", "h2", "h3", "a", "button", "summary", "label", "legend", "option", "dt", "caption", "title"}, n.Data) && textOf(n) == "" {
			t.Errorf("a %s says nothing", n.Data)
		}
		if n.Data == "table" {
			checkTable(t, n)
		}
	}
	if counts["h1"] != 1 || counts["main"] != 1 {
		t.Errorf("%d headings of the first rank and %d main parts, want one of each", counts["h1"], counts["main"])
	}
}

// checkWords looks for texts that no reader of the language should see.
func checkWords(t *testing.T, root *html.Node, foreign map[string]string) {
	t.Helper()
	check := func(text string) {
		text = strings.Join(strings.Fields(text), " ")
		if key, ok := foreign[text]; ok {
			t.Errorf("%s is in English: %s", key, text)
		}
		if strings.ContainsAny(text, "{}") {
			t.Errorf("a placeholder is left: %s", text)
		}
	}
	for n := range root.Descendants() {
		if n.Type == html.TextNode && attribute(n.Parent, "translate") != "no" { // "ID" is Idaho
			check(n.Data)
		}
		check(attribute(n, "aria-label"))
	}
}

// englishOnly are the English texts that have no value in them, by text with their key, that another language says otherwise. It is empty for English.
func englishOnly(t *testing.T, language string) map[string]string {
	t.Helper()
	all, err := text.Read()
	if err != nil {
		t.Fatal(err)
	}
	var english, other text.Language
	for _, l := range all.Languages {
		switch l.Code {
		case text.Source:
			english = l
		case language:
			other = l
		}
	}
	foreign := map[string]string{}
	if other.Code == "" {
		return foreign
	}
	said := map[string]bool{} // what the language says somewhere
	for _, forms := range other.Messages {
		said[forms[text.Other]] = true
	}
	for _, s := range other.Content {
		said[s] = true
	}
	for key, forms := range english.Messages {
		if s := forms[text.Other]; !said[s] && !strings.Contains(s, "{") {
			foreign[s] = key
		}
	}
	for key, s := range english.Content {
		if !said[s] {
			foreign[s] = key
		}
	}
	return foreign
}

func checkTable(t *testing.T, table *html.Node) {
	t.Helper()
	captions, sorted := 0, 0
	for n := range table.Descendants() {
		if n.Data == "caption" && textOf(n) != "" {
			captions++
		}
		if attribute(n, "aria-sort") != "" {
			sorted++
		}
	}
	if captions != 1 || sorted > 1 {
		t.Errorf("a table has %d captions and %d sorted columns, want 1 and at most 1: %.80s", captions, sorted, textOf(table))
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// What a browser fetches at its first visit, compressed as the server does: the page, the style sheet, the scripts, the typeface, the icon.
func TestNoFirstVisitTransfersMoreThan200kB(t *testing.T) {
	t.Parallel()
	zipped := func(b []byte) int {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = w.Write(b)
		_ = w.Close()
		return out.Len()
	}
	rest := 0
	for address, body := range static.Files() {
		if strings.HasSuffix(address, ".woff2") {
			rest += len(body)
		} else {
			rest += zipped(body)
		}
	}
	dir := galleryOf(t)
	for _, l := range words.Languages() {
		for _, s := range gallery.Samples(words.For(l.Code)) {
			page, err := os.ReadFile(filepath.Join(dir, gallery.File(s.Name, l)))
			if err != nil {
				t.Fatal(err)
			}
			if n := zipped(page) + rest; n > 200_000 {
				t.Errorf("%s in %s: %d bytes", s.Name, l.English, n)
			}
		}
	}
}
