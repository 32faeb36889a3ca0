package disclosure_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/decide"
	"scorehouse/internal/disclosure/drawn"
	"scorehouse/internal/edu"
)

func TestBandsAreThoseOfTheTiers(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	for _, c := range []struct {
		k, n int
		want disclosure.Band
	}{
		{0, 11, disclosure.Band{Low: 0, High: 10}}, {1, 11, disclosure.Band{Low: 0, High: 10}}, {2, 11, disclosure.Band{Low: 11, High: 20}},
		{10, 11, disclosure.Band{Low: 90, High: 100}}, {32, 39, disclosure.Band{Low: 81, High: 89}},
		{2, 40, disclosure.Band{Low: 0, High: 5}}, {20, 40, disclosure.Band{Low: 50, High: 50}}, {95, 99, disclosure.Band{Low: 95, High: 100}},
		{2, 100, disclosure.Band{Low: 0, High: 2}}, {3, 100, disclosure.Band{Low: 3, High: 3}}, {299, 299, disclosure.Band{Low: 98, High: 100}},
		{5, 1000, disclosure.Band{Low: 0, High: 1}}, {994, 1000, disclosure.Band{Low: 99, High: 100}},
	} {
		if got := p.Band(c.k, c.n); got != c.want {
			t.Errorf("%d of %d: got %v, want %v", c.k, c.n, got, c.want)
		}
	}
}

func TestABandHoldsExactlyTheCountsThatAreShownWithIt(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	for n := 1; n < 450; n++ {
		for k := range n + 1 {
			b := p.Band(k, n)
			fewest, most := b.Counts(n)
			if k < fewest || k > most || fewest > 0 && p.Band(fewest-1, n) == b || most < n && p.Band(most+1, n) == b || p.Band(fewest, n) != b || p.Band(most, n) != b {
				t.Fatalf("%d of %d in %v: counts %d to %d", k, n, b, fewest, most)
			}
		}
	}
}

// The ranges are those of docs/disclosure.md.
func TestHowExactBandsAre(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	for _, c := range []struct{ from, to, fewest, most, tail int }{ // counts that a band between the tails leaves possible; the least that the lower tail holds beside none
		{11, 11, 1, 1, 1}, {12, 18, 1, 2, 1}, {19, 30, 1, 3, 1}, {31, 39, 3, 4, 3}, {40, 100, 1, 1, 2}, {101, 198, 1, 2, 2}, {199, 299, 2, 3, 4}, {300, 600, 3, 6, 4},
	} {
		fewest, most, tail := c.to, 0, c.to
		for n := c.from; n <= c.to; n++ {
			for k := range n + 1 {
				b := p.Band(k, n)
				lo, hi := b.Counts(n)
				if b.Low > 0 && b.High < 100 {
					fewest, most = min(fewest, hi-lo+1), max(most, hi-lo+1)
				} else {
					tail = min(tail, hi-lo)
				}
			}
		}
		if fewest != c.fewest || most != c.most || tail != c.tail {
			t.Errorf("%d to %d students: %d to %d counts in a band, %d in a tail", c.from, c.to, fewest, most, tail)
		}
	}
}

func TestNobodyAndOneStudentAreInTheSameBand(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	p.Tiers = []disclosure.Tier{{From: 0, Width: 1, Tail: 1}}
	for n := 3; n < 400; n++ {
		if p.Band(0, n) != p.Band(1, n) || p.Band(n, n) != p.Band(n-1, n) {
			t.Errorf("of %d: none %v, one %v; all but one %v, all %v", n, p.Band(0, n), p.Band(1, n), p.Band(n-1, n), p.Band(n, n))
		}
	}
}

func TestQuestionsOutsideTheCatalogueAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	plain := disclosure.NewCatalogue(p, []edu.Grade{3, 4, 5})
	p.Hub = disclosure.EconomicDisadvantage
	hub := disclosure.NewCatalogue(p, []edu.Grade{3, 4, 5})
	yes, no, ns := int16(edu.Yes), int16(edu.No), int16(edu.NotStated)
	f := func(a disclosure.Attribute, values ...int16) disclosure.Chosen {
		return disclosure.Chosen{Attribute: a, Values: values}
	}
	for _, c := range []struct {
		name        string
		filters     []disclosure.Chosen
		plain, pair disclosure.Refusal
	}{
		{"nothing", nil, "", ""},
		{"one option", []disclosure.Chosen{f(disclosure.IEP, yes)}, "", ""},
		{"the rest", []disclosure.Chosen{f(disclosure.IEP, no, ns)}, "", ""},
		{"no without not stated", []disclosure.Chosen{f(disclosure.IEP, no)}, disclosure.Folded, disclosure.Folded},
		{"not stated alone", []disclosure.Chosen{f(disclosure.Sex, int16(edu.SexNotStated))}, disclosure.Folded, disclosure.Folded},
		{"an attribute that may not be asked for", []disclosure.Chosen{f(disclosure.Complete, yes)}, disclosure.NotInCatalogue, disclosure.NotInCatalogue},
		{"several grades", []disclosure.Chosen{f(disclosure.Grade, 3, 5)}, "", ""},
		{"two attributes", []disclosure.Chosen{f(disclosure.IEP, yes), f(disclosure.Grade, 3)}, disclosure.TooDeep, disclosure.TooDeep},
		{"a pair with the hub", []disclosure.Chosen{f(disclosure.EconomicDisadvantage, yes), f(disclosure.Grade, 3)}, disclosure.TooDeep, ""},
		{"a pair the other way round, several options", []disclosure.Chosen{f(disclosure.Grade, 3, 4), f(disclosure.EconomicDisadvantage, no, ns)}, disclosure.TooDeep, ""},
		{"every option is no filter", []disclosure.Chosen{f(disclosure.EconomicDisadvantage, yes, no, ns), f(disclosure.Grade, 3)}, "", ""},
		{"three attributes", []disclosure.Chosen{f(disclosure.EconomicDisadvantage, yes), f(disclosure.Grade, 3), f(disclosure.IEP, yes)}, disclosure.TooDeep, disclosure.TooDeep},
	} {
		if got := plain.Ask(c.filters).Refusal(); got != c.plain {
			t.Errorf("%s: got %q, want %q", c.name, got, c.plain)
		}
		if got := hub.Ask(c.filters).Refusal(); got != c.pair {
			t.Errorf("%s, with a hub: got %q, want %q", c.name, got, c.pair)
		}
		if got := hub.Ask(hub.Widen(c.filters)).Refusal(); got == disclosure.Folded {
			t.Errorf("%s: still folded after Widen", c.name)
		}
	}
}

// state returns a small state with its release.
func state(t *testing.T, seed uint64, p disclosure.Policy) (*disclosure.Counts, *disclosure.Release) {
	t.Helper()
	n := drawn.Draw(rand.New(rand.NewPCG(seed, 1)), drawn.Size{Districts: 4, Schools: 15, Students: 2500}).Counts(p, 2026)
	d, err := decide.Release(n, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := disclosure.Open(d, n)
	if err != nil {
		t.Fatal(err)
	}
	return n, r
}

func TestAnswersAreNeverSmallAndCarryNoCounts(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	n, r := state(t, 1, p)
	seen := map[disclosure.Visibility]int{}
	for subject := range n.Subjects {
		for row := range n.Rows {
			for q := range n.Catalogue.Len() {
				var filters []disclosure.Chosen
				for _, o := range n.Catalogue.Options(disclosure.Question(q)) {
					filters = append(filters, disclosure.Chosen{Attribute: o.Attribute, Values: o.Values})
				}
				a, students := r.Answer(subject, row, r.Ask(filters)), n.Students(subject, row, disclosure.Question(q))
				seen[a.Visibility]++
				switch {
				case a.Visibility == disclosure.Shown && (a.Students != students || students < p.MinN || len(a.Levels) != 4):
					t.Errorf("row %v, %v: %+v of %d students", n.Rows[row], filters, a, students)
				case a.Visibility != disclosure.Shown && (a.Students != 0 || a.Levels != nil || a.OutOf != 0):
					t.Errorf("row %v, %v: numbers in %+v", n.Rows[row], filters, a)
				case a.Visibility == disclosure.NoStudents && students > 0, students > 0 && students < p.MinN && a.Visibility != disclosure.Hidden:
					t.Errorf("row %v, %v: %+v of %d students", n.Rows[row], filters, a, students)
				}
			}
		}
	}
	if seen[disclosure.Shown] == 0 || seen[disclosure.Hidden] == 0 || seen[disclosure.NoStudents] == 0 {
		t.Errorf("visibilities %v: the state is too plain", seen)
	}
}

func TestSeveralOptionsAreAnsweredFromWhatIsShownOfEach(t *testing.T) {
	t.Parallel()
	n, r := state(t, 2, disclosure.DefaultPolicy())
	ethnicities := n.Catalogue.OptionsOf(disclosure.Ethnicity)
	answered, hidden := 0, 0
	for row := range n.Rows {
		for set := 1; set < 1<<len(ethnicities)-1; set++ {
			var values []int16
			chosenHidden, othersHidden, students := false, false, 0
			for i, o := range ethnicities {
				asked := r.Ask([]disclosure.Chosen{{Attribute: disclosure.Ethnicity, Values: o.Values}})
				is := !r.Decision.Shown(0, row, asked.Questions()[0])
				if set>>i&1 != 0 {
					values = append(values, o.Values...)
					chosenHidden = chosenHidden || is
					students += n.Students(0, row, asked.Questions()[0])
				} else {
					othersHidden = othersHidden || is
				}
			}
			a := r.Answer(0, row, r.Ask([]disclosure.Chosen{{Attribute: disclosure.Ethnicity, Values: values}}))
			if a.Visibility == disclosure.Hidden {
				hidden++
			} else {
				answered++
			}
			may := !chosenHidden || !othersHidden && r.Decision.Shown(0, row, disclosure.Everybody)
			if a.Visibility != disclosure.Hidden && (!may || a.Students != students) {
				t.Fatalf("row %v, %v: %+v; some chosen hidden %v, some others hidden %v, %d students", n.Rows[row], values, a, chosenHidden, othersHidden, students)
			}
			if may && a.Visibility == disclosure.Hidden {
				t.Fatalf("row %v, %v: hidden for no reason", n.Rows[row], values)
			}
		}
	}
	if answered == 0 || hidden == 0 {
		t.Errorf("%d answered, %d hidden: the state is too plain", answered, hidden)
	}
}

func TestWhatIsDecodedIsWhatWasEncoded(t *testing.T) {
	t.Parallel()
	p := disclosure.DefaultPolicy()
	p.Hub = disclosure.Sex
	n, r := state(t, 3, p)
	d, err := disclosure.DecodeDecision(r.Decision.Encode())
	if err != nil {
		t.Fatal(err)
	}
	m, err := disclosure.DecodeCounts(n.Encode())
	if err != nil {
		t.Fatal(err)
	}
	again, err := disclosure.Open(d, m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Shares(), again.Shares()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(r.Decision.Subjects, d.Subjects); diff != "" {
		t.Error(diff)
	}
	if d.ShownCells(0) != r.Decision.ShownCells(0) {
		t.Errorf("%d cells shown, were %d", d.ShownCells(0), r.Decision.ShownCells(0))
	}
}

func TestDamagedBytesAreNoDecision(t *testing.T) {
	t.Parallel()
	_, r := state(t, 4, disclosure.DefaultPolicy())
	encoded := r.Decision.Encode()
	rnd := rand.New(rand.NewPCG(4, 4))
	for range 300 {
		damaged := append([]byte(nil), encoded...)
		at := rnd.IntN(len(damaged))
		damaged[at] ^= 1 << rnd.IntN(8)
		d, err := disclosure.DecodeDecision(damaged)
		if err == nil && string(d.Encode()) != string(encoded) {
			t.Fatalf("byte %d of %d damaged: another decision", at, len(encoded))
		}
	}
}

func TestADecisionDoesNotOpenOtherCounts(t *testing.T) {
	t.Parallel()
	n, r := state(t, 5, disclosure.DefaultPolicy())
	other, _ := state(t, 6, disclosure.DefaultPolicy())
	if _, err := disclosure.Open(r.Decision, other); err == nil {
		t.Error("counts of another state: got no error")
	}
	changed, err := disclosure.DecodeCounts(n.Encode())
	if err != nil {
		t.Fatal(err)
	}
	changed.Levels(0, 0, disclosure.Everybody)[0]++
	if _, err := disclosure.Open(r.Decision, changed); err == nil {
		t.Error("one student more: got no error")
	}
}

func TestAPolicyIsReadStrictly(t *testing.T) {
	t.Parallel()
	for document, good := range map[string]bool{
		`{}`: true, `{"min_n": 16, "hub": "dmgStsEcd"}`: true, `{"attributes": ["grade", "sex"]}`: true,
		`{"min_n": 0}`: false, `{"minimum": 3}`: false, `{"hub": "complete"}`: false, `{"attributes": ["shoe size"]}`: false,
		`{"tiers": [{"from": 10, "width": 1, "tail": 5}]}`: false, `{"tiers": [{"from": 0, "width": 0, "tail": 5}]}`: false, `{"sex_not_stated": 0}`: false, `{} {}`: false,
	} {
		p, err := disclosure.ParsePolicy([]byte(document))
		if (err == nil) != good {
			t.Errorf("%s: %v", document, err)
		}
		if err != nil {
			continue
		}
		if again, err := disclosure.ParsePolicy([]byte(p.String())); err != nil || !cmp.Equal(p, again) {
			t.Errorf("%s: read again %v, %v", document, again, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	p := disclosure.DefaultPolicy()
	n := disclosure.NewCounts(disclosure.NewCatalogue(p, []edu.Grade{3}), 2026, []disclosure.SubjectLevels{{Subject: edu.Math, Levels: 4}}, []disclosure.Row{{District: 1, School: 1}})
	f.Add(n.Encode())
	f.Add(disclosure.NewDecision(n).Encode())
	f.Fuzz(func(t *testing.T, encoded []byte) {
		if d, err := disclosure.DecodeDecision(encoded); err == nil && len(d.Rows) > 0 && len(d.Subjects) > 0 {
			d.Shown(0, len(d.Rows)-1, disclosure.Question(d.Catalogue.Len()-1))
		}
		if n, err := disclosure.DecodeCounts(encoded); err == nil {
			n.Digest()
		}
	})
}
