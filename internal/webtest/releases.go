package webtest

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/release"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
)

// tamarack finds the tenant of that name.
func tamarack(_ context.Context, id tenant.ID) (tenant.Tenant, error) {
	return tenant.Tenant{ID: id, StateCode: "TK", Name: "State of Tamarack"}, nil
}

// rules are what Tamarack has set.
func (s *Site) rules(ctx context.Context, id tenant.ID) (*settings.Settings, error) {
	return release.RulesOf(tamarack, release.ReaderOf(s.read))(ctx, id)
}

// ReleaseDesk is a desk of releases as the control database's owner.
func (s *Site) ReleaseDesk() *release.Desk { return release.NewDesk(s.Control, s.rules) }

// MakeRelease asks for a final release of a year of Tamarack and decides it, as the printer does. It is published only if asked for.
func (s *Site) MakeRelease(t testing.TB, year edu.AcademicYear, publish bool) release.Entry {
	t.Helper()
	desk := s.ReleaseDesk()
	id, err := desk.Make(t.Context(), release.Wish{Tenant: "tamarack", Year: year, Kind: release.Final, By: "operator webtest"})
	if err != nil {
		t.Fatal(err)
	}
	s.Decide(t, id)
	if publish {
		if err := desk.Publish(t.Context(), id, "operator webtest"); err != nil {
			t.Fatal(err)
		}
	}
	e, err := desk.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Decide decides a release of Tamarack that waits for it.
func (s *Site) Decide(t testing.TB, id int64) {
	t.Helper()
	worker := release.NewWorker(release.Config{
		Pool: pgtest.As(t, s.Control, pg.Printer), Logger: slog.New(slog.DiscardHandler),
		Tenant: tamarack, Reader: release.ReaderOf(warehouses{"tamarack": pgtest.As(t, s.Tamarack, pg.Printer)}),
	})
	queued := &river.Job[release.Args]{JobRow: &rivertype.JobRow{Attempt: 1, MaxAttempts: 1}, Args: release.Args{Release: id}}
	if err := worker.Work(t.Context(), queued); err != nil {
		t.Fatal(err)
	}
}

// releaseOf makes a release that waits for review, and linkOf a link; they return their numbers as addresses have them.
func releaseOf(t testing.TB, s *Site) string { return fmt.Sprint(s.MakeRelease(t, 2026, false).ID) }

func linkOf(t testing.TB, s *Site) string {
	t.Helper()
	_, l, err := s.ReleaseDesk().Issue(t.Context(), release.LinkWish{Tenant: "tamarack", For: 24 * time.Hour, By: "operator webtest"})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(l.ID)
}
