package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/release"
	"scorehouse/internal/webtest"
)

func TestReviewersMakeLookReleaseAndWithdrawAndEveryStepIsRecorded(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	admin := site.As(t, webtest.SuperUser)
	desk := site.ReleaseDesk()
	admin.Get("/admin/releases").OK()
	recorded := func(p *webtest.Page, want ...string) {
		t.Helper()
		var got []string
		for _, e := range site.Trail.Of(p.Header.Get("X-Request-Id")) {
			got = append(got, string(e.Kind)+" "+string(e.Outcome))
		}
		if !slices.Equal(got, want) {
			t.Errorf("recorded %q, want %q", got, want)
		}
	}
	p := admin.Post("/admin/releases", url.Values{"state": {"TK"}, "year": {"2026"}, "kind": {"final"}})
	recorded(p, "admin.release.make begun", "admin.release.make ")
	id, err := strconv.ParseInt(strings.TrimPrefix(p.Location(), "/admin/releases/"), 10, 64)
	if err != nil {
		t.Fatalf("status %d leads to %q", p.Status, p.Location())
	}
	page := "/admin/releases/" + strconv.FormatInt(id, 10)
	if p := admin.Get(page).OK(); p.Header.Get("Refresh") == "" || !strings.Contains(p.Text("main"), "Being decided") {
		t.Errorf("while it is decided: %q, %s", p.Header.Get("Refresh"), p.Text("main"))
	}
	if p := admin.Post("/admin/releases", url.Values{"state": {"TK"}, "year": {"2026"}, "kind": {"final"}}); p.Location() != "/admin/releases?problem=being-decided" {
		t.Errorf("a second one leads to %q", p.Location())
	}
	site.Decide(t, id)
	p = admin.Post(page+"/preview", url.Values{"min_n": {"40"}}).OK()
	recorded(p, "admin.release.read ")
	if p := admin.Post(page+"/preview", url.Values{"min_n": {"x"}}).OK(); !strings.Contains(p.Text("main"), "cannot be used") {
		t.Errorf("no number: %s", p.Text("main"))
	}
	for _, want := range []string{"Waits for review", "By subtraction", "With at least 40 students"} {
		if !strings.Contains(p.Text("main"), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if len(published(t, site).Parts) > 0 {
		t.Error("readers see it before it is released")
	}
	recorded(admin.Post(page+"/publish", url.Values{}), "admin.release.publish begun", "admin.release.publish ")
	if v := published(t, site); len(v.Parts) == 0 || v.Parts[0].Release.ID != id {
		t.Errorf("released: %+v", v)
	}
	if p := admin.Post(page+"/publish", url.Values{}); p.Location() != page+"?problem=not-reviewed" {
		t.Errorf("again leads to %q", p.Location())
	}
	recorded(admin.Post(page+"/withdraw", url.Values{}), "admin.release.withdraw begun", "admin.release.withdraw ")
	e, err := desk.Get(t.Context(), id)
	if err != nil || e.State != release.StateWithdrawn || !strings.Contains(e.WithdrawnBy, "super-user-1") {
		t.Errorf("withdrawn: %+v, %v", e, err)
	}
}

// published is what readers see of Tamarack's year.
func published(t *testing.T, site *webtest.Site) *release.View {
	t.Helper()
	v, err := release.NewStore(site.Control).Read(t.Context(), "tamarack", 2026, 0)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestALinkIsShownOnceAndOpensUntilItIsRevoked(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	admin := site.As(t, webtest.SuperUser)
	p := admin.Post("/admin/links", url.Values{"state": {"TK"}, "days": {"30"}, "note": {"press office"}, "index": {"1"}}).OK()
	_, token, found := strings.Cut(p.Text("main code"), release.PublicPath)
	if !found {
		t.Fatalf("no address: %s", p.Text("main"))
	}
	l, err := release.NewStore(site.Control).Link(t.Context(), token)
	if err != nil || !l.Indexable || l.Note != "press office" {
		t.Errorf("the link is %+v, %v", l, err)
	}
	list := admin.Get("/admin/releases").OK()
	if strings.Contains(list.Body, token) || !strings.Contains(list.Text("main"), "press office") {
		t.Errorf("the list: %s", list.Text("main"))
	}
	if p := admin.Post("/admin/links/"+strconv.FormatInt(l.ID, 10)+"/revoke", url.Values{}); p.Status != http.StatusSeeOther {
		t.Errorf("revoking: status %d", p.Status)
	}
	if _, err := release.NewStore(site.Control).Link(t.Context(), token); !fault.Is(err, fault.NotFound) {
		t.Errorf("it still opens: %v", err)
	}
	if strings.Contains(site.Trail.Written(t), token) || strings.Contains(site.Log.String(), token) {
		t.Error("the token is in the trail or the log")
	}
	for _, days := range []string{"0", "", "x", "99999999999", "-3"} {
		if p := admin.Post("/admin/links", url.Values{"state": {"TK"}, "days": {days}}); p.Location() != "/admin/releases?problem=not-understood" {
			t.Errorf("%q days: status %d, %q", days, p.Status, p.Location())
		}
	}
}

func TestReleasesOfOtherStatesDoNotExist(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	e := site.MakeRelease(t, 2026, false)
	page := "/admin/releases/" + strconv.FormatInt(e.ID, 10)
	elsewhere := webtest.Identity(webtest.NoRole)
	elsewhere.UserID, elsewhere.Grants = "hemlock-admin", access.Grants{{Role: access.SuperUser, Tenant: "hemlock"}}
	b := site.AsIdentity(t, elsewhere)
	if p := b.Get("/admin/releases").OK(); strings.Contains(p.Body, "Tamarack") {
		t.Error("the list shows another state's")
	}
	for _, c := range []struct{ method, path string }{{"GET", page}, {"POST", page + "/publish"}, {"POST", page + "/withdraw"}} {
		p := b.Send(c.method, c.path, url.Values{}, nil)
		if kinds := kindsOf(site.Trail.Of(p.Header.Get("X-Request-Id"))); p.Status != http.StatusNotFound || !slices.Equal(kinds, []audit.Kind{audit.AccessRefused}) {
			t.Errorf("%s %s: status %d, recorded %v", c.method, c.path, p.Status, kinds)
		}
	}
	if p := b.Post("/admin/releases", url.Values{"state": {"TK"}, "year": {"2026"}, "kind": {"final"}}); p.Status != http.StatusNotFound {
		t.Errorf("making one of another state: status %d", p.Status)
	}
	if p := b.Post("/admin/links", url.Values{"state": {"TK"}, "days": {"3"}}); p.Status != http.StatusNotFound {
		t.Errorf("a link of another state: status %d", p.Status)
	}
}

func TestWhatCannotBeRecordedIsNotReleased(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	e := site.MakeRelease(t, 2026, false)
	admin := site.As(t, webtest.SuperUser)
	site.Trail.Break(audit.ErrClosed)
	if p := admin.Post("/admin/releases/"+strconv.FormatInt(e.ID, 10)+"/publish", url.Values{}); p.Status < 500 {
		t.Errorf("status %d", p.Status)
	}
	if len(published(t, site).Parts) > 0 {
		t.Error("it is released")
	}
}
