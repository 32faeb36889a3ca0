package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// world is a small warehouse in memory: what the tests put into PostgreSQL, and the oracle that answers the same questions by
// walking over it.
type world struct {
	districts   []string // names; the code of the first is "D1", its id 1
	schools     []worldSchool
	assessments []worldAssessment
	students    []worldStudent
	results     []worldResult
	settings    string // custom_metadata of the state, JSON; empty leaves it out
}

type worldSchool struct {
	district int // id
	code     string
	name     string
}

type worldAssessment struct {
	kind    edu.AssessmentType
	subject edu.Subject
	year    edu.AcademicYear
	name    string // of the first claim
}

type worldStudent struct {
	first, last string
	groups      []edu.Group
}

// worldResult is a row of assessment_outcome. Student, assessment and school are ids: positions counted from 1.
type worldResult struct {
	student, assessment, school, batch int
	from, to                           int
	day                                int // of May of the year
	grade                              edu.Grade
	level                              int16 // 0 is none
	score                              int16
	condition                          edu.Condition
	complete                           edu.Flag
	demographics                       edu.Demographics
	ethnicity                          edu.Ethnicity
	accommodations                     []byte
}

// forever is to_version of rows that hold now.
const forever = 1<<31 - 1

func (w *world) assessment(r worldResult) worldAssessment { return w.assessments[r.assessment-1] }
func (w *world) district(r worldResult) int               { return w.schools[r.school-1].district }

func (r worldResult) holds(version int) bool { return r.from <= version && version < r.to }

func (w *world) taken(r worldResult) time.Time {
	return time.Date(int(w.assessment(r).year), 5, r.day, 0, 0, 0, 0, time.UTC)
}

// store makes the warehouse of the pool hold the world and nothing else. The newest version is 3.
func (w *world) store(ctx context.Context, pool *pgxpool.Pool) error {
	_, err := pool.Exec(ctx, `delete from publication; delete from assessment; delete from district; delete from school; delete from student;
		delete from assessment_outcome; delete from custom_metadata;
		insert into publication (version, batch_id, kind) values (1, 1, 'publish'), (2, 2, 'publish'), (3, 3, 'publish')`)
	if err != nil {
		return err
	}
	if w.settings != "" {
		if _, err := pool.Exec(ctx, `insert into custom_metadata (state_code, asmt_custom_metadata) values ('TK', $1)`, w.settings); err != nil {
			return err
		}
	}
	tables := []struct {
		name    string
		columns []string
		rows    [][]any
	}{
		{"district", []string{"district_id", "code", "name", "batch_id", "from_version"}, nil},
		{"school", []string{"school_id", "district_id", "code", "name", "batch_id", "from_version"}, nil},
		{"assessment", []string{"assessment_id", "guid", "type", "subject", "academic_year", "form_version", "effective_on", "score_min", "score_max",
			"level_names", "cut_points", "claim_numbers", "claim_names", "claim_score_min", "claim_score_max", "claim_level_names", "batch_id", "from_version"}, nil},
		{"student", []string{"student_id", "code", "first_name", "last_name", "sex", "group_ids", "group_names", "batch_id", "from_version"}, nil},
		{"assessment_outcome", []string{"student_id", "assessment_id", "district_id", "school_id", "batch_id", "from_version", "to_version", "taken_on",
			"academic_year", "type", "grade", "enrolled_grade", "score", "score_low", "score_high", "performance_level", "sex", "ethnicity", "race", "iep",
			"limited_english", "section_504", "economic_disadvantage", "migrant", "complete", "condition", "subject", "claims", "accommodations"}, nil},
	}
	for i, name := range w.districts {
		tables[0].rows = append(tables[0].rows, []any{i + 1, fmt.Sprintf("D%d", i+1), name, 1, 1})
	}
	for i, s := range w.schools {
		tables[1].rows = append(tables[1].rows, []any{i + 1, s.district, s.code, s.name, 1, 1})
	}
	for i, a := range w.assessments {
		levels, cuts := []string{"Minimal", "Partial", "Proficient", "Advanced"}, []int16{1400, 1800, 2100}
		if a.kind == edu.InterimBlock {
			levels, cuts = []string{}, []int16{}
		}
		tables[2].rows = append(tables[2].rows, []any{i + 1, fmt.Sprintf("guid-%d", i+1), a.kind, string(a.subject), a.year, "1",
			time.Date(int(a.year), 4, 1, 0, 0, 0, 0, time.UTC), int16(1200), int16(2400), levels, cuts,
			[]int16{1}, []string{a.name}, []int16{1200}, []int16{2400}, []string{"Below", "Near", "Above"}, 1, 1})
	}
	for i, s := range w.students {
		var ids, names []string
		for _, g := range s.groups {
			ids, names = append(ids, g.ID), append(names, g.Name)
		}
		tables[3].rows = append(tables[3].rows, []any{i + 1, fmt.Sprintf("S%d", i+1), s.first, s.last, int16(0), ids, names, 1, 1})
	}
	for _, r := range w.results {
		tables[4].rows = append(tables[4].rows, w.row(r))
	}
	for _, table := range tables {
		if _, err := pool.CopyFrom(ctx, pgx.Identifier{table.name}, table.columns, pgx.CopyFromRows(table.rows)); err != nil {
			return fmt.Errorf("%s: %w", table.name, err)
		}
	}
	return nil
}

func (w *world) row(r worldResult) []any {
	a, d := w.assessment(r), r.demographics
	var level, score, low, high *int16
	if r.level > 0 {
		level = &r.level
	}
	if a.kind.HasOverallScore() {
		l, h := r.score-30, r.score+40
		score, low, high = &r.score, &l, &h
	}
	claimLevel := 1 + r.score%3
	claimScore := r.score
	return []any{r.student, r.assessment, w.district(r), r.school, r.batch, r.from, r.to, w.taken(r), a.year, a.kind, r.grade, r.grade, score, low, high, level,
		d.Sex, r.ethnicity, d.Race.Pack(), int16(d.IEP), int16(d.LimitedEnglish), int16(d.Section504), int16(d.EconomicDisadvantage), int16(d.Migrant),
		int16(r.complete), r.condition, string(a.subject), []*int16{&claimScore, nil, nil, &claimLevel}, r.accommodations}
}

// stored puts the world into a fresh warehouse and returns its reports, counted with SQL.
func (w *world) stored(t *testing.T) *Reports {
	t.Helper()
	pool := pgtest.New(t, schema.Warehouse)
	if err := w.store(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	return reportsOf(pgtest.As(t, pool, pg.Web))
}

// reportsOf reads as the web server does, for which the pool must be.
func reportsOf(pool *pgxpool.Pool) *Reports {
	return New(warehouse.NewReader(pool).For("tamarack"), Settings{
		Tenant:     tenant.Tenant{ID: "tamarack", StateCode: "TK", Name: "State of Tamarack"},
		StudentKey: func(id int) string { return fmt.Sprintf("key-%d", id) },
	})
}

// everybody sees every student of the tenant, anybody its aggregates only.
var (
	everybody = scope.Scope{Tenant: "tamarack", Aggregates: true, AllStudents: true}
	anybody   = scope.Scope{Tenant: "tamarack", Aggregates: true}
)

// counted is the oracle of what counts: of each student and subject the newest valid summative result of the year.
func (w *world) counted(version int, year edu.AcademicYear) []worldResult {
	type one struct {
		student int
		subject edu.Subject
	}
	newest := map[one]worldResult{}
	for _, r := range w.results {
		a := w.assessment(r)
		if !r.holds(version) || a.kind != edu.Summative || a.year != year || !r.condition.Counted() || r.level == 0 {
			continue
		}
		k := one{r.student, a.subject}
		old, ok := newest[k]
		if !ok || cmp.Or(cmp.Compare(r.day, old.day), cmp.Compare(r.batch, old.batch), cmp.Compare(r.assessment, old.assessment)) > 0 {
			newest[k] = r
		}
	}
	var all []worldResult
	for _, r := range newest {
		all = append(all, r)
	}
	return all
}

// within reports whether a result belongs to the institution of a question.
func (w *world) within(r worldResult, q CountQuestion) bool {
	return (q.DistrictID == 0 || w.district(r) == q.DistrictID) && (q.SchoolID == 0 || r.school == q.SchoolID)
}

func (w *world) part(r worldResult, q CountQuestion) int {
	switch q.Parts {
	case DistrictsOfState:
		return w.district(r)
	case SchoolsOfDistrict:
		return r.school
	}
	return int(r.grade)
}

// Counts makes the world a Counter.
func (w *world) Counts(_ context.Context, version int, q CountQuestion) ([]Count, error) {
	all := map[Count]Count{}
	for _, r := range w.counted(version, q.Year) {
		if !w.within(r, q) {
			continue
		}
		k := Count{Part: w.part(r, q), Subject: w.assessment(r).subject, Level: int(r.level)}
		n := all[k]
		n.Students++
		if q.Filters.pass(r.grade, r.demographics, r.ethnicity, r.complete) {
			n.Filtered++
		}
		all[k] = n
	}
	var counts []Count
	for k, n := range all {
		k.Students, k.Filtered = n.Students, n.Filtered
		counts = append(counts, k)
	}
	sortCounts(counts)
	return counts, nil
}

func sortCounts(counts []Count) {
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Level, b.Level))
	})
}

// Interim makes the world a Counter.
func (w *world) Interim(_ context.Context, version int, q CountQuestion) ([]Presence, error) {
	var all []Presence
	for _, r := range w.results {
		if a := w.assessment(r); r.holds(version) && a.kind != edu.Summative && a.year == q.Year && w.within(r, q) {
			all = appendNew(all, Presence{w.part(r, q), a.subject})
		}
	}
	sortPresences(all)
	return all, nil
}

func sortPresences(all []Presence) {
	slices.SortFunc(all, func(a, b Presence) int { return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Subject, b.Subject)) })
}

// NotStated makes the world a Counter.
func (w *world) NotStated(_ context.Context, version int, q CountQuestion) (NotStatedCounts, error) {
	var n NotStatedCounts
	for _, r := range w.counted(version, q.Year) {
		if !w.within(r, q) {
			continue
		}
		n.Results++
		for _, x := range []struct {
			missing bool
			count   *int
		}{
			{r.demographics.LimitedEnglish == 0, &n.LimitedEnglish}, {r.demographics.IEP == 0, &n.IEP}, {r.demographics.Section504 == 0, &n.Section504},
			{r.demographics.EconomicDisadvantage == 0, &n.EconomicDisadvantage}, {r.demographics.Migrant == 0, &n.Migrant},
			{r.ethnicity == 0, &n.Ethnicity}, {r.demographics.Sex == 0, &n.Sex},
		} {
			if x.missing {
				*x.count++
			}
		}
	}
	return n, nil
}
