package batch

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/pg"
)

// Awaited returns the last batch of b's tenant that arrived before b and may still be published, 0 when there is none. A rejected batch is not
// awaited: its sender sends a new one. Whoever publishes b must then keep what b confirms unchanged.
func (s *Store) Awaited(ctx context.Context, b Batch) (ID, error) {
	var id ID
	err := s.pool.QueryRow(ctx, `
		select batch_id from batch.batch
		where tenant = $1 and batch_id < $2 and status not in ('published', 'rejected', 'withdrawn')
		order by batch_id desc limit 1`, b.Tenant, b.ID).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("batches awaited before batch %d: %w", b.ID, pg.Clean(err))
	}
	return id, nil
}
