package synth

import "scorehouse/internal/edu"

// band is a score with the ends of its error band.
type band struct{ value, low, high int }

// outcome is how a student did on one assessment, once.
type outcome struct {
	date    string
	overall band
	level   int
	claims  [4]band
	levels  [4]int // 0 where a claim has no score
	codes   [15]byte
	plain   bool // codes are all the same one, codes[0]
	cond    edu.Condition
	whole   bool // complete
	where   int  // index of the school's locations; behind the last one: not stated
}

// opportunities returns how often a student takes an assessment in its year: never, once or more.
func (t *test) opportunities(s *State, who stream, index int) int {
	if s.isCorner(index) && index == s.corner+oneSubjectCorner && t.subject == edu.ELA {
		return 0
	}
	r := who.derive(t.key | 11<<40)
	switch t.kind {
	case edu.Summative:
		// Three in a hundred skip a subject. Drawn once for both, so that nobody skips all of a year.
		skip := who.derive(uint64(t.year) | 12<<40)
		if !skip.chance(30) || s.isCorner(index) || index >= s.regular {
			return 1
		}
		if skip.below(2) == t.subjectNumber() {
			return 0
		}
		return 1
	case edu.InterimComprehensive:
		return [...]int{0, 1, 1, 1, 1, 2, 2, 2}[r.below(8)]
	}
	return [...]int{0, 0, 1, 1, 1, 1, 2, 3}[r.below(8)]
}

// given reports whether a school's students take an assessment at all.
func (t *test) given(sch *school) bool {
	switch t.kind {
	case edu.Summative:
		return true
	case edu.InterimComprehensive:
		return sch.interims < 30
	}
	return sch.interims < 45
}

// take fills o with the n-th of so many times a student takes the assessment.
func (t *test) take(o *outcome, st *student, n, of int) {
	r := st.who.derive(t.key | uint64(n)<<32 | 13<<40)
	t.sitting(o, st, &r, n, of)
	z := t.ability(st) + r.normal()*t.noise/1000
	if t.kind != edu.Summative {
		z -= 260 - 90*n // the year's growth is still to come
	}
	if !o.whole {
		z -= 500 + r.below(600)
	}
	sc := t.scale
	score := sc.clamp(sc.mean + sc.sd*z/1000)
	sem := 19 + z*z/110_000 + r.below(4) // thin evidence at both ends of the scale
	o.overall = sc.band(score, sem)
	o.level = sc.level(score)
	for i := range t.claims {
		c := sc.clamp(score + r.normal()*(sem+14)/1000)
		o.claims[i] = sc.band(c, sem*8/5+r.below(6))
		o.levels[i] = sc.claimLevel(o.claims[i])
	}
	if !o.whole && t.claims > 1 && r.chance(400) {
		o.levels[t.claims-1] = 0
	}
	t.accommodate(o, st, &r)
}

func (s scale) band(score, sem int) band {
	return band{score, s.clamp(score - sem), s.clamp(score + sem)}
}

// claimLevel returns 1 or 3 when the whole error band is below or above the standard, else 2.
func (s scale) claimLevel(b band) int {
	switch {
	case b.high < s.standard():
		return 1
	case b.low >= s.standard():
		return 3
	}
	return 2
}

// ability returns a student's standing in a subject and year among the state's students of the grade, in
// thousandths of a standard deviation: what lasts, what belongs to the subject, and what belongs to the year.
func (t *test) ability(st *student) int {
	lasting := st.who.derive(14 << 40)
	general := lasting.normal()
	talents := [2]int{lasting.normal(), lasting.normal()}
	subject := t.subjectNumber()
	thisYear := st.who.derive(uint64(t.year)<<8 | 15<<40 | uint64(subject))
	z := general*70/100 + talents[subject]*33/100 + thisYear.normal()*18/100
	z += st.effect + t.groupEffect(st) + 330
	if t.year%2 == 0 {
		z += 25 // one year differs a little from the next
	}
	return z
}

// groupEffect returns what belongs to programmes and circumstances.
func (t *test) groupEffect(st *student) int {
	z := 0
	if st.EconomicDisadvantage == edu.Yes {
		z -= 420
	}
	if st.LimitedEnglish == edu.Yes {
		z -= 520
		if t.subject == edu.ELA {
			z -= 240
		}
	}
	if st.IEP == edu.Yes {
		z -= 850
	}
	if st.Migrant == edu.Yes {
		z -= 200
	}
	if t.subject == edu.ELA {
		switch st.Sex {
		case edu.Female:
			z += 110
		case edu.Male:
			z -= 90
		}
	}
	return z
}

// sitting draws when, where and under which conditions the assessment was taken.
func (t *test) sitting(o *outcome, st *student, r *stream, n, of int) {
	window := t.windows[n%len(t.windows)]
	if of == 1 && len(t.windows) > 1 {
		window = t.windows[r.below(len(t.windows))]
	}
	first := st.school.window * (len(window) - 10) / 1000
	o.date = window[first+r.below(min(10, len(window)-first))]
	o.where = r.below(len(st.school.locations) + 1)
	o.whole = !r.chance(10)
	o.cond = edu.ConditionValid
	switch {
	case t.kind == edu.Summative && r.chance(6):
		o.cond = edu.ConditionInvalid
	case t.kind == edu.Summative:
	case st.school.standard != r.chance(120):
		o.cond = edu.ConditionStandardized
	default:
		o.cond = edu.ConditionNonStandardized
	}
}

// available are use-codes that mean that a support was made available; other are codes that do not.
var (
	available = [...]byte{6, 6, 7, 8, 15, 15, 16, 17, 24, 25, 26}
	other     = [...]byte{5, 9, 10, 12, 14, 18, 20, 23}
)

// supports are positions in edu.Accommodations that suit a subject.
var supports = map[edu.Subject][]int{
	edu.Math: {3, 4, 5, 6, 7, 8, 9, 10, 13, 14},
	edu.ELA:  {0, 1, 2, 3, 5, 8, 9, 11, 12, 13, 14},
}

// accommodate draws the use-codes: most students have none, those with a programme often several.
func (t *test) accommodate(o *outcome, st *student, r *stream) {
	base := byte(0)
	if r.chance(350) {
		base = 4
	}
	o.codes[0], o.plain = base, true
	rate := 4
	switch {
	case st.IEP == edu.Yes:
		rate = 620
	case st.Section504 == edu.Yes:
		rate = 520
	case st.LimitedEnglish == edu.Yes:
		rate = 280
	}
	if !r.chance(rate) {
		return
	}
	o.plain = false
	for i := range o.codes {
		o.codes[i] = base
	}
	from := t.supports
	for range 1 + r.below(4) {
		k := from[r.below(len(from))]
		o.codes[k] = available[r.below(len(available))]
		if r.chance(150) {
			o.codes[k] = other[r.below(len(other))]
		}
	}
}
