package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
)

// sortOrder is a parsed StudentListQuestion.Sort.
type sortOrder struct {
	key     string // name, score, level, claim, block, date or status
	subject edu.Subject
	claim   int
	block   string
	reverse bool
}

// parseSort reads the sort of an address; empty is by name. Unknown ones are Invalid.
func parseSort(s string) (sortOrder, error) {
	var o sortOrder
	rest, reverse := strings.CutPrefix(s, "-")
	o.reverse = reverse
	key, of, dotted := strings.Cut(rest, ".")
	o.key = key
	known := false
	switch key {
	case "":
		o.key, known = "name", s == ""
	case "name", "date", "status":
		known = !dotted
	case "score", "level":
		o.subject, known = edu.Subject(of), of != ""
	case "block":
		o.block, known = of, of != ""
	case "claim":
		n, err := strconv.Atoi(of)
		o.claim, known = n, err == nil && n > 0
	}
	if !known {
		return o, fault.New(fault.Invalid, "The list cannot be sorted that way.")
	}
	return o, nil
}

// sort orders the rows. Rows without the value sorted by come last in both directions; rows that tie are in order of name.
func (l *StudentList) sort(o sortOrder) {
	slices.SortFunc(l.Rows, func(a, b StudentRow) int {
		if o.key != "name" {
			x, hasX := l.sortValue(a, o)
			y, hasY := l.sortValue(b, o)
			if hasX != hasY {
				if hasX {
					return -1
				}
				return 1
			}
			if c := turned(cmp.Compare(x, y), o.reverse); c != 0 {
				return c
			}
			return byName(a, b)
		}
		return turned(byName(a, b), o.reverse)
	})
}

func turned(c int, reverse bool) int {
	if reverse {
		return -c
	}
	return c
}

// byName orders rows by last, first and middle name, then the newer day first; the key makes the order total.
func byName(a, b StudentRow) int {
	return cmp.Or(
		compareNames(a.Student.Last, b.Student.Last),
		compareNames(a.Student.First, b.Student.First),
		compareNames(a.Student.Middle, b.Student.Middle),
		strings.Compare(a.Student.Code, b.Student.Code),
		newestDay(b).Compare(newestDay(a)),
	)
}

// sortValue returns what a row is sorted by, false when it has none.
func (l *StudentList) sortValue(row StudentRow, o sortOrder) (int, bool) {
	switch o.key {
	case "date":
		t := newestDay(row)
		return int(t.Unix()), !t.IsZero()
	case "status":
		return statusRank(row), true
	case "block":
		results := row.Blocks[o.block]
		if len(results) == 0 {
			return 0, false
		}
		for _, c := range results[0].Claims { // of the newest
			if c.Level > 0 {
				return c.Level, true
			}
		}
		return 0, false
	case "claim":
		r := row.Results[l.Subject]
		if r == nil {
			return 0, false
		}
		for _, c := range r.Claims {
			if c.Claim.Number == o.claim && c.Level > 0 {
				return c.Level<<16 + int(c.Score.Value), true
			}
		}
		return 0, false
	}
	r := row.Results[o.subject]
	if r == nil || r.Level == 0 {
		return 0, false
	}
	if o.key == "level" {
		return r.Level<<16 + int(r.Score.Value), true
	}
	return int(r.Score.Value), true
}

// newestDay returns the newest day of a row's results.
func newestDay(row StudentRow) time.Time {
	var newest time.Time
	for r := range row.results {
		if r.Taken.After(newest) {
			newest = r.Taken
		}
	}
	return newest
}

// statusRank orders rows by what readers should look at first: 0 an invalid result, 1 a partial one, 2 one that is not
// standard, 3 none of them.
func statusRank(row StudentRow) int {
	rank := 3
	for r := range row.results {
		switch {
		case r.Condition == edu.ConditionInvalid:
			rank = 0
		case r.Complete == edu.No:
			rank = min(rank, 1)
		case r.Condition != edu.ConditionValid:
			rank = min(rank, 2)
		}
	}
	return rank
}

// results yields every result of a row.
func (row StudentRow) results(yield func(*Result) bool) {
	for _, r := range row.Results {
		if r != nil && !yield(r) {
			return
		}
	}
	for _, all := range row.Blocks {
		for i := range all {
			if !yield(&all[i]) {
				return
			}
		}
	}
}
