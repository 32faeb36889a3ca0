// Package message is the page that says why there is nothing to show, and what to do next.
package message

import "scorehouse/internal/web/layout"

// Kind is what happened.
type Kind int

// The messages. A student whom a person may not see and one who does not exist are both NotFound: whether a student
// exists is itself not for everybody to know.
const (
	NotFound      Kind = iota // no such page, or not for this person
	Failed                    // something broke; Reference finds it in the logs
	NoResults                 // the address is good, but nobody has results there
	SignInNeeded              // the session has ended or never began
	Unavailable               // the database does not answer; try again
	NotUnderstood             // the address has a value that cannot be read
	Forbidden                 // exists, and is not for this person; Detail says what
	NoRole                    // signed in, and nothing is granted
	SignedOut                 // the session has ended
	SignInRefused             // an identity provider's answer was not believed; never says why
	SignInLoop                // signing in again and again
	NoProvider                // nobody can sign in, because no identity provider is known
	SignOutFailed             // signed out here, perhaps not at the identity provider
	Insecure                  // came without TLS
	OtherHost                 // came for another host
	TooOften                  // too many requests of one address to sign in
	TooMany                   // too many requests of one address for anything else
)

// View is everything the page shows.
type View struct {
	Frame     layout.Frame
	Kind      Kind
	Detail    string // one sentence more, for people; may be empty
	Reference string // of the request; shown when not empty
	Next      Link   // where to go; the start page when it has no address
}

// Link is a way on. Without a text it says what fits the kind.
type Link struct{ Text, Address string }
