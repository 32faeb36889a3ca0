package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"scorehouse/internal/web"
	"scorehouse/internal/web/origin"
	"scorehouse/internal/webtest"
)

func proxies(t *testing.T, texts ...string) origin.Proxies {
	t.Helper()
	ps, err := origin.Parse(texts)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

func TestBehindAProxyOnlyWhatCameOverTLSIsAnswered(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t, func(o *web.Options) { o.Proxies = proxies(t, "127.0.0.1") })
	b := site.As(t, webtest.StateReader)
	b.SetCookie("__Host-scorehouse", b.Cookies()[0].Value)
	page := b.Send(http.MethodGet, "/s/TK", nil, http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"192.0.2.7"}}).OK()
	if page.Header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers are not told to stay with TLS")
	}
	events := site.Trail.Of(page.Header.Get("X-Request-Id"))
	if len(events) != 1 || events[0].Client != netip.MustParseAddr("192.0.2.7") {
		t.Errorf("recorded %+v, want the browser's address", events)
	}
	for name, h := range map[string]http.Header{"nothing said": nil, "http": {"X-Forwarded-Proto": {"http"}}} {
		for _, path := range []string{"/s/TK", "/login", "/saml/metadata", "/nothing"} {
			p := b.Send(http.MethodGet, path, nil, h)
			if p.Status != http.StatusForbidden || strings.Contains(p.Body, "Lakeside") || len(p.Header["Set-Cookie"]) > 0 {
				t.Errorf("%s, %s: status %d", name, path, p.Status)
			}
		}
		if p := b.Send(http.MethodGet, "/services/heartbeat", nil, h); p.Status != http.StatusOK {
			t.Errorf("%s: the heartbeat answers %d", name, p.Status)
		}
	}
	// A proxy whose word is not believed is no way around it.
	other := webtest.NewSite(t, func(o *web.Options) { o.Proxies = proxies(t, "10.9.9.9") }).Anonymous(t)
	if p := other.Send(http.MethodGet, "/login", nil, forwarded); p.Status != http.StatusForbidden {
		t.Errorf("from a stranger: status %d", p.Status)
	}
}

func TestCallersThatAskForJSONGetProblemDetails(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).As(t, webtest.StateReader)
	for accept, want := range map[string]string{
		"":                                 "text/html; charset=utf-8",
		"text/html":                        "text/html; charset=utf-8",
		"*/*":                              "text/html; charset=utf-8",
		"application/json":                 "application/problem+json",
		"application/problem+json":         "application/problem+json",
		"application/json, text/html":      "text/html; charset=utf-8",
		"text/html;q=0.5,application/json": "application/problem+json",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "text/html; charset=utf-8",
		"text/html;q=x, application/json":                                 "application/problem+json",
		"garbage/;;, application/json":                                    "application/problem+json",
	} {
		for path, status := range map[string]int{"/nothing": 404, "/s/XX": 404, "/s/TK?year=x": 400, "/s/TK/d/0042/sc/0117/g/99": 404, "/admin/access": 403} {
			p := b.Send(http.MethodGet, path, nil, http.Header{"Accept": {accept}})
			if p.Status != status || p.Header.Get("Content-Type") != want {
				t.Errorf("Accept %q, %s: %d with %s, want %d with %s", accept, path, p.Status, p.Header.Get("Content-Type"), status, want)
			}
			if want == "application/problem+json" && !strings.Contains(p.Body, `"reference":"`+p.Header.Get("X-Request-Id")+`"`) {
				t.Errorf("%s: no reference: %s", path, p.Body)
			}
		}
	}
	// Programs get it without asking.
	if p := b.Send(http.MethodDelete, "/services/flush/data", nil, nil); p.Status != http.StatusForbidden || p.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a program: %d with %s", p.Status, p.Header.Get("Content-Type"))
	}
	if p := b.Post("/session/stay", url.Values{"return": {"/s/TK"}}); p.Status != http.StatusSeeOther {
		t.Errorf("a form: %d", p.Status)
	}
}
