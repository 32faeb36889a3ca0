package load

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"scorehouse/internal/batch"
	"scorehouse/internal/crash"
	"scorehouse/internal/delivery"
	"scorehouse/internal/fault"
	"scorehouse/internal/feed"
	"scorehouse/internal/filestore"
	"scorehouse/internal/jobs"
	"scorehouse/internal/keyring"
	"scorehouse/internal/pg"
	"scorehouse/internal/staging"
	"scorehouse/internal/tenant"
)

// DefaultTimeout is how long one attempt may take unless Config says otherwise.
const DefaultTimeout = 2 * time.Hour

// LoadArgs asks for a batch to be loaded.
type LoadArgs struct {
	BatchID batch.ID `json:"batch_id"`
}

// Kind names the job.
func (LoadArgs) Kind() string { return "load.batch" }

// Keys gives the keys that packages are made with; *keyring.Ring does.
type Keys interface {
	LoaderKeys(ctx context.Context) ([]keyring.Key, error)
	SenderKeys(ctx context.Context, id tenant.ID) ([]keyring.Key, error)
}

// Config is what a Worker needs.
type Config struct {
	Batches *batch.Store
	Files   *filestore.Dir
	Keys    Keys
	Tenant  func(ctx context.Context, id tenant.ID) (tenant.Tenant, error)
	Staging func(ctx context.Context, id tenant.ID) (*staging.Store, error)
	// Migrate enqueues the job that migrates a staged batch, in the caller's transaction.
	Migrate func(ctx context.Context, tx pgx.Tx, id batch.ID) error
	Logger  *slog.Logger

	Timeout    time.Duration   // of one attempt. Default DefaultTimeout
	Limits     delivery.Limits // of one package
	MaxRejects int             // rejects stored for one batch; more are counted. Default 100,000
}

// Worker loads batches. It is safe for concurrent use.
type Worker struct {
	river.WorkerDefaults[LoadArgs]
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
func (w *Worker) Timeout(*river.Job[LoadArgs]) time.Duration { return w.config.Timeout }

// Work loads the batch of a job. A trouble that may pass is returned, so that the queue tries again; one that will not, and the
// last try, leave the batch failed.
func (w *Worker) Work(ctx context.Context, job *river.Job[LoadArgs]) error {
	id := job.Args.BatchID
	log := w.config.Logger.With("batch_id", id, "job_id", job.ID)
	a, err := w.config.Batches.Begin(ctx, id, batch.Loading)
	switch {
	case fault.Is(err, fault.NotFound):
		return river.JobCancel(err)
	case fault.Is(err, fault.Conflict): // loaded meanwhile, or rejected
		log.InfoContext(ctx, "nothing to load", "reason", fault.Message(err))
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
	case ctx.Err() == nil && (permanent(err) || jobs.LastTry(job.JobRow)):
		return w.fail(ctx, a, err)
	}
	return err
}

// attempt runs the stages and settles the batch, unless the error is one to try again for.
func (w *Worker) attempt(ctx context.Context, log *slog.Logger, a batch.Attempt) error {
	r := &run{config: &w.config, log: log, attempt: a}
	defer r.close(ctx)
	started := time.Now()
	for _, s := range stages {
		if err := r.do(ctx, s); err != nil {
			if refused := (*rejection)(nil); errors.As(err, &refused) {
				return r.reject(ctx, refused)
			}
			return fmt.Errorf("load batch %d: %s: %w", a.ID, s.name, err)
		}
	}
	c := r.change()
	c.StagingSchema = new(r.staged.Schema())
	err := w.config.Batches.Advance(ctx, a, batch.Staged, c, func(ctx context.Context, tx pgx.Tx) error {
		return w.config.Migrate(ctx, tx, a.ID)
	})
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "batch staged", "rows_total", r.result.Total, "rows_accepted", r.accepted, "seconds", time.Since(started).Seconds())
	crash.Point(crash.Staged)
	return nil
}

// fail leaves the batch for an operator.
func (w *Worker) fail(ctx context.Context, a batch.Attempt, cause error) error {
	code := feed.UnknownError
	reason := fmt.Sprintf("The package could not be loaded for a reason on our side (%s). "+
		"The operator must look into it; the sender need not do anything.", fault.KindOf(cause))
	if errors.Is(cause, fs.ErrNotExist) {
		code, reason = feed.StoredFileGone, feed.Sentence(feed.StoredFileGone)
	}
	err := w.config.Batches.Advance(ctx, a, batch.Failed, batch.Change{Code: &code, Reason: &reason, StagingSchema: new("")})
	switch {
	case fault.Is(err, fault.Fenced): // the trouble may come from the successor, which drops what older attempts left
		return nil
	case err != nil:
		return errors.Join(cause, err)
	}
	return river.JobCancel(cause)
}

// permanent reports whether trying again cannot help: the input file is gone, or a statement or value is wrong.
func permanent(err error) bool { return errors.Is(err, fs.ErrNotExist) || pg.Permanent(err) }
