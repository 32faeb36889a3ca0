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

// words are the texts of the form and its tags.
var words = struct {
	open, heading, hint, apply, clear, by, remove, notStated, tag string
	yes, no, none, male, female, complete, partial                string
	grade, lep, lepNote, ethnicity, ethnicityNote, iep, iepNote   string
	sex, section504, disadvantage, migrant, completeness          string
}{
	open: "Filter students", heading: "Which students should count?", hint: "Ticks in one group add students; ticks in several groups keep only those who match all of them.",
	apply: "Apply filters", clear: "Clear all filters", by: "Counting only", remove: "remove", notStated: "Not stated for %d%% of students", tag: "%s: %s",
	yes: "Yes", no: "No", none: "Not stated", male: "Male", female: "Female", complete: "Complete", partial: "Partial",
	grade: "Grade", lep: "Limited English proficient", lepNote: "Includes English learners where the state counts them so.",
	ethnicity: "Race and ethnicity", ethnicityNote: "Groups other than Hispanic/Latino are not Hispanic or Latino.",
	iep: "Individual education program", iepNote: "Without plans for gifted students.", sex: "Sex", section504: "Section 504 plan",
	disadvantage: "Economic disadvantage", migrant: "Migrant status", completeness: "Test completed",
}

// Fields returns the filters of a page. Without grades the filter by grade is left out; not knowing the percents
// not stated (nil) says nothing about them.
func Fields(grades []edu.Grade, ns *report.NotStated) []Field {
	percent := func(of func(report.NotStated) int) int {
		if ns == nil {
			return -1
		}
		return of(*ns)
	}
	yesNo := []Choice{{"Y", words.yes}, {"N", words.no}}
	yesNoNone := append(slices.Clone(yesNo), Choice{"NS", words.none})
	fields := []Field{
		{"ethnicity", words.ethnicity, words.ethnicityNote, ethnicities(), percent(func(n report.NotStated) int { return n.Ethnicity })},
		{"dmgPrgLep", words.lep, words.lepNote, yesNoNone, percent(func(n report.NotStated) int { return n.LimitedEnglish })},
		{"dmgPrgIep", words.iep, words.iepNote, yesNoNone, percent(func(n report.NotStated) int { return n.IEP })},
		{"dmgPrg504", words.section504, "", yesNoNone, percent(func(n report.NotStated) int { return n.Section504 })},
		{"dmgStsEcd", words.disadvantage, "", yesNo, percent(func(n report.NotStated) int { return n.EconomicDisadvantage })},
		{"dmgStsMig", words.migrant, "", yesNoNone, percent(func(n report.NotStated) int { return n.Migrant })},
		{"sex", words.sex, "", []Choice{{"female", words.female}, {"male", words.male}, {"not_stated", words.none}}, percent(func(n report.NotStated) int { return n.Sex })},
		{"complete", words.completeness, "", []Choice{{"Y", words.complete}, {"N", words.partial}}, -1},
	}
	if len(grades) == 0 {
		return fields
	}
	byGrade := Field{Parameter: "grade", Label: words.grade, NotStated: -1}
	for _, g := range grades {
		byGrade.Choices = append(byGrade.Choices, Choice{g.Code(), g.String()})
	}
	return append([]Field{byGrade}, fields...)
}

func ethnicities() []Choice {
	var choices []Choice
	for _, e := range edu.Ethnicities {
		choices = append(choices, Choice{fmt.Sprint(int(e)), e.Label()})
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
func Tags(a layout.Address, fields []Field) []Tag {
	var tags []Tag
	for _, f := range fields {
		chosen := a.Values(f.Parameter)
		for _, c := range f.Choices {
			if slices.Contains(chosen, c.Value) {
				text := c.Label
				if f.Parameter != "grade" && f.Parameter != "ethnicity" {
					text = fmt.Sprintf(words.tag, f.Label, c.Label)
				}
				tags = append(tags, Tag{text, a.Dropping(f.Parameter, c.Value)})
			}
		}
	}
	return tags
}
