package gallery_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"scorehouse/internal/web/gallery"
	"scorehouse/internal/webtest"
	"scorehouse/internal/words"
)

// everywhere has axe read every sample that is opened, in every language: minutes.
var everywhere = flag.Bool("everywhere", false, "run axe on every sample in every language")

// windows are widths that pages must fit: phones, 200 percent on a laptop (640), tablets, laptops.
var windows = []int64{320, 390, 640, 1024, 1280, 1440}

// policy is what pages must live with: everything from their own server, nothing inline.
const policy = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"

func TestPagesAreAccessibleAndFitEveryWindowUnderTheStrictPolicy(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	files := http.FileServer(http.Dir(galleryOf(t)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	browser := webtest.NewChromium(t)
	look := func(name string, l words.Language, width int64, plain bool) {
		seen := browser.Open(webtest.Visit{URL: server.URL + "/" + gallery.File(name, l), Width: width, Widths: windows, Plain: plain && !*everywhere})
		for _, v := range seen.Violations {
			t.Errorf("%s in %s at %d px: %s", name, l.English, width, v)
		}
		for _, c := range seen.Complaints {
			t.Errorf("%s in %s at %d px: the browser says: %s", name, l.English, width, c)
		}
		if seen.Overflow > 0 {
			t.Errorf("%s in %s at %d px: wider than the window by %d", name, l.English, width, seen.Overflow)
		}
		if len(seen.Overflows) > 0 {
			t.Errorf("%s in %s: wider than windows by %v", name, l.English, seen.Overflows)
		}
		if seen.Shift >= 0.01 { // less than anybody sees
			t.Errorf("%s in %s at %d px: moves while it loads, by %v", name, l.English, width, seen.Shift)
		}
	}
	// Every sample must fit every window, in English; those that are made of different parts in all languages, and axe reads these: at the narrowest
	// window, where lists take the place of tables, and the first of a kind in a wide one too.
	languages := words.Languages()
	kinds := map[string]bool{}
	for _, s := range gallery.Samples(words.For("")) {
		if s.Large {
			continue // axe takes minutes over thousands of cells that are like the few of other samples
		}
		kind, _, _ := strings.Cut(s.Name, "-")
		if kind == "message" && kinds[kind] && s.Name != "message-sign-in-loop" {
			continue // messages differ in their text alone; that one is the longest
		}
		first := !kinds[kind]
		kinds[kind] = true
		look(s.Name, languages[0], 320, !first && !otherwise[s.Name])
		if first {
			look(s.Name, languages[0], 1440, false)
		}
		if first || otherwise[s.Name] {
			for _, l := range languages[1:] {
				look(s.Name, l, 320, true)
			}
		}
	}
}

// otherwise are samples that are made of other parts than the first of their kind.
var otherwise = map[string]bool{"students-interim": true, "students-blocks": true, "report-blocks": true, "comparison-grades": true, "help-reading": true, "students-math": true, "students-blocks-all": true, "published-numbers": true, "published-group-of-school": true}
