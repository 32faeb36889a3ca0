// Package session is the pages about the session itself that ask for a decision: the warning before its end, for browsers without
// script, and whether to sign out.
package session

import "scorehouse/internal/web/layout"

// Kind is what the page asks.
type Kind int

// The kinds.
const (
	EndsIdle Kind = iota // the session ends soon, because no page was opened
	EndsHard             // it ends soon, because it has lasted as long as it may
	SignOut              // somebody sent the browser here to sign out
)

// View is everything the page shows.
type View struct {
	Frame   layout.Frame
	Kind    Kind
	Minutes int    // left, at least 1
	Stay    string // address that Return is posted to
	Again   string // address to sign in again
	Return  string // address to come back to
}
