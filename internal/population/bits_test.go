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
			words[i] = r.Uint64() & r.Uint64()
		}
		return words
	}
	for n := range 12 {
		a, b, c := draw(n), draw(n), draw(n)
		for others := range 10 {
			var all [][]uint64
			union := make([]uint64, n)
			for range others {
				all = append(all, draw(n))
				for i, w := range all[len(all)-1] {
					union[i] |= w
				}
			}
			in, out := slices.Clone(a), slices.Clone(a)
			within(in, all)
			without(out, all)
			for i := range a {
				if in[i] != a[i]&union[i] || out[i] != a[i]&^union[i] {
					t.Errorf("%d words, %d others: word %d is %x within and %x without, want %x and %x", n, others, i, in[i], out[i], a[i]&union[i], a[i]&^union[i])
				}
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
