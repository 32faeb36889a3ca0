package disclosure

import (
	"encoding/json"
	"fmt"
	"slices"

	"scorehouse/internal/edu"
)

// Audience is who an aggregate is for.
type Audience int8

// The audiences. The zero Audience is the strict one.
const (
	Strict Audience = iota // everybody else, and the public: releases, the catalogue, bands
	Exact                  // a person who may see every student of the row: exact numbers of every publication
)

// Policy is what a tenant has decided about disclosure. It is data: its JSON form is stored with each Decision that was made by it. The zero Policy is not
// valid; start from DefaultPolicy.
type Policy struct {
	// MinN is the smallest number of students shown. Groups of 1 to MinN-1 students are small. Default 11.
	MinN int `json:"min_n"`

	// MinNOf are the smallest numbers of subjects that have another one.
	MinNOf map[edu.Subject]int `json:"min_n_of,omitempty"`

	// Tiers say how exact a percent is, by number of students; ascending, the first from 0.
	Tiers []Tier `json:"tiers"`

	// Attributes are those by which the strict audience may ask, one at a time. Default all but Complete.
	Attributes []Attribute `json:"attributes"`

	// Hub is the attribute that may be combined with each other one; NoAttribute (the default) for none. Pairs cost a part of the rows of each pair, and are
	// released only where the audit finds nothing.
	Hub Attribute `json:"hub,omitempty"`

	// SexNotStated is the option of Sex that also counts students whose sex is not stated: edu.Male (the default) makes the options "female" and "all
	// others". Otherwise those few would have to be held back, and others for their sake.
	SexNotStated edu.Sex `json:"sex_not_stated"`

	// StrictForAll makes everybody the strict audience of aggregates, whatever their grants.
	StrictForAll bool `json:"strict_for_all,omitempty"`
}

// Tier is how exact the percents of groups of From students and more are: up to Tail and from 100-Tail on they are coded as one band each, between
// these in bands of Width whole percents.
type Tier struct {
	From  int `json:"from"`
	Width int `json:"width"`
	Tail  int `json:"tail"`
}

// DefaultPolicy returns the policy of a tenant that has set nothing.
func DefaultPolicy() Policy {
	return Policy{
		MinN:         11,
		Tiers:        []Tier{{0, 10, 10}, {40, 1, 5}, {100, 1, 2}, {300, 1, 1}},
		Attributes:   []Attribute{Grade, LimitedEnglish, IEP, Section504, EconomicDisadvantage, Migrant, Ethnicity, Sex},
		SexNotStated: edu.Male,
	}
}

// Validate returns what an operator must mend, nil when the policy can be used.
func (p Policy) Validate() error {
	for s, n := range p.MinNOf {
		if n < 1 {
			return fmt.Errorf("min_n_of %s is %d: at least 1", s, n)
		}
	}
	if p.MinN < 1 {
		return fmt.Errorf("min_n is %d: at least 1", p.MinN)
	}
	if len(p.Tiers) == 0 || p.Tiers[0].From != 0 {
		return fmt.Errorf("tiers: the first must begin at 0 students")
	}
	for i, t := range p.Tiers {
		if t.Width < 1 || t.Tail < 1 || t.Tail > 30 || i > 0 && t.From <= p.Tiers[i-1].From {
			return fmt.Errorf("tier %d: width at least 1, tail 1 to 30, from ascending", i+1)
		}
	}
	for i, a := range p.Attributes {
		if a <= NoAttribute || a >= attributes || slices.Contains(p.Attributes[:i], a) {
			return fmt.Errorf("attributes: %v is unknown or listed twice", a)
		}
	}
	if p.Hub != NoAttribute && !slices.Contains(p.Attributes, p.Hub) {
		return fmt.Errorf("hub %v is not among the attributes", p.Hub)
	}
	if p.SexNotStated != edu.Male && p.SexNotStated != edu.Female {
		return fmt.Errorf("sex_not_stated: 1 (male) or 2 (female)")
	}
	return nil
}

// MinNFor returns the smallest number of students shown of a subject.
func (p Policy) MinNFor(s edu.Subject) int {
	if n, ok := p.MinNOf[s]; ok {
		return n
	}
	return p.MinN
}

// AudienceOf returns how strict to be with somebody whose grants cover every student of a row, or do not.
func (p Policy) AudienceOf(coversAll bool) Audience {
	if coversAll && !p.StrictForAll {
		return Exact
	}
	return Strict
}

// ParsePolicy reads the JSON form. Members that are left out have their defaults; unknown ones, and values that do not hold, are errors for operators.
func ParsePolicy(document []byte) (Policy, error) {
	p := DefaultPolicy()
	if err := decodeStrictly(document, &p); err != nil {
		return Policy{}, fmt.Errorf("disclosure policy: %w", err)
	}
	if err := p.Validate(); err != nil {
		return Policy{}, fmt.Errorf("disclosure policy: %w", err)
	}
	return p, nil
}

// String returns the JSON form.
func (p Policy) String() string {
	text, err := json.Marshal(p)
	if err != nil { // no member can fail
		return err.Error()
	}
	return string(text)
}

// Band is a share of a group in whole percent, rounded half up: Low to High, both inclusive. {0, 5} is shown as "5 % or less", {95, 100} as "95 % or more", {37, 37} as "37 %".
type Band struct {
	Low  int `json:"low"`
	High int `json:"high"`
}

// tier returns the tier of a group of n students.
func (p Policy) tier(n int) Tier {
	t := p.Tiers[0]
	for _, next := range p.Tiers[1:] {
		if next.From > n {
			break
		}
		t = next
	}
	return t
}

// Band returns the band in which k of n students are; in a small group the tails are as wide as one student. Of nobody it is the whole range.
func (p Policy) Band(k, n int) Band {
	if n <= 0 {
		return Band{0, 100}
	}
	t, percent := p.tier(n), percentOf(k, n)
	tail := max(t.Tail, min(percentOf(1, n), 49)) // nobody and one student are in the same band
	switch {
	case percent <= tail:
		return Band{0, tail}
	case percent >= 100-tail:
		return Band{100 - tail, 100}
	}
	low := percent - (percent-tail-1)%t.Width
	return Band{low, min(low+t.Width-1, 99-tail)}
}

// percentOf returns k of n in whole percent, rounded half up.
func percentOf(k, n int) int { return (200*k + n) / (2 * n) }

// Counts returns the fewest and the most of n students whose share lies in the band.
func (b Band) Counts(n int) (fewest, most int) {
	fewest = (max(2*b.Low-1, 0)*n + 199) / 200
	most = ((2*b.High+1)*n - 1) / 200
	return min(fewest, n), min(max(most, 0), n)
}
