package report

import "scorehouse/internal/edu"

// tally is the exact numbers of one group on one subject.
type tally struct {
	levels  []int // students by level, ascending, that pass the filters
	all     []int // the same without filters
	interim bool  // has interim results
}

// newTally returns a tally of so many levels without students.
func newTally(levels int) *tally {
	both := make([]int, 2*levels)
	return &tally{levels: both[:levels:levels], all: both[levels:]}
}

// count puts the students of one level into t.
func (t *tally) count(n Count) {
	if missing := n.Level - len(t.levels); missing > 0 {
		t.levels, t.all = append(t.levels, make([]int, missing)...), append(t.all, make([]int, missing)...)
	}
	t.levels[n.Level-1] += n.Filtered
	t.all[n.Level-1] += n.Students
}

// students returns the number of students that pass the filters.
func (t tally) students() int { return sum(t.levels) }

// add puts another group's numbers into t.
func (t *tally) add(x tally) {
	t.levels, t.all = addCounts(t.levels, x.levels), addCounts(t.all, x.all)
	t.interim = t.interim || x.interim
}

func addCounts(to, counts []int) []int {
	if len(to) < len(counts) {
		to = append(to, make([]int, len(counts)-len(to))...)
	}
	for i, n := range counts {
		to[i] += n
	}
	return to
}

func sum(counts []int) int {
	total := 0
	for _, n := range counts {
		total += n
	}
	return total
}

// distribution returns the exact numbers of a group. names are the levels, ascending; filtered says that a filter is set.
func (t tally) distribution(subject edu.Subject, names []string, filtered bool) Distribution {
	d := Distribution{Subject: subject}
	n := t.students()
	switch {
	case n == 0 && t.interim && !filtered:
		d.Visibility = InterimOnly
		return d
	case n == 0:
		d.Visibility = NoResults
		return d
	}
	d.Students = n
	if filtered {
		d.Unfiltered = sum(t.all)
	}
	counts := make([]int, max(len(names), len(t.levels)))
	copy(counts, t.levels)
	standard, above := edu.StandardLevel(len(counts)), 0
	d.Levels = make([]LevelCount, 0, len(counts))
	for i, percent := range wholePercents(counts) {
		l := LevelCount{Level: i + 1, Count: counts[i], Percent: percent}
		if i < len(names) {
			l.Name = names[i]
		}
		d.Levels = append(d.Levels, l)
		if l.Level >= standard {
			above += counts[i]
		}
	}
	d.AtOrAbove = percentOf(above, n) // by itself, as everybody is told it: levels that are rounded to add up to 100 would give another number
	return d
}

// changeOf returns the change of a group from one year to the next, both exact.
func changeOf(now, before Distribution) Change {
	if now.Visibility == Shown && before.Visibility == Shown {
		return Change{Known: true, Points: now.AtOrAbove - before.AtOrAbove}
	}
	return Change{}
}
