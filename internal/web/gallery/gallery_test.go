package gallery_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"scorehouse/internal/web/gallery"
)

var out = flag.String("out", "", "directory to keep the gallery in")

func TestEveryPageRendersWithoutInlineStylesOrScripts(t *testing.T) {
	t.Parallel()
	dir := *out
	if dir == "" {
		dir = t.TempDir()
	}
	if err := gallery.Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, s := range gallery.Samples() {
		page, err := os.ReadFile(filepath.Join(dir, s.Name+".html"))
		if err != nil {
			t.Fatal(err)
		}
		for _, banned := range []string{" style=", "<style", "<script>", " onclick=", " onload=", "javascript:", "%!", "NaN", "<nil>"} {
			if strings.Contains(string(page), banned) {
				t.Errorf("%s contains %q", s.Name, banned)
			}
		}
	}
}

// Rules every page keeps: one heading of the first rank, a caption in every table, at most one sorted column in a
// table, no id twice, no empty link.
func TestEveryPageIsWellBuilt(t *testing.T) {
	t.Parallel()
	for _, s := range gallery.Samples() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			var page strings.Builder
			if err := s.Component.Render(t.Context(), &page); err != nil {
				t.Fatal(err)
			}
			root, err := html.Parse(strings.NewReader(page.String()))
			if err != nil {
				t.Fatal(err)
			}
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
				if n.Data == "a" && attribute(n, "href") == "" {
					t.Errorf("a link leads nowhere: %s", textOf(n))
				}
				if n.Data == "script" && (attribute(n, "src") == "" || textOf(n) != "") {
					t.Errorf("an inline script: %s", textOf(n))
				}
				if n.Data == "table" {
					checkTable(t, n)
				}
			}
			if counts["h1"] != 1 || counts["main"] != 1 {
				t.Errorf("%d headings of the first rank and %d main parts, want one of each", counts["h1"], counts["main"])
			}
		})
	}
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
