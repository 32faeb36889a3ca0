// Package batch keeps the life of a batch: one uploaded package from its arrival to its publication. It owns the
// PostgreSQL schema "batch" of the control database, and its id is the thread through all stages.
//
// Workers begin an attempt (Store.Begin), tell what their stages did (Note, PutRejects) and move the batch on (Advance). Every
// change names its attempt and is made under the batch's row lock: when a newer attempt has begun, an older one is refused
// with fault.Fenced, so that a worker that was given up cannot finish what its successor has begun. Sweeper settles batches
// that stand too long. The package runs no stage itself and never sees a row of a file.
//
// Read status.go first, then batch.go, register.go, attempt.go, read.go, sweep.go.
package batch

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/tenant"
)

// ID numbers a batch, in order of arrival: where two batches bring the same result, the higher one wins.
type ID int32

// ParseID reads an ID as people type it. The error is fault.Invalid.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 1 {
		return 0, fault.New(fault.Invalid, "%q is not the number of a batch.", s)
	}
	return ID(n), nil
}

// Batch is one uploaded package and how far it has come. Pointers and empty strings mean "not known yet" or "does not apply".
type Batch struct {
	ID             ID                 `json:"id"`
	Tenant         tenant.ID          `json:"tenant"`
	File           string             `json:"file"`      // name the sender gave it, below file_drop
	Size           int64              `json:"size"`      // bytes, as it arrived
	Digest         string             `json:"digest"`    // SHA-256 of the file as it arrived, lower-case hex
	StoredAs       string             `json:"stored_as"` // name in the file store
	Sender         string             `json:"sender"`    // SFTP account
	Status         Status             `json:"status"`
	Attempt        int                `json:"attempt"` // number of the newest attempt; 0 before the first
	Signer         string             `json:"signer"`  // fingerprint of the verified signature's key
	Content        string             `json:"content"` // what the package holds: assessment
	AssessmentGUID string             `json:"assessment"`
	AssessmentType edu.AssessmentType `json:"assessment_type"` // 0 when not known
	Subject        edu.Subject        `json:"subject"`
	AcademicYear   edu.AcademicYear   `json:"academic_year"` // named by its spring; 0 when not known
	RowsTotal      *int64             `json:"rows_total"`
	RowsAccepted   *int64             `json:"rows_accepted"`
	RowsRejected   *int64             `json:"rows_rejected"`
	StagingSchema  string             `json:"staging_schema"` // schema in the staging database that holds its rows
	Version        *int               `json:"version"`        // version of the warehouse that published it
	Code           *int               `json:"code"`           // code of docs/formats/codes.md when rejected or failed
	Reason         string             `json:"reason"`         // a sentence for people, without student data
	ReceivedAt     time.Time          `json:"received_at"`
	StatusSince    time.Time          `json:"status_since"`
	DeadlineAt     *time.Time         `json:"deadline_at"`
}

// MarshalJSON writes the batch as `scorehouse batch list --json` prints it; the type of assessment is its word.
func (b Batch) MarshalJSON() ([]byte, error) {
	type plain Batch
	return json.Marshal(struct {
		plain
		AssessmentType string `json:"assessment_type"`
	}{plain(b), b.AssessmentType.Slug()})
}

// Outcome says how a stage of an attempt ended.
type Outcome string

// The outcomes. The database has the same values as a CHECK.
const (
	OutcomeDone     Outcome = "done"
	OutcomeRejected Outcome = "rejected" // the sender must act
	OutcomeFailed   Outcome = "failed"   // we must act
	OutcomeNote     Outcome = "note"     // nothing ended; worth telling
)

// Event is one line of a batch's story: what one stage of one attempt did. Rows are nil where a stage does not count them.
// Detail is for people and never holds student data.
type Event struct {
	Attempt      int       `json:"attempt"` // set when read; Note takes it from its attempt
	Stage        string    `json:"stage"`
	Outcome      Outcome   `json:"outcome"`
	Started      time.Time `json:"started"`
	Finished     time.Time `json:"finished"`
	RowsIn       *int64    `json:"rows_in"`
	RowsOut      *int64    `json:"rows_out"`
	RowsRejected *int64    `json:"rows_rejected"`
	Detail       string    `json:"detail"`
}

// Reject is one row refused, with its place and the reason. Message never repeats a value of the row.
type Reject struct {
	Stage   string `json:"stage"` // set when read; PutRejects takes it as an argument
	File    string `json:"file"`
	Line    int64  `json:"line"` // physical line on which the row begins, the header being 1; 0 when the whole file is meant
	Column  string `json:"column"`
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// Deadlines say how long a batch may stand in a status before the sweep looks at it.
type Deadlines struct {
	Received  time.Duration // default 10 min
	Loading   time.Duration // default 3 h; must be longer than the time-out of the load job, which the sweep ends otherwise
	Staged    time.Duration // default 10 min
	Migrating time.Duration // default 3 h; must be longer than the time-out of the migrate job
}

// DefaultDeadlines are used by NewStore.
var DefaultDeadlines = Deadlines{Received: 10 * time.Minute, Loading: 3 * time.Hour, Staged: 10 * time.Minute, Migrating: 3 * time.Hour}

// of returns the time a batch may have a status; 0 means no limit: it waits for people, or for nothing.
func (d Deadlines) of(s Status) time.Duration {
	switch s {
	case Received:
		return d.Received
	case Loading:
		return d.Loading
	case Staged:
		return d.Staged
	case Migrating:
		return d.Migrating
	}
	return 0
}

// Store reads and writes batches in the control database. It is safe for concurrent use.
type Store struct {
	pool      *pgxpool.Pool
	deadlines Deadlines
}

// NewStore returns the batches of the control database behind pool.
func NewStore(pool *pgxpool.Pool) *Store { return &Store{pool: pool, deadlines: DefaultDeadlines} }

// WithDeadlines returns a store like s with other deadlines. Zero fields keep their default.
func (s *Store) WithDeadlines(d Deadlines) *Store {
	def := DefaultDeadlines
	for _, x := range []struct{ have, def *time.Duration }{
		{&d.Received, &def.Received}, {&d.Loading, &def.Loading}, {&d.Staged, &def.Staged}, {&d.Migrating, &def.Migrating},
	} {
		if *x.have <= 0 {
			*x.have = *x.def
		}
	}
	return &Store{pool: s.pool, deadlines: d}
}

// deadlineIn returns the seconds until the deadline of a status, nil for none.
func (s *Store) deadlineIn(to Status) *float64 {
	if d := s.deadlines.of(to); d > 0 {
		return new(d.Seconds())
	}
	return nil
}
