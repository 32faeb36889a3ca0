package attack

import "scorehouse/internal/disclosure"

// Score is what an attack found out about groups of 1 to minN-1 students.
type Score struct {
	Small     int    // such groups, over all releases; and changes between releases of so few
	Recovered int    // of which the number of students, of those on a level (above zero), or of those at or above the standard (above zero) is known
	Zeros     int    // of which it is known that nobody is on some level
	Narrow    int    // whose number of students is known to lie within less than three
	Changes   int    // changes of so few that are known; part of Recovered
	Wrong     int    // numbers that the attack got wrong: then it proves nothing
	First     Target // the first of Recovered
}

// Add adds another score.
func (s *Score) Add(x Score) {
	if s.Recovered == 0 {
		s.First = x.First
	}
	s.Small, s.Recovered, s.Zeros, s.Narrow, s.Changes, s.Wrong = s.Small+x.Small, s.Recovered+x.Recovered, s.Zeros+x.Zeros, s.Narrow+x.Narrow, s.Changes+x.Changes, s.Wrong+x.Wrong
}

// Score compares what is known with the truth, as Truth returns it.
func (k *Knowledge) Score(truth []int64, minN int) Score {
	var s Score
	for r := range k.releases {
		for row := range k.rows {
			for q := range k.keys {
				c := Cell{r, row, q}
				k.score(&s, c, truth, int64(minN))
				if r > 0 {
					k.scoreChange(&s, c, truth, int64(minN))
				}
			}
		}
	}
	return s
}

func (k *Knowledge) score(s *Score, c Cell, truth []int64, minN int64) {
	for p := range k.planes {
		if n := k.number(c, p); truth[n] < k.lo[n] || truth[n] > k.hi[n] {
			s.Wrong++
		}
	}
	n := k.number(c, 0)
	if truth[n] < 1 || truth[n] >= minN {
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
		if s.Recovered == 0 {
			s.First = Target{c, recovered}
		}
		s.Recovered++
	case zero:
		s.Zeros++
	}
	if k.hi[n]-k.lo[n] < 3 {
		s.Narrow++
	}
}

func (k *Knowledge) scoreChange(s *Score, c Cell, truth []int64, minN int64) {
	d := k.number(k.Difference(c), 0)
	if truth[d] == 0 || truth[d] >= minN || truth[d] <= -minN {
		return
	}
	s.Small++
	if k.lo[d] == k.hi[d] {
		if s.Recovered == 0 {
			s.First = Target{k.Difference(c), 0}
		}
		s.Recovered++
		s.Changes++
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
