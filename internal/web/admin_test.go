package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/tenant"
	"scorehouse/internal/webtest"
)

func TestFlushingDataCountsAgainAndFlushingSessionsSignsTheStatesPeopleOut(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	admin, reader, elsewhere := site.As(t, webtest.SuperUser), site.As(t, webtest.StateReader), site.As(t, webtest.OtherTenant)
	tested := func() string { return reader.Get("/s/TK").OK().Text("main") }
	before := tested()
	// A row changed behind our back is not seen while counts are remembered.
	if _, err := site.Tamarack.Exec(t.Context(), `update assessment_outcome set performance_level = 1 where performance_level is not null`); err != nil {
		t.Fatal(err)
	}
	if tested() != before {
		t.Fatal("counts are not remembered: nothing to flush")
	}
	for _, path := range []string{"/services/flush/data", "/services/cache/data"} {
		p := admin.Send(http.MethodDelete, path, nil, nil).OK()
		if p.Body != `{"cache_name":"data","result":"OK"}`+"\n" || p.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s answers %s: %s", path, p.Header.Get("Content-Type"), p.Body)
		}
	}
	if tested() == before {
		t.Error("the counts are the old ones")
	}
	p := admin.Send(http.MethodDelete, "/services/flush/session", nil, nil).OK()
	if kinds := kindsOf(site.Trail.Of(p.Header.Get("X-Request-Id"))); !slices.Equal(kinds, []audit.Kind{audit.AdminFlush, audit.SessionRevoked, audit.AdminFlush}) {
		t.Errorf("recorded %v", kinds)
	}
	for name, b := range map[string]*webtest.Browser{"the caller": admin, "a reader": reader} {
		if got := b.Get("/s/TK"); got.Status != http.StatusSeeOther {
			t.Errorf("%s is still signed in: %d", name, got.Status)
		}
	}
	elsewhere.Get("/s/HM").OK() // a state that the caller does not administer
	if p := site.As(t, webtest.SuperUser).Send(http.MethodDelete, "/services/flush/all", nil, nil).OK(); !strings.Contains(p.Body, `"all"`) {
		t.Errorf("answers %s", p.Body)
	}
	if p := site.As(t, webtest.SuperUser).Get("/services/flush/all"); p.Status == http.StatusOK {
		t.Error("reading an address flushes")
	}
}

func TestWhatCannotBeRecordedIsNotFlushed(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	admin, reader := site.As(t, webtest.SuperUser), site.As(t, webtest.StateReader)
	site.Trail.Break(audit.ErrClosed)
	if p := admin.Send(http.MethodDelete, "/services/flush/session", nil, nil); p.Status < 500 {
		t.Errorf("status %d", p.Status)
	}
	site.Trail.Break(nil)
	reader.Get("/s/TK").OK()
}

func TestSuperUsersReadWhichGrantShowsOrHidesAStudent(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	address := child(t, site)
	site.As(t, webtest.SchoolReader).Get(lakeside).OK() // people are known once they have signed in
	site.As(t, webtest.OtherSchool)
	site.As(t, webtest.OtherTenant)
	rejected := webtest.Identity("Aggregate Only")
	rejected.Rejections = []access.Rejection{{Position: 2, Class: "no_district", Reason: "the chain names a school without its district"}}
	site.AsIdentity(t, rejected)
	admin := site.As(t, webtest.SuperUser)
	ask := func(q url.Values) *webtest.Page { return admin.Get("/admin/access?" + q.Encode()) }
	answer := func(q url.Values) string {
		t.Helper()
		p := ask(q).OK()
		if kinds := kindsOf(site.Trail.Of(p.Header.Get("X-Request-Id"))); !slices.Equal(kinds, []audit.Kind{audit.AdminAccessExplain}) {
			t.Errorf("recorded %v", kinds)
		}
		return p.Text(".explain-answers")
	}
	for name, c := range map[string]struct {
		q    url.Values
		want []string
	}{
		"the student, to the school's reader":         {url.Values{"user": {"school-reader-1"}, "student": {site.URL + address}}, []string{"Yes: school 0117 of district 0042", "PII for school 0117 of district 0042"}},
		"the student, to another school's":            {url.Values{"user": {"other-school-1"}, "student": {address}}, []string{"No: school 0117 of district 0042", "PII for school 0117 of district 0043"}},
		"an institution":                              {url.Values{"user": {"school-reader-1"}, "district": {"0042"}, "school": {"0118"}}, []string{"No: school 0118 of district 0042"}},
		"comparisons":                                 {url.Values{"user": {"school-reader-1"}, "permission": {"view_aggregates"}}, []string{"Yes: the state is open"}},
		"a value that was refused":                    {url.Values{"user": {"aggregate-only-1"}, "district": {"0042"}}, []string{"No: district 0042", "Value 2: the chain names a school without its district."}},
		"nobody":                                      {url.Values{"user": {"nobody"}}, []string{"Nobody of that name"}},
		"somebody of a state that is not the asker's": {url.Values{"user": {"other-tenant-1"}}, []string{"Nobody of that name"}},
		"a school without its district":               {url.Values{"user": {"school-reader-1"}, "school": {"0117"}}, []string{"give the district"}},
		"no student":                                  {url.Values{"user": {"school-reader-1"}, "student": {unknownChild}}, []string{"not the address of a page about a student"}},
	} {
		got := answer(c.q)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: says %q, want %q", name, got, want)
			}
		}
	}
	if p := ask(url.Values{"user": {"x"}, "state": {"HM"}}); p.Status != http.StatusNotFound {
		t.Errorf("a state that the asker does not administer: status %d", p.Status)
	}
	if p := ask(url.Values{"user": {"x"}, "permission": {"everything"}}); p.Status != http.StatusBadRequest {
		t.Errorf("a permission that there is not: status %d", p.Status)
	}
	if p := admin.Get("/admin/access").OK(); len(p.Texts(".explain-answers")) != 0 || len(p.Texts("option")) == 0 {
		t.Error("answers before it is asked")
	}
	// Who holds nothing anywhere is found by those whose states the person's identity provider may speak for.
	theirs := func(provider string) string {
		who := webtest.Identity(webtest.NoRole)
		who.Provider, who.UserID, who.LoginName = provider, provider+"-new", provider+"-new"
		site.AsIdentity(t, who)
		return who.UserID
	}
	for name, id := range map[string]tenant.ID{"ours": "tamarack", "elsewhere": "hemlock"} {
		site.AddProvider(t, name, name)
		p, err := site.Providers.Get(t.Context(), name)
		if err == nil {
			p.AllTenants, p.Tenants = false, []tenant.ID{id}
			_, err = site.Providers.Change(t.Context(), site.Sessions, p)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for provider, want := range map[string]string{"ours": "No: district 0042", "elsewhere": "Nobody of that name", "gone": "Nobody of that name"} {
		if got := answer(url.Values{"user": {theirs(provider)}, "district": {"0042"}}); !strings.Contains(got, want) {
			t.Errorf("somebody without a role of the provider %s: says %q, want %q", provider, got, want)
		}
	}
	// The record says about whom; what was typed for nobody is a digest in it.
	for user, want := range map[string]string{"school-reader-1": "school-reader-1", "elsewhere-new": "typed elsewhere-new", "Quispe": "typed Quispe"} {
		p := ask(url.Values{"user": {user}}).OK()
		if got := site.Trail.Of(p.Header.Get("X-Request-Id")); len(got) != 1 || string(got[0].What.Object) != want {
			t.Errorf("%s: recorded %+v, want %q", user, got, want)
		}
	}
	if written := site.Trail.Written(t); !strings.Contains(written, `"object":"school-reader-1"`) || strings.Contains(written, "Quispe") || strings.Contains(written, "elsewhere-new") {
		t.Error("what is written does not say who was looked up, or says what was typed")
	}
	// The page is for super users, and only they are led to it.
	if links := site.As(t, webtest.StateReader).Get("/s/TK").OK().Attributes(`a[href="/admin/access"]`, "href"); len(links) != 0 {
		t.Error("a reader is led to the page")
	}
	if admin.Get("/s/TK").OK().Link("Who sees what") != "/admin/access" {
		t.Error("the super user is not led to the page")
	}
	// What people of both states hold in Hemlock is not told to Tamarack's super user.
	site.As(t, webtest.SeveralStates)
	if got := answer(url.Values{"user": {"several-states-1"}, "district": {"0042"}}); strings.Contains(got, "hemlock") || !strings.Contains(got, "PII for the whole state in tamarack") {
		t.Errorf("says %q", got)
	}
}
