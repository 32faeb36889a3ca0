package disclosure

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"scorehouse/internal/edu"
)

// Rule is why a cell is hidden. Readers never learn it: all hidden cells look alike. Operators see how many there are of each.
type Rule int8

// The rules, in the order in which they are applied: a cell is hidden by the first.
const (
	Small      Rule = iota // 1 to MinN-1 students
	Change                 // it differs from an earlier release of the year by 1 to MinN-1 students
	HiddenRow              // the row is hidden without filters, so it is with them
	Complement             // another hidden cell could be worked out from it by subtraction
	Audit                  // another hidden cell could be worked out from it in a way that the audit found
	Closing                // the audit found no smaller part to hide than all options of the attribute in these rows
	Rules                  // how many there are
)

// String names the rule for operators.
func (r Rule) String() string {
	return [...]string{"small", "change", "hidden row", "complement", "audit", "closing"}[r]
}

// Tally is how many cells with students there are of a kind of row, and how many of them each rule hides.
type Tally struct {
	Cells  int        `json:"cells"`
	Hidden [Rules]int `json:"hidden"`
}

// Decision is which cells of a release the strict audience is shown. It holds no number of any student group. Package decide makes it.
type Decision struct {
	Catalogue *Catalogue
	Year      edu.AcademicYear
	Subjects  []SubjectDecision // as in the counts
	Rows      []Row             // likewise
	Digest    [8]byte           // of the counts

	shown [][]uint64 // by subject: a bit per row and question
}

// SubjectDecision is what was decided about a subject as a whole.
type SubjectDecision struct {
	Subject edu.Subject `json:"subject"`

	// Withheld says that nothing of the subject is released: the audit still found a way to work out a hidden number of the unfiltered tables.
	Withheld bool `json:"withheld,omitempty"`

	// NotReleased are the attributes that are not answered in this release, and HubNotReleased those that are not answered together with the hub, because the audit
	// still found a way to work out a hidden number of theirs. Readers are told so (Refusal NotReleased).
	NotReleased    []Attribute `json:"not_released,omitempty"`
	HubNotReleased []Attribute `json:"hub_not_released,omitempty"`

	// Reasons say so in sentences for operators, without any number of students.
	Reasons []string `json:"reasons,omitempty"`

	Tallies [kinds]Tally `json:"tallies"` // by Kind
	Rounds  int          `json:"rounds"`  // of the audit, until it found nothing

	// Iterations is the most that the audit took to solve all sums together.
	Iterations int `json:"iterations,omitempty"`
}

// Complete reports whether the whole catalogue of the subject is released.
func (s SubjectDecision) Complete() bool {
	return !s.Withheld && len(s.NotReleased)+len(s.HubNotReleased) == 0
}

// NewDecision returns a decision that shows nothing.
func NewDecision(n *Counts) *Decision {
	d := &Decision{Catalogue: n.Catalogue, Year: n.Year, Rows: n.Rows, Digest: n.Digest()}
	for _, s := range n.Subjects {
		d.Subjects = append(d.Subjects, SubjectDecision{Subject: s.Subject})
		d.shown = append(d.shown, make([]uint64, d.words()))
	}
	return d
}

func (d *Decision) words() int { return (len(d.Rows)*d.Catalogue.Len() + 63) / 64 }

// Show marks a cell as shown. A cell without students is shown as such.
func (d *Decision) Show(subject, row int, q Question) {
	at := row*d.Catalogue.Len() + int(q)
	d.shown[subject][at/64] |= 1 << (at % 64)
}

// Shown reports whether a cell is shown.
func (d *Decision) Shown(subject, row int, q Question) bool {
	at := row*d.Catalogue.Len() + int(q)
	return d.shown[subject][at/64]>>(at%64)&1 != 0
}

// ShownCells returns how many cells of a subject are shown, those without students among them.
func (d *Decision) ShownCells(subject int) int {
	n := 0
	for _, w := range d.shown[subject] {
		n += bits.OnesCount64(w)
	}
	return n
}

// Answers reports whether a question is answered at all in this release of a subject.
func (d *Decision) Answers(subject int, q Question) bool { return d.refusal(subject, q) == "" }

// refusal returns why a question is not answered in this release.
func (d *Decision) refusal(subject int, q Question) Refusal {
	s := &d.Subjects[subject]
	if s.Withheld {
		return NotReleased
	}
	if len(s.NotReleased)+len(s.HubNotReleased) == 0 {
		return ""
	}
	options := d.Catalogue.Options(q)
	for _, o := range options {
		if slices.Contains(s.NotReleased, o.Attribute) || len(options) == 2 && slices.Contains(s.HubNotReleased, o.Attribute) {
			return NotReleased
		}
	}
	return ""
}

// decisionHeader begins an encoded decision.
type decisionHeader struct {
	Policy   Policy            `json:"policy"`
	Grades   []edu.Grade       `json:"grades"`
	Year     edu.AcademicYear  `json:"year"`
	Subjects []SubjectDecision `json:"subjects"`
	Digest   [8]byte           `json:"digest"`
}

// Encode returns the decision as bytes: some 30 KB for a state of 5,000 schools and two subjects, ten times that with pairs.
func (d *Decision) Encode() []byte {
	body := appendHeader(nil, decisionHeader{d.Catalogue.policy, d.Catalogue.grades, d.Year, d.Subjects, d.Digest})
	body = appendRows(body, d.Rows)
	for _, shown := range d.shown {
		for _, w := range shown {
			body = binary.LittleEndian.AppendUint64(body, w)
		}
	}
	return pack(decisionForm, body)
}

// DecodeDecision is the reverse of Encode. Damaged bytes are an error, never another decision.
func DecodeDecision(encoded []byte) (*Decision, error) {
	r, err := unpack(decisionForm, encoded)
	if err != nil {
		return nil, fmt.Errorf("decode decision: %w", err)
	}
	var h decisionHeader
	if err := r.header(&h); err != nil {
		return nil, fmt.Errorf("decode decision: %w", err)
	}
	if err := h.Policy.Validate(); err != nil {
		return nil, fmt.Errorf("decode decision: %w", err)
	}
	d := &Decision{Catalogue: NewCatalogue(h.Policy, h.Grades), Year: h.Year, Subjects: h.Subjects, Digest: h.Digest, Rows: r.rows()}
	if r.failed || len(r.rest) != 8*d.words()*len(d.Subjects) {
		return nil, fmt.Errorf("decode decision: %w", errDamaged)
	}
	for range d.Subjects {
		shown := make([]uint64, d.words())
		for i := range shown {
			shown[i] = binary.LittleEndian.Uint64(r.rest[8*i:])
		}
		r.rest = r.rest[8*len(shown):]
		d.shown = append(d.shown, shown)
	}
	return d, nil
}
