package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// lockKey is the SQL expression of the advisory lock that a client id stands for. rescue.go looks the same key up.
const lockKey = `hashtextextended('scorehouse.jobs:' || %s, 0)`

// owner is a session of PostgreSQL, outside the pool, that holds the advisory lock of a client id. While it is held, the jobs that run
// under that id are alive.
type owner struct {
	id   string
	conn *pgx.Conn
	lost chan struct{} // closed when the session ended other than by release

	cancel context.CancelFunc
	done   sync.WaitGroup
}

// takeOwnership connects and takes the lock of a client id that nobody has used.
func takeOwnership(ctx context.Context, cfg *pgx.ConnConfig, id string) (*owner, error) {
	cfg = cfg.Copy()
	cfg.ConnectTimeout = 10 * time.Second
	// A machine that vanishes without closing its connections is noticed within some ten seconds.
	for name, value := range map[string]string{
		"application_name": "scorehouse queue owner", "idle_session_timeout": "0",
		"tcp_keepalives_idle": "4", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
	} {
		cfg.RuntimeParams[name] = value
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	var free bool
	err = conn.QueryRow(ctx, "select pg_try_advisory_lock("+fmt.Sprintf(lockKey, "$1::text")+")", id).Scan(&free)
	if err == nil && !free {
		err = errors.New("the lock of a new client id is taken")
	}
	if err != nil {
		closeQuietly(conn)
		return nil, fmt.Errorf("take the lock of %s: %w", id, err)
	}
	watch, cancel := context.WithCancel(context.WithoutCancel(ctx))
	o := &owner{id: id, conn: conn, lost: make(chan struct{}), cancel: cancel}
	o.done.Go(func() { o.watch(watch) })
	return o, nil
}

// watch listens on the idle session, which shows its end at once, and asks it now and then whether the server still answers.
func (o *owner) watch(ctx context.Context) {
	for {
		wait, cancel := context.WithTimeout(ctx, 2*time.Second)
		_, err := o.conn.WaitForNotification(wait)
		quiet := wait.Err() != nil
		cancel()
		if ctx.Err() != nil {
			return
		}
		if err == nil || quiet && !o.conn.IsClosed() {
			ask, cancel := context.WithTimeout(ctx, 3*time.Second)
			err = o.conn.Ping(ask)
			cancel()
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			close(o.lost)
			return
		}
	}
}

// release ends the session, and with it the lock.
func (o *owner) release() {
	o.cancel()
	o.done.Wait()
	closeQuietly(o.conn)
}

func closeQuietly(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = conn.Close(ctx) // whatever the answer, the session is over
}

func randomText() string { return strings.ToLower(rand.Text()[:10]) }
