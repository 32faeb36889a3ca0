package synth

import (
	"io"
	"iter"
	"strings"

	"scorehouse/internal/edu"
)

// Package is what a vendor sends about one assessment: a metadata file and a file with a row per outcome.
type Package struct {
	Name     string // of the encrypted file: TK-2026-SUM-Math-G04.tar.gz.gpg
	Type     edu.AssessmentType
	Subject  edu.Subject
	Grade    edu.Grade
	Year     edu.AcademicYear
	GUID     string // of the assessment
	Metadata []byte // the JSON file
	Rows     int    // of the CSV file, without its header

	state *State
	test  *test
}

// BaseName returns the name of the package's files without extensions.
func (p Package) BaseName() string { return strings.TrimSuffix(p.Name, ".tar.gz.gpg") }

// Packages yields every package of the state that has rows, older years first; within a year summative,
// interim comprehensive, blocks; then by subject and grade.
func (s *State) Packages() iter.Seq[Package] {
	return func(yield func(Package) bool) {
		for t := range s.tests() {
			p := s.newPackage(t, s.count(t))
			if p.Rows > 0 && !yield(p) {
				return
			}
		}
	}
}

func (s *State) tests() iter.Seq[*test] {
	return func(yield func(*test) bool) {
		for i, year := range s.config.Years {
			interims := !s.config.NoInterims && len(s.config.Years)-i <= s.config.InterimYears
			for _, kind := range edu.AssessmentTypes {
				blocks := 1
				if kind != edu.Summative && !interims {
					continue
				}
				if kind == edu.InterimBlock {
					blocks = s.config.Blocks
				}
				if !s.testsOf(year, kind, blocks, yield) {
					return
				}
			}
		}
	}
}

func (s *State) testsOf(year edu.AcademicYear, kind edu.AssessmentType, blocks int, yield func(*test) bool) bool {
	for _, subject := range edu.Subjects {
		for _, grade := range edu.TestedGrades {
			for b := range blocks {
				if kind == edu.InterimBlock {
					b++
				}
				if !yield(s.newTest(year, kind, subject, grade, b)) {
					return false
				}
			}
		}
	}
	return true
}

func (s *State) newPackage(t *test, rows int) Package {
	m, err := t.metadata()
	if err != nil {
		panic("synth: metadata: " + err.Error()) // strings and numbers always encode
	}
	return Package{
		Name: t.name() + ".tar.gz.gpg", Type: t.kind, Subject: t.subject, Grade: t.grade, Year: t.year,
		GUID: t.guid, Metadata: m, Rows: rows, state: s, test: t,
	}
}

// BenchPackage returns one summative mathematics package of grade 4 and the state's last year with so many rows
// of as many students, at most five million. It comes from another, bigger state of the same seed, whose
// identifiers are those of this state: load it into a tenant of its own.
func (s *State) BenchPackage(rows int) Package {
	c := s.config
	c.Years = c.Years[len(c.Years)-1:]
	c.Students = rows*len(edu.TestedGrades)*115/100 + 2000
	big := New(c)
	return big.newPackage(big.newTest(c.Years[0], edu.Summative, edu.Math, 4, 0), rows)
}

// seat is a student due to take an assessment, once or more.
type seat struct {
	index, zone, section int
	times                int
}

// classSize is how many students there are in a class.
const classSize = 25

// seats yields the students who take an assessment, school by school.
func (s *State) seats(t *test) iter.Seq[seat] {
	last := s.config.Years[len(s.config.Years)-1]
	cohort := 0
	for s.cohorts[cohort] != t.grade+edu.Grade(last-t.year) {
		cohort++
	}
	return func(yield func(seat) bool) {
		school, seen := -1, 0
		for z := range s.zones {
			if k := s.zones[z].school(t.grade); k != school {
				school, seen = k, 0
			}
			from, to := s.cell(z, cohort)
			for i := from; i < to && t.given(&s.schools[school]); i++ {
				who := s.seed.derive(uint64(i)<<8 + 7)
				times := t.opportunities(s, who, i)
				if times > 0 && !yield(seat{i, z, (seen + i - from) / classSize, times}) {
					return
				}
			}
			seen += to - from
		}
	}
}

func (s *State) count(t *test) int {
	n := 0
	for seat := range s.seats(t) {
		n += seat.times
	}
	return n
}

// chunk is how many bytes of CSV are written at a time.
const chunk = 128 << 10

// WriteCSV writes the CSV file: a header and Rows rows, UTF-8.
func (p Package) WriteCSV(w io.Writer) error {
	b := make([]byte, 0, chunk+4096)
	b = append(b, Header...)
	if p.state.config.CRLF {
		b = append(b, '\r')
	}
	b = append(b, '\n')
	var st student
	var o outcome
	rows := 0
	for seat := range p.state.seats(p.test) {
		p.state.describe(&st, seat.index, seat.zone, p.Year, p.Grade, seat.section)
		for n := range min(seat.times, p.Rows-rows) {
			p.test.take(&o, &st, n, seat.times)
			b = p.test.appendRow(b, p.state, &st, &o)
			rows++
		}
		if len(b) >= chunk {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
		if rows == p.Rows {
			break
		}
	}
	_, err := w.Write(b)
	return err
}
