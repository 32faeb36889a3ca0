package gallery_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"scorehouse/internal/web/gallery"
	"scorehouse/internal/webtest"
)

// policy is what pages must live with: everything from their own server, nothing inline.
const policy = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"

func TestPagesAreAccessibleAndFitEveryWindowUnderTheStrictPolicy(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	dir := t.TempDir()
	if err := gallery.Write(dir); err != nil {
		t.Fatal(err)
	}
	files := http.FileServer(http.Dir(dir))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	browser := webtest.NewChromium(t)
	kinds := map[string]bool{}
	for _, s := range gallery.Samples() {
		if s.Large {
			continue // axe takes minutes over thousands of cells that are like the few of other samples
		}
		widths := []int64{320} // the narrowest window is the hardest; one page of each kind in a wide one
		if kind, _, _ := strings.Cut(s.Name, "-"); !kinds[kind] {
			kinds[kind] = true
			widths = append(widths, 1440)
		}
		for _, width := range widths {
			seen := browser.Open(webtest.Visit{URL: server.URL + "/" + s.Name + ".html", Width: width})
			for _, v := range seen.Violations {
				t.Errorf("%s at %d px: %s", s.Name, width, v)
			}
			for _, c := range seen.Complaints {
				t.Errorf("%s at %d px: the browser says: %s", s.Name, width, c)
			}
			if seen.Overflow > 0 {
				t.Errorf("%s at %d px: wider than the window by %d", s.Name, width, seen.Overflow)
			}
		}
	}
}
