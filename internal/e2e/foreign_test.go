package e2e_test

import (
	"context"
	"errors"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/harness"
	"scorehouse/internal/samltest"
	"scorehouse/internal/webtest"
)

// rosa may see all students of Tamarack, says an identity provider that we did not write.
var rosa = samltest.Person{User: "rosa", Password: "tamarack", Attributes: []samltest.Attribute{
	{Name: "memberOf", Values: []string{"||PII||||||tamarack|TK|||||||||"}},
	{Name: "fullName", Values: []string{"Rosa Delgado"}}, {Name: "uid", Values: []string{"rosa"}}, {Name: "guid", Values: []string{"guid-rosa"}},
}}

// foreignHouse is a demo of its own, which also believes SimpleSAMLphp, on another site.
type foreignHouse struct {
	t       *testing.T
	system  *harness.System
	foreign *samltest.IdentityProvider
	base    string
	sp      []byte // our metadata
}

func newForeignHouse(t *testing.T) *foreignHouse {
	t.Helper()
	home, err := harness.TempHome()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	h := &foreignHouse{t: t}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if h.system, err = harness.Start(ctx, harness.Options{Binary: binary, Home: filepath.Join(home, "demo"), Args: []string{"--students", "0"}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.system.Kill)
	if h.foreign, err = samltest.StartIdentityProvider(ctx, t.TempDir(), rosa); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.foreign.Stop)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the identity provider:\n%s\nof the demo:\n%s", h.foreign.Log(), h.system.Output())
		}
	})
	h.base = "http://" + h.system.Web
	if !strings.HasPrefix(h.base, "http://127.0.0.1:") || !strings.HasPrefix(h.foreign.URL, "http://localhost:") {
		t.Fatalf("%s and %s must be two sites", h.base, h.foreign.URL)
	}
	h.sp = []byte(h.open(h.browser(), h.base+"/saml/metadata").Body)
	h.register(samltest.Registration{SignResponse: true, SignAssertion: true})
	h.run("provider", "add", "foreign", "--metadata", h.foreign.EntityID, "--tenant", "tamarack")
	return h
}

func (h *foreignHouse) run(args ...string) {
	h.t.Helper()
	if out, err := h.system.Run(h.t.Context(), args...); err != nil {
		h.t.Fatalf("%v\n%s", err, out)
	}
}

func (h *foreignHouse) register(r samltest.Registration) {
	h.t.Helper()
	r.Metadata = h.sp
	if err := h.foreign.Register(r); err != nil {
		h.t.Fatal(err)
	}
}

func (h *foreignHouse) browser() *samltest.Browser {
	h.t.Helper()
	b, err := samltest.NewBrowser()
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

func (h *foreignHouse) open(b *samltest.Browser, address string) samltest.Page {
	h.t.Helper()
	page, err := b.Open(h.t.Context(), address)
	if err != nil {
		h.t.Fatal(err)
	}
	return page
}

func (h *foreignHouse) submit(b *samltest.Browser, f samltest.Form) samltest.Page {
	h.t.Helper()
	page, err := b.Submit(h.t.Context(), f)
	if err != nil {
		h.t.Fatal(err)
	}
	return page
}

func (h *foreignHouse) signInAddress() string {
	return h.base + "/login?provider=foreign&return=" + url.QueryEscape("/s/TK")
}

// answer has the identity provider sign rosa in and returns the form that carries its answer to us.
func (h *foreignHouse) answer(b *samltest.Browser) samltest.Form {
	h.t.Helper()
	form, err := b.SignIn(h.t.Context(), h.open(b, h.signInAddress()), rosa)
	if err != nil {
		h.t.Fatal(err)
	}
	return form
}

// signIn signs rosa in with a fresh browser, from the page that she wants to that page, and returns the browser.
func (h *foreignHouse) signIn() *samltest.Browser {
	h.t.Helper()
	b := h.browser()
	page := h.submit(b, h.answer(b))
	if to := forwards(page); page.Status != http.StatusOK || to != "/s/TK" {
		h.t.Fatalf("after signing in: status %d, on to %q: %s", page.Status, to, page.Body)
	}
	if page := h.open(b, h.base+"/s/TK"); page.Status != http.StatusOK || !strings.Contains(page.Body, "Rosa Delgado") || page.URL.Path != "/s/TK" {
		h.t.Fatalf("status %d at %s: %s", page.Status, page.URL, page.Body)
	}
	return b
}

// forwards returns where a page leads on to by itself.
func forwards(page samltest.Page) string {
	match := regexp.MustCompile(`http-equiv="refresh" content="0; ?url=([^"]*)"`).FindStringSubmatch(page.Body)
	if match == nil {
		return ""
	}
	return html.UnescapeString(match[1])
}

// signedOut checks that a browser has no session here any more.
func (h *foreignHouse) signedOut(b *samltest.Browser) {
	h.t.Helper()
	if page := h.open(b, h.base+"/s/TK"); strings.Contains(page.Body, "Rosa Delgado") {
		h.t.Errorf("still signed in at %s", page.URL)
	}
}

// TestSigningInAtAForeignIdentityProvider goes through sign-in and sign-out as states have them, with the whole system on one site and SimpleSAMLphp on
// another.
func TestSigningInAtAForeignIdentityProvider(t *testing.T) {
	t.Parallel()
	h := newForeignHouse(t)
	h.inABrowser()
	h.signsOut()

	// Somebody whom it does not know.
	b := h.browser()
	if _, err := b.SignIn(t.Context(), h.open(b, h.signInAddress()), samltest.Person{User: "rosa", Password: "guess"}); !errors.Is(err, samltest.ErrNotSignedIn) {
		t.Errorf("with a wrong password: %v", err)
	}

	// New keys there, announced by its metadata.
	if err := h.foreign.Announce(); err != nil {
		t.Fatal(err)
	}
	h.run("provider", "refresh", "foreign")
	h.signIn()
	if err := h.foreign.SwapKeys(); err != nil {
		t.Fatal(err)
	}
	h.signIn()

	// Encrypted, which this identity provider can do with AES-CBC only.
	h.register(samltest.Registration{SignResponse: true, SignAssertion: true, Encrypt: true})
	b = h.browser()
	form := h.answer(b)
	if page := h.submit(b, form); page.Status != http.StatusForbidden {
		t.Errorf("AES-CBC although not allowed: status %d", page.Status)
	}
	h.run("provider", "change", "foreign", "--allow-cbc")
	h.signIn()

	// The same answer once more, and in another browser.
	if page := h.submit(b, form); page.Status != http.StatusForbidden {
		t.Errorf("an answer a second time: status %d", page.Status)
	}
	if page := h.submit(h.browser(), h.answer(h.browser())); page.Status != http.StatusForbidden {
		t.Errorf("an answer in another browser: status %d", page.Status)
	}
}

// signsOut signs out here, of which the identity provider learns, and there, of which we do.
func (h *foreignHouse) signsOut() {
	h.t.Helper()
	b := h.signIn()
	var out samltest.Form
	for _, f := range h.open(b, h.base+"/s/TK").Forms {
		if strings.HasSuffix(f.Action, "/signout") {
			out = f
		}
	}
	page := h.submit(b, out)
	if to := forwards(page); !strings.HasPrefix(to, h.foreign.URL) {
		h.t.Fatalf("after signing out: status %d, on to %q: %s", page.Status, to, page.Body)
	}
	if page = h.open(b, forwards(page)); page.Status != http.StatusOK || page.URL.String() != h.base+"/signed-out" {
		h.t.Errorf("signing out ends at %s with status %d", page.URL, page.Status)
	}
	h.signedOut(b)
	if _, asks := h.open(b, h.signInAddress()).Form("password"); !asks {
		h.t.Error("the identity provider still knows her")
	}

	b = h.signIn()
	page = h.open(b, h.foreign.URL+"saml2/idp/SingleLogoutService.php?ReturnTo="+url.QueryEscape(h.base+"/signed-out"))
	if page.URL.String() != h.base+"/signed-out" {
		h.t.Errorf("signing out there ends at %s: %s", page.URL, page.Body)
	}
	h.signedOut(b)
}

// inABrowser signs in and out in Chromium, where a request from another site brings only the cookies that may come with one.
func (h *foreignHouse) inABrowser() {
	h.t.Helper()
	webtest.NewChromium(h.t).Walk(func(w *webtest.Walk) {
		w.Open(h.signInAddress())
		w.Fill("input[name=username]", rosa.User)
		w.Fill("input[name=password]", rosa.Password)
		w.Submit("input[name=password]")
		if text := w.Arrive(h.base + "/s/TK"); !strings.Contains(text, "Rosa Delgado") {
			h.t.Errorf("the page does not name her: %s", text)
		}
		want := map[string]string{"scorehouse": "HttpOnly SameSite=Lax", "__Host-scorehouse-browser": "HttpOnly Secure SameSite=None"}
		if diff := cmp.Diff(want, w.Cookies(h.base)); diff != "" {
			h.t.Errorf("cookies (-want +got):\n%s", diff)
		}
		w.Submit(`form[action="/signout"] button`)
		w.Arrive(h.base + "/signed-out")
		if _, has := w.Cookies(h.base)["scorehouse"]; has {
			h.t.Error("the session's cookie is still there")
		}
		w.Open(h.signInAddress())
		w.Fill("input[name=username]", rosa.User) // asked again: the session there has ended, too
	})
}
