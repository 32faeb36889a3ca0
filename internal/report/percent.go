package report

import "slices"

// wholePercents turns counts into whole percents that add up to 100: each is rounded down, then the missing points
// go one by one to the largest fractions, the higher index first where they tie. Without any count all are 0.
func wholePercents(counts []int) []int {
	total := 0
	for _, n := range counts {
		total += n
	}
	percents := make([]int, len(counts))
	if total == 0 {
		return percents
	}
	order := make([]int, len(counts))
	missing := 100
	for i, n := range counts {
		percents[i] = n * 100 / total
		missing -= percents[i]
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if fa, fb := counts[a]*100%total, counts[b]*100%total; fa != fb {
			return fb - fa
		}
		return b - a
	})
	for _, i := range order[:missing] {
		percents[i]++
	}
	return percents
}

// percentOf returns part of whole in whole percent, rounded half up; 0 of nothing.
func percentOf(part, whole int) int {
	if whole == 0 {
		return 0
	}
	return (part*200 + whole) / (2 * whole)
}
