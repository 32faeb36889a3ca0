package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/cache"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/printing"
	"scorehouse/internal/release"
	"scorehouse/internal/report"
	"scorehouse/internal/report/released"
	"scorehouse/internal/scope"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web/body"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/releases"
	"scorehouse/internal/words"
)

// call is a request together with who asks. Session is zero on routes for anyone; tenant, scope, reports and keys are those of the state that
// the route is about, zero on routes that are about none.
type call struct {
	*http.Request
	session login.Session
	tenant  tenant.Tenant
	scope   scope.Scope
	reports *report.Reports
	own     *settings.Settings // of the state
	keys    tenantKeys
	student int          // the number of {student}
	job     printing.Job // of {job}
	link    release.Link // of {token}
	words   *words.Words // of the reader's language; see say
}

// answer is what a handler gives back: a page, or where to go instead, or something for programs.
type answer struct {
	status   int // 0 is 200, and 303 for a redirect
	page     templ.Component
	redirect string
	text     string    // plain text instead of a page, or another file
	keep     string    // how long it may be kept (Cache-Control) instead of not at all
	data     any       // JSON instead of a page
	kind     string    // media type of text or data, when it is not the usual
	stream   *stream   // a file instead of a page
	close    io.Closer // when the answer has been sent, or has not; may be nil
	file     string    // what a browser that keeps the answer calls it; never anything of a person
	cookies  []*http.Cookie
	form     string        // origin of another site that a form of the page is sent to
	refresh  refresh       // where the page leads by itself after a time
	shared   *shared       // instead of a page that nobody shares
	public   *publicAnswer // instead of a page: for everybody
	indexed  bool          // search engines may keep the public answer
	shown    *statement    // what the answer shows of people, on routes that are recorded
	recorded bool          // before it was done; the answer itself shows nothing of anybody
	problem  bool          // shows nothing of anybody
}

// refresh leads on from a page after a time, without script.
type refresh struct {
	after time.Duration
	to    string
}

// statement is what an answer shows, for its record.
type statement struct {
	what     audit.What
	students int // a student counts once
	outcome  audit.Outcome
	tenant   tenant.ID // where that is not the call's
}

// handler answers a call. An error becomes an answer that says what its kind means; only its log line says more.
type handler func(ctx context.Context, c *call) (answer, error)

// page runs a route: who asks, what the route needs, the handler, the answer.
func (s *Server) page(r route) http.Handler {
	most := r.body
	if most == 0 {
		most = maxBody
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.Body = http.MaxBytesReader(w, req.Body, most)
		c := &call{Request: req}
		a, err := answer{}, s.admit(r, c)
		if err == nil {
			a, err = r.handle(req.Context(), c)
		}
		if err != nil {
			a = s.problem(req, c, s.conceal(r, c, err))
		}
		s.send(w, req, c, a)
	})
}

// admit fills who asks and checks what the route needs. Its order matters: who is not signed in learns nothing about what exists, nor does who
// has no role at all, nor who has none in the state.
func (s *Server) admit(r route, c *call) error {
	if r.Place == ByLink {
		return s.byLink(c)
	}
	if r.Audience == Anyone {
		return nil
	}
	var err error
	if c.session, err = s.sessionOf(c.Request, r.quiet); err != nil {
		return err
	}
	if r.Permission == "" {
		return nil
	}
	if !slices.ContainsFunc(c.session.Tenants(), func(id tenant.ID) bool {
		return c.session.Grants.May(access.ViewAggregates, id) || c.session.Grants.May(r.Permission, id)
	}) {
		return errNoRole
	}
	switch r.Place {
	case InPath:
		err = s.inPath(r, c)
	case OfStudent:
		err = s.ofStudent(r, c)
	case OfJob:
		err = s.ofJob(r, c)
	case AnyState:
		if len(c.permitted(r.Permission)) == 0 {
			err = errNotPermitted
		}
		return err
	}
	if err != nil {
		return err
	}
	traceOf(c.Context()).tenant = c.tenant.ID
	if c.scope, err = c.session.Grants.ScopeFor(r.Permission, c.tenant.ID); err != nil {
		return err
	}
	if r.Place == OfJob {
		return c.stillSees()
	}
	if r.Permission == access.ViewAggregates {
		c.scope = c.session.Grants.Scope(c.tenant.ID) // with the students whose lists the page may lead to
	}
	return s.enter(c)
}

// enter takes what belongs to the state of a call: its reports, and what it has set for itself.
func (s *Server) enter(c *call) (err error) {
	if c.reports, c.keys, err = s.reports.of(c.Context(), c.tenant); err != nil {
		return err
	}
	c.own, err = c.reports.Own(c.Context())
	c.words = nil // the state may have its own
	return err
}

// inPath finds the state of an address among those in which the person holds the permission. Any other, whether it exists or not, leads nowhere.
func (s *Server) inPath(r route, c *call) error {
	code, ok := edu.ParseStateCode(c.PathValue("state"))
	if !ok {
		return errNoSuchPage
	}
	all, err := s.tenants.all(c.Context())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t tenant.Tenant) bool { return t.StateCode == code })
	if i < 0 || !c.session.Grants.May(r.Permission, all[i].ID) {
		return errNoSuchPage
	}
	c.tenant = all[i]
	return nil
}

// ofStudent finds the tenant in which an opaque id is a student's, among those in which the person holds the permission.
func (s *Server) ofStudent(r route, c *call) error {
	all, err := s.tenants.all(c.Context())
	if err != nil {
		return err
	}
	for _, t := range all {
		if !c.session.Grants.May(r.Permission, t.ID) {
			continue
		}
		if student, ok := s.keys.of(t.ID).decode(c.PathValue("student")); ok {
			c.tenant, c.student = t, student
			return nil
		}
	}
	return errNoSuchPage
}

// permitted returns the tenants in which the person holds a permission, in order.
func (c *call) permitted(p access.Permission) []tenant.ID {
	var ids []tenant.ID
	for _, id := range c.session.Tenants() {
		if c.session.Grants.May(p, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// conceal makes one answer of everything that a route about students refuses, so that nobody learns from it whether a student, a list or a state
// exists. It also remembers the refusal.
func (s *Server) conceal(r route, c *call, err error) error {
	kind := fault.KindOf(err)
	if c.session.ID == "" || kind != fault.NotFound && kind != fault.Forbidden {
		return err
	}
	if r.Permission != "" {
		s.note(c, audit.Event{Kind: audit.AccessRefused, Outcome: audit.Refused, Reason: reasonOf(c, kind, err)})
	}
	if r.Permission == access.ViewStudents && err != errNoRole {
		return errNoSuchPage
	}
	return err
}

// reasonOf classes a refusal for its record.
func reasonOf(c *call, kind fault.Kind, err error) audit.Reason {
	switch {
	case err == errNoRole:
		return "no_role"
	case err == errNotPermitted:
		return "permission"
	case c.tenant.ID == "":
		return "state"
	case kind == fault.Forbidden:
		return "scope"
	}
	return "not_found"
}

// send renders an answer to memory, has it recorded where the route says so, and sends it whole. Without a record nothing is sent.
func (s *Server) send(w http.ResponseWriter, r *http.Request, c *call, a answer) {
	if a.close != nil {
		defer a.close.Close()
	}
	content, kind, err := s.render(r, a)
	defer func() { content.Done() }()
	if err == nil {
		err = s.record(r, c, a)
	}
	if err != nil {
		s.logger.LogAttrs(r.Context(), slog.LevelError, "answer withheld", slog.String("request_id", traceOf(r.Context()).id), slog.Any("error", err))
		a = answer{status: http.StatusServiceUnavailable}
		content, kind = body.Body{Head: []byte(wordsOf(r).Frame.NoAnswer(traceOf(r.Context()).id) + "\n")}, "text/plain; charset=utf-8"
	}
	for _, cookie := range a.cookies {
		http.SetCookie(w, cookie)
	}
	if a.redirect != "" {
		w.Header().Set("Location", a.redirect)
		w.WriteHeader(statusOr(a.status, http.StatusSeeOther))
		return
	}
	if c != nil && c.session.ID != "" && a.status < http.StatusBadRequest {
		w.Header().Set("Content-Security-Policy", contentSecurityScript)
	} else if a.form != "" {
		w.Header().Set("Content-Security-Policy", strings.Replace(contentSecurityScript, "form-action 'self'", "form-action "+a.form, 1))
	}
	if a.refresh.to != "" {
		w.Header().Set("Refresh", fmt.Sprintf("%d;url=%s", int(a.refresh.after.Seconds()), a.refresh.to))
	}
	if kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	if a.keep != "" {
		w.Header().Set("Cache-Control", a.keep)
	}
	if a.stream != nil {
		s.stream(w, r, kind, a.stream)
		return
	}
	if a.file != "" {
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.file}))
	}
	if a.public != nil {
		w.Header().Set("Content-Language", c.say().Language.Code)
		if err := sendPublic(w, r, a); err != nil {
			panic(err) // what is kept cannot be read
		}
		return
	}
	if a.page != nil || a.shared != nil || a.file != "" {
		w.Header().Set("Content-Language", wordsOf(r).Language.Code)
		w.Header().Add("Vary", "Accept-Language, Cookie")
	}
	if a.shared != nil && a.shared.tag != "" {
		w.Header().Set("ETag", a.shared.tag)
		w.Header().Set("Cache-Control", revalidate)
		if a.shared.known(r) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if err := content.Write(w, r, kind, statusOr(a.status, http.StatusOK)); err != nil {
		panic(err) // what is kept cannot be read: the page says that something is wrong with us
	}
}

// render returns the body of an answer and its media type.
func (s *Server) render(r *http.Request, a answer) (b body.Body, kind string, err error) {
	switch {
	case a.redirect != "" || a.status == http.StatusNoContent || a.public != nil:
		return b, "", nil
	case a.data != nil:
		b.Head, err = json.Marshal(a.data)
		b.Head = append(b.Head, '\n')
		return b, kindOr(a.kind, "application/json"), err
	case a.shared.known(r):
		return b, "text/html; charset=utf-8", nil
	case a.shared != nil:
		b, err = a.shared.render(r.Context(), s.cache)
		return b, "text/html; charset=utf-8", err
	case a.page != nil:
		b, err = body.Render(func(to *bytes.Buffer) error { return a.page.Render(r.Context(), to) })
		return b, "text/html; charset=utf-8", err
	}
	return body.Body{Head: []byte(a.text)}, kindOr(a.kind, "text/plain; charset=utf-8"), nil
}

func kindOr(kind, otherwise string) string {
	if kind != "" {
		return kind
	}
	return otherwise
}

func statusOr(status, otherwise int) int {
	if status != 0 {
		return status
	}
	return otherwise
}

// address is the address of the page asked for, with the parameters that the page knows, the language, and no others.
func (c *call) address(known ...string) layout.Address {
	a := layout.Address{Path: c.URL.EscapedPath(), Query: url.Values{}}
	q := c.URL.Query()
	for _, k := range known {
		if values := q[k]; len(values) > 0 && strings.Join(values, "") != "" {
			a.Query[k] = values
		}
	}
	return c.addressed(a)
}

// frame is what surrounds every page for the person who asks, or for nobody.
func (s *Server) frame(c *call, trail ...layout.Crumb) layout.Frame {
	f := layout.Frame{Words: c.say(), Tenant: "Scorehouse", Home: "/", Here: c.here(), Trail: trail, Fiction: s.fiction}
	if c.session.ID == "" {
		return f
	}
	if c.tenant.Name != "" {
		f.Tenant = c.tenant.Name
	}
	if c.own != nil {
		f.Own = ownFrame(c.tenant, c.own)
	}
	if c.tenant.StateCode != "" {
		f.Search = c.addressed(layout.Address{Path: c.searchPath()}).String()
	}
	f.Person, f.Role, f.SignOut = c.session.Name, c.session.Title, signOutPath
	if len(c.permitted(access.ViewStudents)) > 0 {
		f.Tools = append(f.Tools, layout.Crumb{Text: c.say().Downloads.Title(), Address: downloadsPath})
	}
	if len(c.permitted(access.Administer)) > 0 {
		f.Tools = append(f.Tools, layout.Crumb{Text: c.say().Frame.WhoSeesWhat(), Address: explainPath})
	}
	if len(c.permitted(access.ReviewReleases)) > 0 {
		f.Tools = append(f.Tools, layout.Crumb{Text: c.say().Releases.Title(), Address: releases.Path})
	}
	f.Session = &layout.Session{Idle: time.Until(c.session.IdleUntil), End: time.Until(c.session.Expires), Return: "/"}
	if c.Method == http.MethodGet {
		f.Session.Return = localAddress(c.URL.RequestURI())
	}
	return f
}

// tenantsByState knows the tenants of the installation, those added in the last seconds excepted.
type tenantsByState struct {
	tenants Tenants

	mu    sync.Mutex
	asked time.Time
	known []tenant.Tenant
}

// tenantsAge is how long a list of tenants is used.
const tenantsAge = 5 * time.Second

func (b *tenantsByState) all(ctx context.Context) ([]tenant.Tenant, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known != nil && time.Since(b.asked) < tenantsAge {
		return b.known, nil
	}
	known, err := b.tenants.List(ctx)
	if err != nil {
		return nil, err
	}
	b.known, b.asked = known, time.Now()
	return known, nil
}

// reportsByTenant makes the reports of each tenant once.
type reportsByTenant struct {
	warehouses Warehouses
	keys       *studentKeys
	counter    func(tenant.ID, *warehouse.Reader) report.Counter // nil counts with SQL
	releases   Releases                                          // nil when nothing is released
	cache      *cache.Cache
	logger     *slog.Logger

	mu  sync.Mutex
	all map[tenant.Tenant]*report.Reports
}

func newReportsByTenant(o Options, keys *studentKeys) *reportsByTenant {
	return &reportsByTenant{warehouses: o.Warehouses, keys: keys, counter: o.Counter, releases: o.Releases, cache: o.Cache, logger: o.Logger, all: map[tenant.Tenant]*report.Reports{}}
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
	reader := warehouse.NewReader(pool).For(t.ID)
	needs := report.Settings{Tenant: t, StudentKey: keys.encode, Cache: b.cache, Own: settings.NewKeeper(reader, t, settings.Age, b.logger)}
	if b.counter != nil {
		needs.Counter = b.counter(t.ID, reader)
	}
	if b.releases != nil {
		needs.Releases = released.Of(b.releases, t.ID)
	}
	r := report.New(reader, needs)
	b.all[t] = r
	return r, keys, nil
}

// forget empties what the reports of a tenant remember.
func (b *reportsByTenant) forget(id tenant.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for t, r := range b.all {
		if t.ID == id {
			r.Forget()
		}
	}
}
