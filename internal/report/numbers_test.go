package report

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPercentsAreWholeAndAddUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ counts, want []int }{
		{[]int{1362, 4798, 959, 2878}, []int{14, 48, 9, 29}},
		{[]int{1, 1, 1}, []int{33, 33, 34}},
		{[]int{3334, 3333, 3333}, []int{34, 33, 33}},
		{[]int{1, 1, 1, 1, 1, 1}, []int{16, 16, 17, 17, 17, 17}},
		{[]int{0, 0, 7, 0}, []int{0, 0, 100, 0}},
		{[]int{0, 0, 0, 0}, []int{0, 0, 0, 0}},
		{[]int{1, 1}, []int{50, 50}},
	} {
		if diff := cmp.Diff(c.want, wholePercents(c.counts)); diff != "" {
			t.Errorf("percents of %v (-want +got):\n%s", c.counts, diff)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(0, 2_000_000), 1, 7).Draw(t, "counts")
		percents := wholePercents(counts)
		total := sum(counts)
		if total == 0 {
			return
		}
		if sum(percents) != 100 {
			t.Fatalf("percents of %v add up to %d: %v", counts, sum(percents), percents)
		}
		for i, p := range percents {
			if floor := counts[i] * 100 / total; p != floor && p != floor+1 {
				t.Fatalf("percents of %v: %d is neither %d nor one more", counts, p, floor)
			}
		}
	})
}

func TestNamesAreInTheOrderPeopleExpect(t *testing.T) {
	t.Parallel()
	want := []string{"Álvarez", "Baker", "Đặng", "Dunn", "Ecole", "École", "Lakeside", "lakeside Elementary", "Lakeside High", "PS 2", "PS 009", "PS 10", "PS 10 Annex", "Zhang"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareNames)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	name := rapid.StringMatching(`[a-bA-B0-2 éeł]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := name.Draw(t, "a"), name.Draw(t, "b"), name.Draw(t, "c")
		if compareNames(a, b) != -compareNames(b, a) {
			t.Fatalf("%q and %q compare to %d and %d", a, b, compareNames(a, b), compareNames(b, a))
		}
		if compareNames(a, b) <= 0 && compareNames(b, c) <= 0 && compareNames(a, c) > 0 {
			t.Fatalf("%q <= %q <= %q, but not the first and the last", a, b, c)
		}
		if compareNames(a, b) == 0 && a != b {
			t.Fatalf("%q and %q are different names", a, b)
		}
	})
}
