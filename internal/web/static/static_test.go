package static_test

import (
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"scorehouse/internal/web/static"
)

func get(address, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", address, nil)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return w
}

func TestFilesAreServedUnderTheirFingerprintForEver(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"site.css", "scorehouse-sans.woff2", "favicon.svg"} {
		w := get(static.URL(name), "")
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, Cache-Control %q", name, w.Code, w.Header().Get("Cache-Control"))
		}
	}
	if w := get("/static/site.css", ""); w.Code != 404 {
		t.Errorf("a file without its fingerprint: status %d, want 404", w.Code)
	}
}

func TestTheStyleSheetNamesTheFontByItsAddressAndIsCompressed(t *testing.T) {
	t.Parallel()
	w := get(static.URL("site.css"), "br, gzip")
	if w.Header().Get("Content-Encoding") != "gzip" {
		t.Fatal("not compressed")
	}
	r, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	font := strings.TrimPrefix(static.URL("scorehouse-sans.woff2"), static.Prefix)
	if !strings.Contains(string(sheet), `url("`+font+`")`) {
		t.Errorf("the style sheet does not name %s", font)
	}
	if plain := get(static.URL("site.css"), "").Body.String(); plain != string(sheet) {
		t.Error("compressed and plain style sheets differ")
	}
}

func TestWhatAPageNeedsIsSmall(t *testing.T) {
	t.Parallel()
	total := 0
	for _, name := range []string{"site.css", "scorehouse-sans.woff2", "favicon.svg"} {
		total += get(static.URL(name), "gzip").Body.Len()
	}
	if total > 60_000 {
		t.Errorf("style sheet, typeface and icon take %d bytes, want at most 60,000", total)
	}
}
