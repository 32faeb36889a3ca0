package report

import (
	"slices"

	"scorehouse/internal/edu"
)

// Any reports whether a filter is set.
func (f Filters) Any() bool {
	return len(f.Grades)+len(f.LimitedEnglish)+len(f.IEP)+len(f.Section504)+len(f.EconomicDisadvantage)+
		len(f.Migrant)+len(f.Ethnicities)+len(f.Sexes)+len(f.Complete) > 0
}

// pass reports whether a result of a student passes the filters; demographics as they were when tested.
func (f Filters) pass(grade edu.Grade, d edu.Demographics, e edu.Ethnicity, complete edu.Flag) bool {
	return within(f.Grades, grade) &&
		within(f.LimitedEnglish, d.LimitedEnglish) &&
		within(f.IEP, d.IEP) &&
		within(f.Section504, d.Section504) &&
		within(f.EconomicDisadvantage, d.EconomicDisadvantage) &&
		within(f.Migrant, d.Migrant) &&
		within(f.Ethnicities, e) &&
		within(f.Sexes, d.Sex) &&
		within(f.Complete, complete)
}

func within[T comparable](values []T, v T) bool {
	return len(values) == 0 || slices.Contains(values, v)
}

// admits reports whether a result passes a choice of validities; none admits all.
func admits(chosen []Validity, c edu.Condition) bool {
	return len(chosen) == 0 || slices.ContainsFunc(chosen, func(v Validity) bool { return v.holds(c) })
}

// holds reports whether a validity is that of results given under a condition. What is neither standardized nor invalid was not given under
// standard conditions, as far as anybody knows.
func (v Validity) holds(c edu.Condition) bool {
	switch v {
	case Valid:
		return c != edu.ConditionInvalid
	case Invalid:
		return c == edu.ConditionInvalid
	case Standardized:
		return c == edu.ConditionStandardized
	}
	return c == edu.ConditionValid || c == edu.ConditionNonStandardized
}

// notStatedOf returns the percent of results without each attribute.
func notStatedOf(all []*outcome) NotStated {
	var n NotStatedCounts
	count := func(of *int, absent bool) {
		if absent {
			*of++
		}
	}
	for _, o := range all {
		d := o.student.Demographics
		n.Results++
		count(&n.LimitedEnglish, d.LimitedEnglish == edu.NotStated)
		count(&n.IEP, d.IEP == edu.NotStated)
		count(&n.Section504, d.Section504 == edu.NotStated)
		count(&n.EconomicDisadvantage, d.EconomicDisadvantage == edu.NotStated)
		count(&n.Migrant, d.Migrant == edu.NotStated)
		count(&n.Ethnicity, o.student.Ethnicity == edu.EthnicityNotStated)
		count(&n.Sex, d.Sex == edu.SexNotStated)
	}
	return n.percents()
}

// percents turns counts into percents of the results.
func (n NotStatedCounts) percents() NotStated {
	of := func(k int) int { return percentOf(k, n.Results) }
	return NotStated{LimitedEnglish: of(n.LimitedEnglish), IEP: of(n.IEP), Section504: of(n.Section504), EconomicDisadvantage: of(n.EconomicDisadvantage),
		Migrant: of(n.Migrant), Ethnicity: of(n.Ethnicity), Sex: of(n.Sex)}
}
