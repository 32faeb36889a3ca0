package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"scorehouse/internal/login"
	"scorehouse/internal/webtest"
)

// aged makes the only session of a site have been used last so long ago.
func aged(t *testing.T, site *webtest.Site, ago time.Duration) {
	t.Helper()
	tag, err := site.Control.Exec(t.Context(), `update login.session set last_seen_at = now() - $1::interval`, ago)
	if err != nil || tag.RowsAffected() != 1 {
		t.Fatalf("%v, %v", tag, err)
	}
}

type left struct{ Idle, End int }

func leftOf(t *testing.T, p *webtest.Page) left {
	t.Helper()
	var l left
	if err := json.Unmarshal([]byte(p.OK().Body), &l); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestAskingHowLongTheSessionLastsDoesNotMakeItLonger(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.StateReader)
	aged(t, site, 18*time.Minute)
	for range 3 {
		if l := leftOf(t, b.Get("/session")); l.Idle < 100 || l.Idle > 120 || l.End < 8*3600-60 {
			t.Errorf("%+v, want about two minutes and eight hours", l)
		}
	}
	b.Get("/session/warning?return=%2Fs%2FTK").OK()
	if l := leftOf(t, b.Get("/session")); l.Idle > 120 {
		t.Errorf("the warning has made it last %d s", l.Idle)
	}
	if l := leftOf(t, b.Send(http.MethodPost, "/session/stay", url.Values{}, http.Header{"Accept": {"application/json"}})); l.Idle < 20*60-10 {
		t.Errorf("staying leaves %d s", l.Idle)
	}
	aged(t, site, 18*time.Minute)
	b.Get("/s/TK").OK()
	if l := leftOf(t, b.Get("/session")); l.Idle < 20*60-10 {
		t.Errorf("after a page %d s are left", l.Idle)
	}
}

func TestPagesWarnTwoMinutesBeforeTheSessionEndsWithAndWithoutScript(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.StateReader)
	page := b.Get("/s/TK?year=2026").OK()
	if got := page.Attributes("dialog#session", "data-over"); len(got) != 1 || got[0] != "/signed-out?return=%2Fs%2FTK%3Fyear%3D2026" {
		t.Errorf("the dialog leads to %q", got)
	}
	if !strings.Contains(page.Body, `<noscript><meta http-equiv="refresh" content="10`) || !strings.Contains(page.Body, `url=/session/warning?return=%2Fs%2FTK%3Fyear%3D2026"`) {
		t.Error("without script no warning follows")
	}
	// Without script: the warning, then back, or out.
	aged(t, site, 18*time.Minute)
	warning := b.Get("/session/warning?return=%2Fs%2FTK%3Fyear%3D2026").OK()
	if !strings.Contains(warning.Text("main"), "Stay signed in") || !strings.HasSuffix(warning.Header.Get("Refresh"), ";url=/signed-out?return=%2Fs%2FTK%3Fyear%3D2026") {
		t.Errorf("the warning says %q and leads to %q", warning.Text("main"), warning.Header.Get("Refresh"))
	}
	if got := b.Post("/session/stay", url.Values{"return": {"/s/TK?year=2026"}}); got.Location() != "/s/TK?year=2026" {
		t.Errorf("staying leads to %s", got.Location())
	}
	if got := b.Get("/session/warning?return=%2Fs%2FTK"); got.Location() != "/s/TK" {
		t.Errorf("with time left the warning leads to %q", got.Location())
	}
	for _, bad := range []string{"https://evil.example/", "//evil.example"} {
		if got := b.Post("/session/stay", url.Values{"return": {bad}}); got.Location() != "/" {
			t.Errorf("staying leads to %s", got.Location())
		}
		aged(t, site, 18*time.Minute)
		if got := b.Get("/session/warning?" + url.Values{"return": {bad}}.Encode()).OK(); strings.Contains(got.Body, "evil") || strings.Contains(got.Header.Get("Refresh"), "evil") {
			t.Error("the warning leads to another site")
		}
	}
	// Nothing can be stayed at the end of the longest session.
	if _, err := site.Control.Exec(t.Context(), `update login.session set expires_at = now() + interval '90 seconds', last_seen_at = now()`); err != nil {
		t.Fatal(err)
	}
	hard := b.Get("/session/warning?return=%2Fs%2FTK").OK()
	if got := hard.Link("Sign in again"); got != "/login?again=1&return=%2Fs%2FTK" || strings.Contains(hard.Text("main"), "Stay") {
		t.Errorf("at the very end: %q, %s", got, hard.Text("main"))
	}
}

func TestWhereASessionHasEndedNothingOfAnybodyIsShown(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	over := site.Anonymous(t).Get("/signed-out?return=" + url.QueryEscape(gradeFive)).OK()
	if got := over.Link("Sign in"); got != "/login?return="+url.QueryEscape(gradeFive) {
		t.Errorf("leads to %s", got)
	}
	if got := site.Anonymous(t).Get("/signed-out?return=https://evil.example/").OK().Link("Sign in"); got != "/login" {
		t.Errorf("leads to %s", got)
	}
}

func TestRevokedSessionsEndAtTheNextRequest(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b, other := site.As(t, webtest.StateReader), site.As(t, webtest.OtherTenant)
	if _, err := site.Sessions.Revoke(t.Context(), login.Filter{Tenant: "tamarack"}); err != nil {
		t.Fatal(err)
	}
	if got := b.Get("/s/TK"); got.Status != http.StatusSeeOther {
		t.Errorf("status %d, want to sign in", got.Status)
	}
	other.Get("/s/HM").OK()
}
