package layout

import (
	"context"
	"io"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// Chart puts a chart on the page. A hidden chart repeats numbers that stand beside it, so assistive technology
// passes over it.
func Chart(l draw.List, class string, hidden bool) templ.Component {
	return chart(l, draw.Options{Class: class, Hidden: hidden})
}

// RowChart puts a chart of a table's row on the page: as Chart, and low rows crop it.
func RowChart(l draw.List, class string, hidden bool) templ.Component {
	return chart(l, draw.Options{Class: class, Hidden: hidden, Crop: true})
}

// charts keeps room for charts from page to page.
var charts = sync.Pool{New: func() any { return new([]byte) }}

func chart(l draw.List, o draw.Options) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		room := charts.Get().(*[]byte)
		defer charts.Put(room)
		*room = draw.AppendSVG((*room)[:0], l, o)
		_, err := w.Write(*room)
		return err
	})
}

// Spread turns a distribution into what charts take.
func Spread(d report.Distribution) draw.Spread {
	s := draw.Spread{Standard: edu.StandardLevel(len(d.Levels)), Percents: make([]int, len(d.Levels))}
	for i, l := range d.Levels {
		s.Percents[i] = l.Percent
	}
	return s
}

// SpreadWords says a distribution in words: the alternative of a bar.
func SpreadWords(w *words.Words, d report.Distribution) string {
	parts := make([]string, 0, len(d.Levels)+1)
	for _, l := range d.Levels {
		parts = append(parts, LevelWords(w, l))
	}
	return strings.Join(parts, ", ")
}

// LevelWords says the percent of one level.
func LevelWords(w *words.Words, l report.LevelCount) string {
	return w.Frame.LevelPercent(w.LevelName(l.Level, l.Name), l.Percent)
}

// Absence says why a cell has no numbers.
func Absence(w *words.Words, v report.Visibility) string {
	switch v {
	case report.Withheld:
		return w.Frame.Withheld()
	case report.InterimOnly:
		return w.Frame.Interim()
	case report.Unanswered:
		return w.Published.Absent()
	}
	return w.Frame.None()
}

// AbsentMark stands for absence in a table.
func AbsentMark(v report.Visibility) string {
	switch v {
	case report.Withheld:
		return "*"
	case report.InterimOnly:
		return "i"
	case report.Unanswered:
		return "×"
	}
	return "–"
}

// Option is one choice of a Switch, a link to the same page with another setting.
type Option struct {
	Text    string
	Address Address
	Current bool
}

// Sorting says how a column is sorted now and where the link in its head leads.
type Sorting struct {
	Now     string // "", "ascending" or "descending", as in aria-sort
	Address Address
}

// SortBy returns the sorting of a column. Key is the column's value of the parameter sort, "-" in front reverses;
// present is the sort of the page. A column not sorted yet begins descending when numbers lead (largest first).
func SortBy(a Address, present, key string, numbers bool) Sorting {
	next := key
	if numbers {
		next = "-" + key
	}
	s := Sorting{}
	switch present {
	case key:
		s.Now, next = "ascending", "-"+key
	case "-" + key:
		s.Now, next = "descending", key
	}
	s.Address = a.With("sort", next)
	return s
}
