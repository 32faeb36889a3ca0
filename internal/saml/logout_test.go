package saml_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"scorehouse/internal/saml"
	"scorehouse/internal/samltest"
)

// sides returns us and an identity provider, each also in the part of the other: the messages of logout are the same in both directions.
func sides(t *testing.T, binding string) (us, them saml.ServiceProvider, theirView, ourView saml.IdentityProvider) {
	t.Helper()
	a := actors(t)
	us = samltest.NewScene(a, stage.now).SP
	them = saml.ServiceProvider{EntityID: "https://idp.example/", SingleLogout: "https://idp.example/bye", Keys: []saml.Key{a.IdP.Key}}
	theirView = saml.IdentityProvider{EntityID: us.EntityID, Certificates: samltest.Certificates(a.SP),
		SingleLogout: saml.Endpoint{Binding: binding, Location: us.SingleLogout, ResponseLocation: us.SingleLogout}}
	ourView = saml.IdentityProvider{EntityID: them.EntityID, Certificates: samltest.Certificates(a.Next, a.IdP), SingleSignOn: "https://idp.example/sso?tenant=1",
		SingleLogout: saml.Endpoint{Binding: binding, Location: them.SingleLogout, ResponseLocation: them.SingleLogout}}
	return us, them, theirView, ourView
}

var somebody = saml.NameID{Value: `a&b<"c">`, Format: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient", NameQualifier: "q", SPNameQualifier: "s"}

// arrives is what the receiver of a message gets.
func arrives(out saml.Outgoing) (method, query string, form url.Values) {
	if out.Form != nil {
		return http.MethodPost, "", out.Form
	}
	_, query, _ = strings.Cut(out.URL, "?")
	return http.MethodGet, query, nil
}

func TestLogoutMessagesAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for _, binding := range []string{saml.RedirectBinding, saml.PostBinding} {
		us, them, theirView, ourView := sides(t, binding)
		out, err := them.LogoutRequest(theirView, "_bye1", somebody, "session&1", "relay/ state", stage.now)
		if err != nil {
			t.Fatal(err)
		}
		method, query, form := arrives(out)
		m, err := us.ReadLogout(ourView, method, query, form, stage.now)
		if err != nil {
			t.Fatal(err)
		}
		if !m.Request || m.ID != "_bye1" || m.NameID != somebody || len(m.SessionIndex) != 1 || m.SessionIndex[0] != "session&1" || m.RelayState != "relay/ state" {
			t.Errorf("%s: got %+v", binding, m)
		}
		if peeked, err := saml.PeekLogout(method, query, form); err != nil || peeked.Issuer != them.EntityID {
			t.Errorf("%s: peeked %+v, %v", binding, peeked, err)
		}
		for _, success := range []bool{true, false} {
			out, err := them.LogoutResponse(theirView, "_bye2", "_ours", "", success, stage.now)
			if err != nil {
				t.Fatal(err)
			}
			method, query, form := arrives(out)
			m, err := us.ReadLogout(ourView, method, query, form, stage.now)
			if err != nil || m.Request || m.Success != success || m.InResponseTo != "_ours" {
				t.Errorf("%s: got %+v, %v", binding, m, err)
			}
		}
	}
}

func TestLogoutMessagesThatAreWrongAreRefused(t *testing.T) {
	t.Parallel()
	us, them, theirView, ourView := sides(t, saml.RedirectBinding)
	a := actors(t)
	request := func(from saml.ServiceProvider, to saml.IdentityProvider, at time.Time) string {
		out, err := from.LogoutRequest(to, "_bye1", somebody, "s", "relay", at)
		if err != nil {
			t.Fatal(err)
		}
		_, query, _ := arrives(out)
		return query
	}
	good := request(them, theirView, stage.now)
	replace := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	elsewhere, stranger, namesake := theirView, them, them
	elsewhere.SingleLogout.Location = "https://other.example/saml/logout"
	stranger.EntityID = "https://other.example/"
	namesake.Keys = []saml.Key{a.Other.Key}
	unnamed, err := them.LogoutRequest(theirView, "_bye1", saml.NameID{}, "", "", stage.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		query string
		want  saml.Reason
	}{
		{"not signed", good[:strings.Index(good, "&Signature=")], saml.Unsigned},
		{"signed by somebody else", request(namesake, theirView, stage.now), saml.Signature},
		{"another relay state", replace("RelayState=relay", "RelayState=other"), saml.Signature},
		{"no relay state", replace("&RelayState=relay", ""), saml.Signature},
		{"the same letters, escaped otherwise", replace("RelayState=relay", "RelayState=%72elay"), saml.Signature},
		{"another message", replace("SAMLRequest=", "SAMLRequest="+url.QueryEscape(packed(t, "<a/>"))+"&x="), saml.Signature},
		{"SHA-1", replace(url.QueryEscape("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"), url.QueryEscape("http://www.w3.org/2000/09/xmldsig#rsa-sha1")), saml.Algorithm},
		{"two messages", good + "&SAMLRequest=x", saml.Malformed},
		{"two relay states", good + "&RelayState=x", saml.Malformed},
		{"a request and a response", good + "&SAMLResponse=x", saml.Malformed},
		{"an escaped name", good + "&SAML%52equest=x", saml.Malformed},
		{"a request as a response", replace("SAMLRequest=", "SAMLResponse="), saml.Signature},
		{"no message", "RelayState=relay", saml.Malformed},
		{"not base64", "SAMLRequest=!&SigAlg=a&Signature=YQ", saml.Malformed},
		{"packed in another way", good + "&SAMLEncoding=gzip", saml.Malformed},
		{"a bomb", replace("SAMLRequest=", "SAMLRequest="+url.QueryEscape(packed(t, strings.Repeat("<a></a>", 1<<20)))+"&x="), saml.TooLarge},
		{"another destination", request(them, elsewhere, stage.now), saml.Destination},
		{"another issuer", request(stranger, theirView, stage.now), saml.Issuer},
		{"stale", request(them, theirView, stage.now.Add(-7*time.Minute)), saml.TooOld},
		{"from the future", request(them, theirView, stage.now.Add(2*time.Minute)), saml.TooEarly},
		{"about nobody", unnamed.URL[strings.Index(unnamed.URL, "?")+1:], saml.Subject},
	} {
		_, err := us.ReadLogout(ourView, http.MethodGet, c.query, nil, stage.now)
		var refused *saml.Refused
		if !errors.As(err, &refused) || refused.Reason != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	ourView.ValidUntil = stage.now
	var refused *saml.Refused
	if _, err := us.ReadLogout(ourView, http.MethodGet, good, nil, stage.now); !errors.As(err, &refused) || refused.Reason != saml.Provider {
		t.Errorf("expired metadata: got %v", err)
	}
}

func TestPostedLogoutMessagesThatAreWrongAreRefused(t *testing.T) {
	t.Parallel()
	us, them, theirView, ourView := sides(t, saml.PostBinding)
	out, err := them.LogoutRequest(theirView, "_bye1", somebody, "s", "relay", stage.now)
	if err != nil {
		t.Fatal(err)
	}
	good, err := base64.StdEncoding.DecodeString(out.Form.Get("SAMLRequest"))
	if err != nil {
		t.Fatal(err)
	}
	if err := samltest.Verify(good, samltest.OfRoot, actors(t).IdP.CertificateFile); err != nil {
		t.Errorf("xmlsec1 does not believe our signature: %v", err)
	}
	text := string(good)
	start, end := strings.Index(text, "<ds:Signature "), strings.Index(text, "</ds:Signature>")+len("</ds:Signature>")
	if start < 0 || end < start {
		t.Fatalf("no signature in %s", text)
	}
	form := func(text string) url.Values {
		return url.Values{"SAMLRequest": {base64.StdEncoding.EncodeToString([]byte(text))}}
	}
	for _, c := range []struct {
		name string
		form url.Values
		want saml.Reason
	}{
		{"not signed", form(text[:start] + text[end:]), saml.Unsigned},
		{"changed", form(strings.Replace(text, "a&amp;b", "b&amp;b", 1)), saml.Signature},
		{"a second name", form(strings.Replace(text, "<samlp:SessionIndex>", `<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">mallory</saml:NameID><samlp:SessionIndex>`, 1)), saml.Structure},
		{"a comment", form(strings.Replace(text, "a&amp;b", "a<!-- -->&amp;b", 1)), saml.Forbidden},
		{"a document type", form("<!DOCTYPE a>" + text), saml.Forbidden},
		{"the signature elsewhere", form(strings.Replace(text[:start]+text[end:], "<samlp:SessionIndex>", "<samlp:SessionIndex>"+text[start:end], 1)), saml.Structure},
		{"a request in the field for responses", url.Values{"SAMLResponse": form(text)["SAMLRequest"]}, saml.Structure},
		{"two messages", url.Values{"SAMLRequest": {out.Form.Get("SAMLRequest"), "x"}}, saml.Malformed},
		{"nothing", url.Values{}, saml.Malformed},
		{"a sign-in response", form(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>`), saml.Structure},
	} {
		_, err := us.ReadLogout(ourView, http.MethodPost, "", c.form, stage.now)
		var refused *saml.Refused
		if !errors.As(err, &refused) || refused.Reason != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestAProviderWithoutLogoutIsToldApart(t *testing.T) {
	t.Parallel()
	us, _, _, ourView := sides(t, saml.RedirectBinding)
	ourView.SingleLogout = saml.Endpoint{}
	if _, err := us.LogoutRequest(ourView, "_a", somebody, "", "", stage.now); !errors.Is(err, saml.ErrNoSingleLogout) {
		t.Errorf("got %v", err)
	}
	if _, err := us.LogoutResponse(ourView, "_a", "_b", "", true, stage.now); !errors.Is(err, saml.ErrNoSingleLogout) {
		t.Errorf("got %v", err)
	}
}
