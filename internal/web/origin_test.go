package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"scorehouse/internal/web"
	"scorehouse/internal/webtest"
)

func proxies(t *testing.T, texts ...string) web.Proxies {
	t.Helper()
	ps, err := web.ParseProxies(texts)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

func TestOnlyTrustedProxiesSayWhereARequestComesFrom(t *testing.T) {
	t.Parallel()
	const ours = "10.1.0.5"
	for name, c := range map[string]struct {
		remote     string
		for_, from []string // X-Forwarded-For, X-Forwarded-Proto
		client     string
		secure     bool
	}{
		"a stranger's word":                   {"192.0.2.9:1", []string{"203.0.113.1"}, []string{"https"}, "192.0.2.9", false},
		"a proxy's word":                      {ours + ":1", []string{"203.0.113.1"}, []string{"https"}, "203.0.113.1", true},
		"what the browser had written before": {ours + ":1", []string{"8.8.8.8, 203.0.113.1"}, []string{"https"}, "203.0.113.1", true},
		"in two fields":                       {ours + ":1", []string{"8.8.8.8", "203.0.113.1"}, []string{"http", "https"}, "203.0.113.1", true},
		"a chain of proxies":                  {ours + ":1", []string{"203.0.113.1, 10.1.0.77"}, []string{"https"}, "203.0.113.1", true},
		"without TLS":                         {ours + ":1", []string{"203.0.113.1"}, []string{"http"}, "203.0.113.1", false},
		"the last word counts":                {ours + ":1", []string{"203.0.113.1"}, []string{"https, http"}, "203.0.113.1", false},
		"nothing said":                        {ours + ":1", nil, nil, ours, false},
		"unreadable":                          {ours + ":1", []string{"203.0.113.1, who knows"}, []string{"https"}, ours, true},
		"with a port":                         {ours + ":1", []string{"203.0.113.1:4711"}, []string{"https"}, "203.0.113.1", true},
		"version 6":                           {"[::ffff:10.1.0.5]:1", []string{"2001:db8::1"}, []string{"https"}, "2001:db8::1", true},
		"version 6 in brackets":               {ours + ":1", []string{"[2001:db8::1]:99"}, []string{"https"}, "2001:db8::1", true},
		"no address at all":                   {"@", nil, nil, "invalid IP", false},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.for_, "X-Forwarded-Proto": c.from}}
		client, secure := web.OriginOf(proxies(t, "10.1.0.0/24"), r)
		if client.String() != c.client || secure != c.secure {
			t.Errorf("%s: %s, secure %t; want %s, %t", name, client, secure, c.client, c.secure)
		}
	}
}

func TestProxiesThatAreEverybodyOrNobodyAreRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"0.0.0.0/0", "::/0", "proxy.example", "10.1.0.0/33", "", "10.1.0"} {
		if ps, err := web.ParseProxies([]string{bad}); err == nil {
			t.Errorf("%q is taken for %v", bad, ps)
		}
	}
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
