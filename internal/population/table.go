package population

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
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

// Table counts every question of a release in every institution. Of a version that the index holds it takes some milliseconds a million results; else it is counted with
// SQL, which takes a minute of a large state. Its numbers are exact: they go to package disclosure alone.
func (x *Index) Table(ctx context.Context, q TableQuestion) (*disclosure.Counts, error) {
	s := x.at(ctx, q.Version, report.CountQuestion{})
	if s == nil {
		return TableBy(ctx, x.config.SQL, q)
	}
	return s.table(q)
}

// table answers Index.Table.
func (s *snapshot) table(q TableQuestion) (*disclosure.Counts, error) {
	y := s.years[q.Year]
	if y == nil {
		y = &year{}
	}
	var schools []disclosure.Row
	var subjects []disclosure.SubjectLevels
	var of []*subject
	grades := map[edu.Grade]bool{}
	for _, named := range q.Subjects {
		for _, x := range y.subjects {
			if x.name != named.Subject || len(x.segments) == 0 {
				continue
			}
			subjects, of = append(subjects, named), append(of, x)
			for _, g := range x.segments {
				schools = g.addPlaces(schools, grades)
			}
		}
	}
	n := disclosure.NewCounts(disclosure.NewCatalogue(q.Policy, slices.Collect(maps.Keys(grades))), q.Year, subjects, schools)
	for i, x := range of {
		if err := inParallel(len(x.segments), 2, func(g int) error { return x.segments[g].fillTable(n, i) }); err != nil {
			return nil, err
		}
	}
	n.Sum()
	return n, nil
}

func (s *segment) addPlaces(schools []disclosure.Row, grades map[edu.Grade]bool) []disclosure.Row {
	for _, x := range s.schools {
		schools = append(schools, disclosure.Row{District: x.district, School: x.id})
	}
	for g := range 1 << fields[grade].bits {
		if s.bitmap(grade, g) != nil {
			grades[edu.Grade(g)] = true
		}
	}
	return schools
}

// attributeOf is where package disclosure's attributes stand in a profile.
var attributeOf = map[disclosure.Attribute]attribute{
	disclosure.Grade: grade, disclosure.LimitedEnglish: limitedEnglish, disclosure.IEP: iep, disclosure.Section504: section504,
	disclosure.EconomicDisadvantage: economicDisadvantage, disclosure.Migrant: migrant, disclosure.Ethnicity: ethnicity, disclosure.Sex: sex, disclosure.Complete: complete,
}

// fillTable counts a segment's schools.
func (s *segment) fillTable(n *disclosure.Counts, subject int) error {
	levels := n.Subjects[subject].Levels
	for _, l := range s.levels {
		if l < 1 || int(l) > levels {
			return fmt.Errorf("%s has results on level %d, above its %d levels", n.Subjects[subject].Subject, l, levels)
		}
	}
	rows := make([]int, len(s.schools))
	for i, x := range s.schools {
		rows[i] = n.Row(disclosure.Row{District: x.district, School: x.id})
	}
	mask, onLevel := make([]uint64, s.length), make([]uint64, s.length)
	for q := range n.Catalogue.Len() {
		passing := s.optionMask(n.Catalogue.Options(disclosure.Question(q)), mask)
		for _, l := range s.levels {
			words := s.bitmap(level, int(l))
			if passing {
				for i, w := range words {
					onLevel[i] = w & mask[i]
				}
				words = onLevel
			}
			for i, x := range s.schools {
				n.Levels(subject, rows[i], disclosure.Question(q))[l-1] += int32(count(words[x.first:x.last]))
			}
		}
	}
	return nil
}

// optionMask puts into mask who has all of some options. It answers false when there is no option.
func (s *segment) optionMask(options []disclosure.Option, mask []uint64) bool {
	for i := range mask {
		mask[i] = ^uint64(0)
	}
	for _, o := range options {
		var bitmaps [][]uint64
		for _, v := range o.Values {
			if b := s.bitmap(attributeOf[o.Attribute], int(v)); b != nil {
				bitmaps = append(bitmaps, b)
			}
		}
		within(mask, bitmaps)
	}
	return len(options) > 0
}

// TableBy is Index.Table by any counter. It asks one question for each question of the release, and two for each district.
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
		if r.Kind() == disclosure.SchoolRow {
			byID[int(r.School)] = i
		}
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
