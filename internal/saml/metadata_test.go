package saml_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/saml"
	"scorehouse/internal/samltest"
)

// metadata writes the metadata of an identity provider around a few parts.
func metadata(attributes string, parts ...string) string {
	return fmt.Sprintf(`<!-- written by hand --><md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example/" %s>
	<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">%s</md:IDPSSODescriptor></md:EntityDescriptor>`, attributes, strings.Join(parts, "\n"))
}

func keyPart(use string, certificate *x509.Certificate) string {
	return fmt.Sprintf(`<md:KeyDescriptor %s><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
		%s
	</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`, use, base64.StdEncoding.EncodeToString(certificate.Raw))
}

const (
	signOnPart = `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/post"/>
		<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/redirect?a=b"/>`
	logoutPart = `<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/bye" ResponseLocation="https://idp.example/byebye"/>`
)

func TestMetadataOfAProviderAreRead(t *testing.T) {
	t.Parallel()
	a := actors(t)
	got, err := saml.ParseMetadata([]byte(metadata(`validUntil="2030-01-02T03:04:05Z"`, keyPart(`use="signing"`, a.IdP.Certificate), keyPart("", a.Next.Certificate),
		keyPart(`use="encryption"`, a.Other.Certificate), logoutPart, signOnPart)))
	if err != nil {
		t.Fatal(err)
	}
	want := saml.IdentityProvider{EntityID: "https://idp.example/", Certificates: []*x509.Certificate{a.IdP.Certificate, a.Next.Certificate},
		SingleSignOn: "https://idp.example/redirect?a=b",
		SingleLogout: saml.Endpoint{Binding: saml.PostBinding, Location: "https://idp.example/bye", ResponseLocation: "https://idp.example/byebye"},
		ValidUntil:   time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *x509.Certificate) bool { return a.Equal(b) })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheEarliestEndOfMetadataCounts(t *testing.T) {
	t.Parallel()
	one := metadata(`validUntil="2030-01-02T03:04:05Z"`, keyPart("", actors(t).IdP.Certificate), signOnPart)
	all := `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="2029-01-01T00:00:00Z">` + one + `</md:EntitiesDescriptor>`
	got, err := saml.ParseMetadata([]byte(all))
	if want := time.Date(2029, 1, 1, 0, 0, 0, 0, time.UTC); err != nil || !got.ValidUntil.Equal(want) {
		t.Errorf("got %v, %v, want %v", got.ValidUntil, err, want)
	}
}

func TestMetadataThatCannotBeUsedAreRefusedWithAReason(t *testing.T) { // not parallel: a weak key needs a setting of the process
	a := actors(t)
	key := keyPart("", a.IdP.Certificate)
	one := metadata("", key, signOnPart)
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "not one whole XML document"},
		{"a document type", "<!DOCTYPE a>" + one, "document type"},
		{"a service provider", `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"/>`, "no identity provider"},
		{"two providers", `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">` + one + one + `</md:EntitiesDescriptor>`, "several identity providers"},
		{"no name", strings.Replace(one, "entityID", "id", 1), "no entityID"},
		{"no key", metadata("", signOnPart), "no signing certificate"},
		{"a weak key", metadata("", keyPart("", weak(t)), signOnPart), "2048 bits"},
		{"a certificate that is none", metadata("", strings.Replace(key, "MII", "AAA", 1), signOnPart), "cannot be read"},
		{"no way to sign on", metadata("", key), "redirect binding"},
		{"sign-on without TLS", metadata("", key, strings.ReplaceAll(signOnPart, "https:", "http:")), "not https"},
		{"sign-on by script", metadata("", key, strings.ReplaceAll(signOnPart, "https://idp.example", "javascript:")), "not an address"},
		{"logout without TLS", metadata("", key, signOnPart, strings.ReplaceAll(logoutPart, "https:", "http:")), "not https"},
		{"an end that is none", metadata(`validUntil="soon"`, key, signOnPart), "not an instant"},
	} {
		if _, err := saml.ParseMetadata([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		}
	}
}

// weak returns a certificate with an RSA key of 1024 bits.
func weak(t *testing.T) *x509.Certificate {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestOurMetadataShowAllKeysTheFirstFirst(t *testing.T) {
	t.Parallel()
	a := actors(t)
	sp := samltest.NewScene(a, stage.now).SP
	sp.Keys = []saml.Key{a.SPNext.Key, a.SP.Key}
	sp.EntityID = `https://scorehouse.example/?a="&<`
	got := sp.Metadata()
	if !bytes.Equal(got, sp.Metadata()) {
		t.Error("two calls differ")
	}
	next, first := base64.StdEncoding.EncodeToString(a.SPNext.Certificate.Raw), base64.StdEncoding.EncodeToString(a.SP.Certificate.Raw)
	for text, n := range map[string]int{next: 2, first: 2, `entityID="https://scorehouse.example/?a=&#34;&amp;&lt;"`: 1, sp.AssertionConsumer: 1, sp.SingleLogout: 2, "aes128-cbc": 0} {
		if count := strings.Count(string(got), text); count != n {
			t.Errorf("%.80q is there %d times, want %d", text, count, n)
		}
	}
	if strings.Index(string(got), next) > strings.Index(string(got), first) {
		t.Error("the first key does not come first")
	}
}

func TestKeysSurviveWritingAndReading(t *testing.T) {
	t.Parallel()
	key, err := saml.NewKey("scorehouse", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	again, err := saml.ParseKey(text)
	if err != nil || !again.Private.Equal(key.Private) || !again.Certificate.Equal(key.Certificate) {
		t.Errorf("got %v, %v", again, err)
	}
	mine, theirs := actors(t).SP.Key, actors(t).Other.Key
	mixed, err := saml.Key{Private: mine.Private, Certificate: theirs.Certificate}.PEM()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"nothing": nil, "half": text[:len(text)/2], "a foreign certificate": mixed} {
		if _, err := saml.ParseKey(text); err == nil {
			t.Errorf("%s is read as a key", name)
		}
	}
}
