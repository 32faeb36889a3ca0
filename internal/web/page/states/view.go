// Package states is the start page of people who work with several states: a map of those, and a table that says what the person sees of each.
package states

import (
	"scorehouse/internal/edu"
	"scorehouse/internal/web/layout"
)

// View is everything the page shows.
type View struct {
	Frame  layout.Frame
	States []State // in order of name
}

// State is one that the person may open.
type State struct {
	Code    edu.StateCode
	Name    string // "State of Tamarack"
	Address string
	Sees    Sees
	Start   layout.Crumb // the one district or school where the person's grants begin; zero when that is the state
}

// Sees is how much of a state's students a person may open.
type Sees int

// How much.
const (
	Comparisons  Sees = iota // counts only
	SomeStudents             // students of some institutions
	AllStudents
)
