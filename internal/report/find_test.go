package report

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/scope"
)

// PostgreSQL and the program fold names alike, for readers of a district and of a whole state: whoever types a name as it is written, or without its accents, finds
// the student.
func TestAnyNameIsFoundAsItIsWrittenAndWithoutItsAccents(t *testing.T) {
	t.Parallel()
	ctx, pool := t.Context(), pgtest.New(t, schema.Warehouse)
	web := pgtest.As(t, pool, pg.Web)
	name := rapid.StringOfN(rapid.SampledFrom([]rune("abzABZéÉñđĐłŁøØıİßæœþ ûṹấậỢ\u0301\u0323-'’,.%_\\ΩЖש李")), 1, 12, -1)
	rapid.Check(t, func(rt *rapid.T) {
		first, last := "x"+name.Draw(rt, "first"), "y"+name.Draw(rt, "last")
		w := &world{districts: []string{"One"}, schools: []worldSchool{{1, "A", "Oak"}}, assessments: []worldAssessment{{edu.Summative, edu.Math, 2026, "Claim"}}}
		w.students = []worldStudent{{first: first, last: last}, {first: "Somebody", last: "Else"}}
		for i := range w.students {
			w.results = append(w.results, worldResult{student: i + 1, assessment: 1, school: 1, batch: 1, from: 1, to: forever, day: 1, grade: 3, level: 2, score: 1500})
		}
		if err := w.store(ctx, pool); err != nil {
			rt.Fatal(err)
		}
		r := reportsOf(web)
		for _, s := range []scope.Scope{everybody, {Tenant: "tamarack", Aggregates: true, Districts: []string{"D1"}}} {
			for _, text := range []string{first + " " + last, strings.ToUpper(last) + ", " + first, searchable(last) + " " + searchable(first)} {
				found, err := r.Find(ctx, s, text)
				if err != nil {
					rt.Fatal(err)
				}
				if len(found.Students) != 1 || found.Students[0].Student.Last != last {
					rt.Errorf("%+q of %+q %+q, all students: %v: finds %d", text, first, last, s.AllStudents, len(found.Students))
				}
			}
		}
	})
}
