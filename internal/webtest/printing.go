package webtest

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/filestore"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/printing"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web"
)

// Keep is how long documents wait to be collected at a site.
const Keep = 7 * 24 * time.Hour

var press = sync.OnceValues(func() (*printing.Press, error) {
	p, _, err := printing.NewPress("", func(context.Context, tenant.ID) (printing.Look, error) {
		return printing.Look{Brand: "State of Tamarack"}, nil
	})
	return p, err
})

// withPrinting gives a site a desk and a printer, which works when Print is called.
func (s *Site) withPrinting(t testing.TB, control *pgxpool.Pool, stores map[tenant.ID]*pgxpool.Pool, all []tenant.Tenant, o *web.Options) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filestore.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if o.Press, err = press(); err != nil {
		t.Fatal(err)
	}
	o.Desk, o.Keep = printing.NewDesk(control, files, key), Keep
	reports := map[tenant.ID]*report.Reports{}
	for _, x := range all {
		reports[x.ID] = report.New(warehouse.NewReader(stores[x.ID]).For(x.ID), report.Settings{Tenant: x})
	}
	s.Desk = o.Desk
	s.printer = printing.NewWorker(printing.Config{
		Pool: pgtest.As(t, s.Control, pg.Printer), Files: files, Key: key.Recipient(), Press: o.Press, Keep: Keep, Logger: slog.New(slog.DiscardHandler),
		Reports: func(_ context.Context, id tenant.ID) (*report.Reports, error) { return reports[id], nil },
	})
}

// Print prints a job, as the printer does when the queue tells it to.
func (s *Site) Print(t testing.TB, id printing.ID) {
	t.Helper()
	queued := &river.Job[printing.Args]{JobRow: &rivertype.JobRow{Attempt: 1, MaxAttempts: 3}, Args: printing.Args{Job: id}}
	if err := s.printer.Work(t.Context(), queued); err != nil {
		t.Fatal(err)
	}
}
