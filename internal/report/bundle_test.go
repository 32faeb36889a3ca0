package report

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/scope"
)

// Many students' reports say what each one's own says, whoever reads them.
func TestReportsOfManyAreThoseOfEach(t *testing.T) {
	t.Parallel()
	w := smallClass()
	r := w.stored(t)
	for _, s := range []scope.Scope{{Tenant: "tamarack", AllStudents: true}, {Tenant: "tamarack", Districts: []string{"D1"}}, {Tenant: "tamarack", Schools: []scope.School{{District: "D1", School: w.schools[0].code}}}} {
		var ids []int
		for i := range w.students {
			ids = append(ids, i+1)
		}
		version, err := r.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		compared := 0
		for _, kind := range edu.AssessmentTypes {
			for _, year := range []edu.AcademicYear{2024, 2025, 2026} {
				many, err := r.StudentReports(t.Context(), s, version, kind, year, ids)
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range ids {
					one, err := r.StudentReport(t.Context(), s, StudentReportQuestion{StudentID: id, Type: kind, Year: year})
					switch {
					case fault.Is(err, fault.NotFound):
						if len(many[id].Reports) > 0 {
							t.Errorf("student %d has a report among many only", id)
						}
					case err != nil:
						t.Fatal(err)
					case len(many[id].Reports) == 0:
						t.Errorf("student %d has no report among many", id)
					default:
						compared++
						if diff := cmp.Diff(one, many[id].Reports[0]); diff != "" {
							t.Errorf("student %d (-alone +among many):\n%s", id, diff)
						}
					}
				}
			}
		}
		if compared == 0 {
			t.Errorf("%+v sees no report", s)
		}
	}
}

// Who may be given a document is decided by the schools of everything that it shows, and of nothing else.
func TestReportsNameTheSchoolsOfAllThatTheyShow(t *testing.T) {
	t.Parallel()
	w := smallClass()
	for i := range w.results {
		if x := &w.results[i]; x.student == 1 && x.assessment == 3 { // Ann's Math of the year before
			x.school = 2
		}
	}
	r := w.stored(t)
	oak, elm := scope.School{District: "D1", School: "A"}, scope.School{District: "D1", School: "B"}
	for _, c := range []struct {
		s       scope.Scope
		kind    edu.AssessmentType
		year    edu.AcademicYear
		schools []scope.School
	}{
		{everybody, edu.Summative, 2026, []scope.School{oak, elm}},
		{everybody, edu.Summative, 2025, []scope.School{oak, elm}},
		{everybody, edu.InterimComprehensive, 2026, []scope.School{oak}},
		{everybody, edu.InterimBlock, 2026, []scope.School{oak}},
		{classReader, edu.Summative, 2026, []scope.School{oak}},
	} {
		many, err := r.StudentReports(t.Context(), c.s, 1, c.kind, c.year, []int{1})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.schools, many[1].Schools); diff != "" {
			t.Errorf("%v of %d for %+v (-want +got):\n%s", c.kind, c.year, c.s, diff)
		}
	}
}

func TestABundleIsCountedAsItIsListed(t *testing.T) {
	t.Parallel()
	w := smallClass()
	r := w.stored(t)
	oak := BundleQuestion{Type: edu.Summative, Year: 2026, District: "D1", School: "A"}
	with := func(change func(*BundleQuestion)) BundleQuestion { q := oak; change(&q); return q }
	for name, q := range map[string]BundleQuestion{
		"a school": oak, "a district": with(func(q *BundleQuestion) { q.School = "" }), "a group": with(func(q *BundleQuestion) { q.GroupID = "g1" }),
		"one student": with(func(q *BundleQuestion) { q.Students = []int{1} }), "anywhere": {Type: edu.Summative, Year: 2026, Students: []int{1, 2}},
		"a filter": with(func(q *BundleQuestion) { q.Filters.Complete = []edu.Flag{edu.No} }), "nobody": with(func(q *BundleQuestion) { q.Year = 2019 }),
		"one of two": with(func(q *BundleQuestion) { q.Students, q.Remaining = []int{1, 999}, true }),
	} {
		b, err := r.Bundle(t.Context(), everybody, q)
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.CountBundle(t.Context(), everybody, q)
		if err != nil {
			t.Fatal(err)
		}
		want := BundleCount{Place: b.Place, Students: len(b.Students), Missing: b.Missing, Schools: []scope.School{}, Group: q.GroupID}
		if q.GroupID == "g1" {
			want.Group = "Room 1"
		}
		if len(b.Students) > 0 {
			want.Classes, want.Schools = 1, []scope.School{{District: "D1", School: "A"}}
		}
		if len(b.Students) == 1 {
			want.Only = b.Students[0].StudentID
		}
		if diff := cmp.Diff(want, c); diff != "" {
			t.Errorf("%s (-listed +counted):\n%s", name, diff)
		}
	}
}

// Students who are chosen one by one are those of the place that is named.
func TestAStudentOfElsewhereIsNotChosenFromAPlace(t *testing.T) {
	t.Parallel()
	r := smallClass().stored(t)
	q := BundleQuestion{Type: edu.Summative, Year: 2026, District: "D1", School: "B", Students: []int{1}}
	if _, err := r.Bundle(t.Context(), everybody, q); !fault.Is(err, fault.NotFound) {
		t.Errorf("a student of Oak from the list of Elm: %v", err)
	}
	if _, err := r.CountBundle(t.Context(), everybody, q); !fault.Is(err, fault.NotFound) {
		t.Errorf("a student of Oak counted from the list of Elm: %v", err)
	}
}

// A school that gets another code, moves or closes is known under the code that it had: what was printed under it is found.
func TestClassesAreChangedUnderTheCodesThatTheyHad(t *testing.T) {
	t.Parallel()
	w := smallClass()
	pool := pgtest.New(t, schema.Warehouse)
	if err := w.store(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	r := reportsOf(pgtest.As(t, pool, pg.Web))
	before, err := r.ChangedClasses(t.Context(), everybody, 0, 1)
	if err != nil || len(before) == 0 {
		t.Fatal(before, err)
	}
	if _, err := pool.Exec(t.Context(), `
		update school set to_version = 2 where code = 'A'; insert into school (school_id, district_id, code, name, batch_id, from_version) values (1, 1, 'A2', 'Oak', 2, 2)`); err != nil {
		t.Fatal(err)
	}
	after, err := r.ChangedClasses(t.Context(), everybody, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(before)
	for _, c := range before {
		c.School = "A2"
		want = append(want, c)
	}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("classes (-want +got):\n%s", diff)
	}
}

// Whose reports there are is what lists show.
func TestABundleIsTheStudentsOfItsLists(t *testing.T) {
	t.Parallel()
	w := smallClass()
	r := w.stored(t)
	s := everybody
	for _, school := range w.schools {
		if school.district != 1 {
			continue
		}
		for grade := edu.Grade(3); grade <= 8; grade++ {
			q := BundleQuestion{Type: edu.Summative, Year: 2026, District: "D1", School: school.code, Filters: Filters{Grades: []edu.Grade{grade}}}
			b, err := r.Bundle(t.Context(), s, q)
			if err != nil {
				t.Fatal(err)
			}
			l, err := r.StudentList(t.Context(), s, StudentListQuestion{District: "D1", School: school.code, Grade: grade, Year: 2026, Type: edu.Summative})
			if err != nil {
				t.Fatal(err)
			}
			var listed, bundled []string
			for _, row := range l.Rows {
				listed = append(listed, row.Student.Code)
			}
			for _, p := range b.Students {
				bundled = append(bundled, p.Code)
			}
			slices.Sort(listed)
			slices.Sort(bundled)
			if diff := cmp.Diff(listed, bundled); diff != "" {
				t.Errorf("%s, grade %d (-list +bundle):\n%s", school.code, grade, diff)
			}
		}
	}
	for name, c := range map[string]struct {
		s    scope.Scope
		q    BundleQuestion
		kind fault.Kind
	}{
		"a district for somebody with a school": {classReader, BundleQuestion{Type: edu.Summative, Year: 2026, District: "D1"}, fault.Forbidden},
		"a district that there is not":          {s, BundleQuestion{Type: edu.Summative, Year: 2026, District: "D99"}, fault.NotFound},
		"a student who does not exist":          {s, BundleQuestion{Type: edu.Summative, Year: 2026, Students: []int{99999}}, fault.NotFound},
		"another tenant":                        {scope.Scope{Tenant: "hemlock", AllStudents: true}, BundleQuestion{Type: edu.Summative, Year: 2026, District: "D1"}, fault.NotFound},
		"no place":                              {s, BundleQuestion{Type: edu.Summative, Year: 2026}, fault.Invalid},
	} {
		if _, err := r.Bundle(t.Context(), c.s, c.q); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v, want %s", name, err, c.kind)
		}
	}
}
