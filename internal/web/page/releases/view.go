// Package releases is the pages for people who review and release: the list of releases and of public links, one release with what it shows and hides, and a
// link that was just issued. They show numbers of cells, never of students.
//
// Read view.go first, then words.go, then page.templ.
package releases

import (
	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/release"
	"scorehouse/internal/tenant"
	"scorehouse/internal/web/layout"
)

// Addresses of the pages.
const (
	Path      = "/admin/releases"
	LinksPath = "/admin/links"
)

// State is one of the choices of a form.
type State struct {
	ID         tenant.ID
	Code, Name string
}

// ListView is everything the list shows.
type ListView struct {
	Frame    layout.Frame
	States   []State          // whose releases the reader reviews
	Releases []release.Entry  // newest first
	Year     edu.AcademicYear // that the form begins with
	Links    []release.Link   // of the states in Publishes, newest first
	Publish  []State          // whose releases the reader may release, and whose links issue
	Problem  Problem
}

// ReleaseView is everything the page of one release shows.
type ReleaseView struct {
	Frame   layout.Frame
	State   State
	Release release.Review
	Publish bool // the reader may release and withdraw it
	Problem Problem

	MinN    int              // asked about; 0 when it is not
	Preview *release.Preview // with MinN; nil when it cannot be decided with it
}

// LinkView is a link that was just issued.
type LinkView struct {
	Frame   layout.Frame
	State   State
	Link    release.Link
	Address string // whole; told only here
}

// Problem is why something was not done; the empty one is none.
type Problem string

// The problems, as addresses name them.
const (
	BeingDecided    Problem = "being-decided"
	CorrectsNothing Problem = "corrects-nothing"
	NotReviewed     Problem = "not-reviewed"
	Overtaken       Problem = "overtaken"
	RulesChanged    Problem = "rules-changed"
	Previewing      Problem = "previewing"
	NotUnderstood   Problem = "not-understood"
)

// rules are those that hide, in the order of their columns.
var rules = []disclosure.Rule{disclosure.Small, disclosure.Change, disclosure.HiddenRow, disclosure.Complement, disclosure.Audit, disclosure.Closing}

// kinds are the kinds of rows.
var kinds = []disclosure.Kind{disclosure.StateRow, disclosure.DistrictRow, disclosure.SchoolRow}

// hidden is how many cells are hidden.
func hidden(t disclosure.Tally) int {
	n := 0
	for _, x := range t.Hidden {
		n += x
	}
	return n
}
