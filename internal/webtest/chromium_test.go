package webtest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"scorehouse/internal/webtest"
)

// What a visit finds is of its own page: neither forgotten nor left over from the page before.
func TestAVisitSeesWhatIsWrongWithItsPageOnly(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		body := "<p>Nothing is wrong here."
		if r.URL.Path == "/bad" {
			body = `<p style="width: 3000px">Too wide, were it not blocked. <img src="/missing.png">`
		}
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>%s</main>`, body)
	}))
	defer server.Close()
	browser := webtest.NewChromium(t)
	for range 2 {
		bad := browser.Open(webtest.Visit{URL: server.URL + "/bad"})
		if len(bad.Complaints) == 0 {
			t.Error("the browser does not complain about an inline style that the policy forbids")
		}
		if len(bad.Serious()) == 0 {
			t.Error("axe does not complain about an image without a text alternative")
		}
		if good := browser.Open(webtest.Visit{URL: server.URL + "/good"}); len(good.Complaints)+len(good.Serious()) > 0 {
			t.Errorf("a page without fault: %v %v", good.Complaints, good.Violations)
		}
	}
}
