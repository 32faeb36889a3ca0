// Package filter is the form that narrows the students counted, and the tags that say which filters are set.
//
// Names and values of its fields are those of report.Filters in page addresses (docs/formats/filters.md). It reads
// the present choice from the address itself.
package filter

import (
	"fmt"
	"slices"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// Field is one filter: a group of check boxes.
type Field struct {
	Parameter string
	Label     string
	Note      string // under the label; may be empty
	Choices   []Choice
	NotStated int // percent of the population without a value; 0 or less says nothing
}

// Choice is one check box.
type Choice struct{ Value, Label string }

// Fields returns the filters of a page. Without grades the filter by grade is left out; not knowing the percents
// not stated (nil) says nothing about them.
func Fields(w *words.Words, grades []edu.Grade, ns *report.NotStated) []Field {
	percent := func(of func(report.NotStated) int) int {
		if ns == nil {
			return -1
		}
		return of(*ns)
	}
	yesNo := []Choice{{"Y", w.Flag(edu.Yes)}, {"N", w.Flag(edu.No)}}
	yesNoNone := append(slices.Clone(yesNo), Choice{"NS", w.Flag(edu.NotStated)})
	complete := []Choice{{"Y", w.Completeness(edu.Yes)}, {"N", w.Completeness(edu.No)}}
	fields := []Field{
		{"ethnicity", w.Filter.Ethnicity(), w.Filter.EthnicityNote(), ethnicities(w), percent(func(n report.NotStated) int { return n.Ethnicity })},
		{"dmgPrgLep", w.Filter.LimitedEnglish(), w.Filter.LimitedEnglishNote(), yesNoNone, percent(func(n report.NotStated) int { return n.LimitedEnglish })},
		{"dmgPrgIep", w.Filter.Iep(), w.Filter.IepNote(), yesNoNone, percent(func(n report.NotStated) int { return n.IEP })},
		{"dmgPrg504", w.Filter.Section504(), "", yesNoNone, percent(func(n report.NotStated) int { return n.Section504 })},
		{"dmgStsEcd", w.Filter.EconomicDisadvantage(), "", yesNo, percent(func(n report.NotStated) int { return n.EconomicDisadvantage })},
		{"dmgStsMig", w.Filter.Migrant(), "", yesNoNone, percent(func(n report.NotStated) int { return n.Migrant })},
		{"sex", w.Filter.Sex(), "", sexes(w), percent(func(n report.NotStated) int { return n.Sex })},
		{"complete", w.Filter.Completed(), "", complete, -1},
	}
	if len(grades) == 0 {
		return fields
	}
	byGrade := Field{Parameter: "grade", Label: w.Filter.Grade(), NotStated: -1}
	for _, g := range grades {
		byGrade.Choices = append(byGrade.Choices, Choice{g.Code(), w.Grade(g)})
	}
	return append([]Field{byGrade}, fields...)
}

// Validity is the filter by how far a result can be trusted: lists of students have it. Without a type it has every choice.
func Validity(w *words.Words, t edu.AssessmentType) Field {
	f := Field{Parameter: "validity", Label: w.Filter.Validity(), NotStated: -1}
	if t != edu.InterimComprehensive && t != edu.InterimBlock {
		f.Choices = append(f.Choices, Choice{string(report.Valid), w.Filter.Valid()}, Choice{string(report.Invalid), w.Students.Invalid()})
	}
	if t != edu.Summative {
		f.Choices = append(f.Choices, Choice{string(report.Standardized), w.Students.Standardized()}, Choice{string(report.NonStandardized), w.Students.NonStandardized()})
	}
	return f
}

// All returns every filter of any page.
func All(w *words.Words) []Field { return append(Fields(w, edu.TestedGrades, nil), Validity(w, 0)) }

func ethnicities(w *words.Words) []Choice {
	var choices []Choice
	for _, e := range edu.Ethnicities {
		choices = append(choices, Choice{fmt.Sprint(int(e)), w.Ethnicity(e)})
	}
	return choices
}

func sexes(w *words.Words) []Choice {
	var choices []Choice
	for _, x := range []edu.Sex{edu.Female, edu.Male, edu.SexNotStated} {
		choices = append(choices, Choice{x.Code(), w.Sex(x)})
	}
	return choices
}

// Parameters returns the names of the fields' parameters.
func Parameters(fields []Field) []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Parameter)
	}
	return names
}

// Tag is one filter value that is set, with the address that drops it.
type Tag struct {
	Text    string
	Dropped layout.Address
}

// Tags returns the values that are set, in the order of the form.
func Tags(w *words.Words, a layout.Address, fields []Field) []Tag {
	var tags []Tag
	for _, f := range fields {
		chosen := a.Values(f.Parameter)
		for _, c := range f.Choices {
			if slices.Contains(chosen, c.Value) {
				text := c.Label
				if f.Parameter != "grade" && f.Parameter != "ethnicity" {
					text = w.Filter.Tag(f.Label, c.Label)
				}
				tags = append(tags, Tag{text, a.Dropping(f.Parameter, c.Value)})
			}
		}
	}
	return tags
}
