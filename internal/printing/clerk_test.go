package printing_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/jobs"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
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
		Reports: h.config.Reports,
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

// Cancelling and asking again while the queue still has the first entry leaves one entry, and the job is printed.
func TestAJobThatIsAskedForAgainIsInTheQueueOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(t, of("D1", "S1"), everybody, 24)
	c := h.clerk(t)
	again := func() {
		t.Helper()
		if err := h.desk.Cancel(t.Context(), rosa, id); err != nil {
			t.Fatal(err)
		}
		if err := h.retryAs(t.Context(), rosa, id); err != nil {
			t.Fatal(err)
		}
		if err := c.Enqueue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Enqueue(t.Context()); err != nil {
		t.Fatal(err)
	}
	again()
	run(t, h.control, `update jobs.river_job set state = 'running', attempted_at = now()`)
	h.config.Progress = func(done int) {
		if done == 1 {
			again()
		}
	}
	var snoozed *rivertype.JobSnoozeError
	if err := h.work(t, id); !errors.As(err, &snoozed) {
		t.Errorf("the worker whose job was asked for again: %v", err)
	}
	if list, err := c.Queue.List(t.Context(), jobs.Filter{}); err != nil || len(list) != 1 {
		t.Errorf("in the queue: %+v, %v", list, err)
	}
	h.config.Progress = nil
	if err := h.work(t, id); err != nil || h.job(t, id).State != printing.Ready {
		t.Errorf("printed again: %v, %+v", err, h.job(t, id))
	}
}

func TestMonitoringSeesHowPrintingStands(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ahead(t)
	h.order(t, of("D1", "S1"), everybody, 24)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(printing.NewCollector(pgtest.As(t, h.control, pg.Web), slog.New(slog.DiscardHandler)))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := strings.TrimPrefix(f.GetName(), "scorehouse_printing_")
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			got[name] = m.GetGauge().GetValue()
		}
	}
	for name, want := range map[string]float64{"jobs waiting tamarack": 1, "jobs ready tamarack": 0, "ahead_classes there tamarack": 10, "ahead_classes due tamarack": 0, "ready_bytes tamarack": 0} {
		if value, ok := got[name]; !ok || value != want {
			t.Errorf("%s is %v (%t), want %v", name, value, ok, want)
		}
	}
	for _, name := range []string{"oldest_unfinished_timestamp_seconds tamarack", "ahead_finished_timestamp_seconds tamarack", "ahead_bytes tamarack"} {
		if got[name] == 0 {
			t.Errorf("%s is missing", name)
		}
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
