package saml

import (
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
)

// Accept decides whether a posted SAMLResponse (base64) is a provider's answer to the request of this browser, and returns what it says. requestID
// is the id of the AuthnRequest for which this browser has a pending sign-in; a response that answers another one, or none, is refused.
// Any error is a *Refused. The caller must consume the request id and remember the assertion's id, in one transaction, before it believes the
// assertion.
func (sp ServiceProvider) Accept(idp IdentityProvider, encoded, requestID string, now time.Time) (a Assertion, err error) {
	defer func() {
		if recover() != nil {
			a, err = Assertion{}, refuse(Fault, "the message could not be read")
		}
	}()
	data, err := decode(encoded)
	if err != nil {
		return Assertion{}, err
	}
	return sp.acceptXML(idp, data, requestID, now)
}

// acceptXML is the gate without its recover, so that fuzzing sees what panics.
func (sp ServiceProvider) acceptXML(idp IdentityProvider, data []byte, requestID string, now time.Time) (Assertion, error) {
	response, err := parse(data, false)
	if err != nil {
		return Assertion{}, err
	}
	if err := checkResponseShape(response); err != nil {
		return Assertion{}, err
	}
	signedResponse := signatureOf(response) != nil
	if signedResponse {
		if response, err = verify(response, idp, now); err != nil {
			return Assertion{}, err
		}
		if err := checkResponseShape(response); err != nil { // what was digested, too
			return Assertion{}, err
		}
	}
	// Of a response that is not signed, the following reads what anybody may have written: it can only lead to a refusal.
	if err := sp.checkResponse(response, idp, requestID, signedResponse, now); err != nil {
		return Assertion{}, err
	}
	assertion := only(response, assertionNS, "Assertion")
	if encrypted := only(response, assertionNS, "EncryptedAssertion"); encrypted != nil {
		if assertion, err = sp.decryptAssertion(encrypted, signedResponse); err != nil {
			return Assertion{}, err
		}
	}
	switch {
	case signatureOf(assertion) != nil:
		if assertion, err = verify(assertion, idp, now); err != nil {
			return Assertion{}, err
		}
	case !signedResponse:
		return Assertion{}, refuse(Unsigned, "neither the response nor the assertion is signed")
	}
	return sp.readAssertion(assertion, idp, requestID, now)
}

// checkResponseShape wants a Response with at most one signature and exactly one assertion, plain or encrypted, each in its place and nowhere else.
func checkResponseShape(response *etree.Element) error {
	if !is(response, protocolNS, "Response") {
		return refuse(Structure, "the message is not a response")
	}
	if err := shape(response, protocolNS, map[string]int{"Issuer": 1, "Signature": 1, "Status": 1, "Assertion": 1, "EncryptedAssertion": 1}); err != nil {
		return err
	}
	assertion, encrypted := only(response, assertionNS, "Assertion"), only(response, assertionNS, "EncryptedAssertion")
	if assertion == nil && encrypted == nil {
		if code := statusOf(response); code != successStatus {
			return refuse(Status, "the identity provider signed nobody in (%s)", knownStatus(code))
		}
	}
	if (assertion == nil) == (encrypted == nil) {
		return refuse(Structure, "the response has not exactly one assertion")
	}
	if assertion != nil {
		if err := checkAssertionShape(assertion); err != nil {
			return err
		}
	}
	return inPlace(response, response, assertion)
}

// checkAssertionShape wants the parts of an assertion, each as often as it may be, and no others: Advice, for one, may hold foreign assertions.
func checkAssertionShape(assertion *etree.Element) error {
	return shape(assertion, assertionNS, map[string]int{"Issuer": 1, "Signature": 1, "Subject": 1, "Conditions": 1, "AuthnStatement": 1, "AttributeStatement": 8})
}

// inPlace is a second wall against wrapped signatures: below e, responses, assertions and signatures stand only where they belong, whatever their
// namespace.
func inPlace(e, response, assertion *etree.Element) error {
	for _, child := range e.ChildElements() {
		misplaced := false
		switch child.Tag {
		case "Signature":
			misplaced = e != response && e != assertion
		case "Assertion", "EncryptedAssertion":
			misplaced = e != response
		case "Response", "Object", "Extensions", "Advice", "ArtifactResponse", "LogoutRequest", "LogoutResponse":
			misplaced = true
		}
		if misplaced {
			return refuse(Structure, "%s stands where it does not belong", child.Tag)
		}
		if err := inPlace(child, response, assertion); err != nil {
			return err
		}
	}
	return nil
}

// checkResponse checks what the response itself says.
func (sp ServiceProvider) checkResponse(response *etree.Element, idp IdentityProvider, requestID string, signed bool, now time.Time) error {
	if err := checkVersion(response); err != nil {
		return err
	}
	issuer := only(response, assertionNS, "Issuer")
	if issuer == nil && (signed || only(response, assertionNS, "EncryptedAssertion") != nil) {
		return refuse(Issuer, "the response does not say who issued it")
	}
	if issuer != nil {
		if err := checkIssuer(issuer, idp); err != nil {
			return err
		}
	}
	if code := statusOf(response); code != successStatus {
		return refuse(Status, "the identity provider signed nobody in (%s)", knownStatus(code))
	}
	if destination, _ := attribute(response, "Destination"); destination != sp.AssertionConsumer {
		return refuse(Destination, "the response is meant for another address")
	}
	if err := checkInResponseTo(response, requestID); err != nil {
		return err
	}
	return sp.checkIssued(response, now)
}

func checkVersion(e *etree.Element) error {
	if version, _ := attribute(e, "Version"); version != "2.0" {
		return refuse(Version, "%s is not of SAML 2.0", e.Tag)
	}
	return nil
}

func checkIssuer(issuer *etree.Element, idp IdentityProvider) error {
	if attributeOr(issuer, "Format", entityFormat) != entityFormat || word(issuer) != idp.EntityID || idp.EntityID == "" {
		return refuse(Issuer, "another identity provider is named as issuer")
	}
	return nil
}

func checkInResponseTo(e *etree.Element, requestID string) error {
	if answers, _ := attribute(e, "InResponseTo"); answers == "" || answers != requestID {
		return refuse(InResponseTo, "%s does not answer the request of this browser", e.Tag)
	}
	return nil
}

// checkIssued wants an IssueInstant that is neither in the future nor too long ago.
func (sp ServiceProvider) checkIssued(e *etree.Element, now time.Time) error {
	issued, err := instant(e, "IssueInstant")
	switch {
	case err != nil:
		return err
	case issued.IsZero():
		return refuse(Malformed, "%s does not say when it was issued", e.Tag)
	case issued.After(now.Add(sp.skew())):
		return refuse(TooEarly, "%s was issued in the future", e.Tag)
	case issued.Before(now.Add(-sp.maxAge() - sp.skew())):
		return refuse(TooOld, "%s was issued too long ago", e.Tag)
	}
	return nil
}

// statusOf returns the outer status code.
func statusOf(response *etree.Element) string {
	status := only(response, protocolNS, "Status")
	if status == nil {
		return ""
	}
	code := only(status, protocolNS, "StatusCode")
	if code == nil {
		return ""
	}
	return attributeOr(code, "Value", "")
}

// knownStatus returns the last word of a status code that SAML defines, for messages.
func knownStatus(code string) string {
	word, ok := strings.CutPrefix(code, "urn:oasis:names:tc:SAML:2.0:status:")
	if ok && slices.Contains([]string{"Requester", "Responder", "VersionMismatch", "AuthnFailed", "NoPassive", "RequestDenied", "PartialLogout"}, word) {
		return word
	}
	return "no known status"
}
