package table

import (
	"slices"
	"strconv"
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// OfStudents is a list of students as a table: a row per student (interim comprehensive: and day), or, for interim blocks, a row per student, block and
// day.
func OfStudents(w *words.Words, r report.StudentList) Table {
	if r.Type == edu.InterimBlock {
		return ofBlocks(w, r)
	}
	t := Table{Name: "student_list", Head: students(w)}
	subjects := r.Subjects
	if r.Subject != "" {
		subjects = []edu.Subject{r.Subject}
	}
	for _, s := range subjects {
		for _, what := range listedHead(w, r, s) {
			t.Head = append(t.Head, w.File.OfSubject(s, what))
		}
	}
	for _, row := range r.Rows {
		cells := student(row.Student)
		for _, s := range subjects {
			x := row.Results[s]
			if x == nil {
				cells = append(cells, make([]Cell, len(listedHead(w, r, s)))...)
				continue
			}
			cells = append(cells, resultCells(w, *x, r.Scales[s].Claims)...)
			if r.View == report.NearCut {
				cells = append(cells, Text(numbers(x.Otherwise)))
			}
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// listedHead are the heads of a subject of a list.
func listedHead(w *words.Words, r report.StudentList, s edu.Subject) []string {
	head := resultHead(w, r.Scales[s].Claims)
	if r.View == report.NearCut {
		head = append(head, w.File.OtherLevels())
	}
	return head
}

// numbers are numbers with a semicolon between them.
func numbers(all []int) string {
	var parts []string
	for _, n := range all {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, "; ")
}

// students are the heads of what every row says of its student.
func students(w *words.Words) []string {
	return []string{w.File.LastName(), w.File.FirstName(), w.File.MiddleName(), w.Student.Code(), w.File.EnrolledGrade()}
}

func student(s report.Student) []Cell {
	return []Cell{Text(s.Last), Text(s.First), Text(s.Middle), Text(s.Code), Text(s.EnrolledGrade.Code())}
}

// resultHead are the heads of a result with an overall score.
func resultHead(w *words.Words, claims []edu.Claim) []string {
	head := []string{w.Students.Date(), w.Students.Score(), w.File.ScoreLow(), w.File.ScoreHigh(), w.Students.Level(), w.File.LevelName(), w.Students.Status()}
	for _, c := range claims {
		head = append(head, w.File.ClaimLevel(w.ClaimName(c.Name)), w.File.ClaimLevelName(w.ClaimName(c.Name)))
	}
	return head
}

func resultCells(w *words.Words, r report.Result, claims []edu.Claim) []Cell {
	cells := []Cell{Day(r.Taken), {}, {}, {}, {}, {}, Text(status(w, r))}
	if r.Level > 0 {
		cells = []Cell{Day(r.Taken), Number(int(r.Score.Value)), Number(int(r.Score.Low)), Number(int(r.Score.High)), Number(r.Level), Text(w.LevelName(r.Level, r.LevelName)), Text(status(w, r))}
	}
	for _, c := range claims {
		i := slices.IndexFunc(r.Claims, func(x report.ClaimResult) bool { return x.Claim.Number == c.Number && x.Level > 0 })
		if i < 0 {
			cells = append(cells, Cell{}, Cell{})
			continue
		}
		cells = append(cells, Number(r.Claims[i].Level), Text(w.ClaimLevelName(r.Claims[i].LevelName)))
	}
	return cells
}

// status is what a reader must know of a result, several words with a semicolon between them; empty when all is well.
func status(w *words.Words, r report.Result) string {
	var all []string
	if r.Condition == edu.ConditionInvalid {
		all = append(all, w.Students.Invalid())
	}
	if r.Complete == edu.No {
		all = append(all, w.Students.Partial())
	}
	switch {
	case r.Type == edu.Summative:
	case r.Condition == edu.ConditionStandardized:
		all = append(all, w.Students.Standardized())
	case r.Condition != edu.ConditionInvalid:
		all = append(all, w.Students.NonStandardized())
	}
	text := ""
	for i, s := range all {
		if i > 0 {
			text += "; "
		}
		text += s
	}
	return text
}

func ofBlocks(w *words.Words, r report.StudentList) Table {
	t := Table{Name: "student_list", Head: append(students(w), blockHead(w)...)}
	for _, row := range r.Rows {
		for _, name := range r.Blocks {
			for i, x := range row.Blocks[name] {
				t.Rows = append(t.Rows, append(student(row.Student), blockCells(w, name, x, i == 0)...))
			}
		}
	}
	return t
}

func blockHead(w *words.Words) []string {
	return []string{w.Students.View(), w.Student.Block(), w.Students.Date(), w.Students.Level(), w.File.LevelName(), w.Students.Status(), w.File.Newest()}
}

func blockCells(w *words.Words, name string, r report.Result, newest bool) []Cell {
	cells := []Cell{Text(w.Subject(r.Subject)), Text(w.BlockName(name)), Day(r.Taken), {}, {}, Text(status(w, r)), Text(w.Flag(flag(newest)))}
	for _, c := range r.Claims {
		if c.Level > 0 {
			cells[3], cells[4] = Number(c.Level), Text(w.ClaimLevelName(c.LevelName))
			break
		}
	}
	return cells
}

func flag(yes bool) edu.Flag {
	if yes {
		return edu.Yes
	}
	return edu.No
}
