package report

import (
	"context"
	"fmt"
	"slices"
	"unsafe"

	"scorehouse/internal/cache"
	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
	"scorehouse/internal/settings"
)

// ComparingPopulations answers how the parts of an institution compare in one academic year. Of groups whose every student the scope holds the answer has exact numbers
// of the newest version; of all others what everybody is told (told.go). A scope without aggregates of this tenant is Forbidden; an unknown district or school is
// NotFound; a year without results, or an empty warehouse, gives a comparison without rows. While it is not known what is released the answer is Unavailable.
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
	own, err := r.own.Now(ctx)
	if err != nil {
		return Comparison{}, err
	}
	who, shelf := audience{s, own}, Shelf(nothingReleased{})
	if !who.exact("", "") { // whoever is told all of the state exactly needs no release
		if shelf, err = r.shelf(ctx); err != nil {
			return Comparison{}, err
		}
	}
	if q.Year == 0 && !who.exact(q.District, q.School) {
		if q.Year, err = r.newestTold(ctx, version, shelf); err != nil {
			return Comparison{}, err
		}
	}
	c, err := r.compare(ctx, version, own, q)
	if err != nil {
		return Comparison{}, err
	}
	return c.show(ctx, shelf, who, q)
}

// newestTold is the newest year of which something is released, and the newest with results while nothing is; 0 when there is none. It says nothing of an institution.
func (r *Reports) newestTold(ctx context.Context, version int, shelf Shelf) (edu.AcademicYear, error) {
	if years := shelf.Years(); len(years) > 0 {
		return years[0], nil
	}
	assessed, err := r.years(ctx, version, edu.Summative)
	if err != nil || len(assessed) == 0 {
		return 0, err
	}
	return assessed[0].year, nil
}

// compare counts exactly, for everybody: nothing of who asks goes into what is kept. Its answer leaves this package through show alone.
func (r *Reports) compare(ctx context.Context, version int, own *settings.Settings, q ComparisonQuestion) (Comparison, error) {
	today := edu.AcademicYearOf(r.today())
	key := cache.Key{Tenant: r.tenant.ID, Version: version, Settings: own.Version, Question: fmt.Sprintf("comparison in %d: %q %q %d %+v", today, q.District, q.School, q.Year, q.Filters)}
	return cache.Recall(ctx, r.cache, key, Comparison.size, func(ctx context.Context) (Comparison, error) {
		p, err := r.find(ctx, version, q.District, q.School)
		if err != nil {
			return Comparison{}, err
		}
		c := Comparison{Place: p.Institution, Filters: q.Filters, Filtered: q.Filters.Any(), Version: version, Settings: own.Version, MinN: own.MinN.Largest()}
		assessed, err := r.years(ctx, version, edu.Summative)
		if err != nil {
			return Comparison{}, err
		}
		b := &comparing{reports: r, c: &c, place: p, assessed: assessed, today: today}
		if err := b.buildYear(ctx, q.Year); err != nil {
			return Comparison{}, err
		}
		if err := b.change(ctx); err != nil {
			return Comparison{}, err
		}
		return c, b.notStated(ctx)
	})
}

// size is about how many bytes a comparison takes.
func (c Comparison) size() int {
	n := 1024
	for _, rows := range [][]ComparisonRow{{c.Overall}, c.Benchmark, c.Rows} {
		for _, row := range rows {
			n += int(unsafe.Sizeof(row)) + len(row.ID) + len(row.Name)
			for _, d := range row.Results {
				n += int(unsafe.Sizeof(d)) + len(d.Levels)*int(unsafe.Sizeof(LevelCount{}))
			}
		}
	}
	return n
}

// comparing builds one comparison, with the exact numbers of every row.
type comparing struct {
	reports  *Reports
	c        *Comparison
	place    place
	assessed []yearSubject
	names    map[edu.Subject][]string // of the levels of each subject, in the comparison's year
	today    edu.AcademicYear
	past     bool // built for the sake of another year: interim results do not matter

	whole map[edu.Subject]*tally // of the institution asked for
}

// table is the parts of an institution with their exact numbers, in order of name.
type table struct {
	parts []part
	cells []map[edu.Subject]*tally // by part
	whole map[edu.Subject]*tally
}

// buildYear builds the comparison of a year. When none is asked for it is the newest, or the one before while the institution has no results of the newest.
func (b *comparing) buildYear(ctx context.Context, asked edu.AcademicYear) error {
	c := b.c
	for _, y := range b.assessed {
		c.Years = appendNew(c.Years, y.year)
	}
	if asked != 0 || len(c.Years) == 0 {
		return b.build(ctx, asked)
	}
	if b.today > c.Years[0] {
		c.Awaited = b.today
	}
	if err := b.build(ctx, c.Years[0]); err != nil || b.counted() || len(c.Years) == 1 {
		return err
	}
	newest := *c
	if err := b.build(ctx, c.Years[1]); err != nil {
		return err
	}
	if b.counted() {
		c.Awaited = max(c.Awaited, newest.Year)
		return nil
	}
	return b.build(ctx, newest.Year)
}

// counted reports whether the institution has any result that counts, whatever the filters.
func (b *comparing) counted() bool {
	for _, t := range b.whole {
		if sum(t.all) > 0 {
			return true
		}
	}
	return false
}

// build fills subjects and rows: from the state down to the institution asked for.
func (b *comparing) build(ctx context.Context, year edu.AcademicYear) error {
	b.c.Year, b.c.Rows, b.c.Level = year, nil, DistrictsOfState
	b.chooseSubjects()
	p := b.place
	t, err := b.table(ctx, CountQuestion{Parts: DistrictsOfState})
	if err != nil {
		return err
	}
	overall := []ComparisonRow{b.row(disclosure.Row{}, part{name: p.StateName}, t.whole)}
	if p.districtID != 0 {
		if t, err = b.table(ctx, CountQuestion{Parts: SchoolsOfDistrict, DistrictID: p.districtID}); err != nil {
			return err
		}
		overall = append(overall, b.row(p.row(), part{code: p.District.ID, name: p.District.Name}, t.whole))
		overall[1].at.School = 0
		b.c.Level = SchoolsOfDistrict
	}
	if p.schoolID != 0 {
		if t, err = b.table(ctx, CountQuestion{Parts: GradesOfSchool, DistrictID: p.districtID, SchoolID: p.schoolID}); err != nil {
			return err
		}
		overall = append(overall, b.row(p.row(), part{code: p.School.ID, name: p.School.Name}, t.whole))
		b.c.Level = GradesOfSchool
	}
	b.c.Overall, b.c.Benchmark = overall[len(overall)-1], overall[:len(overall)-1]
	b.whole = t.whole
	b.rows(t)
	b.know()
	return nil
}

// chooseSubjects fills the subjects of the year, and the names of their levels.
func (b *comparing) chooseSubjects() {
	if !b.past {
		b.c.Subjects = slices.Clone(edu.Subjects)
	}
	b.names = make(map[edu.Subject][]string)
	for _, y := range b.assessed {
		if y.year != b.c.Year {
			continue
		}
		b.names[y.subject] = y.levels
		if !b.past {
			b.c.Subjects = appendNew(b.c.Subjects, y.subject)
		}
	}
	sortSubjects(b.c.Subjects)
	b.c.Levels = nil
	for _, s := range b.c.Subjects {
		b.c.Levels = append(b.c.Levels, b.levelNames(s))
	}
}

// change fills how the percents differ from those of the year before: that year is counted as on its own page with the same filters.
func (b *comparing) change(ctx context.Context) error {
	before := b.c.Year - 1
	if !slices.Contains(b.c.Years, before) {
		return nil
	}
	b.c.Before = before
	then := Comparison{Years: b.c.Years, Subjects: slices.Clone(b.c.Subjects), Filters: b.c.Filters, Filtered: b.c.Filtered, Version: b.c.Version}
	past := comparing{reports: b.reports, c: &then, place: b.place, assessed: b.assessed, past: true}
	if err := past.build(ctx, before); err != nil {
		return err
	}
	byID := make(map[string]*ComparisonRow, len(then.Rows))
	for i := range then.Rows {
		byID[then.Rows[i].ID] = &then.Rows[i]
	}
	for i := range b.c.Rows {
		b.c.Rows[i].changeSince(byID[b.c.Rows[i].ID])
	}
	for i := range b.c.Benchmark {
		b.c.Benchmark[i].changeSince(&then.Benchmark[i])
	}
	b.c.Overall.changeSince(&then.Overall)
	return nil
}

// changeSince fills the changes of a row since the row of the year before, nil when there was none.
func (r *ComparisonRow) changeSince(before *ComparisonRow) {
	for i := range r.Results {
		now := &r.Results[i]
		then := Distribution{Visibility: NoResults}
		if before != nil {
			then = before.Results[i]
		}
		now.Change = changeOf(*now, then)
	}
}

// table counts the parts of an institution. Parts without any result are left out.
func (b *comparing) table(ctx context.Context, q CountQuestion) (table, error) {
	q.Year, q.Filters = b.c.Year, b.c.Filters
	counts, err := b.reports.counter.Counts(ctx, b.c.Version, q)
	if err != nil {
		return table{}, err
	}
	t := table{whole: map[edu.Subject]*tally{}}
	cells := map[int]map[edu.Subject]*tally{}
	cell := func(part int, s edu.Subject) *tally {
		of := cells[part]
		if of == nil {
			of = make(map[edu.Subject]*tally, len(b.c.Subjects))
			cells[part] = of
		}
		if of[s] == nil {
			of[s] = newTally(len(b.levelNames(s)))
		}
		return of[s]
	}
	for _, n := range counts {
		cell(n.Part, n.Subject).count(n)
	}
	if !b.c.Filtered && !b.past {
		interim, err := b.reports.counter.Interim(ctx, b.c.Version, q)
		if err != nil {
			return table{}, err
		}
		for _, x := range interim {
			cell(x.Part, x.Subject).interim = true
		}
	}
	for _, x := range partsNamed(b.place, q.Parts, cells) {
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

// partsNamed returns the parts that have cells, in order: districts and schools by name, as they are known, grades by number.
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
	return parts
}

// row returns the exact numbers of a part.
func (b *comparing) row(at disclosure.Row, p part, cells map[edu.Subject]*tally) ComparisonRow {
	row := ComparisonRow{ID: p.code, Name: p.name, Results: make([]Distribution, 0, len(b.c.Subjects)), at: at}
	for _, s := range b.c.Subjects {
		var t tally
		if n := cells[s]; n != nil {
			t = *n
		}
		row.Results = append(row.Results, t.distribution(s, b.levelNames(s), b.c.Filtered))
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

// rows fills the rows of the comparison.
func (b *comparing) rows(t table) {
	for i, x := range t.parts {
		at := disclosure.Row{District: int32(x.id)}
		switch b.c.Level {
		case SchoolsOfDistrict:
			at = disclosure.Row{District: int32(b.place.districtID), School: int32(x.id)}
		case GradesOfSchool:
			at = b.place.row()
		}
		row := b.row(at, x, t.cells[i])
		if b.c.Level == GradesOfSchool {
			row.Grade = edu.Grade(x.id)
		}
		b.c.Rows = append(b.c.Rows, row)
	}
}

// know notes all parts that the place has.
func (b *comparing) know() {
	parts := b.place.districts
	switch b.c.Level {
	case SchoolsOfDistrict:
		parts = b.place.schools
	case GradesOfSchool:
		parts = nil
	}
	b.c.known = make([]toldPart, len(parts))
	for i, x := range parts {
		at := disclosure.Row{District: int32(x.id)}
		if b.c.Level == SchoolsOfDistrict {
			at = disclosure.Row{District: int32(b.place.districtID), School: int32(x.id)}
		}
		b.c.known[i] = toldPart{code: x.code, name: x.name, at: at}
	}
}

// row is what releases call the place.
func (p place) row() disclosure.Row {
	return disclosure.Row{District: int32(p.districtID), School: int32(p.schoolID)}
}

// notStated fills the percents beside the filters.
func (b *comparing) notStated(ctx context.Context) error {
	n, err := b.reports.counter.NotStated(ctx, b.c.Version, CountQuestion{DistrictID: b.place.districtID, SchoolID: b.place.schoolID, Year: b.c.Year})
	if err != nil {
		return err
	}
	b.c.NotStated = &NotStated{
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
