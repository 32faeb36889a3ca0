// Package release keeps what is published to the strict audience and the public: releases of a year's results, each decided as a whole before
// anybody sees it, and the links by which pages without sign-in are opened.
//
// A release is asked for (Desk.Make), counted in one version of the warehouse and decided together with every earlier release of its year (Worker), reviewed
// (Desk.Review, Desk.Preview) and then released by somebody who may (Desk.Publish). Until then nothing of it is visible; a refused one says why and can never
// be released. Store answers readers: it knows released ones only. What was once released counts as known for ever, withdrawn or not.
//
// It owns the schema release of the control database, whose triggers hold the order of states whatever the code does. What may be shown is decided by package
// disclosure/decide, from counts of package population; this package decides nothing about numbers.
//
// Read release.go, view.go, store.go, desk.go, rules.go, work.go, link.go.
package release

import (
	"fmt"
	"slices"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/tenant"
)

// Kind is what a release says of itself. It changes nothing about what is shown.
type Kind string

// The kinds.
const (
	Preliminary Kind = "preliminary" // results are still to come
	Final       Kind = "final"
	Correction  Kind = "correction" // of a release before it
)

// Kinds lists the kinds in the order in which a year has them.
var Kinds = []Kind{Preliminary, Final, Correction}

// ParseKind reads a kind.
func ParseKind(s string) (Kind, error) {
	if k := Kind(s); slices.Contains(Kinds, k) {
		return k, nil
	}
	return "", fmt.Errorf("%q is no kind of release: preliminary, final or correction", s)
}

// State is how far a release is.
type State string

// The states.
const (
	StateLoading   State = "loading"   // being counted and decided
	StateReviewing State = "reviewing" // decided; whoever may review sees it, nobody else
	StateReleased  State = "released"  // strict audiences read it
	StateWithdrawn State = "withdrawn" // nobody does any more, or ever did
	StateRefused   State = "refused"   // cannot be made safe, or could not be counted; its reasons say why
)

// Released is a release as strict audiences read it. It does not change and may be used by many at once.
type Released struct {
	ID      int64 // for caches, never for readers
	Number  int   // as in Heading
	Tenant  tenant.ID
	Year    edu.AcademicYear
	Kind    Kind
	Version int       // of the warehouse that was counted; for tags of caches, not for readers
	At      time.Time // when it was released
	Answers *disclosure.Release
	Names   Names
	Levels  map[edu.Subject][]string // names of the performance levels of each subject, the lowest first; as many as Answers.Levels
}

// Place is an institution as the public knows it.
type Place struct {
	Row  disclosure.Row
	ID   string // stable over releases and years, opaque: 10 lower-case letters and digits
	Name string // as of the release's version
}

// Names are the institutions of a release: the state, then each district followed by its schools, as Answers.Rows has them. The state's Name is the tenant's.
type Names struct {
	places []Place
	byRow  map[disclosure.Row]int
	byID   map[string]int
}

// NewNames makes look-ups of places.
func NewNames(places []Place) Names {
	n := Names{places: places, byRow: make(map[disclosure.Row]int, len(places)), byID: make(map[string]int, len(places))}
	for i, p := range places {
		n.byRow[p.Row], n.byID[p.ID] = i, i
	}
	return n
}

// All returns the places in the order of Answers.Rows. The caller must not change them.
func (n Names) All() []Place { return n.places }

// Of returns the place of a row, false when the release has none.
func (n Names) Of(r disclosure.Row) (Place, bool) {
	i, ok := n.byRow[r]
	if !ok {
		return Place{}, false
	}
	return n.places[i], true
}

// Find returns the place of a public identifier, false when the release has none.
func (n Names) Find(id string) (Place, bool) {
	i, ok := n.byID[id]
	if !ok {
		return Place{}, false
	}
	return n.places[i], true
}

// Link opens the public pages of a state to whoever knows its token.
type Link struct {
	ID        int64 // for lists and revocation; opens nothing
	Tenant    tenant.ID
	Indexable bool // search engines may keep the pages
	Expires   time.Time
	Note      string // of whoever issued it, for lists
	By        string // who issued it
	Issued    time.Time
	Revoked   time.Time // zero while it is not
	RevokedBy string
}

// Opens reports whether the link opens anything at a time.
func (l Link) Opens(at time.Time) bool { return l.Revoked.IsZero() && at.Before(l.Expires) }
