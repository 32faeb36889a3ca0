package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scorehouse/internal/audit"
	"scorehouse/internal/login"
	"scorehouse/internal/samltest"
	"scorehouse/internal/web"
	"scorehouse/internal/web/origin"
	"scorehouse/internal/webtest"
)

var forward = regexp.MustCompile(`http-equiv="refresh" content="0;url=([^"]*)"`)

// forwardOf returns where a page leads on to.
func forwardOf(t *testing.T, p samltest.Page) string {
	t.Helper()
	m := forward.FindStringSubmatch(p.Body)
	if p.Status != http.StatusOK || m == nil {
		t.Fatalf("%s, status %d, does not lead on", p.URL, p.Status)
	}
	return strings.ReplaceAll(m[1], "&amp;", "&")
}

func kindsOf(events []audit.Event) []audit.Kind {
	var kinds []audit.Kind
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func TestSigningInLeadsToTheIdentityProviderAndBackToThePageAskedFor(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	page, browser := site.Visit(t, lakeside+"?year=2026&sex=female", "teacher")
	if got := forwardOf(t, page); got != lakeside+"?year=2026&sex=female" {
		t.Errorf("leads on to %s", got)
	}
	got, err := browser.Open(t.Context(), site.URL+gradeFive)
	if err != nil || got.Status != http.StatusOK || !strings.Contains(got.Body, "Amina Okafor") {
		t.Errorf("the list: %d, %v", got.Status, err)
	}
	events := site.Trail.Of("")
	for _, kind := range []audit.Kind{audit.SignInBegun, audit.SignIn, audit.StudentRead} {
		if !slices.Contains(kindsOf(events), kind) {
			t.Errorf("%s is not recorded: %v", kind, kindsOf(events))
		}
	}
	for _, e := range events {
		if e.Kind == audit.SignIn && (e.Who.User != "demo-teacher" || e.Who.Provider != webtest.Provider || !e.Client.IsLoopback() || e.RequestID == "" || e.Tenant != "tamarack") {
			t.Errorf("recorded %+v", e)
		}
	}
	if strings.Contains(site.Log.String(), "Okafor") {
		t.Error("the log holds the person's name")
	}
}

func TestPeopleWithoutARoleAreToldWhomToAsk(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	page, browser := site.Visit(t, "/", "none")
	got, err := browser.Open(t.Context(), site.URL+forwardOf(t, page))
	if err != nil || got.Status != http.StatusForbidden || !strings.Contains(got.Body, "Ask the person who manages accounts") {
		t.Errorf("status %d, %v: %s", got.Status, err, got.Body)
	}
}

func TestPeopleWithSeveralStatesChooseOne(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.SeveralStates)
	start := b.Get("/").OK()
	if got := start.Link("State of Hemlock"); got != "/s/HM" {
		t.Errorf("Hemlock leads to %s", got)
	}
	if got := start.Link("State of Tamarack"); got != "/s/TK" {
		t.Errorf("Tamarack leads to %s", got)
	}
	hemlock := b.Get("/s/HM").OK()
	if got := hemlock.Text("header .head-name"); got != "State of Hemlock" || hemlock.Link("All states") != "/" {
		t.Errorf("the page is of %s", got)
	}
	// The same codes in both states; students of Tamarack, and of one district of Hemlock.
	for path, status := range map[string]int{
		"/s/TK/d/0042/sc/0117/g/05": 200, "/s/TK/d/0043/sc/0117/g/05": 200, "/s/HM/d/0042/sc/0117/g/05": 200, "/s/HM/d/0043/sc/0117/g/05": 404,
	} {
		if got := b.Get(path); got.Status != status {
			t.Errorf("%s: status %d, want %d", path, got.Status, status)
		}
	}
	// A student's address says by itself in which state it holds.
	links := b.Get("/s/HM/d/0042/sc/0117/g/05").OK().Attributes("main tbody a[href]", "href")
	if got := b.Get(links[0]).OK(); got.Text("header .head-name") != "State of Hemlock" {
		t.Errorf("the report is of %s", got.Text("header .head-name"))
	}
	if got := site.As(t, webtest.StateReader).Get(links[0]); got.Status != http.StatusNotFound {
		t.Errorf("a reader of the other state gets %d", got.Status)
	}
}

func TestSigningInNeverLeadsToAnotherSite(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	for back, want := range map[string]string{
		"/s/TK?year=2025":         "/s/TK?year=2025",
		"":                        "/",
		"//evil.example/":         "/",
		`/\evil.example/`:         "/",
		"https://evil.example/":   "/",
		"/%5Cevil.example":        "/%5Cevil.example",
		"javascript:alert(1)":     "/",
		"evil.example":            "/",
		"/x\r\nSet-Cookie: a=b":   "/",
		"///evil.example/s/TK/d/": "/",
	} {
		page, browser := site.Visit(t, "/login?"+url.Values{"return": {back}}.Encode(), "teacher")
		if got := forwardOf(t, page); got != want {
			t.Errorf("back to %q: leads to %q, want %q", back, got, want)
		}
		// Who is signed in goes there at once.
		client := browser.Client()
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		res, err := client.Get(site.URL + "/login?" + url.Values{"return": {back}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Location"); got != want {
			t.Errorf("back to %q, signed in: leads to %q, want %q", back, got, want)
		}
	}
}

// answerOf signs somebody in at the identity provider, and stops before the answer is brought back.
func answerOf(t *testing.T, site *webtest.Site, person string) (*samltest.Browser, samltest.Form) {
	t.Helper()
	browser, err := samltest.NewBrowser()
	if err != nil {
		t.Fatal(err)
	}
	page, err := browser.Open(t.Context(), site.URL+"/login")
	if err != nil {
		t.Fatal(err)
	}
	form, _ := page.Form("request")
	form.Fields.Set("person", person)
	if page, err = browser.Submit(t.Context(), form); err != nil {
		t.Fatal(err)
	}
	answer, ok := page.Form("SAMLResponse")
	if !ok {
		t.Fatalf("the identity provider gives no answer: %s", page.Body)
	}
	return browser, answer
}

func TestAnswersThatAreNotForThisBrowserOnceAreRefusedWithoutAWord(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	submit := func(b *samltest.Browser, f samltest.Form) samltest.Page {
		t.Helper()
		page, err := b.Submit(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	with := func(f samltest.Form, field string, values ...string) samltest.Form {
		fields := url.Values{}
		for k, v := range f.Fields {
			fields[k] = v
		}
		fields[field] = values
		f.Fields = fields
		return f
	}
	refused := func(name string, p samltest.Page, reason audit.Reason) {
		t.Helper()
		if p.Status != http.StatusForbidden || !strings.Contains(p.Body, "Signing in did not work") || !strings.Contains(p.Body, "Reference") {
			t.Errorf("%s: status %d: %s", name, p.Status, p.Body)
		}
		if strings.Contains(p.Body, "Okafor") || strings.Contains(p.Body, "signature") || strings.Contains(p.Body, string(reason)) {
			t.Errorf("%s: the page says why", name)
		}
		if len(p.URL.Query()) > 0 {
			t.Errorf("%s: ended at %s", name, p.URL)
		}
		events := site.Trail.Of("")
		last := events[len(events)-1]
		if last.Kind != audit.SignInRefused || last.Outcome != audit.Refused || last.Reason != reason {
			t.Errorf("%s: recorded %s, %s; want a refusal for %s", name, last.Kind, last.Reason, reason)
		}
	}
	other, err := samltest.NewBrowser()
	if err != nil {
		t.Fatal(err)
	}
	_, stolen := answerOf(t, site, "teacher")
	refused("another browser", submit(other, stolen), "other_browser")
	browser, twice := answerOf(t, site, "teacher")
	if got := submit(browser, twice); got.Status != http.StatusOK {
		t.Fatalf("the first time: %d", got.Status)
	}
	refused("a second time", submit(browser, twice), "request_used")
	browser, changed := answerOf(t, site, "teacher")
	refused("a changed answer", submit(browser, with(changed, "SAMLResponse", changed.Fields.Get("SAMLResponse")[:100])), "malformed")
	refused("a good answer after a bad one", submit(browser, changed), "request_used")
	browser, none := answerOf(t, site, "teacher")
	refused("no answer", submit(browser, with(none, "SAMLResponse")), "unknown_request")
	browser, two := answerOf(t, site, "teacher")
	refused("two answers", submit(browser, with(two, "SAMLResponse", two.Fields.Get("SAMLResponse"), "x")), "unknown_request")
	browser, unasked := answerOf(t, site, "teacher")
	refused("nobody asked", submit(browser, with(unasked, "RelayState", "x")), "unknown_request")
}

func TestCookiesSayHowTheyMayTravel(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	begun := site.Anonymous(t).Get("/login").Header["Set-Cookie"]
	if len(begun) != 1 || !regexp.MustCompile(`^__Host-scorehouse-browser=[\w-]{43}; Path=/; HttpOnly; Secure; SameSite=None$`).MatchString(begun[0]) {
		t.Errorf("beginning to sign in: %q", begun)
	}
	browser, answer := answerOf(t, site, "teacher")
	client := browser.Client()
	res, err := client.PostForm(answer.Action, answer.Fields)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if got := res.Header["Set-Cookie"]; len(got) != 1 || !regexp.MustCompile(`^scorehouse=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax$`).MatchString(got[0]) {
		t.Errorf("signed in on the plain loopback: %q", got)
	}
	proxy, err := origin.Parse([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	// Signing out takes the session's cookie away where there is a session; its attributes are those it was set with.
	behind := webtest.NewSite(t, func(o *web.Options) { o.Proxies = proxy })
	b := behind.As(t, webtest.StateReader)
	b.SetCookie("__Host-scorehouse", b.Cookies()[0].Value)
	out := b.Send(http.MethodPost, "/signout", url.Values{}, forwarded).Header.Get("Set-Cookie")
	if !regexp.MustCompile(`^__Host-scorehouse=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax$`).MatchString(out) {
		t.Errorf("behind TLS: %s", out)
	}
	plain := webtest.NewSite(t).As(t, webtest.StateReader)
	out = plain.Post("/signout", url.Values{}).Header.Get("Set-Cookie")
	if !regexp.MustCompile(`^scorehouse=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax$`).MatchString(out) {
		t.Errorf("on the plain loopback: %s", out)
	}
}

var forwarded = http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"192.0.2.7"}}

func TestSigningOutReachesTheIdentityProviderAndBack(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	_, browser := site.Visit(t, "/", "teacher")
	page, err := browser.Submit(t.Context(), samltest.Form{Method: http.MethodPost, Action: site.URL + "/signout", Fields: url.Values{}})
	if err != nil {
		t.Fatal(err)
	}
	at := forwardOf(t, page)
	if !strings.HasPrefix(at, "http://localhost:") {
		t.Fatalf("leads to %s, want the identity provider", at)
	}
	page, err = browser.Open(t.Context(), at) // answers with a redirect to us
	if err != nil || page.URL.Path != "/signed-out" || page.URL.RawQuery != "" || page.Status != http.StatusOK {
		t.Errorf("ends at %s with %d, %v", page.URL, page.Status, err)
	}
	if page, err = browser.Open(t.Context(), site.URL+"/s/TK"); err != nil || page.URL.Host == strings.TrimPrefix(site.URL, "http://") {
		t.Errorf("the session still opens %s, %v", page.URL, err)
	}
	// Once more, without a session, and by address: nothing happens.
	for _, f := range []samltest.Form{{Method: http.MethodPost, Action: site.URL + "/signout"}, {Method: http.MethodGet, Action: site.URL + "/logout"}} {
		if page, err = browser.Submit(t.Context(), f); err != nil || page.Status != http.StatusOK || page.URL.Path != "/signed-out" {
			t.Errorf("%s without a session: %s, %d, %v", f.Action, page.URL, page.Status, err)
		}
	}
}

func TestSigningOutAtTheIdentityProviderEndsTheSessionHere(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	provider := site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	_, browser := site.Visit(t, "/", "teacher")
	page, err := browser.Submit(t.Context(), samltest.Form{Method: http.MethodPost, Action: provider + "/logout", Fields: url.Values{}})
	if err != nil || page.Status != http.StatusOK || !strings.HasPrefix(page.URL.String(), provider+"/slo?") || !strings.Contains(page.Body, "You are signed out") {
		t.Errorf("ends at %s with %d, %v: %s", page.URL, page.Status, err, page.Body)
	}
	all, err := site.Sessions.List(t.Context(), login.Filter{})
	if err != nil || len(all) != 0 {
		t.Errorf("%d sessions are left, %v", len(all), err)
	}
	if kinds := kindsOf(site.Trail.Of("")); !slices.Contains(kinds, audit.SignOut) {
		t.Errorf("not recorded: %v", kinds)
	}
}

func TestLogoutMessagesWithoutASignatureEndNothing(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	site.Visit(t, "/", "teacher")
	b := site.Anonymous(t)
	for _, p := range []*webtest.Page{
		b.Get("/saml/logout"), b.Get("/saml/logout?SAMLRequest=x"), b.Get("/saml/logout?SAMLResponse=x&SAMLRequest=y"),
		b.Post("/saml/logout", url.Values{"SAMLRequest": {"PHg+PC94Pg=="}}),
	} {
		if p.Status != http.StatusForbidden || len(p.Header["Set-Cookie"]) > 0 {
			t.Errorf("status %d, cookies %v", p.Status, p.Header["Set-Cookie"])
		}
	}
	if all, err := site.Sessions.List(t.Context(), login.Filter{}); err != nil || len(all) != 1 {
		t.Errorf("%d sessions, %v; want the one", len(all), err)
	}
}

func TestALinkOnAnotherSiteSignsNobodyOutWithoutAsking(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.StateReader)
	asked := b.Send(http.MethodGet, "/logout", nil, http.Header{"Sec-Fetch-Site": {"cross-site"}}).OK()
	if !strings.Contains(asked.Text("h1"), "Do you want to sign out?") {
		t.Errorf("says %q", asked.Text("h1"))
	}
	b.Get("/s/TK").OK()
	if got := b.Send(http.MethodGet, "/logout", nil, http.Header{"Sec-Fetch-Site": {"none"}}); got.Status != http.StatusSeeOther {
		t.Errorf("typed by hand: status %d", got.Status)
	}
	if got := b.Get("/s/TK"); got.Status != http.StatusSeeOther {
		t.Errorf("afterwards: status %d, want to sign in", got.Status)
	}
}

func TestWithSeveralIdentityProvidersPeopleChoose(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	site.AddProvider(t, "tamarack", "Department of Education")
	site.AddProvider(t, "alder", "Alder Falls")
	b := site.Anonymous(t)
	choice := b.Get("/login?return=%2Fs%2FTK").OK()
	if got := choice.Link("Alder Falls"); got != "/login?provider=alder&return=%2Fs%2FTK" {
		t.Errorf("leads to %s", got)
	}
	if to := b.Get(choice.Link("Alder Falls")).Location(); !strings.HasPrefix(to, "http://localhost:") {
		t.Errorf("leads to %s", to)
	}
	if got := b.Get("/login?provider=nobody"); got.Status != http.StatusNotFound {
		t.Errorf("an unknown one: status %d", got.Status)
	}
}

func TestWithoutAnIdentityProviderNobodySignsIn(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).Anonymous(t)
	if got := b.Get("/login"); got.Status != http.StatusServiceUnavailable || got.Text("h1") != "Nobody can sign in yet" {
		t.Errorf("status %d: %s", got.Status, got.Text("h1"))
	}
	for _, old := range []*webtest.Page{b.Get("/signin"), b.Post("/signin", url.Values{"person": {"1"}})} {
		if old.Status != http.StatusNotFound && old.Status != http.StatusMethodNotAllowed || len(old.Header["Set-Cookie"]) > 0 {
			t.Errorf("the sign-in of the first demo answers %d", old.Status)
		}
	}
}

func TestABrowserThatIsSentToSignInAgainAndAgainIsStopped(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	site.AddProvider(t, webtest.Provider, webtest.ProviderTitle)
	b := site.Anonymous(t)
	for range 100 {
		if got := b.Get("/login"); got.Status == http.StatusForbidden {
			if got.Text("h1") != "Signing in does not come to an end" {
				t.Errorf("says %q", got.Text("h1"))
			}
			return
		}
	}
	t.Error("a hundred times is not too often")
}

// Only what identity providers send, by its exact pattern, is taken from other sites.
func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	exempt := []string{"POST /saml_post", "POST /saml/logout"}
	for _, r := range site.Routes {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method == http.MethodGet || path == "" {
			continue
		}
		path = strings.NewReplacer("{what}", "data").Replace(path)
		for _, from := range []http.Header{
			{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}, {"Sec-Fetch-Site": {"same-site"}, "Origin": {"http://localhost:1"}}, {"Origin": {"null"}},
		} {
			p := site.As(t, webtest.SuperUser).Send(method, path, url.Values{}, from)
			stopped := p.Status == http.StatusForbidden && strings.Contains(p.Body, "another site")
			if stopped == slices.Contains(exempt, r.Pattern) {
				t.Errorf("%s from %v: status %d, stopped %t", r.Pattern, from, p.Status, stopped)
			}
			if kinds := kindsOf(site.Trail.Of(p.Header.Get("X-Request-Id"))); stopped && !slices.Equal(kinds, []audit.Kind{audit.RequestRefused}) {
				t.Errorf("%s from %v: recorded %v", r.Pattern, from, kinds)
			}
		}
	}
	for _, near := range []string{"/saml_post/", "/saml_post/x", "/saml/metadata", "/saml/logout/x"} {
		p := site.Anonymous(t).Send(http.MethodPost, near, url.Values{}, http.Header{"Sec-Fetch-Site": {"cross-site"}})
		if p.Status != http.StatusForbidden {
			t.Errorf("POST %s: status %d, want 403", near, p.Status)
		}
	}
}
