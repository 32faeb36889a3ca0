package demoidp_test

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"scorehouse/internal/demoidp"
	"scorehouse/internal/webtest"
)

func TestItExistsOnThisMachineOnly(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"another machine":                {"http://idp.example.gov", "http://127.0.0.1:1/saml/metadata"},
		"a service elsewhere":            {"http://localhost:1", "https://reports.example.gov/saml/metadata"},
		"one host, so cookies would mix": {"http://127.0.0.1:1", "http://127.0.0.1:2/saml/metadata"},
		"no address":                     {"", ""},
	} {
		if _, err := demoidp.New(demoidp.Config{Address: c[0], Service: c[1]}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	s, err := demoidp.New(demoidp.Config{Address: "http://localhost:1", Service: "http://127.0.0.1:2/saml/metadata", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := s.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("it serves everybody: %v", err)
	}
}

// get reads a page without following where it leads.
func get(t *testing.T, address string) (status int, body string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	p := webtest.ReadPage(t, address, res)
	return p.Status, p.Body
}

func TestItBelievesOnlyTheServiceProvider(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	provider := site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	good := site.Anonymous(t).Get("/login").Location()
	if status, body := get(t, good); status != http.StatusOK || !strings.Contains(body, "Who do you want to be?") || !strings.Contains(body, "Demonstration only.") {
		t.Fatalf("a good request: %d", status)
	}
	u, err := url.Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("RelayState", "another")
	for name, address := range map[string]string{
		"nothing": provider + "/sso", "unsigned": provider + "/sso?" + url.Values{"SAMLRequest": {q.Get("SAMLRequest")}}.Encode(), "changed": provider + "/sso?" + q.Encode(),
		"logout, nothing": provider + "/slo", "logout, a sign-in": strings.Replace(good, "/sso?", "/slo?", 1),
	} {
		if status, body := get(t, address); status != http.StatusBadRequest || strings.Contains(body, "Who do you want to be?") {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func TestItsPagesAreAccessible(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	site := webtest.NewSite(t)
	provider := site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	browser := webtest.NewChromium(t)
	for name, address := range map[string]string{"choose": site.Anonymous(t).Get("/login").Location(), "home": provider + "/", "refused": provider + "/sso"} {
		for _, width := range []int64{1440, 320} {
			seen := browser.Open(webtest.Visit{URL: address, Width: width})
			for _, v := range seen.Serious() {
				t.Errorf("%s at %d px: %s", name, width, v)
			}
			for _, c := range seen.Complaints {
				if name != "refused" {
					t.Errorf("%s at %d px: the browser says: %s", name, width, c)
				}
			}
			if seen.Overflow > 0 {
				t.Errorf("%s at %d px: wider than the window by %d", name, width, seen.Overflow)
			}
		}
	}
}
