package bench

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	grants "scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/control"
	"scorehouse/internal/harness"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web"
)

//go:embed scoped_page.sql
var scopedPageSQL string

const (
	scopedPageRounds = 300 // of each page, the two sides in turn
	scopedPageWarmUp = 20
)

const (
	scopedList   = "/s/%s/d/D1/sc/S1/g/05?year=2026&type=summative"
	scopedReport = "/reports/summative?year=2026" // after a student's opaque address
)

// scopedPage asks for pages of students (the list of a school and grade, the report of a student) as people with scopes of several shapes, against the
// same pages as somebody who sees every student, in the same database without row-level security: whole pages from a web server, as a browser gets
// them, and the questions of the page alone, without session, record and rendering.
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
		x.scope.Tenant, x.scope.Aggregates = scopedTenant.ID, true
		pages, err := state.pagesOf(ctx, x.name, x.scope)
		if err != nil {
			return err
		}
		for _, page := range []struct {
			figure, name  string
			with, without func(context.Context) error
		}{
			{"access.scoped_page", "list", pages.with.list, pages.without.list},
			{"access.scoped_page", "report", pages.with.report, pages.without.report},
			{"access.scoped_questions", "list", func(ctx context.Context) error { return askList(ctx, state.with, x.scope) },
				func(ctx context.Context) error { return askList(ctx, state.without, everyStudent) }},
			{"access.scoped_questions", "report", func(ctx context.Context) error { return askReport(ctx, state.with, x.scope) },
				func(ctx context.Context) error { return askReport(ctx, state.without, everyStudent) }},
		} {
			with, without, err := inTurn(ctx, page.with, page.without)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", page.name, x.name, err)
			}
			print(Figure{Name: page.figure, Value: float64(with.Microseconds()), Unit: "us", Against: "the same with every student in scope and no row-level security",
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

// scopedTenant has row-level security, plainTenant is a copy without.
var (
	scopedTenant = tenant.Tenant{ID: "tamarack", StateCode: "TK", Name: "State of Tamarack"}
	plainTenant  = tenant.Tenant{ID: "plain", StateCode: "PL", Name: "State without policies"}
	everyStudent = scope.Scope{Tenant: scopedTenant.ID, Aggregates: true, AllStudents: true}
)

// scopedState is a web server over both, and the reports of each.
type scopedState struct {
	with, without *report.Reports
	url           string
	sessions      *login.Sessions
	close         []func()
}

func startScopedState(ctx context.Context, log *slog.Logger) (*scopedState, func(), error) {
	s := &scopedState{}
	stop := func() {
		for i := len(s.close) - 1; i >= 0; i-- {
			s.close[i]()
		}
	}
	if err := s.start(ctx, log); err != nil {
		stop()
		return nil, nil, err
	}
	return s, stop, nil
}

func (s *scopedState) start(ctx context.Context, log *slog.Logger) error {
	home, err := harness.TempHome()
	if err != nil {
		return err
	}
	s.close = append(s.close, func() { _ = os.RemoveAll(home) })
	cluster, err := pgcluster.Start(ctx, pgcluster.Config{Dir: filepath.Join(home, "postgres"), Settings: map[string]string{"shared_buffers": "1GB"}})
	if err != nil {
		return err
	}
	s.close = append(s.close, func() { _ = cluster.Kill() })
	databases, err := pg.Open(pg.Config{Server: cluster.DSN("")})
	if err != nil {
		return err
	}
	s.close = append(s.close, databases.Close)
	tenants := control.NewTenants(databases)
	if _, err := tenants.Upgrade(ctx); err != nil {
		return err
	}
	for _, t := range []struct {
		tenant  tenant.Tenant
		reports **report.Reports
	}{{scopedTenant, &s.with}, {plainTenant, &s.without}} {
		if err := tenants.Add(ctx, t.tenant); err != nil {
			return err
		}
		owner, err := databases.Warehouse(ctx, t.tenant.ID)
		if err != nil {
			return err
		}
		if err := fillScopedPage(ctx, owner, t.tenant == plainTenant); err != nil {
			return err
		}
		pool, err := databases.As(pg.Web).Warehouse(ctx, t.tenant.ID)
		if err != nil {
			return err
		}
		*t.reports = report.New(warehouse.NewReader(pool), report.Settings{Tenant: scopedTenant, StudentKey: strconv.Itoa})
		log.Info("filled", "tenant", t.tenant.ID)
	}
	return s.serve(ctx, databases.As(pg.Web), home)
}

// serve starts a web server with sessions and an audit trail, as an installation has it.
func (s *scopedState) serve(ctx context.Context, databases *pg.Databases, home string) error {
	pool, err := databases.Control(ctx)
	if err != nil {
		return err
	}
	trail, err := audit.Open(ctx, audit.Config{Directory: filepath.Join(home, "audit"), Key: bytes.Repeat([]byte{7}, 32), Pool: pool, Role: "web"})
	if err != nil {
		return err
	}
	s.close = append(s.close, func() { _ = trail.Close() })
	keys, err := login.OpenKeys(filepath.Join(home, "saml"), time.Now())
	if err != nil {
		return err
	}
	s.sessions = login.OpenSessions(login.Config{Pool: pool})
	logger, tenants := slog.New(slog.DiscardHandler), control.NewTenants(databases)
	server, err := web.New(web.Options{
		Tenants: tenants, Warehouses: databases, Sessions: s.sessions, People: login.NewPeople(pool, nil), Trail: trail, Secret: bytes.Repeat([]byte{1}, web.SecretBytes), Logger: logger,
		SignOn: login.NewSignOn(login.SignOnConfig{
			Pool: pool, Sessions: s.sessions, Providers: login.NewProviders(pool, nil, nil), Keys: keys, Tenants: tenants, Events: web.Events(trail), Logger: logger,
			EntityID: "http://bench.example", AssertionConsumer: "http://bench.example/saml_post", SingleLogout: "http://bench.example/saml/logout",
		}),
	})
	if err != nil {
		return err
	}
	running := httptest.NewServer(server)
	s.close = append(s.close, running.Close)
	s.url = running.URL
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

// scopedVisitor asks for pages as one person.
type scopedVisitor struct {
	url, token, state, student string
}

type scopedPages struct{ with, without *scopedVisitor }

// pagesOf signs two people in: one with the scope, in the state with row-level security, and one with all students, in the one without.
func (s *scopedState) pagesOf(ctx context.Context, name string, x scope.Scope) (p scopedPages, err error) {
	var held grants.Grants
	for _, d := range x.Districts {
		held = append(held, grants.Grant{Role: grants.PII, Tenant: scopedTenant.ID, District: d})
	}
	for _, c := range x.Schools {
		held = append(held, grants.Grant{Role: grants.PII, Tenant: scopedTenant.ID, District: c.District, School: c.School})
	}
	if x.AllStudents {
		held = grants.Grants{{Role: grants.PII, Tenant: scopedTenant.ID}}
	}
	if p.with, err = s.visitor(ctx, name, scopedTenant, held); err != nil {
		return p, err
	}
	// As many grants as the other has, which make no difference: what a session with many costs is not measured here.
	all := grants.Grants{{Role: grants.PII, Tenant: plainTenant.ID}}
	for _, g := range held[1:] {
		g.Tenant = plainTenant.ID
		all = append(all, g)
	}
	p.without, err = s.visitor(ctx, name+" of the other", plainTenant, all)
	return p, err
}

func (s *scopedState) visitor(ctx context.Context, name string, t tenant.Tenant, held grants.Grants) (*scopedVisitor, error) {
	token, _, err := s.sessions.SignIn(ctx, login.Identity{Provider: login.DirectProvider, UserID: name, Name: "Reader", Grants: held}, "")
	if err != nil {
		return nil, err
	}
	v := &scopedVisitor{url: s.url, token: token, state: string(t.StateCode)}
	body, err := v.get(ctx, fmt.Sprintf(scopedList, v.state))
	if err != nil {
		return nil, err
	}
	link := studentLink.FindStringSubmatch(body)
	if link == nil {
		return nil, fmt.Errorf("the list leads to no student")
	}
	v.student = link[1]
	return v, nil
}

var studentLink = regexp.MustCompile(`href="(/students/[A-Za-z0-9_-]+)/reports`)

func (v *scopedVisitor) list(ctx context.Context) error {
	_, err := v.get(ctx, fmt.Sprintf(scopedList, v.state))
	return err
}

func (v *scopedVisitor) report(ctx context.Context) error {
	_, err := v.get(ctx, v.student+scopedReport)
	return err
}

func (v *scopedVisitor) get(ctx context.Context, address string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.url+address, nil)
	if err != nil {
		return "", err
	}
	request.AddCookie(&http.Cookie{Name: "scorehouse", Value: v.token})
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: status %d", address, response.StatusCode)
	}
	return string(body), err
}

// inTurn returns the median times of two things done in turn.
func inTurn(ctx context.Context, one, other func(context.Context) error) (time.Duration, time.Duration, error) {
	var took [2][]time.Duration
	for round := range scopedPageRounds + scopedPageWarmUp {
		for side, do := range []func(context.Context) error{one, other} {
			began := time.Now()
			if err := do(ctx); err != nil {
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
