package printing

import (
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
)

// ID names a job: 26 letters and digits, which nobody can guess.
type ID string

// State is how far a job is.
type State string

// The states.
const (
	Waiting   State = "waiting"
	Printing  State = "printing"
	Ready     State = "ready"
	Failed    State = "failed"
	Cancelled State = "cancelled"
	Expired   State = "expired" // its documents are gone
)

// Over reports whether nothing more happens by itself.
func (s State) Over() bool { return s != Waiting && s != Printing }

// Reason is why a job has failed: a class, for words in the reader's language.
type Reason string

// The reasons.
const (
	OurSide    Reason = "our_side"    // something broke here
	GivenUp    Reason = "given_up"    // an operator ended it, or it was tried too often
	NobodyLeft Reason = "nobody_left" // none of the students has such a result any more
)

// Requester is who asks: a person of an identity provider.
type Requester struct {
	Provider string
	User     string // the person's id there
	Name     string // for the cover
}

// Place is what a bundle is of, in names for people; empty for students chosen one by one from several schools.
type Place struct {
	District string `json:"district,omitempty"`
	School   string `json:"school,omitempty"`
	Group    string `json:"group,omitempty"` // of students, such as a class
}

// Job is a bundle that somebody has asked for.
type Job struct {
	ID          ID
	Tenant      tenant.ID
	Requester   Requester
	Scope       scope.Scope
	Wish        Wish
	Place       Place
	Schools     []scope.School // whose results are in it, once it is ready those of earlier years too
	Students    int            // asked for
	Done        int            // of them
	State       State
	Reason      Reason
	Attempt     int
	RequestedAt time.Time
	FinishedAt  time.Time // zero while it is not over
	ExpiresAt   time.Time // zero unless it is ready or expired
	Parts       []Part    // of a ready job
}

// Bytes is the size of all documents.
func (j Job) Bytes() int64 {
	var n int64
	for _, p := range j.Parts {
		n += p.Bytes
	}
	return n
}

func (j Job) placeName() string {
	switch {
	case j.Place.School != "":
		return j.Place.School
	case j.Place.District != "":
		return j.Place.District
	}
	return "selection"
}

// Part is one document of a job.
type Part struct {
	Number        int
	School        string     // name; empty when it holds several
	Grade         *edu.Grade // nil when it may hold several
	Piece, Pieces int        // which of the documents that a school and grade, or the bundle, has
	First, Last   string     // beginnings of the last names of a piece
	Students      int
	Pages         int
	Bytes         int64
	FileName      string

	digest   []byte
	storedAs string
	schools  []scope.School // whose results are in it; known while it is made
}
