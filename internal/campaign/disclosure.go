package campaign

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/attack"
	"scorehouse/internal/disclosure/decide"
	"scorehouse/internal/disclosure/drawn"
	"scorehouse/internal/edu"
)

// disclosures draws random states, releases them once, twice or three times, and attacks everything that was published: every row and question of the catalogue, every
// set of options together, all releases of a year side by side, another year, with which grades each school has and, where it is so, that only late results were
// added as knowledge from elsewhere. A try fails when a number of a group of 1 to min_n-1 students is found in what was released. Beside it the same attack is made on the same
// states with small groups hidden and nothing for their sake, and must succeed; and in small states an exact search looks for what the attack missed.
var disclosures = Campaign{
	Name:     "disclosure",
	Help:     "random states: nobody who reads everything published can work out a hidden number",
	Default:  1000,
	Many:     true,
	Parallel: 2,
	Prepare:  prepareDisclosures,
}

// disclosureTotals are what all tries together saw.
type disclosureTotals struct {
	mu                           sync.Mutex
	releases, refused, withheld  int
	safe                         attack.Score // what was released
	single, together             attack.Score // unprotected: asked option by option, and several together
	free, pinned, unknown, cells int          // exact searches
}

func prepareDisclosures(_ context.Context, log io.Writer) (func(context.Context, int) (string, error), func(), error) {
	var t disclosureTotals
	try := func(_ context.Context, i int) (string, error) {
		err := t.try(i)
		t.mu.Lock()
		defer t.mu.Unlock()
		return fmt.Sprintf("state %d: %d small groups so far, %d worked out", i, t.safe.Small, t.safe.Recovered), err
	}
	return try, func() { t.tell(log) }, nil
}

func (t *disclosureTotals) tell(log io.Writer) {
	percent := func(part, of int) float64 { return 100 * float64(part) / float64(max(of, 1)) }
	fmt.Fprintf(log, "released: %d small groups and changes, %d worked out, %d with a level known to be empty, %d of which the number is known to within 2\n", t.safe.Small, t.safe.Recovered, t.safe.Zeros, t.safe.Narrow)
	fmt.Fprintf(log, "alike: %d; of %d shown groups %d\n", t.safe.Alike, t.safe.Shown, t.safe.ShownAlike)
	fmt.Fprintf(log, "releases of a subject: %d, of which %d (%.1f %%) leave an attribute out and %d are withheld\n", t.releases, t.refused, percent(t.refused, t.releases), t.withheld)
	fmt.Fprintf(log, "small groups hidden and nothing for their sake: %.1f %% of %d worked out option by option, %.1f %% with several options together\n",
		percent(t.single.Recovered, t.single.Small), t.single.Small, percent(t.together.Recovered, t.together.Small))
	fmt.Fprintf(log, "exact search: %d numbers of small states, %d could be others, %d could not, %d given up\n", t.cells, t.free, t.pinned, t.unknown)
}

// disclosureTry is a state and what is published of a year.
type disclosureTry struct {
	policy   disclosure.Policy
	counts   []*disclosure.Counts
	releases []*disclosure.Release
	onlyAdd  bool
	exact    bool // small enough for searches
}

// Sizes of states, by try: the first are small, so that the short version is cheap.
func disclosureSize(r *rand.Rand, i int) drawn.Size {
	switch {
	case i < 25 && i%5 != 0:
		return drawn.Size{Districts: 2, Schools: 4 + r.IntN(3), Students: 150 + r.IntN(350)}
	case i%5 == 0:
		return drawn.Size{Districts: 2 + r.IntN(2), Schools: 4 + r.IntN(5), Students: 150 + r.IntN(900)}
	case i%5 == 1:
		return drawn.Size{Districts: 6 + r.IntN(6), Schools: 30 + r.IntN(30), Students: 3000 + r.IntN(9000)}
	}
	return drawn.Size{Districts: 3 + r.IntN(4), Schools: 10 + r.IntN(15), Students: 800 + r.IntN(4000)}
}

func drawDisclosurePolicy(r *rand.Rand) disclosure.Policy {
	p := disclosure.DefaultPolicy()
	switch r.IntN(6) {
	case 0:
		p.MinN = 5
	case 1:
		p.MinN = 16
	}
	if r.IntN(4) == 0 {
		p.Hub = []disclosure.Attribute{disclosure.EconomicDisadvantage, disclosure.Sex, disclosure.IEP}[r.IntN(3)]
	}
	if r.IntN(4) == 0 {
		p.Attributes = append(p.Attributes, disclosure.Complete)
	}
	if r.IntN(4) == 0 {
		p.SexNotStated = edu.Female
	}
	return p
}

// try makes the state of a number, releases it, and attacks it.
func (t *disclosureTotals) try(i int) error {
	r := rand.New(rand.NewPCG(uint64(i), 20261124))
	size := disclosureSize(r, i)
	p := drawDisclosurePolicy(r)
	if i < 25 && i%5 != 0 {
		p.Hub = disclosure.NoAttribute
	}
	state := drawn.Draw(r, size)
	for y, releases := range []int{1 + r.IntN(3), 1} {
		x := disclosureTry{policy: p, onlyAdd: true, exact: i%10 == 0 && y == 0}
		if err := x.release(r, state, edu.AcademicYear(2026-y), releases); err != nil {
			return err
		}
		if err := t.attack(&x, i); err != nil {
			return fmt.Errorf("policy %v, year %d, %d releases: %w", p, 2026-y, releases, err)
		}
		state = drawn.Draw(r, size)
	}
	return nil
}

// release decides releases of a year, one after another.
func (x *disclosureTry) release(r *rand.Rand, state *drawn.State, year edu.AcademicYear, releases int) error {
	var earlier []decide.Earlier
	for n := range releases {
		if n > 0 {
			later := drawn.Later{Late: 0.02 + 0.1*r.Float64(), LateIn: r.Float64()}
			if r.IntN(2) == 0 {
				later.Corrected, later.Gone, x.onlyAdd = 0.02*r.Float64(), 0.02*r.Float64(), false
			}
			state = state.Next(r, later)
		}
		counts := state.Counts(x.policy, year)
		d, err := decide.Release(counts, earlier)
		if err != nil {
			return err
		}
		d, err = disclosure.DecodeDecision(d.Encode())
		if err != nil {
			return err
		}
		opened, err := disclosure.Open(d, counts)
		if err != nil {
			return err
		}
		earlier = append(earlier, decide.Earlier{Decision: d, Counts: counts})
		x.counts, x.releases = append(x.counts, counts), append(x.releases, opened)
	}
	return nil
}

// collect asks everything of a subject; naive asks as if small groups were hidden and nothing for their sake.
func (x *disclosureTry) collect(subject int, naive, options bool) *attack.Knowledge {
	var published []attack.Published
	for i, release := range x.releases {
		n := x.counts[i]
		levels := n.Subjects[subject].Levels
		p := attack.Published{Source: release, Catalogue: n.Catalogue, Subject: subject, Levels: levels, Standard: edu.StandardLevel(levels)}
		if naive {
			p.Source = naiveSource{n}
		}
		published = append(published, p)
	}
	return attack.Collect(published, attack.Outside{Grades: x.hasGrade, OnlyAdd: x.onlyAdd, Options: options})
}

// hasGrade reports whether anybody is in a grade of an institution.
func (x *disclosureTry) hasGrade(row disclosure.Row, grade int16) bool {
	for _, n := range x.counts {
		at := n.Row(row)
		for q := range n.Catalogue.Len() {
			o := n.Catalogue.Options(disclosure.Question(q))
			if len(o) != 1 || o[0].Attribute != disclosure.Grade || o[0].Values[0] != grade {
				continue
			}
			for s := range n.Subjects {
				if n.Students(s, at, disclosure.Question(q)) > 0 {
					return true
				}
			}
		}
	}
	return false
}

func (t *disclosureTotals) attack(x *disclosureTry, i int) error {
	for subject := range x.counts[0].Subjects {
		minN := x.policy.MinN
		k := x.collect(subject, false, true)
		truth := k.TruthOf(x.counts)
		solve(k, x.exact)
		score := k.Score(truth, minN)
		var single, together attack.Score
		if i%4 == 0 {
			for options, into := range map[bool]*attack.Score{false: &single, true: &together} {
				k := x.collect(subject, true, options)
				solve(k, false)
				*into = k.Score(truth, minN)
			}
		}
		t.mu.Lock()
		for _, release := range x.releases {
			d := release.Decision.Subjects[subject]
			t.releases++
			if !d.Complete() {
				t.refused++
			}
			if d.Withheld {
				t.withheld++
			}
		}
		t.safe.Add(score)
		t.single.Add(single)
		t.together.Add(together)
		t.mu.Unlock()
		if k.Contradicts() || score.Wrong+single.Wrong+together.Wrong > 0 {
			return fmt.Errorf("the attack draws wrong conclusions, so it proves nothing")
		}
		if score.Recovered+score.Alike > 0 {
			row, question := k.Name(score.First.Cell)
			return fmt.Errorf("subject %d: %d numbers worked out (%d changes), %d groups alike, first release %d (later ones are changes), %v, %q, number %d", subject, score.Recovered, score.Changes, score.Alike, score.First.Cell.Release, row, question, score.First.Plane)
		}
		if x.exact {
			if err := t.search(k, truth, minN, i); err != nil {
				return fmt.Errorf("subject %d: %w", subject, err)
			}
		}
	}
	return nil
}

// solve narrows and eliminates until nothing more is found.
func solve(k *attack.Knowledge, levels bool) {
	k.Narrow()
	for k.Eliminate(levels) > 0 {
		k.Narrow()
	}
}

// searches is how many numbers of a state and subject are searched for exactly.
const searches = 4

// search asks of some hidden numbers whether they could be others.
func (t *disclosureTotals) search(k *attack.Knowledge, truth []int64, minN, i int) error {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	targets := k.Targets(truth, minN)
	r.Shuffle(len(targets), func(i, j int) { targets[i], targets[j] = targets[j], targets[i] })
	for _, at := range targets[:min(len(targets), searches)] {
		verdict := k.Search(at.Cell, at.Plane, truth, 3000)
		t.mu.Lock()
		t.cells++
		switch verdict {
		case attack.Free:
			t.free++
		case attack.Pinned:
			t.pinned++
		case attack.Unknown:
			t.unknown++
		}
		t.mu.Unlock()
		if verdict == attack.Pinned {
			row, question := k.Name(at.Cell)
			return fmt.Errorf("an exact search pins what the attack missed: release %d, %v, %q, number %d", at.Cell.Release, row, question, at.Plane)
		}
	}
	return nil
}

// naiveSource answers whatever has enough students, and nothing else.
type naiveSource struct {
	counts *disclosure.Counts
}

func (s naiveSource) Rows() []disclosure.Row { return s.counts.Rows }

func (s naiveSource) Answer(subject, row int, a disclosure.Asked) disclosure.Answer {
	if a.Refusal() != "" {
		return disclosure.Answer{Visibility: disclosure.Outside, Refusal: a.Refusal()}
	}
	p := s.counts.Catalogue.Policy()
	levels, n := make([]int, s.counts.Subjects[subject].Levels), 0
	for _, q := range a.Questions() {
		for l, k := range s.counts.Levels(subject, row, q) {
			levels[l] += int(k)
			n += int(k)
		}
	}
	switch {
	case n == 0:
		return disclosure.Answer{Visibility: disclosure.NoStudents}
	case n < p.MinNFor(s.counts.Subjects[subject].Subject):
		return disclosure.Answer{Visibility: disclosure.Hidden}
	}
	x := disclosure.Answer{Visibility: disclosure.Shown, Students: n}
	above := 0
	for l, k := range levels {
		x.Levels = append(x.Levels, p.Band(k, n))
		if l+1 >= edu.StandardLevel(len(levels)) {
			above += k
		}
	}
	x.AtOrAbove = p.Band(above, n)
	return x
}
