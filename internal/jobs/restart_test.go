package jobs_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"scorehouse/internal/jobs"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

// ownCluster starts a server that the test may kill. restart starts it again after that.
func ownCluster(t *testing.T) (pool *pgxpool.Pool, kill, restart func()) {
	t.Helper()
	parent, err := os.MkdirTemp("", "scorehouse-jobs-test-")
	if err == nil {
		err = os.Chmod(parent, 0o711) // the server's user passes through
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	var c *pgcluster.Cluster
	restart = func() {
		t.Helper()
		if c, err = pgcluster.Start(context.Background(), pgcluster.Config{
			Dir: filepath.Join(parent, "pg"), Template: os.TempDir(),
			Settings: map[string]string{"synchronous_commit": "on"}, // what was committed survives the kill
		}); err != nil {
			t.Fatal(err)
		}
	}
	restart()
	t.Cleanup(func() { _ = c.Stop(context.Background()) })
	kill = func() {
		t.Helper()
		if err := c.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	if pool, err = pgxpool.New(context.Background(), c.DSN("postgres")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	conn, err := pgx.Connect(t.Context(), c.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := pg.MakeRoles(t.Context(), conn, pgtest.Installation); err != nil {
		t.Fatal(err)
	}
	if _, err := schema.Upgrade(t.Context(), pool, schema.Control, pgtest.Installation); err != nil {
		t.Fatal(err)
	}
	return pool, kill, restart
}

func TestTheQueueGoesOnAfterPostgreSQLWasKilled(t *testing.T) {
	t.Parallel()
	pool, kill, restart := ownCluster(t)
	working := make(chan struct{}, 10)
	tries := 0
	c := client(t, pool, jobs.Config{}, func(ctx context.Context, _ *river.Job[task]) error {
		working <- struct{}{}
		if tries++; tries > 1 {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	})
	insert(t, c, pool, "x", nil)
	receive(t, working, 5*time.Second, "the job runs")
	kill()
	within(t, 10*time.Second, "the trouble shows", func() bool { return c.Check(t.Context()) != nil })
	restart()
	started := time.Now()
	receive(t, working, 10*time.Second, "the job runs again")
	t.Logf("again after %s", time.Since(started))
	within(t, 10*time.Second, "the job is completed", func() bool {
		list, err := c.List(t.Context(), jobs.Filter{})
		return err == nil && len(list) == 1 && list[0].State == "completed" && list[0].Attempt == 1
	})
	within(t, 5*time.Second, "the queue works", func() bool { return c.Check(t.Context()) == nil })
}
