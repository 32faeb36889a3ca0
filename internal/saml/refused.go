package saml

import "fmt"

// Reason is the class of a refusal. The list is closed; security events and docs/formats/saml.md use these words.
type Reason string

// The reasons, in the order of the gate.
const (
	TooLarge     Reason = "too_large"      // over a limit of size, depth or number
	Malformed    Reason = "malformed"      // not base64, not UTF-8, not XML, XML that reads differently when written again, or a value that is none
	Forbidden    Reason = "forbidden"      // a document type, an entity, a comment, a processing instruction, CDATA
	Structure    Reason = "structure"      // elements where they must not be: several assertions, an id used twice, wrapped signatures
	Provider     Reason = "provider"       // the provider's metadata have expired or hold no certificate that may be used
	Unsigned     Reason = "unsigned"       // no signature covers what would be believed
	Algorithm    Reason = "algorithm"      // an algorithm that is not allowed (SHA-1, HMAC, RSA 1.5, AES-CBC unless allowed)
	Signature    Reason = "signature"      // no certificate of the provider fits the signature, or the content was changed
	Decryption   Reason = "decryption"     // not encrypted to one of our keys, or changed on the way; never says more
	Status       Reason = "status"         // the identity provider did not sign anybody in
	Version      Reason = "version"        // not SAML 2.0
	Issuer       Reason = "issuer"         // from another identity provider, or it does not say from which
	Destination  Reason = "destination"    // meant for another address
	InResponseTo Reason = "in_response_to" // not the answer to the request of this browser, or to no request
	TooOld       Reason = "too_old"        // issued longer ago than allowed
	TooEarly     Reason = "too_early"      // issued in the future, or not valid yet
	Expired      Reason = "expired"        // no longer valid
	Subject      Reason = "subject"        // does not say whom it is about, or in a form we do not read
	Confirmation Reason = "confirmation"   // no bearer confirmation
	Recipient    Reason = "recipient"      // confirmed for another address
	Audience     Reason = "audience"       // not meant for us
	Condition    Reason = "condition"      // a condition we do not know
	Statement    Reason = "statement"      // does not say that somebody was authenticated
	SessionOver  Reason = "session_over"   // the session at the identity provider has ended
	Fault        Reason = "fault"          // a defect of ours; the message is refused
)

// Reasons lists all reasons.
var Reasons = []Reason{TooLarge, Malformed, Forbidden, Structure, Provider, Unsigned, Algorithm, Signature, Decryption, Status, Version, Issuer, Destination,
	InResponseTo, TooOld, TooEarly, Expired, Subject, Confirmation, Recipient, Audience, Condition, Statement, SessionOver, Fault}

// Refused is why a message is not believed. Its text names the place and the rule, never a value of the message, so it may be logged.
type Refused struct {
	Reason Reason
	Detail string // "the assertion's audience is not us"
}

// Error returns the reason and the detail.
func (r *Refused) Error() string { return fmt.Sprintf("saml: refused (%s): %s", r.Reason, r.Detail) }

func refuse(reason Reason, format string, args ...any) error {
	return &Refused{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}
