package release

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
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

// patience is how long a reader waits for the control database to say what there is; readPatience is how long reading a release may take. pause is how long nobody
// asks after it did not answer.
var patience, readPatience, pause = 5 * time.Second, 30 * time.Second, time.Second

// Store answers readers of releases. It knows what is released, and nothing else; each release is read and opened once and then kept in memory. It is safe for
// concurrent use. Its answers come from memory; one question every second or so, beside the readers, asks the control database what there is. While that does not answer, nothing
// is shown (Unavailable), since something may have been withdrawn: readers wait for patience together, and for a pause after a failure not at all.
type Store struct {
	pool *pgxpool.Pool
	now  func() time.Time

	mu     sync.Mutex
	known  *known  // nil before the first answer
	asking *asking // nil when nobody asks
	failed time.Time
	why    error // of the failure
	opened map[int64]*opening
}

// known is what the control database said.
type known struct {
	asked   time.Time // before it said it
	shelves map[tenant.ID]*Shelf
	links   map[[sha256.Size]byte]Link
}

// asking is a question to the control database that is under way, for all who wait.
type asking struct {
	done chan struct{}
	err  error // when done
}

// opening is a release that is being read, or was.
type opening struct {
	done    chan struct{}
	release *Released
	err     error
}

// NewStore returns a store of the control database that the pool leads to, as the role pg.Web.
func NewStore(pool *pgxpool.Pool) *Store {
	return &Store{pool: pool, now: time.Now, opened: map[int64]*opening{}}
}

// Shelf returns what readers may see of a state. While nothing changes it is the same one.
func (s *Store) Shelf(ctx context.Context, id tenant.ID) (*Shelf, error) {
	k, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	if shelf := k.shelves[id]; shelf != nil {
		return shelf, nil
	}
	return nothing, nil
}

// nothing is the shelf of a state of which nothing is released.
var nothing = NewShelf(nil, func(context.Context, Heading) (*Released, error) { return nil, errNoRelease })

// Read returns what readers may see of a state's year: Shelf, then Shelf.View.
func (s *Store) Read(ctx context.Context, id tenant.ID, year edu.AcademicYear, number int) (*View, error) {
	shelf, err := s.Shelf(ctx, id)
	if err != nil {
		return nil, err
	}
	return shelf.View(ctx, year, number)
}

var errNoRelease = fault.New(fault.NotFound, "There is no such release, or no more.")

// Link finds a link by its token. NotFound when it is unknown, revoked or expired: a reader learns not which.
func (s *Store) Link(ctx context.Context, token string) (Link, error) {
	k, err := s.look(ctx)
	if err != nil {
		return Link{}, err
	}
	l, ok := k.links[hashOf(token)]
	if !ok || !l.Opens(s.now()) {
		return Link{}, errNoLink
	}
	return l, nil
}

var errNoLink = fault.New(fault.NotFound, "This link opens nothing, or nothing any more.")

// look returns what there is, not older than Age from the caller's point of view.
func (s *Store) look(ctx context.Context) (*known, error) {
	came := s.now()
	var enough <-chan time.Time
	for {
		k, wait, err := s.knownAt(came)
		if wait == nil {
			return k, err
		}
		if enough == nil {
			enough = time.After(patience)
		}
		select {
		case <-wait.done:
			if wait.err != nil {
				return nil, wait.err
			}
		case <-enough:
			return nil, errUnknown
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

var errUnknown = fault.New(fault.Unavailable, "What is released is not known at the moment")

// knownAt returns what is known, when that is young enough for somebody who came at a time, or what is being asked, to wait for. In the second half of Age it asks beside.
func (s *Store) knownAt(came time.Time) (*known, *asking, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	resting := s.now().Sub(s.failed) < pause
	if s.known != nil {
		switch age := came.Sub(s.known.asked); {
		case age >= Age:
		case age >= Age/2 && s.asking == nil && !resting:
			s.ask()
			return s.known, nil, nil
		default:
			return s.known, nil, nil
		}
	}
	if s.asking == nil {
		if resting {
			return nil, nil, s.why
		}
		s.ask()
	}
	return nil, s.asking, nil
}

// ask asks what there is, for everybody: it does not end with a request. The caller holds the lock.
func (s *Store) ask() {
	question := &asking{done: make(chan struct{})}
	s.asking = question
	asked, before := s.now(), s.known
	go func() {
		defer close(question.done)
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		k, err := s.list(ctx, asked, before)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asking = nil
		if err != nil {
			question.err = fault.Wrap(fault.Unavailable, pg.Clean(err), "What is released is not known at the moment")
			s.failed, s.why = s.now(), question.err
			return
		}
		s.known = k
		s.forget()
	}()
}

// forget lets go of what nobody may read any more.
func (s *Store) forget() {
	seen := map[int64]bool{}
	for _, shelf := range s.known.shelves {
		for _, h := range shelf.headings {
			seen[h.ID] = true
		}
	}
	for id := range s.opened {
		if !seen[id] {
			delete(s.opened, id)
		}
	}
}

// listSQL lists what readers may see, the newest first. Numbers count what was withdrawn, too.
const listSQL = `select tenant, release_id, academic_year, number, kind, released_at, subjects from (
	select tenant, release_id, academic_year, kind, state, released_at, array(select jsonb_object_keys(levels)) as subjects,
		row_number() over (partition by tenant, academic_year order by released_at, release_id) as number
	from release.release where released_at is not null) as x
	where state = 'released' order by released_at desc, release_id desc`

// list asks for releases and links. Shelves on which nothing has changed stay the same.
func (s *Store) list(ctx context.Context, asked time.Time, before *known) (*known, error) {
	rows, err := s.pool.Query(ctx, listSQL)
	if err != nil {
		return nil, err
	}
	all := map[tenant.ID][]Heading{}
	var id tenant.ID
	var h Heading
	var subjects []string
	_, err = pgx.ForEachRow(rows, []any{&id, &h.ID, &h.Year, &h.Number, &h.Kind, &h.At, &subjects}, func() error {
		h.Subjects = nil
		for _, x := range subjects {
			h.Subjects = append(h.Subjects, edu.Subject(x))
		}
		all[id] = append(all[id], h)
		return nil
	})
	if err != nil {
		return nil, err
	}
	k := &known{asked: asked, shelves: map[tenant.ID]*Shelf{}}
	for id, headings := range all {
		shelf := NewShelf(headings, func(ctx context.Context, h Heading) (*Released, error) { return s.open(ctx, h) })
		if before != nil && before.shelves[id] != nil && before.shelves[id].key == shelf.key {
			shelf = before.shelves[id]
		}
		k.shelves[id] = shelf
	}
	k.links, err = s.listLinks(ctx)
	return k, err
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
func (s *Store) open(ctx context.Context, h Heading) (*Released, error) {
	s.mu.Lock()
	o := s.opened[h.ID]
	if o == nil {
		o = &opening{done: make(chan struct{})}
		s.opened[h.ID] = o
		go s.fill(o, h)
	}
	s.mu.Unlock()
	select {
	case <-o.done:
		return o.release, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fill reads a release for all who wait for it.
func (s *Store) fill(o *opening, h Heading) {
	defer close(o.done)
	ctx, cancel := context.WithTimeout(context.Background(), readPatience)
	defer cancel()
	if o.release, o.err = s.read(ctx, h); o.err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opened[h.ID] == o {
		delete(s.opened, h.ID)
	}
}

// read reads a release that was released. It may have been withdrawn since it was listed: readers of a shelf have one answer.
func (s *Store) read(ctx context.Context, h Heading) (*Released, error) {
	r := &Released{ID: h.ID, Number: h.Number}
	var counts, decision, names, levels []byte
	err := s.pool.QueryRow(ctx, `select tenant, academic_year, kind, version, released_at, counts, decision, names, levels from release.release
		where release_id = $1 and released_at is not null`, h.ID).Scan(&r.Tenant, &r.Year, &r.Kind, &r.Version, &r.At, &counts, &decision, &names, &levels)
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
		return nil, fmt.Errorf("read release %d: %w", h.ID, pg.Clean(err))
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
