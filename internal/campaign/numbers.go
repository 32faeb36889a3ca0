package campaign

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/control"
	"scorehouse/internal/edu"
	"scorehouse/internal/harness"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/population"
	"scorehouse/internal/report"
	"scorehouse/internal/report/released"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web"
)

// numbers makes random states, one publication after another, and asks twenty random questions of each: the population index, plain SQL and a walk over all
// results must count the same. Of each question the page, the CSV and the JSON must show these numbers to whoever sees all students, and to somebody who sees none what a
// release of the state tells everybody: these numbers too, in bands, and nothing of what it withholds; to somebody of one district both.
var numbers = Campaign{
	Name:     "numbers",
	Help:     "random states: index, SQL, a plain walk, pages and files agree on every number, for people who see all students, some and none",
	Default:  1000,
	Many:     true,
	Parallel: numbersHouses,
	Prepare:  prepareNumbers,
}

const (
	numbersHouses    = 2  // tries at a time, each with a warehouse of its own
	numbersQuestions = 20 // of each state
)

func prepareNumbers(ctx context.Context, log io.Writer) (func(context.Context, int) (string, error), func() error, error) {
	houses, cleanup, err := startNumbersHouses(ctx)
	if err != nil {
		return nil, nil, err
	}
	free := make(chan *numbersHouse, len(houses))
	for _, h := range houses {
		free <- h
	}
	var cells, shown, told atomic.Int64
	return func(ctx context.Context, i int) (string, error) {
			h := <-free
			defer func() { free <- h }()
			err := h.try(ctx, i, &cells, &shown, &told)
			return fmt.Sprintf("state %d: %d cells of pages so far, %d of them with numbers", i, cells.Load(), shown.Load()), err
		}, func() error {
			cleanup()
			fmt.Fprintf(log, "%d cells of pages compared, %d of them with numbers; %d cells told of a release\n", cells.Load(), shown.Load(), told.Load())
			if shown.Load() > 0 && told.Load() == 0 {
				return errors.New("nobody was told anything of a release")
			}
			return nil
		}, nil
}

// numbersHouse is a warehouse with a web server over it, which counts with the index of the state that is there at the moment.
type numbersHouse struct {
	tenant  tenant.Tenant
	owner   *pgxpool.Pool
	reader  *warehouse.Reader
	sql     report.Counter
	reports *report.Reports // counts with SQL
	site    http.Handler
	readers []numbersReader
	counter switchCounter
	told    numbersPublished
	version int // newest used: no version comes twice, so that nothing kept is of another state
}

// switchCounter is the index of the present state.
type switchCounter struct {
	atomic.Pointer[population.Index]
}

func (c *switchCounter) Counts(ctx context.Context, version int, q report.CountQuestion) ([]report.Count, error) {
	return c.Load().Counts(ctx, version, q)
}

func (c *switchCounter) Interim(ctx context.Context, version int, q report.CountQuestion) ([]report.Presence, error) {
	return c.Load().Interim(ctx, version, q)
}

func (c *switchCounter) NotStated(ctx context.Context, version int, q report.CountQuestion) (report.NotStatedCounts, error) {
	return c.Load().NotStated(ctx, version, q)
}

// numbersReader is somebody who asks.
type numbersReader struct {
	scope scope.Scope
	token string
}

// numbersMinN is the smallest number of students that everybody is shown.
const numbersMinN = 5

// noTrail records nothing: what is recorded of pages is not what is tried here.
type noTrail struct{}

func (noTrail) Record(context.Context, audit.Event) error { return nil }

func startNumbersHouses(ctx context.Context) (_ []*numbersHouse, cleanup func(), err error) {
	var closers []func()
	cleanup = func() {
		for _, c := range slices.Backward(closers) {
			c()
		}
	}
	defer func() {
		if err != nil {
			cleanup()
		}
	}()
	home, err := harness.TempHome()
	if err != nil {
		return nil, nil, err
	}
	closers = append(closers, func() { _ = os.RemoveAll(home) })
	cluster, err := pgcluster.Start(ctx, pgcluster.Config{Dir: filepath.Join(home, "postgres"), Template: os.TempDir()})
	if err != nil {
		return nil, nil, err
	}
	closers = append(closers, func() { _ = cluster.Kill() })
	databases, err := pg.Open(pg.Config{Server: cluster.DSN("")})
	if err != nil {
		return nil, nil, err
	}
	closers = append(closers, databases.Close)
	tenants := control.NewTenants(databases)
	if _, err := tenants.Upgrade(ctx); err != nil {
		return nil, nil, err
	}
	var houses []*numbersHouse
	for n := range numbersHouses {
		h := &numbersHouse{tenant: tenant.Tenant{ID: tenant.ID(fmt.Sprintf("state%d", n)), StateCode: edu.StateCode([]string{"TK", "HM"}[n]), Name: fmt.Sprintf("State %d", n)}}
		if err := h.open(ctx, databases, tenants, home); err != nil {
			return nil, nil, err
		}
		houses = append(houses, h)
	}
	return houses, cleanup, nil
}

func (h *numbersHouse) open(ctx context.Context, databases *pg.Databases, tenants *control.Tenants, home string) error {
	if err := tenants.Add(ctx, h.tenant); err != nil {
		return err
	}
	var err error
	if h.owner, err = databases.Warehouse(ctx, h.tenant.ID); err != nil {
		return err
	}
	if _, err := h.owner.Exec(ctx, `insert into custom_metadata (state_code, asmt_custom_metadata) values ($1, $2)`, string(h.tenant.StateCode), fmt.Sprintf(`{"min_cell_size": %d}`, numbersMinN-1)); err != nil {
		return err
	}
	ours := databases.As(pg.Web)
	pool, err := ours.Warehouse(ctx, h.tenant.ID)
	if err != nil {
		return err
	}
	h.reader = warehouse.NewReader(pool).For(h.tenant.ID)
	h.sql = report.SQLCounter(h.reader)
	h.reports = report.New(h.reader, report.Settings{Tenant: h.tenant, StudentKey: func(int) string { return "" }, Counter: report.Remember(h.sql), Releases: released.Of(&h.told, h.tenant.ID)})
	pool, err = ours.Control(ctx)
	if err != nil {
		return err
	}
	keys, err := login.OpenKeys(filepath.Join(home, "saml"), time.Now())
	if err != nil {
		return err
	}
	sessions, log := login.OpenSessions(login.Config{Pool: pool}), slog.New(slog.DiscardHandler)
	h.site, err = web.New(web.Options{
		Tenants: control.NewTenants(ours), Warehouses: ours, Sessions: sessions, People: login.NewPeople(pool, nil), Trail: noTrail{}, Secret: bytes.Repeat([]byte{1}, web.SecretBytes), Logger: log,
		Releases: &h.told,
		Counter:  func(tenant.ID, *warehouse.Reader) report.Counter { return &h.counter },
		SignOn: login.NewSignOn(login.SignOnConfig{
			Pool: pool, Sessions: sessions, Providers: login.NewProviders(pool, nil, nil), Keys: keys, Tenants: control.NewTenants(ours), Events: web.Events(noTrail{}), Logger: log,
			EntityID: "http://x.example", AssertionConsumer: "http://x.example/saml_post", SingleLogout: "http://x.example/saml/logout",
		}),
	})
	if err != nil {
		return err
	}
	for i, r := range []numbersReader{ // somebody who sees all students, who sees those of a district, who sees none
		{scope: scope.Scope{Tenant: h.tenant.ID, Aggregates: true, AllStudents: true}}, {scope: scope.Scope{Tenant: h.tenant.ID, Aggregates: true, Districts: []string{"D1"}}},
		{scope: scope.Scope{Tenant: h.tenant.ID, Aggregates: true}},
	} {
		grants := access.Grants{{Role: access.General, Tenant: h.tenant.ID}}
		switch i {
		case 0:
			grants = append(grants, access.Grant{Role: access.PII, Tenant: h.tenant.ID})
		case 1:
			grants = append(grants, access.Grant{Role: access.PII, Tenant: h.tenant.ID, District: "D1"})
		}
		who := login.Identity{Provider: login.DirectProvider, UserID: fmt.Sprintf("%s %d", h.tenant.ID, i), Name: "Reader", Grants: grants}
		if r.token, _, err = sessions.SignIn(ctx, who, ""); err != nil {
			return err
		}
		h.readers = append(h.readers, r)
	}
	return nil
}

// get asks the web server for something.
func (h *numbersHouse) get(ctx context.Context, token, address string) ([]byte, error) {
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://x.example"+address, nil)
	request.AddCookie(&http.Cookie{Name: "scorehouse", Value: token})
	request.RemoteAddr = "127.0.0.1:1"
	answer := httptest.NewRecorder()
	h.site.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		return nil, fmt.Errorf("%s: status %d", address, answer.Code)
	}
	return answer.Body.Bytes(), nil
}

// try makes the state of a number and asks its questions.
func (h *numbersHouse) try(ctx context.Context, n int, cells, shown, told *atomic.Int64) error {
	r := rand.New(rand.NewPCG(uint64(n), 20261125))
	w := drawNumbersWorld(r, h.version)
	index := population.New(population.Config{Reader: h.reader, SQL: h.sql, Log: slog.New(slog.DiscardHandler)})
	for v := w.first; v <= w.newest; v++ {
		if err := w.store(ctx, h.owner, v); err != nil {
			return fmt.Errorf("store: %w", err)
		}
		if v == w.newest || r.IntN(2) == 0 { // now and then two publications come before the index looks
			if err := index.Refresh(ctx); err != nil {
				return err
			}
		}
	}
	h.version = w.newest
	h.counter.Store(index)
	if err := h.told.publish(w, numbersMinN); err != nil {
		return err
	}
	for range numbersQuestions {
		if err := h.ask(ctx, w, w.drawQuestion(r), index, cells, shown, told); err != nil {
			return err
		}
	}
	if s := index.Stats(); s.PassedOn > 0 {
		return fmt.Errorf("the index passed %d questions on", s.PassedOn)
	}
	return nil
}

// ask puts one question to everybody.
func (h *numbersHouse) ask(ctx context.Context, w *numbersWorld, q numbersQuestion, index report.Counter, cells, shown, told *atomic.Int64) error {
	wanted := w.count(q.counted())
	for name, c := range map[string]report.Counter{"the index": index, "SQL": h.sql} {
		got, err := askCounter(ctx, c, w.newest, q.counted())
		if err != nil {
			return err
		}
		if !got.equal(wanted) {
			return fmt.Errorf("%+v: %s counts %+v, a plain walk %+v", q, name, got, wanted)
		}
	}
	for _, r := range h.readers {
		if err := h.read(ctx, r, wanted, q, cells, shown, told); err != nil {
			return fmt.Errorf("%+v, as %+v: %w", q, r.scope, err)
		}
	}
	return nil
}

// read asks as a reader, for the page and for both files.
func (h *numbersHouse) read(ctx context.Context, r numbersReader, wanted counted, q numbersQuestion, cells, shown, told *atomic.Int64) error {
	want, err := h.reports.ComparingPopulations(ctx, r.scope, q.comparison())
	if err != nil {
		return err
	}
	if err := wanted.check(want, r.scope, told); err != nil {
		return fmt.Errorf("SQL's report: %w", err)
	}
	address := q.address(h.tenant.StateCode)
	for ending, check := range map[string]func([]byte) error{
		"":      func(page []byte) error { return checkPage(page, want, cells, shown) },
		".csv":  func(file []byte) error { return checkCSV(file, want) },
		".json": func(answer []byte) error { return checkJSON(answer, want) },
	} {
		got, err := h.get(ctx, r.token, address(ending))
		if err == nil {
			err = check(got)
		}
		if err != nil {
			return fmt.Errorf("page%s: %w", ending, err)
		}
	}
	return nil
}

// counted are exact numbers, in order.
type counted struct {
	counts    []report.Count
	presences []report.Presence
	notStated report.NotStatedCounts
}

func askCounter(ctx context.Context, c report.Counter, version int, q report.CountQuestion) (counted, error) {
	var all counted
	var err error
	if all.counts, err = c.Counts(ctx, version, q); err != nil {
		return all, err
	}
	if all.presences, err = c.Interim(ctx, version, q); err != nil {
		return all, err
	}
	all.notStated, err = c.NotStated(ctx, version, q)
	all.sort()
	return all, err
}

func (c *counted) sort() {
	c.counts, c.presences = slices.Clone(c.counts), slices.Clone(c.presences)
	slices.SortFunc(c.counts, func(a, b report.Count) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Level, b.Level))
	})
	slices.SortFunc(c.presences, func(a, b report.Presence) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Subject, b.Subject))
	})
}

func (c counted) equal(x counted) bool {
	return slices.Equal(c.counts, x.counts) && slices.Equal(c.presences, x.presences) && c.notStated == x.notStated
}
