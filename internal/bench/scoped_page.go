package bench

import (
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/control"
	"scorehouse/internal/edu"
	"scorehouse/internal/harness"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

//go:embed scoped_page.sql
var scopedPageSQL string

const (
	scopedPageRounds = 400 // of each page, the two sides in turn
	scopedPageWarmUp = 30
)

// scopedPage asks what a page of students asks (the list of a school and grade, the report of a student) for people with scopes of several
// shapes, against the same questions of somebody who sees every student, in the same database without row-level security.
func scopedPage(ctx context.Context, log *slog.Logger, print func(Figure)) error {
	state, stop, err := startScopedState(ctx, log)
	if err != nil {
		return err
	}
	defer stop()
	for _, x := range []struct {
		name  string
		scope scope.Scope
	}{
		{"one school", scope.Scope{Schools: schoolsOf(1, 1)}},
		{"one district", scope.Scope{Districts: []string{"D1"}}},
		{"200 schools", scope.Scope{Schools: schoolsOf(1, 200)}},
		{"the state", scope.Scope{AllStudents: true}},
	} {
		x.scope.Tenant, x.scope.Aggregates = state.tenant.ID, true
		for _, page := range []struct {
			name string
			ask  func(context.Context, *report.Reports, scope.Scope) error
		}{{"list", askList}, {"report", askReport}} {
			with, without, err := state.compare(ctx, x.scope, page.ask)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", page.name, x.name, err)
			}
			print(Figure{Name: "access.scoped_page", Value: float64(with.Microseconds()), Unit: "us", Against: "the same questions with every student in scope and no row-level security",
				Ratio: float64(without) / float64(with), Detail: fmt.Sprintf("%s, %s; p50 of %d; against %d us", page.name, x.name, scopedPageRounds, without.Microseconds())})
		}
	}
	return nil
}

func schoolsOf(from, to int) []scope.School {
	var all []scope.School
	for s := from; s <= to; s++ {
		all = append(all, scope.School{District: "D" + strconv.Itoa(1+(s-1)/6), School: "S" + strconv.Itoa(s)})
	}
	return all
}

func askList(ctx context.Context, r *report.Reports, s scope.Scope) error {
	l, err := r.StudentList(ctx, s, report.StudentListQuestion{District: "D1", School: "S1", Grade: 5})
	if err == nil && len(l.Rows) != 90 {
		err = fmt.Errorf("%d students in the list, not 90", len(l.Rows))
	}
	return err
}

func askReport(ctx context.Context, r *report.Reports, s scope.Scope) error {
	x, err := r.StudentReport(ctx, s, report.StudentReportQuestion{StudentID: 200})
	if err == nil && len(x.Subjects) != 2 {
		err = fmt.Errorf("%d subjects in the report, not 2", len(x.Subjects))
	}
	return err
}

// scopedState is a warehouse twice: with row-level security, and a copy without.
type scopedState struct {
	tenant       tenant.Tenant
	with, without *report.Reports
}

func startScopedState(ctx context.Context, log *slog.Logger) (*scopedState, func(), error) {
	home, err := harness.TempHome()
	if err != nil {
		return nil, nil, err
	}
	cluster, err := pgcluster.Start(ctx, pgcluster.Config{Dir: filepath.Join(home, "postgres"), Settings: map[string]string{"shared_buffers": "1GB"}})
	if err != nil {
		return nil, nil, err
	}
	stop := func() {
		_ = cluster.Kill()
		_ = os.RemoveAll(home)
	}
	databases, err := pg.Open(pg.Config{Server: cluster.DSN("")})
	if err != nil {
		stop()
		return nil, nil, err
	}
	s := &scopedState{tenant: tenant.Tenant{ID: "tamarack", StateCode: edu.StateCode("TK"), Name: "State of Tamarack"}}
	if err := s.fill(ctx, databases, log); err != nil {
		databases.Close()
		stop()
		return nil, nil, err
	}
	return s, func() { databases.Close(); stop() }, nil
}

func (s *scopedState) fill(ctx context.Context, databases *pg.Databases, log *slog.Logger) error {
	tenants := control.NewTenants(databases)
	if _, err := tenants.Upgrade(ctx); err != nil {
		return err
	}
	for _, t := range []struct {
		tenant  tenant.Tenant
		reports **report.Reports
		plain   bool
	}{
		{s.tenant, &s.with, false},
		{tenant.Tenant{ID: "plain", StateCode: "PL", Name: "State without policies"}, &s.without, true},
	} {
		if err := tenants.Add(ctx, t.tenant); err != nil {
			return err
		}
		owner, err := databases.Warehouse(ctx, t.tenant.ID)
		if err != nil {
			return err
		}
		if err := fillScopedPage(ctx, owner, t.plain); err != nil {
			return err
		}
		web, err := databases.As(pg.Web).Warehouse(ctx, t.tenant.ID)
		if err != nil {
			return err
		}
		*t.reports = report.New(warehouse.NewReader(web), report.Settings{Tenant: s.tenant, StudentKey: strconv.Itoa})
		log.Info("filled", "tenant", t.tenant.ID)
	}
	return nil
}

func fillScopedPage(ctx context.Context, owner *pgxpool.Pool, plain bool) error {
	for statement := range strings.SplitSeq(scopedPageSQL, ";\n") {
		if _, err := owner.Exec(ctx, statement); err != nil {
			return fmt.Errorf("fill the warehouse: %w", err)
		}
	}
	if !plain {
		return nil
	}
	rows, err := owner.Query(ctx, "select relname from pg_class where relrowsecurity")
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := owner.Exec(ctx, "alter table "+table+" disable row level security"); err != nil {
			return err
		}
	}
	return nil
}

// compare returns the median time of a page with row-level security and without.
func (s *scopedState) compare(ctx context.Context, x scope.Scope, ask func(context.Context, *report.Reports, scope.Scope) error) (with, without time.Duration, err error) {
	all := scope.Scope{Tenant: x.Tenant, Aggregates: true, AllStudents: true}
	var took [2][]time.Duration
	for round := range scopedPageRounds + scopedPageWarmUp {
		for side, one := range []struct {
			reports *report.Reports
			scope   scope.Scope
		}{{s.with, x}, {s.without, all}} {
			began := time.Now()
			if err := ask(ctx, one.reports, one.scope); err != nil {
				return 0, 0, err
			}
			if round >= scopedPageWarmUp {
				took[side] = append(took[side], time.Since(began))
			}
		}
	}
	for side := range took {
		slices.Sort(took[side])
	}
	return took[0][scopedPageRounds/2], took[1][scopedPageRounds/2], nil
}
