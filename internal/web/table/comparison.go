package table

import (
	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// OfComparison is a comparison as a table: all together, the wider places, then the rows in the order they come.
func OfComparison(w *words.Words, r report.Comparison) Table {
	t := Table{Name: "comparing_populations"}
	part := []func() string{w.Comparison.District, w.Comparison.School, w.Comparison.Grade}[r.Level]()
	t.Head = []string{part, w.File.Id(), w.File.Row(), w.File.Exact()}
	for i, s := range r.Subjects {
		of := func(what string) string { return w.File.OfSubject(s, what) }
		t.Head = append(t.Head, of(w.File.Tested()))
		if r.Filtered {
			t.Head = append(t.Head, of(w.File.TestedUnfiltered()))
		}
		t.Head = append(t.Head, of(w.File.AtOrAbove()))
		if r.Before != 0 {
			t.Head = append(t.Head, of(w.File.Change(r.Before)))
		}
		for n, name := range r.Levels[i] {
			name = w.LevelInTable(n+1, name)
			t.Head = append(t.Head, of(w.File.LevelStudents(name)), of(w.File.LevelPercent(name)))
		}
	}
	add := func(row report.ComparisonRow, name, kind string) {
		cells := []Cell{Text(name), Text(row.ID), Text(kind), Text(w.Flag(flagOf(row.Exact)))}
		for i, d := range row.Results {
			cells = append(cells, ofDistribution(w, d, len(r.Levels[i]), r.Filtered, r.Before != 0)...)
		}
		t.Rows = append(t.Rows, cells)
	}
	add(r.Overall, r.Overall.Name, w.File.Overall())
	for _, row := range r.Benchmark {
		add(row, row.Name, w.File.Reference())
	}
	for _, row := range r.Rows {
		name := row.Name
		if r.Level == report.GradesOfSchool {
			name = w.Grade(row.Grade)
		}
		add(row, name, part)
	}
	return t
}

func flagOf(yes bool) edu.Flag {
	if yes {
		return edu.Yes
	}
	return edu.No
}

// ofDistribution are the cells of one subject of a row. Where nothing is shown each says why; where only bands are told no level has a count.
func ofDistribution(w *words.Words, d report.Distribution, levels int, filtered, changes bool) []Cell {
	n := 2 + 2*levels
	for _, more := range []bool{filtered, changes} {
		if more {
			n++
		}
	}
	cells := make([]Cell, 0, n)
	if d.Visibility != report.Shown {
		for range n {
			cells = append(cells, Text(layout.Absence(w, d.Visibility)))
		}
		return cells
	}
	cells = append(cells, Number(d.Students))
	switch {
	case filtered && d.Unfiltered > 0:
		cells = append(cells, Number(d.Unfiltered))
	case filtered:
		cells = append(cells, Text(layout.Absence(w, report.Withheld)))
	}
	if d.Told != nil {
		cells = append(cells, ofBand(w, d.Told.AtOrAbove))
	} else {
		cells = append(cells, Number(d.AtOrAbove))
	}
	switch {
	case changes && d.Change.Known:
		cells = append(cells, Number(d.Change.Points))
	case changes && d.Change.Withheld:
		cells = append(cells, Text(layout.Absence(w, report.Withheld)))
	case changes && d.Change.Untold:
		cells = append(cells, Text(layout.Absence(w, report.Unanswered)))
	case changes:
		cells = append(cells, Text(layout.Absence(w, report.NoResults)))
	}
	for _, l := range d.Levels {
		cells = append(cells, Number(l.Count), Number(l.Percent))
	}
	if d.Told != nil {
		for _, b := range d.Told.Levels {
			cells = append(cells, Text(layout.Absence(w, report.Withheld)), ofBand(w, b))
		}
	}
	for len(cells) < n {
		cells = append(cells, Cell{})
	}
	return cells
}

// ofBand is a percent as far as everybody is told: a number, or a range in words.
func ofBand(w *words.Words, b disclosure.Band) Cell {
	if b.Low == b.High {
		return Number(b.Low)
	}
	return Text(layout.BandWords(w, b))
}
