package report

import (
	"context"
	"fmt"
	"slices"
	"testing"

	diff "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

// drawWorld draws a small state: up to 3 districts with up to 3 schools each, two years, both subjects, every type and
// condition, students who move and who are tested twice, rows of three versions.
func drawWorld(t *rapid.T) *world {
	w := &world{settings: `{"min_cell_size": 2}`}
	for d := range rapid.IntRange(1, 3).Draw(t, "districts") {
		w.districts = append(w.districts, fmt.Sprintf("District %d", d+1))
		for s := range rapid.IntRange(1, 3).Draw(t, "schools") {
			w.schools = append(w.schools, worldSchool{district: d + 1, code: fmt.Sprintf("C%d", s+1), name: fmt.Sprintf("School %d", s+1)})
		}
	}
	for _, year := range []edu.AcademicYear{2025, 2026} {
		for _, kind := range edu.AssessmentTypes {
			for _, subject := range edu.Subjects {
				w.assessments = append(w.assessments, worldAssessment{kind: kind, subject: subject, year: year, name: "Claim"})
			}
		}
	}
	w.assessments = append(w.assessments, worldAssessment{kind: edu.Summative, subject: edu.Math, year: 2026, name: "Claim"}) // a second form
	for range rapid.IntRange(1, 30).Draw(t, "students") {
		w.students = append(w.students, worldStudent{first: "F", last: "L"})
	}
	for range rapid.IntRange(0, 90).Draw(t, "results") {
		r := drawResult(t, w)
		holdsAlready := func(x worldResult) bool {
			return x.student == r.student && x.assessment == r.assessment && x.day == r.day && x.from < r.to && r.from < x.to
		}
		if !slices.ContainsFunc(w.results, holdsAlready) {
			w.results = append(w.results, r)
		}
	}
	return w
}

func drawResult(t *rapid.T, w *world) worldResult {
	flag := func(name string) edu.Flag { return edu.Flag(rapid.IntRange(0, 2).Draw(t, name)) }
	r := worldResult{
		student:    rapid.IntRange(1, len(w.students)).Draw(t, "student"),
		assessment: rapid.SampledFrom([]int{1, 2, 7, 7, 7, 7, 8, 8, 8, 13, 9, 11}).Draw(t, "assessment"),
		school:     rapid.IntRange(1, len(w.schools)).Draw(t, "school"),
		batch:      rapid.IntRange(1, 3).Draw(t, "batch"),
		from:       rapid.IntRange(1, 3).Draw(t, "from"),
		to:         forever,
		day:        rapid.IntRange(1, 2).Draw(t, "day"),
		grade:      edu.Grade(rapid.IntRange(3, 4).Draw(t, "grade")),
		level:      int16(rapid.IntRange(0, 4).Draw(t, "level")),
		score:      int16(rapid.IntRange(1200, 2400).Draw(t, "score")),
		condition:  edu.Condition(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3}).Draw(t, "condition")),
		complete:   flag("complete"),
		ethnicity:  edu.Ethnicity(rapid.IntRange(0, 7).Draw(t, "ethnicity")),
		demographics: edu.Demographics{Sex: edu.Sex(rapid.IntRange(0, 2).Draw(t, "sex")), IEP: flag("iep"), LimitedEnglish: flag("lep"),
			Section504: flag("504"), EconomicDisadvantage: flag("econ"), Migrant: flag("migrant")},
	}
	if r.from < 3 && rapid.IntRange(0, 3).Draw(t, "closed") == 0 {
		r.to = rapid.IntRange(r.from+1, 3).Draw(t, "to")
	}
	return r
}

func drawFilters(t *rapid.T) Filters {
	var f Filters
	flags := rapid.SliceOfNDistinct(rapid.SampledFrom([]edu.Flag{edu.NotStated, edu.No, edu.Yes}), 0, 2, func(x edu.Flag) edu.Flag { return x })
	switch rapid.IntRange(0, 5).Draw(t, "filter") {
	case 1:
		f.LimitedEnglish = flags.Draw(t, "lep")
	case 2:
		f.IEP, f.Complete = flags.Draw(t, "iep"), flags.Draw(t, "complete")
	case 3:
		f.Sexes = []edu.Sex{edu.Female}
		f.Section504 = flags.Draw(t, "504")
	case 4:
		f.Ethnicities = []edu.Ethnicity{edu.White, edu.Asian, edu.EthnicityNotStated, edu.Black}
		f.Migrant = flags.Draw(t, "migrant")
	case 5:
		f.Grades = []edu.Grade{3}
		f.EconomicDisadvantage = flags.Draw(t, "econ")
	}
	return f
}

// questions returns one counting question per institution of the world.
func (w *world) questions(year edu.AcademicYear, f Filters) []CountQuestion {
	qs := []CountQuestion{{Parts: DistrictsOfState, Year: year, Filters: f}}
	for i := range w.districts {
		qs = append(qs, CountQuestion{Parts: SchoolsOfDistrict, DistrictID: i + 1, Year: year, Filters: f})
	}
	for i, s := range w.schools {
		qs = append(qs, CountQuestion{Parts: GradesOfSchool, DistrictID: s.district, SchoolID: i + 1, Year: year, Filters: f})
	}
	return qs
}

func TestSQLCountsWhatTheOracleCounts(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), pgtest.New(t, schema.Warehouse)
	web := pgtest.As(t, pool, pg.Web)
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		if err := w.store(ctx, pool); err != nil {
			rt.Fatal(err)
		}
		sql := reportsOf(web).counter
		version, f := rapid.IntRange(1, 3).Draw(rt, "version"), drawFilters(rt)
		for _, q := range w.questions(2026, f) {
			got, err := sql.Counts(ctx, version, q)
			if err != nil {
				rt.Fatal(err)
			}
			sortCounts(got)
			want, _ := w.Counts(ctx, version, q)
			if d := diff.Diff(want, got); d != "" {
				rt.Errorf("counts of %+v in version %d (-oracle +SQL):\n%s", q, version, d)
			}
			present, err := sql.Interim(ctx, version, q)
			if err != nil {
				rt.Fatal(err)
			}
			sortPresences(present)
			wantPresent, _ := w.Interim(ctx, version, q)
			if d := diff.Diff(wantPresent, present); d != "" {
				rt.Errorf("interim of %+v in version %d (-oracle +SQL):\n%s", q, version, d)
			}
			missing, err := sql.NotStated(ctx, version, q)
			if err != nil {
				rt.Fatal(err)
			}
			wantMissing, _ := w.NotStated(ctx, version, q)
			if d := diff.Diff(wantMissing, missing); d != "" {
				rt.Errorf("not stated of %+v in version %d (-oracle +SQL):\n%s", q, version, d)
			}
		}
	})
}

// exact is the number of students of a cell as the oracle counts them, by row id, "" being all rows together.
func (w *world) exact(q CountQuestion, subject edu.Subject, idOf func(int) string) map[string]tally {
	counts, _ := w.Counts(context.Background(), 3, q)
	all := map[string]tally{}
	for _, n := range counts {
		if n.Subject != subject {
			continue
		}
		for _, id := range []string{"", idOf(n.Part)} {
			t := all[id]
			t.add(tally{levels: make([]int, 4), all: make([]int, 4)})
			t.count(n)
			all[id] = t
		}
	}
	return all
}

// page is one comparison with the question it answers.
type page struct {
	question ComparisonQuestion
	counts   CountQuestion
}

func (w *world) pages(f Filters) []page {
	var pages []page
	for _, q := range w.questions(2026, f) {
		p := page{ComparisonQuestion{Year: 2026, Filters: f}, q}
		if q.DistrictID != 0 {
			p.question.District = fmt.Sprintf("D%d", q.DistrictID)
		}
		if q.SchoolID != 0 {
			p.question.School = w.schools[q.SchoolID-1].code
		}
		pages = append(pages, p)
	}
	return pages
}

func (w *world) idOf(q CountQuestion) func(int) string {
	return func(part int) string {
		switch q.Parts {
		case DistrictsOfState:
			return fmt.Sprintf("D%d", part)
		case SchoolsOfDistrict:
			return w.schools[part-1].code
		}
		return edu.Grade(part).Code()
	}
}

func TestComparisonsShowTheOraclesNumbers(t *testing.T) {
	t.Parallel()
	const minN = 3
	ctx, pool := t.Context(), pgtest.New(t, schema.Warehouse)
	web := pgtest.As(t, pool, pg.Web)
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		if err := w.store(ctx, pool); err != nil {
			rt.Fatal(err)
		}
		r, f := reportsOf(web), drawFilters(rt)
		for _, p := range w.pages(f) {
			c, err := r.ComparingPopulations(ctx, everybody, p.question)
			if err != nil {
				rt.Fatal(err)
			}
			if c.MinN != minN {
				rt.Fatalf("min_n is %d, want %d", c.MinN, minN)
			}
			for i, subject := range c.Subjects {
				exact := w.exact(p.counts, subject, w.idOf(p.counts))
				checkCell(rt, p, c.Overall.Results[i], exact[""])
				for _, row := range c.Rows {
					checkCell(rt, p, row.Results[i], exact[row.ID])
				}
			}
			checkBenchmarks(rt, r, c, p)
		}
	})
}

// checkCell compares what is shown of a cell with the truth.
func checkCell(t *rapid.T, p page, d Distribution, exact tally) {
	n := exact.students()
	if d.Visibility != Shown {
		if n != 0 || d.Students != 0 || d.Unfiltered != 0 || d.AtOrAbove != 0 || d.Levels != nil {
			t.Errorf("%+v: a cell of %d students is not shown: %+v", p.question, n, d)
		}
		return
	}
	percents := 0
	for i, l := range d.Levels {
		want := 0
		if i < len(exact.levels) {
			want = exact.levels[i]
		}
		if l.Count != want {
			t.Errorf("%+v: level %d has %d students, want %d", p.question, l.Level, l.Count, want)
		}
		percents += l.Percent
	}
	if n == 0 || d.Students != n || percents != 100 || d.Told != nil {
		t.Errorf("%+v: %d students and %d percent, want %d and 100", p.question, d.Students, percents, n)
	}
	if d.Unfiltered != 0 && d.Unfiltered != sum(exact.all) {
		t.Errorf("%+v: out of %d, want %d", p.question, d.Unfiltered, sum(exact.all))
	}
}

// checkBenchmarks makes sure that an institution shows the same on its own page as on the page above.
func checkBenchmarks(t *rapid.T, r *Reports, c Comparison, p page) {
	if len(c.Benchmark) == 0 {
		return
	}
	above := p.question
	if above.School == "" {
		above.District = ""
	}
	above.School = ""
	up, err := r.ComparingPopulations(t.Context(), everybody, above)
	if err != nil {
		t.Fatal(err)
	}
	if d := diff.Diff(up.Overall, c.Benchmark[len(c.Benchmark)-1], cmpopts.IgnoreUnexported(ComparisonRow{})); d != "" {
		t.Errorf("%+v: the benchmark differs from the overall row of its own page:\n%s", p.question, d)
	}
	for _, row := range up.Rows {
		if row.ID == c.Overall.ID {
			if d := diff.Diff(row.Results, c.Overall.Results); d != "" {
				t.Errorf("%+v: the overall row differs from the row on the page above:\n%s", p.question, d)
			}
		}
	}
}
