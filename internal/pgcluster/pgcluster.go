// Package pgcluster runs a private PostgreSQL server as a child process, from the PostgreSQL programs installed on the
// machine. The demonstration, the tests and restore drills stand on it.
//
// What it gives: a server that listens on a UNIX socket only, in a directory nobody else can enter; that ends with the
// process that started it, even when that process is killed; that starts again on the same directory whatever happened
// before; and whose log never holds data. Started by root, the server runs as an unprivileged user.
//
// What it does not: it is no installation for production. It makes no backups, takes no part in fail-over, and moves
// no data from one major version of PostgreSQL to the next. Linux only.
//
// A home directory (Config.Dir) holds:
//
//	lock         held while a process runs the cluster, with that process's id in it
//	data/        the data directory; data.*.new/ while it is being made
//	socket/      the server's socket, unless its path would be too long for one
//	server.log   what the server says; server.log.1 is from the run before
//
// Read in this order: pgcluster.go, home.go (the directory and its lock), owner.go (which user), install.go (which
// programs), data.go (making the data directory), settings.go (the configuration), process.go (children and their end).
package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Superuser is the name of the role that owns everything in a cluster. The socket asks it for no password.
const Superuser = "scorehouse"

// How long a server that was asked to end may take, and one that was told to end at once.
const (
	stopGrace = 30 * time.Second
	quitGrace = 5 * time.Second
)

// Config says where a cluster lives and how careful it is.
type Config struct {
	// Dir is the home directory. It is made when missing. The server's user must be able to enter it and every
	// directory above it. Required.
	Dir string

	// Durable makes commits survive a crash of the machine. Without it the server never waits for the disk: for data
	// that can be made again. Default false.
	Durable bool

	// Settings are PostgreSQL parameters that override this package's own choices, for example "max_connections".
	// They hold for this run only.
	Settings map[string]string

	// Template is a directory, writable by the server's user, in which freshly made data directories are kept, so that
	// the next cluster starts from a copy (0.1 s) and not from initdb (0.5 s). Processes may share it. Default: none.
	// A durable cluster does not use it.
	Template string

	// Logger hears of starts, stops and repairs. Default: silence.
	Logger *slog.Logger
}

// Cluster is a running server. Its methods may be called from several goroutines.
type Cluster struct {
	config  Config
	home    *home
	owner   owner
	install Installation
	socket  string
	server  *child
	letGo   sync.Once
}

// Start runs the cluster that lives in config.Dir, and makes it first when there is none. It returns when the server
// accepts connections. The context bounds the start only; the server lives until Stop, Kill or the end of this process.
//
// Start may be repeated after any kind of crash: a server that a dead process left running there is ended first, and
// an initdb that was interrupted is done anew. While a living process runs the cluster, Start refuses and says which.
func Start(ctx context.Context, config Config) (*Cluster, error) {
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	began := time.Now()
	c, err := start(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("start cluster in %s: %w", config.Dir, err)
	}
	config.Logger.Info("postgres started", "dir", c.Dir(), "pid", c.PID(), "version", c.install.Version,
		"durable", config.Durable, "took", time.Since(began).Round(time.Millisecond))
	return c, nil
}

func start(ctx context.Context, config Config) (_ *Cluster, err error) {
	if config.Dir == "" {
		return nil, errors.New("no directory given")
	}
	if config.Dir, err = filepath.Abs(config.Dir); err != nil {
		return nil, err
	}
	c := &Cluster{config: config}
	if c.home, err = openHome(config.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			c.giveBack()
		}
	}()
	if c.owner, err = c.home.owner(ctx); err != nil {
		return nil, err
	}
	if err := c.home.endLeftovers(ctx, config.Logger); err != nil {
		return nil, err
	}
	if c.install, err = c.ensureData(ctx); err != nil {
		return nil, err
	}
	if c.socket, err = c.home.makeSocketDir(c.owner); err != nil {
		return nil, err
	}
	if err := c.writeSettings(); err != nil {
		return nil, err
	}
	if err := c.launch(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// launch starts the server and waits until it accepts connections.
func (c *Cluster) launch(ctx context.Context) error {
	log, err := c.home.newLog()
	if err != nil {
		return err
	}
	dir := c.home.path(dataDir)
	cmd := c.owner.command(c.install.Program("postgres"), "-D", dir)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = log, log
	// A server whose parent died ends by itself: in good order when its data matters, at once when not.
	deathSignal := syscall.SIGQUIT
	if c.config.Durable {
		deathSignal = syscall.SIGINT
	}
	if c.server, err = spawn(cmd, deathSignal); err != nil {
		return errors.Join(err, log.Close())
	}
	if err := c.home.waitReady(ctx, c.server); err != nil {
		c.server.end(syscall.SIGQUIT, quitGrace)
		return errors.Join(err, lastWords(log), log.Close())
	}
	go c.watch(log)
	return nil
}

// watch keeps the log small, and the cluster's lock held, as long as the server runs.
func (c *Cluster) watch(log *os.File) {
	defer log.Close()
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := shortenLog(log, maxLog); err != nil {
				c.config.Logger.Warn("cannot shorten the log of postgres", "dir", c.Dir(), "error", err)
			}
		case <-c.server.done:
			return
		}
	}
}

// Dir returns the home directory, as an absolute path.
func (c *Cluster) Dir() string { return c.config.Dir }

// PID returns the process id of the server (its postmaster).
func (c *Cluster) PID() int { return c.server.pid }

// Installation returns the PostgreSQL programs that the cluster runs on, for pg_dump and the like.
func (c *Cluster) Installation() Installation { return c.install }

// DSN returns the connection URL of a database for the superuser. The database need not exist.
func (c *Cluster) DSN(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User(Superuser),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {c.socket}}.Encode(),
	}
	return u.String()
}

// Done is closed when the server has ended, by Stop, by Kill or on its own.
func (c *Cluster) Done() <-chan struct{} { return c.server.done }

// Stop ends the server in good order: open transactions are rolled back, what was committed is on disk. When the
// context ends first, or after half a minute, the server is ended at once; its next start then recovers, which loses
// nothing. Stopping a cluster that has ended does nothing.
func (c *Cluster) Stop(ctx context.Context) error {
	defer c.giveBack()
	c.server.signal(syscall.SIGINT)
	timer := time.NewTimer(stopGrace)
	defer timer.Stop()
	select {
	case <-c.server.done:
		return nil
	case <-ctx.Done():
	case <-timer.C:
	}
	if !c.server.end(syscall.SIGQUIT, quitGrace) {
		return fmt.Errorf("stop cluster in %s: the server (process %d) had to be killed", c.Dir(), c.PID())
	}
	return nil
}

// Kill ends the server as a power cut would, and returns when none of its processes is left. For tests of recovery.
func (c *Cluster) Kill() error {
	defer c.giveBack()
	c.server.signal(syscall.SIGKILL)
	<-c.server.done
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if err := endAll(ctx, c.home.path(dataDir), 0); err != nil {
		return fmt.Errorf("kill cluster in %s: %w", c.Dir(), err)
	}
	return nil
}

// giveBack lets another process run the cluster.
func (c *Cluster) giveBack() { c.letGo.Do(c.home.close) }

// Remove deletes a home directory with all data in it, after ending a server that a dead process left running there.
// It refuses while a living process runs the cluster, and when anything else is kept in the directory. A directory that
// does not exist is fine.
func Remove(ctx context.Context, dir string) error {
	if _, err := os.Lstat(dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := remove(ctx, dir); err != nil {
		return fmt.Errorf("remove cluster in %s: %w", dir, err)
	}
	return nil
}

func remove(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := onlyOurs(dir); err != nil {
		return err
	}
	h, err := openHome(dir)
	if err != nil {
		return err
	}
	defer h.close()
	if err := h.endLeftovers(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(h.shortSocketDir()), os.RemoveAll(dir))
}
