// Package fault sorts errors into a short closed list of kinds, so that only the edges (pages, commands, a
// batch's stored status) decide what a person sees. The message of a Fault may be shown to people; a wrapped
// cause is for the log only.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says what sort of thing went wrong. The list is closed; values are stored with failed batches.
type Kind string

// The kinds.
const (
	Internal    Kind = "internal"    // ours to mend; the default for unmarked errors
	Invalid     Kind = "invalid"     // the caller's input is wrong; the message says how
	NotFound    Kind = "not_found"   // does not exist, or the caller may not know that it does
	Forbidden   Kind = "forbidden"   // the caller may know that it exists but not see it
	Conflict    Kind = "conflict"    // the state of things does not allow it now
	Unavailable Kind = "unavailable" // a part we depend on does not answer; try again
	Fenced      Kind = "fenced"      // a newer attempt has taken over this work
)

// Fault is an error of a kind, with a sentence for people and an optional cause for the log.
type Fault struct {
	Kind    Kind
	Message string
	Cause   error
}

// Error returns the message and the cause.
func (f *Fault) Error() string {
	if f.Cause != nil {
		return f.Message + ": " + f.Cause.Error()
	}
	return f.Message
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Cause }

// New makes a fault with a sentence for people.
func New(kind Kind, format string, args ...any) error {
	return &Fault{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap marks err with a kind and a sentence for people. It returns nil for a nil err.
func Wrap(kind Kind, err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Fault{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: err}
}

// KindOf returns the kind of the outermost Fault in err's chain, Internal when there is none.
func KindOf(err error) Kind {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }

// Message returns the sentence for people, or a general one when err carries none.
func Message(err error) string {
	var f *Fault
	if errors.As(err, &f) {
		return f.Message
	}
	return "Something went wrong on our side."
}

// Status maps a kind to its HTTP status.
func (k Kind) Status() int {
	switch k {
	case Invalid:
		return http.StatusBadRequest
	case NotFound:
		return http.StatusNotFound
	case Forbidden:
		return http.StatusForbidden
	case Conflict, Fenced:
		return http.StatusConflict
	case Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// ExitCode maps a kind to the exit status of a command: 2 for the caller's input, 3 for not found, 4 for a
// conflict, 5 when a part does not answer, 1 for the rest.
func (k Kind) ExitCode() int {
	switch k {
	case Invalid, Forbidden:
		return 2
	case NotFound:
		return 3
	case Conflict, Fenced:
		return 4
	case Unavailable:
		return 5
	}
	return 1
}
