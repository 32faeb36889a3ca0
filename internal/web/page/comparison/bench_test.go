package comparison

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// wholeState is a state of 300 districts with results of two subjects and two years.
func wholeState() report.Comparison {
	r := rand.New(rand.NewPCG(1, 2))
	row := func(id, name string) report.ComparisonRow {
		row := report.ComparisonRow{ID: id, Name: name}
		for _, s := range edu.Subjects {
			left, d := 100, report.Distribution{Subject: s, Students: 100 + r.IntN(20_000), Change: report.Change{Known: true, Points: r.IntN(20) - 10}}
			for l := range 4 {
				p := left
				if l < 3 {
					p = r.IntN(left/2 + 1)
				}
				left -= p
				d.Levels = append(d.Levels, report.LevelCount{Level: l + 1, Name: fmt.Sprintf("Level %d", l+1), Percent: p, Count: p * d.Students / 100})
				if l >= 2 {
					d.AtOrAbove += p
				}
			}
			row.Results = append(row.Results, d)
		}
		return row
	}
	c := report.Comparison{Place: report.Institution{StateName: "State of Tamarack"}, Year: 2026, Before: 2025, Years: []edu.AcademicYear{2026, 2025}, Subjects: edu.Subjects, MinN: 11, Overall: row("", "State of Tamarack")}
	for n := range 300 {
		c.Rows = append(c.Rows, row(fmt.Sprintf("D%03d", n), fmt.Sprintf("District %d", n)))
	}
	return c
}

// BenchmarkState renders the page of a state with 300 districts, whose numbers are known.
func BenchmarkState(b *testing.B) {
	v := View{
		Frame: layout.Frame{Words: words.For("en"), Tenant: "State of Tamarack", Home: "/", Person: "Reader"}, Report: wholeState(), Address: layout.Address{Path: "/s/TK"},
		RowAddress: func(r report.ComparisonRow) string { return "/s/TK/d/" + r.ID },
	}
	var out bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := Page(v).Render(b.Context(), &out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(out.Len())/1000, "kB")
}
