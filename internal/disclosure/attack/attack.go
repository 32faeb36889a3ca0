// Package attack tries to work out hidden numbers from everything that is published, as somebody would who knows all the rules and has nothing else to do. It is a test of
// package decide and shares no reasoning with it: it sees answers, the catalogue (its questions, their keys and what adds up to what) and which counts a band holds, as any
// reader of the rules does; never counts or decisions.
//
// What is published becomes a system of linear constraints over whole numbers (this file): of every cell its students, those on each level, and those at or
// above the standard. Narrow follows the constraints one at a time until nothing moves (narrow.go); Eliminate solves the equations among them exactly, all together (eliminate.go);
// Search decides of one number whether it could be another one at all, which is exact and slow (search.go). Score compares what was found with the truth (score.go).
package attack

import (
	"slices"

	"scorehouse/internal/disclosure"
)

// Source answers questions about a subject as pages do. disclosure.Release is one.
type Source interface {
	Rows() []disclosure.Row
	Answer(subject, row int, a disclosure.Asked) disclosure.Answer
}

// Published is a release as readers see it.
type Published struct {
	Source    Source
	Catalogue *disclosure.Catalogue
	Subject   int // index in the source
	Levels    int // performance levels
	Standard  int // the lowest level at or above the standard

	keys []string // by question
}

// Outside is what the attacker knows from elsewhere.
type Outside struct {
	Grades       func(r disclosure.Row, grade int16) bool // whether anybody is in a grade of an institution; nil when that is not known
	OnlyAdd      bool                                     // between releases late results were added and nothing else
	SameStudents bool                                     // what is compared are not releases but subjects, and everybody has a result in each
	NobodyLeft   bool                                     // between releases nobody left, though levels may have been corrected
	Options      bool                                     // several options are asked for together, too
}

// Cell is where a number is: in which of the releases, row and question.
type Cell struct {
	Release, Row, Question int
}

// Knowledge is what follows from everything published so far.
type Knowledge struct {
	releases []Published
	rows     []disclosure.Row
	keys     []string // of the questions of all releases
	rowAt    map[disclosure.Row]int
	keyAt    map[string]int
	planes   int // students, each level, at or above the standard
	pairs    []pair
	below    [][]int // by row: the rows that it is made of

	lo, hi      []int64 // of each number
	constraints []constraint
	of          [][]int32 // by number: its constraints
	queued      []bool    // by constraint: it is to be followed
	contradict  bool
}

// pair is two releases of which it is asked how they differ.
type pair struct{ from, to int }

// constraint says that the numbers, those after the first `plus` subtracted, add up to lo at least and hi at most.
type constraint struct {
	numbers []int32
	plus    int
	lo, hi  int64
}

// many is more than there are students.
const many = 1 << 40

// Collect asks everything there is to ask.
func Collect(releases []Published, know Outside) *Knowledge {
	k := &Knowledge{releases: slices.Clone(releases), planes: releases[0].Levels + 2, rowAt: map[disclosure.Row]int{}, keyAt: map[string]int{}}
	for i := range k.releases {
		r := &k.releases[i]
		r.keys = make([]string, r.Catalogue.Len())
		for _, row := range r.Source.Rows() {
			if _, ok := k.rowAt[row]; !ok {
				k.rowAt[row] = len(k.rows)
				k.rows = append(k.rows, row)
			}
		}
		for q := range r.keys {
			r.keys[q] = r.Catalogue.Key(disclosure.Question(q))
			if _, ok := k.keyAt[r.keys[q]]; !ok {
				k.keyAt[r.keys[q]] = len(k.keys)
				k.keys = append(k.keys, r.keys[q])
			}
		}
	}
	for to := range releases {
		for from := range to {
			k.pairs = append(k.pairs, pair{from, to})
		}
	}
	k.hierarchy()
	numbers := (len(releases) + len(k.pairs)) * len(k.rows) * len(k.keys) * k.planes
	k.lo, k.hi = make([]int64, numbers), make([]int64, numbers)
	for i := range releases {
		k.ask(i, know)
		k.sums(i)
		if know.Options {
			k.askTogether(i)
		}
	}
	for i := range k.pairs {
		k.compare(i, know)
	}
	k.index()
	return k
}

// hierarchy notes which rows add up to which.
func (k *Knowledge) hierarchy() {
	k.below = make([][]int, len(k.rows))
	for i, x := range k.rows {
		for j, y := range k.rows {
			if x.Kind() == disclosure.StateRow && y.Kind() == disclosure.DistrictRow ||
				x.Kind() == disclosure.DistrictRow && y.Kind() == disclosure.SchoolRow && y.District == x.District {
				k.below[i] = append(k.below[i], j)
			}
		}
	}
}

// number returns the number of a plane of a cell.
func (k *Knowledge) number(c Cell, plane int) int32 {
	return int32(((c.Release*len(k.rows)+c.Row)*len(k.keys)+c.Question)*k.planes + plane)
}

// Find returns where a row and question of a release are.
func (k *Knowledge) Find(release int, r disclosure.Row, key string) Cell {
	return Cell{release, k.rowAt[r], k.keyAt[key]}
}

// Differences returns how many pairs of releases there are.
func (k *Knowledge) Differences() int { return len(k.pairs) }

// Difference returns how a cell differs between the releases of a pair.
func (k *Knowledge) Difference(pair, row, question int) Cell {
	return Cell{len(k.releases) + pair, row, question}
}

// Bounds returns between which numbers a plane of a cell lies: 0 is the students, 1 and on the levels, the last at or above the standard.
func (k *Knowledge) Bounds(c Cell, plane int) (lo, hi int64) {
	n := k.number(c, plane)
	return k.lo[n], k.hi[n]
}

// Contradicts reports whether what is published cannot be true, or the attack draws wrong conclusions.
func (k *Knowledge) Contradicts() bool { return k.contradict }

// add adds a constraint.
func (k *Knowledge) add(lo, hi int64, plus, minus []int32) {
	k.constraints = append(k.constraints, constraint{append(slices.Clone(plus), minus...), len(plus), lo, hi})
}

// ask reads every answer of a release.
func (k *Knowledge) ask(i int, know Outside) {
	r := k.releases[i]
	asks := make([]*disclosure.Asked, len(k.keys))
	for q, key := range r.keys {
		asked := r.Catalogue.Ask(chosen(r.Catalogue.Options(disclosure.Question(q))))
		asks[k.keyAt[key]] = &asked
	}
	places := r.Source.Rows()
	for row, x := range k.rows {
		at := slices.Index(places, x)
		hiddenRow := at >= 0 && r.Source.Answer(r.Subject, at, disclosure.Asked{}).Visibility == disclosure.Hidden
		for q := range k.keys {
			asked := asks[q]
			if at < 0 || asked == nil && r.asksGrade(k.keys[q]) { // the institution, or the grade, is on no page
				continue
			}
			c := Cell{i, row, q}
			if asked == nil {
				k.unknown(c, 0)
				continue
			}
			k.read(c, r.Source.Answer(r.Subject, at, *asked), hiddenRow && q > 0)
			if know.Grades != nil && k.structural(r, *asked, x, know) {
				k.none(c)
			}
		}
	}
}

// asksGrade reports whether a key that a catalogue lacks is about a grade that nobody is in.
func (r Published) asksGrade(key string) bool {
	return len(r.Catalogue.OptionsOf(disclosure.Grade)) > 0 && len(key) > 5 && key[:5] == disclosure.Grade.String()
}

func chosen(options []disclosure.Option) []disclosure.Chosen {
	var all []disclosure.Chosen
	for _, o := range options {
		all = append(all, disclosure.Chosen{Attribute: o.Attribute, Values: o.Values})
	}
	return all
}

// structural reports whether a question is about a grade that an institution does not have.
func (k *Knowledge) structural(r Published, asked disclosure.Asked, x disclosure.Row, know Outside) bool {
	for _, o := range r.Catalogue.Options(asked.Questions()[0]) {
		if o.Attribute == disclosure.Grade && !know.Grades(x, o.Values[0]) {
			return true
		}
	}
	return false
}

func (k *Knowledge) unknown(c Cell, least int64) {
	for p := range k.planes {
		k.lo[k.number(c, p)], k.hi[k.number(c, p)] = 0, many
	}
	k.lo[k.number(c, 0)] = least
}

func (k *Knowledge) none(c Cell) {
	for p := range k.planes {
		k.lo[k.number(c, p)], k.hi[k.number(c, p)] = 0, 0
	}
}

// read notes what an answer says. Something hidden has students, unless its whole row is hidden.
func (k *Knowledge) read(c Cell, a disclosure.Answer, hiddenRow bool) {
	switch a.Visibility {
	case disclosure.NoStudents:
		k.none(c)
	case disclosure.Hidden:
		least := int64(1)
		if hiddenRow {
			least = 0
		}
		k.unknown(c, least)
	case disclosure.Outside:
		k.unknown(c, 0)
	case disclosure.Shown:
		n := k.number(c, 0)
		k.lo[n], k.hi[n] = int64(a.Students), int64(a.Students)
		for p, band := range append(slices.Clone(a.Levels), a.AtOrAbove) {
			fewest, most := band.Counts(a.Students)
			k.lo[n+1+int32(p)], k.hi[n+1+int32(p)] = int64(fewest), int64(most)
		}
	}
}

// sums adds what is known without any answer: what adds up to what.
func (k *Knowledge) sums(i int) {
	r := k.releases[i]
	for row := range k.rows {
		for q := range k.keys {
			c := Cell{i, row, q}
			k.addLevels(c)
			k.add(0, many, []int32{k.number(c, 0)}, []int32{k.number(c, k.planes-1)})
			k.addBelow(c)
		}
		for _, sum := range r.Catalogue.Sums() {
			k.addOptions(i, row, r, sum)
		}
	}
}

// addLevels adds that the levels of a cell add up to its students, and the upper ones to those at or above the standard.
func (k *Knowledge) addLevels(c Cell) {
	var levels, upper []int32
	for l := 1; l < k.planes-1; l++ {
		levels = append(levels, k.number(c, l))
		if l >= k.releases[0].Standard {
			upper = append(upper, k.number(c, l))
		}
	}
	k.add(0, 0, levels, []int32{k.number(c, 0)})
	k.add(0, 0, upper, []int32{k.number(c, k.planes-1)})
}

// addBelow adds that a row is the sum of those below it.
func (k *Knowledge) addBelow(c Cell) {
	if below := k.below[c.Row]; len(below) > 0 {
		var parts []Cell
		for _, row := range below {
			parts = append(parts, Cell{c.Release, row, c.Question})
		}
		k.addSum(c, parts)
	}
}

// addOptions adds that a question is the sum of the options that divide it, in a block of cells: a release, or how two differ.
func (k *Knowledge) addOptions(block, row int, r Published, sum disclosure.Sum) {
	var parts []Cell
	for _, q := range sum.Parts {
		parts = append(parts, Cell{block, row, k.keyAt[r.keys[q]]})
	}
	k.addSum(Cell{block, row, k.keyAt[r.keys[sum.Total]]}, parts)
}

// addSum adds that cells are the parts of another, in every plane.
func (k *Knowledge) addSum(total Cell, parts []Cell) {
	for p := range k.planes {
		var numbers []int32
		for _, c := range parts {
			numbers = append(numbers, k.number(c, p))
		}
		k.add(0, 0, numbers, []int32{k.number(total, p)})
	}
}

// askTogether asks for every set of options of each attribute, in every row.
func (k *Knowledge) askTogether(i int) {
	r := k.releases[i]
	byAttribute := map[disclosure.Attribute][]string{}
	for q, key := range r.keys {
		if o := r.Catalogue.Options(disclosure.Question(q)); len(o) == 1 {
			byAttribute[o[0].Attribute] = append(byAttribute[o[0].Attribute], key)
		}
	}
	for row, x := range r.Source.Rows() {
		for _, a := range r.Catalogue.Policy().Attributes {
			options := r.Catalogue.OptionsOf(a)
			for set := 1; set < 1<<len(options)-1; set++ {
				if set&(set-1) == 0 {
					continue // a single option
				}
				values, cells := []int16(nil), []Cell(nil)
				for o, option := range options {
					if set>>o&1 != 0 {
						values = append(values, option.Values...)
						cells = append(cells, k.Find(i, x, byAttribute[a][o]))
					}
				}
				answer := r.Source.Answer(r.Subject, row, r.Catalogue.Ask([]disclosure.Chosen{{Attribute: a, Values: values}}))
				k.readTogether(cells, answer)
			}
		}
	}
}

func (k *Knowledge) readTogether(cells []Cell, a disclosure.Answer) {
	if a.Visibility != disclosure.Shown && a.Visibility != disclosure.NoStudents {
		return
	}
	numbers := func(p int) []int32 {
		var all []int32
		for _, c := range cells {
			all = append(all, k.number(c, p))
		}
		return all
	}
	k.add(int64(a.Students), int64(a.Students), numbers(0), nil)
	if a.Visibility == disclosure.NoStudents {
		return
	}
	for p, band := range append(slices.Clone(a.Levels), a.AtOrAbove) {
		fewest, most := band.Counts(a.Students)
		k.add(int64(fewest), int64(most), numbers(p+1), nil)
	}
}

// compare adds how two releases differ, and what is known of that from elsewhere.
func (k *Knowledge) compare(i int, know Outside) {
	x := k.pairs[i]
	sums := slices.DeleteFunc(slices.Clone(k.releases[x.to].Catalogue.Sums()), func(s disclosure.Sum) bool { return !k.sameParts(x, s) })
	for row := range k.rows {
		for q := range k.keys {
			d := k.Difference(i, row, q)
			for p := range k.planes {
				n := k.number(d, p)
				if k.lo[n], k.hi[n] = -many, many; know.OnlyAdd || know.NobodyLeft && p == 0 {
					k.lo[n] = 0
				}
				if know.SameStudents && p == 0 {
					k.lo[n], k.hi[n] = 0, 0
				}
				k.add(0, 0, []int32{k.number(Cell{x.from, row, q}, p), n}, []int32{k.number(Cell{x.to, row, q}, p)})
			}
			k.addLevels(d)
			k.addBelow(d)
		}
		for _, sum := range sums {
			k.addOptions(len(k.releases)+i, row, k.releases[x.to], sum)
		}
	}
}

// sameParts reports whether a sum of the later release is one of the earlier, too: a grade that came or went would be missing in one of them.
func (k *Knowledge) sameParts(x pair, sum disclosure.Sum) bool {
	from, to := k.releases[x.from], k.releases[x.to]
	parts := func(r Published, s disclosure.Sum) (all []string) {
		for _, q := range s.Parts {
			all = append(all, r.keys[q])
		}
		return append(all, r.keys[s.Total])
	}
	want := parts(to, sum)
	return slices.ContainsFunc(from.Catalogue.Sums(), func(s disclosure.Sum) bool { return s.Divided == sum.Divided && slices.Equal(parts(from, s), want) })
}
