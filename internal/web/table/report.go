package table

import (
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// OfReport is a student's report as a table: a row per result it shows, those of the history included; interim blocks with all their results.
func OfReport(w *words.Words, r report.StudentReport) Table {
	t := Table{Name: "individual_student_report", Head: students(w)}
	if r.Type == edu.InterimBlock {
		t.Head = append(t.Head, blockHead(w)...)
		for _, s := range r.Subjects {
			seen := map[string]bool{}
			for _, x := range s.Blocks {
				name := BlockName(x)
				t.Rows = append(t.Rows, append(student(r.Student), blockCells(w, name, x, !seen[name])...))
				seen[name] = true
			}
		}
		return t
	}
	var claims []edu.Claim // of all subjects, one after another: subjects have different ones
	for _, s := range r.Subjects {
		claims = append(claims, s.Scale.Claims...)
	}
	t.Head = append(t.Head, w.Students.View(), w.Student.Year(), w.Student.Grade(), w.File.Newest())
	t.Head = append(t.Head, resultHead(w, claims)...)
	before := 0
	for _, s := range r.Subjects {
		past := s.History
		if len(past) == 0 {
			past = []report.PastResult{{Result: s.Result, Scale: s.Scale}}
		}
		for i := len(past) - 1; i >= 0; i-- {
			x := past[i].Result
			cells := append(student(r.Student), Text(w.Subject(s.Subject)), Text(w.Year(x.Year)), Text(x.Grade.Code()), Text(w.Flag(flag(x.Taken.Equal(s.Result.Taken)))))
			cells = append(cells, resultCells(w, x, nil)...)
			cells = append(cells, make([]Cell, 2*before)...)
			cells = append(cells, resultCells(w, x, s.Scale.Claims)[len(resultHead(w, nil)):]...)
			t.Rows = append(t.Rows, append(cells, make([]Cell, len(t.Head)-len(cells))...))
		}
		before += len(s.Scale.Claims)
	}
	return t
}

// BlockName is the name of the block a result is of: its one claim's.
func BlockName(r report.Result) string {
	if len(r.Claims) == 0 {
		return ""
	}
	return r.Claims[0].Claim.Name
}
