package samltest

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scorehouse/internal/saml"
)

// Scene is what the gate knows when a response arrives.
type Scene struct {
	SP        saml.ServiceProvider
	IdP       saml.IdentityProvider
	RequestID string
	Now       time.Time
}

// Case is a response with what must become of it.
type Case struct {
	Name   string
	Attack string // its name, empty for a good response
	Scene
	Encoded   string         // as the browser posts it
	Want      saml.Reason    // why it is refused; empty when it is accepted
	Assertion saml.Assertion // what is accepted
	Elsewhere bool           // the scene is not that of the base
}

// Check puts a case to the gate and returns what is wrong with its decision; nil when nothing is.
func (c Case) Check() error {
	got, err := c.SP.Accept(c.IdP, c.Encoded, c.RequestID, c.Now)
	if c.Want == "" {
		if err != nil {
			return fmt.Errorf("refused, want accepted: %w", err)
		}
		if diff := cmp.Diff(c.Assertion, got, cmpopts.EquateEmpty()); diff != "" {
			return errors.New("accepted for something else (-want +got):\n" + diff)
		}
		return nil
	}
	refused, ok := errors.AsType[*saml.Refused](err)
	switch {
	case err == nil:
		return fmt.Errorf("ACCEPTED, want refused for %s", c.Want)
	case !ok:
		return fmt.Errorf("an error that is no refusal: %w", err)
	case refused.Reason != c.Want:
		return fmt.Errorf("want refused for %s: %w", c.Want, err)
	}
	return nil
}

// Base is a good response from which attacks are made, with all that is needed to make it again with one thing wrong.
type Base struct {
	Name string
	Scene
	Actors     Actors
	Kind       Kind
	Document   []byte // the good response
	Plain      []byte // the same without signatures and encryption; nil when it is not known
	Signing    Signing
	Encryption Encryption
	Assertion  saml.Assertion // what it says
}

// Case returns the base itself: a good response.
func (b Base) Case() Case {
	return Case{Name: b.Name, Scene: b.Scene, Encoded: base64.StdEncoding.EncodeToString(b.Document), Assertion: b.Assertion}
}

// make signs and encrypts a plain response as the kind says.
func (b Base) make(plain []byte) (document []byte, err error) {
	document = plain
	if b.Kind.SignAssertion {
		if document, err = b.Signing.sign(document, OfAssertion, b.Actors.IdP); err != nil {
			return nil, err
		}
	}
	if b.Kind.Encrypt {
		if document, err = b.Encryption.encrypt(document); err != nil {
			return nil, err
		}
	}
	if b.Kind.SignResponse {
		if document, err = b.Signing.sign(document, OfRoot, b.Actors.IdP); err != nil {
			return nil, err
		}
	}
	return document, nil
}

// edited makes the response again after an edit of its plain form.
func (b Base) edited(edit func(response, assertion *etree.Element)) ([]byte, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(b.Plain); err != nil {
		return nil, err
	}
	edit(doc.Root(), assertionOf(doc.Root()))
	plain, err := doc.WriteToBytes()
	if err != nil {
		return nil, err
	}
	return b.make(plain)
}

// cut returns the good response after an edit that does not sign it again.
func (b Base) cut(edit func(response, assertion *etree.Element)) ([]byte, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(b.Document); err != nil {
		return nil, err
	}
	edit(doc.Root(), assertionOf(doc.Root()))
	return doc.WriteToBytes()
}

// Addresses of the scene that NewBase sets.
const (
	idpEntity = "https://idp.tamarack.example/metadata"
	spEntity  = "https://scorehouse.tamarack.example/saml/metadata"
	consumer  = "https://scorehouse.tamarack.example/saml_post"
)

// NewScene returns a scene of fictional addresses with the keys of the actors.
func NewScene(actors Actors, now time.Time) Scene {
	return Scene{
		SP: saml.ServiceProvider{EntityID: spEntity, AssertionConsumer: consumer, SingleLogout: "https://scorehouse.tamarack.example/saml/logout",
			Keys: []saml.Key{actors.SP.Key}},
		IdP:       saml.IdentityProvider{EntityID: idpEntity, Certificates: Certificates(actors.IdP), SingleSignOn: "https://idp.tamarack.example/sso"},
		RequestID: "_request1",
		Now:       now,
	}
}

// NewMessage returns what a good response says in a scene: a person with the attributes of one chain of each kind.
func NewMessage(s Scene, style Style, attributes []Attribute) Message {
	return Message{Style: style, IdP: s.IdP.EntityID, SP: s.SP.EntityID, Consumer: s.SP.AssertionConsumer, RequestID: s.RequestID,
		ResponseID: "_response1", AssertionID: "_assertion1", NameID: "_5d1c0a7e", NameIDFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
		Session: "_session1", Attributes: attributes, At: s.Now.Add(-2 * time.Second)}
}

// NewBase makes a good response.
func NewBase(name string, scene Scene, actors Actors, kind Kind, m Message) (Base, error) {
	b := Base{Name: name, Scene: scene, Actors: actors, Kind: kind, Plain: m.XML(), Signing: Signing{Style: m.Style}, Encryption: Encryption{Recipient: actors.SP}}
	if m.Style.TypedValues {
		b.Signing.Prefixes = "xs"
	}
	b.Assertion = m.said(scene)
	var err error
	b.Document, err = b.make(b.Plain)
	return b, err
}

// said is the Assertion that the gate returns for a message.
func (m Message) said(s Scene) saml.Assertion {
	issued := m.At.UTC().Truncate(time.Second)
	a := saml.Assertion{ID: m.AssertionID, Issuer: m.IdP, InResponseTo: m.RequestID, SessionIndex: m.Session, AuthnInstant: issued,
		NameID:        saml.NameID{Value: m.NameID, Format: m.NameIDFormat, SPNameQualifier: m.SP},
		Attributes:    map[string][]string{},
		RememberUntil: issued.Add(saml.DefaultMaxAge + saml.DefaultSkew + time.Minute)}
	for _, attr := range m.Attributes {
		a.Attributes[attr.Name] = append(a.Attributes[attr.Name], attr.Values...)
	}
	return a
}

// Shapes are the three attribute shapes that the runbook's identity providers send, with characters that XML escapes.
var Shapes = map[string][]Attribute{
	"memberOf": {
		{"memberOf", []string{"||PII||||||tamarack|TK|||228|Sunset & Sons <District>|||242|Sunset - Eastern Elementary|", "||GENERAL||||||tamarack|TK|||||||||"}},
		{"fullName", []string{"Ros\u00e1 O'Delgado"}}, {"firstName", []string{"Ros\u00e1"}}, {"lastName", []string{"O'Delgado"}},
		{"uid", []string{"rdelgado"}}, {"mail", []string{"rdelgado@lakeside.example"}}, {"guid", []string{"9f2b7c1e-0f6a-4a51-9a07-52a1d1a8f001"}},
	},
	"sbacTenancyChain": {
		{"sbacTenancyChain", []string{"||SRSEXTRACTS||||||Tamarack|TK|||||||||", "||ALLSTATES|||SBAC|||||||||||||"}},
		{"cn", []string{"Rosa Delgado"}}, {"givenName", []string{"Rosa"}}, {"sn", []string{"Delgado"}},
		{"sbacUUID", []string{"9f2b7c1e-0f6a-4a51-9a07-52a1d1a8f002"}}, {"mail", []string{"rdelgado@lakeside.example"}},
	},
	"LDAP": {
		{"memberOf", []string{"cn=teacher,ou=groups,ou=Tamarack,dc=edwdc,dc=net"}}, {"dn", []string{"cn=rdelgado,ou=people,ou=Tamarack,dc=edwdc,dc=net"}},
		{"cn", []string{"Rosa Delgado"}}, {"uid", []string{"rdelgado"}},
	},
}

// Chains returns an attribute with n chains, about 140 bytes each with their element: 1,500 make a response of 200 kB.
func Chains(n int) Attribute {
	a := Attribute{Name: "memberOf"}
	for i := range n {
		a.Values = append(a.Values, fmt.Sprintf("||PII||||||tamarack|TK|||%04d|Eastern %04d|||%06d|School %06d|", i/10, i/10, i, i))
	}
	return a
}

// OfText reports whether an attack works on the text of a response, so that its kind matters little.
func OfText(attackName string) bool {
	return slices.ContainsFunc(texts, func(a attack) bool { return a.name == attackName })
}

// Corpus makes every attack and fault that applies to a base, but for those whose names are to be skipped (nil skips none).
func Corpus(b Base, skip func(attackName string) bool) ([]Case, error) {
	var chosen []attack
	for _, a := range slices.Concat(structural, texts, faults, encryptions, scenes) {
		if (a.applies == nil || a.applies(b)) && (skip == nil || !skip(a.name)) {
			chosen = append(chosen, a)
		}
	}
	cases, errs := make([]Case, len(chosen)), make([]error, len(chosen))
	var group sync.WaitGroup
	for i, a := range chosen {
		group.Go(func() { cases[i], errs[i] = a.make(b) })
	}
	group.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("make %q from %s: %w", chosen[i].name, b.Name, err)
		}
	}
	return cases, nil
}

// attack is one way to make a response that must be refused.
type attack struct {
	name    string
	want    saml.Reason
	applies func(Base) bool // nil when always
	how     func(Base) ([]byte, error)
	scene   func(*Base) // changes what the gate knows
	encode  func([]byte) string
}

func (a attack) make(b Base) (Case, error) {
	if a.scene != nil {
		a.scene(&b)
	}
	document := b.Document
	if a.how != nil {
		var err error
		if document, err = a.how(b); err != nil {
			return Case{}, err
		}
	}
	encoded := base64.StdEncoding.EncodeToString(document)
	if a.encode != nil {
		encoded = a.encode(document)
	}
	return Case{Name: b.Name + ": " + a.name, Attack: a.name, Scene: b.Scene, Encoded: encoded, Want: a.want, Elsewhere: a.scene != nil}, nil
}

// Document returns what the posted text of a case holds, for messages of tests.
func (c Case) Document() string {
	data, err := base64.StdEncoding.DecodeString(c.Encoded)
	if err != nil || len(data) > 20_000 {
		return fmt.Sprintf("(%d bytes)", len(c.Encoded))
	}
	return strings.ToValidUTF8(string(data), "?")
}
