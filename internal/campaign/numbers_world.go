package campaign

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
)

// numbersWorld is a random state: students who move and are tested more than once, results of every type and condition, publications that add, replace and
// delete results, whose batches did not arrive in the order in which they were published. It counts by walking over all results.
type numbersWorld struct {
	schools       []int // the district of each; ids count from 1
	students      int
	results       []*numbersResult
	first, newest int // versions
}

// numbersResult is a row of assessment_outcome.
type numbersResult struct {
	student, assessment, school, batch int
	from, to                           int
	day, level                         int // level 0 is none
	condition                          edu.Condition
	grade                              edu.Grade
	flags                              [6]edu.Flag // limited English, IEP, section 504, economic disadvantage, migrant, complete
	sex                                edu.Sex
	ethnicity                          edu.Ethnicity
}

// numbersAssessments are those of every world, by id less one.
var numbersAssessments = []struct {
	kind    edu.AssessmentType
	subject edu.Subject
	year    edu.AcademicYear
}{
	{edu.Summative, edu.Math, 2026}, {edu.Summative, edu.Math, 2026}, {edu.Summative, edu.ELA, 2026}, {edu.Summative, edu.Math, 2025}, {edu.Summative, edu.ELA, 2025},
	{edu.InterimComprehensive, edu.Math, 2026}, {edu.InterimBlock, edu.ELA, 2026},
}

func (r *numbersResult) holds(version int) bool { return r.from <= version && version < r.to }

func (r *numbersResult) countable() bool {
	return numbersAssessments[r.assessment-1].kind == edu.Summative && r.level > 0 && (r.condition == edu.Condition(0) || r.condition == edu.Condition(1))
}

func drawNumbersWorld(r *rand.Rand, after int) *numbersWorld {
	w := &numbersWorld{first: after + 1, newest: after + 1 + r.IntN(4), students: 5 + r.IntN(200)}
	for d := range 1 + r.IntN(4) {
		for range 1 + r.IntN(4) {
			w.schools = append(w.schools, d+1)
		}
	}
	batches := r.Perm(w.newest - after)
	for v := w.first; v <= w.newest; v++ {
		for _, x := range w.results {
			if x.to == forever && r.IntN(15) == 0 {
				x.to = v // deleted
			}
		}
		for range r.IntN(3 * w.students) {
			x := w.drawResult(r, v, batches[v-w.first]+1)
			held := slices.IndexFunc(w.results, func(y *numbersResult) bool {
				return y.to == forever && y.student == x.student && y.assessment == x.assessment && y.day == x.day
			})
			if held >= 0 && w.results[held].from == v {
				continue
			}
			if held >= 0 {
				w.results[held].to = v
			}
			w.results = append(w.results, x)
		}
	}
	return w
}

func (w *numbersWorld) drawResult(r *rand.Rand, version, batch int) *numbersResult {
	x := &numbersResult{
		student: 1 + r.IntN(w.students), assessment: 1 + r.IntN(len(numbersAssessments)), batch: batch, from: version, to: forever, day: 1 + r.IntN(3), level: r.IntN(5),
		condition: edu.Condition([]int{0, 0, 0, 0, 1, 2, 3}[r.IntN(7)]), grade: []edu.Grade{3, 4, 5}[r.IntN(3)], sex: edu.Sex(r.IntN(3)), ethnicity: edu.Ethnicity(r.IntN(8)),
	}
	x.school = 1 + x.student%len(w.schools)
	if r.IntN(6) == 0 {
		x.school = 1 + r.IntN(len(w.schools))
	}
	for i := range x.flags {
		x.flags[i] = edu.Flag(r.IntN(3))
	}
	return x
}

// store makes the warehouse hold the state up to a version, and nothing else.
func (w *numbersWorld) store(ctx context.Context, pool *pgxpool.Pool, version int) error {
	rows := map[string][][]any{}
	for v := w.first; v <= version; v++ {
		rows["publication"] = append(rows["publication"], []any{v, v, "publish"})
	}
	for i, d := range w.schools {
		if i == 0 || w.schools[i-1] != d {
			rows["district"] = append(rows["district"], []any{d, fmt.Sprintf("D%d", d), fmt.Sprintf("District %c", 'A'+d), 1, w.first})
		}
		rows["school"] = append(rows["school"], []any{i + 1, d, fmt.Sprintf("S%d", i+1), fmt.Sprintf("School %c", 'A'+i), 1, w.first})
	}
	for i, a := range numbersAssessments {
		levels, cuts := []string{"Minimal", "Partial", "Adequate", "Thorough"}, []int16{1400, 1800, 2100}
		rows["assessment"] = append(rows["assessment"], []any{i + 1, fmt.Sprintf("guid-%d", i+1), a.kind, string(a.subject), a.year, "1",
			time.Date(int(a.year), 4, 1, 0, 0, 0, 0, time.UTC), 1200, 2400, levels, cuts, []int16{}, []string{}, []int16{}, []int16{}, []string{}, 1, w.first})
	}
	for _, r := range w.results {
		if r.from > version {
			continue
		}
		var level *int16
		if r.level > 0 {
			level = new(int16(r.level))
		}
		to := r.to
		if to > version {
			to = forever
		}
		a, f := numbersAssessments[r.assessment-1], r.flags
		rows["assessment_outcome"] = append(rows["assessment_outcome"], []any{r.student, r.assessment, w.schools[r.school-1], r.school, r.batch, r.from, to,
			time.Date(int(a.year), 5, r.day, 0, 0, 0, 0, time.UTC), a.year, a.kind, r.grade, r.grade, level, r.sex, r.ethnicity, 0, int16(f[1]), int16(f[0]), int16(f[2]),
			int16(f[3]), int16(f[4]), int16(f[5]), r.condition, string(a.subject)})
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "truncate publication, district, school, assessment, assessment_outcome"); err != nil {
			return err
		}
		for _, t := range numbersTables {
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, pgx.CopyFromRows(rows[t.name])); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		return nil
	})
}

var numbersTables = []struct {
	name    string
	columns []string
}{
	{"district", []string{"district_id", "code", "name", "batch_id", "from_version"}},
	{"school", []string{"school_id", "district_id", "code", "name", "batch_id", "from_version"}},
	{"assessment", []string{"assessment_id", "guid", "type", "subject", "academic_year", "form_version", "effective_on", "score_min", "score_max", "level_names", "cut_points",
		"claim_numbers", "claim_names", "claim_score_min", "claim_score_max", "claim_level_names", "batch_id", "from_version"}},
	{"assessment_outcome", []string{"student_id", "assessment_id", "district_id", "school_id", "batch_id", "from_version", "to_version", "taken_on", "academic_year", "type", "grade",
		"enrolled_grade", "performance_level", "sex", "ethnicity", "race", "iep", "limited_english", "section_504", "economic_disadvantage", "migrant", "complete", "condition", "subject"}},
	{"publication", []string{"version", "batch_id", "kind"}},
}

// numbersQuestion is a question as a reader asks it. District and school are ids, 0 where not chosen.
type numbersQuestion struct {
	district, school int
	year             edu.AcademicYear
	filters          report.Filters
}

func (w *numbersWorld) drawQuestion(r *rand.Rand) numbersQuestion {
	q := numbersQuestion{year: []edu.AcademicYear{2025, 2026, 2026, 2026}[r.IntN(4)]}
	school := r.IntN(len(w.schools))
	switch r.IntN(3) {
	case 1:
		q.district = w.schools[school]
	case 2:
		q.district, q.school = w.schools[school], school+1
	}
	often := r.IntN(4) // of nine
	f := &q.filters
	if r.IntN(9) < often {
		f.Grades = someOf(r, []edu.Grade{3, 4, 5, 11})
	}
	for _, flags := range []*[]edu.Flag{&f.LimitedEnglish, &f.IEP, &f.Section504, &f.EconomicDisadvantage, &f.Migrant, &f.Complete} {
		if r.IntN(9) < often {
			*flags = someOf(r, []edu.Flag{edu.NotStated, edu.No, edu.Yes})
		}
	}
	if r.IntN(9) < often {
		f.Ethnicities = someOf(r, edu.Ethnicities)
	}
	if r.IntN(9) < often {
		f.Sexes = someOf(r, []edu.Sex{edu.SexNotStated, edu.Male, edu.Female})
	}
	return q
}

// someOf returns at least one of the values.
func someOf[T any](r *rand.Rand, values []T) []T {
	kept := slices.Clone(values)
	r.Shuffle(len(kept), func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
	return kept[:1+r.IntN(len(kept))]
}

func (q numbersQuestion) parts() report.InstitutionLevel {
	switch {
	case q.school != 0:
		return report.GradesOfSchool
	case q.district != 0:
		return report.SchoolsOfDistrict
	}
	return report.DistrictsOfState
}

func (q numbersQuestion) counted() report.CountQuestion {
	return report.CountQuestion{Parts: q.parts(), DistrictID: q.district, SchoolID: q.school, Year: q.year, Filters: q.filters}
}

func (q numbersQuestion) comparison() report.ComparisonQuestion {
	c := report.ComparisonQuestion{Year: q.year, Filters: q.filters}
	if q.district != 0 {
		c.District = fmt.Sprintf("D%d", q.district)
	}
	if q.school != 0 {
		c.School = fmt.Sprintf("S%d", q.school)
	}
	return c
}

// address is where a reader asks it; with an ending, for a file.
func (q numbersQuestion) address(state edu.StateCode) func(ending string) string {
	path := "/s/" + string(state)
	if q.district != 0 {
		path += fmt.Sprintf("/d/D%d", q.district)
	}
	if q.school != 0 {
		path += fmt.Sprintf("/sc/S%d", q.school)
	}
	query := url.Values{"year": {fmt.Sprint(int(q.year))}}
	f := q.filters
	for name, values := range map[string][]edu.Flag{"dmgPrgLep": f.LimitedEnglish, "dmgPrgIep": f.IEP, "dmgPrg504": f.Section504, "dmgStsEcd": f.EconomicDisadvantage,
		"dmgStsMig": f.Migrant, "complete": f.Complete} {
		for _, v := range values {
			query.Add(name, [...]string{"NS", "N", "Y"}[v])
		}
	}
	for _, g := range f.Grades {
		query.Add("grade", g.Code())
	}
	for _, e := range f.Ethnicities {
		query.Add("ethnicity", fmt.Sprint(int(e)))
	}
	for _, s := range f.Sexes {
		query.Add("sex", s.Code())
	}
	return func(ending string) string { return path + ending + "?" + query.Encode() }
}

// What follows is the plain walk. It shares no code with what it is compared with.

// newestOfEach are the results that count: of each student, year and subject the newest valid summative one.
func (w *numbersWorld) newestOfEach() []*numbersResult {
	type one struct {
		student int
		year    edu.AcademicYear
		subject edu.Subject
	}
	newest := map[one]*numbersResult{}
	for _, r := range w.results {
		if !r.holds(w.newest) || !r.countable() {
			continue
		}
		a := numbersAssessments[r.assessment-1]
		k := one{r.student, a.year, a.subject}
		if old := newest[k]; old == nil || cmp.Or(cmp.Compare(r.day, old.day), cmp.Compare(r.batch, old.batch), cmp.Compare(r.assessment, old.assessment)) > 0 {
			newest[k] = r
		}
	}
	var all []*numbersResult
	for _, r := range newest {
		all = append(all, r)
	}
	return all
}

func (r *numbersResult) passes(f report.Filters) bool {
	for i, values := range [][]edu.Flag{f.LimitedEnglish, f.IEP, f.Section504, f.EconomicDisadvantage, f.Migrant, f.Complete} {
		if len(values) > 0 && !slices.Contains(values, r.flags[i]) {
			return false
		}
	}
	return (len(f.Grades) == 0 || slices.Contains(f.Grades, r.grade)) && (len(f.Ethnicities) == 0 || slices.Contains(f.Ethnicities, r.ethnicity)) &&
		(len(f.Sexes) == 0 || slices.Contains(f.Sexes, r.sex))
}

func (w *numbersWorld) part(r *numbersResult, q report.CountQuestion) int {
	return [...]int{w.schools[r.school-1], r.school, int(r.grade)}[q.Parts]
}

func (w *numbersWorld) within(r *numbersResult, q report.CountQuestion) bool {
	return numbersAssessments[r.assessment-1].year == q.Year && (q.DistrictID == 0 || w.schools[r.school-1] == q.DistrictID) && (q.SchoolID == 0 || r.school == q.SchoolID)
}

// count answers all that a report.Counter is asked.
func (w *numbersWorld) count(q report.CountQuestion) counted {
	var all counted
	counts := map[report.Count][2]int{}
	for _, r := range w.newestOfEach() {
		if !w.within(r, q) {
			continue
		}
		k := report.Count{Part: w.part(r, q), Subject: numbersAssessments[r.assessment-1].subject, Level: r.level}
		n := counts[k]
		n[0]++
		if r.passes(q.Filters) {
			n[1]++
		}
		counts[k] = n
		m := &all.notStated
		m.Results++
		for i, missing := range []*int{&m.LimitedEnglish, &m.IEP, &m.Section504, &m.EconomicDisadvantage, &m.Migrant} {
			if r.flags[i] == edu.NotStated {
				*missing++
			}
		}
		if r.ethnicity == edu.EthnicityNotStated {
			m.Ethnicity++
		}
		if r.sex == edu.SexNotStated {
			m.Sex++
		}
	}
	for k, n := range counts {
		k.Students, k.Filtered = n[0], n[1]
		all.counts = append(all.counts, k)
	}
	for _, r := range w.results {
		a := numbersAssessments[r.assessment-1]
		p := report.Presence{Part: w.part(r, q), Subject: a.subject}
		if r.holds(w.newest) && a.kind != edu.Summative && w.within(r, q) && !slices.Contains(all.presences, p) {
			all.presences = append(all.presences, p)
		}
	}
	all.sort()
	return all
}
