package comparison

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
)

// sample has four districts: two with results, one small, one withheld.
func sample() report.Comparison {
	shown := func(students, atOrAbove int) []report.Distribution {
		return []report.Distribution{{Subject: edu.Math, Students: students, AtOrAbove: atOrAbove,
			Levels: []report.LevelCount{{Level: 1, Percent: 100 - atOrAbove}, {Level: 2}, {Level: 3, Percent: atOrAbove}, {Level: 4}}}}
	}
	rose := func(points int, all []report.Distribution) []report.Distribution {
		all[0].Change = report.Change{Known: true, Points: points}
		return all
	}
	withheld := []report.Distribution{{Subject: edu.Math, Visibility: report.Withheld}}
	return report.Comparison{Subjects: []edu.Subject{edu.Math}, Overall: report.ComparisonRow{Results: shown(140, 50)}, Rows: []report.ComparisonRow{
		{ID: "1", Name: "Alder", Results: rose(-3, shown(100, 40))}, {ID: "2", Name: "Birch", Results: withheld},
		{ID: "3", Name: "Cedar", Results: shown(20, 70)}, {ID: "4", Name: "Dogwood", Results: rose(0, shown(20, 55))},
	}}
}

func TestRowsAreSortedAndThoseWithoutANumberComeLast(t *testing.T) {
	t.Parallel()
	for sort, want := range map[string]string{
		"name": "1234", "-name": "4321", "": "1234", "unknown": "1234", "tested.Science": "1234",
		"standard.Math": "1432", "-standard.Math": "3412", "tested.Math": "3412", "-tested.Math": "1342",
		"change.Math": "1423", "-change.Math": "4123", "change.ELA": "1234",
	} {
		got := ""
		for _, r := range sorted(sample(), sort) {
			got += r.ID
		}
		if got != want {
			t.Errorf("sort %q: rows %s, want %s", sort, got, want)
		}
	}
}

func TestAllBarsShareOneScaleWithTheLineOfTheirSubject(t *testing.T) {
	t.Parallel()
	axis := axes(sample())[0]
	if axis.Below != 60 || axis.Above != 70 || axis.Reference != 50 {
		t.Errorf("axis from -%d to %d with a line at %d, want -60, 70 and 50", axis.Below, axis.Above, axis.Reference)
	}
}

func TestYearAndFiltersGoAlongOnTheWayDown(t *testing.T) {
	t.Parallel()
	q, _ := url.ParseQuery("year=2025&sex=male&grade=03&only=1&sort=name&align=full")
	v := View{Report: sample(), Address: layout.Address{Path: "/s/TK", Query: q}, RowAddress: func(r report.ComparisonRow) string { return "/s/TK/d/" + r.ID }}
	if diff := cmp.Diff("/s/TK/d/1?grade=03&sex=male&year=2025", newShared(v).address(v.Report.Rows[0])); diff != "" {
		t.Errorf("a district's row (-want +got):\n%s", diff)
	}
	v.Report.Level = report.GradesOfSchool
	if diff := cmp.Diff("/s/TK/d/1?sex=male&year=2025", newShared(v).address(v.Report.Rows[0])); diff != "" {
		t.Errorf("a grade's row (-want +got):\n%s", diff)
	}
	v.RowAddress = func(report.ComparisonRow) string { return "" }
	if got := newShared(v).address(v.Report.Rows[0]); got != "" {
		t.Errorf("a row that leads nowhere leads to %s", got)
	}
}
