package web_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"scorehouse/internal/audit"
	"scorehouse/internal/web"
	"scorehouse/internal/web/meter"
	"scorehouse/internal/webtest"
)

// few is a limit that a test reaches.
func few(o *web.Options) { o.Limit = meter.Limit{Burst: 3, PerSecond: 1} }

func TestTooManyRequestsToSignInAreRefusedBeforeAnythingIsDone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, path string
		form         url.Values
	}{
		{http.MethodGet, "/login", nil},
		{http.MethodPost, "/saml_post", url.Values{"SAMLResponse": {"x"}}},
		{http.MethodGet, "/saml/logout?SAMLRequest=x", nil},
		{http.MethodPost, "/saml/logout", url.Values{"SAMLRequest": {"x"}}},
	} {
		t.Run(c.method+strings.ReplaceAll(c.path, "/", "_"), func(t *testing.T) {
			t.Parallel()
			site := webtest.NewSite(t, few)
			b := site.Anonymous(t)
			refused := 0
			for range 12 {
				p := b.Send(c.method, c.path, c.form, nil)
				if p.Status != http.StatusTooManyRequests {
					continue
				}
				refused++
				if seconds, err := strconv.Atoi(p.Header.Get("Retry-After")); err != nil || seconds < 1 {
					t.Errorf("Retry-After is %q", p.Header.Get("Retry-After"))
				}
				if !strings.Contains(p.Text("h1"), "Too many people") || len(site.Trail.Of(p.Header.Get("X-Request-Id"))) != 0 {
					t.Errorf("says %q, recorded %v", p.Text("h1"), site.Trail.Of(p.Header.Get("X-Request-Id")))
				}
			}
			if refused == 0 {
				t.Fatal("no request was refused")
			}
			if got := strings.Count(site.Log.String(), "asks too often"); got != 1 {
				t.Errorf("%d lines of the log, want 1", got)
			}
			if p := b.Send(c.method, c.path, c.form, http.Header{"Accept": {"application/json"}}); p.Status == http.StatusTooManyRequests && p.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("a program gets %s", p.Header.Get("Content-Type"))
			}
			for _, path := range []string{"/signed-out", "/services/heartbeat", "/help"} {
				b.Get(path).OK()
			}
			site.As(t, webtest.StateReader).Get("/s/TK").OK()
		})
	}
}

func TestBehindAProxyTheLimitIsThePersonsOwn(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t, few, func(o *web.Options) { o.Proxies = proxies(t, "127.0.0.1") })
	b := site.Anonymous(t)
	ask := func(client string) int {
		return b.Send(http.MethodGet, "/saml/logout", nil, http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {client}}).Status
	}
	for range 10 {
		ask("192.0.2.1")
	}
	if got := ask("192.0.2.1"); got != http.StatusTooManyRequests {
		t.Errorf("somebody who asks too often gets %d", got)
	}
	if got := ask("192.0.2.2"); got == http.StatusTooManyRequests {
		t.Error("somebody else is refused")
	}
}

func TestALargeMessageCountsSeveralTimesAlsoWhenItDoesNotSayHowLargeItIs(t *testing.T) {
	t.Parallel()
	message := []byte("SAMLResponse=" + strings.Repeat("A", 1<<20))
	for name, body := range map[string]func() io.Reader{
		"said":   func() io.Reader { return bytes.NewReader(message) },
		"unsaid": func() io.Reader { return io.MultiReader(bytes.NewReader(message)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := webtest.NewSite(t, func(o *web.Options) { o.Limit = meter.Limit{Burst: 20, PerSecond: 1} })
			var got []int
			for range 2 {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site.URL+"/saml_post", body())
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				got = append(got, res.StatusCode)
			}
			if got[0] != http.StatusForbidden || got[1] != http.StatusTooManyRequests {
				t.Errorf("statuses %v, want 403 as the message is none, then 429", got)
			}
		})
	}
}

func TestFormsOfOtherSitesAreNotAllRecordedWhenThereAreMany(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.Anonymous(t)
	for range 120 {
		if p := b.Send(http.MethodPost, "/signout", url.Values{}, http.Header{"Sec-Fetch-Site": {"cross-site"}}); p.Status != http.StatusForbidden {
			t.Fatalf("status %d", p.Status)
		}
	}
	if got := len(site.Trail.Of("")); got < 60 || got >= 120 {
		t.Errorf("%d of 120 are recorded, want 60 and a few", got)
	}
}

func TestImagesAndFramesOfOtherSitesBeginNoSignIn(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t, few)
	site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	b := site.Anonymous(t)
	for name, h := range map[string]http.Header{
		"an image": {"Sec-Fetch-Mode": {"no-cors"}, "Sec-Fetch-Dest": {"image"}, "Sec-Fetch-Site": {"cross-site"}},
		"a script": {"Sec-Fetch-Mode": {"cors"}, "Sec-Fetch-Dest": {"empty"}, "Sec-Fetch-Site": {"cross-site"}},
		"a frame":  {"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"iframe"}, "Sec-Fetch-Site": {"cross-site"}},
	} {
		for range 5 { // nor do they count for those behind the same address
			p := b.Send(http.MethodGet, "/login", nil, h)
			if p.Status != http.StatusForbidden || len(p.Header["Set-Cookie"]) != 0 {
				t.Errorf("%s: status %d", name, p.Status)
			}
		}
		if p := b.Send(http.MethodPost, "/saml_post", url.Values{"SAMLResponse": {"x"}}, h); p.Status != http.StatusForbidden {
			t.Errorf("%s posts: status %d", name, p.Status)
		}
	}
	if got := site.Trail.Of(""); len(got) != 0 {
		t.Errorf("recorded %v", kindsOf(got))
	}
	for name, h := range map[string]http.Header{"a link": {"Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}, "Sec-Fetch-Site": {"cross-site"}}, "an old browser": nil} {
		if p := b.Send(http.MethodGet, "/login", nil, h); p.Status != http.StatusSeeOther {
			t.Errorf("%s: status %d", name, p.Status)
		}
	}
	if got := kindsOf(site.Trail.Of("")); len(got) != 2 || got[0] != audit.SignInBegun {
		t.Errorf("recorded %v, want two begun", got)
	}
}

func TestRequestsForAnotherHostAreRefused(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t, func(o *web.Options) { o.Address = "https://Reports.example.gov" })
	ask := func(host, path string) *webtest.Page {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return webtest.ReadPage(t, path, res)
	}
	for _, ours := range []string{"reports.example.gov", "REPORTS.example.gov", "reports.example.gov:443", "reports.example.gov:8443", "reports.example.gov."} {
		if p := ask(ours, "/signed-out"); p.Status != http.StatusOK {
			t.Errorf("%s: status %d", ours, p.Status)
		}
	}
	for _, other := range []string{"", "127.0.0.1", "evil.example", "reports.example.gov.evil.example", "reports.example.gov@evil.example", "evil.example:443", "[::1]:80"} {
		for _, path := range []string{"/login", "/signed-out", "/saml/metadata", "/nothing", "/s/TK"} {
			p := ask(other, path)
			if p.Status != http.StatusMisdirectedRequest || len(p.Header["Set-Cookie"]) != 0 || p.Header.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%q, %s: status %d", other, path, p.Status)
			}
		}
		if p := ask(other, "/services/heartbeat"); p.Status != http.StatusOK {
			t.Errorf("%q: the heartbeat answers %d", other, p.Status)
		}
	}
	webtest.NewSite(t).Anonymous(t).Get("/signed-out").OK() // no address: any will do
}
