package landing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/batch"
	"scorehouse/internal/crash"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// note says what a taken file was. It is written before the file leaves the drop and removed after it was registered.
type note struct {
	Tenant   tenant.ID `json:"tenant"`
	Account  string    `json:"account"`
	File     string    `json:"file"`
	StoredAs string    `json:"stored_as"`
	TakenAt  time.Time `json:"taken_at"`
	Code     int       `json:"code,omitempty"` // when it is refused
	Reason   string    `json:"reason,omitempty"`
}

// intake brings taken files into the file store and registers them: at most two at a time, one per tenant, in the order in
// which they were taken: of two batches that bring the same result the later one wins. A file that cannot be registered now is
// tried again, and the later ones of its tenant wait for it, unless it is the file itself that cannot be read.
type intake struct {
	srv     *Server
	working sync.WaitGroup

	mu      sync.Mutex
	waiting []*taken
	busy    map[tenant.ID]bool
}

type taken struct {
	id    string
	note  note
	next  time.Time // not tried before
	pause time.Duration

	unreadable bool // by the last try
}

const intakeWorkers = 2

func newIntake(s *Server) *intake { return &intake{srv: s, busy: make(map[tenant.ID]bool)} }

// take moves a complete file out of its drop. Once the rename is done, the file will be registered, whatever happens.
func (in *intake) take(f found) error {
	s := in.srv
	now := time.Now()
	t := &taken{id: newUUID()}
	t.note = note{Tenant: f.tenant, Account: f.account, File: f.file, StoredAs: storedName(f.tenant, t.id, now), TakenAt: now, Code: f.code, Reason: f.reason}
	u := s.uploads
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.open[f.name] != nil {
		return nil
	}
	info, err := s.root.Lstat(f.name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && (!os.SameFile(info, f.info) || !changed(info).Equal(changed(f.info))) {
		return nil // the sender touched it meanwhile
	}
	if err != nil {
		return err
	}
	if err := in.writeNote(t); err != nil {
		return err
	}
	s.step("landing.noted")
	if err := s.root.Rename(f.name, path.Join("taken", t.id)); err != nil {
		return errors.Join(err, s.root.Remove(path.Join("taken", t.id+".json")))
	}
	if err := syncDir(s.root, "taken"); err != nil {
		return err
	}
	s.step("landing.taken")
	in.mu.Lock()
	in.waiting = append(in.waiting, t)
	in.mu.Unlock()
	return errors.Join(u.forget(f.name), in.removeDone(f.name))
}

func (in *intake) removeDone(name string) error {
	u := in.srv.uploads
	if u.open[name+doneSuffix] != nil {
		return nil
	}
	err := u.root.Remove(name + doneSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, u.forget(name+doneSuffix))
}

func (in *intake) writeNote(t *taken) error {
	text, err := json.Marshal(t.note)
	if err != nil {
		return err
	}
	f, err := in.srv.root.OpenFile(path.Join("taken", t.id+".json"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(in.srv.root, "taken"))
}

// recover finds what an earlier process had taken and not yet registered.
func (in *intake) recover(ctx context.Context) {
	s := in.srv
	entries, err := readDir(s.root, "taken")
	if err != nil {
		s.log.ErrorContext(ctx, "taken files cannot be read", "error", err)
	}
	for _, e := range entries {
		id, isNote := strings.CutSuffix(e.Name(), ".json")
		if !isNote {
			if _, err := s.root.Lstat(path.Join("taken", e.Name()+".json")); err != nil {
				s.log.ErrorContext(ctx, "taken file without a note", "id", e.Name(), "error", err)
			}
			continue
		}
		if _, err := s.root.Lstat(path.Join("taken", id)); errors.Is(err, fs.ErrNotExist) { // died before the rename, or at the very end
			_ = s.root.Remove(path.Join("taken", e.Name()))
			continue
		}
		t := &taken{id: id}
		text, err := s.root.ReadFile(path.Join("taken", e.Name()))
		if err == nil {
			err = json.Unmarshal(text, &t.note)
		}
		if err != nil {
			s.log.ErrorContext(ctx, "note of a taken file cannot be read", "id", id, "error", err)
			continue
		}
		in.waiting = append(in.waiting, t)
	}
	slices.SortFunc(in.waiting, func(a, b *taken) int { return a.note.TakenAt.Compare(b.note.TakenAt) })
}

// dispatch starts work on files whose turn it is.
func (in *intake) dispatch(ctx context.Context) {
	in.mu.Lock()
	defer in.mu.Unlock()
	now := time.Now()
	held := make(map[tenant.ID]bool)
	in.waiting = slices.DeleteFunc(in.waiting, func(t *taken) bool {
		pausing := t.next.After(now)
		if pausing && !t.unreadable {
			held[t.note.Tenant] = true
		}
		if pausing || held[t.note.Tenant] || in.busy[t.note.Tenant] || len(in.busy) >= intakeWorkers {
			return false
		}
		in.busy[t.note.Tenant] = true
		in.working.Go(func() { in.work(ctx, t) })
		return true
	})
}

func (in *intake) work(ctx context.Context, t *taken) {
	s := in.srv
	err := s.arrive(ctx, t)
	in.mu.Lock()
	delete(in.busy, t.note.Tenant)
	if err != nil {
		t.pause = min(max(2*t.pause, 500*time.Millisecond), 10*time.Second)
		t.next = time.Now().Add(t.pause)
		in.waiting = append([]*taken{t}, in.waiting...)
	}
	in.mu.Unlock()
	if err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "arrival cannot be registered now", "tenant", t.note.Tenant, "account", t.note.Account, "id", t.id, "error", err)
	}
	s.look()
}

// arrive stores and registers a taken file. It may be repeated from any point: the store's name is fixed by the note, and
// two batches cannot have it.
func (s *Server) arrive(ctx context.Context, t *taken) error {
	a := batch.Arrival{Tenant: t.note.Tenant, File: t.note.File, StoredAs: t.note.StoredAs, Sender: t.note.Account}
	var err error
	a.Digest, a.Size, err = s.digest(ctx, path.Join("taken", t.id))
	if errors.Is(err, fs.ErrNotExist) { // registered by an earlier try, which could not remove the note
		return s.root.Remove(path.Join("taken", t.id+".json"))
	}
	if t.unreadable = err != nil; t.unreadable {
		return err
	}
	if t.note.Code != CodeFileType { // what is not even named like a package may be anything, also student data in plain text: not kept
		if err := s.deps.Files.Link(a.StoredAs, filepath.Join(s.cfg.Root, "taken", t.id)); err != nil {
			return err
		}
	}
	s.step(crash.Linked)
	id, err := s.register(ctx, a, t.note)
	if err != nil {
		return err
	}
	s.step(crash.Registered)
	s.log.InfoContext(ctx, "package arrived", "tenant", a.Tenant, "account", a.Sender, "batch_id", id, "bytes", a.Size,
		"digest", a.Digest, "code", t.note.Code)
	if err := s.root.Remove(path.Join("taken", t.id)); err != nil {
		return err
	}
	s.step("landing.removed")
	return errors.Join(s.root.Remove(path.Join("taken", t.id+".json")), syncDir(s.root, "taken"))
}

// digest returns the SHA-256 and size of a file, and makes its data durable.
func (s *Server) digest(ctx context.Context, name string) (string, int64, error) {
	f, err := s.root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, &interruptible{ctx, f})
	if err == nil {
		err = f.Sync()
	}
	return hex.EncodeToString(sum.Sum(nil)), n, err
}

func (s *Server) register(ctx context.Context, a batch.Arrival, n note) (id batch.ID, err error) {
	err = pgx.BeginFunc(ctx, s.deps.Pool, func(tx pgx.Tx) error {
		var done bool
		if id, done, err = s.deps.Batches.Registered(ctx, tx, a.StoredAs); done || err != nil {
			return err
		}
		if n.Code != 0 {
			id, err = s.deps.Batches.RegisterRejected(ctx, tx, a, n.Code, n.Reason)
			return err
		}
		if id, err = s.deps.Batches.Register(ctx, tx, a); err != nil {
			return err
		}
		return s.deps.Enqueue(ctx, tx, id)
	})
	return id, pg.Clean(err)
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
