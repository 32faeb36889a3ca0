package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/fault"
	"scorehouse/internal/logging"
	"scorehouse/internal/pg"
)

// DefaultFileSize is the size in bytes at which a file is continued in the next.
const DefaultFileSize = 64 << 20

// patience is how long the control database may take to anchor a group of records.
const patience = 10 * time.Second

// Config says where a process writes its part of the trail. Directory, Key, Pool and Role are required.
type Config struct {
	Directory string        // of the trail; processes may share it; made with mode 0700 when it is missing
	Key       []byte        // 32 bytes, see OpenKey
	Pool      *pgxpool.Pool // of the control database
	Role      string        // what the process is, for the names of its files: 1 to 16 lower-case letters
	Syslog    string        // socket of the syslog service that gets a copy of each line, such as /dev/log; "" for none
	FileSize  int64         // 0 is DefaultFileSize
	Logger    *slog.Logger  // told when the trail cannot be written, and when it can again; nil is nobody
}

var roleName = regexp.MustCompile(`^[a-z]{1,16}$`)

// Log writes events. It is safe for concurrent use: records that are ready at the same time share one sync and one anchor.
type Log struct {
	cfg    Config
	root   *os.Root
	host   string
	copies map[Stream]*logging.Syslog

	mu      sync.Mutex
	queue   []*pending
	closing bool
	wake    chan struct{}
	done    chan struct{}

	// Of the goroutine of run alone.
	chains    map[Stream]*chain
	unsettled bool // an anchor is due that could not be written
	failing   bool

	step func(string) // tests let the process die here
}

// pending is a record that waits for its group.
type pending struct {
	stream Stream
	body   []byte
	err    error
	done   chan error
}

// Open makes the directory, checks that the control database can keep anchors, and returns a Log that has written nothing
// yet: a process that records nothing leaves no file.
func Open(ctx context.Context, cfg Config) (*Log, error) {
	if len(cfg.Key) < keyBytes || !roleName.MatchString(cfg.Role) || cfg.Directory == "" || cfg.Pool == nil {
		return nil, errors.New("audit trail: key, role, directory or pool is missing")
	}
	if cfg.FileSize == 0 {
		cfg.FileSize = DefaultFileSize
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(cfg.Directory, 0o700); err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	var ready bool
	err := cfg.Pool.QueryRow(ctx, `select has_any_column_privilege('audit.chain', 'insert') and has_any_column_privilege('audit.anchor', 'insert')`).Scan(&ready)
	if err == nil && !ready {
		err = fmt.Errorf("%s may not add them", cfg.Pool.Config().ConnConfig.User)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, pg.Clean(err), "the control database cannot keep the audit trail's anchors (scorehouse db upgrade?)")
	}
	l := &Log{cfg: cfg, copies: map[Stream]*logging.Syslog{}, chains: map[Stream]*chain{}, wake: make(chan struct{}, 1), done: make(chan struct{}), step: func(string) {}}
	if l.root, err = os.OpenRoot(cfg.Directory); err != nil {
		return nil, fmt.Errorf("audit trail: %w", err)
	}
	if l.host, err = os.Hostname(); err != nil {
		l.host = "unknown"
	}
	if cfg.Syslog != "" {
		l.copies[Audit] = logging.NewSyslog(cfg.Syslog, logging.Local0, "scorehouse-audit", cfg.Logger)
		l.copies[Security] = logging.NewSyslog(cfg.Syslog, logging.Local2, "scorehouse-security", cfg.Logger)
	}
	go l.run()
	return l, nil
}

// ErrClosed is what Record returns after Close.
var ErrClosed = errors.New("the audit trail is closed")

// Record writes an event and returns nil when it is on disk and anchored. After any error, also that of an ended context, the record may
// or may not be in the trail, and the caller sends no data and does nothing that had to be recorded. The error is Unavailable unless the event is wrong.
func (l *Log) Record(ctx context.Context, e Event) error {
	r, err := e.record(l.cfg.Key, time.Now())
	if err != nil {
		return fmt.Errorf("audit event: %w", err)
	}
	p := &pending{stream: e.Kind.Stream(), done: make(chan error, 1)}
	if p.body, err = r.body(); err != nil {
		return fmt.Errorf("audit event: %w", err)
	}
	if err := l.enqueue(p); err != nil {
		return unavailable(err)
	}
	select {
	case err := <-p.done:
		return unavailable(err)
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

func unavailable(err error) error {
	return fault.Wrap(fault.Unavailable, err, "This cannot be shown or done now, because it cannot be recorded.")
}

func (l *Log) enqueue(p *pending) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return ErrClosed
	}
	l.queue = append(l.queue, p)
	l.notify()
	return nil
}

func (l *Log) notify() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Close writes what waits, ends the chains and lets go of the files. Whatever is recorded afterwards gets ErrClosed.
func (l *Log) Close() error {
	l.mu.Lock()
	first := !l.closing
	l.closing = true
	l.notify()
	l.mu.Unlock()
	<-l.done
	if !first {
		return nil
	}
	err := l.end()
	for _, s := range l.copies {
		s.Close()
	}
	return errors.Join(err, l.root.Close())
}

// run writes groups of records until the log is closed and nothing waits.
func (l *Log) run() {
	defer close(l.done)
	for range l.wake {
		l.mu.Lock()
		group, closing := l.queue, l.closing
		l.queue = nil
		l.mu.Unlock()
		if len(group) > 0 {
			l.commit(group)
			l.notify() // others may have come meanwhile
			continue
		}
		if closing {
			return
		}
	}
}

// commit writes, syncs and anchors a group and tells everybody in it how that went.
func (l *Log) commit(group []*pending) {
	err := l.settle()
	if err == nil {
		l.write(group)
		l.step("synced")
		if err = l.anchor(); err == nil {
			l.step("anchored")
		}
	}
	worst := err
	for _, p := range group {
		if p.err != nil {
			worst = p.err
		}
		p.done <- cmp.Or(p.err, err)
	}
	l.tell(worst)
}

// settle anchors what an earlier group could not. While that fails nothing is written, so that little of the trail is without an anchor.
func (l *Log) settle() error {
	if !l.unsettled {
		return nil
	}
	return l.anchor()
}

// write puts the group's lines into the files of their streams. Records of a stream whose file fails get its error; the chain
// is given up, since nobody knows what its file holds, and the next record begins another.
func (l *Log) write(group []*pending) {
	for _, stream := range Streams {
		mine := slices.DeleteFunc(slices.Clone(group), func(p *pending) bool { return p.stream != stream })
		if len(mine) == 0 {
			continue
		}
		err := l.writeStream(stream, mine)
		for _, p := range mine {
			p.err = err
			if s := l.copies[stream]; s != nil && err == nil {
				s.Send(slog.LevelInfo, p.body)
			}
		}
		if c := l.chains[stream]; err != nil && c != nil && !errors.Is(err, errNotAnchored) {
			c.giveUp()
			delete(l.chains, stream)
		}
	}
}

var errNotAnchored = errors.New("anchor in the control database")

func (l *Log) writeStream(stream Stream, group []*pending) error {
	c := l.chains[stream]
	if c == nil {
		c = newChain(l.cfg, l.root, stream, l.host)
		if err := c.open(); err != nil {
			c.giveUp()
			return err
		}
		l.chains[stream] = c
		l.step("opened")
		if err := l.anchor(); err != nil { // a chain is known before it holds anything
			return err
		}
	}
	for _, p := range group {
		var err error
		if p.body, err = c.add(p.body); err != nil {
			return err
		}
	}
	l.step("written")
	return c.sync()
}

// anchor brings the heads of the chains to the control database.
func (l *Log) anchor() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var chains []*chain
	for _, stream := range Streams {
		if c := l.chains[stream]; c != nil {
			chains = append(chains, c)
		}
	}
	err := put(ctx, l.cfg.Pool, chains)
	l.unsettled = err != nil
	if err != nil {
		return fmt.Errorf("%w: %w", errNotAnchored, err)
	}
	return nil
}

// end closes the chains.
func (l *Log) end() error {
	err := l.settle()
	for _, c := range l.chains {
		err = errors.Join(err, c.close())
	}
	if err == nil {
		err = l.anchor()
	}
	for _, c := range l.chains {
		err = errors.Join(err, c.file.Close())
	}
	if err != nil {
		return fmt.Errorf("close the audit trail: %w", err)
	}
	return nil
}

// tell logs when the trail begins to fail and when it works again.
func (l *Log) tell(err error) {
	switch {
	case err != nil && !l.failing:
		l.cfg.Logger.Error("the audit trail cannot be written; nothing that must be recorded is shown or done", "error", err)
	case err == nil && l.failing:
		l.cfg.Logger.Info("the audit trail is written again")
	}
	l.failing = err != nil
}
