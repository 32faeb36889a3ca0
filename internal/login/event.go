package login

import (
	"context"
	"errors"
	"fmt"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/saml"
	"scorehouse/internal/tenant"
)

// Events takes what happens at sign-in and sign-out, for the security log. Record returns when the event is safe. The client's address and
// the request's number are in the context, for whoever put them there.
type Events interface {
	Record(ctx context.Context, e Event) error
}

// EventKind says what happened.
type EventKind string

// The kinds.
const (
	SignInBegun    EventKind = "signin.begun"    // a browser was sent to an identity provider
	SignedIn       EventKind = "signin"          // a session began
	SignInRefused  EventKind = "signin.refused"  // an answer of an identity provider was refused, or a sign-in not begun
	GrantRefused   EventKind = "grant.refused"   // values of attributes gave less than they said
	SignedOut      EventKind = "signout"         // a session ended at its person's wish or its identity provider's
	SignOutRefused EventKind = "signout.refused" // a logout message was refused
)

// Event is something that happened. It holds no name and no value of an attribute but the person's id.
type Event struct {
	Kind      EventKind
	Provider  string // ours for it; empty when it is not known
	UserID    string
	SessionID string
	Tenants   []tenant.ID
	Roles     []access.Role
	Reason    string // class of a refusal, one of the Reasons here, of package saml or of access.Rejection
	Detail    string // a sentence for operators
	Count     int    // of GrantRefused: how many values
}

// Reasons of refusals that are not those of a message (saml.Reason).
const (
	ReasonUnknownRequest  = "unknown_request"   // nobody began this, or too long ago
	ReasonOtherBrowser    = "other_browser"     // another browser began it, or this one does not keep cookies
	ReasonUsed            = "request_used"      // the request was answered before
	ReasonReplayed        = "replayed"          // the message was taken before
	ReasonUnknownProvider = "unknown_provider"  // the issuer is no provider of ours
	ReasonDisabled        = "provider_disabled" // an operator has switched the provider off
	ReasonNoUserID        = "no_user_id"        // the attributes do not say who it is
	ReasonLoop            = "loop"              // the browser signs in again and again
)

// Refused is why a sign-in or a logout message was refused. Its text may be logged; people read the fault around it.
type Refused struct {
	Reason   string
	Detail   string
	Provider string // ours for the one concerned, when it is known and enabled: signing in can begin anew there
}

// Error returns the reason and the detail.
func (r *Refused) Error() string {
	if r.Detail == "" {
		return fmt.Sprintf("refused (%s)", r.Reason)
	}
	return fmt.Sprintf("refused (%s): %s", r.Reason, r.Detail)
}

// refusal returns the refusal in err's chain, with a message's own reason, nil when there is none.
func refusal(err error, provider string) *Refused {
	if r, ok := errors.AsType[*Refused](err); ok {
		if r.Provider == "" {
			r.Provider = provider
		}
		return r
	}
	if r, ok := errors.AsType[*saml.Refused](err); ok {
		return &Refused{Reason: string(r.Reason), Detail: r.Detail, Provider: provider}
	}
	return nil
}

// forPeople adds the sentence that the person reads.
func (r *Refused) forPeople() error {
	switch r.Reason {
	case ReasonUnknownRequest, ReasonUsed, ReasonReplayed:
		return fault.Wrap(fault.Forbidden, r, "This sign-in was finished already or took too long. Please begin again.")
	case ReasonOtherBrowser:
		return fault.Wrap(fault.Forbidden, r, "This sign-in was begun in another browser, or your browser does not keep our cookies. Please begin again.")
	case ReasonLoop:
		return fault.Wrap(fault.Forbidden, r, "Your browser was sent to sign in again and again. Allow cookies for this site, wait a minute and try again.")
	case string(saml.Status):
		return fault.Wrap(fault.Forbidden, r, "Your organization's sign-in did not let you in.")
	case string(saml.TooOld), string(saml.TooEarly), string(saml.Expired), string(saml.SessionOver):
		return fault.Wrap(fault.Forbidden, r, "Your organization's answer was too old, or its clock differs from ours. Please begin again.")
	}
	return fault.Wrap(fault.Forbidden, r, "Your organization's answer could not be accepted. Give the reference to your help desk.")
}

// events names a session in an event.
func (s Session) event(kind EventKind) Event {
	e := Event{Kind: kind, Provider: s.Provider, UserID: s.UserID, SessionID: s.ID, Tenants: s.Tenants()}
	seen := map[access.Role]bool{}
	for _, g := range s.Grants {
		if !seen[g.Role] {
			seen[g.Role] = true
			e.Roles = append(e.Roles, g.Role)
		}
	}
	return e
}
