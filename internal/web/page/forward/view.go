// Package forward is the page that leads on by itself: after an answer of an identity provider, and to one for signing out.
//
// It is a page and not a redirect so that the browser takes the next request for one of this site, sends the session's cookie with it, and
// does not keep the provider's answer in its history.
package forward

import "scorehouse/internal/web/layout"

// Kind is where the page leads.
type Kind int

// The kinds.
const (
	SignedIn  Kind = iota // to the page that was asked for
	SignedOut             // to the identity provider, to sign out there too
)

// View is everything the page shows. It leads to Frame.Forward, or posts Fields to Action.
type View struct {
	Frame  layout.Frame
	Kind   Kind
	Action string
	Fields []layout.Field
}
