package studentlist

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
)

func TestStudentsAreNamedLastNameFirst(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]report.Student{
		"Silva, Ana":       {First: "Ana", Last: "Silva"},
		"Minh Khai, An Đ.": {First: "An", Middle: "Đức", Last: "Minh Khai"},
	} {
		if got := fullName(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTheScaleIsSaidInWords(t *testing.T) {
	t.Parallel()
	s := report.Scale{Min: 1200, Max: 2400, Levels: []edu.PerformanceLevel{{Number: 1, Name: "Minimal", CutPoint: 1200}, {Number: 2, Name: "Partial", CutPoint: 1400}, {Number: 3, Name: "Met", CutPoint: 1800}}}
	v := View{Report: report.StudentList{Scales: map[edu.Subject]report.Scale{edu.Math: s}}}
	if diff := cmp.Diff("Mathematics: scores run from 1200 to 2400. Partial from 1400 and Met from 1800.", cuts(v, edu.Math)); diff != "" {
		t.Errorf("cuts (-want +got):\n%s", diff)
	}
}

func TestBlocksHaveNoViewOfAllSubjects(t *testing.T) {
	t.Parallel()
	v := View{Report: report.StudentList{Type: edu.InterimBlock, Subject: edu.ELA, Subjects: edu.Subjects, Types: edu.AssessmentTypes}}
	for _, o := range views(v) {
		if o.Text == v.say().Students.Overview() {
			t.Error("blocks offer all subjects together")
		}
	}
	v.Report.Type, v.Report.Subject = edu.Summative, ""
	if got := views(v)[0]; got.Text != v.say().Students.Overview() || !got.Current {
		t.Errorf("the first view of summative results is %q", got.Text)
	}
	if got := types(v)[2].Address.Get("subject"); got != "Math" {
		t.Errorf("blocks open with subject %q, want Math", got)
	}
}

func TestANewTypeForgetsTheSortButKeepsTheYear(t *testing.T) {
	t.Parallel()
	q, _ := url.ParseQuery("year=2025&sort=-claim.2&sex=male")
	v := View{Address: layout.Address{Path: "/x", Query: q}, Report: report.StudentList{Types: edu.AssessmentTypes, Type: edu.Summative}}
	if got := types(v)[1].Address.String(); got != "/x?sex=male&type=interim&year=2025" {
		t.Errorf("interim leads to %s", got)
	}
}
