package published

import (
	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/report/released"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

func gradeOf(o disclosure.Option) edu.Grade { return edu.Grade(o.Values[0]) }

func title(v View) string {
	w, place := v.say().Comparison, v.Report.PlaceName()
	switch {
	case len(v.Report.Rows) == 0:
		return v.say().Published.Title(place)
	case v.Report.Level() == released.Districts:
		return w.TitleDistricts(place)
	case v.Report.Level() == released.Schools:
		return w.TitleSchools(place)
	}
	return w.TitleGrades(place)
}

// head is the head of the column of names.
func head(v View) string {
	w := v.say().Comparison
	return []string{w.District(), w.School(), w.Grade()}[v.Report.Level()]
}

func counted(v View) string {
	w, n := v.say().Comparison, len(v.Report.Rows)
	switch v.Report.Level() {
	case released.Districts:
		return w.Districts(n)
	case released.Schools:
		return w.Schools(n)
	}
	return w.Grades(n)
}

// statuses say what kind of release the numbers are from: one for all, or one for each subject where they are not the same.
func statuses(v View) []string {
	if v.Report.Kind == "" {
		return nil
	}
	if !v.Report.Apart() {
		return []string{layout.ReleaseStatus(v.say(), string(v.Report.Kind), v.Report.At)}
	}
	var all []string
	for _, s := range v.Report.Subjects {
		all = append(all, v.say().File.OfSubject(s.Subject, layout.ReleaseStatus(v.say(), string(s.Kind), s.At)))
	}
	return all
}

// rowName is what a row is called: grades have no name of their own.
func rowName(v View, r released.Row) string {
	if r.Name == "" {
		return v.say().Grade(r.Grade)
	}
	return r.Name
}

// answer is the sentence about all rows together.
func answer(v View, a disclosure.Answer) string {
	switch {
	case a.Visibility == disclosure.Outside:
		return refused(v, a.Refusal)
	case a.Visibility == disclosure.Hidden:
		return v.say().Comparison.WithheldAll()
	case a.Visibility == disclosure.NoStudents:
		return v.say().Comparison.NoneAll()
	case v.Report.Filtered:
		return v.say().Comparison.AnswerFiltered(a.Students)
	}
	return v.say().Comparison.Answer(a.Students)
}

// refused says why there are no results.
func refused(v View, r disclosure.Refusal) string {
	if r == released.NoSuchRelease {
		return v.say().Published.NoRelease(v.Report.Year)
	}
	return layout.RefusalWords(v.say(), r, v.Report.Year)
}

// gradesRefused says why there are no grades.
func gradesRefused(v View, r disclosure.Refusal) string {
	if r == disclosure.TooDeep {
		return v.say().Published.GradesRefused()
	}
	return refused(v, r)
}

// AbsenceOf says why there is no number.
func AbsenceOf(w *words.Words, v disclosure.Visibility) string {
	switch v {
	case disclosure.Hidden:
		return w.Frame.Withheld()
	case disclosure.Outside:
		return w.Published.Absent()
	}
	return w.Frame.None()
}

// marks stand for absence in a table.
var marks = map[disclosure.Visibility]string{disclosure.Hidden: "*", disclosure.NoStudents: "–", disclosure.Outside: "×"}

// minN is the smallest number of students shown.
func minN(c released.Comparison) int {
	n := 0
	for _, s := range c.Subjects {
		if n == 0 || s.MinN < n {
			n = s.MinN
		}
	}
	return n
}

// Apart says of each subject what kind of release its numbers are from, where that is not the same of all: for files.
func Apart(v View) []string {
	if !v.Report.Apart() {
		return nil
	}
	return statuses(v)
}

// Chosen are the groups that are chosen, in words: for files.
func Chosen(v View) []string {
	var all []string
	for _, t := range tags(v) {
		all = append(all, t.Text)
	}
	return all
}
