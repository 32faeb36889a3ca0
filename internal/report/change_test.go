package report

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

// lastYear puts the results that a class adds into 2025.
func lastYear(r *worldResult) { r.assessment = 3 }

func TestAChangeIsShownWhereBothYearsHaveResults(t *testing.T) {
	t.Parallel()
	w := twoDistricts()
	w.class(1, 3, 5, lastYear)
	w.class(1, 3, 1, lastYear, func(r *worldResult) { r.level = 4 })
	c, err := w.stored(t).ComparingPopulations(t.Context(), everybody, ComparisonQuestion{Year: 2026})
	if err != nil {
		t.Fatal(err)
	}
	if c.Before != 2025 || c.Awaited != 0 {
		t.Errorf("changes are since %v and %v is awaited, want 2025 and none", c.Before, c.Awaited)
	}
	got := map[string]Change{}
	for _, row := range append(c.Rows, c.Overall) {
		got[row.ID] = row.Results[0].Change
	}
	want := map[string]Change{"D1": {Known: true, Points: 50 - 58}, "D2": {}, "D3": {}, "": {Known: true, Points: 50 - 58}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestChangesAreTheDifferencesOfTheTwoYearsPages(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), pgtest.New(t, schema.Warehouse)
	web := pgtest.As(t, pool, pg.Web)
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWorld(rt)
		if err := w.store(ctx, pool); err != nil {
			rt.Fatal(err)
		}
		r, f := reportsOf(web), drawFilters(rt)
		for _, p := range w.pages(f) {
			now, err := r.ComparingPopulations(ctx, everybody, p.question)
			if err != nil {
				rt.Fatal(err)
			}
			p.question.Year = 2025
			then, err := r.ComparingPopulations(ctx, everybody, p.question)
			if err != nil {
				rt.Fatal(err)
			}
			before := map[string]ComparisonRow{}
			for _, row := range append(then.Rows, then.Overall) {
				before[row.ID+row.Name] = row
			}
			for _, row := range append(now.Rows, now.Overall) {
				for i, d := range row.Results {
					want := Change{}
					old := Distribution{Visibility: NoResults}
					if x, ok := before[row.ID+row.Name]; ok {
						old = x.Results[i]
					}
					if d.Visibility == Shown && old.Visibility == Shown {
						want = Change{Known: true, Points: d.AtOrAbove - old.AtOrAbove}
					}
					if d.Change != want {
						rt.Errorf("%+v: row %q, subject %s: the change is %+v, want %+v", p.question, row.ID, d.Subject, d.Change, want)
					}
				}
			}
		}
	})
}

func TestLastYearsResultsAreShownWhileThisYearsAreAwaited(t *testing.T) {
	t.Parallel()
	w := twoDistricts()
	w.class(4, 3, 5, lastYear) // District 11 has no summative results of 2026
	r := w.stored(t)
	for _, c := range []struct {
		today         string
		q             ComparisonQuestion
		year, awaited edu.AcademicYear
	}{
		{"2026-07-31", ComparisonQuestion{}, 2026, 0},
		{"2026-08-01", ComparisonQuestion{}, 2026, 2027},
		{"2026-08-01", ComparisonQuestion{Year: 2026}, 2026, 0},
		{"2026-06-01", ComparisonQuestion{District: "D3"}, 2025, 2026},
		{"2026-11-01", ComparisonQuestion{District: "D3"}, 2025, 2027},
		{"2026-11-01", ComparisonQuestion{District: "D3", School: "A"}, 2025, 2027},
		{"2026-06-01", ComparisonQuestion{District: "D3", Year: 2026}, 2026, 0},
		{"2026-06-01", ComparisonQuestion{District: "D1", Filters: Filters{Grades: []edu.Grade{11}}}, 2026, 0}, // nobody passes, but there are results
	} {
		r.today = func() time.Time { day, _ := time.Parse(time.DateOnly, c.today); return day }
		got, err := r.ComparingPopulations(t.Context(), everybody, c.q)
		if err != nil {
			t.Fatal(err)
		}
		if got.Year != c.year || got.Awaited != c.awaited {
			t.Errorf("%s, %+v: year %v while %v is awaited, want %v and %v", c.today, c.q, got.Year, got.Awaited, c.year, c.awaited)
		}
	}
}
