// Package signin is the demo's page for choosing a person to sign in as. It is served by the demo only.
package signin

import "scorehouse/internal/web/layout"

// View is everything the page shows.
type View struct {
	Frame  layout.Frame // of nobody: Person is empty
	Action string       // address the buttons post to
	Field  string       // name of the field that carries Person.Key
	Return string       // where to go afterwards; empty leaves it to the person's start page
	People []Person
}

// Person is one who can be signed in.
type Person struct {
	Key  string // value posted
	Name string // "Rosa Delgado"
	Role string // "Teacher", "Principal"
	Sees string // one sentence: which results this person may see
}
