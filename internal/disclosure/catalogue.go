package disclosure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"scorehouse/internal/edu"
)

// Attribute is something by which results are filtered and divided. The zero Attribute is none.
type Attribute int8

// The attributes.
const (
	NoAttribute Attribute = iota
	Grade                 // of the assessment; the rows of a school's page
	LimitedEnglish
	IEP
	Section504
	EconomicDisadvantage
	Migrant
	Ethnicity
	Sex
	Complete
	attributes // one more than the last
)

// attributeNames are the parameters of docs/formats/filters.md.
var attributeNames = [attributes]string{"", "grade", "dmgPrgLep", "dmgPrgIep", "dmgPrg504", "dmgStsEcd", "dmgStsMig", "ethnicity", "sex", "complete"}

// String returns the name of the filter's parameter (docs/formats/filters.md).
func (a Attribute) String() string {
	if a < 0 || a >= attributes {
		return fmt.Sprintf("Attribute(%d)", int8(a))
	}
	return attributeNames[a]
}

// MarshalText returns the name.
func (a Attribute) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads a name.
func (a *Attribute) UnmarshalText(text []byte) error {
	i := slices.Index(attributeNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("there is no attribute %q", text)
	}
	*a = Attribute(i)
	return nil
}

// Option is a group that an attribute divides everybody into: those with one of the Values (the numbers of package edu). The options of an attribute are all
// of its values, each once.
type Option struct {
	Attribute Attribute
	Values    []int16
	Rest      bool // "all others": no and not stated together
}

// Question is what the strict audience may ask of a row: a number of its Catalogue. Everybody is 0.
type Question int32

// Everybody is the question without any filter.
const Everybody Question = 0

// Catalogue is the questions of a release, in a fixed order: everybody, the options of each attribute, then the pairs. It does not change.
type Catalogue struct {
	policy Policy
	grades []edu.Grade

	options   []Option   // of all attributes, one attribute after another
	first     []int      // by attribute: where its options begin
	last      []int      // by attribute: where they end
	questions [][]int    // the options of each question: none, one, or the hub's and another
	pairs     []Question // by hub option, then option: the question; 0 where there is none
	sums      []Sum
}

// Sum says that a question's students are those of the parts together, in every row.
type Sum struct {
	Total   Question
	Parts   []Question
	Divided Attribute // whose options the parts are
	Given   int       // the option of the other attribute that total and parts have in common; -1 for none
}

// NewCatalogue lists the questions that a policy allows about a state in which these grades occur. The policy must be valid.
func NewCatalogue(p Policy, grades []edu.Grade) *Catalogue {
	c := &Catalogue{policy: p, grades: slices.Compact(slices.Sorted(slices.Values(grades))), first: make([]int, attributes), last: make([]int, attributes)}
	for _, a := range p.Attributes {
		c.first[a] = len(c.options)
		c.options = append(c.options, c.optionsOf(a)...)
		c.last[a] = len(c.options)
	}
	c.questions = [][]int{nil}
	for o := range c.options {
		c.questions = append(c.questions, []int{o})
	}
	for _, a := range p.Attributes {
		c.addSum(Everybody, a, -1, func(o int) Question { return c.alone(o) })
	}
	c.addPairs()
	return c
}

// optionsOf returns the options of an attribute.
func (c *Catalogue) optionsOf(a Attribute) []Option {
	var all []Option
	switch a {
	case Grade:
		for _, g := range c.grades {
			all = append(all, Option{Attribute: a, Values: []int16{int16(g)}})
		}
	case Ethnicity:
		for _, e := range edu.Ethnicities {
			all = append(all, Option{Attribute: a, Values: []int16{int16(e)}})
		}
	case Sex:
		for _, s := range []edu.Sex{edu.Female, edu.Male} {
			if s == c.policy.SexNotStated {
				all = append(all, Option{Attribute: a, Values: []int16{int16(s), int16(edu.SexNotStated)}, Rest: true})
			} else {
				all = append(all, Option{Attribute: a, Values: []int16{int16(s)}})
			}
		}
	default:
		all = []Option{{Attribute: a, Values: []int16{int16(edu.Yes)}}, {Attribute: a, Values: []int16{int16(edu.No), int16(edu.NotStated)}, Rest: true}}
	}
	return all
}

func (c *Catalogue) addSum(total Question, a Attribute, given int, part func(option int) Question) {
	s := Sum{Total: total, Divided: a, Given: given}
	for o := c.first[a]; o < c.last[a]; o++ {
		s.Parts = append(s.Parts, part(o))
	}
	if len(s.Parts) > 0 {
		c.sums = append(c.sums, s)
	}
}

// addPairs adds the questions with an option of the hub and one of another attribute.
func (c *Catalogue) addPairs() {
	hub := c.policy.Hub
	if hub == NoAttribute {
		return
	}
	n := len(c.options)
	c.pairs = make([]Question, (c.last[hub]-c.first[hub])*n)
	for h := c.first[hub]; h < c.last[hub]; h++ {
		for o, x := range c.options {
			if x.Attribute != hub {
				c.pairs[(h-c.first[hub])*n+o] = Question(len(c.questions))
				c.questions = append(c.questions, []int{h, o})
			}
		}
	}
	for _, a := range c.policy.Attributes {
		if a == hub {
			continue
		}
		for h := c.first[hub]; h < c.last[hub]; h++ {
			c.addSum(c.alone(h), a, h, func(o int) Question { return c.pair(h, o) })
		}
		for o := c.first[a]; o < c.last[a]; o++ {
			c.addSum(c.alone(o), hub, o, func(h int) Question { return c.pair(h, o) })
		}
	}
}

// alone returns the question with one option.
func (c *Catalogue) alone(option int) Question { return Question(option + 1) }

// pair returns the question with an option of the hub and another, 0 where there is none.
func (c *Catalogue) pair(h, o int) Question {
	if c.pairs == nil {
		return 0
	}
	return c.pairs[(h-c.first[c.policy.Hub])*len(c.options)+o]
}

// Len returns how many questions there are.
func (c *Catalogue) Len() int { return len(c.questions) }

// Policy returns the policy by which the catalogue was made.
func (c *Catalogue) Policy() Policy { return c.policy }

// Grades returns the grades that have an option, ascending.
func (c *Catalogue) Grades() []edu.Grade { return c.grades }

// Options returns the options of a question: none, one, or the hub's and another.
func (c *Catalogue) Options(q Question) []Option {
	all := make([]Option, len(c.questions[q]))
	for i, o := range c.questions[q] {
		all[i] = c.options[o]
	}
	return all
}

// OptionsOf returns what an attribute is divided into, in the order of filters; none when it is not in the catalogue.
func (c *Catalogue) OptionsOf(a Attribute) []Option { return c.options[c.first[a]:c.last[a]] }

// Sums returns what adds up to what, in every row.
func (c *Catalogue) Sums() []Sum { return c.sums }

// Key names a question the same way in every catalogue.
func (c *Catalogue) Key(q Question) string {
	key := ""
	for _, o := range c.Options(q) {
		key += fmt.Sprintf("%v%v", o.Attribute, o.Values)
	}
	return key
}

// Chosen is a filter: the attribute must have one of the values (the numbers of package edu).
type Chosen struct {
	Attribute Attribute
	Values    []int16
}

// Refusal is why a question is outside the catalogue. The empty Refusal is none.
type Refusal string

// The refusals. They depend on the question, the policy and what was released, never on the row.
const (
	NotInCatalogue Refusal = "attribute"    // the strict audience may not ask by this attribute
	TooDeep        Refusal = "combination"  // several attributes that are no pair of the catalogue
	Folded         Refusal = "folded"       // values that are only counted together were asked for apart: no without not stated
	NotReleased    Refusal = "not_released" // the audit found no way to show this part of the release, or the subject
	NoSuchYear     Refusal = "no_release"   // nothing of the year is released; said by those who keep releases
)

// Asked is a question as a reader asks it: one of the catalogue, or several options of an attribute together.
type Asked struct {
	refusal Refusal
	nobody  bool       // a filter lists only values that nobody has
	total   Question   // of which the parts are some
	parts   []Question // chosen, ascending; nil when total itself is asked for
	all     []Question // options of the sum that the parts belong to
}

// Refusal returns why the question is outside the catalogue, empty when it is not.
func (a Asked) Refusal() Refusal { return a.refusal }

// Questions returns the questions of the catalogue that answer together.
func (a Asked) Questions() []Question {
	if a.parts == nil {
		return []Question{a.total}
	}
	return a.parts
}

// Ask finds the question of some filters. A filter that lists every value of its attribute is none.
func (c *Catalogue) Ask(filters []Chosen) Asked {
	var chosen [][]int // options
	for _, f := range filters {
		options, filters, refusal := c.choose(f)
		if refusal != "" {
			return Asked{refusal: refusal}
		}
		if filters {
			chosen = append(chosen, options)
		}
	}
	if slices.ContainsFunc(chosen, func(options []int) bool { return len(options) == 0 }) {
		return Asked{nobody: true}
	}
	switch len(chosen) {
	case 0:
		return Asked{}
	case 1:
		return c.askOne(chosen[0])
	case 2:
		return c.askPair(chosen[0], chosen[1])
	}
	return Asked{refusal: TooDeep}
}

// choose returns the options of a filter, and whether it filters at all: one that keeps everybody does not.
func (c *Catalogue) choose(f Chosen) (options []int, filters bool, _ Refusal) {
	if len(f.Values) == 0 {
		return nil, false, ""
	}
	if f.Attribute <= NoAttribute || f.Attribute >= attributes || !slices.Contains(c.policy.Attributes, f.Attribute) {
		return nil, false, NotInCatalogue
	}
	for o := c.first[f.Attribute]; o < c.last[f.Attribute]; o++ {
		n := 0
		for _, v := range c.options[o].Values {
			if slices.Contains(f.Values, v) {
				n++
			}
		}
		switch n {
		case 0:
		case len(c.options[o].Values):
			options = append(options, o)
		default:
			return nil, false, Folded
		}
	}
	return options, len(options) < c.last[f.Attribute]-c.first[f.Attribute], ""
}

func (c *Catalogue) askOne(options []int) Asked {
	if len(options) == 1 {
		return Asked{total: c.alone(options[0])}
	}
	a := c.options[options[0]].Attribute
	return c.together(Everybody, options, c.first[a], c.last[a], c.alone)
}

// askPair asks by two attributes: one option of either, and one or more of the other.
func (c *Catalogue) askPair(a, b []int) Asked {
	hub := c.policy.Hub
	if hub == NoAttribute || c.options[a[0]].Attribute == c.options[b[0]].Attribute || c.options[a[0]].Attribute != hub && c.options[b[0]].Attribute != hub {
		return Asked{refusal: TooDeep}
	}
	if c.options[b[0]].Attribute == hub {
		a, b = b, a
	}
	other := c.options[b[0]].Attribute
	switch {
	case len(a) == 1 && len(b) == 1:
		return Asked{total: c.pair(a[0], b[0])}
	case len(a) == 1:
		return c.together(c.alone(a[0]), b, c.first[other], c.last[other], func(o int) Question { return c.pair(a[0], o) })
	case len(b) == 1:
		return c.together(c.alone(b[0]), a, c.first[hub], c.last[hub], func(h int) Question { return c.pair(h, b[0]) })
	}
	return Asked{refusal: TooDeep}
}

func (c *Catalogue) together(total Question, options []int, first, last int, part func(int) Question) Asked {
	a := Asked{total: total}
	for o := first; o < last; o++ {
		a.all = append(a.all, part(o))
		if slices.Contains(options, o) {
			a.parts = append(a.parts, part(o))
		}
	}
	return a
}

// Widen adds to filters what is counted together with the values chosen, so that none is Folded: no becomes no and not stated. Others stay as they are.
func (c *Catalogue) Widen(filters []Chosen) []Chosen {
	wider := slices.Clone(filters)
	for i, f := range wider {
		if f.Attribute <= NoAttribute || f.Attribute >= attributes {
			continue
		}
		for _, o := range c.OptionsOf(f.Attribute) {
			if slices.ContainsFunc(o.Values, func(v int16) bool { return slices.Contains(f.Values, v) }) {
				for _, v := range o.Values {
					if !slices.Contains(wider[i].Values, v) {
						wider[i].Values = append(slices.Clone(wider[i].Values), v)
					}
				}
			}
		}
	}
	return wider
}

// decodeStrictly reads JSON that must have no unknown members and nothing behind it.
func decodeStrictly(document []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(document))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return fmt.Errorf("something follows the document")
	}
	return nil
}
