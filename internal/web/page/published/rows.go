package published

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/report/released"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// barWidth, barHeight and barThick are the measures of a bar's canvas and of the bar itself, as in comparisons of people who are signed in.
const barWidth, barHeight, barThick = 184, 44, 20

// testedKey and standardKey begin the sort keys of a subject's columns.
const testedKey, standardKey = "tested.", "standard."

// Sorted returns the rows of a comparison in the order that an address asks for: name, tested.SUBJECT or standard.SUBJECT, reversed by "-" in front. Rows without the
// number come last either way; rows in the same band stay in order of name, so that the order says no more than the bands do.
func Sorted(c released.Comparison, sort string) []released.Row {
	rows := slices.Clone(c.Rows)
	key, descending := strings.CutPrefix(sort, "-")
	if key == "name" && descending {
		slices.Reverse(rows)
	}
	number, subject := column(key)
	i := slices.IndexFunc(c.Subjects, func(s released.Subject) bool { return s.Subject == subject })
	if number == nil || i < 0 {
		return rows
	}
	slices.SortStableFunc(rows, func(a, b released.Row) int {
		x, y := a.Results[i], b.Results[i]
		known, otherKnown := x.Visibility == disclosure.Shown, y.Visibility == disclosure.Shown
		switch {
		case known != otherKnown && known:
			return -1
		case known != otherKnown:
			return 1
		case descending:
			return cmp.Compare(number(y), number(x))
		}
		return cmp.Compare(number(x), number(y))
	})
	return rows
}

// column returns what a sort key sorts by, and its subject; nil when there is no such column.
func column(key string) (number func(disclosure.Answer) int, subject edu.Subject) {
	if name, ok := strings.CutPrefix(key, testedKey); ok {
		return func(a disclosure.Answer) int { return a.Students }, edu.Subject(name)
	}
	if name, ok := strings.CutPrefix(key, standardKey); ok {
		return func(a disclosure.Answer) int { return a.AtOrAbove.Low + a.AtOrAbove.High }, edu.Subject(name)
	}
	return nil, ""
}

// ValidSort reports whether a sort means something. One of a subject that there is not sorts by name.
func ValidSort(sort string) bool {
	key := strings.TrimPrefix(sort, "-")
	number, _ := column(key)
	return key == "name" || number != nil
}

// SortedBy returns the subject whose column a sort is by, empty for none.
func SortedBy(sort string) edu.Subject {
	_, subject := column(strings.TrimPrefix(sort, "-"))
	return subject
}

func sortOf(v View) string {
	if s := v.Address.Get("sort"); s != "" {
		return s
	}
	return "name"
}

// every returns all rows of a comparison, the reference first.
func every(c released.Comparison) []released.Row {
	return slices.Concat([]released.Row{c.Overall}, c.Benchmarks, c.Rows)
}

// has reports whether any cell of the table has a visibility.
func has(c released.Comparison, visibility disclosure.Visibility) bool {
	return slices.ContainsFunc(every(c), func(r released.Row) bool {
		return slices.ContainsFunc(r.Results, func(a disclosure.Answer) bool { return a.Visibility == visibility })
	})
}

// axes returns the scale of the bars of each subject: the same for all, apart from the line of the reference.
func axes(c released.Comparison) []draw.Axis {
	var all []draw.Banded
	for _, row := range every(c) {
		for _, a := range row.Results {
			if a.Visibility == disclosure.Shown {
				all = append(all, layout.Bands(a))
			}
		}
	}
	scales := make([]draw.Axis, len(c.Subjects))
	for i := range scales {
		reference := -1
		if a := c.Overall.Results[i]; a.Visibility == disclosure.Shown {
			reference = (a.AtOrAbove.Low + a.AtOrAbove.High) / 2
		}
		scales[i] = draw.NewBandedAxis(barWidth, barHeight, -1, all...)
		scales[i].Reference = reference
	}
	return scales
}

// shared is what the rows of a table have in common.
type shared struct {
	words    *words.Words
	levels   [][]string // names by subject
	scales   []draw.Axis
	classes  []string
	subjects []string // in words
	numbers  bool
	leads    func(released.Row) string
}

func newShared(v View) *shared {
	t := &shared{words: v.say(), scales: axes(v.Report), numbers: inNumbers(v), leads: v.RowAddress}
	for _, s := range v.Report.Subjects {
		t.subjects = append(t.subjects, v.say().Subject(s.Subject))
		t.levels = append(t.levels, s.Levels)
		t.classes = append(t.classes, "bar "+layout.SubjectClass(s.Subject))
	}
	return t
}

// chart is the bar of one cell.
func (t *shared) chart(subject int, a disclosure.Answer) templ.Component {
	if a.Visibility != disclosure.Shown {
		return layout.RowChart(t.scales[subject].Empty(), t.classes[subject], true)
	}
	return layout.RowChart(t.scales[subject].BandedBar(layout.Bands(a), barThick, layout.BandsWords(t.words, t.levels[subject], a)), t.classes[subject], false)
}

// answered are the subjects that are answered, by index.
func answered(c released.Comparison) []int {
	var all []int
	for i := range c.Subjects {
		if released.RefusalOf([]released.Row{c.Overall}, i) == "" {
			all = append(all, i)
		}
	}
	return all
}

// columns is how many columns a subject has.
func (t *shared) columns(subject int) string {
	if t.numbers {
		return strconv.Itoa(2 + len(t.levels[subject]))
	}
	return "3"
}

// tabular reports whether there is a table at all.
func tabular(v View) bool { return len(v.Report.Rows) > 0 && gradesWhy(v) == "" }

// gradesWhy is why the rows of a table are not answered in any subject although the place is; empty when they are. Only grades can be.
func gradesWhy(v View) disclosure.Refusal {
	var why disclosure.Refusal
	for _, i := range answered(v.Report) {
		refusal := released.RefusalOf(v.Report.Rows, i)
		if refusal == "" {
			return ""
		}
		why = refusal
	}
	return why
}

// outside reports whether a cell of the table is not published.
func outside(v View) bool {
	return slices.ContainsFunc(answered(v.Report), func(i int) bool { return released.RefusalOf(v.Report.Rows, i) != "" })
}

// referenced reports whether a bar has the dashed line of all rows together.
func referenced(c released.Comparison) bool {
	return slices.ContainsFunc(c.Overall.Results, func(a disclosure.Answer) bool { return a.Visibility == disclosure.Shown })
}

// pale reports whether some bars are only about where they are drawn.
func pale(c released.Comparison) bool {
	return slices.ContainsFunc(every(c), func(r released.Row) bool {
		return slices.ContainsFunc(r.Results, func(a disclosure.Answer) bool { return a.Visibility == disclosure.Shown && layout.Bands(a).Pale() })
	})
}

// shownYears are the years, where the page shows one of them.
func shownYears(v View) []edu.AcademicYear {
	if v.Report.Refusal != "" {
		return nil
	}
	return v.Report.Years
}

// sortAttribute is aria-sort of the one column that is sorted.
func sortAttribute(s layout.Sorting) templ.Attributes {
	if s.Now == "" {
		return nil
	}
	return templ.Attributes{"aria-sort": s.Now}
}
