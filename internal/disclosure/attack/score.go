package attack

import "scorehouse/internal/disclosure"

// Score is what an attack found out about groups of 1 to minN-1 students.
type Score struct {
	Small     int    // such groups, over all releases; and changes between any two releases of so few
	Recovered int    // of which the number of students, of those on a level (above zero), or of those at or above the standard (above zero) is known
	Alike     int    // of which it is known that there is somebody, and that all are on one level, all below the standard, or all at or above it
	Zeros     int    // of which only that nobody is on some level is known
	Narrow    int    // whose number of students is known to lie within less than three
	Few       int    // changes of so few; part of Small
	Changes   int    // of which one is known; part of Recovered
	Wrong     int    // numbers that the attack got wrong: then it proves nothing
	First     Target // the first of Recovered, or else of Alike

	Shown      int // groups of minN students and more whose number is known
	ShownAlike int // of which the same is known as of Alike
}

// Add adds another score.
func (s *Score) Add(x Score) {
	if s.Recovered == 0 && (s.Alike == 0 || x.Recovered > 0) {
		s.First = x.First
	}
	s.Small, s.Recovered, s.Alike, s.Zeros, s.Narrow = s.Small+x.Small, s.Recovered+x.Recovered, s.Alike+x.Alike, s.Zeros+x.Zeros, s.Narrow+x.Narrow
	s.Few, s.Changes, s.Wrong, s.Shown, s.ShownAlike = s.Few+x.Few, s.Changes+x.Changes, s.Wrong+x.Wrong, s.Shown+x.Shown, s.ShownAlike+x.ShownAlike
}

// Score compares what is known with the truth, as Truth returns it. What a group must have so that its number may be known is minN.
func (k *Knowledge) Score(truth []int64, minN int) Score {
	var s Score
	for row := range k.rows {
		for q := range k.keys {
			for r := range k.releases {
				k.score(&s, Cell{r, row, q}, truth, int64(minN))
			}
			for i := range k.pairs {
				k.scoreChange(&s, k.Difference(i, row, q), truth, int64(minN))
			}
		}
	}
	return s
}

func (k *Knowledge) score(s *Score, c Cell, truth []int64, minN int64) {
	k.check(s, c, truth)
	n := k.number(c, 0)
	switch {
	case truth[n] < 1:
		return
	case truth[n] >= minN:
		if k.lo[n] == k.hi[n] {
			s.Shown++
			if k.alike(c) {
				s.ShownAlike++
			}
		}
		return
	}
	s.Small++
	recovered, zero := -1, false
	for p := range k.planes {
		if at := n + int32(p); k.lo[at] == k.hi[at] {
			zero = zero || k.lo[at] == 0
			if k.lo[at] > 0 {
				recovered = p
			}
		}
	}
	switch {
	case recovered >= 0:
		s.recovered(Target{c, recovered})
	case k.alike(c):
		if s.Recovered+s.Alike == 0 {
			s.First = Target{c, k.planes - 1}
		}
		s.Alike++
	case zero:
		s.Zeros++
	}
	if k.hi[n]-k.lo[n] < 3 {
		s.Narrow++
	}
}

// check counts what the attack got wrong of a cell.
func (k *Knowledge) check(s *Score, c Cell, truth []int64) {
	for p := range k.planes {
		if n := k.number(c, p); truth[n] < k.lo[n] || truth[n] > k.hi[n] {
			s.Wrong++
		}
	}
}

func (s *Score) recovered(x Target) {
	if s.Recovered == 0 {
		s.First = x
	}
	s.Recovered++
}

// alike reports whether it is known of a group that there is somebody, and that all are on one level, below the standard, or at or above it.
func (k *Knowledge) alike(c Cell) bool {
	n := k.number(c, 0)
	if k.lo[n] < 1 {
		return false
	}
	open, lower := 0, int64(0)
	for l := 1; l < k.planes-1; l++ {
		if most := k.hi[n+int32(l)]; most > 0 {
			open++
			if l < k.releases[0].Standard {
				lower += most
			}
		}
	}
	return open == 1 || lower == 0 || k.hi[n+int32(k.planes-1)] == 0
}

// scoreChange counts a change of few students, or, where as many came as left, of few who are on another level.
func (k *Knowledge) scoreChange(s *Score, c Cell, truth []int64, minN int64) {
	k.check(s, c, truth)
	few := func(p int) bool { d := truth[k.number(c, p)]; return d != 0 && -minN < d && d < minN }
	d := k.number(c, 0)
	var planes []int
	for p := range k.planes {
		if truth[d] == 0 && few(p) || few(0) {
			planes = append(planes, p)
		}
	}
	if len(planes) == 0 {
		return
	}
	s.Small++
	s.Few++
	for _, p := range planes {
		if at := d + int32(p); k.lo[at] == k.hi[at] && k.lo[at] != 0 {
			s.recovered(Target{c, p})
			s.Changes++
			return
		}
	}
}

// Name returns the row and question of a cell, for messages of tests.
func (k *Knowledge) Name(c Cell) (disclosure.Row, string) { return k.rows[c.Row], k.keys[c.Question] }

// TruthOf returns all numbers from the counts of the releases, in their order.
func (k *Knowledge) TruthOf(counts []*disclosure.Counts) []int64 {
	questions := make([]map[string]disclosure.Question, len(counts))
	for i, n := range counts {
		questions[i] = map[string]disclosure.Question{}
		for q := range n.Catalogue.Len() {
			questions[i][n.Catalogue.Key(disclosure.Question(q))] = disclosure.Question(q)
		}
	}
	return k.Truth(func(c Cell, plane int) int64 {
		n, r := counts[c.Release], k.releases[c.Release]
		row := n.Row(k.rows[c.Row])
		q, ok := questions[c.Release][k.keys[c.Question]]
		if row < 0 || !ok {
			return 0
		}
		levels := n.Levels(r.Subject, row, q)
		from, to := plane-1, plane
		switch plane {
		case 0:
			from, to = 0, len(levels)
		case k.planes - 1:
			from, to = r.Standard-1, len(levels)
		}
		total := int64(0)
		for _, l := range levels[from:to] {
			total += int64(l)
		}
		return total
	})
}
