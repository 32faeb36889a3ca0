package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/pg"
)

// JobState says what became of the job that a batch's status waits for.
type JobState string

// The job states.
const (
	JobLive      JobState = "live"      // waits, runs, or will be retried
	JobMissing   JobState = "missing"   // there is none, or it finished without moving the batch on
	JobDiscarded JobState = "discarded" // gave up after its last try
	JobCancelled JobState = "cancelled" // an operator cancelled it
)

// maxAttempts ends a batch whose attempts go on without result.
const maxAttempts = 100

// Sweeper settles batches that stand too long, so that no status lasts without an end. It is safe to run in several processes.
type Sweeper struct {
	Store *Store
	// Job tells what became of the newest job for the batch in its status (load for received and loading, migrate for staged and migrating).
	Job func(ctx context.Context, b Batch) (JobState, error)
	// Enqueue inserts the job that the batch's status (received or staged) waits for.
	Enqueue func(ctx context.Context, tx pgx.Tx, b Batch) error
	Logger  *slog.Logger
	Every   time.Duration // pause between sweeps; default 5 s
}

// Run sweeps until the context ends.
func (w *Sweeper) Run(ctx context.Context) error {
	every := w.Every
	if every <= 0 {
		every = 5 * time.Second
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if _, err := w.Once(ctx); err != nil && ctx.Err() == nil {
			w.Logger.ErrorContext(ctx, "sweep of batches", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Once looks at every batch that is not at rest and returns the number it settled. A trouble with one batch does not keep it
// from the others.
func (w *Sweeper) Once(ctx context.Context) (int, error) {
	list, err := w.Store.query(ctx, "where deadline_at is not null order by batch_id")
	if err != nil {
		return 0, fmt.Errorf("sweep: %w", err)
	}
	settled := 0
	var errs []error
	for _, b := range list {
		state, err := w.Job(ctx, b)
		if err == nil && !w.needs(b, state) {
			continue
		}
		done := false
		if err == nil {
			done, err = w.settle(ctx, b.ID)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("sweep batch %d: %w", b.ID, pg.Clean(err)))
		}
		if done {
			settled++
		}
	}
	return settled, errors.Join(errs...)
}

func (w *Sweeper) needs(b Batch, state JobState) bool {
	return state != JobLive || b.DeadlineAt != nil && b.DeadlineAt.Before(time.Now())
}

// settle looks again, now under the row lock, and acts. A batch that another transaction holds is left for the next sweep.
func (w *Sweeper) settle(ctx context.Context, id ID) (bool, error) {
	settled := false
	err := pgx.BeginFunc(ctx, w.Store.pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+columns+` from batch.batch
			where batch_id = $1 and deadline_at is not null for no key update skip locked`, id)
		if err != nil {
			return err
		}
		b, err := pgx.CollectExactlyOneRow(rows, scan)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		state, err := w.Job(ctx, b)
		if err != nil || !w.needs(b, state) {
			return err
		}
		settled, err = w.act(ctx, tx, b, state)
		return err
	})
	return settled, err
}

func (w *Sweeper) act(ctx context.Context, tx pgx.Tx, b Batch, state JobState) (bool, error) {
	to := b.Status
	switch b.Status {
	case Loading:
		to = Received
	case Migrating:
		to = Staged
	}
	detail := ""
	switch {
	case state == JobDiscarded:
		to, detail = Failed, "The job gave up after its last try."
	case state == JobCancelled:
		to, detail = Failed, "An operator cancelled the job."
	case b.Attempt >= maxAttempts:
		to, detail = Failed, fmt.Sprintf("%d attempts brought no result.", b.Attempt)
	case state == JobLive && to == b.Status: // a long queue
		_, err := tx.Exec(ctx, "update batch.batch set deadline_at = now() + $2::float8 * interval '1 second' where batch_id = $1", b.ID, w.Store.deadlineIn(to))
		return false, err
	case state == JobLive:
		detail = "Stood as " + string(b.Status) + " beyond its deadline; begins again."
	default:
		detail = "Stood as " + string(b.Status) + " without a job; has one again."
	}
	if err := w.move(ctx, tx, b, to, detail); err != nil {
		return false, err
	}
	w.Logger.WarnContext(ctx, "batch settled by the sweep", "tenant", b.Tenant, "batch_id", b.ID, "status", b.Status, "job", state, "to", to)
	return true, nil
}

// move gives the batch its new status under a new attempt, so that whoever worked on it is fenced.
func (w *Sweeper) move(ctx context.Context, tx pgx.Tx, b Batch, to Status, detail string) error {
	c := Change{}
	outcome := OutcomeNote
	if to == Failed {
		c.Reason, outcome = &detail, OutcomeFailed
	}
	if _, err := tx.Exec(ctx, "update batch.batch set attempt = attempt + 1 where batch_id = $1", b.ID); err != nil {
		return err
	}
	if err := w.Store.update(ctx, tx, b.ID, to, c); err != nil {
		return err
	}
	if err := insertEvent(ctx, tx, b.ID, b.Attempt+1, Event{Stage: "sweep", Outcome: outcome, Detail: detail}); err != nil {
		return err
	}
	if to == Failed {
		return nil
	}
	b.Status, b.Attempt = to, b.Attempt+1
	return w.Enqueue(ctx, tx, b)
}
