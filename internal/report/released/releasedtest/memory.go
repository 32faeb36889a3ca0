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
	links    map[string]release.Link
}

// New returns a Memory with releases of states of a size, of each year one, and nothing withheld or shown by hand.
func New(id tenant.ID, p disclosure.Policy, size drawn.Size, years ...edu.AcademicYear) (*Memory, error) {
	m := &Memory{links: map[string]release.Link{}}
	for i, year := range years {
		state := drawn.Draw(rand.New(rand.NewPCG(uint64(i), 20261124)), size)
		counts := state.Counts(p, year)
		r, err := released(int64(i+1), id, counts)
		if err != nil {
			return nil, err
		}
		m.releases, m.counts = append(m.releases, r), append(m.counts, counts)
	}
	return m, nil
}

func released(n int64, id tenant.ID, counts *disclosure.Counts) (*release.Released, error) {
	d, err := decide.Release(counts, nil)
	if err != nil {
		return nil, err
	}
	answers, err := disclosure.Open(d, counts)
	if err != nil {
		return nil, err
	}
	r := &release.Released{ID: n, Tenant: id, Year: counts.Year, Kind: release.Final, Version: int(n), At: time.Date(int(counts.Year), 9, 1, 12, 0, 0, 0, time.UTC), Answers: answers, Levels: map[edu.Subject][]string{}}
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

// Newest returns the release of a year.
func (m *Memory) Newest(_ context.Context, id tenant.ID, year edu.AcademicYear) (*release.Released, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range slices.Backward(m.releases) {
		if r.Tenant == id && r.Year == year {
			return r, nil
		}
	}
	return nil, fault.New(fault.NotFound, "Nothing of that year has been released.")
}

// Years returns the years of which there are releases, newest first.
func (m *Memory) Years(_ context.Context, id tenant.ID) ([]edu.AcademicYear, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var years []edu.AcademicYear
	for _, r := range m.releases {
		if r.Tenant == id && !slices.Contains(years, r.Year) {
			years = append(years, r.Year)
		}
	}
	slices.Sort(years)
	slices.Reverse(years)
	return years, nil
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
