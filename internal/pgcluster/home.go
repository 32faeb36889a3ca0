package pgcluster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Names inside a home directory.
const (
	lockFile  = "lock"
	dataDir   = "data"
	newDirs   = "data.*.new" // a pattern; the star is a random number
	socketDir = "socket"
	logFile   = "server.log"
	oldLog    = "server.log.1"
	pidFile   = dataDir + "/postmaster.pid"
)

const (
	// socketName is what the server calls its socket; the number only completes the name.
	socketName = ".s.PGSQL.5432"
	// maxSocketPath is what Linux allows for the path of a socket.
	maxSocketPath = 107
	// maxLog is the size in bytes past which the log of a running server is emptied.
	maxLog = 8 << 20
)

// home is an open home directory, locked for this process. When the process is root, the directory stays root's and
// only what is inside it belongs to the server's user, so the files written here cannot be links planted by the server.
type home struct {
	dir  string
	root *os.Root
	lock *os.File
}

// openHome makes the directory when it is missing, and locks it.
func openHome(dir string) (*home, error) {
	if err := makeHome(dir); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	lock, err := lockHome(root)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &home{dir: dir, root: root, lock: lock}, nil
}

// makeHome makes the directory; the server's user may pass through it, as its own part lies inside.
func makeHome(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return err
	}
	err := os.Mkdir(dir, 0o711)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Chmod(dir, 0o711) // whatever the umask
}

// lockHome takes the lock, which the kernel lets go when this process ends in whatever way.
func lockHome(root *os.Root) (*os.File, error) {
	lock, err := root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		who, _ := io.ReadAll(io.LimitReader(lock, 20))
		return nil, errors.Join(fmt.Errorf("process %s runs this cluster already; stop it, or choose another directory",
			strings.TrimSpace(string(who))), lock.Close())
	}
	if err == nil {
		err = lock.Truncate(0)
	}
	if err == nil {
		_, err = lock.WriteAt(fmt.Appendln(nil, os.Getpid()), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock: %w", err), lock.Close())
	}
	return lock, nil
}

// close lets go of the lock.
func (h *home) close() {
	h.root.Close()
	h.lock.Close()
}

func (h *home) path(name string) string { return filepath.Join(h.dir, name) }

// endLeftovers makes sure that no process works on the data directory and that nothing of an earlier run is in the way
// of the next. PostgreSQL's own check of a stale postmaster.pid is not enough: it takes any process of the same user
// that happens to have the old number for the server.
func (h *home) endLeftovers(ctx context.Context, logger *slog.Logger) error {
	dirs, err := filepath.Glob(h.path(newDirs))
	if err != nil {
		return err
	}
	for _, dir := range append(dirs, h.path(dataDir)) {
		found, err := processesIn(dir)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		logger.Warn("ending a server that an earlier process left", "dir", dir, "processes", len(found))
		if err := endAll(ctx, dir, h.recordedPID()); err != nil {
			return err
		}
	}
	for _, dir := range dirs {
		logger.Warn("removing an unfinished data directory", "dir", dir)
		if err := h.root.RemoveAll(filepath.Base(dir)); err != nil {
			return err
		}
	}
	if err := h.root.Remove(pidFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// recordedPID returns the process id in postmaster.pid, 0 without one. The process may have ended long ago.
func (h *home) recordedPID() int {
	text, _ := h.root.ReadFile(pidFile)
	first, _, _ := strings.Cut(string(text), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}

// onlyOurs refuses a directory that holds anything but a cluster.
func onlyOurs(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		ours := slices.ContainsFunc([]string{lockFile, dataDir, newDirs, socketDir, logFile, oldLog}, func(pattern string) bool {
			match, _ := filepath.Match(pattern, e.Name())
			return match
		})
		if !ours {
			return fmt.Errorf("%s is not part of a cluster", filepath.Join(dir, e.Name()))
		}
	}
	return nil
}

// makeSocketDir makes the empty directory for the socket, for the server's user alone, and returns its path.
func (h *home) makeSocketDir(o owner) (string, error) {
	if err := h.root.RemoveAll(socketDir); err != nil {
		return "", err
	}
	dir := h.path(socketDir)
	if len(dir)+1+len(socketName) <= maxSocketPath {
		if err := h.root.Mkdir(socketDir, 0o700); err != nil {
			return "", err
		}
		return dir, h.root.Lchown(socketDir, o.uid, o.gid)
	}
	dir = h.shortSocketDir()
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	// Mkdir fails when somebody else was quicker: then the directory is not ours to use.
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	return dir, os.Lchown(dir, o.uid, o.gid)
}

// shortSocketDir is where the socket goes when the home directory's path is too long: always the same place, so that
// nothing piles up there.
func (h *home) shortSocketDir() string {
	sum := sha256.Sum256([]byte(h.dir))
	return fmt.Sprintf("/tmp/scorehouse-%d-%x", os.Getuid(), sum[:6])
}

// newLog opens an empty log and keeps the one before. It is opened for appending, so that it can be emptied while the
// server writes to it.
func (h *home) newLog() (*os.File, error) {
	if err := h.root.Rename(logFile, oldLog); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return h.root.OpenFile(logFile, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
}

// shortenLog empties the log when it has grown past max bytes.
func shortenLog(log *os.File, max int64) error {
	info, err := log.Stat()
	if err != nil || info.Size() <= max {
		return err
	}
	return log.Truncate(0)
}

// lastWords is the end of the log as an error, for a server that did not start.
func lastWords(log *os.File) error {
	const most = 2000
	info, err := log.Stat()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.NewSectionReader(log, max(0, info.Size()-most), most))
	if err != nil || len(text) == 0 {
		return err
	}
	return fmt.Errorf("its log ends:\n%s", strings.TrimSpace(string(text)))
}

// waitReady returns when the server accepts connections, which it says in its postmaster.pid as pg_ctl expects it.
func (h *home) waitReady(ctx context.Context, server *child) error {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		text, err := h.root.ReadFile(pidFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		lines := strings.Split(string(text), "\n")
		if len(lines) > 7 && lines[0] == strconv.Itoa(server.pid) && strings.TrimSpace(lines[7]) == "ready" {
			return nil
		}
		select {
		case <-server.done:
			return fmt.Errorf("the server ended while starting (%v)", server.state)
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w", context.Cause(ctx))
		case <-ticker.C:
		}
	}
}
