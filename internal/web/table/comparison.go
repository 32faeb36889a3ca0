package table

import (
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// OfComparison is a comparison as a table: all together, the wider places, then the rows in the order they come.
func OfComparison(w *words.Words, r report.Comparison) Table {
	t := Table{Name: "comparing_populations"}
	part := []func() string{w.Comparison.District, w.Comparison.School, w.Comparison.Grade}[r.Level]()
	t.Head = []string{part, w.File.Id(), w.File.Row()}
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
		for _, l := range levelsOf(r, i) {
			name := w.LevelInTable(l.Level, l.Name)
			t.Head = append(t.Head, of(w.File.LevelStudents(name)), of(w.File.LevelPercent(name)))
		}
	}
	add := func(row report.ComparisonRow, name, kind string) {
		cells := []Cell{Text(name), Text(row.ID), Text(kind)}
		for i, d := range row.Results {
			cells = append(cells, ofDistribution(w, d, len(levelsOf(r, i)), r.Filtered, r.Before != 0)...)
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

// levelsOf are the levels of a subject as some row shows them; none when no row shows any.
func levelsOf(r report.Comparison, subject int) []report.LevelCount {
	var most []report.LevelCount
	for _, rows := range [][]report.ComparisonRow{{r.Overall}, r.Benchmark, r.Rows} {
		for _, row := range rows {
			if subject < len(row.Results) && len(row.Results[subject].Levels) > len(most) {
				most = row.Results[subject].Levels
			}
		}
	}
	return most
}

// ofDistribution are the cells of one subject of a row. Where nothing may be shown each says why.
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
			cells = append(cells, Text(absence(w, d.Visibility)))
		}
		return cells
	}
	cells = append(cells, Number(d.Students))
	switch {
	case filtered && d.Unfiltered > 0:
		cells = append(cells, Number(d.Unfiltered))
	case filtered:
		cells = append(cells, Text(absence(w, report.Withheld)))
	}
	cells = append(cells, Number(d.AtOrAbove))
	switch {
	case changes && d.Change.Known:
		cells = append(cells, Number(d.Change.Points))
	case changes && d.Change.Withheld:
		cells = append(cells, Text(absence(w, report.Withheld)))
	case changes:
		cells = append(cells, Text(absence(w, report.NoResults)))
	}
	for _, l := range d.Levels {
		cells = append(cells, Number(l.Count), Number(l.Percent))
	}
	for len(cells) < n {
		cells = append(cells, Cell{})
	}
	return cells
}

// absence says why there is no number.
func absence(w *words.Words, v report.Visibility) string {
	switch v {
	case report.Withheld:
		return w.Frame.Withheld()
	case report.InterimOnly:
		return w.Frame.Interim()
	}
	return w.Frame.None()
}
