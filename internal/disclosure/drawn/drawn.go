// Package drawn draws random states for trying disclosure control: districts and schools of skewed sizes, some tiny, and students whose ethnicity, language and
// migrant status cluster by district. Nobody has a name. It is for tests, benches and campaigns.
package drawn

import (
	"math"
	"math/rand/v2"
	"slices"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
)

// Size says how large a state is.
type Size struct {
	Districts, Schools, Students int
}

// The sizes for which docs/performance.md keeps figures.
var (
	Small  = Size{8, 40, 7_000}
	Medium = Size{60, 600, 179_000}
	Large  = Size{300, 5_000, 1_780_000}
)

// attributes is one more than the last attribute.
const attributes = int(disclosure.Complete) + 1

// Student is one student's results in one year: a level in each subject, 0 without a result.
type Student struct {
	School int32 // index
	Values [attributes]int8
	Levels [2]int8
}

// State is a state in one year.
type State struct {
	Schools  []disclosure.Row
	Students []Student

	effects []float64 // by school, on ability
	mixes   []mix     // by school
	grades  [][]int8
}

// mix is who goes to a school.
type mix struct {
	ethnicity                             [8]float64 // cumulative
	english, iep, plan, poverty, migrants float64
	notStated                             float64
}

// Draw draws a state.
func Draw(r *rand.Rand, size Size) *State {
	s := &State{}
	var weights []float64
	total := 0.0
	for d, schools := range s.spread(r, size) {
		m := drawMix(r)
		effect := 0.4*r.NormFloat64() - m.poverty
		for i := range schools {
			s.Schools = append(s.Schools, disclosure.Row{District: int32(d + 1), School: int32(len(s.Schools) + 1)})
			w := math.Exp(0.6 * r.NormFloat64())
			if r.IntN(20) == 0 { // tiny
				w = 0.01 + 0.25*r.Float64()*r.Float64()
			}
			kind := [][]int8{{3, 4, 5}, {3, 4, 5}, {6, 7, 8}, {11}}[r.IntN(4)]
			if schools == 1 || i == 0 && schools < 3 {
				kind = []int8{3, 4, 5, 6, 7, 8, 11}
			}
			s.grades = append(s.grades, kind)
			s.mixes = append(s.mixes, m.near(r))
			s.effects = append(s.effects, effect+0.25*r.NormFloat64())
			weights = append(weights, w)
			total += w
		}
	}
	for i, w := range weights {
		for range max(int(math.Round(w/total*float64(size.Students))), 1) {
			s.Students = append(s.Students, s.student(r, int32(i)))
		}
	}
	return s
}

// spread returns how many schools each district has.
func (s *State) spread(r *rand.Rand, size Size) []int {
	schools := make([]int, size.Districts)
	weight := 0.0
	for d := range schools {
		weight += 1 / float64(d+3)
	}
	left := size.Schools - size.Districts
	for d := range schools {
		schools[d] = 1 + int(float64(size.Schools-size.Districts)/(float64(d+3)*weight))
		left -= schools[d] - 1
	}
	for ; left > 0; left-- {
		schools[r.IntN(len(schools))]++
	}
	return schools
}

func drawMix(r *rand.Rand) mix {
	m := mix{
		english: 0.01 + 0.24*r.Float64()*r.Float64(), iep: 0.10 + 0.06*r.Float64(), plan: 0.02 + 0.05*r.Float64(),
		poverty: 0.15 + 0.7*r.Float64(), migrants: 0.002, notStated: 0.02 * r.Float64(),
	}
	if r.IntN(5) == 0 {
		m.migrants = 0.01 + 0.07*r.Float64()
	}
	usual := [8]float64{0.01, 0.12, 0.07, 0.25, 0.015, 0.005, 0.48, 0.05}
	sum := 0.0
	for i, w := range usual {
		sum += w * math.Exp(0.9*r.NormFloat64())
		m.ethnicity[i] = sum
	}
	for i := range m.ethnicity {
		m.ethnicity[i] /= sum
	}
	return m
}

// near returns who goes to one school of a district.
func (m mix) near(r *rand.Rand) mix {
	about := func(p *float64) { *p = min(*p*math.Exp(0.4*r.NormFloat64()), 0.95) }
	for _, p := range []*float64{&m.english, &m.iep, &m.plan, &m.poverty, &m.migrants} {
		about(p)
	}
	return m
}

// student draws a student of a school.
func (s *State) student(r *rand.Rand, school int32) Student {
	x, m := Student{School: school}, &s.mixes[school]
	flag := func(share float64) int8 {
		switch u := r.Float64(); {
		case u < share:
			return int8(edu.Yes)
		case u < share+m.notStated:
			return int8(edu.NotStated)
		}
		return int8(edu.No)
	}
	x.Values[disclosure.Grade] = s.grades[school][r.IntN(len(s.grades[school]))]
	x.Values[disclosure.LimitedEnglish] = flag(m.english)
	x.Values[disclosure.IEP] = flag(m.iep)
	x.Values[disclosure.Section504] = flag(m.plan)
	x.Values[disclosure.EconomicDisadvantage] = flag(m.poverty)
	x.Values[disclosure.Migrant] = flag(m.migrants)
	x.Values[disclosure.Complete] = flag(0.97)
	x.Values[disclosure.Sex] = int8(1 + r.IntN(2))
	if r.IntN(150) == 0 {
		x.Values[disclosure.Sex] = 0
	}
	u := r.Float64()
	for e, share := range m.ethnicity {
		if u < share {
			x.Values[disclosure.Ethnicity] = int8(e)
			break
		}
	}
	ability := s.effects[school] + r.NormFloat64()
	for i := range x.Levels {
		if r.IntN(33) > 0 {
			x.Levels[i] = level(ability + 0.5*r.NormFloat64())
		}
	}
	return x
}

func level(ability float64) int8 {
	l := int8(1)
	for _, cut := range []float64{-1, -0.2, 0.7} {
		if ability > cut {
			l++
		}
	}
	return l
}

// Counts counts the questions of a policy in mathematics and ELA.
func (s *State) Counts(p disclosure.Policy, year edu.AcademicYear) *disclosure.Counts {
	return s.CountsOf(p, year, edu.Math, edu.ELA)
}

// CountsOf counts the questions of a policy in some of these two subjects. Schools and grades of which nobody is there do not occur.
func (s *State) CountsOf(p disclosure.Policy, year edu.AcademicYear, subjects ...edu.Subject) *disclosure.Counts {
	var grades []edu.Grade
	var schools []disclosure.Row
	seen, there := [16]bool{}, make([]bool, len(s.Schools))
	for _, x := range s.Students {
		if g := x.Values[disclosure.Grade]; !seen[g] {
			seen[g] = true
			grades = append(grades, edu.Grade(g))
		}
		if !there[x.School] {
			there[x.School] = true
			schools = append(schools, s.Schools[x.School])
		}
	}
	c := disclosure.NewCatalogue(p, grades)
	var levels []disclosure.SubjectLevels
	var at []int // by index of the counts: that of the student's levels
	for i, subject := range []edu.Subject{edu.Math, edu.ELA} {
		if slices.Contains(subjects, subject) {
			levels = append(levels, disclosure.SubjectLevels{Subject: subject, Levels: 4})
			at = append(at, i)
		}
	}
	n := disclosure.NewCounts(c, year, levels, schools)
	rows := make([]int, len(s.Schools))
	for i, r := range s.Schools {
		rows[i] = n.Row(r)
	}
	of := questionsByValue(c)
	for _, x := range s.Students {
		row := rows[x.School]
		for i, from := range at {
			l := x.Levels[from]
			if l == 0 {
				continue
			}
			n.Levels(i, row, disclosure.Everybody)[l-1]++
			for _, a := range p.Attributes {
				for _, q := range of.alone[a][x.Values[a]] {
					n.Levels(i, row, q)[l-1]++
				}
				if p.Hub != disclosure.NoAttribute && a != p.Hub {
					for _, q := range of.pairs[[4]int8{int8(p.Hub), x.Values[p.Hub], int8(a), x.Values[a]}] {
						n.Levels(i, row, q)[l-1]++
					}
				}
			}
		}
	}
	n.Sum()
	return n
}

// byValue are the questions that count a student with a value, or with two.
type byValue struct {
	alone [attributes][16][]disclosure.Question
	pairs map[[4]int8][]disclosure.Question
}

func questionsByValue(c *disclosure.Catalogue) byValue {
	of := byValue{pairs: map[[4]int8][]disclosure.Question{}}
	for i := range c.Len() {
		q := disclosure.Question(i)
		switch o := c.Options(q); len(o) {
		case 1:
			for _, v := range o[0].Values {
				of.alone[o[0].Attribute][v] = append(of.alone[o[0].Attribute][v], q)
			}
		case 2:
			for _, v := range o[0].Values {
				for _, w := range o[1].Values {
					k := [4]int8{int8(o[0].Attribute), int8(v), int8(o[1].Attribute), int8(w)}
					of.pairs[k] = append(of.pairs[k], q)
				}
			}
		}
	}
	return of
}

// Later says how the same year looks at the next release.
type Later struct {
	Late      float64 // share of more students in the schools that have late ones
	LateIn    float64 // share of schools that have late ones
	Corrected float64 // share of results that are on another level now
	Gone      float64 // share of students who are not counted any more
	Closed    float64 // share of schools that have no results any more
	Moved     float64 // share of schools that are in another district now
	Opened    int     // schools that had no results before
}

// Next returns the state at the next release.
func (s *State) Next(r *rand.Rand, l Later) *State {
	next := *s
	next.Students = nil
	in := make([]int, len(s.Schools))
	for _, x := range s.Students {
		in[x.School]++
		if r.Float64() < l.Gone {
			continue
		}
		for i := range x.Levels {
			if x.Levels[i] > 0 && r.Float64() < l.Corrected {
				x.Levels[i] = int8(1 + r.IntN(4))
			}
		}
		next.Students = append(next.Students, x)
	}
	for school, n := range in {
		if r.Float64() >= l.LateIn {
			continue
		}
		for range n {
			if r.Float64() < l.Late {
				next.Students = append(next.Students, next.student(r, int32(school)))
			}
		}
	}
	if l.Closed+l.Moved > 0 || l.Opened > 0 {
		next.reorganise(r, l)
	}
	return &next
}

// reorganise closes, moves and opens schools.
func (s *State) reorganise(r *rand.Rand, l Later) {
	s.Schools = slices.Clone(s.Schools)
	districts := int32(0)
	for _, x := range s.Schools {
		districts = max(districts, x.District)
	}
	closed := map[int32]bool{}
	for i := range s.Schools {
		closed[int32(i)] = r.Float64() < l.Closed
		if r.Float64() < l.Moved {
			s.Schools[i].District = 1 + r.Int32N(districts+1) // a new one among them
		}
	}
	s.Students = slices.DeleteFunc(s.Students, func(x Student) bool { return closed[x.School] })
	s.mixes, s.effects, s.grades = slices.Clone(s.mixes), slices.Clone(s.effects), slices.Clone(s.grades)
	for range l.Opened {
		like := r.IntN(len(s.Schools))
		s.Schools = append(s.Schools, disclosure.Row{District: s.Schools[like].District, School: int32(len(s.Schools) + 1)})
		s.mixes, s.effects, s.grades = append(s.mixes, s.mixes[like]), append(s.effects, s.effects[like]), append(s.grades, s.grades[like])
		for range 1 + r.IntN(80) {
			s.Students = append(s.Students, s.student(r, int32(len(s.Schools)-1)))
		}
	}
}

// Both returns the state with a result of everybody in both subjects.
func (s *State) Both() *State {
	other := *s
	other.Students = slices.Clone(s.Students)
	for i := range other.Students {
		l := &other.Students[i].Levels
		l[0], l[1] = max(l[0], 1), max(l[1], 1)
	}
	return &other
}

// Without returns the state without the results of a grade, as before they arrive.
func (s *State) Without(grade edu.Grade) *State {
	other := *s
	other.Students = slices.DeleteFunc(slices.Clone(s.Students), func(x Student) bool { return x.Values[disclosure.Grade] == int8(grade) })
	return &other
}
