package warehouse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/scope"
	"scorehouse/internal/warehouse"
)

// twoDistricts is a warehouse with four students: A and B in school S1 of district D1, C in S2 of D1, D in S1 of D2.
// In version 2, A's result is corrected to have been taken in D2.
func twoDistricts(t *testing.T) *house {
	t.Helper()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{
		{student: "A", score: 1500}, {student: "B", score: 1500}, {student: "C", score: 1500, school: "S2"}, {student: "D", score: 1500, district: "D2"},
	}}, "4 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	h.publish(delivery{id: 2, rows: []row{{student: "A", score: 1510, district: "D2"}}}, "0 new, 1 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	return h
}

// asked runs statements in one transaction as a role, which is taken by a role of ours that may, and returns the last one's rows as text.
func asked(t *testing.T, pool *pgxpool.Pool, role pg.Role, statements ...string) (string, error) {
	t.Helper()
	var got []string
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		if role != pg.Owner {
			if _, err := tx.Exec(t.Context(), "set local role "+pgtest.Installation.RoleName(role)); err != nil {
				return err
			}
		}
		for i, sql := range statements {
			rows, err := tx.Query(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
			if err != nil {
				return err
			}
			lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
				values, err := row.Values()
				return strings.Trim(fmt.Sprint(values), "[]"), err
			})
			if err != nil {
				return err
			}
			if i == len(statements)-1 {
				got = lines
			}
		}
		return nil
	})
	return strings.Join(got, ","), err
}

const (
	outcomesSQL = "select o.student_id from assessment_outcome o order by 1"
	codesSQL    = "select code from student where to_version = 2147483647 order by 1"
)

// see is how statements of these tests say what they may see.
func see(version int, students, districts, schools string) string {
	return fmt.Sprintf("set local scope.version = '%d'; set local scope.students = '%s'; set local scope.districts = '%s'; set local scope.schools = '%s'",
		version, students, districts, schools)
}

func TestPostgreSQLShowsAReaderWhatItsTransactionMaySee(t *testing.T) {
	t.Parallel()
	h := twoDistricts(t)
	web := pgtest.As(t, h.pool, pg.Web)
	ids := map[string]int32{}
	for _, name := range []string{"D1", "D2"} {
		var id int32
		if err := h.pool.QueryRow(t.Context(), "select district_id from district where code = $1", name).Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids[name] = id
	}
	var s1, s2 int32
	if err := h.pool.QueryRow(t.Context(), `select min(school_id) filter (where code = 'S1'), min(school_id) filter (where code = 'S2') from school where district_id = $1`, ids["D1"]).Scan(&s1, &s2); err != nil {
		t.Fatal(err)
	}
	array := func(ids ...int32) string {
		return strings.NewReplacer("[", "{", "]", "}", " ", ",").Replace(fmt.Sprint(ids))
	}
	for _, c := range []struct {
		name, scope, want string
	}{
		{"nothing is set", "select 1", ""},
		{"only the version", "set local scope.version = '2'", ""},
		{"a scope without version", "set local scope.students = 'all'", "no results"},
		{"empty settings", see(2, "", "", ""), ""},
		{"empty arrays", see(2, "", "{}", "{}"), ""},
		{"only null", see(2, "", "{NULL}", "{NULL}"), ""},
		{"something else than all", see(2, "yes", "", ""), ""},
		{"all students", see(2, "all", "", ""), "A,B,C,D"},
		{"a district", see(2, "", array(ids["D1"]), ""), "B,C"},
		{"the district that a student has come to", see(2, "", array(ids["D2"]), ""), "A,D"},
		{"the same in the version before", see(1, "", array(ids["D1"]), ""), "A,B,C"},
		{"a school", see(2, "", "", array(s2)), "C"},
		{"a school and a district", see(2, "", array(ids["D2"]), array(s2)), "A,C,D"},
		{"both districts", see(2, "", array(ids["D1"], ids["D2"]), ""), "A,B,C,D"},
		{"ids nobody has", see(2, "", "{-1}", "{-1}"), ""},
		{"no version yet", see(0, "all", "", ""), "no results"},
	} {
		want, all := c.want, c.want
		if c.want == "no results" { // the names of all students were asked for, by somebody who may see them
			want, all = "A,B,C,D", ""
		}
		got, err := asked(t, web, pg.Reader, c.scope, codesSQL)
		if err != nil || got != want {
			t.Errorf("%s: students %q, %v; want %q", c.name, got, err, want)
		}
		got, err = asked(t, web, pg.Reader, c.scope, "select s.code from assessment_outcome o join student s on s.student_id = o.student_id and s.to_version = 2147483647 order by 1")
		if err != nil || got != all {
			t.Errorf("%s: results of %q, %v; want %q", c.name, got, err, all)
		}
	}
	for _, c := range []struct{ name, scope string }{
		{"a malformed array", see(2, "", "1,2", "")},
		{"a malformed id", see(2, "", "", "{1,x}")},
		{"a malformed version", "set local scope.version = 'x'; set local scope.districts = '{1}'"},
	} {
		if got, err := asked(t, web, pg.Reader, c.scope, outcomesSQL); pg.CodeOf(err) != "22P02" {
			t.Errorf("%s: %q, %v; want an error", c.name, got, err)
		}
	}
}

func TestWhatATransactionMaySeeEndsWithIt(t *testing.T) {
	t.Parallel()
	h := twoDistricts(t)
	web := pgtest.As(t, h.pool, pg.Web)
	conn, err := web.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	state := func() (s string) {
		t.Helper()
		if err := conn.QueryRow(t.Context(), `select current_user || ' ' || quote_nullable(current_setting('scope.students', true))
			|| ' ' || current_setting('transaction_read_only')`).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	user := pgtest.Installation.RoleName(pg.Web)
	if got := state(); got != user+" NULL off" {
		t.Errorf("before: %s", got)
	}
	settings := fmt.Sprintf(`select set_config('role', '%s', true), set_config('scope.students', 'all', true), set_config('scope.version', '2', true), set_config('transaction_read_only', 'on', true)`,
		pgtest.Installation.RoleName(pg.Reader))
	for _, c := range []struct{ name, sql string }{
		{"a statement that succeeds", codesSQL},
		{"a statement that fails", "select 1/0"},
		{"a statement that may not", "select * from deleted_outcome"},
	} {
		var b pgx.Batch
		b.Queue(settings)
		b.Queue(c.sql)
		_ = conn.SendBatch(t.Context(), &b).Close()
		if status := conn.Conn().PgConn().TxStatus(); status != 'I' {
			t.Errorf("after %s the connection is in state %c, want I", c.name, status)
		}
		if got := state(); got != user+" '' off" {
			t.Errorf("after %s: %s", c.name, got)
		}
		if _, err := conn.Exec(t.Context(), codesSQL); pg.CodeOf(err) != "42501" {
			t.Errorf("after %s the web server reads students: %v", c.name, err)
		}
		// The reader itself, without settings of its own transaction, sees nothing: '' is left of them, not null.
		if got, err := asked(t, web, pg.Reader, codesSQL); got != "" || err != nil {
			t.Errorf("after %s a reader without settings sees %q, %v", c.name, got, err)
		}
	}
}

func TestPartitionsShowNobodyAnythingEvenWhenTheyAreGranted(t *testing.T) {
	t.Parallel()
	h := twoDistricts(t)
	web := pgtest.As(t, h.pool, pg.Web)
	for _, table := range []string{"student_current", "student_closed", "assessment_outcome_current", "assessment_outcome_closed"} {
		sql := "select count(*) from " + table
		if _, err := asked(t, web, pg.Reader, see(2, "all", "", ""), sql); pg.CodeOf(err) != "42501" {
			t.Errorf("%s without a grant: %v, want a refusal", table, err)
		}
		if _, err := h.pool.Exec(t.Context(), "grant select on "+table+" to "+pgtest.Installation.RoleName(pg.Reader)); err != nil {
			t.Fatal(err)
		}
		if got, err := asked(t, web, pg.Reader, see(2, "all", "", ""), sql); got != "0" || err != nil {
			t.Errorf("%s with a grant shows %s rows, %v; want 0", table, got, err)
		}
	}
	if got, err := asked(t, web, pg.Reader, see(2, "all", "", ""), codesSQL); got != "A,B,C,D" || err != nil {
		t.Errorf("through the parent: %q, %v", got, err)
	}
}

func TestTheOwnerOfTheTablesSeesAndWritesNoStudent(t *testing.T) {
	t.Parallel()
	h := twoDistricts(t)
	// The owner of this database is a superuser, whom nothing stops; an owner of an installation need not be one. Any role will do.
	owner := pgtest.Installation.RoleName(pg.Landing)
	for _, sql := range []string{"grant usage, create on schema public to " + owner, "alter table student owner to " + owner, "alter table assessment_outcome owner to " + owner,
		"alter table student_current owner to " + owner, "alter table assessment_outcome_current owner to " + owner} {
		if _, err := h.pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"student", "student_current", "assessment_outcome", "assessment_outcome_current"} {
		if got, err := asked(t, h.pool, pg.Landing, see(2, "all", "", ""), "select count(*) from "+table); got != "0" || err != nil {
			t.Errorf("the owner sees %s rows of %s, %v; want 0", got, table, err)
		}
		if got, err := asked(t, h.pool, pg.Landing, "with x as (delete from "+table+" returning 1) select count(*) from x"); got != "0" || err != nil {
			t.Errorf("the owner deletes %s rows of %s, %v; want 0", got, table, err)
		}
	}
	_, err := asked(t, h.pool, pg.Landing, "insert into student (student_id, code, sex, batch_id, from_version) values (99, 'X', 1, 1, 1)")
	if pg.CodeOf(err) != "42501" {
		t.Errorf("the owner inserts a student: %v, want a refusal", err)
	}
}

func TestAggregatesRunWithoutAnythingThatTellsOneStudentFromAnother(t *testing.T) {
	t.Parallel()
	h := twoDistricts(t)
	web := pgtest.As(t, h.pool, pg.Web)
	for _, table := range []string{"student", "student_current", "assessment_outcome", "assessment_outcome_current", "assessment_outcome_closed", "deleted_outcome", "confirmed_outcome"} {
		if _, err := asked(t, web, pg.Aggregate, see(2, "all", "", ""), "select * from "+table); pg.CodeOf(err) != "42501" {
			t.Errorf("%s: %v, want a refusal", table, err)
		}
	}
	if got, err := asked(t, web, pg.Aggregate, see(2, "", "", ""), "select count(*) from counted_outcome"); got != "4" || err != nil {
		t.Errorf("counted: %s, %v; want 4", got, err)
	}
	if got, err := asked(t, web, pg.Aggregate, "select count(*) from counted_outcome"); got != "0" || err != nil {
		t.Errorf("counted without a version: %s, %v; want 0", got, err)
	}
	for _, view := range []string{"counted_outcome", "interim_outcome"} {
		if _, err := asked(t, web, pg.Owner, "select count(*) from "+view); pg.CodeOf(err) != "42501" {
			t.Errorf("the web server itself reads %s: %v, want a refusal", view, err)
		}
	}
	// No column of any view that the role sees could name a student, or join with something that does.
	rows, err := h.pool.Query(t.Context(), `
		select distinct a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
		where c.relkind = 'v' and has_table_privilege($1, c.oid, 'select') and c.relnamespace = 'public'::regnamespace order by 1`, pgtest.Installation.RoleName(pg.Aggregate))
	if err != nil {
		t.Fatal(err)
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"academic_year", "complete", "district_id", "economic_disadvantage", "ethnicity", "grade", "iep", "limited_english", "migrant", "more",
		"performance_level", "school_id", "section_504", "sex", "subject", "type", "version"}
	if diff := cmp.Diff(want, columns); diff != "" {
		t.Errorf("columns that an aggregate sees (-want +got):\n%s", diff)
	}
}

func TestAStatementThatForgetsItsFilterStillShowsNobodyOutsideTheScope(t *testing.T) {
	t.Parallel()
	h := twoDistricts(t)
	r := h.reader()
	ask := func(s scope.Scope) string {
		t.Helper()
		var codes []string
		err := r.Students(t.Context(), 2, s, `select s.code from student s
			where s.from_version <= $1 and s.to_version > $1 and ($2::bool is not null or $3::int[] is null or $4::int[] is null) order by 1`, nil, func(rows pgx.Rows) error {
			var code string
			err := rows.Scan(&code)
			codes = append(codes, code)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(codes, " ")
	}
	for _, c := range []struct {
		scope scope.Scope
		want  string
	}{
		{scope.Scope{}, ""},
		{scope.Scope{Districts: []string{"D1"}}, "B C"},
		{scope.Scope{Schools: []scope.School{{District: "D2", School: "S1"}}}, "A D"},
		{scope.Scope{Districts: []string{"D9"}}, ""},
		{scope.Scope{AllStudents: true}, "A B C D"},
	} {
		if got := ask(c.scope); got != c.want {
			t.Errorf("%+v: %q, want %q", c.scope, got, c.want)
		}
	}
}

func TestAReaderNeedsThePoolOfTheWebServer(t *testing.T) {
	t.Parallel()
	h := open(t)
	none := func(pgx.Rows) error { return nil }
	for name, pool := range map[string]*pgxpool.Pool{"the owner": h.pool, "the migrator": pgtest.As(t, h.pool, pg.Migrator)} {
		r := warehouse.NewReader(pool)
		if err := r.Aggregate(t.Context(), 1, "select $1::int from publication", nil, none); err == nil {
			t.Errorf("%s counts", name)
		}
		if err := r.Students(t.Context(), 1, scope.Scope{AllStudents: true}, "select $1::int, $2::bool, $3::int[], $4::int[]", nil, none); err == nil {
			t.Errorf("%s reads students", name)
		}
	}
}

// A result that is deleted, and one that another district's supersedes, stays hidden from those who do not hold it now.
func TestADeletedResultHidesItsStudent(t *testing.T) {
	t.Parallel()
	h := twoDistricts(t)
	h.publish(delivery{id: 3, rows: []row{{op: edu.Delete, student: "B"}}}, "0 new, 0 changed, 0 same, 0 older, 1 deleted, 0 rejected")
	web := pgtest.As(t, h.pool, pg.Web)
	all := "set local scope.districts = '{1,2,3,4,5,6,7,8,9}'"
	if got, err := asked(t, web, pg.Reader, all+"; set local scope.version = '3'", codesSQL); got != "A,C,D" || err != nil {
		t.Errorf("students: %q, %v; want A,C,D", got, err)
	}
	if got, err := asked(t, web, pg.Reader, all+"; set local scope.version = '2'", codesSQL); got != "A,B,C,D" || err != nil {
		t.Errorf("students of the version before: %q, %v; want A,B,C,D", got, err)
	}
}
