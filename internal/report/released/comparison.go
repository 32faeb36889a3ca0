// Package released answers questions of the strict audience and of the public: how the districts of a state, the schools of a district or the grades of a school
// compare in a release. Every number of its answers comes from package disclosure (disclosure.Release.Answer), which has decided what may be said; this package
// chooses rows, names and questions, and knows no counts.
//
// Read question.go, then comparison.go.
package released

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/release"
)

// Comparison is an answer. Its rows come in order of name, grades ascending.
type Comparison struct {
	State            string             // the tenant's name
	District, School release.Place      // zero unless asked for
	Year             edu.AcademicYear   // 0 when nothing is released
	Years            []edu.AcademicYear // of which something is released, newest first
	Refusal          disclosure.Refusal // NoSuchYear, or empty: refusals of filters are in the answers

	Kind      release.Kind          // of the newest release that the answer is from
	At        time.Time             // when that was released
	Releases  []release.Heading     // of the year, the newest first: what may be asked for
	AsOf      int                   // as of which of them it is; 0 is the newest
	Catalogue *disclosure.Catalogue // what may be asked of the newest; nil without a release
	Filtered  bool

	Subjects   []Subject
	Overall    Row   // the place asked for
	Benchmarks []Row // wider places, the widest first
	Rows       []Row
}

// Subject is a subject, with the release that it is answered from: the newest that has it.
type Subject struct {
	Subject edu.Subject
	Levels  []string // names of its levels, lowest first
	MinN    int      // smallest number of students shown
	Kind    release.Kind
	At      time.Time
	Release int // its number among those of the year
}

// Row is a district, a school or a grade, or all together.
type Row struct {
	ID      string // public identifier; the grade as two characters; empty for the state
	Name    string // empty for grades
	Grade   edu.Grade
	Results []disclosure.Answer // one for each subject
}

// Level is what the rows of a comparison are.
type Level int

// The levels.
const (
	Districts Level = iota
	Schools
	Grades
)

// Level returns what the rows are.
func (c Comparison) Level() Level {
	switch {
	case c.School.ID != "":
		return Grades
	case c.District.ID != "":
		return Schools
	}
	return Districts
}

// PlaceName is the name of the place asked for.
func (c Comparison) PlaceName() string {
	switch c.Level() {
	case Grades:
		return c.School.Name
	case Schools:
		return c.District.Name
	}
	return strings.TrimPrefix(c.State, "State of ")
}

// Apart reports whether subjects are from different releases.
func (c Comparison) Apart() bool {
	return slices.ContainsFunc(c.Subjects, func(s Subject) bool { return s.Release != c.Subjects[0].Release })
}

// asker asks the releases of a view one question of any place.
type asker struct {
	view  *release.View
	asked []disclosure.Asked // by part
}

func asking(v *release.View, filters []disclosure.Chosen) asker {
	a := asker{view: v}
	for _, p := range v.Parts {
		a.asked = append(a.asked, p.Release.Answers.Ask(filters))
	}
	return a
}

// of returns the row of a place: each subject as its release answers.
func (a asker) of(p release.Place) Row {
	row := Row{ID: p.ID, Name: p.Name}
	for i, part := range a.view.Parts {
		row.Results = append(row.Results, part.Release.Answers.Answer(part.Index, part.Row(p), a.asked[i]))
	}
	return row
}

// answer asks for every row.
func (c *Comparison) answer(v *release.View, filters []disclosure.Chosen) {
	ask := asking(v, filters)
	state := release.Place{Name: strings.TrimPrefix(c.State, "State of ")}
	switch c.Level() {
	case Districts:
		c.Overall = ask.of(state)
	case Schools:
		c.Overall, c.Benchmarks = ask.of(c.District), []Row{ask.of(state)}
	case Grades:
		c.Overall, c.Benchmarks = ask.of(c.School), []Row{ask.of(state), ask.of(c.District)}
		c.grades(v, filters)
		return
	}
	for _, p := range v.Names.All() {
		part := p.Row.Kind() == disclosure.DistrictRow
		if c.District.ID != "" {
			part = p.Row.Kind() == disclosure.SchoolRow && p.Row.District == c.District.Row.District
		}
		if part {
			c.Rows = append(c.Rows, ask.of(p))
		}
	}
	byName := collate.New(language.English, collate.Numeric)
	slices.SortStableFunc(c.Rows, func(a, b Row) int { return byName.CompareString(a.Name, b.Name) })
}

// grades asks for the grades of a school: those that a filter by grade names, or all of the releases in which somebody has a result, as far as readers are told.
func (c *Comparison) grades(v *release.View, filters []disclosure.Chosen) {
	var others []disclosure.Chosen
	var chosen []edu.Grade
	for _, p := range v.Parts {
		chosen = append(chosen, p.Release.Answers.Decision.Catalogue.Grades()...)
	}
	slices.Sort(chosen)
	chosen = slices.Compact(chosen)
	for _, f := range filters {
		if f.Attribute != disclosure.Grade {
			others = append(others, f)
		} else if len(f.Values) > 0 {
			chosen = slices.DeleteFunc(chosen, func(g edu.Grade) bool { return !slices.Contains(f.Values, int16(g)) })
		}
	}
	for _, g := range chosen {
		row := asking(v, append(slices.Clone(others), disclosure.Chosen{Attribute: disclosure.Grade, Values: []int16{int16(g)}})).of(c.School)
		if !slices.ContainsFunc(row.Results, func(a disclosure.Answer) bool { return a.Visibility != disclosure.NoStudents }) {
			continue // not a grade of this school
		}
		for i := range row.Results {
			row.Results[i].OutOf = 0 // the whole school's, of which the grade is no filter
		}
		row.ID, row.Name, row.Grade = g.Code(), "", g
		c.Rows = append(c.Rows, row)
	}
}

// RefusalOf returns why a subject is not answered in some rows, empty when it is: it is the same in all of them.
func RefusalOf(rows []Row, subject int) disclosure.Refusal {
	for _, row := range rows {
		if subject < len(row.Results) && row.Results[subject].Refusal != "" {
			return row.Results[subject].Refusal
		}
	}
	return ""
}

// Refused returns why nothing of a comparison is answered, empty when something is.
func (c Comparison) Refused() disclosure.Refusal {
	if c.Refusal != "" {
		return c.Refusal
	}
	var why disclosure.Refusal
	for i := range c.Subjects {
		refusal := RefusalOf([]Row{c.Overall}, i)
		if refusal == "" {
			return ""
		}
		why = refusal
	}
	return why
}
