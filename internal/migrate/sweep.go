package migrate

import (
	"context"
	"errors"
	"fmt"

	"scorehouse/internal/batch"
	"scorehouse/internal/fault"
)

// Sweep lets the status of batches follow the warehouse: one that has a publication there, but is migrating, staged or
// failed by its status, becomes published. That is left when a process dies between the commit and the status, and its job
// is lost too. It returns the number of batches it settled; a trouble with one does not keep it from the others.
func (w *Worker) Sweep(ctx context.Context) (int, error) {
	settled := 0
	var errs []error
	for _, status := range []batch.Status{batch.Migrating, batch.Staged, batch.Failed} {
		list, err := w.config.Batches.List(ctx, batch.Filter{Status: status})
		if err != nil {
			return settled, fmt.Errorf("sweep of publications: %w", err)
		}
		for _, b := range list {
			done, err := w.heal(ctx, b)
			if err != nil {
				errs = append(errs, fmt.Errorf("sweep batch %d: %w", b.ID, err))
			}
			if done {
				settled++
			}
		}
	}
	return settled, errors.Join(errs...)
}

// heal settles a batch if the warehouse has it. Who works on it meanwhile is fenced, and finds nothing left to do.
func (w *Worker) heal(ctx context.Context, b batch.Batch) (bool, error) {
	store, writer, err := w.config.Open(ctx, b.Tenant)
	if err != nil {
		return false, err
	}
	p, found, err := writer.Published(ctx, int32(b.ID))
	if err != nil || !found {
		return false, err
	}
	a, err := w.config.Batches.Begin(ctx, b.ID, batch.Migrating)
	if fault.Is(err, fault.Conflict) { // settled by another meanwhile
		return false, nil
	}
	if err != nil {
		return false, err
	}
	log := w.config.Logger.With("batch_id", b.ID, "tenant", b.Tenant, "attempt", a.Number)
	w.note(ctx, log, a, batch.Event{Stage: stagePublish, Outcome: batch.OutcomeNote, Detail: fmt.Sprintf("Version %d has it; the status follows.", p.Version)})
	if err := w.settle(ctx, log, a, store, p); err != nil && !fault.Is(err, fault.Fenced) {
		return false, err
	}
	return true, nil
}
