package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/audit"
	"scorehouse/internal/cache"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/printing"
	"scorehouse/internal/release"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web/meter"
	"scorehouse/internal/web/origin"
	"scorehouse/internal/web/static"
)

// Tenants lists the tenants of the installation.
type Tenants interface {
	List(ctx context.Context) ([]tenant.Tenant, error)
}

// Warehouses opens the warehouse of a tenant.
type Warehouses interface {
	Warehouse(ctx context.Context, id tenant.ID) (*pgxpool.Pool, error)
}

// Trail remembers what was shown to whom. Record returns nil when the record is safe; after an error nothing is shown.
type Trail interface {
	Record(ctx context.Context, e audit.Event) error
}

// DefaultCache is how many bytes a cache of answers usually has.
const DefaultCache = 64 << 20

// Options are what a Server needs. Checks, Address, Proxies, Limit and the flags may be left out.
type Options struct {
	Tenants    Tenants
	Warehouses Warehouses
	Sessions   *login.Sessions
	SignOn     *login.SignOn
	People     *login.People
	Trail      Trail
	Desk       *printing.Desk  // takes requests for printed reports and gives them out
	Keep       time.Duration   // how long they wait to be collected
	Press      *printing.Press // prints single reports
	Review     *release.Desk   // for those who review and release
	Secret     []byte          // SecretBytes or more, of the installation: the addresses of students are made with it and change with it
	Checks     []Check         // what the heartbeat tries, each within HeartbeatTimeout

	// Browsers reach the server over TLS when it speaks TLS itself (TLS) or through proxies that do (Proxies). Requests that came
	// without are then refused, and cookies are bound to TLS. Without either the server is for the loopback.
	TLS     bool
	Proxies origin.Proxies

	Address string      // under which browsers know the server, such as https://reports.example.gov: others are refused; empty takes any
	Limit   meter.Limit // how often one address may ask to sign in or out; zero is meter.Default

	// Counter counts for the comparisons of a tenant, whose warehouse the reader reads; nil counts with SQL. Observe is told of each request when it has
	// been answered: the pattern of its route, its status, how long it took.
	Counter func(tenant.ID, *warehouse.Reader) report.Counter
	Observe func(route string, status int, took time.Duration)

	// Releases are what public pages show; nil publishes nothing. They have a limit and a cache of their own: zero and nil are DefaultPublicLimit and one of DefaultCache.
	Releases    Releases
	PublicLimit meter.Limit
	PublicCache *cache.Cache

	Cache   *cache.Cache // of comparisons and their pages; nil is one of DefaultCache
	Fiction bool         // the demo: pages say that everything is invented
	Logger  *slog.Logger
}

// Server answers every request of the web role. It is an http.Handler, safe for concurrent use.
type Server struct {
	tenants  *tenantsByState
	sessions *login.Sessions
	signOn   *login.SignOn
	people   *login.People
	records  Trail
	reports  *reportsByTenant
	searches sync.Map // ids of sessions that search a whole state now: search.go
	desk     *printing.Desk
	keep     time.Duration
	press    *printing.Press
	review   *release.Desk
	keys     *studentKeys
	cache    *cache.Cache
	checks   *checks
	secure   bool // behind TLS, ours or a proxy's
	proxies  origin.Proxies
	address  string // ours; empty when any will do
	host     string // of our address
	asking   *meter.Meter
	refusals *meter.Meter // which are recorded

	releases    Releases     // nil for none
	reading     *meter.Meter // of public pages
	publicCache *cache.Cache // apart, so that what everybody asks for does not drive out what people work with
	observe     func(route string, status int, took time.Duration)
	fiction     bool
	logger      *slog.Logger
	mux         *http.ServeMux
	files       map[form]*http.ServeMux // of addresses that end like a file, by the ending
	handler     http.Handler
	documentation
}

// New returns a server. A secret that is too short is an error, and so is an address that cannot be read.
func New(o Options) (*Server, error) {
	keys, err := newStudentKeys(o.Secret)
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(o.Address)
	if err != nil || address.Hostname() == "" && o.Address != "" {
		return nil, fault.New(fault.Invalid, "%q is not the address of a server", o.Address)
	}
	if o.Limit == (meter.Limit{}) {
		o.Limit = meter.Default
	}
	if o.Cache == nil {
		o.Cache = cache.New(DefaultCache)
	}
	s := &Server{
		cache: o.Cache, tenants: &tenantsByState{tenants: o.Tenants}, sessions: o.Sessions, signOn: o.SignOn, people: o.People, records: o.Trail, reports: newReportsByTenant(o, keys),
		keys: keys, checks: &checks{list: o.Checks}, secure: o.TLS || len(o.Proxies) > 0, proxies: o.Proxies, fiction: o.Fiction, logger: o.Logger,
		address: o.Address, host: hostname(address.Host), asking: meter.New("signing in", o.Limit, meter.Kept, time.Now, o.Logger), refusals: meter.New("records of refusals", recordedRefusals, meter.Kept, time.Now, o.Logger),
		desk: o.Desk, keep: o.Keep, press: o.Press, review: o.Review, mux: http.NewServeMux(), files: map[form]*http.ServeMux{asCSV: http.NewServeMux(), asJSON: http.NewServeMux(), asPDF: http.NewServeMux()}, observe: o.Observe,
	}
	s.publish(o)
	if s.observe == nil {
		s.observe = func(string, int, time.Duration) {}
	}
	guard := http.NewCrossOriginProtection()
	for _, r := range s.table() {
		h := static.Handler()
		if r.handle != nil {
			h = s.page(r)
		}
		if r.published {
			h = s.meteredPublicly(h)
		}
		if r.metered {
			h = s.metered(h)
		}
		if r.navigated {
			h = s.navigated(h) // before: what another site makes browsers ask for does not count for those behind the same address
		}
		if r.form != "" {
			s.files[r.form].Handle(r.plain(), whole(r.form, s.observed(r.Route, h)))
		} else {
			s.mux.Handle(r.Pattern, s.observed(r.Route, h))
		}
		if r.crossSite {
			guard.AddInsecureBypassPattern(r.Pattern) // by its exact pattern; every other unsafe request of another site is refused
		}
	}
	guard.SetDenyHandler(s.observed(Route{Pattern: "cross-origin"}, http.HandlerFunc(s.denyCrossOrigin)))
	s.handler = s.around(s.atOurAddress(s.overTLS(guard.Handler(s.filed(s.mux)))))
	return s, nil
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// HTTP returns a net/http server with time limits for it; the caller gives it listeners and shuts it down.
func (s *Server) HTTP() *http.Server {
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)                          // over TLS
	protocols.SetUnencryptedHTTP2(len(s.proxies) > 0) // from proxies that speak it
	return &http.Server{
		Protocols:         protocols,
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute, // longer than any report may take
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
}

// How much of a request's body is read: forms with few fields, those that carry a message of an identity provider, and those with many students.
const (
	maxBody      = 64 << 10
	maxResponse  = 2 << 20 // a message of 1 MiB, encoded
	maxSelection = 1 << 20 // students ticked, tens of thousands
)

// trace is what is known of a request for its log line and its records.
type trace struct {
	id     string
	route  Route
	tenant tenant.ID
	client netip.Addr
	status int
	bytes  int
}

// level keeps what machines ask for all the time out of the usual log.
func (t *trace) level() slog.Level {
	if t.status < http.StatusBadRequest && (t.route.Pattern == heartbeatPattern || t.route.Pattern == staticPattern) {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

type traceKey struct{}

// traceOf returns the trace of a request that came through around.
func traceOf(ctx context.Context) *trace {
	t, ok := ctx.Value(traceKey{}).(*trace)
	if !ok {
		return &trace{}
	}
	return t
}

// around is what happens to every request: a number, headers, one log line, and a page even when the program panics.
func (s *Server) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		t := &trace{id: rand.Text()[:12], route: Route{Pattern: "unmatched"}, client: s.proxies.Of(r).Client}
		r = r.WithContext(context.WithValue(r.Context(), traceKey{}, t))
		s.setHeaders(w.Header(), t.id)
		counted := &countingWriter{ResponseWriter: w, trace: t}
		defer func() {
			if p := recover(); p != nil {
				s.recovered(counted, r, p)
			}
			took := time.Since(started)
			s.observe(t.route.Pattern, statusOr(t.status, http.StatusOK), took)
			s.logger.LogAttrs(r.Context(), t.level(), "request", slog.String("request_id", t.id), slog.String("method", method(r)),
				slog.String("route", t.route.Pattern), slog.String("tenant", string(t.tenant)), slog.Int("status", t.status), slog.Int("bytes", t.bytes),
				slog.Duration("took", took))
		}()
		next.ServeHTTP(counted, r)
	})
}

// method is a request's method for the log: callers may invent words.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// overTLS refuses what came without TLS, where browsers must use it. Load balancers may ask for the heartbeat as they like.
func (s *Server) overTLS(next http.Handler) http.Handler {
	if !s.secure {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.proxies.Of(r).Secure || isHeartbeat(r) {
			next.ServeHTTP(w, r)
			return
		}
		s.send(w, r, nil, s.problem(r, nil, errInsecure))
	})
}

// atOurAddress refuses what was meant for another host: a name that somebody else has made lead here. Ports do not matter; proxies leave them out. Load
// balancers ask for the heartbeat by the machine's own address.
func (s *Server) atOurAddress(next http.Handler) http.Handler {
	if s.address == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if hostname(r.Host) == s.host || isHeartbeat(r) {
			next.ServeHTTP(w, r)
			return
		}
		s.send(w, r, nil, s.problem(r, nil, errOtherHost))
	})
}

// hostname is a host without its port, as hosts are compared.
func hostname(host string) string {
	u := url.URL{Host: host}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}

func isHeartbeat(r *http.Request) bool { return r.Method+" "+r.URL.Path == heartbeatPattern }

// What pages may load and do: style, typeface, images and script of our own, nothing inline. Pages with the warning before the
// session's end have a script, which asks us how long is left; others have none.
const (
	contentSecurity       = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	contentSecurityScript = contentSecurity + "; script-src 'self'; connect-src 'self'"
)

func (s *Server) setHeaders(h http.Header, id string) {
	h.Set("Content-Security-Policy", contentSecurity)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Request-Id", id)
	if s.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// recovered answers a request whose handler panicked. The value of the panic is not logged: it may quote data.
func (s *Server) recovered(w *countingWriter, r *http.Request, p any) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	s.logger.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request_id", w.trace.id), slog.String("type", fmt.Sprintf("%T", p)),
		slog.String("stack", string(debug.Stack())))
	if w.trace.status == 0 {
		s.send(w, r, nil, s.problem(r, nil, fault.New(fault.Internal, "")))
	}
}

// observed names the route of a request in its trace.
func (s *Server) observed(route Route, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		traceOf(r.Context()).route = route
		next.ServeHTTP(w, r)
	})
}

// countingWriter notes status and size in the trace.
type countingWriter struct {
	http.ResponseWriter
	trace *trace
}

func (w *countingWriter) WriteHeader(status int) {
	if w.trace.status == 0 {
		w.trace.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(b []byte) (int, error) {
	if w.trace.status == 0 {
		w.trace.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.trace.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
