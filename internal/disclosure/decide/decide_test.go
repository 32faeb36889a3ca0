package decide_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/attack"
	"scorehouse/internal/disclosure/decide"
	"scorehouse/internal/disclosure/drawn"
	"scorehouse/internal/edu"
)

func draw(seed uint64, size drawn.Size) *drawn.State {
	return drawn.Draw(rand.New(rand.NewPCG(seed, 2)), size)
}

var tiny = drawn.Size{Districts: 4, Schools: 14, Students: 2200}

func release(t *testing.T, n *disclosure.Counts, earlier ...decide.Earlier) *disclosure.Decision {
	t.Helper()
	d, err := decide.Release(n, earlier)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheSameCountsGiveTheSameDecision(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	p.Hub = disclosure.EconomicDisadvantage
	n := draw(1, tiny).Counts(p, 2026)
	first := release(t, n).Encode()
	for range 3 {
		if !bytes.Equal(first, release(t, n).Encode()) {
			t.Fatal("another decision")
		}
	}
}

func TestFiltersHideNothingOfTheUnfilteredAnswers(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	alone := p
	alone.Attributes = []disclosure.Attribute{disclosure.Grade}
	for seed := range uint64(8) {
		s := draw(seed, tiny)
		with, without := release(t, s.Counts(p, 2026)), release(t, s.Counts(alone, 2026))
		for row := range with.Rows {
			if with.Shown(0, row, disclosure.Everybody) != without.Shown(0, row, disclosure.Everybody) {
				t.Errorf("seed %d, %v: shown %v with all attributes, %v with grades alone", seed, with.Rows[row], with.Shown(0, row, 0), without.Shown(0, row, 0))
			}
		}
	}
}

func TestNothingIsHiddenThatIsTheWholeOfAShownRow(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		n := draw(seed, tiny).Counts(disclosure.DefaultPolicy(), 2026)
		d := release(t, n)
		for subject := range n.Subjects {
			for row := range n.Rows {
				for q := 1; q < n.Catalogue.Len(); q++ {
					if d.Shown(subject, row, 0) && !d.Shown(subject, row, disclosure.Question(q)) && d.Answers(subject, disclosure.Question(q)) &&
						n.Students(subject, row, disclosure.Question(q)) == n.Students(subject, row, 0) {
						t.Errorf("seed %d, %v: %s hidden for nothing", seed, n.Rows[row], n.Catalogue.Key(disclosure.Question(q)))
					}
				}
			}
		}
	}
}

func TestWhereNothingMayBeShownNothingIs(t *testing.T) {
	t.Parallel()
	n := draw(3, tiny).Counts(disclosure.DefaultPolicy(), 2026).WithMinN(1_000_000_000)
	d := release(t, n)
	for subject := range n.Subjects {
		for row := range n.Rows {
			if n.Students(subject, row, 0) > 0 && d.Shown(subject, row, 0) {
				t.Fatalf("%v is shown", n.Rows[row])
			}
		}
	}
}

func TestCountsThatDoNotAddUpAreNotReleased(t *testing.T) {
	t.Parallel()
	n := draw(4, tiny).Counts(disclosure.DefaultPolicy(), 2026)
	n.Levels(0, len(n.Rows)-1, 1)[0]++
	if _, err := decide.Release(n, nil); err == nil {
		t.Error("got no error")
	}
}

func TestAChangeOfFewStudentsIsHidden(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 3))
		s := drawn.Draw(r, tiny)
		before := s.Counts(p, 2026)
		e := decide.Earlier{Decision: release(t, before), Counts: before}
		now := s.Next(r, drawn.Later{Late: 0.05, LateIn: 0.4, Corrected: 0.01, Gone: 0.005}).Counts(p, 2026)
		d := release(t, now, e)
		changed := 0
		for row, x := range now.Rows {
			for q := range now.Catalogue.Len() {
				was := before.Students(0, before.Row(x), disclosure.Question(q))
				change := now.Students(0, row, disclosure.Question(q)) - was
				if change == 0 || change <= -p.MinN || change >= p.MinN || !e.Decision.Shown(0, before.Row(x), disclosure.Question(q)) {
					continue
				}
				changed++
				if d.Shown(0, row, disclosure.Question(q)) && now.Students(0, row, disclosure.Question(q)) > 0 {
					t.Errorf("seed %d, %v, %s: %d and then %d students are shown", seed, x, now.Catalogue.Key(disclosure.Question(q)), was, was+change)
				}
			}
		}
		if changed == 0 {
			t.Errorf("seed %d: nothing changed by few", seed)
		}
	}
}

func TestAReleaseThatIsTheSameAgainShowsTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		n := draw(seed, tiny).Counts(disclosure.DefaultPolicy(), 2026)
		first := release(t, n)
		second := release(t, n, decide.Earlier{Decision: first, Counts: n})
		for subject := range n.Subjects {
			if first.ShownCells(subject) != second.ShownCells(subject) {
				t.Errorf("seed %d: %d cells, then %d", seed, first.ShownCells(subject), second.ShownCells(subject))
			}
		}
	}
}

func TestOtherQuestionsThanBeforeAreRefused(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	s := draw(5, tiny)
	before := s.Counts(p, 2026)
	earlier := []decide.Earlier{{Decision: release(t, before), Counts: before}}
	for name, other := range map[string]func(*disclosure.Policy){
		"sex divided otherwise": func(p *disclosure.Policy) { p.SexNotStated = edu.Female },
		"an attribute more":     func(p *disclosure.Policy) { p.Attributes = append(slices.Clone(p.Attributes), disclosure.Complete) },
		"an attribute less":     func(p *disclosure.Policy) { p.Attributes = p.Attributes[:3] },
		"a hub":                 func(p *disclosure.Policy) { p.Hub = disclosure.Sex },
	} {
		q := p
		if other(&q); q.Validate() != nil {
			t.Fatal(name)
		}
		if _, err := decide.Release(s.Counts(q, 2026), earlier); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	p.MinN = 16
	if _, err := decide.Release(s.Counts(p, 2026), earlier); err != nil {
		t.Errorf("another smallest number: %v", err)
	}
}

// The pairs of a grade of which nobody had a result yet are known to be nobody.
func TestAGradeMayComeLate(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	p.Hub, p.Attributes = disclosure.Sex, []disclosure.Attribute{disclosure.Grade, disclosure.Sex}
	s := draw(6, tiny)
	before, now := s.Without(11).Counts(p, 2026), s.Counts(p, 2026)
	d := release(t, now, decide.Earlier{Decision: release(t, before), Counts: before})
	for _, x := range d.Subjects {
		if !x.Complete() {
			t.Errorf("%+v", x)
		}
	}
}

func TestAPreviewSaysWhatAReleaseWouldDo(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	r := rand.New(rand.NewPCG(6, 3))
	s := drawn.Draw(r, tiny)
	before := s.Counts(p, 2026)
	now := s.Next(r, drawn.Later{Late: 0.2, LateIn: 1}).Counts(p, 2026)
	all, err := decide.Preview(now, []decide.Earlier{{Decision: release(t, before), Counts: before}}, 5, 30)
	if err != nil {
		t.Fatal(err)
	}
	hidden := func(f decide.Forecast) (n int) {
		for _, x := range f.Shares {
			n += x.Small + x.Further
		}
		return n
	}
	if len(all) != 3 || all[0].MinN != 11 || all[1].MinN != 5 || all[2].MinN != 30 || hidden(all[2]) <= hidden(all[0]) {
		t.Fatalf("%d forecasts, of min_n 11 and 30 with %d and %d hidden cells", len(all), hidden(all[0]), hidden(all[2]))
	}
	if all[0].Lost == 0 || all[0].Exposed == 0 || all[0].Changed == 0 {
		t.Errorf("exposed %d, lost %d, changed %d", all[0].Exposed, all[0].Lost, all[0].Changed)
	}
}

// known returns what an attacker knows after one release of a subject.
func known(n *disclosure.Counts, source attack.Source) (*attack.Knowledge, attack.Score) {
	k := attack.Collect([]attack.Published{{Source: source, Catalogue: n.Catalogue, Levels: 4, Standard: 3}}, attack.Outside{Options: true})
	k.Narrow()
	for k.Eliminate(false) > 0 {
		k.Narrow()
	}
	return k, k.Score(k.TruthOf([]*disclosure.Counts{n}), n.Catalogue.Policy().MinN)
}

func TestWithoutComplementsTheAttackerSucceeds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		n := draw(seed, tiny).Counts(disclosure.DefaultPolicy(), 2026)
		r, err := disclosure.Open(decide.Unprotected(n), n)
		if err != nil {
			t.Fatal(err)
		}
		if _, score := known(n, r); score.Recovered*100 < score.Small*35 || score.Wrong > 0 {
			t.Errorf("seed %d: %+v", seed, score)
		}
	}
}

// opened shows one cell more than was decided.
type opened struct {
	*disclosure.Release
	row int
	q   disclosure.Question
	n   *disclosure.Counts
}

func (o opened) Answer(subject, row int, a disclosure.Asked) disclosure.Answer {
	if row != o.row || len(a.Questions()) != 1 || a.Questions()[0] != o.q {
		return o.Release.Answer(subject, row, a)
	}
	x, p := disclosure.Answer{Visibility: disclosure.Shown, Students: o.n.Students(subject, row, o.q)}, o.n.Catalogue.Policy()
	for _, k := range o.n.Levels(subject, row, o.q) {
		x.Levels = append(x.Levels, p.Band(int(k), x.Students))
	}
	x.AtOrAbove = disclosure.Band{Low: 0, High: 100}
	return x
}

func TestMostComplementsAreNeeded(t *testing.T) {
	t.Parallel()
	n := draw(7, tiny).Counts(disclosure.DefaultPolicy(), 2026)
	d := release(t, n)
	r, err := disclosure.Open(d, n)
	if err != nil {
		t.Fatal(err)
	}
	if _, score := known(n, r); score.Recovered > 0 || score.Wrong > 0 {
		t.Fatalf("as decided: %+v", score)
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	cells := rnd.Perm(len(n.Rows) * n.Catalogue.Len())
	tried, leaked := 0, 0
	for _, c := range cells {
		row, q := c/n.Catalogue.Len(), disclosure.Question(c%n.Catalogue.Len())
		if tried == 20 || d.Shown(0, row, q) || q == 0 || n.Students(0, row, q) < 11 || !d.Shown(0, row, 0) {
			continue
		}
		tried++
		if _, score := known(n, opened{r, row, q, n}); score.Recovered > 0 {
			leaked++
		}
	}
	if tried < 20 || leaked*2 < tried {
		t.Errorf("of %d complements shown one at a time, %d give a small group away", tried, leaked)
	}
}

func TestFewRowsAreHiddenForOthers(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	p.Attributes = []disclosure.Attribute{disclosure.Grade, disclosure.Sex, disclosure.IEP}
	n := draw(8, drawn.Size{Districts: 30, Schools: 200, Students: 50_000}).Counts(p, 2026)
	d := release(t, n)
	r, err := disclosure.Open(d, n)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Shares() {
		if x.Question == disclosure.Everybody && x.Kind != disclosure.StateRow && x.Further*100 > x.Rows*7 {
			t.Errorf("%s, %v rows: %d of %d hidden for others", x.Subject, x.Kind, x.Further, x.Rows)
		}
	}
	if i := slices.IndexFunc(d.Subjects, func(s disclosure.SubjectDecision) bool { return !s.Complete() }); i >= 0 {
		t.Errorf("%+v", d.Subjects[i])
	}
}
