package load_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"scorehouse/internal/batch"
	"scorehouse/internal/feed"
	"scorehouse/internal/load"
	"scorehouse/internal/sample"
	"scorehouse/internal/staging"
	"scorehouse/internal/tenant"
)

// manyRows is a file that needs several buffers of COPY.
func manyRows(n int) string {
	rows := make([]sample.Row, n)
	for i := range rows {
		rows[i] = sample.Outcome(i+1, "ResponsibleSchoolIdentifier", fmt.Sprint(i%7))
	}
	return sample.CSV(rows...)
}

func TestLoadingAgainGivesTheSameRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.arrive(sample.Pack(t, manyRows(50), sample.JSON()))
	w.config.Migrate = func(context.Context, pgx.Tx, batch.ID) error { return errors.New("the queue is away") }
	w.worker = load.NewWorker(w.config)
	for try := 1; try <= 2; try++ { // sealed, but the status cannot follow
		if err := w.work(t.Context(), id, try); err == nil {
			t.Fatal("the queue's error is lost")
		}
		if b := w.story(id).Batch; b.Status != batch.Loading {
			t.Fatalf("after try %d the batch is %s", try, b.Status)
		}
	}
	second := w.dump(staging.SchemaName(int32(id), 2))
	w.config.Migrate = func(context.Context, pgx.Tx, batch.ID) error { return nil }
	w.worker = load.NewWorker(w.config)
	if err := w.work(t.Context(), id, 3); err != nil {
		t.Fatal(err)
	}
	b := w.story(id).Batch
	if b.Status != batch.Staged || b.StagingSchema != staging.SchemaName(int32(id), 3) {
		t.Fatalf("%s in %s", b.Status, b.StagingSchema)
	}
	if diff := cmp.Diff(second, w.dump(b.StagingSchema)); diff != "" {
		t.Errorf("rows differ (-second attempt +third)\n%s", diff)
	}
	left, err := w.staging.Leftovers(t.Context())
	if err != nil || len(left) != 1 {
		t.Errorf("schemas of earlier attempts stay: %v, %v", left, err)
	}
	if err := w.work(t.Context(), id, 1); err != nil { // a job that was delivered twice
		t.Error(err)
	}
	if again := w.story(id).Batch; again.Attempt != b.Attempt || again.Status != batch.Staged {
		t.Errorf("a second job changed the batch: attempt %d, %s", again.Attempt, again.Status)
	}
}

func TestACopyThatIsKilledHalfWayLeavesNothingAndIsRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.arrive(sample.Pack(t, manyRows(6000), sample.JSON()))
	killed := make(chan error, 1)
	working, done := context.WithCancel(t.Context())
	go func() { killed <- w.killCopy(working) }()
	err := w.work(t.Context(), id, 1)
	done()
	if killErr := <-killed; killErr != nil {
		t.Fatal(killErr)
	}
	if err == nil {
		t.Fatal("the batch was loaded although its COPY was killed")
	}
	var tables int
	if err := w.pool.QueryRow(t.Context(), "select count(*) from pg_tables where schemaname like 'batch%'").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("%d tables stay, %v", tables, err)
	}
	if b := w.story(id).Batch; b.Status != batch.Loading {
		t.Errorf("the batch is %s after the kill", b.Status)
	}
	if err := w.work(t.Context(), id, 2); err != nil {
		t.Fatal(err)
	}
	if b := w.story(id).Batch; b.Status != batch.Staged || *b.RowsAccepted != 6000 || len(w.dump(b.StagingSchema)["student"]) != 6000 {
		t.Errorf("%s with %d rows", b.Status, *b.RowsAccepted)
	}
}

// killCopy waits for a COPY in the staging database and ends its connection.
func (w *world) killCopy(ctx context.Context) error {
	for {
		var done bool
		err := w.pool.QueryRow(ctx, `
			select coalesce(bool_or(pg_terminate_backend(pid)), false) from pg_stat_activity
			where datname = current_database() and query like 'copy outcome%' and state = 'active'`).Scan(&done)
		if err != nil || done {
			return err
		}
	}
}

func TestAStoppedWorkerLeavesTheBatchToTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.arrive(sample.Pack(t, manyRows(3000), sample.JSON()))
	ctx, stop := context.WithCancel(t.Context())
	open := w.config.Tenant
	w.config.Tenant = func(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
		stop() // as soon as the work has begun
		return open(ctx, id)
	}
	w.worker = load.NewWorker(w.config)
	if err := w.work(ctx, id, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if b := w.story(id).Batch; b.Status != batch.Loading {
		t.Errorf("a stop made the batch %s", b.Status)
	}
	if err := w.work(t.Context(), id, 1); err != nil {
		t.Fatal(err)
	}
	if b := w.story(id).Batch; b.Status != batch.Staged {
		t.Errorf("the next worker left it %s", b.Status)
	}
}

func TestAnAttemptThatWasReplacedChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batchID := w.arrive(sample.Pack(t, manyRows(20), sample.JSON()))
	var newer batch.Attempt
	w.config.Migrate = func(context.Context, pgx.Tx, batch.ID) error { t.Error("the old attempt went on"); return nil }
	open := w.config.Staging
	w.config.Staging = func(ctx context.Context, id tenant.ID) (*staging.Store, error) { // a successor begins while this one works
		var err error
		if newer, err = w.batches.Begin(ctx, batchID, batch.Loading); err != nil {
			return nil, err
		}
		return open(ctx, id)
	}
	w.worker = load.NewWorker(w.config)
	if err := w.work(t.Context(), batchID, 1); err != nil {
		t.Fatalf("a fenced attempt is no failure of its job: %v", err)
	}
	if b := w.story(batchID).Batch; b.Status != batch.Loading || b.Attempt != newer.Number {
		t.Errorf("batch is %s in attempt %d", b.Status, b.Attempt)
	}
}

func TestAFileThatIsGoneFailsTheBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.arrive(sample.Pack(t, manyRows(1), sample.JSON()))
	if err := w.files.Remove(w.story(id).Batch.StoredAs); err != nil {
		t.Fatal(err)
	}
	if err := w.work(t.Context(), id, 1); err == nil {
		t.Error("the job knows nothing of it")
	}
	if b := w.story(id).Batch; b.Status != batch.Failed || *b.Code != feed.StoredFileGone {
		t.Errorf("%s, code %s: %s", b.Status, number(b.Code), b.Reason)
	}
}

func TestOurOwnTroubleIsTriedAgainAndFailsInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keys.loader = nil
	id := w.arrive(sample.Pack(t, manyRows(1), sample.JSON()))
	if err := w.work(t.Context(), id, 1); err == nil {
		t.Error("no error for the queue to try again")
	}
	if b := w.story(id).Batch; b.Status != batch.Loading {
		t.Errorf("after the first try the batch is %s", b.Status)
	}
	_ = w.work(t.Context(), id, 10)
	b := w.story(id).Batch
	if b.Status != batch.Failed || *b.Code != feed.UnknownError {
		t.Errorf("after the last try: %s, code %s: %s", b.Status, number(b.Code), b.Reason)
	}
}
