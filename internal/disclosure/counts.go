package disclosure

import (
	"bytes"
	"cmp"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sort"

	"scorehouse/internal/edu"
)

// Row is an institution by the warehouse's ids, which stay the same from version to version: the state has neither district nor school, a district no school.
type Row struct {
	District, School int32
}

// Kind is what a row is.
type Kind int8

// The kinds of rows.
const (
	StateRow Kind = iota
	DistrictRow
	SchoolRow
	kinds
)

// String returns state, district or school.
func (k Kind) String() string { return [...]string{"state", "district", "school"}[k] }

// Kind returns what the row is.
func (r Row) Kind() Kind {
	switch {
	case r.School != 0:
		return SchoolRow
	case r.District != 0:
		return DistrictRow
	}
	return StateRow
}

func (r Row) compare(x Row) int {
	return cmp.Or(cmp.Compare(r.District, x.District), cmp.Compare(r.School, x.School))
}

// SubjectLevels is a subject and how many performance levels it has.
type SubjectLevels struct {
	Subject edu.Subject `json:"subject"`
	Levels  int         `json:"levels"`
}

// Counts are the exact numbers of one academic year and type of assessment in one version of the warehouse: of every row, question of the catalogue and
// subject how many students are on each level. Fill those of the schools, then call Sum. Exact numbers are never shown; keep them like the warehouse.
type Counts struct {
	Catalogue *Catalogue
	Year      edu.AcademicYear
	Subjects  []SubjectLevels
	Rows      []Row // the state, then each district followed by its schools, by id

	parents []int32 // by row; -1 for the state
	cells   [][]int32
}

// NewCounts makes room for the counts of schools, in any order; their districts and the state are added. Ids are above 0.
func NewCounts(c *Catalogue, year edu.AcademicYear, subjects []SubjectLevels, schools []Row) *Counts {
	n := &Counts{Catalogue: c, Year: year, Subjects: append([]SubjectLevels{}, subjects...)}
	n.Rows = append(make([]Row, 0, len(schools)*5/4+1), Row{})
	for _, s := range schools {
		n.Rows = append(n.Rows, s, Row{District: s.District})
	}
	slices.SortFunc(n.Rows, Row.compare)
	n.Rows = slices.Compact(n.Rows)
	n.parents = parentsOf(n.Rows)
	for _, s := range subjects {
		n.cells = append(n.cells, make([]int32, len(n.Rows)*c.Len()*s.Levels))
	}
	return n
}

func parentsOf(rows []Row) []int32 {
	parents := make([]int32, len(rows))
	district := int32(0)
	for i, r := range rows {
		switch r.Kind() {
		case StateRow:
			parents[i] = -1
		case DistrictRow:
			parents[i], district = 0, int32(i)
		case SchoolRow:
			parents[i] = district
		}
	}
	return parents
}

// Row returns the index of a row, -1 when it has no results.
func (n *Counts) Row(r Row) int {
	i := sort.Search(len(n.Rows), func(i int) bool { return n.Rows[i].compare(r) >= 0 })
	if i < len(n.Rows) && n.Rows[i] == r {
		return i
	}
	return -1
}

// Parent returns the row that a row is part of, -1 for the state.
func (n *Counts) Parent(row int) int { return int(n.parents[row]) }

// Subject returns the index of a subject, -1 when it has no results.
func (n *Counts) Subject(s edu.Subject) int {
	return slices.IndexFunc(n.Subjects, func(x SubjectLevels) bool { return x.Subject == s })
}

// Levels returns the students on each level, the first first, for reading and for filling.
func (n *Counts) Levels(subject, row int, q Question) []int32 {
	levels := n.Subjects[subject].Levels
	at := (row*n.Catalogue.Len() + int(q)) * levels
	return n.cells[subject][at : at+levels : at+levels]
}

// Students returns how many students there are, 0 for a row of -1.
func (n *Counts) Students(subject, row int, q Question) int {
	if row < 0 {
		return 0
	}
	total := 0
	for _, k := range n.Levels(subject, row, q) {
		total += int(k)
	}
	return total
}

// Sum fills districts and the state from the schools.
func (n *Counts) Sum() {
	for s, x := range n.Subjects {
		width := n.Catalogue.Len() * x.Levels
		for _, kind := range []Kind{SchoolRow, DistrictRow} {
			for row, r := range n.Rows {
				if r.Kind() != kind {
					continue
				}
				from, to := n.cells[s][row*width:(row+1)*width], n.cells[s][int(n.parents[row])*width:]
				for i, k := range from {
					to[i] += k
				}
			}
		}
	}
}

// Check returns an error when the numbers do not add up as the catalogue says: then something else than what is published was counted, and nothing may be decided.
func (n *Counts) Check() error {
	for s, x := range n.Subjects {
		for row := range n.Rows {
			for _, sum := range n.Catalogue.Sums() {
				for l := range x.Levels {
					total := n.Levels(s, row, sum.Total)[l]
					for _, q := range sum.Parts {
						total -= n.Levels(s, row, q)[l]
					}
					if total != 0 {
						return fmt.Errorf("%s: the options of %v do not add up to everybody in every row", x.Subject, sum.Divided)
					}
				}
			}
		}
	}
	return nil
}

// Digest tells counts apart.
func (n *Counts) Digest() [8]byte {
	h := sha256.New()
	fmt.Fprintln(h, n.Year, n.Subjects, n.Catalogue.policy, n.Catalogue.grades)
	for _, x := range []any{n.Rows, n.cells} {
		switch x := x.(type) {
		case []Row:
			_ = binary.Write(h, binary.LittleEndian, x)
		case [][]int32:
			for _, cells := range x {
				_ = binary.Write(h, binary.LittleEndian, cells)
			}
		}
	}
	return [8]byte(h.Sum(nil)[:8])
}

// countsHeader begins encoded counts.
type countsHeader struct {
	Policy   Policy           `json:"policy"`
	Grades   []edu.Grade      `json:"grades"`
	Year     edu.AcademicYear `json:"year"`
	Subjects []SubjectLevels  `json:"subjects"`
}

// The first bytes of what is encoded; the digit is the version of the form.
const (
	countsForm   = "scorehouse counts 1\n"
	decisionForm = "scorehouse decision 1\n"
)

// Encode returns the counts as bytes, for keeping beside the Decision of a release: later releases of the year are decided together with it when the
// warehouse no longer has the version.
func (n *Counts) Encode() []byte {
	body := appendHeader(nil, countsHeader{n.Catalogue.policy, n.Catalogue.grades, n.Year, n.Subjects})
	body = appendRows(body, n.Rows)
	for s, x := range n.Subjects {
		width := n.Catalogue.Len() * x.Levels
		for row, r := range n.Rows {
			if r.Kind() != SchoolRow {
				continue
			}
			for _, k := range n.cells[s][row*width : (row+1)*width] {
				body = binary.AppendUvarint(body, uint64(k))
			}
		}
	}
	return pack(countsForm, body)
}

// errDamaged says that bytes are not what was encoded. Nothing may be shown then.
var errDamaged = errors.New("these are not the bytes that were encoded")

// DecodeCounts is the reverse of Encode.
func DecodeCounts(encoded []byte) (*Counts, error) {
	r, err := unpack(countsForm, encoded)
	if err != nil {
		return nil, fmt.Errorf("decode counts: %w", err)
	}
	var h countsHeader
	if err := r.header(&h); err != nil {
		return nil, fmt.Errorf("decode counts: %w", err)
	}
	if err := h.Policy.Validate(); err != nil {
		return nil, fmt.Errorf("decode counts: %w", err)
	}
	rows := r.rows()
	for _, s := range h.Subjects {
		if s.Levels < 1 || s.Levels > maxLevels || len(rows) > maxRows {
			return nil, fmt.Errorf("decode counts: %w", errDamaged)
		}
	}
	n := NewCounts(NewCatalogue(h.Policy, h.Grades), h.Year, h.Subjects, slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Kind() != SchoolRow }))
	if r.failed || !slices.Equal(rows, n.Rows) {
		return nil, fmt.Errorf("decode counts: %w", errDamaged)
	}
	for s, x := range n.Subjects {
		width := n.Catalogue.Len() * x.Levels
		for row := range n.Rows {
			if n.Rows[row].Kind() != SchoolRow {
				continue
			}
			for i := range width {
				n.cells[s][row*width+i] = int32(min(r.uvarint(), 1<<31-1))
			}
		}
	}
	if r.failed || len(r.rest) > 0 {
		return nil, fmt.Errorf("decode counts: %w", errDamaged)
	}
	n.Sum()
	return n, nil
}

// Limits of what is decoded.
const (
	maxLevels = 15
	maxRows   = 1 << 20
	maxBody   = 1 << 30
)

func appendHeader(body []byte, h any) []byte {
	text, err := json.Marshal(h)
	if err != nil { // no member can fail
		panic(err)
	}
	body = binary.AppendUvarint(body, uint64(len(text)))
	return append(body, text...)
}

func appendRows(body []byte, rows []Row) []byte {
	body = binary.AppendUvarint(body, uint64(len(rows)))
	last := Row{}
	for _, r := range rows {
		body = binary.AppendVarint(body, int64(r.District-last.District))
		body = binary.AppendVarint(body, int64(r.School-last.School))
		last = r
	}
	return body
}

// pack puts the form's name and a check sum around a body and squeezes it.
func pack(form string, body []byte) []byte {
	body = binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE(body))
	out := bytes.NewBufferString(form)
	w, err := flate.NewWriter(out, flate.DefaultCompression)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil { // a buffer takes everything
		panic(err)
	}
	return out.Bytes()
}

// unpacked reads a body. After the first thing that does not fit it has failed, and reads zeros.
type unpacked struct {
	rest   []byte
	failed bool
}

func unpack(form string, encoded []byte) (*unpacked, error) {
	squeezed, ok := bytes.CutPrefix(encoded, []byte(form))
	if !ok {
		return nil, fmt.Errorf("%w: they do not begin with %q", errDamaged, form)
	}
	body, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(squeezed)), maxBody))
	if err != nil || len(body) < 4 {
		return nil, errDamaged
	}
	body, sum := body[:len(body)-4], binary.LittleEndian.Uint32(body[len(body)-4:])
	if crc32.ChecksumIEEE(body) != sum {
		return nil, errDamaged
	}
	return &unpacked{rest: body}, nil
}

func (r *unpacked) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.failed, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *unpacked) varint() int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 {
		r.failed, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *unpacked) header(into any) error {
	size := r.uvarint()
	if r.failed || size > uint64(len(r.rest)) {
		return errDamaged
	}
	text := r.rest[:size]
	r.rest = r.rest[size:]
	return decodeStrictly(text, into)
}

func (r *unpacked) rows() []Row {
	size := r.uvarint()
	if size > uint64(len(r.rest)) {
		r.failed = true
		return nil
	}
	rows := make([]Row, size)
	last := Row{}
	for i := range rows {
		last = Row{last.District + int32(r.varint()), last.School + int32(r.varint())}
		rows[i] = last
	}
	return rows
}

// WithMinN returns the same counts with another smallest number shown, for all subjects.
func (n *Counts) WithMinN(minN int) *Counts {
	p := n.Catalogue.policy
	p.MinN, p.MinNOf = minN, nil
	other := *n
	other.Catalogue = NewCatalogue(p, n.Catalogue.grades)
	return &other
}
