package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
)

// group is a group without filters.
func group(levels ...int) tally { return tally{levels: levels, all: levels} }

func TestSmallAndOneSidedGroupsAreWithheld(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		t    tally
		want bool
	}{
		{"eleven students on both sides", group(3, 3, 3, 2), false},
		{"ten students", group(3, 2, 3, 2), true},
		{"one student", group(0, 0, 1, 0), true},
		{"nobody", group(0, 0, 0, 0), false},
		{"everybody below the standard", group(20, 30, 0, 0), true},
		{"everybody at or above the standard", group(0, 0, 20, 30), true},
		{"all but one below the standard", group(20, 30, 1, 0), false},
		{"three levels: everybody on the lowest", group(20, 0, 0), true},
		{"three levels: nobody on the lowest", group(0, 20, 1), true},
		{"a filter leaves out one student", tally{levels: []int{5, 5, 5, 5}, all: []int{6, 5, 5, 5}}, true},
		{"a filter leaves out ten", tally{levels: []int{5, 5, 5, 5}, all: []int{15, 5, 5, 5}}, true},
		{"a filter leaves out eleven", tally{levels: []int{5, 5, 5, 5}, all: []int{16, 5, 5, 5}}, false},
		{"a filter leaves out nobody", group(5, 5, 5, 5), false},
	} {
		if got := c.t.sensitive(11); got != c.want {
			t.Errorf("%s: withheld is %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAWithheldPartIsNeverAloneBesideItsWhole(t *testing.T) {
	t.Parallel()
	big, bigger, biggest := group(5, 5, 5, 5), group(6, 6, 6, 6), group(9, 9, 9, 9)
	for _, c := range []struct {
		name  string
		whole bool
		parts []tally
		want  []bool
	}{
		{"nothing to withhold", false, []tally{big, bigger}, []bool{false, false}},
		{"the next smallest joins a single one", false, []tally{biggest, group(1, 0, 1, 0), bigger, big}, []bool{false, true, false, true}},
		{"two that are a small group together get a third", false, []tally{group(1, 0, 1, 0), group(1, 1, 1, 0), big, biggest}, []bool{true, true, true, false}},
		{"two that are enough stay two", false, []tally{group(3, 0, 3, 0), group(3, 0, 3, 0), big}, []bool{true, true, false}},
		{"a one-sided large part is not alone either", false, []tally{group(40, 40, 0, 0), big, bigger}, []bool{true, true, false}},
		{"empty parts are no cover", false, []tally{group(1, 0, 1, 0), group(0, 0, 0, 0), big}, []bool{true, false, true}},
		{"a part that a filter empties is the last cover", false, []tally{{levels: []int{6, 0, 6, 0}, all: []int{7, 0, 6, 0}}, {levels: make([]int, 4), all: []int{9, 9, 9, 9}}}, []bool{true, true}},
		{"but not before one with students", false, []tally{{levels: make([]int, 4), all: []int{9, 9, 9, 9}}, group(1, 0, 1, 0), big}, []bool{false, true, true}},
		{"under a withheld whole one part is withheld", true, []tally{bigger, big}, []bool{false, true}},
		{"and one is enough there", true, []tally{bigger, group(1, 0, 1, 0)}, []bool{false, true}},
		{"no parts", false, nil, []bool{}},
	} {
		if diff := cmp.Diff(c.want, withhold(c.whole, c.parts, 11)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestWithheldDistributionsHaveNoNumbers(t *testing.T) {
	t.Parallel()
	levels := []string{"Minimal", "Partial", "Proficient", "Advanced"}
	half := tally{levels: []int{10, 10, 10, 10}, all: []int{20, 20, 20, 20}}
	for _, c := range []struct {
		name                          string
		t                             tally
		hidden, filtered, wholeHidden bool
		want                          Distribution
	}{
		{"withheld", half, true, true, false, Distribution{Subject: edu.Math, Visibility: Withheld}},
		{"nobody", group(0, 0, 0, 0), false, false, false, Distribution{Subject: edu.Math, Visibility: NoResults}},
		{"interim only", tally{interim: true}, false, false, false, Distribution{Subject: edu.Math, Visibility: InterimOnly}},
		{"no interim with filters", tally{interim: true}, false, true, false, Distribution{Subject: edu.Math, Visibility: NoResults}},
		{"out of how many", half, false, true, false, shownHalf(80)},
		{"out of a number that is withheld", half, false, true, true, shownHalf(0)},
	} {
		if diff := cmp.Diff(c.want, c.t.distribution(edu.Math, levels, c.hidden, c.filtered, c.wholeHidden)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func shownHalf(outOf int) Distribution {
	return Distribution{Subject: edu.Math, Students: 40, Unfiltered: outOf, AtOrAbove: 50, Levels: []LevelCount{
		{1, "Minimal", 10, 25}, {2, "Partial", 10, 25}, {3, "Proficient", 10, 25}, {4, "Advanced", 10, 25},
	}}
}
