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
