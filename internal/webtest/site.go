package webtest

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/printing"
	"scorehouse/internal/release"
	"scorehouse/internal/report/released/releasedtest"
	"scorehouse/internal/samltest"
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
	SeveralStates  = "Several States"  // every student of Tamarack, and of one district of Hemlock
	SuperUser      = "Super User"      // administers Tamarack; no students
	NoRole         = "No Role"         // signed in, nothing granted
)

func grants() map[string]access.Grants {
	at := func(role access.Role, id tenant.ID, codes ...string) access.Grant {
		codes = append(codes, "", "")
		return access.Grant{Role: role, Tenant: id, District: codes[0], School: codes[1]}
	}
	return map[string]access.Grants{
		StateReader:    {at(access.PII, "tamarack")},
		DistrictReader: {at(access.PII, "tamarack", "0042")},
		SchoolReader:   {at(access.PII, "tamarack", "0042", "0117")},
		OtherSchool:    {at(access.PII, "tamarack", "0043", "0117")},
		AggregateOnly:  {at(access.General, "tamarack")},
		OtherTenant:    {at(access.PII, "hemlock")},
		SeveralStates:  {at(access.AllStates, "tamarack"), at(access.AllStates, "hemlock"), at(access.PII, "tamarack"), at(access.PII, "hemlock", "0042")},
		SuperUser:      {at(access.SuperUser, "tamarack"), at(access.General, "tamarack")},
		NoRole:         {},
	}
}

// Identity is a person of a site as an identity provider would describe the person.
func Identity(name string) login.Identity {
	id := strings.ToLower(strings.ReplaceAll(name, " ", "-")) + "-1"
	return login.Identity{Provider: login.DirectProvider, UserID: id, LoginName: id, Name: name, Title: "Reader", Grants: grants()[name]}
}

// Site is a running server over two tenants. Tamarack (TK) holds the state of state.sql, Hemlock (HM) the same students
// under the same codes.
type Site struct {
	URL       string
	Control   *pgxpool.Pool // as its owner
	Tamarack  *pgxpool.Pool // its warehouse, as its owner
	Sessions  *login.Sessions
	Providers *login.Providers
	Routes    []web.Route
	Server    *web.Server
	Desk      *printing.Desk
	Log       *Log
	Trail     *Trail
	Published *releasedtest.Memory // what public pages show

	printer *printing.Worker
	read    warehouses // as the web server reads them
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

// Trail is the audit trail of a site. It keeps what was recorded for tests to look at. It is safe for concurrent use.
type Trail struct {
	log *audit.Log
	dir string

	mu     sync.Mutex
	events []audit.Event
	broken error
}

// Record records an event, unless the trail was broken.
func (l *Trail) Record(ctx context.Context, e audit.Event) error {
	l.mu.Lock()
	broken := l.broken
	l.mu.Unlock()
	if broken != nil {
		return broken
	}
	if err := l.log.Record(ctx, e); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
	return nil
}

// Break makes every record fail from now on; nil mends the trail.
func (l *Trail) Break(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = err
}

// Of returns the events of a request, or all when the request is "".
func (l *Trail) Of(request string) []audit.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []audit.Event
	for _, e := range l.events {
		if request == "" || string(e.RequestID) == request {
			all = append(all, e)
		}
	}
	return all
}

// Written returns the lines of the trail's files.
func (l *Trail) Written(t testing.TB) string {
	t.Helper()
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join(l.dir, "*.log"))
	for _, file := range files {
		text, readErr := os.ReadFile(file)
		all.Write(text)
		err = errors.Join(err, readErr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

type tenants []tenant.Tenant

// List returns the tenants of the site.
func (ts tenants) List(context.Context) ([]tenant.Tenant, error) { return ts, nil }

type warehouses map[tenant.ID]*pgxpool.Pool

// Warehouse returns the warehouse of a tenant of the site.
func (ws warehouses) Warehouse(_ context.Context, id tenant.ID) (*pgxpool.Pool, error) {
	return ws[id], nil
}

// Change adapts the options of a site before its server starts.
type Change func(*web.Options)

// NewSite starts a server on loopback that ends with the test. Nobody can sign in through an identity provider until one is added.
func NewSite(t testing.TB, changes ...Change) *Site {
	t.Helper()
	s := &Site{Control: pgtest.Filled(t, schema.Control, "two_states", execute(`insert into tenant.tenant (tenant, state_code, name) values
		('tamarack', 'TK', 'State of Tamarack'), ('hemlock', 'HM', 'State of Hemlock')`)), Log: &Log{}}
	stores, owners := warehouses{}, map[tenant.ID]*pgxpool.Pool{}
	for _, id := range []tenant.ID{"tamarack", "hemlock"} {
		owner := pgtest.Filled(t, schema.Warehouse, "state", execute(stateSQL))
		stores[id], owners[id] = pgtest.As(t, owner, pg.Web), owner
		if id == "tamarack" {
			s.Tamarack = owner
		}
	}
	control := pgtest.As(t, s.Control, pg.Web)
	s.read = stores
	s.Sessions, s.Providers = login.OpenSessions(login.Config{Pool: control}), login.NewProviders(s.Control, nil, nil)
	s.Trail = newTrail(t, control)
	logger := slog.New(slog.NewTextHandler(s.Log, nil))
	both := tenants{{ID: "hemlock", StateCode: "HM", Name: "State of Hemlock"}, {ID: "tamarack", StateCode: "TK", Name: "State of Tamarack"}}
	running := httptest.NewUnstartedServer(nil)
	s.URL = "http://" + running.Listener.Addr().String()
	o := web.Options{
		Tenants:    both,
		Warehouses: stores,
		Sessions:   s.Sessions,
		SignOn: login.NewSignOn(login.SignOnConfig{
			Pool: control, Sessions: s.Sessions, Providers: login.NewProviders(control, nil, nil), Keys: serviceKeys(t), Tenants: both, Events: web.Events(s.Trail), Logger: logger,
			EntityID: s.URL + "/saml/metadata", AssertionConsumer: s.URL + "/saml_post", SingleLogout: s.URL + "/saml/logout",
		}),
		People: login.NewPeople(control, nil),
		Review: release.NewDesk(control, s.rules),
		Trail:  s.Trail,
		Secret: []byte("a secret for tests, 32 bytes long"),
		Logger: logger,
	}
	s.Published = publish(t)
	o.Releases = s.Published
	printers := map[tenant.ID]*pgxpool.Pool{}
	for id, owner := range owners {
		printers[id] = pgtest.As(t, owner, pg.Printer)
	}
	s.withPrinting(t, control, printers, both, &o)
	for _, change := range changes {
		change(&o)
	}
	server, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Server, s.Routes = server, server.Routes()
	running.Config.Handler = server
	running.Start()
	t.Cleanup(running.Close)
	return s
}

// serviceKeys are the service provider's keys of all sites of a test binary: making them takes a second.
func serviceKeys(t testing.TB) *login.Keys {
	t.Helper()
	keys, err := makeServiceKeys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

var makeServiceKeys = sync.OnceValues(func() (*login.Keys, error) {
	dir, err := os.MkdirTemp("", "scorehouse-saml-keys-") // of the whole test binary; one small file
	if err != nil {
		return nil, err
	}
	return login.OpenKeys(dir, time.Now())
})

func newTrail(t testing.TB, control *pgxpool.Pool) *Trail {
	t.Helper()
	dir := t.TempDir()
	l, err := audit.Open(t.Context(), audit.Config{Directory: dir, Key: bytes.Repeat([]byte{7}, 32), Pool: control, Role: "web"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &Trail{log: l, dir: dir}
}

// run runs statements without parameters.
// execute fills a database with SQL.
func execute(sql string) func(context.Context, *pgxpool.Pool) error {
	return func(ctx context.Context, pool *pgxpool.Pool) error {
		_, err := pool.Exec(ctx, sql)
		return err
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
	return &Browser{t: t, site: s, http: &http.Client{Jar: samltest.NewJar(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// As returns a browser in which a person of the site has signed in. No identity provider was asked.
func (s *Site) As(t testing.TB, name string) *Browser {
	t.Helper()
	if _, ok := grants()[name]; !ok {
		t.Fatalf("no person is called %s", name)
	}
	return s.AsIdentity(t, Identity(name))
}

// AsIdentity is As for a person who is none of the site's.
func (s *Site) AsIdentity(t testing.TB, who login.Identity) *Browser {
	t.Helper()
	b := s.Anonymous(t)
	token, _, err := s.Sessions.SignIn(t.Context(), who, "")
	if err != nil {
		t.Fatal(err)
	}
	b.http.Jar.SetCookies(b.address(), []*http.Cookie{{Name: "scorehouse", Value: token, Path: "/"}})
	return b
}

func (b *Browser) address() *url.URL {
	u, err := url.Parse(b.site.URL)
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

// Get asks for a page.
func (b *Browser) Get(path string) *Page {
	b.t.Helper()
	return b.Send(http.MethodGet, path, nil, nil)
}

// Post sends a form.
func (b *Browser) Post(path string, form url.Values) *Page {
	b.t.Helper()
	return b.Send(http.MethodPost, path, form, nil)
}

// Send sends a request with a form, unless it is nil, and header fields. A path may be a whole address.
func (b *Browser) Send(method, path string, form url.Values, header http.Header) *Page {
	b.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = b.site.URL + path
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, address, body)
	if err != nil {
		b.t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	return ReadPage(b.t, path, res)
}

// Cookies returns what the browser would send to the site.
func (b *Browser) Cookies() []*http.Cookie { return b.http.Jar.Cookies(b.address()) }

// SetCookie gives the browser a cookie of the site.
func (b *Browser) SetCookie(name, value string) {
	b.http.Jar.SetCookies(b.address(), []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}
