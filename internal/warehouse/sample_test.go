package warehouse_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
	"scorehouse/internal/warehouse"
)

// delivery is a batch as a test writes it down.
type delivery struct {
	id         int32
	assessment edu.Assessment
	rows       []row
	awaited    int32
}

// row is a row of a file; zero values of names and places get plain defaults.
type row struct {
	op       edu.Operation // 0 is Create
	student  string
	name     string // first name
	district string
	school   string
	called   string // name of the school
	at       string // code of the place
	day      int    // of May 2026
	score    int16
	migrant  int16
}

var math7 = edu.Assessment{
	GUID: "math-7", Type: edu.Summative, Subject: edu.Math, Year: 2026, Period: "Spring 2026", Version: "1", EffectiveDate: "20260401",
	ScoreMin: 1200, ScoreMax: 2400,
	Levels:      []edu.PerformanceLevel{{Number: 1, Name: "Minimal", CutPoint: 1200}, {Number: 2, Name: "Partial", CutPoint: 1400}, {Number: 3, Name: "Adequate", CutPoint: 1800}},
	Claims:      []edu.Claim{{Number: 1, Name: "Concepts", Min: 1200, Max: 2400}, {Number: 2, Name: "Reasoning", Min: 1200, Max: 2400}},
	ClaimLevels: []string{"Below", "Near", "Above"},
}

// scratch stands in for package staging: the tables of one batch in a PostgreSQL schema of their own.
type scratch struct {
	pool   *pgxpool.Pool
	schema string
	before func(table string) // called before a table is copied, when set
}

// The columns that package staging leaves, in their order.
var stagedColumns = map[string]string{
	"assessment": `document jsonb`,
	"school":     `school_number int primary key, district_code text, district_name text, school_code text, school_name text`,
	"student": `line int primary key, code text, external_id text, first_name text, middle_name text, last_name text, birth_on date, sex smallint,
		group_ids text[], group_names text[]`,
	"outcome": `line int primary key, operation smallint, student_code text, school_number int, taken_on date, location_code text, location_name text,
		grade smallint, enrolled_grade smallint, score smallint, score_low smallint, score_high smallint, performance_level smallint,
		sex smallint not null, ethnicity smallint not null, race smallint not null, iep smallint not null, limited_english smallint not null,
		section_504 smallint not null, economic_disadvantage smallint not null, migrant smallint not null, complete smallint not null,
		condition smallint not null, claims smallint[], accommodations bytea`,
}

func (s *scratch) CopyOut(ctx context.Context, table string, w io.Writer) error {
	if s.before != nil {
		s.before(table)
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	_, err = conn.Conn().PgConn().CopyTo(ctx, w, "copy "+pgx.Identifier{s.schema, table}.Sanitize()+" to stdout (format binary)")
	return err
}

var schemas atomic.Int64

// stage writes a delivery into tables of a fresh schema.
func stage(t testing.TB, pool *pgxpool.Pool, d delivery) *scratch {
	t.Helper()
	s := &scratch{pool: pool, schema: fmt.Sprintf("scratch_%d", schemas.Add(1))}
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		ddl := "create schema " + s.schema + ";"
		for table, columns := range stagedColumns {
			ddl += fmt.Sprintf("create table %s.%s (%s);", s.schema, table, columns)
		}
		if _, err := tx.Exec(t.Context(), ddl); err != nil {
			return err
		}
		document, err := json.Marshal(d.assessment)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(t.Context(), fmt.Sprintf("insert into %s.assessment values ($1)", s.schema), string(document)); err != nil {
			return err
		}
		return fill(t.Context(), tx, s.schema, d.rows)
	})
	if err != nil {
		t.Fatalf("stage batch %d: %v", d.id, err)
	}
	return s
}

func fill(ctx context.Context, tx pgx.Tx, schema string, rows []row) error {
	var b pgx.Batch
	schools := map[[2]string]int{}
	for i, r := range rows {
		line := i + 2
		if r.op == 0 {
			r.op = edu.Create
		}
		place := [2]string{or(r.district, "D1"), or(r.school, "S1")}
		number, known := schools[place]
		if !known {
			number = len(schools) + 1
			schools[place] = number
		}
		b.Queue(fmt.Sprintf(`insert into %s.school values ($1, $2, $3, $4, $5) on conflict (school_number) do update set school_name = excluded.school_name`, schema),
			number, place[0], "District "+place[0], place[1], or(r.called, "School "+place[1]))
		if r.op == edu.Create {
			b.Queue(fmt.Sprintf(`delete from %s.student where code = $1`, schema), r.student)
			b.Queue(fmt.Sprintf(`insert into %s.student values ($1, $2, null, $3, null, 'Marsh', '2013-02-03', 1, '{g1}', '{Orchestra}')`, schema),
				line, r.student, or(r.name, "Ada"))
		}
		b.Queue(fmt.Sprintf(`insert into %s.outcome values ($1, $2, $3, $4, make_date(2026, 5, $5), nullif($6::text, ''), null, 7, 7,
			$7::smallint, $7::smallint - 20, $7::smallint + 20, 2, 1, 3, 2, 1, 1, 1, 1, $8, 2, 0, array[$7::smallint, null, 1210, 1], '\x0400')`, schema),
			line, r.op, r.student, number, max(r.day, 1), r.at, r.score, r.migrant)
	}
	return tx.SendBatch(ctx, &b).Close()
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// batchOf returns what Publish is told about a delivery.
func batchOf(d delivery) warehouse.Batch {
	return warehouse.Batch{ID: d.id, Rows: int64(len(d.rows)), Awaited: d.awaited}
}

// counts are the counts of a publication, in short.
func counts(p warehouse.Publication) string {
	return fmt.Sprintf("%d new, %d changed, %d same, %d older, %d deleted, %d rejected", p.New, p.Changed, p.Same, p.Older, p.Deleted, p.Rejected)
}

// state returns what a version of the warehouse says, a line per thing, without ids and without who brought it and when. Only
// things whose codes begin with prefix are told.
func state(t testing.TB, pool *pgxpool.Pool, version int, prefix string) []string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `
		with v as (select $1::int as v, $2::text || '%' as prefix),
		held_student as (select s.* from student s, v where s.from_version <= v and v < s.to_version),
		held_school as (select s.* from school s, v where s.from_version <= v and v < s.to_version),
		held_district as (select s.* from district s, v where s.from_version <= v and v < s.to_version),
		held_assessment as (select s.* from assessment s, v where s.from_version <= v and v < s.to_version),
		held_outcome as (select s.* from assessment_outcome s, v where s.from_version <= v and v < s.to_version)
		select 'student ' || row(code, external_id, first_name, last_name, birth_on, sex, group_ids, group_names)::text from held_student, v where code like prefix
		union all
		select 'district ' || code || ' ' || name from held_district, v where code like prefix
		union all
		select 'school ' || d.code || ' ' || s.code || ' ' || s.name from held_school s join held_district d using (district_id), v where d.code like prefix
		union all
		select 'assessment ' || (to_jsonb(a) - 'assessment_id' - 'batch_id' - 'from_version' - 'to_version')::text from held_assessment a, v where guid like prefix
		union all
		select 'outcome ' || row(st.code, a.guid, d.code, s.code, taken_on, l.code, o.academic_year, o.type, o.subject, grade, score, score_low, score_high,
			o.sex, o.migrant, claims, accommodations)::text
		from held_outcome o
		join held_student st using (student_id)
		join held_assessment a using (assessment_id)
		join held_school s on s.school_id = o.school_id
		join held_district d on d.district_id = o.district_id and d.district_id = s.district_id
		left join location l using (location_id), v where st.code like prefix
		order by 1`, version, prefix)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// everything returns the rows of all tables but publication, to show that nothing at all changed.
func everything(t testing.TB, pool *pgxpool.Pool) []string {
	t.Helper()
	var all []string
	for _, table := range []string{"assessment", "district", "school", "location", "student", "assessment_outcome",
		"deleted_outcome", "confirmed_outcome", "confirmed_dimension"} {
		rows, err := pool.Query(t.Context(), fmt.Sprintf(`select '%s ' || x::text from %s x order by 1`, table, table))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lines...)
	}
	return all
}
