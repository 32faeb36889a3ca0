package attack

import "slices"

// Verdict is what Search finds.
type Verdict int

// The verdicts.
const (
	Free    Verdict = iota // the number could be another: a whole set of numbers fits everything published
	Pinned                 // it cannot be another
	Unknown                // the search was given up
)

// Search looks for numbers that fit everything published with another value in one place than the truth has there. It is exact: where it
// finds none, and was not given up, whoever reads everything knows the number. truth are all numbers as they are; steps is after how many guesses it gives up.
func (k *Knowledge) Search(c Cell, plane int, truth []int64, steps int) Verdict {
	n := k.number(c, plane)
	lo, hi := k.lo[n], min(k.hi[n], truth[n]+50)
	var values []int64
	for v := lo; v <= hi; v++ {
		if v != truth[n] {
			values = append(values, v)
		}
	}
	slices.SortStableFunc(values, func(a, b int64) int { return int(distance(a, truth[n]) - distance(b, truth[n])) })
	verdict := Pinned
	if hi < k.hi[n] {
		verdict = Unknown
	}
	for _, v := range values {
		left := steps
		found, gaveUp := k.try(n, v, truth, &left)
		if found {
			return Free
		}
		if gaveUp {
			verdict = Unknown
		}
	}
	return verdict
}

func distance(a, b int64) int64 { return max(a-b, b-a) }

// Truth returns room for all numbers; set fills one.
func (k *Knowledge) Truth(set func(c Cell, plane int) int64) []int64 {
	truth := make([]int64, len(k.lo))
	for row := range k.rows {
		for q := range k.keys {
			for p := range k.planes {
				for r := range k.releases {
					c := Cell{r, row, q}
					truth[k.number(c, p)] = set(c, p)
				}
				for i, x := range k.pairs {
					truth[k.number(k.Difference(i, row, q), p)] = truth[k.number(Cell{x.to, row, q}, p)] - truth[k.number(Cell{x.from, row, q}, p)]
				}
			}
		}
	}
	return truth
}

// try looks for numbers that fit with one of them set. What it tries first is what is nearest to the truth, which fits but for that one.
func (k *Knowledge) try(n int32, value int64, truth []int64, left *int) (found, gaveUp bool) {
	if *left--; *left < 0 {
		return false, true
	}
	var undo []change
	defer func() {
		for _, c := range slices.Backward(undo) {
			k.lo[c.number], k.hi[c.number] = c.lo, c.hi
		}
	}()
	undo = append(undo, change{n, k.lo[n], k.hi[n]})
	k.lo[n], k.hi[n] = value, value
	if !k.narrow(slices.Clone(k.of[n]), &undo) {
		return false, false
	}
	next := k.nextOpen(truth)
	if next < 0 {
		return true, false
	}
	nearest := min(max(truth[next], k.lo[next]), k.hi[next])
	values := []int64{nearest}
	for d := int64(1); d <= k.hi[next]-k.lo[next]; d++ {
		for _, v := range []int64{nearest - d, nearest + d} {
			if k.lo[next] <= v && v <= k.hi[next] {
				values = append(values, v)
			}
		}
		if len(values) > 40 {
			break
		}
	}
	for _, v := range values {
		found, stop := k.try(next, v, truth, left)
		if found {
			return true, false
		}
		gaveUp = gaveUp || stop
		if stop && *left < 0 {
			return false, true
		}
	}
	return false, gaveUp || len(values) > 40
}

// nextOpen returns the number that is not settled yet and has the fewest values left; one that cannot be what it truly is comes first. It returns -1 when all are.
func (k *Knowledge) nextOpen(truth []int64) int32 {
	best, score := int32(-1), int64(0)
	for n := range len(k.releases) * len(k.rows) * len(k.keys) * k.planes { // how releases differ follows
		width := k.hi[n] - k.lo[n]
		if width == 0 {
			continue
		}
		if truth[n] < k.lo[n] || truth[n] > k.hi[n] {
			width -= many
		}
		if best < 0 || width < score {
			best, score = int32(n), width
		}
	}
	return best
}

// Target is a number worth knowing.
type Target struct {
	Cell  Cell
	Plane int
}

// Targets returns the numbers above zero of groups of 1 to minN-1 students that are not known.
func (k *Knowledge) Targets(truth []int64, minN int) []Target {
	var all []Target
	for r := range k.releases {
		for row := range k.rows {
			for q := range k.keys {
				c := Cell{r, row, q}
				n := k.number(c, 0)
				if truth[n] < 1 || truth[n] >= int64(minN) {
					continue
				}
				for p := range k.planes {
					if at := n + int32(p); truth[at] > 0 && k.lo[at] < k.hi[at] {
						all = append(all, Target{c, p})
					}
				}
			}
		}
	}
	return all
}
