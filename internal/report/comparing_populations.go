package report

import (
	"context"
	"slices"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
)

// ComparingPopulations answers how the parts of an institution compare in one academic year. A scope without
// aggregates of this tenant is Forbidden; an unknown district or school is NotFound; a year without results, or an
// empty warehouse, gives a comparison without rows.
func (r *Reports) ComparingPopulations(ctx context.Context, s scope.Scope, q ComparisonQuestion) (Comparison, error) {
	if err := r.mine(s); err != nil {
		return Comparison{}, err
	}
	if !s.Aggregates {
		return Comparison{}, fault.New(fault.Forbidden, "You may not see the results of this state.")
	}
	if q.School != "" && q.District == "" {
		return Comparison{}, fault.New(fault.Invalid, "A school needs its district.")
	}
	version, err := r.reader.Version(ctx)
	if err != nil {
		return Comparison{}, err
	}
	p, err := r.find(ctx, version, q.District, q.School)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{Place: p.Institution, Filters: q.Filters, Filtered: q.Filters.Any(), Version: version}
	names, err := r.chooseYear(ctx, &c, q.Year)
	if err != nil {
		return Comparison{}, err
	}
	minN, err := r.minN(ctx, version)
	if err != nil {
		return Comparison{}, err
	}
	c.MinN = minN.largest()
	b := comparing{reports: r, scope: s, c: &c, names: names, minN: minN}
	if err := b.build(ctx, p); err != nil {
		return Comparison{}, err
	}
	c.keepOnly(q.Only)
	return c, nil
}

// chooseYear fills the years, the year and the subjects of a comparison, and returns the names of each subject's levels.
func (r *Reports) chooseYear(ctx context.Context, c *Comparison, asked edu.AcademicYear) (map[edu.Subject][]string, error) {
	assessed, err := r.years(ctx, c.Version, edu.Summative)
	if err != nil {
		return nil, err
	}
	for _, y := range assessed {
		if !slices.Contains(c.Years, y.year) {
			c.Years = append(c.Years, y.year)
		}
	}
	c.Year = asked
	if asked == 0 && len(c.Years) > 0 {
		c.Year = c.Years[0]
	}
	c.Subjects = slices.Clone(edu.Subjects)
	names := make(map[edu.Subject][]string)
	for _, y := range assessed {
		if y.year != c.Year {
			continue
		}
		names[y.subject] = y.levels
		if !slices.Contains(c.Subjects, y.subject) {
			c.Subjects = append(c.Subjects, y.subject)
		}
	}
	sortSubjects(c.Subjects)
	return names, nil
}

// comparing builds one comparison. It walks from the state down to the institution asked for, because whether an
// institution's own numbers are shown is decided on the page of the institution above it.
type comparing struct {
	reports *Reports
	scope   scope.Scope
	c       *Comparison
	names   map[edu.Subject][]string
	minN    minNs
}

// table is the parts of an institution with their exact numbers, in order of name.
type table struct {
	parts []part
	cells []map[edu.Subject]*tally // by part
	whole map[edu.Subject]*tally
}

// verdict says which subjects of an institution are withheld: with the filters, and without any.
type verdict struct {
	filtered, all map[edu.Subject]bool
}

func (b *comparing) build(ctx context.Context, p place) error {
	state, err := b.table(ctx, p, CountQuestion{Parts: DistrictsOfState})
	if err != nil {
		return err
	}
	top := b.alone(state)
	t, v, parts := state, top, b.decide(state, top)
	overall := []ComparisonRow{b.row(part{name: p.StateName}, state.whole, top)}
	if p.districtID != 0 {
		v = verdictOf(t, parts, p.districtID)
		if t, err = b.table(ctx, p, CountQuestion{Parts: SchoolsOfDistrict, DistrictID: p.districtID}); err != nil {
			return err
		}
		parts = b.decide(t, v)
		overall = append(overall, b.row(part{code: p.District.ID, name: p.District.Name}, t.whole, v))
		b.c.Level = SchoolsOfDistrict
	}
	if p.schoolID != 0 {
		v = verdictOf(t, parts, p.schoolID)
		if t, err = b.table(ctx, p, CountQuestion{Parts: GradesOfSchool, DistrictID: p.districtID, SchoolID: p.schoolID}); err != nil {
			return err
		}
		parts = b.decide(t, v)
		overall = append(overall, b.row(part{code: p.School.ID, name: p.School.Name}, t.whole, v))
		b.c.Level = GradesOfSchool
	}
	b.c.Overall, b.c.Benchmark = overall[len(overall)-1], overall[:len(overall)-1]
	b.rows(p, t, parts)
	return b.notStated(ctx, p, v)
}

// table counts the parts of an institution. Parts without any result are left out; with filters also those whose
// results none passes.
func (b *comparing) table(ctx context.Context, p place, q CountQuestion) (table, error) {
	q.Year, q.Filters = b.c.Year, b.c.Filters
	counts, err := b.reports.counter.Counts(ctx, b.c.Version, q)
	if err != nil {
		return table{}, err
	}
	t := table{whole: map[edu.Subject]*tally{}}
	cells := map[int]map[edu.Subject]*tally{}
	cell := func(part int, s edu.Subject) *tally {
		if cells[part] == nil {
			cells[part] = map[edu.Subject]*tally{}
		}
		if cells[part][s] == nil {
			levels := len(b.levelNames(s))
			cells[part][s] = &tally{levels: make([]int, levels), all: make([]int, levels)}
		}
		return cells[part][s]
	}
	for _, n := range counts {
		cell(n.Part, n.Subject).add(tallyOf(n))
	}
	if !b.c.Filtered {
		interim, err := b.reports.counter.Interim(ctx, b.c.Version, q)
		if err != nil {
			return table{}, err
		}
		for _, x := range interim {
			cell(x.Part, x.Subject).interim = true
		}
	}
	for _, x := range partsNamed(p, q.Parts, cells) {
		t.parts = append(t.parts, x)
		t.cells = append(t.cells, cells[x.id])
		for s, n := range cells[x.id] {
			if t.whole[s] == nil {
				t.whole[s] = &tally{}
			}
			t.whole[s].add(*n)
		}
	}
	return t, nil
}

func tallyOf(n Count) tally {
	t := tally{levels: make([]int, n.Level), all: make([]int, n.Level)}
	t.levels[n.Level-1], t.all[n.Level-1] = n.Filtered, n.Students
	return t
}

// partsNamed returns the parts that have cells, in order: districts and schools by name, grades by number.
func partsNamed(p place, kind InstitutionLevel, cells map[int]map[edu.Subject]*tally) []part {
	var parts []part
	if kind == GradesOfSchool {
		for id := range cells {
			g := edu.Grade(id)
			parts = append(parts, part{id: id, code: g.Code(), name: g.String()})
		}
		slices.SortFunc(parts, func(a, b part) int { return a.id - b.id })
		return parts
	}
	known := p.districts
	if kind == SchoolsOfDistrict {
		known = p.schools
	}
	for _, x := range known {
		if cells[x.id] != nil {
			parts = append(parts, x)
		}
	}
	slices.SortFunc(parts, func(a, b part) int {
		if c := compareNames(a.name, b.name); c != 0 {
			return c
		}
		return compareNames(a.code, b.code)
	})
	return parts
}

// alone decides about a whole that is part of nothing: the state.
func (b *comparing) alone(t table) verdict {
	v := verdict{map[edu.Subject]bool{}, map[edu.Subject]bool{}}
	for s, n := range t.whole {
		v.filtered[s] = n.sensitive(b.minN.of(s))
		v.all[s] = n.unfiltered().sensitive(b.minN.of(s))
	}
	return v
}

// decide returns the verdict on each part of a table, given the one on the whole.
func (b *comparing) decide(t table, whole verdict) []verdict {
	verdicts := make([]verdict, len(t.parts))
	for i := range verdicts {
		verdicts[i] = verdict{map[edu.Subject]bool{}, map[edu.Subject]bool{}}
	}
	for _, s := range b.c.Subjects {
		parts, unfiltered := make([]tally, len(t.parts)), make([]tally, len(t.parts))
		for i, cells := range t.cells {
			if cells[s] != nil {
				parts[i], unfiltered[i] = *cells[s], cells[s].unfiltered()
			}
		}
		for i, hidden := range withhold(whole.filtered[s], parts, b.minN.of(s)) {
			verdicts[i].filtered[s] = hidden
		}
		for i, hidden := range withhold(whole.all[s], unfiltered, b.minN.of(s)) {
			verdicts[i].all[s] = hidden
		}
	}
	return verdicts
}

// verdictOf returns the verdict on one part. A part without any result has nothing to withhold.
func verdictOf(t table, verdicts []verdict, id int) verdict {
	for i, p := range t.parts {
		if p.id == id {
			return verdicts[i]
		}
	}
	return verdict{}
}

// row returns what may be shown of a part.
func (b *comparing) row(p part, cells map[edu.Subject]*tally, v verdict) ComparisonRow {
	row := ComparisonRow{ID: p.code, Name: p.name}
	for _, s := range b.c.Subjects {
		var t tally
		if cells[s] != nil {
			t = *cells[s]
		}
		row.Results = append(row.Results, t.distribution(s, b.levelNames(s), v.filtered[s], b.c.Filtered, v.all[s]))
	}
	return row
}

// levelNames returns the names of a subject's levels; the usual four where its assessments name none.
func (b *comparing) levelNames(s edu.Subject) []string {
	if names := b.names[s]; len(names) > 0 {
		return names
	}
	return []string{"Level 1", "Level 2", "Level 3", "Level 4"}
}

// rows fills the rows of the comparison. With filters, parts nobody of which passes are left out.
func (b *comparing) rows(p place, t table, verdicts []verdict) {
	for i, x := range t.parts {
		row := b.row(x, t.cells[i], verdicts[i])
		if b.c.Filtered && !slices.ContainsFunc(row.Results, func(d Distribution) bool { return d.Visibility != NoResults }) {
			continue
		}
		switch b.c.Level {
		case DistrictsOfState:
			row.Students = b.scope.SeesDistrict(x.code)
		case SchoolsOfDistrict:
			row.Students = b.scope.SeesSchool(p.District.ID, x.code)
		case GradesOfSchool:
			row.Grade = edu.Grade(x.id)
			row.Students = b.scope.SeesSchool(p.District.ID, p.School.ID)
		}
		b.c.Rows = append(b.c.Rows, row)
	}
}

// notStated fills the percents beside the filters. They stay 0 where the institution's own numbers are withheld.
func (b *comparing) notStated(ctx context.Context, p place, v verdict) error {
	n, err := b.reports.counter.NotStated(ctx, b.c.Version, CountQuestion{DistrictID: p.districtID, SchoolID: p.schoolID, Year: b.c.Year})
	if err != nil {
		return err
	}
	for _, s := range b.c.Subjects {
		if v.all[s] {
			return nil
		}
	}
	b.c.NotStated = NotStated{
		LimitedEnglish:       percentOf(n.LimitedEnglish, n.Results),
		IEP:                  percentOf(n.IEP, n.Results),
		Section504:           percentOf(n.Section504, n.Results),
		EconomicDisadvantage: percentOf(n.EconomicDisadvantage, n.Results),
		Migrant:              percentOf(n.Migrant, n.Results),
		Ethnicity:            percentOf(n.Ethnicity, n.Results),
		Sex:                  percentOf(n.Sex, n.Results),
	}
	return nil
}

// keepOnly drops the rows not asked for and counts the rows with something withheld. Suppression came before:
// choosing rows never shows more.
func (c *Comparison) keepOnly(ids []string) {
	if len(ids) > 0 {
		c.Rows = slices.DeleteFunc(c.Rows, func(row ComparisonRow) bool { return !slices.Contains(ids, row.ID) })
	}
	for _, row := range c.Rows {
		if slices.ContainsFunc(row.Results, func(d Distribution) bool { return d.Visibility == Withheld }) {
			c.Withheld++
		}
	}
}
