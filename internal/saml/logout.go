package saml

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// ErrNoSingleLogout is returned when an identity provider has no address for logout messages; the session here ends all the same.
var ErrNoSingleLogout = errors.New("saml: the identity provider has no single logout")

// Outgoing is a message on its way through the browser.
type Outgoing struct {
	URL  string     // where to redirect the browser to, or where the form is posted
	Form url.Values // fields of a form that the browser posts to URL; nil for a redirect
}

// LogoutRequest asks an identity provider to end somebody's session there. The name is that of the Assertion, unchanged; sessionIndex may be empty.
func (sp ServiceProvider) LogoutRequest(idp IdentityProvider, id string, name NameID, sessionIndex, relayState string, now time.Time) (Outgoing, error) {
	if idp.SingleLogout.Location == "" {
		return Outgoing{}, ErrNoSingleLogout
	}
	if len(relayState) > maxRelayState {
		return Outgoing{}, fmt.Errorf("saml: a RelayState has at most %d bytes", maxRelayState)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<samlp:LogoutRequest xmlns:samlp="%s" xmlns:saml="%s" ID="%s" Version="2.0" IssueInstant="%s" Destination="%s" NotOnOrAfter="%s">`+
		`<saml:Issuer>%s</saml:Issuer><saml:NameID`, protocolNS, assertionNS, escape(id), stamp(now), escape(idp.SingleLogout.Location),
		stamp(now.Add(sp.maxAge())), escape(sp.EntityID))
	for _, a := range [][2]string{{"Format", name.Format}, {"NameQualifier", name.NameQualifier}, {"SPNameQualifier", name.SPNameQualifier}} {
		if a[1] != "" {
			fmt.Fprintf(&b, ` %s="%s"`, a[0], escape(a[1]))
		}
	}
	fmt.Fprintf(&b, `>%s</saml:NameID>`, escape(name.Value))
	if sessionIndex != "" {
		fmt.Fprintf(&b, `<samlp:SessionIndex>%s</samlp:SessionIndex>`, escape(sessionIndex))
	}
	b.WriteString(`</samlp:LogoutRequest>`)
	return sp.send(idp.SingleLogout.Binding, idp.SingleLogout.Location, "SAMLRequest", b.String(), relayState)
}

// LogoutResponse answers a logout request of an identity provider. relayState is that of the request, unchanged. success says whether
// the sessions were ended (also when there was none left).
func (sp ServiceProvider) LogoutResponse(idp IdentityProvider, id, inResponseTo, relayState string, success bool, now time.Time) (Outgoing, error) {
	location := idp.SingleLogout.ResponseLocation
	if location == "" {
		return Outgoing{}, ErrNoSingleLogout
	}
	code := successStatus
	if !success {
		code = "urn:oasis:names:tc:SAML:2.0:status:Responder"
	}
	response := fmt.Sprintf(`<samlp:LogoutResponse xmlns:samlp="%s" xmlns:saml="%s" ID="%s" Version="2.0" IssueInstant="%s" Destination="%s" InResponseTo="%s">`+
		`<saml:Issuer>%s</saml:Issuer><samlp:Status><samlp:StatusCode Value="%s"/></samlp:Status></samlp:LogoutResponse>`,
		protocolNS, assertionNS, escape(id), stamp(now), escape(location), escape(inResponseTo), escape(sp.EntityID), code)
	return sp.send(idp.SingleLogout.Binding, location, "SAMLResponse", response, relayState)
}

func (sp ServiceProvider) send(binding, location, field, message, relayState string) (Outgoing, error) {
	if binding == RedirectBinding {
		address, err := sp.redirect(location, field, message, relayState)
		return Outgoing{URL: address}, err
	}
	signed, err := sp.sign(message)
	if err != nil {
		return Outgoing{}, err
	}
	form := url.Values{field: {base64.StdEncoding.EncodeToString(signed)}}
	if relayState != "" {
		form.Set("RelayState", relayState)
	}
	return Outgoing{URL: location, Form: form}, nil
}

// sign puts a signature into a message, behind its Issuer.
func (sp ServiceProvider) sign(message string) ([]byte, error) {
	if len(sp.Keys) == 0 {
		return nil, errors.New("saml: the service provider has no key")
	}
	document := etree.NewDocument()
	if err := document.ReadFromString(message); err != nil {
		return nil, fmt.Errorf("sign a message: %w", err)
	}
	context, err := dsig.NewSigningContext(sp.Keys[0].Private, [][]byte{sp.Keys[0].Certificate.Raw})
	if err != nil {
		return nil, fmt.Errorf("sign a message: %w", err)
	}
	context.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	if err := context.SetSignatureMethod(rsaSHA256); err != nil {
		return nil, fmt.Errorf("sign a message: %w", err)
	}
	signature, err := context.ConstructSignature(document.Root(), true)
	if err != nil {
		return nil, fmt.Errorf("sign a message: %w", err)
	}
	document.Root().InsertChildAt(1, signature)
	return document.WriteToBytes()
}

// LogoutMessage is a verified logout request or response of an identity provider.
type LogoutMessage struct {
	Request      bool // a request to end sessions; otherwise the answer to a request of ours
	ID           string
	RelayState   string   // of a request: returned unchanged with LogoutResponse; of a response: what LogoutRequest was given
	NameID       NameID   // of a request: whose sessions end
	SessionIndex []string // of a request: which of them; none means all
	InResponseTo string   // of a response: the caller compares it with the id it gave to LogoutRequest
	Success      bool     // of a response: the provider has ended its session
}

// ReadLogout checks a message that arrived at SingleLogout: its signature, in the query (GET) or in the message (POST), for whom it is meant, from
// whom it comes, and its time. rawQuery is the query as it came, form the posted form. Any error is a *Refused.
func (sp ServiceProvider) ReadLogout(idp IdentityProvider, method, rawQuery string, form url.Values, now time.Time) (m LogoutMessage, err error) {
	defer func() {
		if recover() != nil {
			m, err = LogoutMessage{}, refuse(Fault, "the message could not be read")
		}
	}()
	return sp.readLogout(idp, method, rawQuery, form, now)
}

func (sp ServiceProvider) readLogout(idp IdentityProvider, method, rawQuery string, form url.Values, now time.Time) (LogoutMessage, error) {
	var root *etree.Element
	var relayState, field string
	if method == http.MethodPost {
		data, posted, err := postedMessage(form)
		if err != nil {
			return LogoutMessage{}, err
		}
		if root, err = parse(data, false); err != nil {
			return LogoutMessage{}, err
		}
		if err := checkLogoutShape(root, 1); err != nil {
			return LogoutMessage{}, err
		}
		if signatureOf(root) == nil {
			return LogoutMessage{}, refuse(Unsigned, "the logout message is not signed")
		}
		if root, err = verify(root, idp, now); err != nil {
			return LogoutMessage{}, err
		}
		field, relayState = posted, form.Get("RelayState")
	} else {
		r, err := readRedirect(rawQuery)
		if err != nil {
			return LogoutMessage{}, err
		}
		if err := r.verify(idp, now); err != nil {
			return LogoutMessage{}, err
		}
		if root, err = parse(r.message, false); err != nil {
			return LogoutMessage{}, err
		}
		if err := checkLogoutShape(root, 0); err != nil {
			return LogoutMessage{}, err
		}
		field, relayState = r.field, r.relayState
	}
	if (field == "SAMLRequest") != (root.Tag == "LogoutRequest") {
		return LogoutMessage{}, refuse(Structure, "a request stands where a response belongs, or the other way round")
	}
	m, err := sp.readLogoutMessage(root, idp, now)
	m.RelayState = relayState
	return m, err
}

// postedMessage returns the one message of a form and the name of its field.
func postedMessage(form url.Values) (data []byte, field string, err error) {
	requests, responses := form["SAMLRequest"], form["SAMLResponse"]
	if len(requests)+len(responses) != 1 || len(form["RelayState"]) > 1 {
		return nil, "", refuse(Malformed, "the form has not one message")
	}
	field = "SAMLRequest"
	if len(responses) == 1 {
		field = "SAMLResponse"
	}
	data, err = decode(form.Get(field))
	return data, field, err
}

func checkLogoutShape(root *etree.Element, signatures int) error {
	most := map[string]int{"Issuer": 1, "Signature": signatures, "NameID": 1, "SessionIndex": 100}
	switch {
	case is(root, protocolNS, "LogoutRequest"):
	case is(root, protocolNS, "LogoutResponse"):
		most = map[string]int{"Issuer": 1, "Signature": signatures, "Status": 1}
	default:
		return refuse(Structure, "the message is not about logout")
	}
	if err := shape(root, protocolNS, most); err != nil {
		return err
	}
	return inPlace(root, root, nil)
}

func (sp ServiceProvider) readLogoutMessage(root *etree.Element, idp IdentityProvider, now time.Time) (LogoutMessage, error) {
	m := LogoutMessage{Request: root.Tag == "LogoutRequest", ID: attributeOr(root, "ID", "")}
	if err := checkVersion(root); err != nil {
		return LogoutMessage{}, err
	}
	issuer := only(root, assertionNS, "Issuer")
	if issuer == nil {
		return LogoutMessage{}, refuse(Issuer, "the message does not say who issued it")
	}
	if err := checkIssuer(issuer, idp); err != nil {
		return LogoutMessage{}, err
	}
	if destination, _ := attribute(root, "Destination"); destination != sp.SingleLogout {
		return LogoutMessage{}, refuse(Destination, "the message is meant for another address")
	}
	if err := sp.checkIssued(root, now); err != nil {
		return LogoutMessage{}, err
	}
	if m.ID == "" {
		return LogoutMessage{}, refuse(Structure, "the message has no id")
	}
	if !m.Request {
		m.InResponseTo = attributeOr(root, "InResponseTo", "")
		m.Success = statusOf(root) == successStatus
		if m.InResponseTo == "" {
			return LogoutMessage{}, refuse(InResponseTo, "the response answers no request")
		}
		return m, nil
	}
	if err := sp.checkPeriod(root, now); err != nil {
		return LogoutMessage{}, err
	}
	for _, index := range children(root, protocolNS, "SessionIndex") {
		m.SessionIndex = append(m.SessionIndex, word(index))
	}
	var err error
	m.NameID, err = readNameID(only(root, assertionNS, "NameID"))
	return m, err
}
