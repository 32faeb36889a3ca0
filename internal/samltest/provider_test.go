package samltest_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/saml"
	"scorehouse/internal/samltest"
)

var rosa = samltest.Person{User: "rosa", Password: "tamarack", Attributes: samltest.Shapes["memberOf"]}

// lab is a running identity provider with one service provider of ours.
type lab struct {
	t       *testing.T
	foreign *samltest.IdentityProvider
	sp      saml.ServiceProvider
	idp     saml.IdentityProvider
	browser *samltest.Browser

	document string // the last response
}

func newLab(t *testing.T, r samltest.Registration) *lab {
	t.Helper()
	foreign, err := samltest.StartIdentityProvider(t.Context(), t.TempDir(), rosa)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(foreign.Stop)
	key, err := samltest.NewKeys(t.TempDir(), "sp", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, foreign: foreign, sp: saml.ServiceProvider{EntityID: "http://127.0.0.1:9/saml/metadata", AssertionConsumer: "http://127.0.0.1:9/saml_post",
		SingleLogout: "http://127.0.0.1:9/saml/logout", Keys: []saml.Key{key.Key}}}
	l.register(r)
	l.readMetadata()
	l.newBrowser()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the identity provider:\n%s", foreign.Log())
		}
	})
	return l
}

// again is the same lab with a fresh browser and another registration.
func (l *lab) again(t *testing.T, r samltest.Registration) *lab {
	t.Helper()
	c := *l
	c.t = t
	c.register(r)
	c.newBrowser()
	return &c
}

func (l *lab) newBrowser() {
	l.t.Helper()
	var err error
	if l.browser, err = samltest.NewBrowser("http://127.0.0.1:9/"); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) register(r samltest.Registration) {
	l.t.Helper()
	r.Metadata = l.sp.Metadata()
	if err := l.foreign.Register(r); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) readMetadata() {
	l.t.Helper()
	metadata, err := l.foreign.Metadata(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	if l.idp, err = saml.ParseMetadata(metadata); err != nil {
		l.t.Fatalf("%v\n%s", err, metadata)
	}
}

// response signs somebody in at the identity provider and returns what it posts.
func (l *lab) response(requestID string, who samltest.Person) (samltest.Form, error) {
	l.t.Helper()
	address, err := l.sp.SignIn(l.idp, requestID, "relay", time.Now())
	if err != nil {
		l.t.Fatal(err)
	}
	page, err := l.browser.Open(l.t.Context(), address)
	if err != nil {
		l.t.Fatal(err)
	}
	return l.browser.SignIn(l.t.Context(), page, who)
}

func (l *lab) signIn() saml.Assertion {
	l.t.Helper()
	id := saml.NewID()
	form, err := l.response(id, rosa)
	if err != nil {
		l.t.Fatal(err)
	}
	if form.Action != l.sp.AssertionConsumer || form.Fields.Get("RelayState") != "relay" {
		l.t.Errorf("the response goes to %s with RelayState %q", form.Action, form.Fields.Get("RelayState"))
	}
	document, err := base64.StdEncoding.DecodeString(form.Fields.Get("SAMLResponse"))
	if err != nil {
		l.t.Fatal(err)
	}
	l.document = string(document)
	a, err := l.sp.Accept(l.idp, form.Fields.Get("SAMLResponse"), id, time.Now())
	if err != nil {
		l.t.Fatalf("%v\n%s", err, document)
	}
	return a
}

func TestTheForeignProviderSignsPeopleIn(t *testing.T) {
	t.Parallel()
	l := newLab(t, samltest.Registration{})
	for _, c := range []struct {
		name string
		r    samltest.Registration
	}{
		{"signed response", samltest.Registration{SignResponse: true}},
		{"signed assertion", samltest.Registration{SignAssertion: true}},
		{"both signed", samltest.Registration{SignResponse: true, SignAssertion: true}},
		{"encrypted assertion in a signed response", samltest.Registration{SignResponse: true, SignAssertion: true, Encrypt: true}},
		{"registered by our metadata", samltest.Registration{AsXML: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := l.again(t, c.r)
			l.sp.AllowCBC = c.r.Encrypt
			a := l.signIn()
			before, _, _ := strings.Cut(l.document, "<samlp:Status>")
			_, behind, _ := strings.Cut(l.document, "</samlp:Status>")
			got := samltest.Registration{SignResponse: strings.Contains(before, "<ds:Signature "), SignAssertion: strings.Contains(behind, "<ds:Signature ") || c.r.Encrypt,
				Encrypt: strings.Contains(behind, "<saml:EncryptedAssertion"), AsXML: c.r.AsXML}
			if !c.r.AsXML && !cmp.Equal(got, c.r) {
				t.Errorf("signed and encrypted: %+v, want %+v", got, c.r)
			}
			want := map[string][]string{}
			for _, attr := range rosa.Attributes {
				want[attr.Name] = attr.Values
			}
			if diff := cmp.Diff(want, a.Attributes); diff != "" {
				t.Errorf("attributes (-want +got):\n%s", diff)
			}
			if a.Issuer != l.foreign.EntityID || a.NameID.Value == "" || a.SessionIndex == "" || a.NameID.SPNameQualifier != l.sp.EntityID {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestTheForeignProviderDoesNotSignInAWrongPassword(t *testing.T) {
	t.Parallel()
	l := newLab(t, samltest.Registration{SignResponse: true})
	if _, err := l.response(saml.NewID(), samltest.Person{User: "rosa", Password: "guess"}); !errors.Is(err, samltest.ErrNotSignedIn) {
		t.Errorf("got %v", err)
	}
	if _, err := l.response(saml.NewID(), samltest.Person{User: "mallory", Password: "tamarack"}); !errors.Is(err, samltest.ErrNotSignedIn) {
		t.Errorf("got %v", err)
	}
}

func TestTheForeignProviderRefusesARequestThatIsChanged(t *testing.T) {
	t.Parallel()
	l := newLab(t, samltest.Registration{SignResponse: true})
	address, err := l.sp.SignIn(l.idp, saml.NewID(), "relay", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	page, err := l.browser.Open(t.Context(), strings.Replace(address, "RelayState=relay", "RelayState=other", 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := page.Form("password"); ok {
		t.Errorf("it asks for a password: %s", page.Body)
	}
}

func TestAResponseSignedWithSHA1IsRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t, samltest.Registration{SignResponse: true, SignAssertion: true, SHA1: true})
	id := saml.NewID()
	form, err := l.response(id, rosa)
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.sp.Accept(l.idp, form.Fields.Get("SAMLResponse"), id, time.Now())
	if refused := (*saml.Refused)(nil); !errors.As(err, &refused) || refused.Reason != saml.Algorithm {
		t.Errorf("got %v", err)
	}
}

func TestKeysOfTheForeignProviderAreRolledOver(t *testing.T) {
	t.Parallel()
	l := newLab(t, samltest.Registration{SignResponse: true, SignAssertion: true})
	if err := l.foreign.Announce(); err != nil {
		t.Fatal(err)
	}
	l.readMetadata()
	if len(l.idp.Certificates) != 2 {
		t.Fatalf("%d certificates in the metadata, want 2", len(l.idp.Certificates))
	}
	l.signIn()
	if err := l.foreign.SwapKeys(); err != nil {
		t.Fatal(err)
	}
	l.newBrowser()
	l.signIn() // by the metadata from before the swap
	l.idp.Certificates = slices.DeleteFunc(l.idp.Certificates, l.foreign.Keys().Certificate.Equal)
	id := saml.NewID()
	l.newBrowser()
	form, err := l.response(id, rosa)
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.sp.Accept(l.idp, form.Fields.Get("SAMLResponse"), id, time.Now())
	if refused := (*saml.Refused)(nil); !errors.As(err, &refused) || refused.Reason != saml.Signature {
		t.Errorf("without the new certificate: got %v", err)
	}
}

func TestLogoutBegunHereEndsTheSessionThere(t *testing.T) {
	t.Parallel()
	l := newLab(t, samltest.Registration{SignResponse: true})
	a := l.signIn()
	id := saml.NewID()
	out, err := l.sp.LogoutRequest(l.idp, id, a.NameID, a.SessionIndex, "bye", time.Now())
	if err != nil || out.Form != nil {
		t.Fatal(out, err)
	}
	page, err := l.browser.Open(t.Context(), out.URL)
	if err != nil {
		t.Fatal(err)
	}
	m := l.readRedirect(page)
	if m.Request || !m.Success || m.InResponseTo != id || m.RelayState != "bye" {
		t.Errorf("got %+v", m)
	}
	if page, err := l.browser.Open(t.Context(), l.mustSignInAddress()); err != nil {
		t.Fatal(err)
	} else if _, asks := page.Form("password"); !asks {
		t.Errorf("the session at the identity provider still lasts: %s", page.Body)
	}
}

func TestLogoutByPostBegunHereEndsTheSessionThere(t *testing.T) {
	t.Parallel()
	l := newLab(t, samltest.Registration{SignResponse: true})
	a := l.signIn()
	l.idp.SingleLogout.Binding = saml.PostBinding
	id := saml.NewID()
	out, err := l.sp.LogoutRequest(l.idp, id, a.NameID, a.SessionIndex, "bye", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	page, err := l.browser.Submit(t.Context(), samltest.Form{Method: http.MethodPost, Action: out.URL, Fields: out.Form})
	if err != nil {
		t.Fatal(err)
	}
	if m := l.readRedirect(page); m.Request || !m.Success || m.InResponseTo != id {
		t.Errorf("got %+v", m)
	}
}

func TestLogoutBegunThereIsAnswered(t *testing.T) {
	t.Parallel()
	l := newLab(t, samltest.Registration{SignResponse: true})
	a := l.signIn()
	page, err := l.browser.Open(t.Context(), l.foreign.URL+"saml2/idp/SingleLogoutService.php?ReturnTo="+url.QueryEscape("http://127.0.0.1:9/goodbye"))
	if err != nil {
		t.Fatal(err)
	}
	m := l.readRedirect(page)
	if !m.Request || m.NameID != a.NameID || !cmp.Equal(m.SessionIndex, []string{a.SessionIndex}) {
		t.Fatalf("got %+v, want the name and session of %+v", m, a)
	}
	out, err := l.sp.LogoutResponse(l.idp, saml.NewID(), m.ID, m.RelayState, true, time.Now())
	if err != nil || out.Form != nil {
		t.Fatal(out, err)
	}
	if page, err = l.browser.Open(t.Context(), out.URL); err != nil {
		t.Fatal(err)
	}
	if page.Redirect != "http://127.0.0.1:9/goodbye" {
		t.Errorf("after the answer the identity provider shows (status %d, redirect %q): %s", page.Status, page.Redirect, page.Body)
	}
}

func TestLogoutByPostBegunThereIsAnswered(t *testing.T) {
	t.Parallel()
	l := newLab(t, samltest.Registration{SignResponse: true, LogoutByPost: true})
	a := l.signIn()
	page, err := l.browser.Open(t.Context(), l.foreign.URL+"saml2/idp/SingleLogoutService.php?ReturnTo="+url.QueryEscape("http://127.0.0.1:9/goodbye"))
	if err != nil {
		t.Fatal(err)
	}
	form, ok := page.Form("SAMLRequest")
	if !ok || form.Action != l.sp.SingleLogout {
		t.Fatalf("no request by form (status %d, redirect %q): %s", page.Status, page.Redirect, page.Body)
	}
	m, err := l.sp.ReadLogout(l.idp, http.MethodPost, "", form.Fields, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if !m.Request || m.NameID != a.NameID {
		t.Fatalf("got %+v", m)
	}
	l.idp.SingleLogout.Binding = saml.PostBinding
	out, err := l.sp.LogoutResponse(l.idp, saml.NewID(), m.ID, m.RelayState, true, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if page, err = l.browser.Submit(t.Context(), samltest.Form{Method: http.MethodPost, Action: out.URL, Fields: out.Form}); err != nil {
		t.Fatal(err)
	}
	if page.Redirect != "http://127.0.0.1:9/goodbye" {
		t.Errorf("after the answer the identity provider shows (status %d, redirect %q): %s", page.Status, page.Redirect, page.Body)
	}
}

func (l *lab) mustSignInAddress() string {
	l.t.Helper()
	address, err := l.sp.SignIn(l.idp, saml.NewID(), "", time.Now())
	if err != nil {
		l.t.Fatal(err)
	}
	return address
}

// readRedirect reads the logout message with which the identity provider sends the browser to us.
func (l *lab) readRedirect(page samltest.Page) saml.LogoutMessage {
	l.t.Helper()
	address, query, ok := strings.Cut(page.Redirect, "?")
	if !ok || address != l.sp.SingleLogout {
		l.t.Fatalf("no redirect to us (status %d, redirect %q): %s", page.Status, page.Redirect, page.Body)
	}
	m, err := l.sp.ReadLogout(l.idp, http.MethodGet, query, nil, time.Now())
	if err != nil {
		l.t.Fatal(err)
	}
	return m
}

func TestStoppedProvidersLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	foreign, err := samltest.StartIdentityProvider(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	foreign.Stop()
	if _, err := foreign.Metadata(t.Context()); err == nil {
		t.Error("it still answers")
	}
}

func TestAttacksOnGenuineResponsesAreRefused(t *testing.T) {
	t.Parallel()
	bases, err := samltest.Genuine(t.Context(), t.TempDir(), samltest.SignedBoth, samltest.EncryptedBoth)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := samltest.Corpus(bases[0], samltest.OfText)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(cases, bases[0].Case(), bases[1].Case()) {
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v\n%s", c.Name, err, c.Document())
		}
	}
}
