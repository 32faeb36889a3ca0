package batch

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// Arrival is a complete upload about to become a batch.
type Arrival struct {
	Tenant   tenant.ID
	File     string // name the sender gave it, below file_drop
	Size     int64  // bytes
	Digest   string // SHA-256, lower-case hex
	StoredAs string // name in the file store; no two batches share one
	Sender   string // SFTP account
}

// Register makes a batch, received, in the caller's transaction, so that the job that loads it is enqueued together with it.
func (s *Store) Register(ctx context.Context, tx pgx.Tx, a Arrival) (ID, error) {
	return s.insert(ctx, tx, a, Received, nil, "")
}

// RegisterRejected makes a batch that is rejected on arrival, so that its sender learns why. Reason is a sentence for people.
func (s *Store) RegisterRejected(ctx context.Context, tx pgx.Tx, a Arrival, code int, reason string) (ID, error) {
	return s.insert(ctx, tx, a, Rejected, &code, reason)
}

// Registered returns the batch that keeps its input under the name, and false when there is none.
func (s *Store) Registered(ctx context.Context, tx pgx.Tx, storedAs string) (ID, bool, error) {
	var id ID
	err := tx.QueryRow(ctx, "select batch_id from batch.batch where stored_as = $1", storedAs).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("batch stored as %s: %w", storedAs, pg.Clean(err))
	}
	return id, true, nil
}

func (s *Store) insert(ctx context.Context, tx pgx.Tx, a Arrival, status Status, code *int, reason string) (ID, error) {
	var id ID
	err := tx.QueryRow(ctx, `
		insert into batch.batch (tenant, file, file_size, digest, stored_as, sender, status, code, reason, deadline_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9, ''), now() + $10::float8 * interval '1 second')
		returning batch_id`,
		a.Tenant, a.File, a.Size, a.Digest, a.StoredAs, a.Sender, status, code, reason, s.deadlineIn(status)).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("register %s of %s: %w", a.StoredAs, a.Sender, pg.Clean(err))
	}
	outcome := OutcomeDone
	if status == Rejected {
		outcome = OutcomeRejected
	}
	if err := insertEvent(ctx, tx, id, 0, Event{Stage: "arrive", Outcome: outcome, Detail: reason}); err != nil {
		return 0, err
	}
	return id, nil
}
