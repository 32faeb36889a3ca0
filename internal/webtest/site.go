package webtest

import (
	"context"
	_ "embed"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/tenant"
	"scorehouse/internal/web"
)

//go:embed state.sql
var stateSQL string

// People of a site: what they may see is in their names.
const (
	StateReader    = "State Reader"    // every student of Tamarack
	DistrictReader = "District Reader" // students of district 0042
	SchoolReader   = "School Reader"   // students of school 0117 in district 0042
	OtherSchool    = "Other School"    // students of school 0117 in district 0043: the same code elsewhere
	AggregateOnly  = "Aggregate Only"  // no students
	OtherTenant    = "Other Tenant"    // every student of Hemlock, another tenant
)

func people() []login.Person {
	at := func(name string, grants ...access.Grant) login.Person {
		return login.Person{Name: name, Title: "Reader", Sees: "As the name says.", Grants: grants}
	}
	grant := func(role access.Role, id tenant.ID, district, school string) access.Grant {
		return access.Grant{Role: role, Tenant: id, District: district, School: school}
	}
	return []login.Person{
		at(StateReader, grant(access.PII, "tamarack", "", "")),
		at(DistrictReader, grant(access.PII, "tamarack", "0042", "")),
		at(SchoolReader, grant(access.PII, "tamarack", "0042", "0117")),
		at(OtherSchool, grant(access.PII, "tamarack", "0043", "0117")),
		at(AggregateOnly, grant(access.General, "tamarack", "", "")),
		at(OtherTenant, grant(access.PII, "hemlock", "", "")),
	}
}

// Site is a running server over two tenants. Tamarack (TK) holds the state of state.sql, Hemlock (HM) the same students
// under the same codes.
type Site struct {
	URL      string
	Control  *pgxpool.Pool
	Tamarack *pgxpool.Pool // its warehouse
	Sessions *login.Sessions
	Log      *Log
}

// Log keeps what the server logged. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write appends to the log.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String returns everything logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

type tenants map[tenant.ID]tenant.Tenant

// Get returns a tenant of the site.
func (ts tenants) Get(_ context.Context, id tenant.ID) (tenant.Tenant, error) {
	t, ok := ts[id]
	if !ok {
		return t, fault.New(fault.NotFound, "there is no tenant %q", id)
	}
	return t, nil
}

type warehouses map[tenant.ID]*pgxpool.Pool

// Warehouse returns the warehouse of a tenant of the site.
func (ws warehouses) Warehouse(_ context.Context, id tenant.ID) (*pgxpool.Pool, error) {
	return ws[id], nil
}

// Change adapts the options of a site before its server starts.
type Change func(*web.Options)

// WithoutDemo leaves the sign-in page out, as in production.
func WithoutDemo(o *web.Options) { o.Demo = nil }

// NewSite starts a server on loopback that ends with the test.
func NewSite(t testing.TB, changes ...Change) *Site {
	t.Helper()
	s := &Site{Control: pgtest.New(t, schema.Control), Log: &Log{}}
	run(t, s.Control, `insert into tenant.tenant (tenant, state_code, name) values
		('tamarack', 'TK', 'State of Tamarack'), ('hemlock', 'HM', 'State of Hemlock')`)
	stores := warehouses{}
	for _, id := range []tenant.ID{"tamarack", "hemlock"} {
		stores[id] = pgtest.New(t, schema.Warehouse)
		run(t, stores[id], stateSQL)
	}
	s.Tamarack, s.Sessions = stores["tamarack"], login.NewSessions(s.Control, 0, nil)
	o := web.Options{
		Tenants: tenants{
			"tamarack": {ID: "tamarack", StateCode: "TK", Name: "State of Tamarack"},
			"hemlock":  {ID: "hemlock", StateCode: "HM", Name: "State of Hemlock"},
		},
		Warehouses: stores,
		Sessions:   s.Sessions,
		Secret:     []byte("a secret for tests, 32 bytes long"),
		Demo:       &web.Demo{People: people()},
		Logger:     slog.New(slog.NewTextHandler(s.Log, nil)),
	}
	for _, change := range changes {
		change(&o)
	}
	server, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	running := httptest.NewServer(server)
	t.Cleanup(running.Close)
	s.URL = running.URL
	return s
}

// run runs statements without parameters.
func run(t testing.TB, pool *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// Browser keeps cookies like the browser of one person. It does not follow redirects.
type Browser struct {
	t    testing.TB
	site *Site
	http *http.Client
}

// Anonymous returns a browser of nobody.
func (s *Site) Anonymous(t testing.TB) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Browser{t: t, site: s, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// As returns a browser in which a person of the site has signed in through the sign-in page.
func (s *Site) As(t testing.TB, name string) *Browser {
	t.Helper()
	b := s.Anonymous(t)
	for i, p := range people() {
		if p.Name == name {
			if got := b.Post("/signin", url.Values{"person": {strconv.Itoa(i + 1)}}); got.Status != http.StatusSeeOther {
				t.Fatalf("signing in as %s: status %d", name, got.Status)
			}
			return b
		}
	}
	t.Fatalf("no person is called %s", name)
	return nil
}

// Get asks for a page.
func (b *Browser) Get(path string) *Page {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

// Post sends a form.
func (b *Browser) Post(path string, form url.Values) *Page {
	b.t.Helper()
	return b.do(http.MethodPost, path, form)
}

func (b *Browser) do(method, path string, form url.Values) *Page {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.site.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	return readPage(b.t, path, res)
}

// Cookies returns what the browser would send to the site.
func (b *Browser) Cookies() []*http.Cookie {
	u, err := url.Parse(b.site.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.http.Jar.Cookies(u)
}
