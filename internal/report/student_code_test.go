package report

import (
	"testing"

	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
)

func TestAStudentsCodeLeadsToTheStudentOnlyWithinTheScope(t *testing.T) {
	t.Parallel()
	r := smallClass().stored(t)
	other := scope.Scope{Tenant: "tamarack", Schools: []scope.School{{District: "D1", School: "B"}}}
	for _, c := range []struct {
		name  string
		scope scope.Scope
		code  string
		want  int
	}{
		{"in the school", classReader, "S2", 2},
		{"of the state", scope.Scope{Tenant: "tamarack", AllStudents: true}, "S2", 2},
		{"in another school", other, "S2", 0},
		{"nobody", classReader, "S99", 0},
		{"for no students", scope.Scope{Tenant: "tamarack", Aggregates: true}, "S2", 0},
	} {
		id, found, err := r.StudentOfCode(t.Context(), c.scope, c.code)
		if err != nil || id != c.want || found != (c.want != 0) {
			t.Errorf("%s: got %d, %v, %v; want %d", c.name, id, found, err, c.want)
		}
	}
	if _, _, err := r.StudentOfCode(t.Context(), scope.Scope{Tenant: "hemlock", AllStudents: true}, "S2"); !fault.Is(err, fault.NotFound) {
		t.Errorf("another tenant's scope: %v, want not found", err)
	}
}
