// Package explain is the page for people who administer a state: which grants of somebody show or hide a student or an institution.
package explain

import (
	"time"

	"scorehouse/internal/access"
	"scorehouse/internal/web/layout"
)

// View is everything the page shows: the question, and where one was asked, the answer.
type View struct {
	Frame  layout.Frame
	States []State // that the reader administers

	User, State, District, School string
	Student                       string // address of one of a student's pages, instead of District and School
	Permission                    access.Permission

	Problem Problem
	People  []Person // of that name; several when several identity providers know one
}

// State is one of the choices.
type State struct{ Code, Name string }

// Problem is why there is no answer.
type Problem int

// The problems.
const (
	NoProblem Problem = iota
	NobodyKnown
	NoSuchStudent
	SchoolWithoutDistrict
)

// Person is who was asked about, as one identity provider knows that person.
type Person struct {
	Provider string
	SignedIn time.Time          // last
	Rejected []access.Rejection // values of the provider that gave less than they say
	Places   []Place
}

// Place is where the question is about: a school, a district, or the whole state.
type Place struct {
	District, School string
	Reasons          []access.Reason // those that show come first
}

// Shows reports whether any grant permits it.
func (p Place) Shows() bool { return len(p.Reasons) > 0 && p.Reasons[0].Shows }
