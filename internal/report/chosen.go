package report

import "scorehouse/internal/disclosure"

// Chosen returns the filters as package disclosure asks about them. Empty lists are left out.
func (f Filters) Chosen() []disclosure.Chosen {
	var all []disclosure.Chosen
	all = chosen(all, disclosure.Grade, f.Grades)
	all = chosen(all, disclosure.LimitedEnglish, f.LimitedEnglish)
	all = chosen(all, disclosure.IEP, f.IEP)
	all = chosen(all, disclosure.Section504, f.Section504)
	all = chosen(all, disclosure.EconomicDisadvantage, f.EconomicDisadvantage)
	all = chosen(all, disclosure.Migrant, f.Migrant)
	all = chosen(all, disclosure.Ethnicity, f.Ethnicities)
	all = chosen(all, disclosure.Sex, f.Sexes)
	return chosen(all, disclosure.Complete, f.Complete)
}

func chosen[T ~int8 | ~int16](all []disclosure.Chosen, a disclosure.Attribute, values []T) []disclosure.Chosen {
	if len(values) == 0 {
		return all
	}
	return append(all, disclosure.Chosen{Attribute: a, Values: numbers(values)})
}
