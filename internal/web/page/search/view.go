// Package search is the page that shows what a search has found: districts and schools, and students of the reader's scope. The words looked for
// come in a form that is posted: the name of a student stands in no address.
package search

import (
	"strings"

	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
)

// View is everything the page shows.
type View struct {
	Frame layout.Frame // without its own form of the search
	To    string       // address that the form is posted to
	Text  string       // what was looked for; empty shows the form alone
	Found report.Found
	Late  bool // nothing was found because it took too long, or an earlier search of the person is under way

	PlaceAddress   func(report.Institution) string
	StudentAddress func(report.FoundStudent) string
}

// nothing reports whether nothing was found.
func nothing(v View) bool { return len(v.Found.Places)+len(v.Found.Students) == 0 }

// placeName is the name of a place and, of a school, the name of its district.
func placeName(p report.Institution) (name, within string) {
	if p.School.ID != "" {
		return p.School.Name, p.District.Name
	}
	return p.District.Name, ""
}

// studentName is how lists name a student: last name first.
func studentName(s report.Student) string {
	return strings.TrimSuffix(s.Last+", "+strings.TrimSpace(s.First+" "+s.Middle), ", ")
}
