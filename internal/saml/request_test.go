package saml_test

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/url"
	"strings"
	"testing"

	"scorehouse/internal/saml"
)

// packed is a message as the redirect binding packs it.
func packed(t *testing.T, message string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, message); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func TestARequestToSignInIsSignedOverItsQuery(t *testing.T) {
	t.Parallel()
	us, _, _, idp := sides(t, saml.RedirectBinding)
	address, err := us.SignIn(idp, "_id1", "relay state/+", stage.now)
	if err != nil {
		t.Fatal(err)
	}
	rest, ok := strings.CutPrefix(address, "https://idp.example/sso?tenant=1&")
	if !ok {
		t.Fatalf("the address is %s", address)
	}
	signed, signature, _ := strings.Cut(rest, "&Signature=")
	query, err := url.ParseQuery(rest)
	if err != nil {
		t.Fatal(err)
	}
	value, err := base64.StdEncoding.DecodeString(query.Get("Signature"))
	if err != nil || strings.Contains(signature, "&") {
		t.Fatalf("signature %q: %v", signature, err)
	}
	digest := sha256.Sum256([]byte(signed))
	if err := rsa.VerifyPKCS1v15(&us.Keys[0].Private.PublicKey, crypto.SHA256, digest[:], value); err != nil {
		t.Error(err)
	}
	if query.Get("RelayState") != "relay state/+" {
		t.Errorf("RelayState is %q", query.Get("RelayState"))
	}
	data, err := base64.StdEncoding.DecodeString(query.Get("SAMLRequest"))
	if err != nil {
		t.Fatal(err)
	}
	message, err := io.ReadAll(flate.NewReader(bytes.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	var request struct {
		XMLName                                   xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol AuthnRequest"`
		ID, Version, Destination, ProtocolBinding string   `xml:",attr"`
		Consumer                                  string   `xml:"AssertionConsumerServiceURL,attr"`
		Issued                                    string   `xml:"IssueInstant,attr"`
		Issuer                                    string   `xml:"urn:oasis:names:tc:SAML:2.0:assertion Issuer"`
		Policy                                    struct {
			AllowCreate bool   `xml:",attr"`
			Format      string `xml:",attr"`
		} `xml:"urn:oasis:names:tc:SAML:2.0:protocol NameIDPolicy"`
	}
	if err := xml.Unmarshal(message, &request); err != nil {
		t.Fatal(err)
	}
	if request.ID != "_id1" || request.Version != "2.0" || request.Destination != idp.SingleSignOn || request.Consumer != us.AssertionConsumer ||
		request.Issuer != us.EntityID || request.Issued != stage.now.Format("2006-01-02T15:04:05Z") || !request.Policy.AllowCreate ||
		request.Policy.Format != "urn:oasis:names:tc:SAML:2.0:nameid-format:transient" || request.ProtocolBinding != saml.PostBinding {
		t.Errorf("got %+v", request)
	}
}

func TestARequestToSignInNeedsAKeyAndAProviderThatIsValid(t *testing.T) {
	t.Parallel()
	us, _, _, idp := sides(t, saml.RedirectBinding)
	if _, err := us.SignIn(idp, "_a", strings.Repeat("x", 81), stage.now); err == nil {
		t.Error("a long RelayState is sent")
	}
	expired := idp
	expired.ValidUntil = stage.now
	if _, err := us.SignIn(expired, "_a", "", stage.now); err == nil {
		t.Error("a request goes to a provider whose metadata have expired")
	}
	us.Keys = nil
	if _, err := us.SignIn(idp, "_a", "", stage.now); err == nil {
		t.Error("a request goes out unsigned")
	}
}

func TestIdsAreNewAndNamesInXML(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		id := saml.NewID()
		if seen[id] || !strings.HasPrefix(id, "_") || len(id) < 20 {
			t.Errorf("got %q", id)
		}
		seen[id] = true
	}
}

func TestPeekReadsIssuerAndRequest(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	for name, document := range r.responses {
		got, err := saml.Peek(base64.StdEncoding.EncodeToString(document))
		if err != nil || got.Issuer != r.IdP.EntityID || got.InResponseTo != r.RequestID {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for _, text := range []string{"", "!", "PA=="} {
		if _, err := saml.Peek(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}
