package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/a-h/templ"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/message"
)

// call is a request together with who asks. Session, tenant, scope and reports are zero on routes for anyone.
type call struct {
	*http.Request
	session login.Session
	tenant  tenant.Tenant
	scope   scope.Scope
	reports *report.Reports
	keys    tenantKeys
}

// answer is what a handler gives back: a page, or where to go instead.
type answer struct {
	status   int // 0 is 200 for a page, 303 for a redirect
	page     templ.Component
	redirect string
	text     string // plain text instead of a page
	cookie   *http.Cookie
}

// handler answers a call. An error becomes a page that says what its kind means; only its log line says more.
type handler func(ctx context.Context, c *call) (answer, error)

// page runs a route: who asks, what the route needs, the handler, the answer.
func (s *Server) page(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c := &call{Request: req}
		a, err := s.admit(r.need, c)
		if err == nil && a == nil {
			var given answer
			given, err = r.handle(req.Context(), c)
			a = &given
		}
		if err != nil {
			p := s.problem(req, c, err)
			a = &p
		}
		s.send(w, req, *a)
	})
}

// admit fills who asks and checks what the route needs. Whoever is not signed in is sent to sign in.
func (s *Server) admit(n need, c *call) (*answer, error) {
	if n == anyone {
		return nil, nil
	}
	ctx := c.Context()
	session, err := s.sessionOf(c.Request)
	if fault.Is(err, fault.NotFound) {
		a := s.signInFirst(c.Request)
		return &a, nil
	}
	if err != nil {
		return nil, err
	}
	c.session = session
	if c.tenant, err = s.tenants.Get(ctx, session.Tenant); err != nil {
		return nil, err
	}
	traceOf(ctx).tenant = c.tenant.ID
	c.scope = session.Grants.Scope(c.tenant.ID)
	if n == students && c.scope.SeesNoStudents() {
		return nil, errNoSuchStudent
	}
	if n == aggregates {
		if code, ok := edu.ParseStateCode(c.PathValue("state")); !ok || code != c.tenant.StateCode {
			return nil, errNoSuchPage
		}
		if !c.scope.Aggregates {
			return nil, fault.New(fault.Forbidden, "You may not see the results of this state.")
		}
	}
	c.reports, c.keys, err = s.reports.of(ctx, c.tenant)
	return nil, err
}

// send renders an answer to memory and sends it whole.
func (s *Server) send(w http.ResponseWriter, r *http.Request, a answer) {
	if a.cookie != nil {
		http.SetCookie(w, a.cookie)
	}
	if a.redirect != "" {
		w.Header().Set("Location", a.redirect)
		w.WriteHeader(statusOr(a.status, http.StatusSeeOther))
		return
	}
	body := bytes.NewBufferString(a.text)
	kind := "text/plain; charset=utf-8"
	if a.page != nil {
		kind = "text/html; charset=utf-8"
		if err := a.page.Render(r.Context(), body); err != nil {
			s.logger.LogAttrs(r.Context(), slog.LevelError, "render", slog.String("request_id", traceOf(r.Context()).id), slog.Any("error", err))
			body.Reset()
			body.WriteString("Something went wrong on our side. Reference: " + traceOf(r.Context()).id + "\n")
			kind, a.status = "text/plain; charset=utf-8", http.StatusInternalServerError
		}
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(statusOr(a.status, http.StatusOK))
	if r.Method != http.MethodHead {
		w.Write(body.Bytes()) // a reader who has gone is no error of ours
	}
}

func statusOr(status, otherwise int) int {
	if status != 0 {
		return status
	}
	return otherwise
}

// errNoSuchStudent is the one answer for a student who does not exist and for one the person may not see.
var errNoSuchStudent = fault.New(fault.NotFound, "There is no such report.")

// errNoSuchPage is the answer for addresses that lead nowhere.
var errNoSuchPage = fault.New(fault.NotFound, "There is no such page.")

// statusClientGone is what the log shows for a reader who left before the answer.
const statusClientGone = 499

// problem turns an error into a page. What people read is the fault's sentence, and only for kinds that they can do
// something about; the rest is in the log under the page's reference.
func (s *Server) problem(r *http.Request, c *call, err error) answer {
	ctx, kind := r.Context(), fault.KindOf(err)
	if kind == fault.Internal && pg.Retryable(err) {
		kind = fault.Unavailable // a database that is away comes back
	}
	view := message.View{Frame: s.frame(c), Kind: message.Failed, Reference: traceOf(ctx).id}
	status := kind.Status()
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return answer{status: statusClientGone}
	case errors.Is(err, errNoSuchPage):
		view.Kind = message.NotFound // whose words say it already
	case kind == fault.NotFound:
		view.Kind, view.Detail = message.NotFound, fault.Message(err)
	case kind == fault.Forbidden:
		view.Kind, view.Detail = message.Forbidden, fault.Message(err)
	case kind == fault.Invalid:
		view.Kind, view.Detail = message.NotUnderstood, fault.Message(err)
	case kind == fault.Unavailable:
		view.Kind = message.Unavailable
	}
	if status >= http.StatusInternalServerError {
		s.logger.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("request_id", traceOf(ctx).id), slog.String("route", traceOf(ctx).route),
			slog.String("kind", string(kind)), slog.Any("error", err))
	}
	return answer{status: status, page: message.Page(view)}
}

// nothing answers addresses that lead nowhere.
func (s *Server) nothing(context.Context, *call) (answer, error) {
	return answer{}, errNoSuchPage
}

// denyCrossOrigin answers forms that another site sent.
func (s *Server) denyCrossOrigin(w http.ResponseWriter, r *http.Request) {
	s.send(w, r, s.problem(r, nil, fault.New(fault.Forbidden, "This form was sent from another site.")))
}

// frame is what surrounds every page for the person who asks. c may be nil or of nobody.
func (s *Server) frame(c *call, trail ...layout.Crumb) layout.Frame {
	f := layout.Frame{Tenant: "Scorehouse", Home: "/", Trail: trail, Fiction: s.demo != nil}
	if c == nil || c.session.Tenant == "" {
		return f
	}
	if c.tenant.Name != "" {
		f.Tenant = c.tenant.Name
	}
	f.Person, f.Role, f.SignOut = c.session.Name, c.session.Title, "/signout"
	return f
}

// address is the address of the page asked for, with the parameters that the page knows and no others.
func (c *call) address(known ...string) layout.Address {
	a := layout.Address{Path: c.URL.EscapedPath(), Query: url.Values{}}
	q := c.URL.Query()
	for _, k := range known {
		if values := q[k]; len(values) > 0 && strings.Join(values, "") != "" {
			a.Query[k] = values
		}
	}
	return a
}

// reportsByTenant makes the reports of each tenant once.
type reportsByTenant struct {
	warehouses Warehouses
	keys       *studentKeys

	mu  sync.Mutex
	all map[tenant.Tenant]*report.Reports
}

func newReportsByTenant(w Warehouses, keys *studentKeys) *reportsByTenant {
	return &reportsByTenant{warehouses: w, keys: keys, all: map[tenant.Tenant]*report.Reports{}}
}

func (b *reportsByTenant) of(ctx context.Context, t tenant.Tenant) (*report.Reports, tenantKeys, error) {
	keys := b.keys.of(t.ID)
	b.mu.Lock()
	defer b.mu.Unlock()
	if r, ok := b.all[t]; ok {
		return r, keys, nil
	}
	pool, err := b.warehouses.Warehouse(ctx, t.ID)
	if err != nil {
		return nil, keys, err
	}
	r := report.New(warehouse.NewReader(pool).For(t.ID), report.Settings{Tenant: t, StudentKey: keys.encode})
	b.all[t] = r
	return r, keys, nil
}
