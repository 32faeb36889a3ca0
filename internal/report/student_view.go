package report

import (
	"cmp"
	"slices"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
)

// StudentListView is how a list of students is looked at. Its names are wire values (docs/formats/filters.md).
type StudentListView string

// The views.
const (
	EveryStudent StudentListView = ""      // one list
	ByLevel      StudentListView = "level" // students of a level together, the lowest first; of one subject
	NearCut      StudentListView = "cut"   // only students whose error band reaches into another level
)

// LevelGroup is the students of one level of a list.
type LevelGroup struct {
	Level    int // 0 for tests that ended without one; they come last
	Name     string
	Students int // a student with several days counts once in each group
}

// reached returns the other levels that the error band of a result reaches, lowest first.
func (s Scale) reached(r Result) []int {
	var others []int
	if r.Level == 0 {
		return nil
	}
	for _, l := range s.Levels {
		switch {
		case l.CutPoint == s.Min || !r.Score.Crosses(l.CutPoint):
		case r.Level < l.Number:
			others = append(others, l.Number)
		default:
			others = append(others, l.Number-1)
		}
	}
	return others
}

// chooseView takes the first subject where a view needs one and none is chosen. Interim blocks have no scores, hence no views.
func (l *StudentList) chooseView() error {
	if l.View != EveryStudent && !l.Type.HasOverallScore() {
		return fault.New(fault.Invalid, "Interim blocks have no scores to look at that way.")
	}
	if l.View == ByLevel && l.Subject == "" && len(l.Subjects) > 0 {
		l.Subject = l.Subjects[0]
	}
	return nil
}

// narrow takes the view: it leaves out the rows that the view does not show, and says how many students were there before.
func (l *StudentList) narrow() {
	if l.View != NearCut {
		return
	}
	l.Considered = l.Students
	l.Rows = slices.DeleteFunc(l.Rows, func(row StudentRow) bool {
		for r := range row.results {
			if len(r.Otherwise) > 0 {
				return false
			}
		}
		return true
	})
	l.Students = distinctStudents(l.Rows)
	l.Shape = nil // who is there was chosen by score
}

func distinctStudents(rows []StudentRow) int {
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.Key] = true
	}
	return len(seen)
}

// group puts the rows of a level together, in the order that they have.
func (l *StudentList) group() {
	if l.View != ByLevel {
		return
	}
	slices.SortStableFunc(l.Rows, func(a, b StudentRow) int {
		x, y := a.level(l.Subject), b.level(l.Subject)
		return cmp.Or(cmp.Compare(min(y, 1), min(x, 1)), cmp.Compare(x, y)) // none after any
	})
	for rest := l.Rows; len(rest) > 0; {
		level := rest[0].level(l.Subject)
		end := slices.IndexFunc(rest, func(r StudentRow) bool { return r.level(l.Subject) != level })
		if end < 0 {
			end = len(rest)
		}
		g := LevelGroup{Level: level, Students: distinctStudents(rest[:end])}
		if r := rest[0].Results[l.Subject]; r != nil {
			g.Name = r.LevelName
		}
		l.Levels = append(l.Levels, g)
		rest = rest[end:]
	}
}

// level is that of a row's result in a subject, 0 where there is none.
func (row StudentRow) level(s edu.Subject) int {
	if r := row.Results[s]; r != nil {
		return r.Level
	}
	return 0
}
