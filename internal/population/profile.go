package population

import (
	"errors"

	"scorehouse/internal/report"
)

// attribute is something known of every counted result.
type attribute int

const (
	grade attribute = iota
	level
	limitedEnglish
	iep
	section504
	economicDisadvantage
	migrant
	complete
	sex
	ethnicity
	attributes // how many there are
)

// fields says where the attributes stand in a profile, and so which values each can have.
var fields = [attributes]struct{ shift, bits int }{
	grade:                {0, 4},
	level:                {4, 4},
	limitedEnglish:       {8, 2},
	iep:                  {10, 2},
	section504:           {12, 2},
	economicDisadvantage: {14, 2},
	migrant:              {16, 2},
	complete:             {18, 2},
	sex:                  {20, 2},
	ethnicity:            {22, 3},
}

// Every value of every attribute has a number of its own: firstValue of the attribute plus the value.
const values = 16 + 16 + 7*4 + 8

var firstValue = func() (first [attributes]int) {
	n := 0
	for a := range attributes {
		first[a] = n
		n += 1 << fields[a].bits
	}
	if n != values {
		panic("population: the number of values is wrong")
	}
	return first
}()

// profile is a counted result without its place: its attributes, packed.
type profile uint32

func (p profile) value(a attribute) int { return int(p>>fields[a].shift) & (1<<fields[a].bits - 1) }

// errNoRoom says that a result has a value that profiles have no room for. No value that package feed accepts does.
var errNoRoom = errors.New("a result has a value that the index has no room for")

// condition is a filter: the attribute must have one of the values, a bit each.
type condition struct {
	attribute attribute
	values    uint16
}

// conditionsOf returns the filters that are set. A value that no result can have matches nothing.
func conditionsOf(f report.Filters) []condition {
	var all []condition
	all = with(all, grade, f.Grades)
	all = with(all, limitedEnglish, f.LimitedEnglish)
	all = with(all, iep, f.IEP)
	all = with(all, section504, f.Section504)
	all = with(all, economicDisadvantage, f.EconomicDisadvantage)
	all = with(all, migrant, f.Migrant)
	all = with(all, complete, f.Complete)
	all = with(all, sex, f.Sexes)
	all = with(all, ethnicity, f.Ethnicities)
	return all
}

func with[T ~int8 | ~int16](all []condition, a attribute, chosen []T) []condition {
	if len(chosen) == 0 {
		return all
	}
	c := condition{attribute: a}
	for _, v := range chosen {
		if v >= 0 && int(v) < 1<<fields[a].bits {
			c.values |= 1 << v
		}
	}
	return append(all, c)
}
