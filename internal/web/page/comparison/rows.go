package comparison

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/filter"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
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
		{standardKey, func(d report.Distribution) (int, bool) { return twiceAbove(d), d.Visibility == report.Shown }},
		{changeKey, func(d report.Distribution) (int, bool) { return d.Change.Points, d.Change.Known }},
	} {
		if name, ok := strings.CutPrefix(key, c.key); ok {
			return c.number, edu.Subject(name)
		}
	}
	return nil, ""
}

// twiceAbove is two times the percent at or above the standard, of a range two times its middle: rows of the same range stay in order of name.
func twiceAbove(d report.Distribution) int {
	if d.Told != nil {
		return d.Told.AtOrAbove.Low + d.Told.AtOrAbove.High
	}
	return 2 * d.AtOrAbove
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

// every returns all rows of a comparison, the reference first.
func every(r report.Comparison) []report.ComparisonRow {
	return slices.Concat([]report.ComparisonRow{r.Overall}, r.Benchmark, r.Rows)
}

// axes returns the scale of the bars of each subject: the same for all, apart from the line of the reference.
func axes(r report.Comparison) []draw.Axis {
	var spreads []draw.Spread
	var bands []draw.Banded
	for _, row := range every(r) {
		for _, d := range row.Results {
			switch {
			case d.Visibility != report.Shown:
			case d.Told != nil:
				bands = append(bands, layout.Bands(*d.Told))
			default:
				spreads = append(spreads, layout.Spread(d))
			}
		}
	}
	common := draw.NewAxis(barWidth, barHeight, -1, spreads...)
	if len(bands) > 0 {
		common = common.Wider(draw.NewBandedAxis(barWidth, barHeight, -1, bands...))
	}
	all := make([]draw.Axis, len(r.Subjects))
	for i := range r.Subjects {
		all[i] = common
		if i < len(r.Overall.Results) && r.Overall.Results[i].Visibility == report.Shown {
			all[i].Reference = twiceAbove(r.Overall.Results[i]) / 2
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

// shared is what the rows of a table have in common.
type shared struct {
	page         layout.Address
	words        *words.Words
	say          words.Comparison
	scales       []draw.Axis
	classes      []string // of the charts of each subject
	subjects     []string // in words
	testedInline string
	changeInline string
	full         bool
	choosable    bool // a row can be chosen to be compared
	removable    bool // a row that was chosen can be left out
	changes      bool
	mixed        bool              // some rows are exact and others are not
	names        [][]string        // of the levels of each subject
	levels       map[phrase]string // Level 2: 31%
	leads        func(report.ComparisonRow) string
	kept         string // the query that goes along
}

// phrase is what is said of a level in a bar: with hundreds of bars the same over and over.
type phrase struct {
	level, percent int
	name           string
}

// spoken is the alternative of a bar.
func (t *shared) spoken(d report.Distribution) string {
	b := make([]byte, 0, 128)
	for i, l := range d.Levels {
		if i > 0 {
			b = append(b, ", "...)
		}
		p := phrase{l.Level, l.Percent, l.Name}
		s, ok := t.levels[p]
		if !ok {
			s = layout.LevelWords(t.words, l)
			t.levels[p] = s
		}
		b = append(b, s...)
	}
	return string(b)
}

func newShared(v View) *shared {
	w := v.say()
	only := len(Only(v.Address))
	t := &shared{
		page: v.Address, levels: map[phrase]string{}, words: w, say: w.Comparison, scales: axes(v.Report), full: full(v), changes: v.Report.Before != 0, mixed: mixed(v.Report), names: v.Report.Levels, leads: v.RowAddress, kept: keptQuery(v),
		testedInline: " " + w.Comparison.TestedInline(), changeInline: w.Comparison.Change() + " ", choosable: comparable(v.Report) && only == 0, removable: only > 1,
	}
	for _, s := range v.Report.Subjects {
		t.subjects = append(t.subjects, w.Subject(s))
		t.classes = append(t.classes, strings.TrimSpace("bar "+layout.SubjectClass(s)))
	}
	return t
}

// chart is the bar of one cell.
func (t *shared) chart(subject int, d report.Distribution) templ.Component {
	return layout.RowChart(t.bar(subject, d), t.classes[subject], false)
}

func (t *shared) bar(subject int, d report.Distribution) draw.List {
	axis := &t.scales[subject]
	switch {
	case d.Visibility != report.Shown && t.full:
		return draw.List{Width: barWidth, Height: barHeight}
	case d.Visibility != report.Shown:
		return axis.Empty()
	case d.Told != nil && t.full:
		return draw.FullBandedBar(layout.Bands(*d.Told), barWidth, barThick+8, layout.BandsWords(t.words, t.names[subject], *d.Told))
	case d.Told != nil:
		return axis.BandedBar(layout.Bands(*d.Told), barThick, layout.BandsWords(t.words, t.names[subject], *d.Told))
	case t.full:
		return draw.FullBar(layout.Spread(d), barWidth, barThick+8, t.spoken(d))
	}
	return axis.Bar(layout.Spread(d), barThick, t.spoken(d))
}

// address is where a row leads, with what a reader keeps on the way down.
func (t *shared) address(row report.ComparisonRow) string {
	if t.leads == nil {
		return ""
	}
	path := t.leads(row)
	if path == "" || t.kept == "" {
		return path
	}
	return path + "?" + t.kept
}

// fields are the filters of the page.
func fields(v View) []filter.Field {
	var grades []edu.Grade
	if v.Report.Level != report.GradesOfSchool {
		grades = edu.TestedGrades
	}
	return filter.Fields(v.say(), grades, v.Report.NotStated)
}

// keptQuery is the query that a reader keeps on the way down: year, release, filters, language.
func keptQuery(v View) string {
	kept := url.Values{}
	for _, key := range append([]string{"year", layout.ReleaseParameter, layout.LanguageField}, filter.Parameters(fields(v))...) {
		if (key == "grade" || key == layout.ReleaseParameter) && v.Report.Level == report.GradesOfSchool {
			continue // rows lead to lists of students
		}
		if values := v.Address.Values(key); len(values) > 0 && (len(values) > 1 || values[0] != "") {
			kept[key] = values
		}
	}
	if len(v.Report.Told.Subjects) > 0 && v.Report.Year != 0 {
		kept.Set("year", strconv.Itoa(int(v.Report.Year))) // which year a place shows of itself depends on who may see its students
	}
	return kept.Encode()
}

// has reports whether any cell of the table has a visibility.
func has(r report.Comparison, v report.Visibility) bool {
	return some(r, func(d report.Distribution) bool { return d.Visibility == v })
}

// some reports whether any cell of the table is so.
func some(r report.Comparison, is func(report.Distribution) bool) bool {
	return slices.ContainsFunc(every(r), func(row report.ComparisonRow) bool { return slices.ContainsFunc(row.Results, is) })
}

// told reports whether any cell says what everybody is told.
func told(r report.Comparison) bool {
	return some(r, func(d report.Distribution) bool { return d.Told != nil })
}

// mixed reports whether some rows are exact and others are not.
func mixed(r report.Comparison) bool {
	return told(r) && slices.ContainsFunc(every(r), func(row report.ComparisonRow) bool { return row.Exact })
}

// private reports whether there is a group that only those are shown who may see each of its students.
func private(r report.Comparison) bool {
	return some(r, func(d report.Distribution) bool {
		return d.Visibility == report.Shown && d.Told == nil && d.Students < r.MinN
	})
}

// pale reports whether some bars are only about where they are drawn.
func pale(r report.Comparison) bool {
	return some(r, func(d report.Distribution) bool {
		return d.Visibility == report.Shown && d.Told != nil && layout.Bands(*d.Told).Pale()
	})
}

// refused is why nothing at all of a comparison is told, empty when something is, or some rows are exact.
func refused(r report.Comparison) disclosure.Refusal {
	if slices.ContainsFunc(every(r), func(row report.ComparisonRow) bool { return row.Exact }) ||
		some(r, func(d report.Distribution) bool { return d.Visibility != report.Unanswered }) {
		return ""
	}
	return firstRefusal(r)
}

// firstRefusal is why a cell is not answered; in most pages all have the same reason.
func firstRefusal(r report.Comparison) disclosure.Refusal {
	for _, row := range every(r) {
		for _, d := range row.Results {
			if d.Told != nil && d.Told.Refusal != "" {
				return d.Told.Refusal
			}
		}
	}
	return ""
}

func hasSmall(r report.Comparison) bool {
	return slices.ContainsFunc(r.Rows, func(row report.ComparisonRow) bool {
		return slices.ContainsFunc(row.Results, small)
	})
}

func small(d report.Distribution) bool {
	return d.Visibility == report.Shown && d.Students < smallGroup
}

// comparable reports whether rows can be selected: a single row cannot be compared, and a school's grades are few.
func comparable(r report.Comparison) bool { return r.Level != report.GradesOfSchool && len(r.Rows) > 1 }
