package published

import (
	"strings"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/release"
	"scorehouse/internal/report/released"
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
		return []string{status(v, v.Report.Kind, v.Report.At)}
	}
	var all []string
	for _, s := range v.Report.Subjects {
		all = append(all, v.say().File.OfSubject(s.Subject, status(v, s.Kind, s.At)))
	}
	return all
}

func status(v View, k release.Kind, at time.Time) string {
	w := v.say().Published
	switch k {
	case release.Preliminary:
		return w.Preliminary(at)
	case release.Correction:
		return w.Correction(at)
	}
	return w.Final(at)
}

// kind is what a release is called in a choice.
func kind(v View, k release.Kind) string {
	w := v.say().Releases
	switch k {
	case release.Preliminary:
		return w.KindPreliminary()
	case release.Correction:
		return w.KindCorrection()
	}
	return w.KindFinal()
}

// rowName is what a row is called: grades have no name of their own.
func rowName(v View, r released.Row) string {
	if r.Name == "" {
		return v.say().Grade(r.Grade)
	}
	return r.Name
}

// inWords writes a band: 37%, 41–50%, 5% or less, 95% or more.
func inWords(w *words.Words, b disclosure.Band) string {
	switch {
	case b.Low == b.High:
		return w.Percent(b.Low)
	case b.Low <= 0:
		return w.Published.AtMost(b.High)
	case b.High >= 100:
		return w.Published.AtLeast(b.Low)
	}
	return w.Published.Between(b.Low, b.High)
}

// short writes a band where there is little room; the sign of a band that is open to one side is read aloud as words.
func short(w *words.Words, b disclosure.Band) (text string, open bool) {
	switch {
	case b.Low == b.High || b.Low > 0 && b.High < 100:
		return inWords(w, b), false
	case b.Low <= 0:
		return "≤" + w.Percent(b.High), true
	}
	return "≥" + w.Percent(b.Low), true
}

// levelName is the name of a level of a subject.
func levelName(w *words.Words, names []string, level int) string {
	name := ""
	if level <= len(names) {
		name = names[level-1]
	}
	return w.LevelName(level, name)
}

// spoken says the levels in words: the alternative of a bar.
func spoken(w *words.Words, names []string, a disclosure.Answer) string {
	parts := make([]string, len(a.Levels))
	for i, b := range a.Levels {
		parts[i] = w.Published.LevelRange(levelName(w, names, i+1), inWords(w, b))
	}
	return strings.Join(parts, ", ")
}

// answer is the sentence about all rows together.
func answer(v View, a disclosure.Answer) string {
	switch {
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
	w := v.say().Published
	switch r {
	case disclosure.NotInCatalogue:
		return w.RefusedAttribute()
	case disclosure.TooDeep:
		return w.RefusedCombination()
	case disclosure.Folded:
		return w.RefusedFolded()
	case disclosure.NoSuchYear:
		return w.NoYear(v.Report.Year)
	case released.NoSuchRelease:
		return w.NoRelease(v.Report.Year)
	}
	return w.RefusedPart()
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
