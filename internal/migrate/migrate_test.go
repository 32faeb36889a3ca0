package migrate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/batch"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/migrate"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/staging"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// bench is a control, a staging and a warehouse database with a worker on them.
type bench struct {
	testing.TB
	control, rows, warehouse *pgxpool.Pool
	batches                  *batch.Store
	staging                  *staging.Store
	writer                   *warehouse.Writer
	worker                   *migrate.Worker
	reloaded                 []batch.ID
}

func set(t testing.TB) *bench {
	t.Helper()
	b := &bench{TB: t, control: pgtest.New(t, schema.Control), rows: pgtest.New(t, schema.Staging), warehouse: pgtest.New(t, schema.Warehouse)}
	b.batches, b.staging = batch.NewStore(pgtest.As(t, b.control, pg.Migrator)), staging.New(pgtest.As(t, b.rows, pg.Migrator))
	b.writer = warehouse.NewWriter(pgtest.As(t, b.warehouse, pg.Migrator))
	b.worker = migrate.NewWorker(migrate.Config{
		Batches: b.batches,
		Open: func(context.Context, tenant.ID) (*staging.Store, *warehouse.Writer, error) {
			return b.staging, b.writer, nil
		},
		Reload: func(_ context.Context, _ pgx.Tx, id batch.ID) error {
			b.reloaded = append(b.reloaded, id)
			return nil
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	if _, err := b.control.Exec(t.Context(), `insert into tenant.tenant (tenant, state_code, name) values ('tamarack', 'TK', 'Tamarack')`); err != nil {
		t.Fatal(err)
	}
	return b
}

// whileCopying runs the job of a batch and, while it waits for the rows of outcomes, does something. It returns how the job ended.
func (b *bench) whileCopying(id batch.ID, do func()) error {
	b.Helper()
	lock, err := b.rows.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer lock.Rollback(b.Context())
	if _, err := lock.Exec(b.Context(), `lock table `+b.get(id).StagingSchema+`.outcome`); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- b.work(id, 1) }()
	for waiting := false; !waiting; {
		if err := lock.QueryRow(b.Context(), `select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))`).Scan(&waiting); err != nil {
			b.Fatal(err)
		}
	}
	do()
	if err := lock.Rollback(b.Context()); err != nil {
		b.Fatal(err)
	}
	return <-ended
}

// result is a staged row: a score of a student, or its deletion when the score is 0.
type result struct {
	student string
	score   int16
}

// stage registers a batch, loads it as package load does, and leaves it staged. total is what the file had, rejects included.
func (b *bench) stage(total int64, rows ...result) batch.ID {
	b.Helper()
	var id batch.ID
	err := pgx.BeginFunc(b.Context(), b.control, func(tx pgx.Tx) (err error) {
		var n int
		if err := tx.QueryRow(b.Context(), `select count(*) from batch.batch`).Scan(&n); err != nil {
			return err
		}
		id, err = b.batches.Register(b.Context(), tx, batch.Arrival{Tenant: "tamarack", File: "math.tar.gz.gpg", Size: 1,
			Digest: strings.Repeat("0", 64), StoredAs: fmt.Sprintf("arrivals/%d", n), Sender: "vendor"})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	a, err := b.batches.Begin(b.Context(), id, batch.Loading)
	if err != nil {
		b.Fatal(err)
	}
	name, accepted := staging.SchemaName(int32(id), a.Number), int64(len(rows))
	b.fill(name, id, rows)
	if err := b.batches.Advance(b.Context(), a, batch.Staged, batch.Change{RowsTotal: &total, RowsAccepted: &accepted,
		RowsRejected: new(total - accepted), StagingSchema: &name}); err != nil {
		b.Fatal(err)
	}
	return id
}

// fill makes a sealed schema, as package staging leaves it.
func (b *bench) fill(name string, id batch.ID, rows []result) {
	b.Helper()
	document, err := json.Marshal(edu.Assessment{GUID: "math-7", Type: edu.Summative, Subject: edu.Math, Year: 2026, Version: "1", EffectiveDate: "20260401"})
	if err != nil {
		b.Fatal(err)
	}
	err = pgx.BeginFunc(b.Context(), pgtest.As(b, b.rows, pg.Loader), func(tx pgx.Tx) error {
		_, err := tx.Exec(b.Context(), strings.ReplaceAll(`
			create schema SCHEMA;
			create table SCHEMA.assessment (document jsonb);
			create table SCHEMA.school (school_number int, district_code text, district_name text, school_code text, school_name text);
			insert into SCHEMA.school values (1, 'D1', 'District', 'S1', 'School');
			create table SCHEMA.student (line int, code text, external_id text, first_name text, middle_name text, last_name text, birth_on date, sex smallint,
				group_ids text[], group_names text[]);
			create table SCHEMA.outcome (line int, operation smallint, student_code text, school_number int, taken_on date, location_code text, location_name text,
				grade smallint, enrolled_grade smallint, score smallint, score_low smallint, score_high smallint, performance_level smallint,
				sex smallint, ethnicity smallint, race smallint, iep smallint, limited_english smallint, section_504 smallint, economic_disadvantage smallint,
				migrant smallint, complete smallint, condition smallint, claims smallint[], accommodations bytea);`, "SCHEMA", name))
		if err != nil {
			return err
		}
		var q pgx.Batch
		q.Queue(`insert into staged_batch (schema_name, batch_id, attempt, sealed_at, rows_staged) values ($1, $2, 1, now(), $3)`, name, id, len(rows))
		q.Queue(`insert into `+name+`.assessment values ($1)`, string(document))
		for i, r := range rows {
			op := edu.Create
			if r.score == 0 {
				op = edu.Delete
			} else {
				q.Queue(`insert into `+name+`.student values ($1, $2, null, 'Ada', null, 'Marsh', '2013-02-03', 1)`, i+2, r.student)
			}
			q.Queue(`insert into `+name+`.outcome values ($1, $2, $3, 1, '2026-05-01', null, null, 7, 7, $4, null, null, 2, 1, 3, 2, 1, 1, 1, 1, 1, 2, 0)`,
				i+2, op, r.student, r.score)
		}
		return tx.SendBatch(b.Context(), &q).Close()
	})
	if err != nil {
		b.Fatal(err)
	}
}

// work runs the job of a batch once.
func (b *bench) work(id batch.ID, try int) error {
	return b.worker.Work(b.Context(), &river.Job[migrate.PublishArgs]{
		JobRow: &rivertype.JobRow{ID: 1, Attempt: try, MaxAttempts: 10}, Args: migrate.PublishArgs{BatchID: id}})
}

func (b *bench) get(id batch.ID) batch.Batch {
	b.Helper()
	x, err := b.batches.Get(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	return x
}

// told returns the batch in one line: status, version, counts, code.
func told(x batch.Batch) string {
	s := string(x.Status)
	if x.Version != nil {
		s += fmt.Sprintf(" as version %d", *x.Version)
	}
	s += fmt.Sprintf(", %d of %d rows accepted, %d rejected", *x.RowsAccepted, *x.RowsTotal, *x.RowsRejected)
	if x.Code != nil {
		s += fmt.Sprintf(", code %d", *x.Code)
	}
	return s
}

func (b *bench) expect(id batch.ID, want string) {
	b.Helper()
	if got := told(b.get(id)); got != want {
		b.Errorf("batch %d is %s; want %s", id, got, want)
	}
}

// scores returns the current scores, by student.
func (b *bench) scores() string {
	b.Helper()
	var s string
	err := b.warehouse.QueryRow(b.Context(), `select coalesce(string_agg(code || ' ' || score, ', ' order by code), '')
		from assessment_outcome_current join student_current using (student_id)`).Scan(&s)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func (b *bench) stagedSchemas() (n int) {
	b.Helper()
	if err := b.rows.QueryRow(b.Context(), `select count(*) from pg_namespace where nspname like 'batch\_%'`).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

func TestAStagedBatchBecomesPublished(t *testing.T) {
	t.Parallel()
	b := set(t)
	first := b.stage(5, result{"A", 1500}, result{"B", 1600}, result{"X", 0})
	if err := b.work(first, 1); err != nil {
		t.Fatal(err)
	}
	b.expect(first, "published as version 1, 2 of 5 rows accepted, 3 rejected")
	second := b.stage(3, result{"A", 0}, result{"B", 1700}, result{"C", 1800})
	if err := b.work(second, 1); err != nil {
		t.Fatal(err)
	}
	b.expect(second, "published as version 2, 3 of 3 rows accepted, 0 rejected")
	if got, want := b.scores(), "B 1700, C 1800"; got != want {
		t.Errorf("scores: %s; want %s", got, want)
	}
	if n := b.stagedSchemas(); n != 0 {
		t.Errorf("%d staged schemas are left", n)
	}

	story, err := b.batches.Story(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	var stages []string
	for _, e := range story.Events {
		stages = append(stages, fmt.Sprintf("%s %s: %s", e.Stage, e.Outcome, e.Detail))
	}
	if diff := cmp.Diff([]string{"arrive done: ", "migrate done: 2 new, 0 changed, 0 same, 0 older, 0 deleted", "publish done: version 1"}, stages); diff != "" {
		t.Errorf("story (-want +got):\n%s", diff)
	}
	if r := story.FirstRejects; len(r) != 1 || r[0].Line != 4 || r[0].Code != 1000 || r[0].Stage != "migrate" {
		t.Errorf("rejects: %+v, want line 4 with code 1000", r)
	}
	if err := b.work(first, 2); err != nil { // a job that runs once more
		t.Error(err)
	}
	b.expect(first, "published as version 1, 2 of 5 rows accepted, 3 rejected")
}

func TestABatchOfVainDeletesIsRejected(t *testing.T) {
	t.Parallel()
	b := set(t)
	id := b.stage(2, result{"A", 0}, result{"B", 0})
	if err := b.work(id, 1); err != nil {
		t.Fatal(err)
	}
	b.expect(id, "rejected, 0 of 2 rows accepted, 2 rejected, code 1000")
}

func TestACrashBetweenCommitAndStatusHealsItself(t *testing.T) {
	t.Parallel()
	b := set(t)
	heal := map[string]func(batch.ID){
		"the next try": func(id batch.ID) {
			if err := b.work(id, 2); err != nil {
				t.Fatal(err)
			}
		},
		"the sweep": func(batch.ID) {
			if n, err := b.worker.Sweep(t.Context()); n != 1 || err != nil {
				t.Fatalf("the sweep settled %d batches, %v; want 1", n, err)
			}
		},
	}
	for name, mend := range heal {
		id := b.stage(3, result{name, 1500}, result{"nobody", 0})
		a, err := b.batches.Begin(t.Context(), id, batch.Migrating)
		if err != nil {
			t.Fatal(err)
		}
		p, err := b.writer.Publish(t.Context(), warehouse.Batch{ID: int32(id), Rows: 2}, b.staging.Source(a.Batch.StagingSchema))
		if err != nil {
			t.Fatal(err)
		}
		mend(id)
		b.expect(id, fmt.Sprintf("published as version %d, 1 of 3 rows accepted, 2 rejected", p.Version))
	}
	if n := b.stagedSchemas(); n != 0 {
		t.Errorf("%d staged schemas are left", n)
	}
	if n, err := b.worker.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("a second sweep settled %d batches, %v; want none", n, err)
	}
}

func TestABatchWhoseStagedRowsAreGoneIsLoadedAgain(t *testing.T) {
	t.Parallel()
	b := set(t)
	gone, short := b.stage(1, result{"A", 1500}), b.stage(2, result{"A", 1500}, result{"B", 1500})
	if err := b.staging.Drop(t.Context(), b.get(gone).StagingSchema); err != nil {
		t.Fatal(err)
	}
	if _, err := b.rows.Exec(t.Context(), `update staged_batch set rows_staged = 1 where schema_name = $1`, b.get(short).StagingSchema); err != nil {
		t.Fatal(err)
	}
	for _, id := range []batch.ID{gone, short} {
		if err := b.work(id, 1); err != nil {
			t.Fatal(err)
		}
		if x := b.get(id); x.Status != batch.Received || x.StagingSchema != "" {
			t.Errorf("batch %d is %s with schema %q, want received without", id, x.Status, x.StagingSchema)
		}
	}
	if diff := cmp.Diff([]batch.ID{gone, short}, b.reloaded); diff != "" {
		t.Errorf("loads enqueued (-want +got):\n%s", diff)
	}
}

func TestAnAttemptThatWasReplacedPublishesNothing(t *testing.T) {
	t.Parallel()
	b := set(t)
	id := b.stage(1, result{"A", 1500})
	err := b.whileCopying(id, func() {
		if _, err := b.batches.Begin(t.Context(), id, batch.Migrating); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Errorf("a replaced attempt reports %v, want that its job is over", err)
	}
	if got := b.scores(); got != "" {
		t.Errorf("it published %s", got)
	}
	if err := b.work(id, 2); err != nil {
		t.Fatal(err)
	}
	b.expect(id, "published as version 1, 1 of 1 rows accepted, 0 rejected")
}

func TestALostConnectionIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := set(t)
	id := b.stage(2, result{"A", 1500}, result{"B", 0})
	err := b.whileCopying(id, func() {
		if _, err := b.control.Exec(t.Context(), `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1`,
			b.warehouse.Config().ConnConfig.Database); err != nil {
			t.Error(err)
		}
	})
	if err == nil {
		t.Fatal("published although the connection was lost")
	}
	if x := b.get(id); x.Status != batch.Migrating {
		t.Errorf("the batch is %s, want migrating", x.Status)
	}
	if err := b.work(id, 2); err != nil {
		t.Fatal(err)
	}
	b.expect(id, "published as version 1, 1 of 2 rows accepted, 1 rejected")
	story, err := b.batches.Story(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(story.FirstRejects) != 1 {
		t.Errorf("%d rejects, want one", len(story.FirstRejects))
	}
}

func TestABatchThatCannotBePublishedFailsAndKeepsItsRows(t *testing.T) {
	t.Parallel()
	b := set(t)
	id := b.stage(1, result{"A", 1500})
	if _, err := b.rows.Exec(t.Context(), `update `+b.get(id).StagingSchema+`.outcome set grade = null`); err != nil {
		t.Fatal(err)
	}
	if err := b.work(id, 1); err == nil {
		t.Fatal("published although a result has no grade")
	} else if strings.Contains(err.Error(), "1500") {
		t.Errorf("the error tells data: %v", err)
	}
	x := b.get(id)
	if x.Status != batch.Failed || x.Code == nil || *x.Code != -3 || !strings.Contains(x.Reason, "internal") || x.StagingSchema == "" {
		t.Errorf("got %+v, want failed with code -3, the kind, and the staged rows", x)
	}
	if _, err := b.rows.Exec(t.Context(), `update `+x.StagingSchema+`.outcome set grade = 7`); err != nil {
		t.Fatal(err)
	}
	if err := b.work(id, 1); err != nil { // an operator had it mended and retried the job
		t.Fatal(err)
	}
	b.expect(id, "published as version 1, 1 of 1 rows accepted, 0 rejected")
}

func TestTheLastTryLeavesTheBatchFailed(t *testing.T) {
	t.Parallel()
	b := set(t)
	id := b.stage(1, result{"A", 1500})
	if _, err := b.rows.Exec(t.Context(), `drop table `+b.get(id).StagingSchema+`.school`); err != nil {
		t.Fatal(err)
	}
	if err := b.work(id, 10); err == nil {
		t.Fatal("published without schools")
	}
	if x := b.get(id); x.Status != batch.Failed {
		t.Errorf("the batch is %s, want failed", x.Status)
	}
	if err := b.work(99, 1); !fault.Is(err, fault.NotFound) {
		t.Errorf("a batch that does not exist: %v, want not found", err)
	}
}

func TestAResultConfirmedWhileAnEarlierBatchWaitsIsKept(t *testing.T) {
	t.Parallel()
	b := set(t)
	first, second, third := b.stage(1, result{"A", 1500}), b.stage(1, result{"A", 1600}), b.stage(1, result{"A", 1500})
	for _, id := range []batch.ID{first, third, second} {
		if err := b.work(id, 1); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := b.scores(), "A 1500"; got != want {
		t.Errorf("scores: %s; want %s, as the last to arrive says", got, want)
	}
}
