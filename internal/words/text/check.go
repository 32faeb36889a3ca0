package text

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// growth is how much longer than the English a text with a limit may be declared to become, in percent.
const growth = 60

// Check says everything that is wrong with the texts, a sentence each: keys missing or too many in a language, placeholders that differ,
// plural forms that the language does not have or lacks, texts that exceed their limit.
func Check(all All) []string {
	var wrong []string
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if len(all.Languages) == 0 || all.Languages[0].Code != Source {
		return []string{"there is no English"}
	}
	english := all.Languages[0]
	for _, d := range all.Definitions {
		if text := english.Messages[d.Key()][Other]; d.Limit > 0 && d.Limit*100 > utf8.RuneCountInString(text)*(100+growth)+99 {
			complain("en: %s: a limit of %d characters lets translations grow by more than %d percent", d.Key(), d.Limit, growth)
		}
	}
	for _, l := range all.Languages {
		forms, err := PluralForms(l.Manner.Region)
		if err != nil {
			complain("%s: region %q: %v", l.Code, l.Manner.Region, err)
		}
		for _, what := range l.Manner.problems() {
			complain("%s: language.yaml: %s", l.Code, what)
		}
		for _, d := range all.Definitions {
			for _, what := range problems(d, l.Messages[d.Key()], forms) {
				complain("%s: %s: %s", l.Code, d.Key(), what)
			}
		}
		for _, what := range differences(english.Messages, l.Messages) {
			complain("%s: message %s", l.Code, what)
		}
		for _, what := range differences(english.Content, l.Content) {
			complain("%s: content %s", l.Code, what)
		}
		for _, what := range differences(english.Help, l.Help) {
			complain("%s: help page %s", l.Code, what)
		}
		for _, file := range slices.Sorted(maps.Keys(english.Versions)) {
			if v := l.Versions[file]; v != english.Versions[file] || v < 1 {
				complain("%s: content/%s.yaml is version %d, the English one is version %d: it describes something else", l.Code, file, v, english.Versions[file])
			}
		}
	}
	return wrong
}

// problems says what is wrong with the forms of one message.
func problems(d Definition, texts Forms, plurals []string) []string {
	if texts == nil {
		return nil // missing, which differences tell
	}
	var wrong []string
	want := []string{Other}
	if d.Counted() {
		want = plurals
	}
	for _, form := range want {
		if texts[form] == "" {
			wrong = append(wrong, fmt.Sprintf("there is no text for the form %q", form))
		}
	}
	for _, form := range slices.Sorted(maps.Keys(texts)) {
		text := texts[form]
		if !slices.Contains(want, form) {
			wrong = append(wrong, fmt.Sprintf("the form %q is not one of %s", form, strings.Join(want, ", ")))
		}
		if err := Fits(text, d.With, form != Other); text != "" && err != nil {
			wrong = append(wrong, err.Error())
		}
		if n := utf8.RuneCountInString(text); d.Limit > 0 && n > d.Limit {
			wrong = append(wrong, fmt.Sprintf("%q has %d characters, there is room for %d", text, n, d.Limit))
		}
	}
	return wrong
}

// PluralForms are the plural forms that whole numbers take in a language, by CLDR, other last.
func PluralForms(region string) ([]string, error) {
	tag, err := language.Parse(region)
	if err != nil {
		return nil, err
	}
	found := map[plural.Form]bool{}
	for n := range 1001 {
		found[Form(tag, n)] = true
	}
	found[Form(tag, 1_000_000)] = true
	var forms []string
	for f, name := range FormNames {
		if found[plural.Form(f)] && name != Other {
			forms = append(forms, name)
		}
	}
	return append(forms, Other), nil
}

// FormNames are the names of the plural forms in message files, by plural.Form.
var FormNames = []string{plural.Other: Other, plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many"}

// Form is the plural form of a whole number.
func Form(tag language.Tag, n int) plural.Form {
	return plural.Cardinal.MatchPlural(tag, max(n, -n), 0, 0, 0, 0)
}

// problems says what is wrong with the manner of a language.
func (m Manner) problems() []string {
	var wrong []string
	if m.Name == "" || m.English == "" || m.And == "" {
		wrong = append(wrong, "name, english and and are needed")
	}
	if len(m.Months) != 12 || len(m.ShortMonths) != 12 {
		wrong = append(wrong, "there are twelve months")
	}
	for _, p := range []struct {
		text string
		with []string
	}{{m.Day, []string{"day", "month", "year"}}, {m.ShortDay, []string{"day", "month", "year"}}, {m.Range, []string{"low", "high"}}} {
		var with []Placeholder
		for _, name := range p.with {
			with = append(with, Placeholder{Name: name})
		}
		if err := Fits(p.text, with, false); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	if !strings.Contains(m.AcademicYear, "{from}") || !strings.Contains(m.AcademicYear, "{until") {
		wrong = append(wrong, "academic_year needs {from} and {until} or {until_short}")
	}
	return wrong
}

// differences names the keys that one map has and the other lacks.
func differences[T any](english, other map[string]T) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(english)) {
		if _, ok := other[key]; !ok {
			all = append(all, key+" is missing")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(other)) {
		if _, ok := english[key]; !ok {
			all = append(all, key+" is not in English")
		}
	}
	return all
}
