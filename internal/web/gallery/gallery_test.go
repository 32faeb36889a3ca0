package gallery_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
		for _, banned := range []string{" style=", "<style", "<script", "javascript:", "%!", "NaN", "<nil>"} {
			if strings.Contains(string(page), banned) {
				t.Errorf("%s contains %q", s.Name, banned)
			}
		}
	}
}
