// Package landing is the landing zone: an SFTP server where senders drop packages, and the watch that turns complete uploads
// into batches.
//
// A sender signs in with an SSH key and sees one folder, file_drop: it may upload, list, rename, delete and make folders
// there, and nothing else (session.go, drop.go). An upload that broke off is marked and stays incomplete until it is resumed
// or sent again (uploads.go). A file is complete by the rules of watch.go: renamed from a temporary name, proved by a .done
// checksum beside it, or closed and quiet for a while.
//
// A complete file is taken out of the drop in one rename, together with a note of what it was (arrive.go); then it is
// hashed, linked into the file store, and registered: the batch and the job that loads it are inserted in one transaction.
// Wherever the process dies, the next one goes on from the note: nothing is lost and nothing registered twice.
//
// The package faces the Internet: it cannot read student data, and touches only the schemas landing, batch and jobs of the
// control database.
//
// On disk, below Config.Root, which belongs to one running server at a time:
//
//	lock                              held by the running server
//	drop/<tenant>/<account>/file_drop what the sender sees
//	  .uploading.<name>               beside <name>: its upload has not ended well (yet); hidden from senders
//	taken/<uuid>, taken/<uuid>.json   complete files on their way to the file store, and their notes
package landing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/ssh"
	"golang.org/x/sys/unix"

	"scorehouse/internal/batch"
	"scorehouse/internal/crash"
	"scorehouse/internal/filestore"
)

// Codes of docs/formats/codes.md that the landing zone gives.
const (
	CodeChecksumMismatch = 2110 // the .done file does not match
	CodeFileType         = 3010 // the name does not end in .gpg
)

// Config sets up the landing zone. Zero fields mean their default.
type Config struct {
	Listen      string // host:port of the SFTP server; port 0 picks a free one
	HostKeyFile string // made at the first start (ed25519); senders pin it
	Root        string // directory of drop and taken files; best on the file system of the file store, where files are linked, not copied

	QuietPeriod    time.Duration // an upload untouched for so long is complete; default 2 s
	ChecksumWait   time.Duration // a .done that does not match is waited for so long, then the file is rejected; default 10 min
	MaxFileSize    int64         // bytes; writes beyond fail; default 20 GiB
	MaxConnections int           // at a time, of all senders; more are turned away; default 200
	IdleTimeout    time.Duration // a silent connection is closed after it; default 10 min
}

func (c *Config) setDefaults() {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&c.QuietPeriod, 2 * time.Second}, {&c.ChecksumWait, 10 * time.Minute}, {&c.IdleTimeout, 10 * time.Minute}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if c.MaxFileSize <= 0 {
		c.MaxFileSize = 20 << 30
	}
	if c.MaxConnections <= 0 {
		c.MaxConnections = 200
	}
}

// Deps are the parts that the landing zone works with.
type Deps struct {
	Pool    *pgxpool.Pool // of the control database
	Batches *batch.Store
	Files   *filestore.Dir
	// Enqueue inserts the job that loads the batch, in the transaction that registers it.
	Enqueue func(ctx context.Context, tx pgx.Tx, id batch.ID) error
	Logger  *slog.Logger
}

// Server is the landing zone.
type Server struct {
	cfg  Config
	deps Deps
	log  *slog.Logger

	accounts *Accounts
	guests   *guests
	root     *os.Root
	lock     *os.File
	listener net.Listener
	ssh      *ssh.ServerConfig
	hostKey  ssh.PublicKey
	slots    chan struct{} // one for each connection
	uploads  *uploads
	poke     chan struct{} // wakes the watch
	step     func(point string)
}

// New takes the directory, makes the host key when there is none, and listens; connections wait until Run. It fails when another server
// uses the directory. Without a Run, Close lets go of all.
func New(cfg Config, deps Deps) (*Server, error) {
	cfg.setDefaults()
	s := &Server{
		cfg: cfg, deps: deps, log: deps.Logger, accounts: NewAccounts(deps.Pool), guests: newGuests(),
		slots: make(chan struct{}, cfg.MaxConnections), poke: make(chan struct{}, 1), step: crash.Point,
	}
	if err := s.open(); err != nil {
		s.Close()
		return nil, fmt.Errorf("landing zone: %w", err)
	}
	return s, nil
}

func (s *Server) open() (err error) {
	for _, dir := range []string{s.cfg.Root, filepath.Join(s.cfg.Root, "drop"), filepath.Join(s.cfg.Root, "taken")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	if s.lock, err = takeLock(filepath.Join(s.cfg.Root, "lock")); err != nil {
		return err
	}
	if s.root, err = os.OpenRoot(s.cfg.Root); err != nil {
		return err
	}
	s.uploads = newUploads(s.root)
	if s.ssh, err = s.sshConfig(); err != nil {
		return err
	}
	s.listener, err = net.Listen("tcp", s.cfg.Listen)
	return err
}

// takeLock waits a moment for a server that is just stopping.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for range 50 {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	f.Close()
	return nil, fmt.Errorf("another server uses %s: %w", filepath.Dir(path), err)
}

// Close lets go of the listener and the directory. Run does it by itself.
func (s *Server) Close() {
	if s.listener != nil {
		s.listener.Close()
	}
	if s.root != nil {
		s.root.Close()
	}
	if s.lock != nil {
		s.lock.Close()
	}
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// HostKey returns the key by which senders know the server.
func (s *Server) HostKey() ssh.PublicKey { return s.hostKey }

// Run serves senders and takes in complete files until ctx ends. Then it closes every connection; uploads that this breaks off can be
// resumed after the next start.
func (s *Server) Run(ctx context.Context) error {
	defer s.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { s.watch(ctx) })
	all.Go(func() { s.showOut(ctx) })
	all.Go(func() {
		<-ctx.Done()
		s.listener.Close()
	})
	s.log.InfoContext(ctx, "landing zone listens", "address", s.Addr().String())
	for {
		conn, err := s.listener.Accept()
		switch {
		case ctx.Err() != nil:
			if conn != nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			cancel()
			return fmt.Errorf("landing zone: accept: %w", err)
		case err != nil: // out of file descriptors, or the peer was gone at once
			s.log.WarnContext(ctx, "landing zone: accept", "error", err)
			wait(ctx, 100*time.Millisecond)
			continue
		}
		select {
		case s.slots <- struct{}{}:
			all.Go(func() {
				defer func() { <-s.slots }()
				s.serve(ctx, conn)
			})
		default:
			s.log.WarnContext(ctx, "connection turned away: too many", "remote", conn.RemoteAddr().String())
			conn.Close()
		}
	}
}

// wait returns after a while or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// look wakes the watch.
func (s *Server) look() {
	select {
	case s.poke <- struct{}{}:
	default:
	}
}
