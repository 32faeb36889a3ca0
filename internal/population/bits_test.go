package population

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBitmapsOfEveryLengthAreCombinedWordByWord(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	draw := func(n int) []uint64 {
		words := make([]uint64, n)
		for i := range words {
			words[i] = r.Uint64()
		}
		return words
	}
	for n := range 40 {
		a, b, c := draw(n), draw(n), draw(n)
		for _, x := range []struct {
			name string
			do   func(dst, src []uint64)
			want func(a, b uint64) uint64
		}{
			{"and", and, func(a, b uint64) uint64 { return a & b }},
			{"andNot", andNot, func(a, b uint64) uint64 { return a &^ b }},
			{"or", or, func(a, b uint64) uint64 { return a | b }},
		} {
			got, want := slices.Clone(a), slices.Clone(a)
			x.do(got, b)
			for i := range want {
				want[i] = x.want(want[i], b[i])
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s of %d words: got %x, want %x", x.name, n, got, want)
			}
		}
		var one, both, three int
		for i := range a {
			one += bits.OnesCount64(a[i])
			both += bits.OnesCount64(a[i] & b[i])
			three += bits.OnesCount64(a[i] & b[i] & c[i])
		}
		if got, want := fmt.Sprint(count(a), countBoth(a, b), countThree(a, b, c)), fmt.Sprint(one, both, three); got != want {
			t.Errorf("counts of %d words: got %s, want %s", n, got, want)
		}
	}
}
