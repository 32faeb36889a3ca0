package report

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

// aDistrictsWorth is 16,800 students in 40 schools of 10 districts, with two results each: enough that reading all of them costs more than looking a few up.
const aDistrictsWorth = `
insert into publication (version, batch_id, kind) values (1, 1, 'publish'), (2, 2, 'publish');
insert into district (district_id, code, name, batch_id, from_version) select d, 'D' || d, 'D', 1, 1 from generate_series(1, 10) as d;
insert into school (school_id, district_id, code, name, batch_id, from_version) select s, 1 + (s - 1) / 4, 'S' || s, 'S', 1, 1 from generate_series(1, 40) as s;
insert into student (student_id, code, last_name, sex, batch_id, from_version) select n, 'TK' || n, 'Last' || n, 1, 1, 1 from generate_series(1, 40 * 7 * 60) as n;
insert into assessment_outcome (student_id, assessment_id, district_id, school_id, batch_id, from_version, to_version, taken_on, academic_year, type,
  grade, enrolled_grade, score, performance_level, sex, ethnicity, race, iep, limited_english, section_504, economic_disadvantage, migrant, complete, condition, subject)
select n, a, 1 + (s - 1) / 4, s, 1, 1, case when k % 10 = 0 then 2 else 2147483647 end, '2026-05-01', 2026, 1, g, g, 1500, 2, 1, 1, 0, 1, 1, 1, 1, 1, 2, 0, 'Math'
from generate_series(1, 2) as a, generate_series(1, 40) as s, generate_series(3, 9) as g, generate_series(1, 60) as k,
  lateral (select ((s - 1) * 7 + g - 3) * 60 + k as n) as id;
analyze`

// plannedAsReader returns the plan that PostgreSQL keeps for a statement of students (whose parameters it does not know), for a reader of
// a scope.
func plannedAsReader(t *testing.T, web *pgxpool.Pool, sql, settings string, own []string) string {
	t.Helper()
	var plan []string
	err := pgx.BeginFunc(t.Context(), web, func(tx pgx.Tx) error {
		for _, s := range []string{
			"set local role " + pgtest.Installation.RoleName(pg.Reader), "set local plan_cache_mode = force_generic_plan", "set local scope.version = '2'", settings,
			"prepare asked as " + sql,
		} {
			if _, err := tx.Exec(t.Context(), s, pgx.QueryExecModeSimpleProtocol); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		rows, err := tx.Query(t.Context(), "explain (costs off) execute asked("+strings.Join(append([]string{"2", "false", "'{}'", "'{}'"}, own...), ", ")+")", pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			return err
		}
		if plan, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return err
		}
		_, err = tx.Exec(context.WithoutCancel(t.Context()), "deallocate asked")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

var readsAll = regexp.MustCompile(`Seq Scan on (assessment_outcome_current|student_current)|Bitmap Heap Scan on student_current`)

func TestStatementsOfStudentsUseIndexesBehindRowLevelSecurity(t *testing.T) {
	t.Parallel()
	owner := pgtest.New(t, schema.Warehouse)
	if _, err := owner.Exec(t.Context(), aDistrictsWorth, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(err)
	}
	web := pgtest.As(t, owner, pg.Web)
	many := strings.NewReplacer(" ", ",", "[", "{", "]", "}").Replace(fmt.Sprint(upTo(40)))
	for name, statement := range map[string]struct {
		sql string
		own []string
	}{
		"student list":         {studentListSQL, []string{"1", "5", "2026", "1"}},
		"student list choices": {studentListChoicesSQL, []string{"1", "5"}},
		"student report":       {studentReportSQL, []string{"200"}},
		"places of a student":  {studentPlacesSQL, []string{"200"}},
		"student of a code":    {studentCodeSQL, []string{"'TK200'"}},
	} {
		for scope, settings := range map[string]string{
			"a school":     "set local scope.schools = '{1}'",
			"a district":   "set local scope.districts = '{1}'",
			"many schools": "set local scope.schools = '" + many + "'",
			"the state":    "set local scope.students = 'all'",
		} {
			plan := plannedAsReader(t, web, statement.sql, settings, statement.own)
			if readsAll.MatchString(plan) {
				t.Errorf("%s, scope %s, reads a whole table:\n%s", name, scope, plan)
			}
			if !strings.Contains(plan, "SubPlan") {
				t.Errorf("%s, scope %s, is planned without the policies:\n%s", name, scope, plan)
			}
		}
	}
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}
