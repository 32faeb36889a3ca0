package harness

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// DumpWarehouse writes what holds now in a tenant's warehouse as sorted lines of text: every current outcome, student,
// school and assessment by natural keys, with the file that brought it. Surrogate keys, versions and instants are left out,
// so that two warehouses that went through the same deliveries give the same text whatever happened on the way.
func (s *System) DumpWarehouse(ctx context.Context, tenant string) (string, error) {
	names, err := s.fileNames(ctx)
	if err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, s.Database("warehouse_"+tenant))
	if err != nil {
		return "", err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var b strings.Builder
	for _, q := range dumpQueries {
		fmt.Fprintf(&b, "== %s\n", q.name)
		rows, err := conn.Query(ctx, q.sql)
		if err != nil {
			return "", fmt.Errorf("dump %s: %w", q.name, err)
		}
		for rows.Next() {
			var batch int
			var line string
			if err := rows.Scan(&batch, &line); err != nil {
				return "", fmt.Errorf("dump %s: %w", q.name, err)
			}
			fmt.Fprintf(&b, "%s %s\n", names[batch], line)
		}
		if err := rows.Err(); err != nil {
			return "", fmt.Errorf("dump %s: %w", q.name, err)
		}
	}
	return b.String(), nil
}

func (s *System) fileNames(ctx context.Context) (map[int]string, error) {
	batches, err := s.Batches(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[int]string, len(batches))
	for _, b := range batches {
		names[b.ID] = b.File
	}
	return names, nil
}

// dumpQueries each answer (batch id, line) in an order that does not depend on surrogate keys. Closed rows are counted per key, so that a
// version lost or made twice shows up.
var dumpQueries = []struct{ name, sql string }{
	{"publications", `
		select batch_id, concat_ws(' ', kind, rows_new, rows_changed, rows_same, rows_older, rows_deleted, rows_rejected)
		from publication order by batch_id, kind`},
	{"assessments", `
		select batch_id, to_jsonb(a) - 'assessment_id' - 'batch_id' - 'from_version' || jsonb_build_object('to_version', to_version = 2147483647) #>> '{}'
		from assessment a order by guid, from_version`},
	{"schools", `
		select s.batch_id, concat_ws('|', d.code, d.name, s.code, s.name, s.to_version = 2147483647)
		from school s join district d on d.district_id = s.district_id and d.to_version = 2147483647
		order by d.code, s.code, s.from_version`},
	{"students", `
		select batch_id, to_jsonb(s) - 'student_id' - 'batch_id' - 'from_version' || jsonb_build_object('to_version', to_version = 2147483647) #>> '{}'
		from student s order by code, from_version`},
	{"outcomes", `
		select o.batch_id, concat_ws('|', s.code, a.guid, d.code, c.code, l.code, l.name,
			to_jsonb(o) - 'student_id' - 'assessment_id' - 'district_id' - 'school_id' - 'location_id' - 'batch_id' - 'from_version'
			|| jsonb_build_object('to_version', o.to_version = 2147483647) #>> '{}')
		from assessment_outcome o
		join student s on s.student_id = o.student_id and s.to_version = 2147483647
		join assessment a on a.assessment_id = o.assessment_id and a.to_version = 2147483647
		join district d on d.district_id = o.district_id and d.to_version = 2147483647
		join school c on c.school_id = o.school_id and c.to_version = 2147483647
		left join location l on l.location_id = o.location_id
		order by s.code, a.guid, o.taken_on, o.from_version`},
	{"deleted", `
		select batch_id, concat_ws('|', student_code, assessment_guid, taken_on) from deleted_outcome
		order by student_code, assessment_guid, taken_on`},
}

// NothingLeftInStaging returns an error unless the tenant's staging database is empty within a few seconds: what was
// published is dropped.
func (s *System) NothingLeftInStaging(ctx context.Context, tenant string) error {
	conn, err := pgx.Connect(ctx, s.Database("staging_"+tenant))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
	defer cancel()
	for {
		var left int
		err := conn.QueryRow(ctx, `select count(*) from pg_namespace where nspname like 'batch\_%'`).Scan(&left)
		if err != nil {
			return fmt.Errorf("look into staging: %w", err)
		}
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d batch schemas are left in staging", left)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
