package comparison

import (
	"slices"
	"strings"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// smallGroup is the number of students below which a row carries a caution.
const smallGroup = 30

// placeName is the name of the place whose parts are compared.
func placeName(r report.Comparison) string {
	switch {
	case r.Place.School.Name != "":
		return r.Place.School.Name
	case r.Place.District.Name != "":
		return r.Place.District.Name
	}
	return strings.TrimPrefix(r.Place.StateName, "State of ")
}

func title(v View) string {
	w, place := v.say().Comparison, placeName(v.Report)
	switch v.Report.Level {
	case report.DistrictsOfState:
		return w.TitleDistricts(place)
	case report.SchoolsOfDistrict:
		return w.TitleSchools(place)
	}
	return w.TitleGrades(place)
}

// head is the head of the column of names.
func head(v View) string {
	w := v.say().Comparison
	switch v.Report.Level {
	case report.DistrictsOfState:
		return w.District()
	case report.SchoolsOfDistrict:
		return w.School()
	}
	return w.Grade()
}

func counted(v View) string {
	w, n := v.say().Comparison, len(v.Report.Rows)
	switch v.Report.Level {
	case report.DistrictsOfState:
		return w.Districts(n)
	case report.SchoolsOfDistrict:
		return w.Schools(n)
	}
	return w.Grades(n)
}

// selected says that only some rows are shown.
func selected(v View) string {
	w, n := v.say().Comparison, len(v.Report.Rows)
	switch v.Report.Level {
	case report.DistrictsOfState:
		return w.OnlyDistricts(n)
	case report.SchoolsOfDistrict:
		return w.OnlySchools(n)
	}
	return w.OnlyGrades(n)
}

// filtersWithhold says how many rows the filters make too small to show.
func filtersWithhold(v View) string {
	w, n := v.say().Comparison, v.Report.Withheld
	switch v.Report.Level {
	case report.DistrictsOfState:
		return w.FiltersWithholdDistricts(n)
	case report.SchoolsOfDistrict:
		return w.FiltersWithholdSchools(n)
	}
	return w.FiltersWithholdGrades(n)
}

// answer is the sentence about all rows together.
func answer(v View, d report.Distribution) string {
	w := v.say().Comparison
	switch d.Visibility {
	case report.Withheld:
		return w.WithheldAll()
	case report.NoResults:
		return w.NoneAll()
	case report.InterimOnly:
		return w.InterimAll()
	case report.Unanswered:
		return layout.RefusalWords(v.say(), d.Told.Refusal, v.Report.Year)
	}
	if v.Report.Filtered {
		return w.AnswerFiltered(d.Students)
	}
	return w.Answer(d.Students)
}

// published says what the rows that are not exact are from: one line, or one for each subject where they differ.
func published(v View) []string {
	w, all := v.say(), v.Report.Told.Subjects
	status := func(t report.ToldSubject) string {
		if t.Kind == "" {
			return w.Published.NoYear(v.Report.Year)
		}
		return layout.ReleaseStatus(w, t.Kind, t.At)
	}
	var lines []string
	for i, t := range all {
		line := status(t)
		if slices.ContainsFunc(all, func(x report.ToldSubject) bool { return status(x) != line }) {
			line = w.File.OfSubject(v.Report.Subjects[i], line)
		}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

// unanswered says why some cells are not told.
func unanswered(v View) string {
	if why := firstRefusal(v.Report); why != disclosure.NotReleased && why != "" {
		return layout.RefusalWords(v.say(), why, v.Report.Year)
	}
	return v.say().Published.NoteOutside()
}

// overallName is what the row of all rows together is called.
func overallName(r report.Comparison) string {
	if r.Overall.Name != "" {
		return r.Overall.Name
	}
	return placeName(r)
}

// rowName is what a row is called: grades have no name of their own.
func rowName(v View, r report.ComparisonRow) string {
	if v.Report.Level == report.GradesOfSchool {
		return v.say().Grade(r.Grade)
	}
	return r.Name
}

// signed writes a change in points: +3, −3, 0.
func signed(w *words.Words, points int) string {
	switch {
	case points > 0:
		return "+" + w.Number(points)
	case points < 0:
		return "−" + w.Number(-points)
	}
	return w.Number(0)
}

// spoken says a change in points.
func spoken(w *words.Words, points int) string {
	switch {
	case points > 0:
		return w.Comparison.ChangeUp(points)
	case points < 0:
		return w.Comparison.ChangeDown(-points)
	}
	return w.Comparison.ChangeNone()
}
