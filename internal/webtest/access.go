package webtest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/login"
	"scorehouse/internal/printing"
	"scorehouse/internal/web"
)

// known are values of the parts of addresses for which the site has something, and some for which it has nothing. A route with another part needs a
// line here.
var known = map[string]struct {
	value   string
	nothing []string
}{
	"token":    {PublicToken, []string{"x", "hunter2", "%00"}},
	"place":    {PublicDistrict, []string{"dst9999999", "x", "%27"}},
	"state":    {"TK", []string{"XX", "ZZ", "Tamarack", "T", "%00"}},
	"district": {"0042", []string{"9999", "0042x", "%00"}},
	"school":   {"0117", []string{"9", "0202", "%27"}}, // 0202 is a school of another district
	"grade":    {"05", []string{"99", "5x"}},
	"student":  {"", []string{"AAAAAAAAAAAAAAAAAAAAAA", "1", "TK00000001", "x"}}, // found in a list
	"type":     {"summative", []string{"x"}},
	"what":     {"data", []string{"everything"}},
	"look":     {"style.css", []string{"x"}},
	"report":   {"indivStudentReport.html", []string{"x"}},
	"job":      {"", []string{"aaaaaaaaaaaaaaaaaaaaaaaaaa", "x", "%00"}}, // made
	"part":     {"1", []string{"99", "x"}},
	"release":  {"", []string{"99999", "x", "0", "01", "-1", "99999999999999999999"}}, // made
	"link":     {"", []string{"99999", "x"}},                                          // made
}

var partPatternOfRoutes = regexp.MustCompile(`\{([a-z]+)\}`)

// request is a request of a route: its method and an address.
type request struct{ method, path string }

// ours are a student, a job, a release and a link that there are.
type ours struct{ student, job, release, link string }

// requestOf fills the parts of a route's pattern, all with values that exist but those of instead.
func requestOf(t *testing.T, r web.Route, there ours, instead map[string]string) request {
	t.Helper()
	method, path, ok := strings.Cut(r.Pattern, " ")
	if !ok {
		method, path = http.MethodGet, r.Pattern
	}
	if path == "/" && r.Pattern == "/" {
		return request{http.MethodGet, "/nothing"} // the pattern of everything else
	}
	path = partPatternOfRoutes.ReplaceAllStringFunc(strings.TrimSuffix(path, "{$}"), func(part string) string {
		name := strings.Trim(part, "{}")
		if value, ok := instead[name]; ok {
			return value
		}
		v, ok := known[name]
		if !ok {
			t.Fatalf("%s: webtest knows no value for {%s}; add it to known", r.Pattern, name)
		}
		switch name {
		case "student":
			return there.student
		case "job":
			return there.job
		case "release":
			return there.release
		case "link":
			return there.link
		}
		return v.value
	})
	return request{method, path}
}

// allowed is a person who may do what a route is for.
func allowed(p access.Permission) string {
	if administers(p) {
		return SuperUser
	}
	return StateReader
}

// administers reports whether a permission is one of people who administer a state, and of no reader.
func administers(p access.Permission) bool {
	return p == access.Administer || p == access.ReviewReleases || p == access.PublishReleases
}

// Access runs the cases that every route must pass, on every route of a site that asks for a session: no session, one that has ended, stood idle or was
// revoked, a token that is none; a person without any role, of another tenant, without the permission, of another school; and parts of the
// address that do not exist. It makes sure that no answer names a student, that nothing is recorded as shown, and that a refusal is recorded
// once. The sites of both tenants hold the same codes, so an answer that forgets the tenant would show something.
func Access(t *testing.T, site *Site) {
	there := ours{childOf(t, site), jobOf(t, site), releaseOf(t, site), linkOf(t, site)}
	names := studentNames(t, site)
	for _, r := range site.Routes {
		t.Run(strings.ReplaceAll(r.Pattern, "/", "_"), func(t *testing.T) {
			a := accessTest{t: t, site: site, route: r, there: there, names: names}
			if r.Audience == web.Anyone {
				a.anyone()
				return
			}
			a.sessions()
			if r.Permission == "" {
				return
			}
			a.roles()
			a.unknown()
		})
	}
}

type accessTest struct {
	t     *testing.T
	site  *Site
	route web.Route
	there ours
	names []string
}

func (a accessTest) send(b *Browser, q request) *Page {
	a.t.Helper()
	var form url.Values
	if q.method == http.MethodPost {
		form = url.Values{}
	}
	return b.Send(q.method, q.path, form, a.asking())
}

// asking are the header fields with which the caller of the route asks: programs want no page.
func (a accessTest) asking() http.Header {
	if a.route.Caller == web.Program {
		return http.Header{"Accept": {"application/json"}}
	}
	return nil
}

// refused wants an answer without anything of anybody, and its record.
func (a accessTest) refused(p *Page, recorded audit.Kind, statuses ...int) {
	a.t.Helper()
	ok := false
	for _, s := range statuses {
		ok = ok || p.Status == s
	}
	if !ok {
		a.t.Errorf("%s: status %d, want one of %v", p.path, p.Status, statuses)
	}
	for _, name := range a.names {
		if strings.Contains(p.Body, name) {
			a.t.Errorf("%s: the answer names a student", p.path)
		}
	}
	if p.Header.Get("Cache-Control") != "no-store" {
		a.t.Errorf("%s: the answer may be kept: %q", p.path, p.Header.Get("Cache-Control"))
	}
	var kinds []audit.Kind
	for _, e := range a.site.Trail.Of(p.Header.Get("X-Request-Id")) {
		kinds = append(kinds, e.Kind)
	}
	if recorded == "" && len(kinds) != 0 || recorded != "" && (len(kinds) != 1 || kinds[0] != recorded) {
		a.t.Errorf("%s: recorded %v, want %q alone", p.path, kinds, recorded)
	}
}

// anyone checks that a route for everybody shows nobody.
func (a accessTest) anyone() {
	q := requestOf(a.t, a.route, a.there, nil)
	p := a.send(a.site.Anonymous(a.t), q)
	if p.Status == http.StatusUnauthorized || strings.HasPrefix(p.Location(), "/login") {
		a.t.Errorf("%s: status %d to %s, want an answer without a session", q.path, p.Status, p.Location())
	}
	for _, name := range a.names {
		if strings.Contains(p.Body, name) {
			a.t.Errorf("%s: the answer names a student", q.path)
		}
	}
	if a.route.Place == web.ByLink && p.Status == http.StatusOK { // a look that the state has not is no page, as for anybody
		a.byLink(q, p)
	}
}

// byLink checks that a route of public pages reads nothing of whoever asks, leaves nothing with them, and is no page at all without a link that opens it.
func (a accessTest) byLink(q request, p *Page) {
	a.t.Helper()
	signedIn := a.send(a.site.As(a.t, StateReader), q)
	if signedIn.Body != p.Body || signedIn.Status != p.Status {
		a.t.Errorf("%s: somebody who is signed in gets another answer", q.path)
	}
	for _, p := range []*Page{p, signedIn} {
		if len(p.Header.Values("Set-Cookie")) > 0 || strings.Contains(strings.Join(p.Header.Values("Vary"), " "), "Cookie") {
			a.t.Errorf("%s: has to do with cookies: %v", q.path, p.Header)
		}
	}
	for _, part := range []string{"token", "place", "look"} {
		for _, value := range known[part].nothing {
			other := requestOf(a.t, a.route, a.there, map[string]string{part: value})
			if other == q {
				continue
			}
			nothing := a.send(a.site.Anonymous(a.t), other)
			like := a.send(a.site.Anonymous(a.t), request{http.MethodGet, "/nothing"})
			if nothing.Status != http.StatusNotFound || withoutReference(nothing) != withoutReference(like) {
				a.t.Errorf("%s: status %d, want the answer for what is not there: %s", other.path, nothing.Status, difference(withoutReference(nothing), withoutReference(like)))
			}
			if cache := nothing.Header.Get("Cache-Control"); cache != "no-store" {
				a.t.Errorf("%s: the answer may be kept: %q", other.path, cache)
			}
		}
	}
}

// sessions tries the route without a session that holds.
func (a accessTest) sessions() {
	q := requestOf(a.t, a.route, a.there, nil)
	who := allowed(a.route.Permission)
	ending := func(set string) func(*Browser) {
		return func(b *Browser) {
			for _, c := range b.Cookies() {
				hash := sha256.Sum256([]byte(c.Value))
				tag, err := a.site.Control.Exec(a.t.Context(), `update login.session set `+set+` where token_hash = $1`, hash[:])
				if err != nil || tag.RowsAffected() != 1 {
					a.t.Fatalf("%v: %v", tag, err)
				}
			}
		}
	}
	for name, end := range map[string]func(*Browser){
		"expired":            ending(`expires_at = now() - interval '1 second'`),
		"idle too long":      ending(`last_seen_at = now() - interval '20 minutes 1 second'`),
		"revoked":            a.revoke,
		"a token of nobody":  func(b *Browser) { b.SetCookie("scorehouse", strings.Repeat("A", 43)) },
		"a token that is no": func(b *Browser) { b.SetCookie("scorehouse", "x") },
	} {
		b := a.site.As(a.t, who)
		end(b)
		a.t.Run(name, func(t *testing.T) { a.signInFirst(t, b, q) })
	}
	a.t.Run("no session", func(t *testing.T) { a.signInFirst(t, a.site.Anonymous(a.t), q) })
}

func (a accessTest) revoke(b *Browser) {
	x, err := a.site.Sessions.Peek(a.t.Context(), b.Cookies()[0].Value)
	if err == nil {
		_, err = a.site.Sessions.Revoke(a.t.Context(), login.Filter{ID: x.ID})
	}
	if err != nil {
		a.t.Fatal(err)
	}
}

// signInFirst wants whoever reads to be led to sign in and back, and everybody else told with the right status.
func (a accessTest) signInFirst(t *testing.T, b *Browser, q request) {
	t.Helper()
	a.t = t
	p := a.send(b, q)
	if a.route.Caller == web.Browser && q.method == http.MethodGet {
		a.refused(p, "", http.StatusSeeOther)
		if back, _ := url.Parse(p.Location()); back == nil || back.Path != "/login" || q.path != "/" && back.Query().Get("return") != q.path {
			t.Errorf("%s: leads to %s, want to sign in and back", q.path, p.Location())
		}
	} else {
		a.refused(p, "", http.StatusUnauthorized)
	}
	asked := b.Send(q.method, q.path, nil, http.Header{"Accept": {"application/json"}})
	a.refused(asked, "", http.StatusUnauthorized)
	wantProblem(t, asked)
}

// wantProblem wants problem details of the answer's own status.
func wantProblem(t *testing.T, p *Page) {
	t.Helper()
	var details struct {
		Status    int
		Reference string
	}
	if err := json.Unmarshal([]byte(p.Body), &details); err != nil || p.Header.Get("Content-Type") != "application/problem+json" || details.Status != p.Status ||
		details.Reference != p.Header.Get("X-Request-Id") {
		t.Errorf("%s: want problem details with status %d, got %s: %s (%v)", p.path, p.Status, p.Header.Get("Content-Type"), p.Body, err)
	}
}

// roles tries the route as people who lack what it needs.
func (a accessTest) roles() {
	q := requestOf(a.t, a.route, a.there, nil)
	try := func(who string, status int) {
		a.t.Run(who, func(t *testing.T) {
			a := a
			a.t = t
			p := a.send(a.site.As(t, who), q)
			a.refused(p, audit.AccessRefused, status)
			if a.route.Permission == access.ViewStudents && status == http.StatusNotFound {
				a.sameAsNothing(p, who)
			}
		})
	}
	try(NoRole, http.StatusForbidden)
	switch {
	case a.route.Place == web.AnyState && administers(a.route.Permission):
		try(StateReader, http.StatusForbidden)
	case a.route.Place == web.InPath || a.route.Place == web.OfStudent || a.route.Place == web.OfJob:
		try(OtherTenant, http.StatusNotFound)
	}
	if a.route.Permission == access.ViewStudents {
		try(OtherSchool, http.StatusNotFound)
		try(AggregateOnly, http.StatusNotFound)
		try(SuperUser, http.StatusNotFound)
	}
	if a.route.Place == web.InPath {
		a.t.Run("a state of another tenant", func(t *testing.T) {
			a := a
			a.t = t
			p := a.send(a.site.As(t, StateReader), requestOf(t, a.route, a.there, map[string]string{"state": "HM"}))
			a.refused(p, audit.AccessRefused, http.StatusNotFound)
			a.sameAsNothing(p, StateReader)
		})
	}
}

// sameAsNothing wants the bytes of the answer that the same person gets for something that does not exist.
func (a accessTest) sameAsNothing(p *Page, who string) {
	a.t.Helper()
	for _, q := range []request{
		requestOf(a.t, a.route, ours{student: "AAAAAAAAAAAAAAAAAAAAAA", job: "aaaaaaaaaaaaaaaaaaaaaaaaaa"}, map[string]string{"state": "XX"}),
		{http.MethodGet, "/students/AAAAAAAAAAAAAAAAAAAAAA/reports/summative"},
	} {
		if other := a.send(a.site.As(a.t, who), q); withoutReference(other) != withoutReference(p) {
			a.t.Errorf("%s answers otherwise than %s, which does not exist: %s", p.path, q.path, difference(withoutReference(p), withoutReference(other)))
		}
	}
}

// unknown tries the route with parts that do not exist, as somebody who may see what does.
func (a accessTest) unknown() {
	b := a.site.As(a.t, allowed(a.route.Permission))
	for _, part := range partPatternOfRoutes.FindAllStringSubmatch(a.route.Pattern, -1) {
		for _, value := range known[part[1]].nothing {
			q := requestOf(a.t, a.route, a.there, map[string]string{part[1]: value})
			p := a.send(b, q)
			a.refused(p, audit.AccessRefused, http.StatusNotFound)
			if a.route.Permission == access.ViewStudents {
				a.sameAsNothing(p, allowed(a.route.Permission))
			}
		}
	}
}

// difference shows where two texts begin to differ.
func difference(a, b string) string {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	from := max(at-40, 0)
	return fmt.Sprintf("%q against %q", a[from:min(at+80, len(a))], b[from:min(at+80, len(b))])
}

// withoutReference returns the body without the reference of the request.
func withoutReference(p *Page) string {
	return strings.ReplaceAll(p.Body, p.Header.Get("X-Request-Id"), "REFERENCE")
}

// childOf returns the opaque id of a student of school 0117 in district 0042 of Tamarack.
func childOf(t *testing.T, site *Site) string {
	t.Helper()
	for _, href := range site.As(t, StateReader).Get("/s/TK/d/0042/sc/0117/g/05").OK().Attributes("main tbody a[href]", "href") {
		if rest, ok := strings.CutPrefix(href, "/students/"); ok {
			key, _, _ := strings.Cut(rest, "/")
			return key
		}
	}
	t.Fatal("the list of students has no links")
	return ""
}

// jobOf orders the reports of that school's grade 5 for the reader of the state, has them printed, and returns the job.
func jobOf(t *testing.T, site *Site) string {
	t.Helper()
	address := "/s/TK/d/0042/sc/0117/g/05/print?year=2026"
	b := site.As(t, StateReader)
	once := b.Get(address).OK().Attributes(`input[name=once]`, "value")
	if len(once) != 1 {
		t.Fatal("the page that asks how to print has no form")
	}
	id, ok := strings.CutPrefix(b.Post(address, url.Values{"once": once}).Location(), "/downloads/")
	if !ok {
		t.Fatal("ordering leads nowhere")
	}
	site.Print(t, printing.ID(id))
	return id
}

// studentNames returns the last names and codes of the state's students.
func studentNames(t *testing.T, site *Site) []string {
	t.Helper()
	var names []string
	if err := site.Tamarack.QueryRow(t.Context(), `select array_agg(distinct x) from (select last_name from student union select code from student) as s (x)`).Scan(&names); err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatal("the site has no students")
	}
	return names
}
