package comparison

import (
	"cmp"
	"slices"
	"strings"

	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/filter"
	"scorehouse/internal/web/layout"
)

// barWidth, barHeight and barThick are the measures of a bar's canvas and of the bar itself. The canvas is as high
// as a row, so that the lines of the axis join up.
const barWidth, barHeight, barThick = 184, 44, 20

// testedKey, standardKey and changeKey begin the sort keys of a subject's columns.
const testedKey, standardKey, changeKey = "tested.", "standard.", "change."

// Only returns the row ids an address keeps, whether written only=1&only=2 or only=1,2.
func Only(a layout.Address) []string { return a.Values("only") }

// Sorted returns the rows of a comparison in the order of the page: files have them so too.
func Sorted(r report.Comparison, sort string) []report.ComparisonRow { return sorted(r, sort) }

// sorted returns the rows in the order the address asks for: name (as the report has them), tested.SUBJECT, standard.SUBJECT or
// change.SUBJECT, reversed by "-" in front. Rows without the number come last either way.
func sorted(r report.Comparison, sort string) []report.ComparisonRow {
	rows := slices.Clone(r.Rows)
	key, descending := strings.CutPrefix(sort, "-")
	if key == "name" && descending {
		slices.Reverse(rows)
	}
	number, subject := column(key)
	i := slices.Index(r.Subjects, subject)
	if number == nil || i < 0 {
		return rows
	}
	slices.SortStableFunc(rows, func(a, b report.ComparisonRow) int {
		x, known := number(a.Results[i])
		y, otherKnown := number(b.Results[i])
		switch {
		case known != otherKnown && known:
			return -1
		case known != otherKnown:
			return 1
		case descending:
			return cmp.Compare(y, x)
		}
		return cmp.Compare(x, y)
	})
	return rows
}

// column returns what a sort key sorts by, and its subject; nil when there is no such column. The number is 0 where it is not known.
func column(key string) (number func(report.Distribution) (n int, known bool), subject edu.Subject) {
	for _, c := range []struct {
		key    string
		number func(report.Distribution) (int, bool)
	}{
		{testedKey, func(d report.Distribution) (int, bool) { return d.Students, d.Visibility == report.Shown }},
		{standardKey, func(d report.Distribution) (int, bool) { return d.AtOrAbove, d.Visibility == report.Shown }},
		{changeKey, func(d report.Distribution) (int, bool) { return d.Change.Points, d.Change.Known }},
	} {
		if name, ok := strings.CutPrefix(key, c.key); ok {
			return c.number, edu.Subject(name)
		}
	}
	return nil, ""
}

// columns is how many columns a subject has.
func columns(r report.Comparison) string {
	if r.Before != 0 {
		return "4"
	}
	return "3"
}

func sortOf(v View) string {
	if s := v.Address.Get("sort"); s != "" {
		return s
	}
	return "name"
}

// axes returns the scale of the bars of each subject: the same for all, apart from the line of the reference.
func axes(r report.Comparison) []draw.Axis {
	var spreads []draw.Spread
	for _, rows := range [][]report.ComparisonRow{{r.Overall}, r.Benchmark, r.Rows} {
		for _, row := range rows {
			for _, d := range row.Results {
				if d.Visibility == report.Shown {
					spreads = append(spreads, layout.Spread(d))
				}
			}
		}
	}
	common := draw.NewAxis(barWidth, barHeight, -1, spreads...)
	all := make([]draw.Axis, len(r.Subjects))
	for i := range r.Subjects {
		all[i] = common
		if i < len(r.Overall.Results) && r.Overall.Results[i].Visibility == report.Shown {
			all[i].Reference = r.Overall.Results[i].AtOrAbove
		}
	}
	return all
}

// referenced reports whether a bar has the dashed line of all rows together.
func referenced(r report.Comparison) bool {
	return slices.ContainsFunc(r.Overall.Results, func(d report.Distribution) bool { return d.Visibility == report.Shown })
}

// full reports whether the bars fill their column instead of being aligned at the standard.
func full(v View) bool { return v.Address.Get("align") == "full" }

// bar is the chart of one cell.
func bar(v View, axis draw.Axis, d report.Distribution) draw.List {
	switch {
	case d.Visibility != report.Shown && full(v):
		return draw.List{Width: barWidth, Height: barHeight}
	case d.Visibility != report.Shown:
		return axis.Empty()
	case full(v):
		return draw.FullBar(layout.Spread(d), barWidth, barThick+8, layout.SpreadWords(v.say(), d))
	}
	return axis.Bar(layout.Spread(d), barThick, layout.SpreadWords(v.say(), d))
}

// fields are the filters of the page.
func fields(v View) []filter.Field {
	var grades []edu.Grade
	if v.Report.Level != report.GradesOfSchool {
		grades = edu.TestedGrades
	}
	return filter.Fields(v.say(), grades, &v.Report.NotStated)
}

// rowAddress adds what a reader keeps on the way down (year, filters, language) to where a row leads.
func rowAddress(v View, row report.ComparisonRow) string {
	if v.RowAddress == nil {
		return ""
	}
	path := v.RowAddress(row)
	if path == "" {
		return ""
	}
	kept := layout.Address{Path: path}
	for _, key := range append([]string{"year", layout.LanguageField}, filter.Parameters(fields(v))...) {
		if key == "grade" && v.Report.Level == report.GradesOfSchool {
			continue
		}
		if values := v.Address.Values(key); len(values) > 0 {
			kept = kept.With(key, values...)
		}
	}
	return kept.String()
}

// has reports whether any cell of the table has a visibility.
func has(r report.Comparison, v report.Visibility) bool {
	for _, rows := range [][]report.ComparisonRow{{r.Overall}, r.Benchmark, r.Rows} {
		for _, row := range rows {
			for _, d := range row.Results {
				if d.Visibility == v {
					return true
				}
			}
		}
	}
	return false
}

func hasSmall(r report.Comparison) bool {
	return slices.ContainsFunc(r.Rows, func(row report.ComparisonRow) bool {
		return slices.ContainsFunc(row.Results, small)
	})
}

// hidden is the class of the cells of a row without numbers: narrow screens say it once, in words.
func hidden(d report.Distribution) string {
	if d.Visibility == report.Shown {
		return ""
	}
	return "unshown"
}

func small(d report.Distribution) bool {
	return d.Visibility == report.Shown && d.Students < smallGroup
}

// comparable reports whether rows can be selected: a single row cannot be compared, and a school's grades are few.
func comparable(r report.Comparison) bool { return r.Level != report.GradesOfSchool && len(r.Rows) > 1 }
