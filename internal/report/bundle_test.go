package report

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
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
						if len(many[id]) > 0 {
							t.Errorf("student %d has a report among many only", id)
						}
					case err != nil:
						t.Fatal(err)
					case len(many[id]) == 0:
						t.Errorf("student %d has no report among many", id)
					default:
						compared++
						if diff := cmp.Diff(one, many[id][0]); diff != "" {
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
