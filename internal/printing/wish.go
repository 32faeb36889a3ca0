package printing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// Order is how the reports of a bundle follow each other.
type Order string

// The orders.
const (
	ByGrade Order = "grade" // a document for each school and grade, by name within
	ByName  Order = "name"  // by last name across all of them, in one document
)

// Orders lists the orders, the usual one first.
var Orders = []Order{ByGrade, ByName}

// Options are how reports are printed.
type Options struct {
	Language     string `json:"language"` // code
	Colour       bool   `json:"colour,omitempty"`
	Order        Order  `json:"order,omitempty"` // of bundles
	Duplex       bool   `json:"duplex,omitempty"`
	HideSupports bool   `json:"hide_supports,omitempty"`
}

// Usual are the options of what is printed ahead.
var Usual = Options{Language: "en", Order: ByGrade, Duplex: true}

// Validate refuses options that there are none of.
func (o Options) Validate() error {
	if !words.Speaks(o.Language) {
		return fmt.Errorf("there is no language %q", o.Language)
	}
	if o.Order != "" && !slices.Contains(Orders, o.Order) {
		return fmt.Errorf("there is no order %q", o.Order)
	}
	return nil
}

// Wish is what somebody has asked for: whose reports, and how.
type Wish struct {
	Of      report.BundleQuestion `json:"of"`
	Options Options               `json:"options"`
}

// whole reports whether a wish is for everybody in its classes, in the usual manner: then what was printed ahead will do.
func (w Wish) whole() bool {
	f := w.Of.Filters
	f.Grades = nil
	return w.Options == Usual && len(w.Of.Students)+len(w.Of.Validity) == 0 && w.Of.GroupID == "" && !f.Any()
}

// PartStudents is how many students a document holds at most.
const PartStudents = 1000

// document is one of the documents of a wish.
type document struct {
	school        report.Institution // empty when it holds several schools
	grade         *edu.Grade         // nil when it may hold several
	piece, pieces int
	first         bool               // of all of the wish
	students      []report.Printable // by name
}

// documents cuts a bundle into documents of at most some students.
func documents(all []report.Printable, o Order, most int) []document {
	var groups []document
	if o == ByGrade {
		groups = classes(all)
	} else if len(all) > 0 {
		groups = []document{{school: commonSchool(all), grade: commonGrade(all), students: all}}
	}
	var cut []document
	for _, g := range groups {
		pieces := (len(g.students) + most - 1) / most
		for i := range pieces {
			d := g
			d.first, d.piece, d.pieces, d.students = len(cut) == 0, i+1, pieces, g.students[i*most:min((i+1)*most, len(g.students))]
			cut = append(cut, d)
		}
	}
	return cut
}

// classes groups students by school and grade, in order; within they stay as they are.
func classes(all []report.Printable) []document {
	type class struct {
		district, school string
		grade            edu.Grade
	}
	at, groups := map[class]int{}, []document(nil)
	for _, p := range all {
		k := class{p.Place.District.ID, p.Place.School.ID, p.Grade}
		i, ok := at[k]
		if !ok {
			i = len(groups)
			at[k], groups = i, append(groups, document{school: p.Place, grade: new(p.Grade)})
		}
		groups[i].students = append(groups[i].students, p)
	}
	slices.SortStableFunc(groups, func(a, b document) int {
		return cmp.Or(strings.Compare(folded(a.school.District.Name), folded(b.school.District.Name)), strings.Compare(folded(a.school.School.Name), folded(b.school.School.Name)),
			strings.Compare(a.school.School.ID, b.school.School.ID), cmp.Compare(*a.grade, *b.grade))
	})
	return groups
}

// folded is a name as it is sorted by: without accents and upper case.
func folded(name string) string { return strings.ToLower(plain(name)) }

func commonSchool(all []report.Printable) report.Institution {
	for _, p := range all {
		if p.Place != all[0].Place {
			return report.Institution{}
		}
	}
	return all[0].Place
}

func commonGrade(all []report.Printable) *edu.Grade {
	for _, p := range all {
		if p.Grade != all[0].Grade {
			return nil
		}
	}
	return new(all[0].Grade)
}

// stamp is how the time of a request stands in names of files.
const stamp = "01-02-2006_15-04-05"

// fileName names a document: student_reports_SCHOOL_grade_GRADE_TIME_LANGUAGE.g.pdf, .g when it is gray.
func (d document) fileName(place string, o Options, at time.Time) string {
	school := place
	if d.school.School.Name != "" {
		school = d.school.School.Name
	}
	name := "student_reports_" + short(school)
	if d.grade != nil {
		name += "_grade_" + d.grade.Code()
	}
	if d.pieces > 1 {
		name += fmt.Sprintf("_part_%d_of_%d", d.piece, d.pieces)
	}
	return name + "_" + at.Format(stamp) + "_" + o.suffix() + ".pdf"
}

// ArchiveName names all documents of a job together.
func (j Job) ArchiveName() string {
	return "student_reports_" + short(j.placeName()) + "_" + j.RequestedAt.Local().Format(stamp) + "_" + j.Wish.Options.suffix() + ".zip"
}

// SingleName names the report of one student: the state's number of the student, the day of the test (blocks have none), the language.
func SingleName(r report.StudentReport, o Options) string {
	name := plain(r.Student.Code)
	if r.Type != edu.InterimBlock && len(r.Subjects) > 0 {
		newest := r.Subjects[0].Result.Taken
		for _, s := range r.Subjects {
			if s.Result.Taken.After(newest) {
				newest = s.Result.Taken
			}
		}
		name += "." + newest.Format("20060102")
	}
	return name + "." + o.suffix() + ".pdf"
}

func (o Options) suffix() string {
	if o.Colour {
		return o.Language
	}
	return o.Language + ".g"
}

// short is the name of a school in names of files: 15 letters and digits of ASCII.
func short(name string) string {
	s := plain(name)
	return s[:min(len(s), 15)]
}

// plain leaves letters and digits of ASCII; accents fall off their letters.
func plain(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x80 && (unicode.IsLetter(c) || unicode.IsDigit(c) || c == '-') {
			return c
		}
		return -1
	}, norm.NFD.String(s))
}
