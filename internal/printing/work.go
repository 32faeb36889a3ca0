package printing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"filippo.io/age"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"scorehouse/internal/crash"
	"scorehouse/internal/fault"
	"scorehouse/internal/filestore"
	"scorehouse/internal/jobs"
	"scorehouse/internal/pg"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
)

// DefaultTimeout is how long one attempt may take unless Config says otherwise; a district of 50,000 students needs less than a minute.
const DefaultTimeout = 30 * time.Minute

// DefaultKeep is how long documents wait to be collected unless Config says otherwise.
const DefaultKeep = 7 * 24 * time.Hour

// Args asks for a job to be printed.
type Args struct {
	Job ID `json:"job"`
}

// Kind names the job of the queue.
func (Args) Kind() string { return "print.job" }

// Config is what the printer needs.
type Config struct {
	Pool    *pgxpool.Pool // of the control database
	Files   *filestore.Dir
	Key     age.Recipient // documents are encrypted to it
	Reports func(ctx context.Context, id tenant.ID) (*report.Reports, error)
	Press   *Press
	Logger  *slog.Logger

	Keep         time.Duration  // how long documents wait to be collected. Default DefaultKeep
	Timeout      time.Duration  // of one attempt. Default DefaultTimeout
	PartStudents int            // students of a document at most. Default PartStudents
	Progress     func(done int) // called as students are printed; for tests; may be nil
}

func (c Config) withDefaults() Config {
	if c.Keep == 0 {
		c.Keep = DefaultKeep
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.PartStudents == 0 {
		c.PartStudents = PartStudents
	}
	return c
}

// Worker prints jobs. It is safe for concurrent use.
type Worker struct {
	river.WorkerDefaults[Args]
	config Config
}

// NewWorker returns a worker for the queue.
func NewWorker(c Config) *Worker { return &Worker{config: c.withDefaults()} }

// Timeout tells the queue how long one try may take.
func (w *Worker) Timeout(*river.Job[Args]) time.Duration { return w.config.Timeout }

// Work prints a job. A trouble that may pass is returned, so that the queue tries again; one that will not, and the last try, leave the job failed.
func (w *Worker) Work(ctx context.Context, queued *river.Job[Args]) error {
	log := w.config.Logger.With("print_job", queued.Args.Job, "job_id", queued.ID)
	j, err := w.begin(ctx, queued.Args.Job)
	if fault.Is(err, fault.NotFound) { // done, cancelled or deleted meanwhile
		log.InfoContext(ctx, "nothing to print")
		return nil
	}
	if err != nil {
		return err
	}
	log, started := log.With("tenant", j.Tenant, "attempt", j.Attempt), time.Now()
	err = w.print(ctx, j)
	switch {
	case err == nil:
		log.InfoContext(ctx, "bundle printed", "students", j.Students, "seconds", time.Since(started).Seconds())
		return nil
	case fault.Is(err, fault.Fenced): // cancelled, deleted, or another attempt has taken over
		log.InfoContext(ctx, "printing stopped: the job has changed")
		return w.goOn(ctx, j.ID)
	case ctx.Err() == nil && (permanent(err) || jobs.LastTry(queued.JobRow)):
		if failed := w.fail(ctx, j, reasonFor(err)); failed != nil {
			return errors.Join(err, failed)
		}
		return river.JobCancel(err)
	}
	return err
}

// goOn has the queue come again for a job that was cancelled and asked for again meanwhile: it has no second entry there.
func (w *Worker) goOn(ctx context.Context, id ID) error {
	var waits bool
	err := w.config.Pool.QueryRow(ctx, `select exists (select from printing.job where job_id = $1 and state = 'waiting')`, id).Scan(&waits)
	if err != nil {
		return fmt.Errorf("look at print job: %w", pg.Clean(err))
	}
	if waits {
		return river.JobSnooze(0)
	}
	return nil
}

// reasonFor classes a failure for whoever asked.
func reasonFor(err error) Reason {
	if fault.Is(err, fault.NotFound) {
		return NobodyLeft
	}
	return OurSide
}

// permanent reports whether trying again cannot help.
func permanent(err error) bool {
	return pg.Permanent(err) || fault.Is(err, fault.NotFound) || fault.Is(err, fault.Forbidden) || fault.Is(err, fault.Invalid)
}

// begin starts an attempt; older ones are fenced from then on. It is NotFound unless the job waits, or an attempt at it has died.
func (w *Worker) begin(ctx context.Context, id ID) (Job, error) {
	rows, err := w.config.Pool.Query(ctx, `update printing.job set state = 'printing', attempt = attempt + 1, students_done = 0
		where job_id = $1 and state in ('waiting', 'printing') returning `+jobColumns, id)
	if err != nil {
		return Job{}, fmt.Errorf("begin print job: %w", pg.Clean(err))
	}
	j, err := pgx.CollectExactlyOneRow(rows, scanJob)
	if errors.Is(err, pgx.ErrNoRows) {
		return Job{}, fault.New(fault.NotFound, "There is no such job to print.")
	}
	if err != nil {
		return Job{}, fmt.Errorf("begin print job: %w", pg.Clean(err))
	}
	return j, nil
}

// print prints every document of a job and makes it ready.
func (w *Worker) print(ctx context.Context, j Job) error {
	reports, err := w.config.Reports(ctx, j.Tenant)
	if err != nil {
		return err
	}
	of := j.Wish.Of
	of.Remaining = true
	bundle, err := reports.Bundle(ctx, j.Scope, of)
	if err != nil {
		return err
	}
	if len(bundle.Students) == 0 {
		return fault.New(fault.NotFound, "None of the students has such a result.")
	}
	r := &run{Config: w.config, job: j, reports: reports, bundle: bundle}
	if r.look, r.digest, err = w.config.Press.lookOf(ctx, j.Tenant); err != nil {
		return err
	}
	parts, err := r.all(ctx, documents(bundle.Students, j.Wish.Options.Order, w.config.PartStudents))
	if err != nil {
		return err
	}
	crash.Point(crash.Printed)
	return w.finish(ctx, j, bundle.Version, parts)
}

var errFenced = fault.New(fault.Fenced, "The job has changed.")

// finish makes a job ready with its parts, and with the schools whose results are in them, unless it has changed meanwhile.
func (w *Worker) finish(ctx context.Context, j Job, version int, parts []Part) error {
	schools := map[scope.School]bool{}
	for _, p := range parts {
		for _, at := range p.schools {
			schools[at] = true
		}
	}
	err := pgx.BeginFunc(ctx, w.config.Pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update printing.job set state = 'ready', students_done = students, version = $3, schools = $5, finished_at = now(), expires_at = now() + $4::interval
			where job_id = $1 and attempt = $2 and state = 'printing'`, j.ID, j.Attempt, version, w.config.Keep, listed(slices.Collect(maps.Keys(schools))))
		if err == nil && tag.RowsAffected() == 0 {
			err = errFenced
		}
		if err != nil {
			return err
		}
		var b pgx.Batch
		b.Queue(`delete from printing.part where job_id = $1`, j.ID)
		for _, p := range parts {
			b.Queue(`insert into printing.part (job_id, number, school, grade, piece, pieces, first_letters, last_letters, students, pages, bytes, digest, file_name, stored_as)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
				j.ID, p.Number, p.School, p.Grade, p.Piece, p.Pieces, p.First, p.Last, p.Students, p.Pages, p.Bytes, p.digest, p.FileName, p.storedAs)
		}
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("finish print job: %w", pg.Clean(err))
	}
	return nil
}

// fail leaves a job for its requester, who may try again.
func (w *Worker) fail(ctx context.Context, j Job, reason Reason) error {
	_, err := w.config.Pool.Exec(ctx, `update printing.job set state = 'failed', reason = $3, finished_at = now() where job_id = $1 and attempt = $2 and state = 'printing'`,
		j.ID, j.Attempt, reason)
	return pg.Clean(err)
}

// progress tells how far an attempt is, and whether it may go on: errFenced when the job was cancelled or another attempt has begun.
func (c Config) progress(ctx context.Context, j Job, done int) error {
	tag, err := c.Pool.Exec(ctx, `update printing.job set students_done = least($3, students) where job_id = $1 and attempt = $2 and state = 'printing'`, j.ID, j.Attempt, done)
	if err == nil && tag.RowsAffected() == 0 {
		return errFenced
	}
	return pg.Clean(err)
}
