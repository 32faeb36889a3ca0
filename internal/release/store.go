package release

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// Age is how old what a Store knows of releases and links may be: what is released, withdrawn, issued or revoked is seen after it at the latest.
const Age = 2 * time.Second

// patience is how long the control database may take to say what there is.
const patience = 5 * time.Second

// Store answers readers of releases. It knows what is released, and nothing else; each release is read and opened once and then kept in memory. It is safe for
// concurrent use. Its answers come from memory but once in Age, when the control database is asked; while that does not answer, nothing is shown
// (Unavailable), since something may have been withdrawn.
type Store struct {
	pool *pgxpool.Pool
	now  func() time.Time

	mu     sync.Mutex
	asked  time.Time
	listed map[tenant.ID][]listed // newest first
	links  map[[sha256.Size]byte]Link
	opened map[int64]*opening
}

// listed is a release that readers may see.
type listed struct {
	id   int64
	year edu.AcademicYear
}

// opening is a release that is being read, or was.
type opening struct {
	once    sync.Once
	release *Released
	err     error
}

// NewStore returns a store of the control database that the pool leads to, as the role pg.Web.
func NewStore(pool *pgxpool.Pool) *Store {
	return &Store{pool: pool, now: time.Now, opened: map[int64]*opening{}}
}

// Newest returns the release of a year's summative results that was released last and is not withdrawn. NotFound when there is none. The same release is the
// same pointer every time, until it is withdrawn.
func (s *Store) Newest(ctx context.Context, id tenant.ID, year edu.AcademicYear) (*Released, error) {
	all, err := s.of(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, x := range all {
		if x.year == year {
			return s.open(ctx, x.id)
		}
	}
	return nil, errNoRelease
}

var errNoRelease = fault.New(fault.NotFound, "Nothing of that year has been released.")

// Of returns a release of a state by its number, for readers who look at an earlier one that is not withdrawn. NotFound otherwise.
func (s *Store) Of(ctx context.Context, id tenant.ID, release int64) (*Released, error) {
	all, err := s.of(ctx, id)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(all, func(x listed) bool { return x.id == release }) {
		return nil, errNoRelease
	}
	return s.open(ctx, release)
}

// OfYear returns the numbers of a year's releases that readers may see, the newest first; none when there is none.
func (s *Store) OfYear(ctx context.Context, id tenant.ID, year edu.AcademicYear) ([]int64, error) {
	all, err := s.of(ctx, id)
	var ids []int64
	for _, x := range all {
		if x.year == year {
			ids = append(ids, x.id)
		}
	}
	return ids, err
}

// Years returns the academic years of which something is released, newest first; none when nothing is.
func (s *Store) Years(ctx context.Context, id tenant.ID) ([]edu.AcademicYear, error) {
	all, err := s.of(ctx, id)
	var years []edu.AcademicYear
	for _, x := range all {
		if !slices.Contains(years, x.year) {
			years = append(years, x.year)
		}
	}
	slices.Sort(years)
	slices.Reverse(years)
	return years, err
}

// Link finds a link by its token. NotFound when it is unknown, revoked or expired: a reader learns not which.
func (s *Store) Link(ctx context.Context, token string) (Link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return Link{}, err
	}
	l, ok := s.links[hashOf(token)]
	if !ok || !l.Opens(s.now()) {
		return Link{}, errNoLink
	}
	return l, nil
}

var errNoLink = fault.New(fault.NotFound, "This link opens nothing, or nothing any more.")

// of returns what readers of a state may see.
func (s *Store) of(ctx context.Context, id tenant.ID) ([]listed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	return s.listed[id], nil
}

// refresh asks what there is, when that was long ago. The caller holds the lock, so that one asks for all.
func (s *Store) refresh(ctx context.Context) error {
	now := s.now()
	if s.listed != nil && now.Sub(s.asked) < Age {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	listed, err := s.list(ctx)
	if err != nil {
		return fault.Wrap(fault.Unavailable, pg.Clean(err), "What is released is not known at the moment")
	}
	links, err := s.listLinks(ctx)
	if err != nil {
		return fault.Wrap(fault.Unavailable, pg.Clean(err), "What is released is not known at the moment")
	}
	s.listed, s.links, s.asked = listed, links, now
	s.forget()
	return nil
}

// forget lets go of what nobody may read any more.
func (s *Store) forget() {
	seen := map[int64]bool{}
	for _, all := range s.listed {
		for _, x := range all {
			seen[x.id] = true
		}
	}
	for id := range s.opened {
		if !seen[id] {
			delete(s.opened, id)
		}
	}
}

func (s *Store) list(ctx context.Context) (map[tenant.ID][]listed, error) {
	rows, err := s.pool.Query(ctx, `select tenant, release_id, academic_year from release.release where state = 'released' order by released_at desc, release_id desc`)
	if err != nil {
		return nil, err
	}
	all := map[tenant.ID][]listed{}
	var id tenant.ID
	var x listed
	_, err = pgx.ForEachRow(rows, []any{&id, &x.id, &x.year}, func() error {
		all[id] = append(all[id], x)
		return nil
	})
	return all, err
}

func (s *Store) listLinks(ctx context.Context) (map[[sha256.Size]byte]Link, error) {
	rows, err := s.pool.Query(ctx, `select token_hash, `+linkColumns+` from release.link where revoked_at is null and expires_at > now()`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[[sha256.Size]byte]Link{}
	for rows.Next() {
		var hash []byte
		l, err := scanLink(rows, &hash)
		if err != nil {
			return nil, err
		}
		all[[sha256.Size]byte(hash)] = l
	}
	return all, rows.Err()
}

// open reads a release once for all who ask. An error is forgotten, so that the next one tries again.
func (s *Store) open(ctx context.Context, id int64) (*Released, error) {
	s.mu.Lock()
	o := s.opened[id]
	if o == nil {
		o = &opening{}
		s.opened[id] = o
	}
	s.mu.Unlock()
	o.once.Do(func() { o.release, o.err = s.read(context.WithoutCancel(ctx), id) })
	if o.err != nil {
		s.mu.Lock()
		if s.opened[id] == o {
			delete(s.opened, id)
		}
		s.mu.Unlock()
	}
	return o.release, o.err
}

// read reads a release that is released.
func (s *Store) read(ctx context.Context, id int64) (*Released, error) {
	r := &Released{ID: id}
	var counts, decision, names, levels []byte
	err := s.pool.QueryRow(ctx, `select tenant, academic_year, kind, version, released_at, counts, decision, names, levels from release.release
		where release_id = $1 and state = 'released'`, id).Scan(&r.Tenant, &r.Year, &r.Kind, &r.Version, &r.At, &counts, &decision, &names, &levels)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errNoRelease // withdrawn at this moment
	}
	if err == nil {
		r.Answers, err = openAnswers(decision, counts)
	}
	if err == nil {
		r.Names, err = decodeNames(names)
	}
	if err == nil {
		err = json.Unmarshal(levels, &r.Levels)
	}
	if err != nil {
		return nil, fmt.Errorf("read release %d: %w", id, pg.Clean(err))
	}
	return r, nil
}

// openAnswers puts together what is stored.
func openAnswers(decision, counts []byte) (*disclosure.Release, error) {
	d, err := disclosure.DecodeDecision(decision)
	if err != nil {
		return nil, err
	}
	n, err := disclosure.DecodeCounts(counts)
	if err != nil {
		return nil, err
	}
	return disclosure.Open(d, n)
}

// storedPlace is a Place in a stored release.
type storedPlace struct {
	District int32  `json:"d,omitempty"`
	School   int32  `json:"s,omitempty"`
	ID       string `json:"id"`
	Name     string `json:"name"`
}

func encodeNames(n Names) ([]byte, error) {
	stored := make([]storedPlace, len(n.places))
	for i, p := range n.places {
		stored[i] = storedPlace{p.Row.District, p.Row.School, p.ID, p.Name}
	}
	return json.Marshal(stored)
}

func decodeNames(text []byte) (Names, error) {
	var stored []storedPlace
	if err := json.Unmarshal(text, &stored); err != nil {
		return Names{}, err
	}
	places := make([]Place, len(stored))
	for i, p := range stored {
		places[i] = Place{disclosure.Row{District: p.District, School: p.School}, p.ID, p.Name}
	}
	return NewNames(places), nil
}
