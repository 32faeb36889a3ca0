package report

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/decide"
	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/scope"
)

// releases are years of a world that are released, as they are in version 3.
type releases map[edu.AcademicYear]*Told

func (r releases) Shelf(context.Context) (Shelf, error) { return r, nil }

func (r releases) Told(_ context.Context, year edu.AcademicYear, _ int) (*Told, error) {
	return r[year], nil
}

func (r releases) Years() (years []edu.AcademicYear) {
	for y := range r {
		years = append(years, y)
	}
	slices.Sort(years)
	slices.Reverse(years)
	return years
}

// released decides a release of a year of the world.
func (w *world) released(t rapid.TB, minN int, year edu.AcademicYear) *Told {
	return w.releasedWith(t, minN, year, disclosure.NoAttribute)
}

// releasedWith is released with an attribute that can be combined with each other one.
func (w *world) releasedWith(t rapid.TB, minN int, year edu.AcademicYear, hub disclosure.Attribute) *Told {
	policy := disclosure.DefaultPolicy()
	policy.MinN, policy.Hub = minN, hub
	var grades []edu.Grade
	var subjects []disclosure.SubjectLevels
	var schools []disclosure.Row
	for _, r := range w.counted(3, year) {
		grades = appendNew(grades, r.grade)
		subjects = appendNew(subjects, disclosure.SubjectLevels{Subject: w.assessment(r).subject, Levels: 4})
		schools = appendNew(schools, disclosure.Row{District: int32(w.district(r)), School: int32(r.school)})
	}
	if len(subjects) == 0 {
		return nil
	}
	counts := disclosure.NewCounts(disclosure.NewCatalogue(policy, grades), year, subjects, schools)
	for q := range counts.Catalogue.Len() {
		for _, school := range schools {
			all, _ := w.Counts(context.Background(), 3, CountQuestion{Parts: GradesOfSchool, DistrictID: int(school.District), SchoolID: int(school.School), Year: year,
				Filters: filtersOf(counts.Catalogue.Options(disclosure.Question(q)))})
			for _, n := range all {
				counts.Levels(counts.Subject(n.Subject), counts.Row(school), disclosure.Question(q))[n.Level-1] += int32(n.Filtered)
			}
		}
	}
	counts.Sum()
	d, err := decide.Release(counts, nil)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := disclosure.Open(d, counts)
	if err != nil {
		t.Fatal(err)
	}
	told := &Told{Key: fmt.Sprint(year), Subjects: map[edu.Subject]ToldSubject{}}
	for _, s := range subjects {
		told.Subjects[s.Subject] = ToldSubject{Kind: "final", At: time.Date(int(year), 9, 1, 0, 0, 0, 0, time.UTC), MinN: minN, Answers: answers}
	}
	return told
}

// filtersOf are the filters that ask for the options of a question.
func filtersOf(options []disclosure.Option) Filters {
	var f Filters
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
			}
		}
	}
	return f
}

// Whoever may not see each student of a row is told exactly what the release answers, whatever else the page shows and whatever came after the release.
func TestRowsBeyondAPersonsStudentsAreWhatTheReleaseAnswers(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), pgtest.New(t, schema.Warehouse)
	web := pgtest.As(t, pool, pg.Web)
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		if err := w.store(ctx, pool); err != nil {
			rt.Fatal(err)
		}
		r, f := reportsOf(web), drawFilters(rt)
		exact := reportsOf(web)
		told := w.released(rt, 3, 2026)
		r.releases = releases{2026: told}
		who := scope.Scope{Tenant: "tamarack", Aggregates: true}
		if rapid.Bool().Draw(rt, "of a district") {
			who.Districts = []string{"D1"}
		} else if rapid.Bool().Draw(rt, "of a school") {
			who.Schools = []scope.School{{District: "D1", School: "C1"}}
		}
		for _, p := range w.pages(f) {
			c, err := r.ComparingPopulations(ctx, who, p.question)
			if err != nil {
				rt.Fatal(err)
			}
			all, err := exact.ComparingPopulations(ctx, everybody, p.question)
			if err != nil {
				rt.Fatal(err)
			}
			want := map[string]ComparisonRow{}
			for _, row := range append(append(all.Rows, all.Benchmark...), all.Overall) {
				want[row.ID+" "+row.Name] = row
			}
			for _, row := range append(append(c.Rows, c.Benchmark...), c.Overall) {
				checkTold(rt, p, who, row, want[row.ID+" "+row.Name], c, told, f)
			}
		}
	})
}

// checkTold compares a row with the exact one where the person may see all its students, and with the release elsewhere.
func checkTold(t *rapid.T, p page, who scope.Scope, row, exact ComparisonRow, c Comparison, told *Told, f Filters) {
	at := row.at
	covered := len(who.Districts) > 0 && at.District == 1 || len(who.Schools) > 0 && at.District == 1 && at.School == 1
	if row.Exact != covered {
		t.Errorf("%+v: row %q is exact: %v, want %v", p.question, row.Name, row.Exact, covered)
	}
	for i, d := range row.Results {
		switch {
		case covered:
			if diff := cmp.Diff(exact.Results[i], d); diff != "" {
				t.Errorf("%+v: row %q (-exact +got):\n%s", p.question, row.Name, diff)
			}
		case d.Told == nil || d.Levels != nil || d.AtOrAbove != 0:
			t.Errorf("%+v: row %q has exact numbers: %+v", p.question, row.Name, d)
		default:
			want := disclosure.Answer{Visibility: disclosure.Outside, Refusal: disclosure.NoSuchYear}
			if answers := told.subject(d.Subject).Answers; answers != nil {
				filters := f.chosen()
				if row.Grade != 0 {
					if len(f.Grades) > 0 && !slices.Contains(f.Grades, row.Grade) {
						t.Errorf("%+v: row %q is none of the grades asked for", p.question, row.Name)
					}
					only := f
					only.Grades = []edu.Grade{row.Grade}
					filters = only.chosen()
				}
				want = answers.Answer(answers.Subject(d.Subject), answers.Row(at), answers.Ask(filters))
				if row.Grade != 0 {
					want.OutOf = 0
				}
			}
			if diff := cmp.Diff(want, *d.Told); diff != "" {
				t.Errorf("%+v: row %q, %s (-release +got):\n%s", p.question, row.Name, d.Subject, diff)
			}
		}
	}
}

func TestWhatFollowsAReleaseIsToldToThoseWhoSeeTheStudentsOnly(t *testing.T) {
	t.Parallel()
	w := twoDistricts()
	told := w.released(t, 11, 2026)
	w.class(1, 3, 10) // after the release
	w.class(2, 4, 1)
	r := w.stored(t)
	r.releases = releases{2026: told}
	rows := func(s scope.Scope, q ComparisonQuestion) (all []string) {
		c, err := r.ComparingPopulations(t.Context(), s, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range append([]ComparisonRow{c.Overall}, c.Rows...) {
			all = append(all, fmt.Sprintf("%s %v %d %d", row.Name, row.Exact, row.Results[0].Visibility, row.Results[0].Students))
		}
		return all
	}
	school := scope.Scope{Tenant: "tamarack", Aggregates: true, Schools: []scope.School{{District: "D1", School: "A"}}}
	if diff := cmp.Diff([]string{"District 10 false 0 60", "Elm false 0 24", "Oak true 0 76"}, rows(school, ComparisonQuestion{District: "D1"})); diff != "" {
		t.Errorf("a principal's district (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Elm false 0 24", "Grade 3 false 0 24"}, rows(school, ComparisonQuestion{District: "D1", School: "B"})); diff != "" {
		t.Errorf("another school (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Elm true 0 28", "Grade 3 true 0 24", "Grade 4 true 0 4"}, rows(everybody, ComparisonQuestion{District: "D1", School: "B"})); diff != "" {
		t.Errorf("whoever sees all students (-want +got):\n%s", diff)
	}
	filtered := ComparisonQuestion{Filters: Filters{IEP: []edu.Flag{edu.Yes}, Sexes: []edu.Sex{edu.Female}}}
	c, err := r.ComparingPopulations(t.Context(), anybody, filtered)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range append(c.Rows, c.Overall) {
		if d := row.Results[0]; d.Visibility != Unanswered || d.Told.Refusal != disclosure.TooDeep {
			t.Errorf("two kinds of groups together: row %s is %+v", row.Name, d)
		}
	}
}

// What is delivered after a release, and what is deleted, changes nothing of what is told of places whose students a person may not see: not even which there are.
func TestNothingIsToldOfWhatHappensBetweenReleases(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), pgtest.New(t, schema.Warehouse)
	web := pgtest.As(t, pool, pg.Web)
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		hub := rapid.SampledFrom([]disclosure.Attribute{disclosure.NoAttribute, disclosure.Grade, disclosure.Sex}).Draw(rt, "hub")
		told, f := w.releasedWith(rt, 3, 2026, hub), drawFilters(rt)
		p := rapid.SampledFrom(w.pages(f)).Draw(rt, "page")
		ask := func() Comparison {
			r := reportsOf(web) // it remembers what it has counted of a version
			r.releases = releases{2026: told}
			if told == nil {
				r.releases = releases{}
			}
			if err := w.store(ctx, pool); err != nil {
				rt.Fatal(err)
			}
			c, err := r.ComparingPopulations(ctx, anybody, p.question)
			if err != nil {
				rt.Fatal(err)
			}
			c.Settings, c.Years, c.Before, c.Levels = "", nil, 0, nil // years and assessments there are; not what results they have
			for _, row := range c.every() {
				for i := range row.Results {
					row.Results[i].Change = Change{}
				}
			}
			return c
		}
		before := ask()
		for range rapid.IntRange(1, 20).Draw(rt, "later results") {
			x := drawResult(rt, w)
			x.from, x.to, x.day = 1, forever, 3+len(w.results)%20
			w.results = append(w.results, x)
		}
		for i := range w.results {
			if rapid.IntRange(0, 5).Draw(rt, "deleted") == 0 {
				w.results[i].from, w.results[i].to = 1, 2
			}
		}
		if diff := cmp.Diff(before, ask(), cmp.AllowUnexported(Comparison{}, ComparisonRow{}, toldPart{}), cmpopts.IgnoreFields(ToldSubject{}, "Answers")); diff != "" {
			rt.Errorf("%+v (-before +after):\n%s", f, diff)
		}
	})
}

func TestAStateCanMakeEverybodyTheStrictAudience(t *testing.T) {
	t.Parallel()
	w := twoDistricts()
	told := w.released(t, 11, 2026)
	w.class(1, 3, 10) // after the release
	w.settings = `{"disclosure": {"strict_for_all": true}}`
	r := w.stored(t)
	r.releases = releases{2026: told}
	c, err := r.ComparingPopulations(t.Context(), everybody, ComparisonQuestion{District: "D1"})
	if err != nil {
		t.Fatal(err)
	}
	if d := c.Overall.Results[0]; c.Overall.Exact || d.Told == nil || d.Students != 60 {
		t.Errorf("the district is %+v", c.Overall)
	}
	for _, row := range c.Rows {
		if row.Exact || !row.Students {
			t.Errorf("row %s is exact: %v, leads to students: %v", row.Name, row.Exact, row.Students)
		}
	}
}

// The newest year of which something is told is shown to whoever is told no more; a year of which nothing is says so.
func TestPeopleAreLedToTheNewestYearThatTheyAreTold(t *testing.T) {
	t.Parallel()
	w := twoDistricts()
	w.class(1, 3, 9, lastYear)
	r := w.stored(t)
	r.releases = releases{2025: w.released(t, 11, 2025)}
	for _, c := range []struct {
		who  scope.Scope
		q    ComparisonQuestion
		year edu.AcademicYear
		is   Visibility
	}{
		{anybody, ComparisonQuestion{}, 2025, Shown},
		{everybody, ComparisonQuestion{}, 2026, Shown},
		{anybody, ComparisonQuestion{Year: 2026}, 2026, Unanswered},
	} {
		got, err := r.ComparingPopulations(t.Context(), c.who, c.q)
		if err != nil {
			t.Fatal(err)
		}
		if got.Year != c.year || got.Overall.Results[0].Visibility != c.is {
			t.Errorf("%+v, %+v: %v, %v", c.who, c.q, got.Year, got.Overall.Results[0])
		}
	}
}

func TestAChangeIsToldWhereBothPercentsAreOneNumber(t *testing.T) {
	t.Parallel()
	shown := func(low, high int) Distribution {
		return told(edu.Math, disclosure.Answer{Visibility: disclosure.Shown, Students: 50, AtOrAbove: disclosure.Band{Low: low, High: high}})
	}
	hidden, none, outside := told(edu.Math, disclosure.Answer{}), told(edu.Math, disclosure.Answer{Visibility: disclosure.NoStudents}), told(edu.Math, disclosure.Answer{Visibility: disclosure.Outside})
	for _, c := range []struct {
		now, before Distribution
		want        Change
	}{
		{shown(40, 40), shown(44, 44), Change{Known: true, Points: -4}},
		{shown(40, 40), shown(41, 50), Change{Withheld: true}},
		{shown(0, 5), shown(0, 5), Change{Withheld: true}},
		{hidden, shown(44, 44), Change{Withheld: true}},
		{shown(40, 40), hidden, Change{Withheld: true}},
		{none, shown(44, 44), Change{}},
		{shown(44, 44), outside, Change{Untold: true}},
		{outside, outside, Change{Untold: true}},
	} {
		if got := changeTold(c.now, c.before); got != c.want {
			t.Errorf("%+v after %+v: %+v, want %+v", c.now.Told, c.before.Told, got, c.want)
		}
	}
}
