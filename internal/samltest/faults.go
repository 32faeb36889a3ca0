package samltest

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/beevik/etree"

	"scorehouse/internal/saml"
)

func whenKnown(b Base) bool { return b.Plain != nil }

// fault is a response that is wrong in one place and properly signed.
func fault(name string, want saml.Reason, edit func(b Base, response, assertion *etree.Element)) attack {
	return attack{name: name, want: want, applies: whenKnown, how: func(b Base) ([]byte, error) {
		return b.edited(func(r, a *etree.Element) { edit(b, r, a) })
	}}
}

// signedAs is a response whose signature is made in another way.
func signedAs(name string, want saml.Reason, change func(b *Base) error) attack {
	return attack{name: name, want: want, applies: whenKnown, how: func(b Base) ([]byte, error) {
		if err := change(&b); err != nil {
			return nil, err
		}
		return b.make(b.Plain)
	}}
}

func set(e *etree.Element, path, name, value string) {
	if path != "" {
		e = e.FindElement(path)
	}
	e.CreateAttr(name, value)
}

func unset(e *etree.Element, path, name string) {
	if path != "" {
		e = e.FindElement(path)
	}
	e.RemoveAttr(name)
}

func drop(e *etree.Element, path string) {
	found := e.FindElement(path)
	found.Parent().RemoveChild(found)
}

// beside makes an element in the same namespace as e.
func beside(e *etree.Element, tag string) *etree.Element {
	n := etree.NewElement(tag)
	n.Space = e.Space
	return n
}

// foreign gives an element another namespace.
func foreign(e *etree.Element) {
	e.CreateAttr("xmlns:evil", "urn:evil")
	e.Space = "evil"
}

const (
	confirmation = ".//SubjectConfirmation"
	confirmed    = ".//SubjectConfirmationData"
	conditions   = "./Conditions"
	authn        = "./AuthnStatement"
	success      = "urn:oasis:names:tc:SAML:2.0:status:Success"
	responder    = "urn:oasis:names:tc:SAML:2.0:status:Responder"
)

// faults are re-signed by xmlsec1.
var faults = []attack{
	fault("not successful", saml.Status, func(_ Base, r, _ *etree.Element) { set(r, ".//StatusCode", "Value", responder) }),
	fault("successful below, not above", saml.Status, func(_ Base, r, _ *etree.Element) {
		code := r.FindElement(".//StatusCode")
		inner := code.Copy()
		code.CreateAttr("Value", responder)
		code.AddChild(inner)
	}),
	fault("a status that only ends in Success", saml.Status, func(_ Base, r, _ *etree.Element) { set(r, ".//StatusCode", "Value", "urn:other:Success") }),
	fault("no status", saml.Status, func(_ Base, r, _ *etree.Element) { drop(r, "./Status") }),
	fault("response of SAML 1.1", saml.Version, func(_ Base, r, _ *etree.Element) { set(r, "", "Version", "1.1") }),
	fault("assertion of SAML 1.1", saml.Version, func(_ Base, _, a *etree.Element) { set(a, "", "Version", "1.1") }),
	fault("another issuer of the response", saml.Issuer, func(_ Base, r, _ *etree.Element) { r.SelectElement("Issuer").SetText("https://evil.example/") }),
	fault("another issuer of the assertion", saml.Issuer, func(_ Base, _, a *etree.Element) { a.SelectElement("Issuer").SetText("https://evil.example/") }),
	fault("no issuer of the assertion", saml.Issuer, func(_ Base, _, a *etree.Element) { drop(a, "./Issuer") }),
	fault("an issuer of another format", saml.Issuer, func(_ Base, _, a *etree.Element) {
		set(a, "./Issuer", "Format", "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress")
	}),
	fault("an issuer in a foreign namespace", saml.Structure, func(_ Base, _, a *etree.Element) { foreign(a.SelectElement("Issuer")) }),
	fault("another destination", saml.Destination, func(_ Base, r, _ *etree.Element) { set(r, "", "Destination", "https://other.example/saml_post") }),
	fault("a destination that only begins right", saml.Destination, func(b Base, r, _ *etree.Element) { set(r, "", "Destination", b.SP.AssertionConsumer+"/x") }),
	fault("no destination", saml.Destination, func(_ Base, r, _ *etree.Element) { unset(r, "", "Destination") }),
	fault("a destination with a prefix", saml.Destination, func(b Base, r, _ *etree.Element) {
		unset(r, "", "Destination")
		set(r, "", "xmlns:x", "urn:x")
		set(r, "", "x:Destination", b.SP.AssertionConsumer)
	}),
	fault("the answer to another request", saml.InResponseTo, func(_ Base, r, _ *etree.Element) {
		set(r, "", "InResponseTo", "_other")
		set(r, confirmed, "InResponseTo", "_other")
	}),
	fault("the response answers another request", saml.InResponseTo, func(_ Base, r, _ *etree.Element) { set(r, "", "InResponseTo", "_other") }),
	fault("the confirmation answers another request", saml.InResponseTo, func(_ Base, _, a *etree.Element) { set(a, confirmed, "InResponseTo", "_other") }),
	fault("the answer to no request", saml.InResponseTo, func(_ Base, r, _ *etree.Element) {
		unset(r, "", "InResponseTo")
		unset(r, confirmed, "InResponseTo")
	}),
	fault("the confirmation answers no request", saml.InResponseTo, func(_ Base, _, a *etree.Element) { unset(a, confirmed, "InResponseTo") }),
	fault("a response from the future", saml.TooEarly, func(b Base, r, _ *etree.Element) { set(r, "", "IssueInstant", stamp(b.Now.Add(2*time.Minute))) }),
	fault("an assertion from the future", saml.TooEarly, func(b Base, _, a *etree.Element) { set(a, "", "IssueInstant", stamp(b.Now.Add(2*time.Minute))) }),
	fault("a stale response", saml.TooOld, func(b Base, r, _ *etree.Element) { set(r, "", "IssueInstant", stamp(b.Now.Add(-7*time.Minute))) }),
	fault("a stale assertion", saml.TooOld, func(b Base, _, a *etree.Element) { set(a, "", "IssueInstant", stamp(b.Now.Add(-7*time.Minute))) }),
	fault("no instant of the assertion", saml.Malformed, func(_ Base, _, a *etree.Element) { unset(a, "", "IssueInstant") }),
	fault("an instant without zone", saml.Malformed, func(b Base, r, _ *etree.Element) {
		set(r, "", "IssueInstant", b.Now.UTC().Format("2006-01-02T15:04:05"))
	}),
	fault("an instant that is none", saml.Malformed, func(_ Base, _, a *etree.Element) { set(a, conditions, "NotOnOrAfter", "tomorrow") }),
	fault("conditions that are over", saml.Expired, func(b Base, _, a *etree.Element) {
		set(a, conditions, "NotOnOrAfter", stamp(b.Now.Add(-61*time.Second)))
	}),
	fault("conditions that are yet to come", saml.TooEarly, func(b Base, _, a *etree.Element) { set(a, conditions, "NotBefore", stamp(b.Now.Add(62*time.Second))) }),
	fault("a confirmation that is over", saml.Expired, func(b Base, _, a *etree.Element) {
		set(a, confirmed, "NotOnOrAfter", stamp(b.Now.Add(-61*time.Second)))
	}),
	fault("a confirmation that is yet to come", saml.TooEarly, func(b Base, _, a *etree.Element) { set(a, confirmed, "NotBefore", stamp(b.Now.Add(62*time.Second))) }),
	fault("a confirmation without end", saml.Confirmation, func(_ Base, _, a *etree.Element) { unset(a, confirmed, "NotOnOrAfter") }),
	fault("another recipient", saml.Recipient, func(_ Base, _, a *etree.Element) { set(a, confirmed, "Recipient", "https://other.example/saml_post") }),
	fault("no recipient", saml.Recipient, func(_ Base, _, a *etree.Element) { unset(a, confirmed, "Recipient") }),
	fault("no confirmation", saml.Confirmation, func(_ Base, _, a *etree.Element) { drop(a, confirmation) }),
	fault("an empty confirmation", saml.Confirmation, func(_ Base, _, a *etree.Element) { drop(a, confirmed) }),
	fault("confirmed by holder of key", saml.Confirmation, func(_ Base, _, a *etree.Element) {
		set(a, confirmation, "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
	}),
	fault("confirmed by sender", saml.Confirmation, func(_ Base, _, a *etree.Element) {
		set(a, confirmation, "Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")
	}),
	fault("no subject", saml.Subject, func(_ Base, _, a *etree.Element) { drop(a, "./Subject") }),
	fault("no name", saml.Subject, func(_ Base, _, a *etree.Element) { drop(a, ".//NameID") }),
	fault("an empty name", saml.Subject, func(_ Base, _, a *etree.Element) { a.FindElement(".//NameID").SetText(" ") }),
	fault("two names", saml.Subject, func(_ Base, _, a *etree.Element) {
		subject := a.SelectElement("Subject")
		subject.AddChild(subject.SelectElement("NameID").Copy())
	}),
	fault("a name in a foreign namespace", saml.Subject, func(_ Base, _, a *etree.Element) { foreign(a.FindElement(".//NameID")) }),
	fault("a second name in a foreign namespace", saml.Subject, func(_ Base, _, a *etree.Element) {
		subject := a.SelectElement("Subject")
		name := subject.SelectElement("NameID").Copy()
		name.SetText("mallory")
		foreign(name)
		subject.InsertChildAt(0, name)
	}),
	fault("a name with elements in it", saml.Subject, func(_ Base, _, a *etree.Element) {
		name := a.FindElement(".//NameID")
		name.AddChild(beside(name, "x"))
	}),
	fault("an encrypted name", saml.Subject, func(_ Base, _, a *etree.Element) { a.FindElement(".//NameID").Tag = "EncryptedID" }),
	fault("another audience", saml.Audience, func(_ Base, _, a *etree.Element) { a.FindElement(".//Audience").SetText("https://other.example/") }),
	fault("an audience that only begins right", saml.Audience, func(b Base, _, a *etree.Element) {
		a.FindElement(".//Audience").SetText(b.SP.EntityID + ".evil.example")
	}),
	fault("no audience", saml.Audience, func(_ Base, _, a *etree.Element) { drop(a, ".//Audience") }),
	fault("no audience restriction", saml.Audience, func(_ Base, _, a *etree.Element) { drop(a, ".//AudienceRestriction") }),
	fault("a second restriction to others", saml.Audience, func(_ Base, _, a *etree.Element) {
		restriction := a.FindElement(".//AudienceRestriction")
		second := restriction.Copy()
		second.SelectElement("Audience").SetText("https://other.example/")
		restriction.Parent().AddChild(second)
	}),
	fault("no conditions", saml.Condition, func(_ Base, _, a *etree.Element) { drop(a, conditions) }),
	fault("an unknown condition", saml.Condition, func(_ Base, _, a *etree.Element) {
		c := a.SelectElement("Conditions")
		c.AddChild(beside(c, "Condition"))
	}),
	fault("an audience restriction in a foreign namespace", saml.Condition, func(_ Base, _, a *etree.Element) { foreign(a.FindElement(".//AudienceRestriction")) }),
	fault("no statement of authentication", saml.Statement, func(_ Base, _, a *etree.Element) { drop(a, authn) }),
	fault("two statements of authentication", saml.Structure, func(_ Base, _, a *etree.Element) { a.AddChild(a.SelectElement("AuthnStatement").Copy()) }),
	fault("a statement that does not say when", saml.Statement, func(_ Base, _, a *etree.Element) { unset(a, authn, "AuthnInstant") }),
	fault("an authentication in the future", saml.TooEarly, func(b Base, _, a *etree.Element) { set(a, authn, "AuthnInstant", stamp(b.Now.Add(2*time.Minute))) }),
	fault("a session that is over", saml.SessionOver, func(b Base, _, a *etree.Element) {
		set(a, authn, "SessionNotOnOrAfter", stamp(b.Now.Add(-61*time.Second)))
	}),
	fault("an attribute without name", saml.Malformed, func(_ Base, _, a *etree.Element) { unset(a, ".//Attribute", "Name") }),
	fault("an assertion in Advice", saml.Structure, func(_ Base, _, a *etree.Element) {
		advice := beside(a, "Advice")
		advice.AddChild(evil(a))
		a.InsertChildAt(3, advice)
	}),
	{name: "no issuer of a signed response", want: saml.Issuer, applies: func(b Base) bool { return whenKnown(b) && b.Kind.SignResponse }, how: func(b Base) ([]byte, error) {
		return b.edited(func(r, _ *etree.Element) { drop(r, "./Issuer") })
	}},
	{name: "neither signed", want: saml.Unsigned, applies: whenKnown, how: func(b Base) ([]byte, error) {
		b.Kind.SignAssertion, b.Kind.SignResponse = false, false
		return b.make(b.Plain)
	}},

	signedAs("a signature by SHA-1", saml.Algorithm, func(b *Base) error { b.Signing.Method = signatureNS + "rsa-sha1"; return nil }),
	signedAs("a digest by SHA-1", saml.Algorithm, func(b *Base) error { b.Signing.Digest = signatureNS + "sha1"; return nil }),
	signedAs("an HMAC keyed with the certificate", saml.Algorithm, func(b *Base) error { return b.hmac(b.Actors.IdP.Certificate.Raw) }),
	signedAs("an HMAC keyed with the certificate's PEM", saml.Algorithm, func(b *Base) error {
		pem, err := os.ReadFile(b.Actors.IdP.CertificateFile)
		if err != nil {
			return err
		}
		return b.hmac(pem)
	}),
	signedAs("inclusive canonicalization of the content", saml.Algorithm, func(b *Base) error {
		b.Signing.Transforms = []string{signatureNS + "enveloped-signature", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"}
		return nil
	}),
	signedAs("inclusive canonicalization of the signature", saml.Algorithm, func(b *Base) error {
		b.Signing.Canonicalization = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
		return nil
	}),
	signedAs("canonicalization with comments", saml.Algorithm, func(b *Base) error {
		b.Signing.Transforms = []string{signatureNS + "enveloped-signature", exclusive + "WithComments"}
		return nil
	}),
	signedAs("one transform", saml.Structure, func(b *Base) error { b.Signing.Transforms = []string{signatureNS + "enveloped-signature"}; return nil }),
	signedAs("another key with its own certificate", saml.Signature, func(b *Base) error { b.Actors.IdP = b.Actors.Other; return nil }),
	signedAs("another key without certificate", saml.Signature, func(b *Base) error { b.Actors.IdP = b.Actors.Other; b.Signing.NoKeyInfo = true; return nil }),
	signedAs("another key with the genuine certificate", saml.Signature, func(b *Base) error {
		b.Signing.KeyInfo = b.Actors.IdP.Certificate
		b.Actors.IdP = b.Actors.Other
		return nil
	}),
}

// hmac makes a base sign with an HMAC.
func (b *Base) hmac(key []byte) error {
	file := filepath.Join(filepath.Dir(b.Actors.IdP.PrivateFile), fmt.Sprintf("hmac%d.key", len(key)))
	if err := os.WriteFile(file, key, 0o600); err != nil {
		return err
	}
	b.Signing.Method = moreNS + "hmac-sha256"
	b.Signing.KeyArguments = []string{"--hmackey", file}
	return nil
}

// encrypted is a response whose assertion is encrypted in another way.
func encrypted(name string, want saml.Reason, change func(b *Base)) attack {
	return attack{name: name, want: want, applies: func(b Base) bool { return whenEncrypted(b) && whenKnown(b) }, how: func(b Base) ([]byte, error) {
		change(&b)
		return b.make(b.Plain)
	}}
}

// ciphered edits the encrypted assertion, before the response is signed where it is.
func ciphered(name string, want saml.Reason, edit func(encrypted *etree.Element)) attack {
	return attack{name: name, want: want, applies: func(b Base) bool { return whenEncrypted(b) && whenKnown(b) }, how: func(b Base) ([]byte, error) {
		unsigned := b
		unsigned.Kind.SignResponse = false
		document, err := unsigned.make(b.Plain)
		if err != nil {
			return nil, err
		}
		doc := etree.NewDocument()
		if err := doc.ReadFromBytes(document); err != nil {
			return nil, err
		}
		edit(doc.Root().SelectElement("EncryptedAssertion"))
		if document, err = doc.WriteToBytes(); err != nil || !b.Kind.SignResponse {
			return document, err
		}
		return b.Signing.sign(document, OfRoot, b.Actors.IdP)
	}}
}

// flip changes one bit of a base64 text.
func flip(e *etree.Element, fromEnd int) {
	data, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.Text()), ""))
	if err != nil || len(data) < fromEnd {
		return
	}
	data[len(data)-fromEnd] ^= 1
	e.SetText(base64.StdEncoding.EncodeToString(data))
}

const contentValue = "./EncryptedData/CipherData/CipherValue"

// encryptions are attacks on encrypted assertions.
var encryptions = []attack{
	encrypted("encrypted to somebody else", saml.Decryption, func(b *Base) { b.Encryption.Recipient = b.Actors.Other }),
	encrypted("a key by RSA 1.5", saml.Algorithm, func(b *Base) { b.Encryption.Key = encryptionNS + "rsa-1_5" }),
	encrypted("content by triple DES", saml.Algorithm, func(b *Base) { b.Encryption.Content = encryptionNS + "tripledes-cbc" }),
	{name: "content by AES-CBC", want: saml.Algorithm, applies: func(b Base) bool { return whenEncrypted(b) && whenKnown(b) },
		scene: func(b *Base) { b.SP.AllowCBC = false }, how: func(b Base) ([]byte, error) {
			b.Encryption.Content = encryptionNS + "aes256-cbc"
			return b.make(b.Plain)
		}},
	{name: "content by AES-CBC, allowed, in a response that is not signed", want: saml.Unsigned, applies: func(b Base) bool { return b.Kind == EncryptedAssertion && whenKnown(b) },
		scene: func(b *Base) { b.SP.AllowCBC = true }, how: func(b Base) ([]byte, error) {
			b.Encryption.Content = encryptionNS + "aes256-cbc"
			return b.make(b.Plain)
		}},
	ciphered("a changed bit at the end", saml.Decryption, func(e *etree.Element) { flip(e.FindElement(contentValue), 1) }),
	ciphered("a changed bit in the middle", saml.Decryption, func(e *etree.Element) { flip(e.FindElement(contentValue), 500) }),
	ciphered("a changed bit in the key", saml.Decryption, func(e *etree.Element) { flip(e.FindElement(".//EncryptedKey//CipherValue"), 9) }),
	ciphered("content that is cut off", saml.Decryption, func(e *etree.Element) { e.FindElement(contentValue).SetText("AAAA") }),
	ciphered("content that is empty", saml.Decryption, func(e *etree.Element) { e.FindElement(contentValue).SetText("") }),
	ciphered("content elsewhere", saml.Decryption, func(e *etree.Element) {
		e.FindElement("./EncryptedData/CipherData").ChildElements()[0].Tag = "CipherReference"
	}),
	ciphered("no content", saml.Structure, func(e *etree.Element) { drop(e, "./EncryptedData") }),
	ciphered("no key", saml.Structure, func(e *etree.Element) { drop(e, ".//EncryptedKey") }),
	ciphered("four keys", saml.Structure, func(e *etree.Element) {
		key := e.FindElement(".//EncryptedKey")
		for range 3 {
			key.Parent().AddChild(key.Copy())
		}
	}),
	ciphered("a key with a label", saml.Algorithm, func(e *etree.Element) {
		method := e.FindElement(".//EncryptedKey/EncryptionMethod")
		method.AddChild(beside(method, "OAEPparams"))
	}),
	ciphered("no algorithm", saml.Algorithm, func(e *etree.Element) { drop(e, "./EncryptedData/EncryptionMethod") }),
	plaintext("an attacker's own assertion, encrypted", saml.Unsigned, func(b Base, p []byte) []byte {
		doc := etree.NewDocument()
		doc.SetRoot(evilPlain(b))
		out, _ := doc.WriteToBytes()
		return out
	}),
	plaintext("a comment in what is encrypted", saml.Forbidden, func(_ Base, p []byte) []byte { return bytes.Replace(p, []byte("</"), []byte("<!-- --></"), 1) }),
	plaintext("a document type in what is encrypted", saml.Forbidden, func(_ Base, p []byte) []byte { return append([]byte("<!DOCTYPE a>"), p...) }),
	plaintext("two assertions in what is encrypted", saml.Malformed, func(_ Base, p []byte) []byte { return append(p, p...) }),
	plaintext("an attribute in what is encrypted", saml.Structure, func(Base, []byte) []byte { return []byte(`<saml:Attribute xmlns:saml="` + assertionNS + `"/>`) }),
	plaintext("text in what is encrypted", saml.Malformed, func(Base, []byte) []byte { return []byte("mallory") }),
	plaintext("an assertion around the signed one in what is encrypted", saml.Structure, func(b Base, p []byte) []byte {
		e := evilPlain(b)
		doc := etree.NewDocument()
		if doc.ReadFromBytes(p) == nil {
			e.AddChild(doc.Root())
		}
		out := etree.NewDocument()
		out.SetRoot(e)
		text, _ := out.WriteToBytes()
		return text
	}),
}

// plaintext encrypts something else to us, as everybody can; the response is not signed.
func plaintext(name string, want saml.Reason, change func(b Base, assertion []byte) []byte) attack {
	return attack{name: name, want: want, applies: func(b Base) bool { return b.Kind == EncryptedAssertion && whenKnown(b) }, how: func(b Base) ([]byte, error) {
		b.Kind = SignedAssertion
		signed, err := b.make(b.Plain)
		if err != nil {
			return nil, err
		}
		doc := etree.NewDocument()
		if err := doc.ReadFromBytes(signed); err != nil {
			return nil, err
		}
		assertion := assertionOf(doc.Root())
		plain, err := alone(assertion)
		if err != nil {
			return nil, err
		}
		data, err := b.Encryption.encryptBytes(change(b, plain))
		if err != nil {
			return nil, err
		}
		wrapped, err := parsed(fmt.Sprintf(`<saml:EncryptedAssertion xmlns:saml="%s">%s</saml:EncryptedAssertion>`, assertionNS, data))
		if err != nil {
			return nil, err
		}
		doc.Root().InsertChildAt(assertion.Index(), wrapped)
		doc.Root().RemoveChild(assertion)
		return doc.WriteToBytes()
	}}
}

// Certificates returns the certificates of keys.
func Certificates(keys ...Keys) []*x509.Certificate {
	var all []*x509.Certificate
	for _, k := range keys {
		all = append(all, k.Certificate)
	}
	return all
}

// scenes are good responses that arrive where, or when, they must be refused.
var scenes = []attack{
	{name: "nothing was asked", want: saml.InResponseTo, scene: func(b *Base) { b.RequestID = "" }},
	{name: "another browser's answer", want: saml.InResponseTo, scene: func(b *Base) { b.RequestID = "_request2" }},
	{name: "from another provider", want: saml.Signature, scene: func(b *Base) { b.Scene.IdP.Certificates = Certificates(b.Actors.Other) }},
	{name: "another provider's key, that provider asked", want: saml.Issuer, scene: func(b *Base) { b.Scene.IdP.EntityID = "https://other.example/idp" }},
	{name: "a provider without certificates", want: saml.Provider, scene: func(b *Base) { b.Scene.IdP.Certificates = nil }},
	{name: "metadata that have expired", want: saml.Provider, scene: func(b *Base) { b.Scene.IdP.ValidUntil = b.Now }},
	{name: "a certificate that has expired", want: saml.Provider, scene: func(b *Base) { b.Scene.IdP.Certificates = Certificates(b.Actors.Expired) }},
	{name: "at another service provider", want: saml.Audience, scene: func(b *Base) { b.Scene.SP.EntityID = "https://other.example/sp" }},
	{name: "at another address", want: saml.Destination, scene: func(b *Base) { b.Scene.SP.AssertionConsumer = "https://other.example/saml_post" }},
	{name: "when it may be forgotten", want: saml.TooOld, scene: func(b *Base) { b.Now = b.Assertion.RememberUntil }},
	{name: "days before", want: saml.TooEarly, applies: func(b Base) bool { return !b.Kind.SignResponse }, scene: func(b *Base) { b.Now = b.Now.AddDate(0, 0, -2) }},
	{name: "before the certificate begins", want: saml.Provider, applies: func(b Base) bool { return b.Kind.SignResponse }, scene: func(b *Base) { b.Now = b.Now.AddDate(0, 0, -2) }},
	{name: "minutes before", want: saml.TooEarly, scene: func(b *Base) { b.Now = b.Now.Add(-2 * time.Minute) }},
	{name: "without our key", want: saml.Decryption, applies: whenEncrypted, scene: func(b *Base) { b.Scene.SP.Keys = nil }},
}
