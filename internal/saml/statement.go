package saml

import (
	"slices"
	"time"

	"github.com/beevik/etree"
)

// readAssertion checks everything that an assertion says and returns what of it matters. What it gets is covered by a signature.
func (sp ServiceProvider) readAssertion(e *etree.Element, idp IdentityProvider, requestID string, now time.Time) (Assertion, error) {
	a := Assertion{ID: attributeOr(e, "ID", ""), Issuer: idp.EntityID, InResponseTo: requestID}
	if err := checkAssertionShape(e); err != nil {
		return Assertion{}, err
	}
	if err := checkVersion(e); err != nil {
		return Assertion{}, err
	}
	issuer := only(e, assertionNS, "Issuer")
	if issuer == nil {
		return Assertion{}, refuse(Issuer, "the assertion does not say who issued it")
	}
	if err := checkIssuer(issuer, idp); err != nil {
		return Assertion{}, err
	}
	if a.ID == "" {
		return Assertion{}, refuse(Structure, "the assertion has no id")
	}
	if err := sp.checkIssued(e, now); err != nil {
		return Assertion{}, err
	}
	for _, read := range []func(*etree.Element, *Assertion, time.Time) error{sp.readSubject, sp.readConditions, sp.readAuthentication, readAttributes} {
		if err := read(e, &a, now); err != nil {
			return Assertion{}, err
		}
	}
	issued, err := instant(e, "IssueInstant")
	if err != nil {
		return Assertion{}, err
	}
	a.RememberUntil = issued.Add(sp.maxAge() + sp.skew() + time.Minute)
	return a, nil
}

// readSubject reads whom the assertion is about and wants at least one bearer confirmation that holds: for our address, in time, in answer to
// our request.
func (sp ServiceProvider) readSubject(e *etree.Element, a *Assertion, now time.Time) error {
	subject := only(e, assertionNS, "Subject")
	if subject == nil {
		return refuse(Subject, "the assertion has no subject")
	}
	if err := shape(subject, assertionNS, map[string]int{"NameID": 1, "SubjectConfirmation": 5}); err != nil {
		return refuse(Subject, "the subject is not one plain NameID with its confirmations")
	}
	name, err := readNameID(only(subject, assertionNS, "NameID"))
	if err != nil {
		return err
	}
	a.NameID = name
	first := refuse(Confirmation, "the subject has no bearer confirmation")
	for i, confirmation := range children(subject, assertionNS, "SubjectConfirmation") {
		err := sp.checkConfirmation(confirmation, a.InResponseTo, now)
		if err == nil {
			return nil
		}
		if i == 0 {
			first = err
		}
	}
	return first
}

// readNameID reads a name. Format and qualifiers are kept as they are, since a logout request must repeat them.
func readNameID(e *etree.Element) (NameID, error) {
	if e == nil {
		return NameID{}, refuse(Subject, "there is no plain NameID")
	}
	name := NameID{Value: word(e), Format: attributeOr(e, "Format", ""), NameQualifier: attributeOr(e, "NameQualifier", ""),
		SPNameQualifier: attributeOr(e, "SPNameQualifier", "")}
	if name.Value == "" {
		return NameID{}, refuse(Subject, "the NameID is empty")
	}
	return name, nil
}

func (sp ServiceProvider) checkConfirmation(e *etree.Element, requestID string, now time.Time) error {
	if method, _ := attribute(e, "Method"); method != bearerMethod {
		return refuse(Confirmation, "the subject is not confirmed by bearer")
	}
	data := only(e, assertionNS, "SubjectConfirmationData")
	if data == nil {
		return refuse(Confirmation, "the confirmation says nothing")
	}
	if recipient, _ := attribute(data, "Recipient"); recipient != sp.AssertionConsumer {
		return refuse(Recipient, "the subject is confirmed for another address")
	}
	if err := checkInResponseTo(data, requestID); err != nil {
		return err
	}
	if _, ok := attribute(data, "NotOnOrAfter"); !ok {
		return refuse(Confirmation, "the confirmation has no end")
	}
	return sp.checkPeriod(data, now)
}

// checkPeriod wants now to lie between NotBefore and NotOnOrAfter, as far as they are there, give or take the skew.
func (sp ServiceProvider) checkPeriod(e *etree.Element, now time.Time) error {
	from, err := instant(e, "NotBefore")
	if err != nil {
		return err
	}
	until, err := instant(e, "NotOnOrAfter")
	if err != nil {
		return err
	}
	switch {
	case from.After(now.Add(sp.skew())):
		return refuse(TooEarly, "%s does not hold yet", e.Tag)
	case !until.IsZero() && !now.Before(until.Add(sp.skew())):
		return refuse(Expired, "%s does not hold any more", e.Tag)
	}
	return nil
}

// readConditions wants conditions, in time, with at least one audience restriction, and us in each of them.
func (sp ServiceProvider) readConditions(e *etree.Element, _ *Assertion, now time.Time) error {
	conditions := only(e, assertionNS, "Conditions")
	if conditions == nil {
		return refuse(Condition, "the assertion has no conditions")
	}
	// OneTimeUse holds for every assertion here; ProxyRestriction concerns those who issue assertions of their own.
	if shape(conditions, assertionNS, map[string]int{"AudienceRestriction": 8, "OneTimeUse": 1, "ProxyRestriction": 1}) != nil {
		return refuse(Condition, "there is a condition that is not known")
	}
	if err := sp.checkPeriod(conditions, now); err != nil {
		return err
	}
	restrictions := children(conditions, assertionNS, "AudienceRestriction")
	if len(restrictions) == 0 {
		return refuse(Audience, "the assertion does not say for whom it is meant")
	}
	for _, restriction := range restrictions {
		us := func(audience *etree.Element) bool { return word(audience) == sp.EntityID && sp.EntityID != "" }
		if !slices.ContainsFunc(children(restriction, assertionNS, "Audience"), us) {
			return refuse(Audience, "the assertion is meant for others")
		}
	}
	return nil
}

// readAuthentication wants a statement that somebody was authenticated, and a session that still lasts.
func (sp ServiceProvider) readAuthentication(e *etree.Element, a *Assertion, now time.Time) (err error) {
	statement := only(e, assertionNS, "AuthnStatement")
	if statement == nil {
		return refuse(Statement, "the assertion does not say that somebody was authenticated")
	}
	if a.AuthnInstant, err = instant(statement, "AuthnInstant"); err != nil {
		return err
	}
	if a.SessionNotOnOrAfter, err = instant(statement, "SessionNotOnOrAfter"); err != nil {
		return err
	}
	switch {
	case a.AuthnInstant.IsZero():
		return refuse(Statement, "the assertion does not say when somebody was authenticated")
	case a.AuthnInstant.After(now.Add(sp.skew())):
		return refuse(TooEarly, "the authentication lies in the future")
	case !a.SessionNotOnOrAfter.IsZero() && !now.Before(a.SessionNotOnOrAfter.Add(sp.skew())):
		return refuse(SessionOver, "the session at the identity provider is over")
	}
	a.SessionIndex = attributeOr(statement, "SessionIndex", "")
	return nil
}

// readAttributes collects attributes by name. Values stay as they are; a value with elements in it is left out.
func readAttributes(e *etree.Element, a *Assertion, _ time.Time) error {
	a.Attributes = map[string][]string{}
	for _, statement := range children(e, assertionNS, "AttributeStatement") {
		for _, attr := range children(statement, assertionNS, "Attribute") {
			name := attributeOr(attr, "Name", "")
			if name == "" {
				return refuse(Malformed, "an attribute has no name")
			}
			for _, value := range children(attr, assertionNS, "AttributeValue") {
				if s, plain := text(value); plain {
					a.Attributes[name] = append(a.Attributes[name], s)
				}
			}
		}
	}
	return nil
}
