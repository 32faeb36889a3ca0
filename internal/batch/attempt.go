package batch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
)

// Attempt is the right to work on a batch until a newer attempt begins.
type Attempt struct {
	ID     ID
	Number int
	Batch  Batch // as it stood when the attempt began
}

// Change names the columns that Advance sets; nil leaves a column as it is. An empty StagingSchema clears the column.
// Code and Reason are kept only for rejected and failed batches.
type Change struct {
	Signer         *string
	Content        *string
	AssessmentGUID *string
	AssessmentType *edu.AssessmentType
	Subject        *edu.Subject
	AcademicYear   *edu.AcademicYear
	RowsTotal      *int64
	RowsAccepted   *int64
	RowsRejected   *int64
	StagingSchema  *string
	Version        *int
	Code           *int
	Reason         *string    // a sentence for people, without student data
	Deadline       *time.Time // instead of the usual deadline of the new status
}

// Begin starts a new attempt: it takes the batch's row lock, gives the attempt the next number, and moves the batch to status to
// (Loading or Migrating). Older attempts are fenced from then on. It returns fault.NotFound when there is no such batch and
// fault.Conflict when the batch's status does not allow the step, as when its work is already done.
func (s *Store) Begin(ctx context.Context, id ID, to Status) (Attempt, error) {
	var a Attempt
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		b, err := lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if !May(b.Status, to) {
			return conflict(b, to)
		}
		rows, err := tx.Query(ctx, `
			update batch.batch
			set attempt = attempt + 1, status = $2, status_since = now(), code = null, reason = null,
			    deadline_at = now() + $3::float8 * interval '1 second'
			where batch_id = $1
			returning `+columns, id, to, s.deadlineIn(to))
		if err != nil {
			return err
		}
		b, err = pgx.CollectExactlyOneRow(rows, scan)
		a = Attempt{ID: id, Number: b.Attempt, Batch: b}
		return err
	})
	if err != nil {
		return Attempt{}, fmt.Errorf("begin batch %d: %w", id, pg.Clean(err))
	}
	return a, nil
}

// Advance moves the batch to status to and sets the columns of c, in one transaction with what inTx does (enqueue the next job).
// It returns fault.Fenced when a newer attempt has begun and fault.Conflict when the transition is not allowed; then nothing changed.
// An error of inTx undoes everything.
func (s *Store) Advance(ctx context.Context, a Attempt, to Status, c Change, inTx ...func(context.Context, pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		b, err := lockFenced(ctx, tx, a)
		if err != nil {
			return err
		}
		if !May(b.Status, to) {
			return conflict(b, to)
		}
		if err := s.update(ctx, tx, a.ID, to, c); err != nil {
			return err
		}
		for _, f := range inTx {
			if err := f(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("advance batch %d to %s: %w", a.ID, to, pg.Clean(err))
	}
	return nil
}

func (s *Store) update(ctx context.Context, tx pgx.Tx, id ID, to Status, c Change) error {
	if to != Rejected && to != Failed {
		c.Code, c.Reason = nil, nil
	}
	_, err := tx.Exec(ctx, `
		update batch.batch set
		  status = $2, status_since = now(),
		  deadline_at = coalesce($3::timestamptz, now() + $4::float8 * interval '1 second'),
		  signer = coalesce($5, signer), content = coalesce($6, content), assessment_guid = coalesce($7, assessment_guid),
		  assessment_type = coalesce($8, assessment_type), subject = coalesce($9, subject), academic_year = coalesce($10, academic_year),
		  rows_total = coalesce($11, rows_total), rows_accepted = coalesce($12, rows_accepted), rows_rejected = coalesce($13, rows_rejected),
		  staging_schema = nullif(coalesce($14, staging_schema), ''), version = coalesce($15, version),
		  code = $16, reason = nullif($17, '')
		where batch_id = $1`,
		id, to, c.Deadline, s.deadlineIn(to), c.Signer, c.Content, c.AssessmentGUID, c.AssessmentType, c.Subject, c.AcademicYear,
		c.RowsTotal, c.RowsAccepted, c.RowsRejected, c.StagingSchema, c.Version, c.Code, c.Reason)
	return err
}

// Note adds a line to the batch's story. A zero Started or Finished means now. It is not fenced: what an attempt did is told even when
// another has taken over.
func (s *Store) Note(ctx context.Context, a Attempt, e Event) error {
	return insertEvent(ctx, s.pool, a.ID, a.Number, e)
}

// PutRejects stores the rows that a stage (check, stage or migrate) of the attempt refused, with COPY, and removes what
// earlier attempts left for the same batch and stage; call it with an empty sequence when nothing was refused. Several calls
// of one attempt add up. It returns the number stored, and fault.Fenced, storing nothing, when a newer attempt has begun.
func (s *Store) PutRejects(ctx context.Context, a Attempt, stage string, rejects iter.Seq[Reject]) (int64, error) {
	var n int64
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		next, stop := iter.Pull(rejects)
		defer stop()
		var err error
		// The batch's row is locked after the COPY, so that a long one does not keep a successor waiting.
		n, err = tx.CopyFrom(ctx, pgx.Identifier{"batch", "reject"},
			[]string{"batch_id", "attempt", "stage", "file", "line", "column_name", "code", "message"},
			pgx.CopyFromFunc(func() ([]any, error) {
				r, ok := next()
				if !ok {
					return nil, nil
				}
				return []any{a.ID, a.Number, stage, r.File, r.Line, r.Column, r.Code, r.Message}, nil
			}))
		if err != nil {
			return err
		}
		if _, err := lockFenced(ctx, tx, a); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "delete from batch.reject where batch_id = $1 and stage = $2 and attempt <> $3", a.ID, stage, a.Number)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store rejects of batch %d: %w", a.ID, pg.Clean(err))
	}
	return n, nil
}

// lock reads the batch under its row lock. NO KEY UPDATE lets other transactions insert events and rejects meanwhile.
func lock(ctx context.Context, tx pgx.Tx, id ID) (Batch, error) {
	rows, err := tx.Query(ctx, "select "+columns+" from batch.batch where batch_id = $1 for no key update", id)
	if err != nil {
		return Batch{}, err
	}
	b, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return Batch{}, notFound(id)
	}
	return b, err
}

func lockFenced(ctx context.Context, tx pgx.Tx, a Attempt) (Batch, error) {
	b, err := lock(ctx, tx, a.ID)
	if err == nil && b.Attempt != a.Number {
		return b, fault.New(fault.Fenced, "Attempt %d of batch %d was replaced by attempt %d.", a.Number, a.ID, b.Attempt)
	}
	return b, err
}

func notFound(id ID) error { return fault.New(fault.NotFound, "There is no batch %d.", id) }

func conflict(b Batch, to Status) error {
	return fault.New(fault.Conflict, "Batch %d is %s and cannot become %s.", b.ID, b.Status, to)
}

// execer is a pool or a transaction.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

func insertEvent(ctx context.Context, db execer, id ID, attempt int, e Event) error {
	_, err := db.Exec(ctx, `
		insert into batch.event (batch_id, attempt, stage, outcome, started_at, finished_at, rows_in, rows_out, rows_rejected, detail)
		values ($1, $2, $3, $4, coalesce($5, clock_timestamp()), coalesce($6, clock_timestamp()), $7, $8, $9, $10)`,
		id, attempt, e.Stage, e.Outcome, instant(e.Started), instant(e.Finished), e.RowsIn, e.RowsOut, e.RowsRejected, e.Detail)
	if err != nil {
		return fmt.Errorf("note %s of batch %d: %w", e.Stage, id, pg.Clean(err))
	}
	return nil
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
