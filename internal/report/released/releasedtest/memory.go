// Package releasedtest keeps releases of drawn states in memory, for tests, benches and campaigns of what shows releases: they are decided as real ones are, and no
// database is asked.
package releasedtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/decide"
	"scorehouse/internal/disclosure/drawn"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/release"
	"scorehouse/internal/tenant"
)

// Memory holds releases and links. It is safe for concurrent use.
type Memory struct {
	mu       sync.Mutex
	releases []*release.Released
	counts   []*disclosure.Counts // of each
	drawn    map[edu.AcademicYear]*disclosure.Counts
	made     map[edu.AcademicYear][]decide.Earlier // whatever was released, withdrawn or not
	tenant   tenant.ID
	links    map[string]release.Link
}

// New returns a Memory with releases of states of a size, of each year one, and nothing withheld or shown by hand.
func New(id tenant.ID, p disclosure.Policy, size drawn.Size, years ...edu.AcademicYear) (*Memory, error) {
	m := Drawn(id, p, size, years...)
	for _, year := range years {
		if err := m.Release(year, release.Final); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Drawn returns a Memory of a state that has drawn results of years, of which nothing is released.
func Drawn(id tenant.ID, p disclosure.Policy, size drawn.Size, years ...edu.AcademicYear) *Memory {
	m := &Memory{tenant: id, links: map[string]release.Link{}, drawn: map[edu.AcademicYear]*disclosure.Counts{}, made: map[edu.AcademicYear][]decide.Earlier{}}
	for i, year := range years {
		m.drawn[year] = drawn.Draw(rand.New(rand.NewPCG(uint64(i), 20261124)), size).Counts(p, year)
	}
	return m
}

// Release releases results of a year, all of them or of some subjects, decided together with what was released of it before.
func (m *Memory) Release(year edu.AcademicYear, k release.Kind, subjects ...edu.Subject) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	counts := only(m.drawn[year], subjects)
	d, err := decide.Release(counts, m.made[year])
	if err != nil {
		return err
	}
	m.made[year] = append(m.made[year], decide.Earlier{Counts: counts, Decision: d})
	r, err := released(int64(len(m.counts)+1), m.tenant, counts, d)
	if err != nil {
		return err
	}
	r.Number, r.Kind = len(m.made[year]), k
	r.At = r.At.AddDate(0, 0, 14*(r.Number-1))
	m.releases, m.counts = append(m.releases, r), append(m.counts, counts)
	return nil
}

// only returns the counts of some subjects; of all when none is named.
func only(n *disclosure.Counts, subjects []edu.Subject) *disclosure.Counts {
	if len(subjects) == 0 {
		return n
	}
	kept := slices.DeleteFunc(slices.Clone(n.Subjects), func(s disclosure.SubjectLevels) bool { return !slices.Contains(subjects, s.Subject) })
	var schools []disclosure.Row
	for _, r := range n.Rows {
		if r.Kind() == disclosure.SchoolRow {
			schools = append(schools, r)
		}
	}
	of := disclosure.NewCounts(n.Catalogue, n.Year, kept, schools)
	for i, s := range kept {
		for _, r := range schools {
			for q := range n.Catalogue.Len() {
				copy(of.Levels(i, of.Row(r), disclosure.Question(q)), n.Levels(n.Subject(s.Subject), n.Row(r), disclosure.Question(q)))
			}
		}
	}
	of.Sum()
	return of
}

// Withdraw withdraws a release of a year.
func (m *Memory) Withdraw(year edu.AcademicYear, number int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, r := range m.releases {
		if r != nil && r.Year == year && r.Number == number {
			m.releases[i] = nil
		}
	}
}

func released(n int64, id tenant.ID, counts *disclosure.Counts, d *disclosure.Decision) (*release.Released, error) {
	answers, err := disclosure.Open(d, counts)
	if err != nil {
		return nil, err
	}
	r := &release.Released{ID: n, Tenant: id, Year: counts.Year, Version: int(n), At: time.Date(int(counts.Year), 9, 1, 12, 0, 0, 0, time.UTC), Answers: answers, Levels: map[edu.Subject][]string{}}
	for _, s := range counts.Subjects {
		r.Levels[s.Subject] = []string{"Minimal", "Partial", "Proficient", "Advanced"}[:s.Levels]
	}
	var places []release.Place
	for _, row := range answers.Rows() {
		p := release.Place{Row: row, Name: "The state"}
		switch row.Kind() {
		case disclosure.DistrictRow:
			p.ID, p.Name = fmt.Sprintf("dst%07d", row.District), fmt.Sprintf("District %d", row.District)
		case disclosure.SchoolRow:
			p.ID, p.Name = fmt.Sprintf("sch%07d", row.School), fmt.Sprintf("School %d", row.School)
		}
		places = append(places, p)
	}
	r.Names = release.NewNames(places)
	return r, nil
}

// HideAll makes every release one that shows nothing, under a new number: what still has numbers then has them from elsewhere.
func (m *Memory) HideAll() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, r := range m.releases {
		if r == nil {
			continue
		}
		answers, err := disclosure.Open(disclosure.NewDecision(m.counts[i]), m.counts[i])
		if err != nil {
			return err
		}
		other := *r
		other.ID, other.Answers = r.ID+1000, answers
		m.releases[i] = &other
	}
	return nil
}

// AddLink makes a token open the public pages of a tenant.
func (m *Memory) AddLink(token string, l release.Link) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.links[token] = l
}

// Shelf returns what was added of a state, the last first.
func (m *Memory) Shelf(_ context.Context, id tenant.ID) (*release.Shelf, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var headings []release.Heading
	byID := map[int64]*release.Released{}
	for _, r := range slices.Backward(m.releases) {
		if r == nil || r.Tenant != id {
			continue
		}
		h := release.Heading{ID: r.ID, Year: r.Year, Number: r.Number, Kind: r.Kind, At: r.At}
		for _, s := range r.Answers.Decision.Subjects {
			h.Subjects = append(h.Subjects, s.Subject)
		}
		headings, byID[r.ID] = append(headings, h), r
	}
	return release.NewShelf(headings, func(_ context.Context, h release.Heading) (*release.Released, error) { return byID[h.ID], nil }), nil
}

// Link finds a link by its token.
func (m *Memory) Link(_ context.Context, token string) (release.Link, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, ok := m.links[token]
	if !ok || !l.Opens(time.Now()) {
		return release.Link{}, fault.New(fault.NotFound, "This link opens nothing, or nothing any more.")
	}
	return l, nil
}
