package report

import (
	"slices"

	"scorehouse/internal/edu"
)

// Suppression of small cells: the only way for exact numbers to leave this package as a Distribution.
//
// The rule protects one page against subtraction, and the pages of a hierarchy against each other where they show
// the same question:
//
//  1. A group is withheld by itself when it is small, when all its students are on one side of the standard, or when a
//     filter leaves out only a few of it (n and the rest must each be 0 or at least min_n).
//  2. An institution and its parts add up. Where the whole is shown, the parts withheld must be none, or at least two
//     that together are no small group; where the whole is withheld, at least one part must be. The smallest
//     further parts are withheld until that holds.
//
//  3. A change between two years is shown where both its numbers are.
//
// It does not protect against questions with different filters put side by side.

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

// unfiltered returns the tally of the same group when no filter is set.
func (t tally) unfiltered() tally { return tally{levels: t.all, all: t.all, interim: t.interim} }

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

// small reports whether a number of students is above zero and too small to show.
func small(n, minN int) bool { return 0 < n && n < minN }

// sensitive reports whether a group is withheld by itself (rule 1). An empty group never is.
func (t tally) sensitive(minN int) bool {
	n := t.students()
	below := sum(t.levels[:edu.StandardLevel(len(t.levels))-1])
	return n > 0 && (n < minN || below == n || below == 0 || small(sum(t.all)-n, minN))
}

// withhold decides which parts of an institution are withheld on one subject (rules 1 and 2). whole says whether the
// institution's own numbers are withheld.
func withhold(whole bool, parts []tally, minN int) []bool {
	hidden := make([]bool, len(parts))
	count, total := 0, 0
	hide := func(i int) {
		hidden[i] = true
		count++
		total += parts[i].students()
	}
	for i, t := range parts {
		if t.sensitive(minN) {
			hide(i)
		}
	}
	enough := func() bool {
		if whole {
			return count > 0
		}
		return count == 0 || count > 1 && total >= minN
	}
	for _, i := range covers(parts) {
		if enough() {
			break
		}
		if !hidden[i] {
			hide(i)
		}
	}
	return hidden
}

// covers returns the indexes of the parts that can be withheld to protect others, in the order to take them: the smallest
// group first, earlier ones first where they tie. When a filter leaves a part empty, that it is empty can be withheld
// too, but only as the last resort.
func covers(parts []tally) []int {
	var some, none []int
	for i, t := range parts {
		switch {
		case t.students() > 0:
			some = append(some, i)
		case sum(t.all) > 0:
			none = append(none, i)
		}
	}
	slices.SortStableFunc(some, func(a, b int) int { return parts[a].students() - parts[b].students() })
	return append(some, none...)
}

// distribution returns what may be shown of a group. names are the levels, ascending; filtered says that a filter is
// set; wholeHidden says that the group's unfiltered numbers are withheld.
func (t tally) distribution(subject edu.Subject, names []string, hidden, filtered, wholeHidden bool) Distribution {
	d := Distribution{Subject: subject}
	n := t.students()
	switch {
	case hidden:
		d.Visibility = Withheld
		return d
	case n == 0 && t.interim && !filtered:
		d.Visibility = InterimOnly
		return d
	case n == 0:
		d.Visibility = NoResults
		return d
	}
	d.Students = n
	if filtered && !wholeHidden {
		d.Unfiltered = sum(t.all)
	}
	counts := make([]int, max(len(names), len(t.levels)))
	copy(counts, t.levels)
	standard := edu.StandardLevel(len(counts))
	d.Levels = make([]LevelCount, 0, len(counts))
	for i, percent := range wholePercents(counts) {
		l := LevelCount{Level: i + 1, Count: counts[i], Percent: percent}
		if i < len(names) {
			l.Name = names[i]
		}
		d.Levels = append(d.Levels, l)
		if l.Level >= standard {
			d.AtOrAbove += percent
		}
	}
	return d
}

// changeOf returns what may be shown of the change of a group from one year to the next.
func changeOf(now, before Distribution) Change {
	switch {
	case now.Visibility == Shown && before.Visibility == Shown:
		return Change{Known: true, Points: now.AtOrAbove - before.AtOrAbove}
	case now.Visibility == Withheld || before.Visibility == Withheld:
		return Change{Withheld: true}
	}
	return Change{}
}
