package samltest

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Namespaces.
const (
	assertionNS  = "urn:oasis:names:tc:SAML:2.0:assertion"
	protocolNS   = "urn:oasis:names:tc:SAML:2.0:protocol"
	signatureNS  = "http://www.w3.org/2000/09/xmldsig#"
	encryptionNS = "http://www.w3.org/2001/04/xmlenc#"
	moreNS       = "http://www.w3.org/2001/04/xmldsig-more#"
	exclusive    = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// Kind says what of a response is signed and encrypted. An identity provider signs the assertion, encrypts it, and signs the response, in this order.
type Kind struct {
	SignAssertion, Encrypt, SignResponse bool
}

// The kinds that are sent and believed.
var (
	SignedResponse            = Kind{SignResponse: true}
	SignedAssertion           = Kind{SignAssertion: true}
	SignedBoth                = Kind{SignAssertion: true, SignResponse: true}
	EncryptedAssertion        = Kind{SignAssertion: true, Encrypt: true}
	EncryptedInSignedResponse = Kind{Encrypt: true, SignResponse: true}
	EncryptedBoth             = Kind{SignAssertion: true, Encrypt: true, SignResponse: true}
)

// Kinds lists them.
var Kinds = []Kind{SignedResponse, SignedAssertion, SignedBoth, EncryptedAssertion, EncryptedInSignedResponse, EncryptedBoth}

// String says the kind in words.
func (k Kind) String() string {
	var words []string
	for _, w := range []struct {
		yes  bool
		word string
	}{{k.SignAssertion, "signed assertion"}, {k.Encrypt, "encrypted"}, {k.SignResponse, "signed response"}} {
		if w.yes {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ", ")
}

// Attribute is one attribute of somebody.
type Attribute struct {
	Name   string
	Values []string
}

// Style is how a product writes its XML.
type Style struct {
	Protocol, Assertion, Signature string // prefixes; an empty one is the default namespace
	TypedValues                    bool   // values carry xsi:type, and the signature names the prefix xs
	DeclareAtValues                bool   // each value declares the namespaces of its type, as the assertion does otherwise
	Indent                         bool
	Declaration                    bool // begins with <?xml ...?>
}

// Styles of products in use.
var (
	SimpleSAMLphp = Style{Protocol: "samlp", Assertion: "saml", Signature: "ds", TypedValues: true}
	Microsoft     = Style{Protocol: "samlp", Assertion: "", Signature: ""}
	OpenSAML      = Style{Protocol: "saml2p", Assertion: "saml2", Signature: "ds", TypedValues: true, DeclareAtValues: true, Declaration: true}
	Indented      = Style{Protocol: "samlp", Assertion: "saml", Signature: "", Indent: true}
)

// Message is what a response says.
type Message struct {
	Style                         Style
	IdP, SP, Consumer, RequestID  string // entity ids, address of the assertion consumer, id of the request
	ResponseID, AssertionID       string
	NameID, NameIDFormat, Session string
	Attributes                    []Attribute
	At                            time.Time // when it is issued; it holds for five minutes
}

// XML writes the message without signatures.
func (m Message) XML() []byte {
	s := m.Style
	p, a := prefixed(s.Protocol), prefixed(s.Assertion)
	declareAssertion := declare(s.Assertion, assertionNS)
	types, typed, typesOnce := ` xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`, "", ""
	switch {
	case s.TypedValues && s.DeclareAtValues:
		typed = types + ` xsi:type="xs:string"`
	case s.TypedValues:
		typed, typesOnce = ` xsi:type="xs:string"`, types
	}
	at, until := stamp(m.At), stamp(m.At.Add(5*time.Minute))
	var b strings.Builder
	if s.Declaration {
		b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	}
	line := func(depth int, format string, args ...any) {
		if s.Indent {
			b.WriteString("\n" + strings.Repeat("  ", depth))
		}
		fmt.Fprintf(&b, format, args...)
	}
	fmt.Fprintf(&b, `<%sResponse%s ID="%s" Version="2.0" IssueInstant="%s" Destination="%s" InResponseTo="%s">`, p, declare(s.Protocol, protocolNS),
		m.ResponseID, at, escape(m.Consumer), escape(m.RequestID))
	line(1, `<%sIssuer%s>%s</%sIssuer>`, a, declareAssertion, escape(m.IdP), a)
	line(1, `<%sStatus><%sStatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></%sStatus>`, p, p, p)
	line(1, `<%sAssertion%s%s ID="%s" Version="2.0" IssueInstant="%s">`, a, declareAssertion, typesOnce, m.AssertionID, at)
	line(2, `<%sIssuer>%s</%sIssuer>`, a, escape(m.IdP), a)
	line(2, `<%sSubject>`, a)
	line(3, `<%sNameID SPNameQualifier="%s" Format="%s">%s</%sNameID>`, a, escape(m.SP), m.NameIDFormat, escape(m.NameID), a)
	line(3, `<%sSubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">`, a)
	line(4, `<%sSubjectConfirmationData NotOnOrAfter="%s" Recipient="%s" InResponseTo="%s"/>`, a, until, escape(m.Consumer), escape(m.RequestID))
	line(3, `</%sSubjectConfirmation>`, a)
	line(2, `</%sSubject>`, a)
	line(2, `<%sConditions NotBefore="%s" NotOnOrAfter="%s"><%sAudienceRestriction><%sAudience>%s</%sAudience></%sAudienceRestriction></%sConditions>`,
		a, stamp(m.At.Add(-30*time.Second)), until, a, a, escape(m.SP), a, a, a)
	line(2, `<%sAuthnStatement AuthnInstant="%s" SessionIndex="%s"><%sAuthnContext><%sAuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</%sAuthnContextClassRef></%sAuthnContext></%sAuthnStatement>`,
		a, at, escape(m.Session), a, a, a, a, a)
	line(2, `<%sAttributeStatement>`, a)
	for _, attr := range m.Attributes {
		line(3, `<%sAttribute Name="%s" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic">`, a, escape(attr.Name))
		for _, value := range attr.Values {
			line(4, `<%sAttributeValue%s>%s</%sAttributeValue>`, a, typed, escape(value), a)
		}
		line(3, `</%sAttribute>`, a)
	}
	line(2, `</%sAttributeStatement>`, a)
	line(1, `</%sAssertion>`, a)
	line(0, `</%sResponse>`, p)
	return []byte(b.String())
}

func prefixed(prefix string) string {
	if prefix == "" {
		return ""
	}
	return prefix + ":"
}

func declare(prefix, namespace string) string {
	if prefix == "" {
		return fmt.Sprintf(` xmlns="%s"`, namespace)
	}
	return fmt.Sprintf(` xmlns:%s="%s"`, prefix, namespace)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

// Signing is how an identity provider signs. The zero value is RSA with SHA-256, with the certificate in KeyInfo.
type Signing struct {
	Method, Digest   string   // algorithms; empty is SHA-256
	Transforms       []string // empty is enveloped and exclusive
	Canonicalization string
	NoKeyInfo        bool
	KeyInfo          *x509.Certificate // instead of the signer's own
	Prefixes         string            // InclusiveNamespaces of the exclusive transform
	URI              *string           // instead of the id
	KeyArguments     []string          // of xmlsec1, instead of the signer's private key
	Style            Style
}

// template writes a signature for xmlsec1 to fill.
func (s Signing) template(id string, signer Keys) string {
	or := func(value, otherwise string) string {
		if value == "" {
			return otherwise
		}
		return value
	}
	p := prefixed(s.Style.Signature)
	uri := "#" + id
	if s.URI != nil {
		uri = *s.URI
	}
	transforms := s.Transforms
	if transforms == nil {
		transforms = []string{signatureNS + "enveloped-signature", exclusive}
	}
	var t strings.Builder
	for _, transform := range transforms {
		if transform == exclusive && s.Prefixes != "" {
			fmt.Fprintf(&t, `<%sTransform Algorithm="%s"><ec:InclusiveNamespaces xmlns:ec="%s" PrefixList="%s"/></%sTransform>`, p, transform, exclusive, s.Prefixes, p)
			continue
		}
		fmt.Fprintf(&t, `<%sTransform Algorithm="%s"/>`, p, transform)
	}
	keyInfo := ""
	if !s.NoKeyInfo {
		certificate := signer.Certificate
		if s.KeyInfo != nil {
			certificate = s.KeyInfo
		}
		keyInfo = fmt.Sprintf(`<%sKeyInfo><%sX509Data><%sX509Certificate>%s</%sX509Certificate></%sX509Data></%sKeyInfo>`, p, p, p,
			base64.StdEncoding.EncodeToString(certificate.Raw), p, p, p)
	}
	return fmt.Sprintf(`<%[1]sSignature%[2]s><%[1]sSignedInfo><%[1]sCanonicalizationMethod Algorithm="%[3]s"/><%[1]sSignatureMethod Algorithm="%[4]s"/>`+
		`<%[1]sReference URI="%[5]s"><%[1]sTransforms>%[6]s</%[1]sTransforms><%[1]sDigestMethod Algorithm="%[7]s"/><%[1]sDigestValue/></%[1]sReference></%[1]sSignedInfo>`+
		`<%[1]sSignatureValue/>%[8]s</%[1]sSignature>`, p, declare(s.Style.Signature, signatureNS), or(s.Canonicalization, exclusive),
		or(s.Method, moreNS+"rsa-sha256"), uri, t.String(), or(s.Digest, encryptionNS+"sha256"), keyInfo)
}

// sign puts a signature behind the Issuer of the element that the path finds, as xmlsec1 computes it.
func (s Signing) sign(document []byte, which SignatureOf, signer Keys) ([]byte, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(document); err != nil {
		return nil, err
	}
	e := doc.Root()
	if which == OfAssertion {
		e = assertionOf(doc.Root())
	}
	if e == nil {
		return nil, errors.New("samltest: nothing to sign")
	}
	template := etree.NewDocument()
	if err := template.ReadFromString(s.template(e.SelectAttrValue("ID", ""), signer)); err != nil {
		return nil, err
	}
	at := 0
	if issuer := e.SelectElement("Issuer"); issuer != nil {
		at = issuer.Index() + 1
	}
	e.InsertChildAt(at, template.Root())
	unsigned, err := doc.WriteToBytes()
	if err != nil {
		return nil, err
	}
	arguments := s.KeyArguments
	if arguments == nil {
		arguments = []string{"--privkey-pem", signer.PrivateFile}
	}
	signed, err := fillSignature(unsigned, which, arguments...)
	if err != nil {
		return nil, err
	}
	return trimmed(signed), nil
}

// trimmed takes away the declaration and the line break that xmlsec1 adds.
func trimmed(document []byte) []byte {
	if _, rest, ok := bytes.Cut(document, []byte("?>\n")); ok && bytes.HasPrefix(document, []byte("<?xml")) {
		document = rest
	}
	return bytes.TrimSpace(document)
}

// assertionOf returns the assertion of a response, or the root if it is one.
func assertionOf(root *etree.Element) *etree.Element {
	if root.Tag == "Assertion" {
		return root
	}
	return root.SelectElement("Assertion")
}

// alone writes an element as a document, with the namespaces that are in scope where it stands.
func alone(e *etree.Element) ([]byte, error) {
	c := e.Copy()
	for above := e.Parent(); above != nil; above = above.Parent() {
		for _, a := range above.Attr {
			if (a.Space == "xmlns" || a.Key == "xmlns") && c.SelectAttr(a.FullKey()) == nil {
				c.CreateAttr(a.FullKey(), a.Value)
			}
		}
	}
	doc := etree.NewDocument()
	doc.SetRoot(c)
	return doc.WriteToBytes()
}
