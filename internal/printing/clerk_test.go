package printing_test

import (
	"context"
	"log/slog"
	"testing"

	"scorehouse/internal/jobs"
	"scorehouse/internal/printing"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
)

func failing(context.Context, tenant.ID) (*report.Reports, error) { return nil, errBroken }

// clerk returns a clerk of the house. The queue takes no jobs.
func (h *house) clerk(t testing.TB) *printing.Clerk {
	t.Helper()
	queue, err := jobs.NewClient(jobs.Config{Pool: h.config.Pool, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return &printing.Clerk{
		Pool: h.config.Pool, Queue: queue, Files: h.files, Logger: slog.New(slog.DiscardHandler),
		Tenants: func(context.Context) ([]tenant.Tenant, error) { return []tenant.Tenant{{ID: tamarack}}, nil },
		Newest: func(ctx context.Context, id tenant.ID) (int, error) {
			r, err := h.config.Reports(ctx, id)
			if err != nil {
				return 0, err
			}
			return r.Version(ctx)
		},
	}
}

func (h *house) tidy(t testing.TB) {
	t.Helper()
	if err := h.clerk(t).Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestRequestsBecomeJobsOfTheQueueOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.order(t, of("D1", "S1"), everybody, 24)
	c := h.clerk(t)
	for range 2 {
		if err := c.Enqueue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	list, err := c.Queue.List(t.Context(), jobs.Filter{})
	if err != nil || len(list) != 1 || list[0].Kind != "print.job" || list[0].Queue != printing.Queue {
		t.Errorf("in the queue: %+v, %v", list, err)
	}
}

func TestAJobWhoseWorkIsLostIsSettled(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(t, of("D1", "S1"), everybody, 24)
	c := h.clerk(t)
	if err := c.Enqueue(t.Context()); err != nil {
		t.Fatal(err)
	}
	lost := func(sql string) {
		t.Helper()
		run(t, h.control, sql)
		run(t, h.control, `update printing.job set queued_at = now() - interval '1 minute'`)
		if err := c.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Enqueue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	lost(`delete from jobs.river_job`)
	if list, err := c.Queue.List(t.Context(), jobs.Filter{}); err != nil || len(list) != 1 {
		t.Errorf("an operator has purged the queue; now there are %v, %v", list, err)
	}
	lost(`update jobs.river_job set state = 'discarded', finalized_at = now()`)
	if j := h.job(t, id); j.State != printing.Failed || j.Reason != printing.GivenUp {
		t.Errorf("given up by the queue: %+v", j)
	}
}
