package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/tenant"
	"scorehouse/internal/web/static"
)

// Tenants looks tenants up. Get returns NotFound for one that does not exist.
type Tenants interface {
	Get(ctx context.Context, id tenant.ID) (tenant.Tenant, error)
}

// Warehouses opens the warehouse of a tenant.
type Warehouses interface {
	Warehouse(ctx context.Context, id tenant.ID) (*pgxpool.Pool, error)
}

// Options are what a Server needs. Demo and Checks may be left out.
type Options struct {
	Tenants    Tenants
	Warehouses Warehouses
	Sessions   *login.Sessions
	Secret     []byte  // SecretBytes or more, of the installation: the addresses of students are made with it and change with it
	Checks     []Check // what the heartbeat tries, each within HeartbeatTimeout
	Demo       *Demo   // nil outside the demo: nobody can sign in by choosing a name
	TLS        bool    // browsers reach the server over TLS; the session cookie is then bound to it
	Logger     *slog.Logger
}

// Server answers every request of the web role. It is an http.Handler, safe for concurrent use.
type Server struct {
	tenants  Tenants
	sessions *login.Sessions
	reports  *reportsByTenant
	checks   *checks
	demo     *Demo
	tls      bool
	logger   *slog.Logger
	handler  http.Handler
}

// New returns a server. A secret that is too short is an error.
func New(o Options) (*Server, error) {
	keys, err := newStudentKeys(o.Secret)
	if err != nil {
		return nil, err
	}
	s := &Server{
		tenants: o.Tenants, sessions: o.Sessions, reports: newReportsByTenant(o.Warehouses, keys), checks: &checks{list: o.Checks},
		demo: o.Demo, tls: o.TLS, logger: o.Logger,
	}
	mux := http.NewServeMux()
	mux.Handle(staticPattern, s.observed(staticPattern, static.Handler()))
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.observed(r.pattern, s.page(r)))
	}
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.observed("cross-origin", http.HandlerFunc(s.denyCrossOrigin)))
	s.handler = s.around(guard.Handler(mux))
	return s, nil
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// HTTP returns a net/http server with time limits for it; the caller gives it listeners and shuts it down.
func (s *Server) HTTP() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute, // longer than any report may take
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
	}
}

// maxBody is how much of a request's body is read: forms with one field.
const maxBody = 64 << 10

// trace is what is known of a request for its log line.
type trace struct {
	id     string
	route  string
	tenant tenant.ID
	status int
	bytes  int
}

// level keeps what machines ask for all the time out of the usual log.
func (t *trace) level() slog.Level {
	if t.status < http.StatusBadRequest && (t.route == heartbeatPattern || t.route == staticPattern) {
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
		t := &trace{id: rand.Text()[:12], route: "unmatched"}
		r = r.WithContext(context.WithValue(r.Context(), traceKey{}, t))
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		s.setHeaders(w.Header(), t.id)
		counted := &countingWriter{ResponseWriter: w, trace: t}
		defer func() {
			if p := recover(); p != nil {
				s.recovered(counted, r, p)
			}
			s.logger.LogAttrs(r.Context(), t.level(), "request", slog.String("request_id", t.id), slog.String("method", r.Method),
				slog.String("route", t.route), slog.String("tenant", string(t.tenant)), slog.Int("status", t.status), slog.Int("bytes", t.bytes),
				slog.Duration("took", time.Since(started)))
		}()
		next.ServeHTTP(counted, r)
	})
}

// contentSecurity allows what the pages use: style, typeface and images of our own. No script, nothing inline.
const contentSecurity = "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

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
	if s.tls {
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
		s.send(w, r, s.problem(r, nil, fault.New(fault.Internal, "")))
	}
}

// observed names the route of a request in its trace.
func (s *Server) observed(pattern string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		traceOf(r.Context()).route = pattern
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
