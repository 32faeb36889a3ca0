// Package prints is the page that asks how reports of many students shall be printed, before they are ordered: whose they are, how many, and the
// choices. Its form is posted to its own address.
package prints

import (
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/printing"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// View is everything the page shows.
type View struct {
	Frame    layout.Frame
	Action   layout.Address // where the form is posted to
	Only     []string       // opaque ids of students chosen one by one; empty is everybody
	Once     string         // makes one job of a form sent twice
	Place    report.Institution
	Grade    *edu.Grade // nil is all grades
	Group    string     // name of a student group; empty is all
	Filters  []string   // in words
	Type     edu.AssessmentType
	Year     edu.AcademicYear
	Students int
	Several  bool // several schools or grades: their order is a choice
	Options  printing.Options
	Days     int    // documents wait to be collected
	Wait     string // why the person must wait before printing more; empty when not
}

func (v View) say() *words.Words { return v.Frame.Say() }

// place names the school, or the district.
func (v View) place() string {
	if v.Place.School.Name != "" {
		return v.Place.School.Name
	}
	return v.Place.District.Name
}

// who says which students of the place.
func (v View) who() string {
	w := v.say()
	parts := []string{w.Print.AllGrades()}
	if v.Grade != nil {
		parts[0] = w.Grade(*v.Grade)
	}
	if v.Group != "" {
		parts = append(parts, v.Group)
	}
	parts = append(parts, v.Filters...)
	if len(v.Only) > 0 {
		parts = append(parts, w.Print.Selection())
	}
	return strings.Join(parts, " · ")
}

func orderName(w *words.Words, o printing.Order) string {
	if o == printing.ByName {
		return w.Print.ByName()
	}
	return w.Print.ByGrade()
}
