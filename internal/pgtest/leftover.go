package pgtest

import (
	"context"
	"hash/fnv"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/pgcluster"
)

const (
	homePattern    = "scorehouse-pgtest-*"
	databasePrefix = "scorehouse_test_"
	templateLock   = 7351_0441_2209 // any number that no other advisory lock uses
)

// newHome returns a directory for a cluster, and removes those of test binaries that are gone.
func newHome(ctx context.Context) (string, error) {
	old, err := filepath.Glob(filepath.Join(os.TempDir(), homePattern))
	if err != nil {
		return "", err
	}
	for _, parent := range old {
		removeIfDead(ctx, parent)
	}
	parent, err := os.MkdirTemp("", homePattern)
	if err != nil {
		return "", err
	}
	return filepath.Join(parent, "pg"), os.Chmod(parent, 0o711) // the server's user passes through
}

// removeIfDead removes a directory that no living process uses, and leaves one that is so new that its process may not
// have locked it yet. What cannot be removed stays.
func removeIfDead(ctx context.Context, parent string) {
	info, err := os.Lstat(parent)
	if err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Minute ||
		int(info.Sys().(*syscall.Stat_t).Uid) != os.Getuid() {
		return
	}
	if err := pgcluster.Remove(ctx, filepath.Join(parent, "pg")); err == nil {
		_ = os.Remove(parent)
	}
}

// removeAtExit removes a cluster's directory when this process has ended, however it ended. A small shell waits for the
// end of its standard input, which this process holds open, and then for the server, which ends by itself.
// The result must stay reachable until then: were it collected, the watcher would take the process for gone.
func removeAtExit(home string, server int) (io.Closer, error) {
	const script = `
cat >/dev/null
n=0
while kill -0 "$2" 2>/dev/null && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done
rm -rf -- "$1"`
	watcher := exec.Command("/bin/sh", "-c", script, "sh", filepath.Dir(home), strconv.Itoa(server))
	watcher.Dir = "/"
	watcher.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C is not for it
	input, err := watcher.StdinPipe()
	if err != nil {
		return nil, err
	}
	return input, watcher.Start()
}

// dropLeftovers drops databases of test binaries that are gone, on a server that outlives them. A living binary holds
// an advisory lock named for its id, on a connection that lasts as long as it does.
func dropLeftovers(ctx context.Context, conn *pgx.Conn, id string) error {
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", idLock(id)); err != nil {
		return err
	}
	rows, err := conn.Query(ctx, "select datname from pg_database where starts_with(datname, $1)", databasePrefix)
	if err != nil {
		return err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		owner, _, _ := strings.Cut(strings.TrimPrefix(name, databasePrefix), "_")
		var free bool
		if err := conn.QueryRow(ctx, "select pg_try_advisory_lock($1)", idLock(owner)).Scan(&free); err != nil {
			return err
		}
		if !free || owner == id {
			continue
		}
		if _, err := conn.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize()+" with (force)"); err != nil {
			return err
		}
	}
	return nil
}

func idLock(id string) int64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return int64(h.Sum64())
}
