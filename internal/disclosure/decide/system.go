package decide

import (
	"fmt"
	"slices"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
)

// system is one subject of a release: every cell, and what adds up to what. A cell is a row and a question, numbered row by row; the total of a group of
// cells is the sum of its parts, in the numbers of students and on every level.
//
// Groups are not stored but numbered: first those of the hierarchy (a district and its schools, the state and its districts, for each question), then
// those of the questions (a question and the options that divide it, for each row).
type system struct {
	catalogue *disclosure.Catalogue
	policy    disclosure.Policy
	rows      []disclosure.Row
	parents   []int32
	children  [][]int32 // by row
	inner     []int32   // by row: number among the rows that have children, -1
	inners    []int32   // rows that have children
	questions int
	sums      []disclosure.Sum
	sumsOf    [][]int32 // by question: the sums in which it stands
	grades    []int     // questions of single grades
	gradeOf   []int     // by question: the question of the grade that it is about, 0 for none

	minN     int32
	levels   int // of the subject
	standard int // the first level at or above the standard, from 0

	now     *layer
	earlier []*layer

	rule       []disclosure.Rule // by cell; shownRule when it is shown
	unfiltered bool              // only the unfiltered answers are being decided
	queue      []int32           // groups to look at again
	queued     []bool
}

// shownRule marks a cell that no rule hides.
const shownRule disclosure.Rule = -1

// layer is the numbers of one release in the places of the system.
type layer struct {
	policy   disclosure.Policy
	minN     int32
	students []int32 // by cell
	counts   []int32 // by cell and level
	shown    []bool  // by cell; of the release that is being decided it is kept up to date
	blank    []bool  // by cell: hidden with its row, so that not even whether there is anybody is told
	base     *bounds // what its answers say, before anything follows from anything
}

// newSystem lays out a subject of a release together with earlier ones of the year that have it.
func newSystem(subject edu.Subject, now *disclosure.Counts, earlier []Earlier) (*system, error) {
	earlier = slices.DeleteFunc(slices.Clone(earlier), func(e Earlier) bool { return e.Counts.Subject(subject) < 0 })
	rows, grades := now.Rows, now.Catalogue.Grades()
	for _, e := range earlier {
		rows = append(slices.Clone(rows), e.Counts.Rows...)
		grades = append(slices.Clone(grades), e.Counts.Catalogue.Grades()...)
	}
	p := now.Catalogue.Policy()
	s := &system{catalogue: disclosure.NewCatalogue(p, grades), policy: p, minN: int32(p.MinNFor(subject))}
	union := disclosure.NewCounts(s.catalogue, now.Year, nil, slices.DeleteFunc(slices.Clone(rows), func(r disclosure.Row) bool { return r.Kind() != disclosure.SchoolRow }))
	s.rows = union.Rows
	s.layOut(union)
	s.levels = now.Subjects[now.Subject(subject)].Levels
	for _, e := range earlier {
		if i := e.Counts.Subject(subject); e.Counts.Subjects[i].Levels != s.levels {
			return nil, fmt.Errorf("%s has %d levels, and had %d in an earlier release of the year", subject, s.levels, e.Counts.Subjects[i].Levels)
		}
	}
	s.standard = edu.StandardLevel(s.levels) - 1
	s.now = s.layerOf(subject, now, nil)
	for _, e := range earlier {
		if err := sameQuestions(now.Catalogue, e.Counts.Catalogue); err != nil {
			return nil, err
		}
		s.earlier = append(s.earlier, s.layerOf(subject, e.Counts, e.Decision))
	}
	s.rule = make([]disclosure.Rule, len(s.now.students))
	for c := range s.rule {
		s.rule[c] = shownRule
	}
	s.queued = make([]bool, s.groups())
	return s, nil
}

// sameQuestions returns an error when other questions were asked in an earlier release, grades aside: of what one release does not count nothing is known when the other is
// decided, and numbers of both have to be protected together.
func sameQuestions(now, before *disclosure.Catalogue) error {
	p, e := now.Policy(), before.Policy()
	if p.Hub != e.Hub {
		return fmt.Errorf("the attribute that is combined with others was another in an earlier release of the year: change the policy with the next year")
	}
	for _, a := range append(slices.Clone(p.Attributes), e.Attributes...) {
		if !slices.Contains(p.Attributes, a) || !slices.Contains(e.Attributes, a) {
			return fmt.Errorf("%v is asked for in one release of the year and not in another: change the policy with the next year", a)
		}
		same := func(x, y disclosure.Option) bool { return slices.Equal(x.Values, y.Values) }
		if a != disclosure.Grade && !slices.EqualFunc(now.OptionsOf(a), before.OptionsOf(a), same) {
			return fmt.Errorf("%v was divided into other options in an earlier release of the year: change the policy with the next year", a)
		}
	}
	return nil
}

func (s *system) layOut(union *disclosure.Counts) {
	s.questions, s.sums = s.catalogue.Len(), s.catalogue.Sums()
	s.sumsOf = make([][]int32, s.questions)
	for i, sum := range s.sums {
		s.sumsOf[sum.Total] = append(s.sumsOf[sum.Total], int32(i))
		for _, q := range sum.Parts {
			s.sumsOf[q] = append(s.sumsOf[q], int32(i))
		}
	}
	s.gradeOf = make([]int, s.questions)
	for q := range s.gradeOf {
		if s.isGrade(q) {
			s.gradeOf[q] = q
			s.grades = append(s.grades, q)
		}
	}
	for _, sum := range s.sums {
		for _, q := range sum.Parts {
			if s.isGrade(int(sum.Total)) {
				s.gradeOf[q] = int(sum.Total)
			}
		}
	}
	s.parents, s.children, s.inner = make([]int32, len(s.rows)), make([][]int32, len(s.rows)), make([]int32, len(s.rows))
	for r := range s.rows {
		s.parents[r] = int32(union.Parent(r))
		s.inner[r] = -1
		if p := s.parents[r]; p >= 0 {
			s.children[p] = append(s.children[p], int32(r))
		}
	}
	for r := range s.rows {
		if len(s.children[r]) > 0 {
			s.inner[r] = int32(len(s.inners))
			s.inners = append(s.inners, int32(r))
		}
	}
}

// layerOf puts counts into the places of the system. Without a decision everything is shown for the time being. What a release does not have has no students there.
func (s *system) layerOf(subject edu.Subject, n *disclosure.Counts, d *disclosure.Decision) *layer {
	cells := len(s.rows) * s.questions
	l := &layer{policy: n.Catalogue.Policy(), minN: int32(n.Catalogue.Policy().MinNFor(subject)), students: make([]int32, cells), counts: make([]int32, cells*s.levels), shown: make([]bool, cells), blank: make([]bool, cells)}
	from := n.Subject(subject)
	questions := s.questionsIn(n.Catalogue)
	for r, row := range s.rows {
		there := n.Row(row)
		for q := range s.questions {
			c := r*s.questions + q
			at := questions[q]
			if there < 0 || at < 0 { // an institution, or a grade, of which nobody had a result
				l.shown[c] = true
				continue
			}
			copy(l.counts[c*s.levels:(c+1)*s.levels], n.Levels(from, there, disclosure.Question(at)))
			for _, k := range l.counts[c*s.levels : (c+1)*s.levels] {
				l.students[c] += k
			}
			l.shown[c] = d == nil || d.Shown(from, there, disclosure.Question(at)) && d.Answers(from, disclosure.Question(at))
		}
	}
	if d != nil {
		s.blankRows(l)
	}
	return l
}

// blankRows marks what is hidden with its row. Which grades a school has is known anyway: a grade without students counts as told, one with students as known
// to have some.
func (s *system) blankRows(l *layer) {
	for r := range s.rows {
		first := r * s.questions
		if l.shown[first] {
			continue
		}
		for q := 1; q < s.questions; q++ {
			c := first + q
			grade := s.gradeOf[q]
			switch {
			case grade > 0 && l.students[first+grade] == 0:
				l.shown[c] = true
			case grade == q:
				l.shown[c] = false
			default:
				l.shown[c], l.blank[c] = false, true
			}
		}
	}
}

// isGrade reports whether a question is about a single grade.
func (s *system) isGrade(q int) bool {
	options := s.catalogue.Options(disclosure.Question(q))
	return len(options) == 1 && options[0].Attribute == disclosure.Grade
}

// questionsIn returns the number of each question in another catalogue, -1 where it has none.
func (s *system) questionsIn(c *disclosure.Catalogue) []int {
	byKey := map[string]int{}
	for q := range c.Len() {
		byKey[c.Key(disclosure.Question(q))] = q
	}
	all := make([]int, s.questions)
	for q := range all {
		all[q] = -1
		if at, ok := byKey[s.catalogue.Key(disclosure.Question(q))]; ok {
			all[q] = at
		}
	}
	return all
}

// groups returns how many groups there are.
func (s *system) groups() int { return len(s.inners)*s.questions + len(s.rows)*len(s.sums) }

// members returns the cells of a group, the total first, in room.
func (s *system) members(g int32, room []int32) []int32 {
	room = room[:0]
	if hierarchy := int32(len(s.inners) * s.questions); g >= hierarchy {
		g -= hierarchy
		first, sum := g/int32(len(s.sums))*int32(s.questions), &s.sums[g%int32(len(s.sums))]
		room = append(room, first+int32(sum.Total))
		for _, q := range sum.Parts {
			room = append(room, first+int32(q))
		}
		return room
	}
	row, q := s.inners[g/int32(s.questions)], g%int32(s.questions)
	room = append(room, row*int32(s.questions)+q)
	for _, r := range s.children[row] {
		room = append(room, r*int32(s.questions)+q)
	}
	return room
}

// groupsOf returns the groups in which a cell stands, in room.
func (s *system) groupsOf(c int32, room []int32) []int32 {
	room = room[:0]
	row, q := c/int32(s.questions), c%int32(s.questions)
	if p := s.parents[row]; p >= 0 {
		room = append(room, s.inner[p]*int32(s.questions)+q)
	}
	if s.inner[row] >= 0 {
		room = append(room, s.inner[row]*int32(s.questions)+q)
	}
	if s.unfiltered {
		return room
	}
	first := int32(len(s.inners)*s.questions) + row*int32(len(s.sums))
	for _, sum := range s.sumsOf[q] {
		room = append(room, first+sum)
	}
	return room
}

// each calls do for every group that matters now.
func (s *system) each(do func(g int32)) {
	if s.unfiltered {
		for i := range s.inners {
			do(int32(i * s.questions))
		}
		return
	}
	for g := range s.groups() {
		do(int32(g))
	}
}

// row and question of a cell.
func (s *system) place(c int32) (row, question int) {
	return int(c) / s.questions, int(c) % s.questions
}
