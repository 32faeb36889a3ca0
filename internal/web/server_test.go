package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"context"
	"errors"

	"scorehouse/internal/web"
	"scorehouse/internal/webtest"
)

func TestPeopleStartWhereTheirGrantsBegin(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	for who, want := range map[string]string{
		webtest.StateReader:    "/s/TK",
		webtest.DistrictReader: "/s/TK/d/0042",
		webtest.SchoolReader:   "/s/TK/d/0042/sc/0117",
		webtest.OtherSchool:    "/s/TK/d/0043/sc/0117",
		webtest.AggregateOnly:  "/s/TK",
		webtest.OtherTenant:    "/s/HM",
		webtest.SuperUser:      "/s/TK",
	} {
		if got := site.As(t, who).Get("/").Location(); got != want {
			t.Errorf("%s starts at %s, want %s", who, got, want)
		}
	}
}

func TestReadersFindTheirWayFromTheStateToAStudent(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.StateReader)
	state := b.Get("/s/TK?ethnicity=1,2,3,4,5,6,7,0").OK()
	district := b.Get(state.Link("Lakeside Unified")).OK()
	school := b.Get(district.Link("Lakeside Elementary")).OK()
	list := b.Get(school.Link("Grade 5")).OK()
	links := list.Attributes("main tbody a[href]", "href")
	if len(links) == 0 {
		t.Fatal("the list of students has no links")
	}
	report := b.Get(links[0]).OK()
	if !strings.Contains(links[0], "/reports/summative?") || len(report.Texts("h1")) != 1 {
		t.Errorf("%s has heads %q, want one", links[0], report.Texts("h1"))
	}
	if back := school.Link("State of Tamarack"); !strings.Contains(back, "ethnicity=") {
		t.Errorf("the way back %s has lost the filter", back)
	}
}

func TestTheAddressOfAStudentLeadsToTheNewestReport(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	address := child(t, site)
	short, _, _ := strings.Cut(address, "/reports/")
	got := site.As(t, webtest.SchoolReader).Get(short)
	if want := short + "/reports/summative?year=2026"; got.Status != http.StatusSeeOther || got.Location() != want {
		t.Errorf("%d to %s, want 303 to %s", got.Status, got.Location(), want)
	}
}

func TestGradesOfOtherSchoolsLeadNowhereForASchoolReader(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).As(t, webtest.SchoolReader)
	if links := b.Get(lakeside).OK().Attributes(`a[href]`, "href"); !slices.ContainsFunc(links, func(s string) bool { return strings.HasPrefix(s, gradeFive) }) {
		t.Error("the reader's own school does not lead to its students")
	}
	for _, href := range b.Get("/s/TK/d/0042/sc/0118").OK().Attributes("a[href]", "href") {
		if strings.Contains(href, "/g/") {
			t.Errorf("another school leads to %s", href)
		}
	}
}

func TestValuesThatCannotBeReadAreRefusedNotIgnored(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).As(t, webtest.StateReader)
	for _, query := range []string{"year=x", "year=1", "grade=99", "sex=M", "ethnicity=8", "ethnicity=1,x", "dmgPrgLep=maybe", "dmgStsEcd=1", "complete=%00"} {
		if got := b.Get("/s/TK?" + query); got.Status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", query, got.Status)
		}
	}
	for _, query := range []string{"type=x", "sort=x", "year=20260"} {
		if got := b.Get(gradeFive + "?" + query); got.Status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", query, got.Status)
		}
	}
	for _, query := range []string{"year=2025", "dmgPrgLep=Y&dmgPrgLep=NS", "ethnicity=0,7", "sex=not_stated", "grade=05&complete=N", "unknown=x"} {
		if got := b.Get("/s/TK?" + query); got.Status != http.StatusOK {
			t.Errorf("%s: status %d, want 200", query, got.Status)
		}
	}
}

func TestEveryAnswerCarriesTheSafetyHeaders(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.StateReader)
	for _, path := range []string{"/s/TK", gradeFive, child(t, site), "/nothing", "/", "/login", "/signed-out", "/session", "/services/heartbeat", "/saml/metadata"} {
		h := b.Get(path).Header
		kept := "no-store"
		if path == "/s/TK" {
			kept = "private, no-cache" // of nobody in particular: kept by the person's browser, and asked about each time
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": kept} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
			}
		}
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: content security policy is %q", path, csp)
		}
		if len(h.Get("X-Request-Id")) < 12 {
			t.Errorf("%s: the request has no number", path)
		}
	}
}

func TestTheHeartbeatNamesThePartThatFails(t *testing.T) {
	t.Parallel()
	works := web.Check{Name: "control database", Probe: func(context.Context) error { return nil }}
	fails := web.Check{Name: "queue", Probe: func(context.Context) error { return errors.New("secret detail") }}
	hangs := web.Check{Name: "warehouse of tamarack", Probe: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}
	with := func(checks ...web.Check) *webtest.Page {
		return webtest.NewSite(t, func(o *web.Options) { o.Checks = checks }).Anonymous(t).Get("/services/heartbeat")
	}
	if got := with(works); got.Status != http.StatusOK || got.Body != "ok\n" {
		t.Errorf("all well: %d %q", got.Status, got.Body)
	}
	if got := with(works, fails, hangs); got.Status != http.StatusServiceUnavailable || got.Body != "unavailable: queue, warehouse of tamarack\n" {
		t.Errorf("two fail: %d %q", got.Status, got.Body)
	}
}

func TestTheLogHoldsNothingPersonal(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	address := child(t, site)
	b := site.As(t, webtest.SchoolReader)
	b.Get(address).OK()
	b.Get(gradeFive + "?sort=-score.Math&group=g-5a").OK()
	b.Get("/students/not-an-id?year=2026")
	b.Get("/students/TK00000001/x")
	text := site.Log.String()
	if !strings.Contains(text, `route="GET /students/{student}/reports/{type}"`) {
		t.Errorf("the report is not in the log by its route:\n%s", text)
	}
	key := strings.Split(address, "/")[2]
	for _, personal := range []string{key, "not-an-id", "TK00000001", "g-5a", "Quispe", webtest.SchoolReader} {
		if strings.Contains(text, personal) {
			t.Errorf("the log holds %q", personal)
		}
	}
}

func TestAFailureShowsAReferenceAndNoDetail(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.StateReader)
	if _, err := site.Tamarack.Exec(t.Context(), `drop table assessment_outcome cascade`); err != nil {
		t.Fatal(err)
	}
	got := b.Get("/s/TK")
	reference := got.Header.Get("X-Request-Id")
	if got.Status != http.StatusInternalServerError || !strings.Contains(got.Text("main"), reference) {
		t.Errorf("status %d, want 500 with reference %s:\n%s", got.Status, reference, got.Text("main"))
	}
	if strings.Contains(got.Body, "assessment_outcome") || strings.Contains(got.Body, "42P01") {
		t.Error("the page tells about the database")
	}
	if !strings.Contains(site.Log.String(), "request failed") || !strings.Contains(site.Log.String(), "request_id="+reference) {
		t.Errorf("the log does not tell about %s:\n%s", reference, site.Log.String())
	}
}

func TestOldAddressesLeadToTheNewPages(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).As(t, webtest.StateReader)
	for old, want := range map[string]string{
		"comparingPopulations.html?stateCode=TK":                                               "/s/TK",
		"comparingPopulations.html?stateCode=TK&districtId=0042&asmtYear=2026&dmgPrgLep=Y":     "/s/TK/d/0042?dmgPrgLep=Y&year=2026",
		"comparingPopulations.html?stateCode=tk&districtId=0042&schoolId=0117&sex=male,female": "/s/TK/d/0042/sc/0117?sex=male%2Cfemale",
		"index.html?stateCode=TK": "/s/TK",
		"studentList.html?stateCode=TK&districtId=0042&schoolId=0117&asmtGrade=05&asmtYear=2026&asmtType=INTERIM%20COMPREHENSIVE&asmtSubject=Math": "/s/TK/d/0042/sc/0117/g/05?subject=Math&type=interim&year=2026",
	} {
		if got := b.Get("/assets/html/" + old); got.Status != http.StatusSeeOther || got.Location() != want {
			t.Errorf("%s: %d to %s, want 303 to %s", old, got.Status, got.Location(), want)
		}
	}
}
