package population

import (
	"context"
	"fmt"
	"slices"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/report"
)

// TableQuestion asks for all numbers of a release: the summative results of a year in one version, by the questions of a policy. Subjects without results are left out of the answer,
// and so is everything of subjects that are not named.
type TableQuestion struct {
	Version  int
	Year     edu.AcademicYear
	Policy   disclosure.Policy
	Subjects []disclosure.SubjectLevels
}

// TableBy counts every question of a release in every institution, by any counter: an index takes seconds for a large state, SQL minutes. It asks one question of the state for each question of the release, and
// one of each district. Its numbers are exact: they go to package disclosure alone. A school that is in two districts at once is Invalid: its students would be counted
// under one of them without a word.
func TableBy(ctx context.Context, c report.Counter, q TableQuestion) (*disclosure.Counts, error) {
	ask := func(parts report.InstitutionLevel, district int, f report.Filters) ([]report.Count, error) {
		return c.Counts(ctx, q.Version, report.CountQuestion{Parts: parts, DistrictID: district, Year: q.Year, Filters: f})
	}
	named := func(n report.Count) bool {
		return slices.ContainsFunc(q.Subjects, func(x disclosure.SubjectLevels) bool { return x.Subject == n.Subject })
	}
	districts, err := ask(report.DistrictsOfState, 0, report.Filters{})
	if err != nil {
		return nil, err
	}
	var schools []disclosure.Row
	with := map[edu.Subject]bool{}
	asked := map[int]bool{}
	for _, d := range districts {
		if asked[d.Part] || !named(d) {
			continue
		}
		asked[d.Part] = true
		of, err := ask(report.SchoolsOfDistrict, d.Part, report.Filters{})
		if err != nil {
			return nil, err
		}
		for _, x := range of {
			if named(x) {
				schools = append(schools, disclosure.Row{District: int32(d.Part), School: int32(x.Part)})
				with[x.Subject] = true
			}
		}
	}
	inGrades, err := ask(report.GradesOfSchool, 0, report.Filters{})
	if err != nil {
		return nil, err
	}
	var grades []edu.Grade
	for _, g := range inGrades {
		if named(g) {
			grades = append(grades, edu.Grade(g.Part))
		}
	}
	n := disclosure.NewCounts(disclosure.NewCatalogue(q.Policy, grades), q.Year,
		slices.DeleteFunc(slices.Clone(q.Subjects), func(x disclosure.SubjectLevels) bool { return !with[x.Subject] }), schools)
	byID := map[int]int{}
	for i, r := range n.Rows {
		if r.Kind() != disclosure.SchoolRow {
			continue
		}
		if _, twice := byID[int(r.School)]; twice {
			return nil, fault.New(fault.Invalid, "A school is in two districts at once in version %d of the warehouse.", q.Version)
		}
		byID[int(r.School)] = i
	}
	for question := range n.Catalogue.Len() {
		counts, err := ask(report.SchoolsOfDistrict, 0, filtersOf(n.Catalogue.Options(disclosure.Question(question))))
		if err != nil {
			return nil, err
		}
		for _, x := range counts {
			subject := n.Subject(x.Subject)
			if subject < 0 {
				continue
			}
			row, ok := byID[x.Part]
			if !ok || x.Level < 1 || x.Level > n.Subjects[subject].Levels {
				return nil, fmt.Errorf("%s has results in a school, or on level %d, that it has not when all are counted together", x.Subject, x.Level)
			}
			n.Levels(subject, row, disclosure.Question(question))[x.Level-1] += int32(x.Filtered)
		}
	}
	n.Sum()
	return n, nil
}

// filtersOf returns the filters that keep those who have all of some options.
func filtersOf(options []disclosure.Option) report.Filters {
	var f report.Filters
	for _, o := range options {
		for _, v := range o.Values {
			switch o.Attribute {
			case disclosure.Grade:
				f.Grades = append(f.Grades, edu.Grade(v))
			case disclosure.LimitedEnglish:
				f.LimitedEnglish = append(f.LimitedEnglish, edu.Flag(v))
			case disclosure.IEP:
				f.IEP = append(f.IEP, edu.Flag(v))
			case disclosure.Section504:
				f.Section504 = append(f.Section504, edu.Flag(v))
			case disclosure.EconomicDisadvantage:
				f.EconomicDisadvantage = append(f.EconomicDisadvantage, edu.Flag(v))
			case disclosure.Migrant:
				f.Migrant = append(f.Migrant, edu.Flag(v))
			case disclosure.Ethnicity:
				f.Ethnicities = append(f.Ethnicities, edu.Ethnicity(v))
			case disclosure.Sex:
				f.Sexes = append(f.Sexes, edu.Sex(v))
			case disclosure.Complete:
				f.Complete = append(f.Complete, edu.Flag(v))
			}
		}
	}
	return f
}
