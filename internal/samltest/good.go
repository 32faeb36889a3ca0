package samltest

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/beevik/etree"

	"scorehouse/internal/saml"
)

// Bases makes a good response of each kind.
func Bases(actors Actors, now time.Time) ([]Base, error) {
	styles := []Style{SimpleSAMLphp, Microsoft, OpenSAML, Indented, SimpleSAMLphp, OpenSAML}
	var bases []Base
	for i, kind := range Kinds {
		scene := NewScene(actors, now)
		b, err := NewBase(kind.String(), scene, actors, kind, NewMessage(scene, styles[i], Shapes["memberOf"]))
		if err != nil {
			return nil, fmt.Errorf("make a response (%s): %w", kind, err)
		}
		bases = append(bases, b)
	}
	return bases, nil
}

// variation is a good response that differs from the usual one.
type variation struct {
	name   string
	kinds  []Kind         // nil is all
	change func(*Base)    // how it is signed and encrypted, and the scene
	say    func(*Message) // what it says
	edit   func(r, a *etree.Element)
	expect func(*saml.Assertion)
	encode func([]byte) string
}

var variations = []variation{
	{name: "as SimpleSAMLphp writes", say: func(m *Message) { m.Style = SimpleSAMLphp }},
	{name: "as Microsoft writes", say: func(m *Message) { m.Style = Microsoft }},
	{name: "as OpenSAML writes", say: func(m *Message) { m.Style = OpenSAML }},
	{name: "indented", say: func(m *Message) { m.Style = Indented }},
	{name: "chains in sbacTenancyChain", say: func(m *Message) { m.Attributes = Shapes["sbacTenancyChain"] }},
	{name: "LDAP names in memberOf", say: func(m *Message) { m.Attributes = Shapes["LDAP"] }},
	{name: "1,500 chains", kinds: []Kind{SignedAssertion, SignedResponse, EncryptedAssertion}, say: func(m *Message) { m.Attributes = []Attribute{Chains(1500)} }},
	{name: "no attributes", kinds: []Kind{SignedBoth}, say: func(m *Message) { m.Attributes = nil }},
	{name: "without KeyInfo", change: func(b *Base) { b.Signing.NoKeyInfo = true }},
	{name: "without KeyInfo, second certificate of two", change: func(b *Base) {
		b.Signing.NoKeyInfo = true
		b.Scene.IdP.Certificates = Certificates(b.Actors.Next, b.Actors.IdP)
	}},
	{name: "without KeyInfo, first certificate of two", change: func(b *Base) {
		b.Signing.NoKeyInfo = true
		b.Scene.IdP.Certificates = Certificates(b.Actors.IdP, b.Actors.Next)
	}},
	{name: "second certificate of two", change: func(b *Base) { b.Scene.IdP.Certificates = Certificates(b.Actors.Next, b.Actors.IdP) }},
	{name: "first certificate of two", change: func(b *Base) { b.Scene.IdP.Certificates = Certificates(b.Actors.IdP, b.Actors.Next) }},
	{name: "beside a certificate that has expired", kinds: []Kind{SignedBoth}, change: func(b *Base) {
		b.Scene.IdP.Certificates = Certificates(b.Actors.Expired, b.Actors.IdP)
	}},
	{name: "signed with another certificate in KeyInfo", kinds: []Kind{SignedBoth}, change: func(b *Base) { b.Signing.KeyInfo = b.Actors.Other.Certificate }},
	{name: "SHA-384", kinds: []Kind{SignedBoth}, change: func(b *Base) { b.Signing.Method, b.Signing.Digest = moreNS+"rsa-sha384", moreNS+"sha384" }},
	{name: "SHA-512", kinds: []Kind{SignedBoth}, change: func(b *Base) { b.Signing.Method, b.Signing.Digest = moreNS+"rsa-sha512", encryptionNS+"sha512" }},
	{name: "AES-128-GCM", kinds: []Kind{EncryptedAssertion}, change: func(b *Base) { b.Encryption.Content = aes128GCM }},
	{name: "AES-256-GCM", kinds: []Kind{EncryptedAssertion, EncryptedBoth}, change: func(b *Base) { b.Encryption.Content = aes256GCM }},
	{name: "RSA-OAEP with SHA-256", kinds: []Kind{EncryptedAssertion}, change: func(b *Base) { b.Encryption.OAEP = crypto.SHA256 }},
	{name: "RSA-OAEP with SHA-512", kinds: []Kind{EncryptedAssertion}, change: func(b *Base) { b.Encryption.OAEP = crypto.SHA512 }},
	{name: "AES-128-CBC, allowed, in a signed response", kinds: []Kind{EncryptedInSignedResponse, EncryptedBoth}, change: func(b *Base) {
		b.Scene.SP.AllowCBC = true
		b.Encryption.Content = encryptionNS + "aes128-cbc"
	}},
	{name: "AES-256-CBC, allowed, in a signed response", kinds: []Kind{EncryptedBoth}, change: func(b *Base) {
		b.Scene.SP.AllowCBC = true
		b.Encryption.Content = encryptionNS + "aes256-cbc"
	}},
	{name: "encrypted to the second of our keys", kinds: []Kind{EncryptedAssertion}, change: func(b *Base) {
		b.Scene.SP.Keys = []saml.Key{b.Actors.SPNext.Key, b.Actors.SP.Key}
	}},
	{name: "two audiences", edit: func(_, a *etree.Element) {
		restriction := a.FindElement(".//AudienceRestriction")
		other := restriction.SelectElement("Audience").Copy()
		other.SetText("https://other.example/")
		restriction.AddChild(other)
	}},
	{name: "two audiences, the other way round", kinds: []Kind{SignedAssertion}, edit: func(_, a *etree.Element) {
		restriction := a.FindElement(".//AudienceRestriction")
		other := restriction.SelectElement("Audience").Copy()
		other.SetText("https://other.example/")
		restriction.InsertChildAt(0, other)
	}},
	{name: "one use and no proxies", kinds: []Kind{SignedAssertion}, edit: func(_, a *etree.Element) {
		c := a.SelectElement("Conditions")
		c.AddChild(beside(c, "OneTimeUse"))
		c.AddChild(beside(c, "ProxyRestriction"))
	}},
	{name: "a second confirmation", kinds: []Kind{SignedAssertion}, edit: func(_, a *etree.Element) {
		good := a.FindElement(confirmation)
		other := good.Copy()
		other.CreateAttr("Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")
		good.Parent().InsertChildAt(good.Index(), other)
	}},
	{name: "conditions without period", kinds: []Kind{SignedAssertion}, edit: func(_, a *etree.Element) {
		unset(a, conditions, "NotBefore")
		unset(a, conditions, "NotOnOrAfter")
	}},
	{name: "no issuer of a response that is not signed", kinds: []Kind{SignedAssertion}, edit: func(r, _ *etree.Element) { drop(r, "./Issuer") }},
	{name: "a value with elements in it", kinds: []Kind{SignedBoth}, edit: func(_, a *etree.Element) {
		statement := a.SelectElement("AttributeStatement")
		attr := statement.SelectElement("Attribute").Copy()
		attr.CreateAttr("Name", "targetedID")
		for _, value := range attr.ChildElements()[1:] {
			attr.RemoveChild(value)
		}
		value := attr.ChildElements()[0]
		value.SetText("")
		name := beside(value, "NameID")
		name.SetText("someone")
		value.AddChild(name)
		statement.AddChild(attr)
	}},
	{name: "a session with an end", kinds: []Kind{SignedBoth}, edit: func(_, a *etree.Element) {
		set(a, authn, "SessionNotOnOrAfter", "2200-01-01T00:00:00Z")
	}, expect: func(a *saml.Assertion) { a.SessionNotOnOrAfter = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }},
	{name: "a provider's clock that is 59 s ahead", kinds: []Kind{SignedBoth}, change: func(b *Base) { b.Now = b.Now.Add(-57 * time.Second) }, edit: func(_, a *etree.Element) {
		unset(a, conditions, "NotBefore")
	}},
	{name: "late, but within the skew", kinds: []Kind{SignedBoth}, change: func(b *Base) { b.Now = b.Now.Add(5*time.Minute + 55*time.Second) }},
	{name: "a wider skew and age", kinds: []Kind{SignedBoth}, change: func(b *Base) {
		b.Now = b.Now.Add(14 * time.Minute)
		b.SP.Skew, b.SP.MaxAge = 10*time.Minute, 10*time.Minute
	}, expect: func(a *saml.Assertion) { a.RememberUntil = a.RememberUntil.Add(14 * time.Minute) }},
	{name: "lines of base64", kinds: []Kind{SignedBoth}, encode: func(data []byte) string {
		encoded := base64.StdEncoding.EncodeToString(data)
		var lines []string
		for len(encoded) > 76 {
			lines, encoded = append(lines, encoded[:76]), encoded[76:]
		}
		return strings.Join(append(lines, encoded, ""), "\r\n")
	}},
}

// Good makes every good response that we know of: the kinds, and the variations of each.
func Good(actors Actors, now time.Time) ([]Case, error) {
	type wanted struct {
		variation
		kind Kind
	}
	var all []wanted
	for _, v := range variations {
		kinds := v.kinds
		if kinds == nil {
			kinds = Kinds
		}
		for _, kind := range kinds {
			all = append(all, wanted{v, kind})
		}
	}
	cases, errs := make([]Case, len(all)), make([]error, len(all))
	var group sync.WaitGroup
	for i, w := range all {
		group.Go(func() { cases[i], errs[i] = w.make(actors, now, w.kind) })
	}
	group.Wait()
	return cases, errors.Join(errs...)
}

func (v variation) make(actors Actors, now time.Time, kind Kind) (Case, error) {
	scene := NewScene(actors, now)
	m := NewMessage(scene, SimpleSAMLphp, Shapes["memberOf"])
	if v.say != nil {
		v.say(&m)
	}
	b := Base{Name: kind.String() + ": " + v.name, Scene: scene, Actors: actors, Kind: kind, Plain: m.XML(), Signing: Signing{Style: m.Style},
		Encryption: Encryption{Recipient: actors.SP}, Assertion: m.said(scene)}
	if m.Style.TypedValues && len(m.Attributes) > 0 {
		b.Signing.Prefixes = "xs"
	}
	if v.change != nil {
		v.change(&b)
	}
	edit := v.edit
	if edit == nil {
		edit = func(_, _ *etree.Element) {}
	}
	var err error
	if b.Document, err = b.edited(edit); err != nil {
		return Case{}, fmt.Errorf("make a good response (%s): %w", b.Name, err)
	}
	c := b.Case()
	if v.expect != nil {
		v.expect(&c.Assertion)
	}
	if v.encode != nil {
		c.Encoded = v.encode(b.Document)
	}
	return c, nil
}
