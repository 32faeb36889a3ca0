package disclosure

import (
	"fmt"
	"slices"

	"scorehouse/internal/edu"
)

// Visibility says what an answer is.
type Visibility int8

// The visibilities of an answer.
const (
	Hidden     Visibility = iota // held back, for one reason or another: one marker, one footnote
	Shown                        // a number of students, and bands
	NoStudents                   // nobody has a result; said as such
	Outside                      // the question is not in the catalogue: Refusal says why, the same for every row
)

// Answer is what the strict audience is told. Unless Shown every number is zero.
type Answer struct {
	Visibility Visibility
	Refusal    Refusal // when Outside
	Students   int
	Levels     []Band // one per level, ascending
	AtOrAbove  Band   // at or above the standard
	OutOf      int    // students of the row without filters; 0 when no filter is set, or when they are not shown
}

// Release is a decision with the counts that it was made of. It does not change and may be used by many at once.
type Release struct {
	Decision *Decision
	counts   *Counts
}

// Open puts a decision and its counts together. Counts of another release are an error: bits of one state would show numbers of another.
func Open(d *Decision, n *Counts) (*Release, error) {
	if d.Digest != n.Digest() || d.Year != n.Year || len(d.Subjects) != len(n.Subjects) || !slices.Equal(d.Rows, n.Rows) {
		return nil, fmt.Errorf("open a release of %v: the decision was made about other counts", n.Year)
	}
	return &Release{d, n}, nil
}

// Row returns the index of an institution, -1 when it has no results.
func (r *Release) Row(x Row) int { return r.counts.Row(x) }

// Rows returns the institutions: the state, then each district followed by its schools, by id.
func (r *Release) Rows() []Row { return r.counts.Rows }

// Subject returns the index of a subject, -1 when it has no results.
func (r *Release) Subject(s edu.Subject) int { return r.counts.Subject(s) }

// Levels returns how many performance levels a subject has.
func (r *Release) Levels(subject int) int { return r.counts.Subjects[subject].Levels }

// Ask finds the question of some filters in the catalogue of the release.
func (r *Release) Ask(filters []Chosen) Asked { return r.counts.Catalogue.Ask(filters) }

// Answer says what the strict audience is told of a row. Indexes of -1, of what has no results, are answered with NoStudents.
//
// Several options together are answered from what is shown of each, or of the rest: such an answer says nothing that its reader could not have worked out.
func (r *Release) Answer(subject, row int, a Asked) Answer {
	switch {
	case a.refusal != "":
		return Answer{Visibility: Outside, Refusal: a.refusal}
	case subject < 0 || row < 0 || a.nobody:
		return Answer{Visibility: NoStudents}
	}
	if refusal := r.Decision.refusal(subject, a.Questions()[0]); refusal != "" {
		return Answer{Visibility: Outside, Refusal: refusal}
	}
	var x Answer
	if a.parts == nil {
		x = r.one(subject, row, a.total)
	} else {
		x = r.together(subject, row, a)
	}
	if x.Visibility == Shown && (a.parts != nil || a.total != Everybody) && r.Decision.Shown(subject, row, Everybody) {
		x.OutOf = r.counts.Students(subject, row, Everybody)
	}
	return x
}

// one answers a question of the catalogue.
func (r *Release) one(subject, row int, q Question) Answer {
	if !r.Decision.Shown(subject, row, q) {
		return Answer{Visibility: Hidden}
	}
	levels := r.counts.Levels(subject, row, q)
	n, above, standard := 0, 0, edu.StandardLevel(len(levels))
	for i, k := range levels {
		n += int(k)
		if i+1 >= standard {
			above += int(k)
		}
	}
	if n == 0 {
		return Answer{Visibility: NoStudents}
	}
	p := &r.counts.Catalogue.policy
	x := Answer{Visibility: Shown, Students: n, Levels: make([]Band, len(levels)), AtOrAbove: p.Band(above, n)}
	for i, k := range levels {
		x.Levels[i] = p.Band(int(k), n)
	}
	return x
}

// bounds are between which numbers the counts of a group lie, as far as readers are told.
type bounds struct {
	students int
	levels   [maxLevels + 1][2]int // fewest and most; the last is at or above the standard
}

// of returns the bounds that an answer gives, for so many levels.
func (x Answer) bounds(levels int) bounds {
	b := bounds{students: x.Students}
	if x.Students == 0 {
		return b
	}
	for i, band := range x.Levels {
		b.levels[i][0], b.levels[i][1] = band.Counts(x.Students)
	}
	b.levels[levels][0], b.levels[levels][1] = x.AtOrAbove.Counts(x.Students)
	return b
}

// add adds a group to b.
func (b *bounds) add(x bounds) {
	b.students += x.students
	for i := range b.levels {
		b.levels[i][0] += x.levels[i][0]
		b.levels[i][1] += x.levels[i][1]
	}
}

// less takes a group that is part of it out of b.
func (b *bounds) less(x bounds) {
	b.students -= x.students
	for i := range b.levels {
		b.levels[i] = [2]int{max(b.levels[i][0]-x.levels[i][1], 0), min(b.levels[i][1]-x.levels[i][0], b.students)}
	}
}

// together answers several options of an attribute: when each of them is shown, or when the rest is.
func (r *Release) together(subject, row int, a Asked) Answer {
	levels := r.counts.Subjects[subject].Levels
	sum := func(questions []Question) (b bounds, shown bool) {
		for _, q := range questions {
			if !r.Decision.Shown(subject, row, q) {
				return b, false
			}
			b.add(r.one(subject, row, q).bounds(levels))
		}
		return b, true
	}
	b, shown := sum(a.parts)
	if !shown {
		rest, restShown := sum(slices.DeleteFunc(slices.Clone(a.all), func(q Question) bool { return slices.Contains(a.parts, q) }))
		if !restShown || !r.Decision.Shown(subject, row, a.total) {
			return Answer{Visibility: Hidden}
		}
		b = r.one(subject, row, a.total).bounds(levels)
		b.less(rest)
		if b.students < r.counts.Catalogue.policy.MinNFor(r.counts.Subjects[subject].Subject) {
			return Answer{Visibility: Hidden}
		}
	}
	if b.students == 0 {
		return Answer{Visibility: NoStudents}
	}
	band := func(i int) Band {
		return Band{percentOf(b.levels[i][0], b.students), percentOf(b.levels[i][1], b.students)}
	}
	x := Answer{Visibility: Shown, Students: b.students, AtOrAbove: band(levels)}
	for i := range levels {
		x.Levels = append(x.Levels, band(i))
	}
	return x
}

// Share is how many rows of a kind a question hides.
type Share struct {
	Subject  edu.Subject
	Question Question
	Kind     Kind
	Rows     int // with students
	Small    int // hidden because of their own size
	Further  int // hidden for the sake of others
}

// Shares returns what is hidden by subject, question and kind of row: what operators and reviewers see, never readers.
func (r *Release) Shares() []Share {
	var all []Share
	for i, s := range r.counts.Subjects {
		minN := r.counts.Catalogue.policy.MinNFor(s.Subject)
		for q := range r.counts.Catalogue.Len() {
			shares := [kinds]Share{}
			for row, x := range r.counts.Rows {
				share, n := &shares[x.Kind()], r.counts.Students(i, row, Question(q))
				if n == 0 {
					continue
				}
				share.Rows++
				switch {
				case n < minN:
					share.Small++
				case !r.Decision.Shown(i, row, Question(q)):
					share.Further++
				}
			}
			for kind, share := range shares {
				share.Subject, share.Question, share.Kind = s.Subject, Question(q), Kind(kind)
				all = append(all, share)
			}
		}
	}
	return all
}
