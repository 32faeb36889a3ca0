package warehouse_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
)

// studentsSQL lists the codes of the students in a scope.
const studentsSQL = `
	select s.code from assessment_outcome o
	join student s on s.student_id = o.student_id and s.from_version <= $1 and s.to_version > $1
	where o.from_version <= $1 and o.to_version > $1 and ($2 or o.district_id = any($3) or o.school_id = any($4)) and o.score >= $5
	order by s.code`

func TestStudentsAreReadWithinTheScope(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{
		{student: "A", score: 1500}, {student: "B", score: 1500, school: "S2"}, {student: "C", score: 1500, district: "D2", school: "S1"}, {student: "D", score: 1200},
	}}, "4 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	r := h.reader().For("tamarack")
	for _, x := range []struct {
		name  string
		scope scope.Scope
		want  string
	}{
		{"nothing", scope.Scope{Tenant: "tamarack"}, ""},
		{"all", scope.Scope{Tenant: "tamarack", AllStudents: true}, "A B C"},
		{"a district", scope.Scope{Tenant: "tamarack", Districts: []string{"D1"}}, "A B"},
		{"a school, whose code another district uses too", scope.Scope{Tenant: "tamarack", Schools: []scope.School{{District: "D2", School: "S1"}}}, "C"},
		{"a school and a district", scope.Scope{Tenant: "tamarack", Districts: []string{"D2"}, Schools: []scope.School{{District: "D1", School: "S1"}}}, "A C"},
		{"institutions nobody knows", scope.Scope{Tenant: "tamarack", Districts: []string{"D9"}, Schools: []scope.School{{District: "D9", School: "S1"}}}, ""},
	} {
		var got []string
		err := r.Students(t.Context(), 1, x.scope, studentsSQL, []any{1400}, func(rows pgx.Rows) error {
			var code string
			err := rows.Scan(&code)
			got = append(got, code)
			return err
		})
		if err != nil {
			t.Fatalf("%s: %v", x.name, err)
		}
		if s := strings.Join(got, " "); s != x.want {
			t.Errorf("%s: saw %q, want %q", x.name, s, x.want)
		}
	}
	err := r.Students(t.Context(), 1, scope.Scope{Tenant: "other", AllStudents: true}, studentsSQL, []any{0}, func(pgx.Rows) error { return nil })
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("a scope of another tenant: %v, want forbidden", err)
	}
}

func TestReadsStateTheirVersion(t *testing.T) {
	t.Parallel()
	h := open(t)
	r := h.reader()
	if v, err := r.Version(t.Context()); v != 0 || err != nil {
		t.Errorf("version of an empty warehouse: %d, %v; want 0", v, err)
	}
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}}}, "1 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	h.publish(delivery{id: 2, rows: []row{{student: "A", score: 1600}, {student: "B", score: 1700}}}, "1 new, 1 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	if v, err := r.Version(t.Context()); v != 2 || err != nil {
		t.Errorf("version: %d, %v; want 2", v, err)
	}
	for version, want := range [][]int16{nil, {1500}, {1600, 1700}} {
		var got []int16
		err := r.Students(t.Context(), version, scope.Scope{AllStudents: true}, `
			select score from assessment_outcome where from_version <= $1 and $1 < to_version and ($2 or district_id = any($3) or school_id = any($4))
			order by score`, nil, func(rows pgx.Rows) error {
			var score int16
			err := rows.Scan(&score)
			got = append(got, score)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("version %d (-want +got):\n%s", version, diff)
		}
	}
}

func TestStatementsOutsideTheRulesAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	r := h.reader()
	all := scope.Scope{AllStudents: true}
	none := func(pgx.Rows) error { return nil }
	for _, sql := range []string{
		`select 1`,
		`select $1::int, $2::bool, $3::int[] -- $4`,
		`select $1::int, $2::bool, $4::int[], '$3'`,
		`select $1::int, $3::int[], $4::int[] /* $2 /* nested */ $2 */`,
		`select $2::bool, $3::int[], $4::int[], $11, $$ $1 $$`,
		`select $1::int, $2::bool, $3::int[], "$4"`,
		`select $1::int, $2::bool, $3::int[], e'\' $4'`,
	} {
		if err := r.Students(t.Context(), 1, all, sql, nil, none); err == nil || !strings.Contains(err.Error(), "is missing") {
			t.Errorf("%s: %v, want a refusal", sql, err)
		}
	}
	for _, sql := range []string{
		`select 1 -- $1`, `select $1::int from Student`, `select $1::int from "student_current" x`, `select count(*) from assessment_outcome where from_version <= $1`,
	} {
		if err := r.Aggregate(t.Context(), 1, sql, nil, none); err == nil {
			t.Errorf("%s was not refused", sql)
		}
	}
	if err := r.Aggregate(t.Context(), 1, `select $1::int as students from counted_outcome -- of assessment_outcome, by student`, nil, none); err != nil {
		t.Errorf("refused wrongly: %v", err)
	}
}

func TestReadsWriteNothingAndEndInTime(t *testing.T) {
	t.Parallel()
	h := open(t)
	r := h.reader()
	none := func(pgx.Rows) error { return nil }
	err := r.Aggregate(t.Context(), 1, `with gone as (delete from publication where version = $1 returning 1) select * from gone`, nil, none)
	if err == nil || !strings.Contains(err.Error(), "25006") {
		t.Errorf("a statement that writes: %v, want a refusal as read-only", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Aggregate(ctx, 1, `select pg_sleep(60), $1::int`, nil, none); err == nil {
		t.Error("a read outlived its context")
	}
	stop := errors.New("enough")
	if err := r.Aggregate(t.Context(), 1, `select generate_series(1, 1000000), $1::int`, nil, func(pgx.Rows) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want the error of scan", err)
	}
	var on string
	if err := r.Aggregate(t.Context(), 1, `select current_setting('statement_timeout') || current_setting('transaction_read_only'), $1::int`, nil,
		func(rows pgx.Rows) error { return rows.Scan(&on, nil) }); err != nil || on != "30son" {
		t.Errorf("settings %q, %v; want 30 s and read-only", on, err)
	}
	if err := h.pool.QueryRow(t.Context(), `select current_setting('statement_timeout') || current_setting('transaction_read_only')`).Scan(&on); err != nil || on != "0off" {
		t.Errorf("settings after a read %q, %v; want none left", on, err)
	}
}
