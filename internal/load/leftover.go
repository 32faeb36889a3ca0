package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"scorehouse/internal/batch"
	"scorehouse/internal/fault"
	"scorehouse/internal/staging"
)

// SweepStaging drops the schemas of a tenant's staging database that no batch needs any more: those of attempts that died or
// were replaced, and those whose batch has been published and whose drop a crash cut off. Schemas younger than the given age
// are left alone. It returns the number dropped; a trouble with one does not keep it from the others.
func SweepStaging(ctx context.Context, store *staging.Store, batches *batch.Store, olderThan time.Duration) (int, error) {
	leftovers, err := store.Leftovers(ctx)
	if err != nil {
		return 0, fmt.Errorf("sweep staging: %w", err)
	}
	dropped := 0
	var troubles []error
	for _, l := range leftovers {
		if time.Since(l.CreatedAt) < olderThan {
			continue
		}
		b, err := batches.Get(ctx, batch.ID(l.BatchID))
		if err == nil && needs(b, l) {
			continue
		}
		if err == nil || fault.Is(err, fault.NotFound) {
			err = store.Drop(ctx, l.Schema)
		}
		if err != nil {
			troubles = append(troubles, fmt.Errorf("sweep staging: schema %s: %w", l.Schema, err))
			continue
		}
		dropped++
	}
	return dropped, errors.Join(troubles...)
}

// needs reports whether a batch may still use a schema: that of its running attempt to load, or the one that holds its
// staged rows. A failed batch keeps them for whoever looks into it.
func needs(b batch.Batch, l staging.Leftover) bool {
	if b.Status == batch.Loading {
		return l.Attempt == b.Attempt
	}
	return !b.Status.Final() && b.StagingSchema == l.Schema
}
