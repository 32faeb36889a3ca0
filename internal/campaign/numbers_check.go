package campaign

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/net/html"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/web/table"
)

// check compares what a report shows with the exact counts: exactly of places whose every student the reader sees, as a release tells it of others.
func (c counted) check(r report.Comparison, reader scope.Scope, told *atomic.Int64) error {
	students, filtered := map[string]map[int]int{}, map[string]map[int]int{} // by row and subject, by level
	for _, n := range c.counts {
		for _, row := range []string{"", rowOf(r, n.Part)} {
			k := row + "/" + string(n.Subject)
			if students[k] == nil {
				students[k], filtered[k] = map[int]int{}, map[int]int{}
			}
			students[k][n.Level] += n.Students
			filtered[k][n.Level] += n.Filtered
		}
	}
	overall := r.Overall
	overall.ID = ""
	for _, row := range append(slices.Clone(r.Rows), overall) {
		for _, d := range row.Results {
			k := row.ID + "/" + string(d.Subject)
			var err error
			exact := reader.AllStudents || r.Place.District.ID == "" && reader.SeesDistrict(row.ID) || reader.SeesDistrict(r.Place.District.ID)
			switch {
			case row.Exact != exact || exact != (d.Told == nil):
				err = fmt.Errorf("exact: %v, told: %v", row.Exact, d.Told)
			case exact:
				err = checkCounts(d, students[k], filtered[k])
			default:
				err = checkTold(*d.Told, students[k], filtered[k], numbersMinN)
				if d.Visibility == report.Shown {
					told.Add(1)
				}
			}
			if err != nil {
				return fmt.Errorf("row %q, %s: %w", row.ID, d.Subject, err)
			}
		}
	}
	return nil
}

func rowOf(r report.Comparison, part int) string {
	switch r.Level {
	case report.DistrictsOfState:
		return fmt.Sprintf("D%d", part)
	case report.SchoolsOfDistrict:
		return fmt.Sprintf("S%d", part)
	}
	return edu.Grade(part).Code()
}

func checkCounts(d report.Distribution, students, filtered map[int]int) error {
	all, n := 0, 0
	for level := range students {
		all, n = all+students[level], n+filtered[level]
	}
	if d.Visibility != report.Shown {
		if n > 0 || len(d.Levels) > 0 || d.Students != 0 || d.AtOrAbove != 0 || d.Unfiltered != 0 || d.Change.Known {
			return fmt.Errorf("%d students, but %+v", n, d)
		}
		return nil
	}
	if n == 0 || d.Students != n || d.Unfiltered != 0 && d.Unfiltered != all {
		return fmt.Errorf("%d of %d students shown, but %d of %d counted", d.Students, d.Unfiltered, n, all)
	}
	percents, above := 0, 0
	for _, l := range d.Levels {
		if l.Count != filtered[l.Level] {
			return fmt.Errorf("level %d: %d students shown, %d counted", l.Level, l.Count, filtered[l.Level])
		}
		if exact := l.Count * 100 / n; l.Percent != exact && l.Percent != exact+1 {
			return fmt.Errorf("level %d: %d of %d are not %d %%", l.Level, l.Count, n, l.Percent)
		}
		percents += l.Percent
		if l.Level > 2 {
			above += l.Count
		}
	}
	if share := (200*above + n) / (2 * n); percents != 100 || share != d.AtOrAbove {
		return fmt.Errorf("percents add up to %d, and %d of %d at or above the standard are %d %%, not %d", percents, above, n, share, d.AtOrAbove)
	}
	return nil
}

// shownNumbers are the numbers of a cell that a file shows, in order; with ranges, their two ends, where the file has them.
func shownNumbers(d report.Distribution, ranges bool) []int {
	if d.Visibility != report.Shown {
		return nil
	}
	all := []int{d.Students}
	if d.Unfiltered > 0 {
		all = append(all, d.Unfiltered)
	}
	band := func(b disclosure.Band) {
		if b.Low == b.High {
			all = append(all, b.Low)
		}
		if ranges {
			all = append(all, b.Low, b.High)
		}
	}
	if d.Told != nil {
		band(d.Told.AtOrAbove)
	} else {
		all = append(all, d.AtOrAbove)
	}
	if d.Change.Known {
		all = append(all, d.Change.Points)
	}
	for _, l := range d.Levels {
		all = append(all, l.Count, l.Percent)
	}
	if d.Told != nil {
		for _, b := range d.Told.Levels {
			band(b)
		}
	}
	return all
}

// checkCSV compares the numbers of a file with those of a report.
func checkCSV(file []byte, want report.Comparison) error {
	lines, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		return err
	}
	rows := slices.Concat([]report.ComparisonRow{want.Overall}, want.Benchmark, want.Rows)
	if len(lines) != 1+len(rows) {
		return fmt.Errorf("%d lines, want %d", len(lines), 1+len(rows))
	}
	for i, row := range rows {
		var wanted, got []int
		for _, d := range row.Results {
			wanted = append(wanted, shownNumbers(d, false)...)
		}
		for _, cell := range lines[i+1][3:] {
			if n, err := strconv.Atoi(cell); err == nil {
				got = append(got, n)
			}
		}
		if lines[i+1][1] != row.ID || !slices.Equal(got, wanted) {
			return fmt.Errorf("line %q has the numbers %v, want %q and %v", lines[i+1], got, row.ID, wanted)
		}
	}
	return nil
}

// checkJSON compares the numbers of an answer with those of a report.
func checkJSON(answer []byte, want report.Comparison) error {
	var got table.Comparison
	if err := json.Unmarshal(answer, &got); err != nil {
		return err
	}
	rows := slices.Concat([]table.ComparisonRow{got.Overall}, got.Reference, got.Rows)
	for i, row := range slices.Concat([]report.ComparisonRow{want.Overall}, want.Benchmark, want.Rows) {
		if i >= len(rows) || rows[i].ID != row.ID || len(rows[i].Results) != len(row.Results) {
			return fmt.Errorf("row %d is not %q", i, row.ID)
		}
		for k, d := range row.Results {
			x := rows[i].Results[k]
			var numbers []int
			add := func(r *table.Band, all ...*int) {
				for _, n := range all {
					if n != nil {
						numbers = append(numbers, *n)
					}
				}
				if r != nil {
					numbers = append(numbers, r.Low, r.High)
				}
			}
			add(x.Range, x.Students, x.Unfiltered, x.AtOrAbove)
			add(nil, x.Change)
			for _, l := range x.Levels {
				add(l.Range, l.Students, l.Percent)
			}
			if want := shownNumbers(d, true); !slices.Equal(numbers, want) {
				return fmt.Errorf("row %q, %s: %v, want %v", row.ID, d.Subject, numbers, want)
			}
		}
	}
	if len(rows) != 1+len(want.Benchmark)+len(want.Rows) {
		return fmt.Errorf("%d rows", len(rows))
	}
	return nil
}

// checkPage compares the numbers of a page with those of a report.
func checkPage(page []byte, want report.Comparison, cells, shown *atomic.Int64) error {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return err
	}
	var rows []*html.Node
	for n := range root.Descendants() {
		if n.Data == "tr" && is(n, "role", "row") && n.Parent.Data == "tbody" {
			rows = append(rows, n)
		}
	}
	benchmark := slices.Clone(want.Benchmark)
	slices.Reverse(benchmark)
	wanted := slices.Concat([]report.ComparisonRow{want.Overall}, benchmark, want.Rows)
	if len(want.Rows) == 0 || nothingTold(wanted) {
		wanted = nil
	}
	if len(rows) != len(wanted) {
		return fmt.Errorf("%d rows, want %d", len(rows), len(wanted))
	}
	for i, row := range wanted {
		got := pageNumbers(rows[i])
		var all []int
		for _, d := range row.Results {
			cells.Add(1)
			if d.Visibility == report.Shown {
				shown.Add(1)
				all = append(all, pageNumbersOf(d)...)
			}
			if d.Visibility != report.Shown && d.Change.Known {
				return fmt.Errorf("row %q: a change of what is withheld", row.ID)
			}
		}
		if !slices.Equal(got, all) {
			return fmt.Errorf("row %q shows %v, want %v", row.ID, got, all)
		}
	}
	return nil
}

// nothingTold reports whether no cell at all is answered: then the page says why, and has no table.
func nothingTold(rows []report.ComparisonRow) bool {
	return !slices.ContainsFunc(rows, func(row report.ComparisonRow) bool {
		return row.Exact || slices.ContainsFunc(row.Results, func(d report.Distribution) bool { return d.Visibility != report.Unanswered })
	})
}

// pageNumbersOf are the numbers of a cell in the order of a page: no counts of levels, percents in the bar.
func pageNumbersOf(d report.Distribution) []int {
	all := []int{d.Students}
	if d.Unfiltered > 0 {
		all = append(all, d.Unfiltered)
	}
	band := func(b disclosure.Band) {
		switch {
		case b.Low == b.High:
			all = append(all, b.Low)
		case b.Low <= 0:
			all = append(all, b.High)
		case b.High >= 100:
			all = append(all, b.Low)
		default:
			all = append(all, b.Low, b.High)
		}
	}
	if d.Told != nil {
		band(d.Told.AtOrAbove)
	} else {
		all = append(all, d.AtOrAbove)
	}
	if d.Change.Known {
		all = append(all, d.Change.Points)
	}
	for _, l := range d.Levels {
		all = append(all, l.Percent)
	}
	if d.Told != nil {
		for _, b := range d.Told.Levels {
			band(b)
		}
	}
	return all
}

var (
	digits       = regexp.MustCompile(`[0-9][0-9,]*`)
	percentInBar = regexp.MustCompile(`: ([0-9]+)(?:–([0-9]+))?`)
)

// pageNumbers are the numbers of a row in their order: what assistive technology reads, of changes what is seen, of bars their alternative.
func pageNumbers(row *html.Node) []int {
	var all []int
	add := func(s string) {
		n, _ := strconv.Atoi(strings.NewReplacer(",", "", "−", "-", "+", "", "≤", "", "≥", "", "%", "").Replace(s))
		all = append(all, n)
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Data == "th" || is(n, "class", "cell-label") || is(n, "class", "visually-hidden") || is(n, "class", "absent") || is(n, "class", "absent-words"):
			return
		case n.Data == "svg":
			for _, m := range percentInBar.FindAllStringSubmatch(attributeOf(n, "aria-label"), -1) {
				add(m[1])
				if m[2] != "" {
					add(m[2])
				}
			}
			return
		case n.Type == html.TextNode && is(n.Parent, "aria-hidden", "true"): // a change
			add(strings.TrimSpace(n.Data))
			return
		case n.Type == html.TextNode:
			for _, s := range digits.FindAllString(n.Data, -1) {
				add(s)
			}
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(row)
	return all
}

func is(n *html.Node, attribute, value string) bool { return attributeOf(n, attribute) == value }

func attributeOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
