package demoidp

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// Names of SAML that are written.
const (
	assertionNS   = "urn:oasis:names:tc:SAML:2.0:assertion"
	protocolNS    = "urn:oasis:names:tc:SAML:2.0:protocol"
	redirect      = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	post          = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
	transient     = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	success       = "urn:oasis:names:tc:SAML:2.0:status:Success"
	bearer        = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
	passwordClass = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"
	rsaSHA256     = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
)

// service is the service provider, as its metadata describe it.
type service struct {
	entityID, assertionConsumer, singleLogout string
	keys                                      []*rsa.PublicKey
}

// parseService reads the metadata of the service provider. They come from the loopback and are not signed.
func parseService(text []byte) (service, error) {
	document := etree.NewDocument()
	if err := document.ReadFromBytes(text); err != nil || document.Root() == nil {
		return service{}, errors.New("metadata of the service provider are not XML")
	}
	root := document.Root()
	sp := service{entityID: root.SelectAttrValue("entityID", "")}
	for _, e := range root.FindElements("//AssertionConsumerService") {
		if e.SelectAttrValue("Binding", "") == post && sp.assertionConsumer == "" {
			sp.assertionConsumer = e.SelectAttrValue("Location", "")
		}
	}
	for _, e := range root.FindElements("//SingleLogoutService") {
		if e.SelectAttrValue("Binding", "") == redirect && sp.singleLogout == "" {
			sp.singleLogout = e.SelectAttrValue("Location", "")
		}
	}
	for _, e := range root.FindElements("//X509Certificate") {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.Text()), ""))
		if err != nil {
			continue
		}
		if c, err := x509.ParseCertificate(der); err == nil {
			if key, ok := c.PublicKey.(*rsa.PublicKey); ok {
				sp.keys = append(sp.keys, key)
			}
		}
	}
	if sp.entityID == "" || sp.assertionConsumer == "" || len(sp.keys) == 0 {
		return sp, errors.New("metadata of the service provider lack a name, an assertion consumer or a key")
	}
	return sp, nil
}

// message is what came by redirect.
type message struct {
	root       *etree.Element
	relayState string
}

// parseRedirect reads SAMLRequest or SAMLResponse from a query, and refuses it unless a key of the service provider has signed it.
func parseRedirect(rawQuery, kind string, sp service) (message, error) {
	raw := map[string]string{}
	for _, pair := range strings.Split(rawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		raw[name] = value
	}
	signed := kind + "=" + raw[kind]
	if state, ok := raw["RelayState"]; ok {
		signed += "&RelayState=" + state
	}
	signed += "&SigAlg=" + raw["SigAlg"]
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return message{}, errors.New("the query cannot be read")
	}
	signature, err := base64.StdEncoding.DecodeString(query.Get("Signature"))
	if err != nil || query.Get("SigAlg") != rsaSHA256 || !sp.signed(signed, signature) {
		return message{}, errors.New("the message is not signed by the service provider")
	}
	packed, err := base64.StdEncoding.DecodeString(query.Get(kind))
	if err != nil {
		return message{}, errors.New("the message cannot be read")
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), 1<<20))
	document := etree.NewDocument()
	if err != nil || document.ReadFromBytes(text) != nil || document.Root() == nil {
		return message{}, errors.New("the message cannot be read")
	}
	issuer := document.Root().SelectElement("Issuer")
	if issuer == nil || strings.TrimSpace(issuer.Text()) != sp.entityID {
		return message{}, errors.New("the message is from somebody else")
	}
	return message{document.Root(), query.Get("RelayState")}, nil
}

func (sp service) signed(text string, signature []byte) bool {
	sum := sha256.Sum256([]byte(text))
	for _, key := range sp.keys {
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil {
			return true
		}
	}
	return false
}

// redirectTo is the address that brings a signed message to the service provider.
func (s *Server) redirectTo(address, kind string, root *etree.Element, relayState string) (string, error) {
	document := etree.NewDocument()
	document.SetRoot(root)
	text, err := document.WriteToBytes()
	if err != nil {
		return "", err
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		return "", err
	}
	if _, err := w.Write(text); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	query := kind + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(packed.Bytes()))
	if relayState != "" {
		query += "&RelayState=" + url.QueryEscape(relayState)
	}
	query += "&SigAlg=" + url.QueryEscape(rsaSHA256)
	signature, err := s.sign(query)
	if err != nil {
		return "", err
	}
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + query + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(signature)), nil
}

// newID is an XML id: it begins with no digit.
func newID() string { return "_" + rand.Text() }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// envelope begins a protocol message of ours.
func (s *Server) envelope(tag, destination string) *etree.Element {
	e := etree.NewElement("samlp:" + tag)
	e.CreateAttr("xmlns:samlp", protocolNS)
	e.CreateAttr("xmlns:saml", assertionNS)
	e.CreateAttr("ID", newID())
	e.CreateAttr("Version", "2.0")
	e.CreateAttr("IssueInstant", stamp(s.now()))
	e.CreateAttr("Destination", destination)
	e.CreateElement("saml:Issuer").SetText(s.EntityID())
	return e
}

func status(e *etree.Element) {
	e.CreateElement("samlp:Status").CreateElement("samlp:StatusCode").CreateAttr("Value", success)
}

// response answers a request with the person of a session: one assertion, signed, in a response that is signed too. It is base64.
func (s *Server) response(r request, in session) (string, error) {
	e := s.envelope("Response", r.service.assertionConsumer)
	e.CreateAttr("InResponseTo", r.id)
	status(e)
	assertion, err := s.signEnveloped(s.assertion(r, in))
	if err != nil {
		return "", err
	}
	e.AddChild(assertion)
	if e, err = s.signEnveloped(e); err != nil {
		return "", err
	}
	document := etree.NewDocument()
	document.SetRoot(e)
	text, err := document.WriteToBytes()
	return base64.StdEncoding.EncodeToString(text), err
}

func (s *Server) assertion(r request, in session) *etree.Element {
	now, until := s.now(), stamp(s.now().Add(5*time.Minute))
	a := etree.NewElement("saml:Assertion")
	a.CreateAttr("xmlns:saml", assertionNS)
	a.CreateAttr("ID", newID())
	a.CreateAttr("Version", "2.0")
	a.CreateAttr("IssueInstant", stamp(now))
	a.CreateElement("saml:Issuer").SetText(s.EntityID())
	subject := a.CreateElement("saml:Subject")
	subject.AddChild(nameID(in.nameID))
	confirmation := subject.CreateElement("saml:SubjectConfirmation")
	confirmation.CreateAttr("Method", bearer)
	data := confirmation.CreateElement("saml:SubjectConfirmationData")
	data.CreateAttr("InResponseTo", r.id)
	data.CreateAttr("Recipient", r.service.assertionConsumer)
	data.CreateAttr("NotOnOrAfter", until)
	conditions := a.CreateElement("saml:Conditions")
	conditions.CreateAttr("NotBefore", stamp(now.Add(-time.Minute)))
	conditions.CreateAttr("NotOnOrAfter", until)
	conditions.CreateElement("saml:AudienceRestriction").CreateElement("saml:Audience").SetText(r.service.entityID)
	statement := a.CreateElement("saml:AuthnStatement")
	statement.CreateAttr("AuthnInstant", stamp(now))
	statement.CreateAttr("SessionIndex", in.index)
	statement.CreateElement("saml:AuthnContext").CreateElement("saml:AuthnContextClassRef").SetText(passwordClass)
	attributes := a.CreateElement("saml:AttributeStatement")
	for _, x := range in.person.attributes() {
		attribute := attributes.CreateElement("saml:Attribute")
		attribute.CreateAttr("Name", x.name)
		attribute.CreateAttr("NameFormat", "urn:oasis:names:tc:SAML:2.0:attrname-format:basic")
		for _, value := range x.values {
			attribute.CreateElement("saml:AttributeValue").SetText(value)
		}
	}
	return a
}

func nameID(value string) *etree.Element {
	e := etree.NewElement("saml:NameID")
	e.CreateAttr("Format", transient)
	e.SetText(value)
	return e
}

type attribute struct {
	name   string
	values []string
}

// attributes are in the first of the three shapes of docs/formats: memberOf holds a chain per role.
func (p Person) attributes() []attribute {
	all := []attribute{
		{"uid", []string{p.Key}}, {"guid", []string{"demo-" + p.Key}}, {"mail", []string{p.Key + "@demo.example"}}, {"fullName", []string{p.Name}},
		{"title", []string{p.Title}},
	}
	if len(p.Chains) > 0 {
		all = append(all, attribute{"memberOf", p.Chains})
	}
	return all
}

// signEnveloped puts a signature into an element, behind its issuer as the schema wants it.
func (s *Server) signEnveloped(e *etree.Element) (*etree.Element, error) {
	ctx, err := dsig.NewSigningContext(s.key, [][]byte{s.certificate})
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := ctx.SetSignatureMethod(dsig.RSASHA256SignatureMethod); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	signature, err := ctx.ConstructSignature(e, true)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	e.InsertChildAt(1, signature)
	return e, nil
}

// metadata describe the provider.
func (s *Server) metadata() ([]byte, error) {
	document := etree.NewDocument()
	root := document.CreateElement("md:EntityDescriptor")
	root.CreateAttr("xmlns:md", "urn:oasis:names:tc:SAML:2.0:metadata")
	root.CreateAttr("entityID", s.EntityID())
	descriptor := root.CreateElement("md:IDPSSODescriptor")
	descriptor.CreateAttr("WantAuthnRequestsSigned", "true")
	descriptor.CreateAttr("protocolSupportEnumeration", protocolNS)
	key := descriptor.CreateElement("md:KeyDescriptor")
	key.CreateAttr("use", "signing")
	info := key.CreateElement("ds:KeyInfo")
	info.CreateAttr("xmlns:ds", dsig.Namespace)
	info.CreateElement("ds:X509Data").CreateElement("ds:X509Certificate").SetText(base64.StdEncoding.EncodeToString(s.certificate))
	logout := descriptor.CreateElement("md:SingleLogoutService")
	logout.CreateAttr("Binding", redirect)
	logout.CreateAttr("Location", s.config.Address+"/slo")
	descriptor.CreateElement("md:NameIDFormat").SetText(transient)
	signOn := descriptor.CreateElement("md:SingleSignOnService")
	signOn.CreateAttr("Binding", redirect)
	signOn.CreateAttr("Location", s.config.Address+"/sso")
	return document.WriteToBytes()
}

// logoutRequest asks the service provider to end a session; logoutResponse tells it that its own request was done.
func (s *Server) logoutRequest(sp service, in session) *etree.Element {
	e := s.envelope("LogoutRequest", sp.singleLogout)
	e.CreateAttr("NotOnOrAfter", stamp(s.now().Add(5*time.Minute)))
	e.AddChild(nameID(in.nameID))
	e.CreateElement("samlp:SessionIndex").SetText(in.index)
	return e
}

func (s *Server) logoutResponse(sp service, inResponseTo string) *etree.Element {
	e := s.envelope("LogoutResponse", sp.singleLogout)
	e.CreateAttr("InResponseTo", inResponseTo)
	status(e)
	return e
}
