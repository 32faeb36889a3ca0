package migrate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"scorehouse/internal/batch"
	"scorehouse/internal/crash"
	"scorehouse/internal/fault"
	"scorehouse/internal/jobs"
	"scorehouse/internal/pg"
	"scorehouse/internal/staging"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// The stages this package tells the batch's story with, and the one its rejects are stored under.
const (
	stageMigrate = "migrate"
	stagePublish = "publish"
)

// Codes of docs/formats/codes.md.
const (
	codeDeleteNotFound = 1000
	codeUnknownError   = -3
)

// DefaultTimeout is how long one attempt may take unless Config says otherwise; a million rows need some twenty seconds.
const DefaultTimeout = 2 * time.Hour

// PublishArgs asks for a staged batch to be published.
type PublishArgs struct {
	BatchID batch.ID `json:"batch_id"`
}

// Kind names the job.
func (PublishArgs) Kind() string { return "migrate.batch" }

// Config is what a Worker needs.
type Config struct {
	Batches *batch.Store
	// Open returns a tenant's staging and its warehouse.
	Open func(ctx context.Context, id tenant.ID) (*staging.Store, *warehouse.Writer, error)
	// Reload enqueues the job that loads a batch, in the caller's transaction.
	Reload func(ctx context.Context, tx pgx.Tx, id batch.ID) error
	Logger *slog.Logger

	Timeout time.Duration // of one attempt. Default DefaultTimeout
}

// Worker publishes batches. It is safe for concurrent use: batches of one tenant take turns, those of several run side by side.
type Worker struct {
	river.WorkerDefaults[PublishArgs]
	config Config
}

// NewWorker returns a worker for the queue.
func NewWorker(c Config) *Worker {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	return &Worker{config: c}
}

// Timeout tells the queue how long one try may take.
func (w *Worker) Timeout(*river.Job[PublishArgs]) time.Duration { return w.config.Timeout }

// Work publishes the batch of a job. A trouble that passes is returned, so that the queue tries again; one that will not, and
// the last try, leave the batch failed.
func (w *Worker) Work(ctx context.Context, job *river.Job[PublishArgs]) error {
	id := job.Args.BatchID
	log := w.config.Logger.With("batch_id", id, "job_id", job.ID)
	a, err := w.config.Batches.Begin(ctx, id, batch.Migrating)
	switch {
	case fault.Is(err, fault.NotFound):
		return river.JobCancel(err)
	case fault.Is(err, fault.Conflict): // published meanwhile, or on its way to be loaded again, which makes another job
		log.InfoContext(ctx, "nothing to migrate", "reason", fault.Message(err))
		return nil
	case err != nil:
		return err
	}
	log = log.With("tenant", a.Batch.Tenant, "attempt", a.Number)
	err = w.attempt(ctx, log, a)
	switch {
	case err == nil:
		return nil
	case fault.Is(err, fault.Fenced): // the successor does the work and settles the batch
		log.InfoContext(ctx, "attempt replaced by a newer one")
		return nil
	case ctx.Err() == nil && (pg.Permanent(err) || jobs.LastTry(job.JobRow)):
		return w.fail(ctx, a, err)
	}
	return err
}

// attempt takes one batch from staging to its final status.
func (w *Worker) attempt(ctx context.Context, log *slog.Logger, a batch.Attempt) error {
	store, writer, err := w.config.Open(ctx, a.Batch.Tenant)
	if err != nil {
		return fmt.Errorf("migrate batch %d: %w", a.ID, err)
	}
	if p, found, err := writer.Published(ctx, int32(a.ID)); err != nil {
		return fmt.Errorf("migrate batch %d: %w", a.ID, err)
	} else if found { // a crash came between the commit and the status
		w.note(ctx, log, a, batch.Event{Stage: stagePublish, Outcome: batch.OutcomeNote, Detail: fmt.Sprintf("Version %d has it already.", p.Version)})
		return w.settle(ctx, log, a, store, p)
	}
	rows, sealed, err := store.Sealed(ctx, a.Batch.StagingSchema)
	if err != nil {
		return fmt.Errorf("migrate batch %d: %w", a.ID, err)
	}
	if accepted := a.Batch.RowsAccepted; !sealed || accepted != nil && *accepted != rows {
		return w.loadAgain(ctx, log, a)
	}
	p, err := w.publish(ctx, log, a, store, writer, rows)
	if err != nil {
		return err
	}
	return w.settle(ctx, log, a, store, p)
}

// publish moves the rows and tells what became of them.
func (w *Worker) publish(ctx context.Context, log *slog.Logger, a batch.Attempt, store *staging.Store, writer *warehouse.Writer, rows int64) (warehouse.Publication, error) {
	awaited, err := w.config.Batches.Awaited(ctx, a.Batch)
	if err != nil {
		return warehouse.Publication{}, err
	}
	started := time.Now()
	decided := started
	p, err := writer.Publish(ctx, warehouse.Batch{
		ID: int32(a.ID), Rows: rows, Awaited: int32(awaited),
		BeforeCommit: func(ctx context.Context, _ warehouse.Publication, unmatched []int64) error {
			decided = time.Now()
			return w.putRejects(ctx, a, unmatched)
		},
	}, store.Source(a.Batch.StagingSchema))
	if err != nil {
		return p, err
	}
	used, outcome := p.Staged-p.Rejected, batch.OutcomeDone
	if p.AllRejected() {
		outcome = batch.OutcomeRejected
	}
	w.note(ctx, log, a, batch.Event{Stage: stageMigrate, Outcome: outcome, Started: started, Finished: decided,
		RowsIn: &p.Staged, RowsOut: &used, RowsRejected: &p.Rejected,
		Detail: fmt.Sprintf("%d new, %d changed, %d same, %d older, %d deleted", p.New, p.Changed, p.Same, p.Older, p.Deleted)})
	if !p.AllRejected() {
		w.note(ctx, log, a, batch.Event{Stage: stagePublish, Outcome: batch.OutcomeDone, Started: decided,
			RowsIn: &used, RowsOut: &used, Detail: fmt.Sprintf("version %d", p.Version)})
	}
	return p, nil
}

// putRejects stores the deletes without a current result. It stands before the commit, so that a crash after it loses none, and
// stops an attempt that has been replaced.
func (w *Worker) putRejects(ctx context.Context, a batch.Attempt, unmatched []int64) error {
	_, err := w.config.Batches.PutRejects(ctx, a, stageMigrate, func(yield func(batch.Reject) bool) {
		for _, line := range unmatched {
			if !yield(batch.Reject{File: a.Batch.File, Line: line, Column: "Op", Code: codeDeleteNotFound,
				Message: "The row deletes a result that is not there. Check StudentIdentifier and AssessmentAdministrationFinishDate against the row that created the result."}) {
				return
			}
		}
	})
	return err
}

// settle gives the batch its final status and clears its staged rows away.
func (w *Worker) settle(ctx context.Context, log *slog.Logger, a batch.Attempt, store *staging.Store, p warehouse.Publication) error {
	accepted, rejected, none := p.Staged-p.Rejected, p.Rejected, ""
	if total := a.Batch.RowsTotal; total != nil {
		rejected = *total - accepted // with those that loading refused
	}
	to, c := batch.Published, batch.Change{RowsAccepted: &accepted, RowsRejected: &rejected, StagingSchema: &none}
	if p.AllRejected() {
		to = batch.Rejected
		c.Code, c.Reason = new(codeDeleteNotFound), new("Every row deletes a result that is not there. Nothing was changed.")
	} else {
		c.Version = &p.Version
	}
	if err := w.config.Batches.Advance(ctx, a, to, c); err != nil {
		return err
	}
	log.InfoContext(ctx, "batch migrated", "status", to, "version", p.Version, "rows", p.Staged, "new", p.New, "changed", p.Changed,
		"same", p.Same, "older", p.Older, "deleted", p.Deleted, "rejected", p.Rejected)
	crash.Point(crash.Published)
	if a.Batch.StagingSchema == "" {
		return nil
	}
	if err := store.Drop(ctx, a.Batch.StagingSchema); err != nil { // the search for leftovers will find it
		log.WarnContext(ctx, "staged rows not dropped", "error", pg.Clean(err))
	}
	return nil
}

// loadAgain sends a batch back whose staged rows are gone or not whole, as after a crash of PostgreSQL.
func (w *Worker) loadAgain(ctx context.Context, log *slog.Logger, a batch.Attempt) error {
	log.WarnContext(ctx, "staged rows are not whole, the batch is loaded again")
	w.note(ctx, log, a, batch.Event{Stage: stageMigrate, Outcome: batch.OutcomeNote, Detail: "The staged rows are not whole; the package is loaded again."})
	return w.config.Batches.Advance(ctx, a, batch.Received, batch.Change{StagingSchema: new("")}, func(ctx context.Context, tx pgx.Tx) error {
		return w.config.Reload(ctx, tx, a.ID)
	})
}

// fail leaves the batch for an operator. Its staged rows stay, so that it can be tried again.
func (w *Worker) fail(ctx context.Context, a batch.Attempt, cause error) error {
	kind := fault.KindOf(cause)
	w.note(ctx, w.config.Logger, a, batch.Event{Stage: stageMigrate, Outcome: batch.OutcomeFailed, Detail: fmt.Sprintf("%s: %v", kind, pg.Clean(cause))})
	err := w.config.Batches.Advance(ctx, a, batch.Failed, batch.Change{Code: new(codeUnknownError),
		Reason: new(fmt.Sprintf("The rows could not be moved to the warehouse (%s). The operator must look into it; the sender need not do anything.", kind))})
	switch {
	case fault.Is(err, fault.Fenced): // the successor settles the batch
		return nil
	case err != nil:
		return errors.Join(cause, err)
	}
	return river.JobCancel(cause)
}

// note adds to the batch's story. A line that is lost is no reason to stop.
func (w *Worker) note(ctx context.Context, log *slog.Logger, a batch.Attempt, e batch.Event) {
	if err := w.config.Batches.Note(ctx, a, e); err != nil {
		log.WarnContext(ctx, "event not stored", "stage", e.Stage, "error", pg.Clean(err))
	}
}
