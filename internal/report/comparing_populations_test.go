package report

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
)

// class adds students with one Math result each of 2026 at a school, n on each level.
func (w *world) class(school int, grade edu.Grade, n int, change ...func(*worldResult)) {
	for level := range 4 {
		for range n {
			w.students = append(w.students, worldStudent{first: "F", last: "L"})
			r := worldResult{student: len(w.students), assessment: 1, school: school, batch: 1, from: 1, to: forever, day: 1,
				grade: grade, level: int16(level + 1), score: int16(1300 + 300*level), complete: edu.Yes}
			for _, c := range change {
				c(&r)
			}
			w.results = append(w.results, r)
		}
	}
}

// twoDistricts is a state with a large district of two schools, a small one, and one with interim results only.
func twoDistricts() *world {
	w := &world{
		districts: []string{"District 10", "district 9", "District 11"},
		schools:   []worldSchool{{1, "A", "Oak"}, {1, "B", "Elm"}, {2, "A", "Ash"}, {3, "A", "Fir"}},
		assessments: []worldAssessment{{edu.Summative, edu.Math, 2026, "Claim"}, {edu.Summative, edu.ELA, 2026, "Claim"},
			{edu.Summative, edu.Math, 2025, "Claim"}, {edu.InterimComprehensive, edu.Math, 2026, "Claim"}},
	}
	w.class(1, 3, 5)
	w.class(1, 4, 4)
	w.class(2, 3, 6)
	w.class(3, 3, 8)
	w.class(4, 3, 1, func(r *worldResult) { r.assessment = 4 })
	return w
}

func TestAStatePageShowsItsDistrictsInOrderOfName(t *testing.T) {
	t.Parallel()
	c, err := twoDistricts().stored(t).ComparingPopulations(t.Context(), everybody, ComparisonQuestion{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range append([]ComparisonRow{c.Overall}, c.Rows...) {
		got = append(got, fmt.Sprintf("%s %s: %d %d, %d %d", row.ID, row.Name, row.Results[0].Visibility, row.Results[0].Students, row.Results[1].Visibility, row.Results[1].Students))
	}
	want := []string{
		" State of Tamarack: 0 92, 2 0",
		"D2 district 9: 0 32, 2 0",
		"D1 District 10: 0 60, 2 0",
		"D3 District 11: 3 0, 2 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if c.Year != 2026 || c.MinN != 11 || c.Withheld != 0 || c.Filtered || len(c.Benchmark) != 0 || c.Version != 3 {
		t.Errorf("comparison is of %v with min_n %d, %d withheld, filtered %v, %d benchmarks, version %d", c.Year, c.MinN, c.Withheld, c.Filtered, len(c.Benchmark), c.Version)
	}
	if diff := cmp.Diff([]edu.AcademicYear{2026, 2025}, c.Years); diff != "" {
		t.Errorf("years (-want +got):\n%s", diff)
	}
}

func TestASchoolPageHasItsDistrictAndItsStateForComparison(t *testing.T) {
	t.Parallel()
	r := twoDistricts().stored(t)
	reader := scope.Scope{Tenant: "tamarack", Aggregates: true, Schools: []scope.School{{District: "D1", School: "A"}}}
	c, err := r.ComparingPopulations(t.Context(), reader, ComparisonQuestion{District: "D1", School: "A"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range append(append(c.Benchmark, c.Overall), c.Rows...) {
		got = append(got, fmt.Sprintf("%s %s: %d, students %v", row.ID, row.Name, row.Results[0].Students, row.Students))
	}
	want := []string{ // nothing is released: of the state and the district the reader is told nothing
		" State of Tamarack: 0, students false", "D1 District 10: 0, students false", "A Oak: 36, students false",
		"03 Grade 3: 20, students true", "04 Grade 4: 16, students true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	elsewhere, err := r.ComparingPopulations(t.Context(), reader, ComparisonQuestion{District: "D1", School: "B"})
	if err != nil {
		t.Fatal(err)
	}
	if len(elsewhere.Rows) != 0 || elsewhere.Overall.Exact {
		t.Errorf("of another school, of which nothing is released, the reader is told %+v", elsewhere.Rows)
	}
}

func TestRowsCanBeChosen(t *testing.T) {
	t.Parallel()
	w := twoDistricts()
	w.schools = append(w.schools, worldSchool{1, "C", "Yew"})
	w.class(5, 3, 1)
	c, err := w.stored(t).ComparingPopulations(t.Context(), everybody, ComparisonQuestion{District: "D1", Only: []string{"B", "C"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range append([]ComparisonRow{c.Overall}, c.Rows...) {
		got = append(got, fmt.Sprintf("%s %d", row.Name, row.Results[0].Students))
	}
	if diff := cmp.Diff([]string{"District 10 64", "Elm 24", "Yew 4"}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestFiltersLeaveOutRowsWithoutStudentsAndSayOutOfHowMany(t *testing.T) {
	t.Parallel()
	w := twoDistricts()
	for i := range w.results {
		if w.results[i].student%2 == 0 && w.results[i].school <= 2 {
			w.results[i].demographics.LimitedEnglish = edu.Yes
		}
	}
	c, err := w.stored(t).ComparingPopulations(t.Context(), everybody, ComparisonQuestion{Filters: Filters{LimitedEnglish: []edu.Flag{edu.Yes}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rows) != 1 || c.Rows[0].ID != "D1" || !c.Filtered {
		t.Fatalf("rows are %+v, want only D1", c.Rows)
	}
	if d := c.Rows[0].Results[0]; d.Students >= d.Unfiltered || d.Unfiltered != 60 {
		t.Errorf("%d out of %d students, want fewer out of 60", d.Students, d.Unfiltered)
	}
}

func TestAnEmptyWarehouseIsAComparisonWithoutRows(t *testing.T) {
	t.Parallel()
	c, err := (&world{}).stored(t).ComparingPopulations(t.Context(), everybody, ComparisonQuestion{})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rows) != 0 || c.Year != 0 || c.Overall.Results[0].Visibility != NoResults {
		t.Errorf("comparison is %+v", c)
	}
}

func TestComparisonsRefuseWhatIsNotTheReaders(t *testing.T) {
	t.Parallel()
	r := twoDistricts().stored(t)
	for _, c := range []struct {
		name string
		s    scope.Scope
		q    ComparisonQuestion
		want fault.Kind
	}{
		{"another tenant", scope.Scope{Tenant: "hemlock", Aggregates: true, AllStudents: true}, ComparisonQuestion{}, fault.NotFound},
		{"no aggregates", scope.Scope{Tenant: "tamarack", AllStudents: true}, ComparisonQuestion{}, fault.Forbidden},
		{"the zero scope", scope.Scope{}, ComparisonQuestion{}, fault.NotFound},
		{"an unknown district", everybody, ComparisonQuestion{District: "D9"}, fault.NotFound},
		{"a school of another district", everybody, ComparisonQuestion{District: "D2", School: "B"}, fault.NotFound},
		{"a school without its district", everybody, ComparisonQuestion{School: "A"}, fault.Invalid},
	} {
		if _, err := r.ComparingPopulations(t.Context(), c.s, c.q); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}
