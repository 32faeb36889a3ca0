package web

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/report"
	"scorehouse/internal/web/filter"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// filterParameters are the filters of page addresses. Names and values are those of the system before this one
// (docs/formats/filters.md).
var filterParameters = []string{"grade", "dmgPrgLep", "dmgPrgIep", "dmgPrg504", "dmgStsEcd", "dmgStsMig", "ethnicity", "sex", "complete"}

// parseFilters reads the filters of an address: values repeated or joined by commas. A value that is not one of the filter's
// is Invalid, rather than a wider answer than was asked for.
func parseFilters(a layout.Address) (report.Filters, error) {
	var f report.Filters
	p := parser{address: a}
	f.Grades = values(&p, "grade", edu.ParseGrade)
	f.LimitedEnglish = values(&p, "dmgPrgLep", parseFlag)
	f.IEP = values(&p, "dmgPrgIep", parseFlag)
	f.Section504 = values(&p, "dmgPrg504", parseFlag)
	f.EconomicDisadvantage = values(&p, "dmgStsEcd", parseFlag)
	f.Migrant = values(&p, "dmgStsMig", parseFlag)
	f.Ethnicities = values(&p, "ethnicity", parseEthnicity)
	f.Sexes = values(&p, "sex", parseSex)
	f.Complete = values(&p, "complete", parseFlag)
	return f, p.err
}

// parser reads parameters one after another and keeps the first error.
type parser struct {
	address layout.Address
	err     error
}

func (p *parser) fail(parameter string) {
	if p.err == nil {
		p.err = &sentence{fault.New(fault.Invalid, "The address has a value for %q that cannot be read.", parameter),
			func(w *words.Words) string { return w.Message.ValueUnreadable(named(w, parameter)) }}
	}
}

// named is what people call a parameter: the label of what sets it on the page. Those that no page sets keep their own name.
func named(w *words.Words, parameter string) string {
	fields := filter.All(w)
	if i := slices.IndexFunc(fields, func(f filter.Field) bool { return f.Parameter == parameter }); i >= 0 {
		return fields[i].Label
	}
	says := map[string]func() string{"year": w.Comparison.Year, "type": w.Students.Kind, "subject": w.Students.View, "view": w.Students.Show, "sort": w.Students.Sort, sizeParameter: w.Frame.PerPage, pageParameter: w.Frame.PagesOf}
	if say := says[parameter]; say != nil {
		return say()
	}
	return parameter
}

// values reads every value of a parameter; each counts once.
func values[T comparable](p *parser, parameter string, parse func(string) (T, bool)) []T {
	var all []T
	for _, s := range p.address.Values(parameter) {
		v, ok := parse(s)
		if !ok {
			p.fail(parameter)
			return nil
		}
		if !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// value reads one value, the zero value when the parameter is absent.
func value[T any](p *parser, parameter string, parse func(string) (T, bool)) T {
	var zero T
	s := p.address.Get(parameter)
	if s == "" {
		return zero
	}
	v, ok := parse(s)
	if !ok {
		p.fail(parameter)
		return zero
	}
	return v
}

// parseFlag reads the value of a filter: Y, N or NS.
func parseFlag(s string) (edu.Flag, bool) {
	switch s {
	case "Y":
		return edu.Yes, true
	case "N":
		return edu.No, true
	case "NS":
		return edu.NotStated, true
	}
	return 0, false
}

// parseEthnicity reads 0 to 7.
func parseEthnicity(s string) (edu.Ethnicity, bool) {
	if len(s) != 1 || s[0] < '0' || s[0] > '7' {
		return 0, false
	}
	return edu.Ethnicity(s[0] - '0'), true
}

// parseSex reads male, female or not_stated.
func parseSex(s string) (edu.Sex, bool) {
	for _, x := range []edu.Sex{edu.Male, edu.Female, edu.SexNotStated} {
		if s == x.Code() {
			return x, true
		}
	}
	return 0, false
}

// parseYear reads an academic year named by its spring, such as 2026.
func parseYear(s string) (edu.AcademicYear, bool) {
	n, err := strconv.Atoi(s)
	return edu.AcademicYear(n), err == nil && 1900 <= n && n <= 2200
}

// parseType reads a type of assessment in the short form of addresses or the long form of files.
func parseType(s string) (edu.AssessmentType, bool) {
	if t, ok := edu.ParseAssessmentTypeSlug(s); ok {
		return t, true
	}
	return edu.ParseAssessmentType(s)
}

// parseValidity reads VA, IN, SD or NS.
func parseValidity(s string) (report.Validity, bool) {
	v := report.Validity(s)
	return v, slices.Contains([]report.Validity{report.Valid, report.Invalid, report.Standardized, report.NonStandardized}, v)
}

// Which part of a long list a page shows.
const (
	pageParameter = "page" // from 1
	sizeParameter = "size" // rows on a page, or all
)

// paged reads which part of a list of some rows an address asks for. A page after the last is the last.
func paged(a layout.Address, rows int) (layout.Pages, error) {
	p := parser{address: a}
	size := value(&p, sizeParameter, layout.ParseSize)
	page := value(&p, pageParameter, func(s string) (int, bool) {
		n, err := strconv.Atoi(s)
		return n, err == nil && n > 0
	})
	return layout.NewPages(a, rows, size, page), p.err
}

var eightDigits = regexp.MustCompile(`^[0-9]{8}$`)

// parseView reads level and cut.
func parseView(s string) (report.StudentListView, bool) {
	v := report.StudentListView(s)
	return v, v == report.ByLevel || v == report.NearCut
}

// parseDay reads YYYYMMDD as it is.
func parseDay(s string) (string, bool) { return s, eightDigits.MatchString(s) }

// comparisonPath is the address of a comparison: of the state, of a district, of a school.
func comparisonPath(state edu.StateCode, district, school string) string {
	path := "/s/" + url.PathEscape(string(state))
	if district != "" {
		path += "/d/" + url.PathEscape(district)
	}
	if school != "" {
		path += "/sc/" + url.PathEscape(school)
	}
	return path
}

// listPath is the address of a list of students.
func listPath(state edu.StateCode, district, school string, grade edu.Grade) string {
	return comparisonPath(state, district, school) + "/g/" + grade.Code()
}

// reportAddress is the address of a student's report on one opportunity. Taken is YYYYMMDD, empty where a year has one
// opportunity.
func reportAddress(student string, t edu.AssessmentType, year edu.AcademicYear, taken string) layout.Address {
	a := layout.Address{Path: "/students/" + student + "/reports/" + t.Slug(), Query: url.Values{"year": {strconv.Itoa(int(year))}}}
	return a.With("taken", taken)
}
