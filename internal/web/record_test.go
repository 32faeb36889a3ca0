package web_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/webtest"
)

func TestEveryAnswerWithStudentsHasOneRecordWithTheirNumber(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	report := child(t, site)
	short, _, _ := strings.Cut(report, "/reports/")
	b := site.As(t, webtest.SchoolReader)
	grade := edu.Grade(5)
	granted := []audit.Grant{{Role: "PII", Tenant: "tamarack", District: "0042", School: "0117"}}
	for path, want := range map[string]struct {
		students int
		what     audit.What
	}{
		gradeFive:                   {40, audit.What{Route: "GET /s/{state}/d/{district}/sc/{school}/g/{grade}", District: "0042", School: "0117", Grade: &grade, Year: 2026, Type: edu.Summative}},
		gradeFive + "?type=interim": {10, audit.What{Route: "GET /s/{state}/d/{district}/sc/{school}/g/{grade}", District: "0042", School: "0117", Grade: &grade, Year: 2026, Type: edu.InterimComprehensive}},
		gradeFive + "?group=g-5a":   {20, audit.What{Route: "GET /s/{state}/d/{district}/sc/{school}/g/{grade}", District: "0042", School: "0117", Grade: &grade, Year: 2026, Type: edu.Summative}},
		gradeFive + "?group=nobody": {0, audit.What{Route: "GET /s/{state}/d/{district}/sc/{school}/g/{grade}", District: "0042", School: "0117", Grade: &grade, Year: 2026, Type: edu.Summative}},
		lakeside + "/g/08":          {0, audit.What{Route: "GET /s/{state}/d/{district}/sc/{school}/g/{grade}", District: "0042", School: "0117", Grade: new(edu.Grade(8)), Type: edu.Summative}},
		report:                      {1, audit.What{Route: "GET /students/{student}/reports/{type}", District: "0042", School: "0117", Grade: &grade, Year: 2026, Type: edu.Summative}},
		short:                       {1, audit.What{Route: "GET /students/{student}", District: "0042", School: "0117", Grade: &grade, Year: 2026, Type: edu.Summative}},
	} {
		p := b.Get(path)
		events := site.Trail.Of(p.Header.Get("X-Request-Id"))
		if len(events) != 1 {
			t.Errorf("%s: %d records, want one", path, len(events))
			continue
		}
		e := events[0]
		if (e.What.Student != 0) != strings.HasPrefix(path, "/students/") {
			t.Errorf("%s: the student's number is %d", path, e.What.Student)
		}
		e.What.Student, want.what.Format = 0, audit.Page
		if diff := cmp.Diff(want.what, e.What); diff != "" || e.Kind != audit.StudentRead || e.Students != want.students || e.Tenant != "tamarack" {
			t.Errorf("%s: %s of %d students in %s; want student.read of %d in tamarack (-want +got):\n%s", path, e.Kind, e.Students, e.Tenant, want.students, diff)
		}
		if diff := cmp.Diff(granted, e.Grants); diff != "" || e.Who.User != "school-reader-1" || e.Who.Session == "" || !e.Client.IsLoopback() {
			t.Errorf("%s: who and by which grant: %+v (-want +got):\n%s", path, e.Who, diff)
		}
	}
	p := b.Get("/s/TK/d/0043").OK()
	if events := site.Trail.Of(p.Header.Get("X-Request-Id")); len(events) != 1 || events[0].Kind != audit.AggregateRead || events[0].Students != 0 || events[0].What.District != "0043" {
		t.Errorf("a comparison: recorded %+v", events)
	}
}

func TestWithoutARecordNothingIsShown(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	report := child(t, site)
	short, _, _ := strings.Cut(report, "/reports/")
	b := site.As(t, webtest.StateReader)
	site.Trail.Break(errors.New("disk full"))
	for _, path := range []string{"/s/TK", gradeFive, report, short} {
		p := b.Get(path)
		if p.Status != http.StatusServiceUnavailable || p.Location() != "" || strings.Contains(p.Body, "Lakeside") || strings.Contains(p.Body, "disk") || !strings.Contains(p.Body, p.Header.Get("X-Request-Id")) {
			t.Errorf("%s: status %d to %q: %.200s", path, p.Status, p.Location(), p.Body)
		}
	}
	// A refusal stays one.
	if p := b.Get(unknownChild); p.Status != http.StatusNotFound {
		t.Errorf("a refusal becomes %d", p.Status)
	}
	if !strings.Contains(site.Log.String(), "not recorded") {
		t.Error("the log does not say that a refusal is missing in the trail")
	}
	site.Trail.Break(nil)
	b.Get(gradeFive).OK()
}

func TestAskingForTheHeadAloneIsRecordedLikeReading(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	p := site.As(t, webtest.SchoolReader).Send(http.MethodHead, gradeFive, nil, nil)
	if events := site.Trail.Of(p.Header.Get("X-Request-Id")); p.Status != http.StatusOK || p.Body != "" || len(events) != 1 || events[0].Students != 40 {
		t.Errorf("status %d, %d bytes, recorded %v", p.Status, len(p.Body), events)
	}
}
