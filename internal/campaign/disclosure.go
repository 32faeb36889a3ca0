package campaign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/attack"
	"scorehouse/internal/disclosure/decide"
	"scorehouse/internal/disclosure/drawn"
	"scorehouse/internal/edu"
)

// disclosures draws random states, releases them once, twice or three times, and attacks everything that was published: every row and question of the catalogue, every
// set of options together, all releases of a year side by side, another year, with which grades each school has and, where it is so, that only late results were
// added as knowledge from elsewhere. Between releases results are corrected, schools close, open and change district, a grade arrives late, one subject is released alone, and the
// smallest number is set anew. A try fails when a number of a group of 1 to min_n-1 students is found in what was released, or that all of such a group are alike.
// Beside it the same attack is made on the same states with small groups hidden and nothing for their sake; and in small states an exact search looks for what the attack missed.
// The run fails when these controls do: when the attack does not find most of what is unprotected, too many releases are refused, or searches are given up.
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
	drawn                        disclosureDraws
	safe                         attack.Score // what was released
	single, together             attack.Score // unprotected: asked option by option, and several together
	free, pinned, unknown, cells int          // exact searches
	twins                        disclosureTwins
}

// disclosureDraws count what was drawn between releases.
type disclosureDraws struct {
	again, otherMinN, otherSchools, lateGrade, oneSubject, otherQuestions int
}

func prepareDisclosures(_ context.Context, log io.Writer) (func(context.Context, int) (string, error), func() error, error) {
	var t disclosureTotals
	try := func(_ context.Context, i int) (string, error) {
		err := t.try(i)
		t.mu.Lock()
		defer t.mu.Unlock()
		return fmt.Sprintf("state %d: %d small groups so far, %d worked out", i, t.safe.Small, t.safe.Recovered), err
	}
	return try, func() error {
		t.tell(log)
		return t.controls()
	}, nil
}

func percent(part, of int) float64 { return 100 * float64(part) / float64(max(of, 1)) }

func (t *disclosureTotals) tell(log io.Writer) {
	fmt.Fprintf(log, "released: %d small groups and changes, %d worked out, %d alike; %d with a level known to be empty, %d of which the number is known to within 2; of %d groups shown %d are known to be alike\n",
		t.safe.Small, t.safe.Recovered, t.safe.Alike, t.safe.Zeros, t.safe.Narrow, t.safe.Shown, t.safe.ShownAlike)
	fmt.Fprintf(log, "releases of a subject: %d, of which %d (%.1f %%) leave an attribute out or are withheld (%d)\n", t.releases, t.refused, percent(t.refused, t.releases), t.withheld)
	fmt.Fprintf(log, "%d releases followed another: %d with another smallest number, %d after schools closed, opened or moved, %d after a grade came late, %d beside releases of one subject alone; %d with other questions were refused, as they must be\n",
		t.drawn.again, t.drawn.otherMinN, t.drawn.otherSchools, t.drawn.lateGrade, t.drawn.oneSubject, t.drawn.otherQuestions)
	fmt.Fprintf(log, "small groups hidden and nothing for their sake: %.1f %% of %d worked out option by option, %.1f %% with several options together\n",
		percent(t.single.Recovered, t.single.Small), t.single.Small, percent(t.together.Recovered, t.together.Small))
	fmt.Fprintf(log, "exact search: %d numbers of small states, %d could be others, %d could not, %d given up\n", t.cells, t.free, t.pinned, t.unknown)
	fmt.Fprintf(log, "small groups hidden in one subject: %d, of which %d (%.1f %%) are shown in the other, %d with the same number of students\n",
		t.twins.small, t.twins.shown, percent(t.twins.shown, t.twins.small), t.twins.same)
	fmt.Fprintf(log, "where it is known that everybody has both subjects, which nothing protects: %d of %d small groups worked out (%.1f %%)\n",
		t.twins.both.Recovered, t.twins.both.Small, percent(t.twins.both.Recovered, t.twins.both.Small))
}

// What the controls ask for, in percent. A release is refused where an attribute or more is left out of it.
const (
	leastSingle   = 35 // of unprotected small groups, worked out option by option
	leastTogether = 95 // with several options together
	mostRefused   = 5  // of releases
	mostUnknown   = 1  // of exact searches
)

// controls returns why the campaign proves nothing although no try failed: an attacker who finds nothing where nothing is protected finds nothing anywhere.
func (t *disclosureTotals) controls() error {
	var wrong []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	check(t.single.Small > 0 && percent(t.single.Recovered, t.single.Small) >= leastSingle, "option by option only %d of %d unprotected small groups are worked out, at least %d %% must be", t.single.Recovered, t.single.Small, leastSingle)
	check(t.together.Small > 0 && percent(t.together.Recovered, t.together.Small) >= leastTogether, "with several options only %d of %d unprotected small groups are worked out, at least %d %% must be", t.together.Recovered, t.together.Small, leastTogether)
	check(percent(t.refused, t.releases) < mostRefused, "%d of %d releases are refused, %d %% and more", t.refused, t.releases, mostRefused)
	check(t.cells > 0 && percent(t.unknown, t.cells) <= mostUnknown, "%d of %d exact searches are given up, more than %d %%", t.unknown, t.cells, mostUnknown)
	return errors.Join(wrong...)
}

// disclosureTry is a state and what is published of a year.
type disclosureTry struct {
	policy     disclosure.Policy
	releases   []disclosureRelease
	onlyAdd    bool
	nobodyLeft bool
	exact      bool // small enough for searches
	draws      disclosureDraws
}

// disclosureRelease is one of them.
type disclosureRelease struct {
	counts *disclosure.Counts
	opened *disclosure.Release
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
	if r.IntN(8) == 0 {
		p.MinNOf = map[edu.Subject]int{edu.ELA: 14}
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
		x := disclosureTry{policy: p, onlyAdd: true, nobodyLeft: true, exact: y == 0 && i%10 == 0 && (i == 0 || i >= 25)}
		if err := x.publish(r, state, edu.AcademicYear(2026-y), releases); err != nil {
			return err
		}
		t.mu.Lock()
		t.drawn.add(x.draws)
		t.mu.Unlock()
		for _, subject := range []edu.Subject{edu.Math, edu.ELA} {
			if err := t.attack(&x, subject, i); err != nil {
				return fmt.Errorf("policy %v, year %d, %d releases: %s: %w", p, 2026-y, releases, subject, err)
			}
		}
		t.compareSubjects(&x)
		if i%8 == 0 && y == 0 {
			if err := t.attackBoth(p, state.Both()); err != nil {
				return err
			}
		}
		state = drawn.Draw(r, size)
	}
	return nil
}

func (d *disclosureDraws) add(x disclosureDraws) {
	d.again, d.otherMinN, d.otherSchools = d.again+x.again, d.otherMinN+x.otherMinN, d.otherSchools+x.otherSchools
	d.lateGrade, d.oneSubject, d.otherQuestions = d.lateGrade+x.lateGrade, d.oneSubject+x.oneSubject, d.otherQuestions+x.otherQuestions
}

// publish decides releases of a year, one after another.
func (x *disclosureTry) publish(r *rand.Rand, state *drawn.State, year edu.AcademicYear, releases int) error {
	var earlier []decide.Earlier
	late := state
	if releases > 1 && r.IntN(6) == 0 {
		state = state.Without(11)
		x.draws.lateGrade++
	}
	for n := range releases {
		if n > 0 {
			state = x.later(r, late)
			late = state
			if err := x.askOtherwise(r, state, year, earlier); err != nil {
				return err
			}
		}
		subjects := []edu.Subject{edu.Math, edu.ELA}
		if releases > 1 && r.IntN(6) == 0 {
			subjects = subjects[r.IntN(2):][:1]
			x.draws.oneSubject++
		}
		counts := state.CountsOf(x.policy, year, subjects...)
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
		x.releases = append(x.releases, disclosureRelease{counts, opened})
	}
	return nil
}

// later returns the state at the next release, and sets another smallest number for it now and then.
func (x *disclosureTry) later(r *rand.Rand, state *drawn.State) *drawn.State {
	x.draws.again++
	later := drawn.Later{Late: 0.02 + 0.1*r.Float64(), LateIn: r.Float64()}
	switch r.IntN(4) {
	case 0:
		later.Corrected, later.Gone = 0.02*r.Float64(), 0.02*r.Float64()
		x.nobodyLeft, x.onlyAdd = false, false
	case 1:
		later.Corrected = 0.02 * r.Float64()
		x.onlyAdd = false
	}
	if r.IntN(5) == 0 {
		x.draws.otherSchools++
		later.Closed, later.Moved, later.Opened = 0.05*r.Float64(), 0.1*r.Float64(), r.IntN(3)
		x.nobodyLeft, x.onlyAdd = false, false
	}
	if r.IntN(6) == 0 {
		x.draws.otherMinN++
		x.policy.MinN = []int{5, 8, 11, 16}[r.IntN(4)]
	}
	return state.Next(r, later)
}

// askOtherwise now and then makes a release with other questions than before, which must be refused.
func (x *disclosureTry) askOtherwise(r *rand.Rand, state *drawn.State, year edu.AcademicYear, earlier []decide.Earlier) error {
	if r.IntN(4) > 0 {
		return nil
	}
	p := x.policy
	if p.Hub != disclosure.NoAttribute {
		p.Hub = disclosure.NoAttribute
	} else if p.Hub = disclosure.IEP; r.IntN(2) == 0 {
		p.Hub, p.Attributes = disclosure.NoAttribute, p.Attributes[:len(p.Attributes)-1]
	}
	subjects := earlier[0].Counts.Subjects
	if _, err := decide.Release(state.CountsOf(p, year, subjects[0].Subject), earlier); err == nil {
		return fmt.Errorf("policy %v after %v was not refused", p, x.policy)
	}
	x.draws.otherQuestions++
	return nil
}

// of returns the releases that have a subject, and the smallest number of any of them: what one gives away cannot be hidden in another.
func (x *disclosureTry) of(subject edu.Subject) (of []disclosureRelease, minN int) {
	for _, release := range x.releases {
		if release.counts.Subject(subject) >= 0 {
			n := release.counts.Catalogue.Policy().MinNFor(subject)
			if len(of) == 0 || n < minN {
				minN = n
			}
			of = append(of, release)
		}
	}
	return of, minN
}

// collect asks everything of a subject in some releases; naive asks as if small groups were hidden and nothing for their sake.
func (x *disclosureTry) collect(subject edu.Subject, releases []disclosureRelease, naive, options bool) (k *attack.Knowledge, truth []int64) {
	var published []attack.Published
	var counts []*disclosure.Counts
	for _, release := range releases {
		n := release.counts
		at := n.Subject(subject)
		levels := n.Subjects[at].Levels
		p := attack.Published{Source: release.opened, Catalogue: n.Catalogue, Subject: at, Levels: levels, Standard: edu.StandardLevel(levels)}
		if naive {
			p.Source = naiveSource{n}
		}
		published, counts = append(published, p), append(counts, n)
	}
	k = attack.Collect(published, attack.Outside{Grades: x.hasGrade, OnlyAdd: x.onlyAdd, NobodyLeft: x.nobodyLeft, Options: options})
	return k, k.TruthOf(counts)
}

// hasGrade reports whether anybody is in a grade of an institution.
func (x *disclosureTry) hasGrade(row disclosure.Row, grade int16) bool {
	for _, release := range x.releases {
		n := release.counts
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

func (t *disclosureTotals) attack(x *disclosureTry, subject edu.Subject, i int) error {
	releases, minN := x.of(subject)
	if len(releases) == 0 {
		return nil
	}
	k, truth := x.collect(subject, releases, false, true)
	solve(k, x.exact)
	score := k.Score(truth, minN)
	single, together := t.unprotected(x, subject, releases[0], i)
	t.mu.Lock()
	for _, release := range releases {
		d := release.opened.Decision.Subjects[release.counts.Subject(subject)]
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
		return fmt.Errorf("%d numbers worked out (%d of them changes), %d groups alike; first release %d (later ones are changes), %v, %q, number %d",
			score.Recovered, score.Changes, score.Alike, score.First.Cell.Release, row, question, score.First.Plane)
	}
	if x.exact {
		return t.search(k, truth, minN, i)
	}
	return nil
}

// unprotected attacks a release of every fourth state as if small groups were hidden and nothing for their sake.
func (t *disclosureTotals) unprotected(x *disclosureTry, subject edu.Subject, release disclosureRelease, i int) (single, together attack.Score) {
	if i%4 > 0 {
		return single, together
	}
	minN := release.counts.Catalogue.Policy().MinNFor(subject)
	for options, into := range map[bool]*attack.Score{false: &single, true: &together} {
		k, truth := x.collect(subject, []disclosureRelease{release}, true, options)
		solve(k, false)
		*into = k.Score(truth, minN)
		if k.Contradicts() {
			into.Wrong++
		}
	}
	return single, together
}

// solve narrows and eliminates until nothing more is found.
func solve(k *attack.Knowledge, levels bool) {
	k.Narrow()
	for k.Eliminate(levels) > 0 {
		k.Narrow()
	}
}

// searches is how many numbers of a state and subject are searched for exactly.
const searches = 8

// search asks of hidden numbers whether they could be others.
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

// disclosureTwins are small groups hidden in one subject, and what the other says of nearly the same students.
type disclosureTwins struct {
	small, shown, same int
	both               attack.Score // of states in which everybody has both, the sums of one subject applied to the other
}

// compareSubjects counts, in the first release that has both subjects, what one says of groups that the other hides.
func (t *disclosureTotals) compareSubjects(x *disclosureTry) {
	at := slices.IndexFunc(x.releases, func(r disclosureRelease) bool { return len(r.counts.Subjects) == 2 })
	if at < 0 {
		return
	}
	n, d := x.releases[at].counts, x.releases[at].opened.Decision
	var twins disclosureTwins
	for subject, s := range n.Subjects {
		for row := range n.Rows {
			for q := range n.Catalogue.Len() {
				students := n.Students(subject, row, disclosure.Question(q))
				if students == 0 || students >= n.Catalogue.Policy().MinNFor(s.Subject) || !d.Answers(subject, disclosure.Question(q)) {
					continue
				}
				twins.small++
				if other := n.Students(1-subject, row, disclosure.Question(q)); other > 0 && d.Shown(1-subject, row, disclosure.Question(q)) {
					twins.shown++
					if other == students {
						twins.same++
					}
				}
			}
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.twins.small, t.twins.shown, t.twins.same = t.twins.small+twins.small, t.twins.shown+twins.shown, t.twins.same+twins.same
}

// attackBoth measures what follows where it is known that everybody has a result in both subjects. It is not protected, so finding something is no failure.
func (t *disclosureTotals) attackBoth(p disclosure.Policy, state *drawn.State) error {
	n := state.Counts(p, 2026)
	d, err := decide.Release(n, nil)
	if err != nil {
		return err
	}
	opened, err := disclosure.Open(d, n)
	if err != nil {
		return err
	}
	var published []attack.Published
	for i, s := range n.Subjects {
		published = append(published, attack.Published{Source: opened, Catalogue: n.Catalogue, Subject: i, Levels: s.Levels, Standard: edu.StandardLevel(s.Levels)})
	}
	k := attack.Collect(published, attack.Outside{SameStudents: true, Options: true})
	solve(k, false)
	score := k.Score(k.TruthOf([]*disclosure.Counts{n, n}), min(p.MinNFor(edu.Math), p.MinNFor(edu.ELA)))
	if k.Contradicts() || score.Wrong > 0 {
		return fmt.Errorf("the attack on both subjects draws wrong conclusions")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	score.Small, score.Recovered = score.Small-score.Few, score.Recovered-score.Changes // how the levels of the subjects differ is no group
	t.twins.both.Add(score)
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
