package load_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/load"
)

func TestRowsOfAStudentWhoOccursTwiceAreSuspect(t *testing.T) {
	t.Parallel()
	var students []string
	var want []int32
	for i := range 20_000 { // more than there is room for at first
		students = append(students, fmt.Sprint(i))
	}
	for _, again := range []int{3, 19_999, 3, 500} {
		students = append(students, fmt.Sprint(again))
		want = append(want, int32(len(students)+1))
	}
	want = append(want, 3+2, 500+2, 19_999+2)
	got := load.Suspects(students)
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("line %d is not suspect", line)
		}
	}
	slices.Sort(got)
	if unique := slices.Compact(slices.Clone(got)); !cmp.Equal(unique, got) {
		t.Error("a line is suspect twice")
	}
	if len(got) > len(want)+4 { // equal hashes are rare
		t.Errorf("%d suspects for %d rows that repeat", len(got), len(want))
	}
}
