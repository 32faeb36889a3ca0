package pgtest_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

// The test binary, started with this variable set to "exit" or "hang", uses a database and then does that.
const roleVariable = "PGTEST_TEST_ROLE"

func TestRoleOfAnotherTestBinary(t *testing.T) {
	role := os.Getenv(roleVariable)
	if role == "" {
		t.Skip("only runs as another process")
	}
	cluster := pgtest.Cluster(t)
	pgtest.New(t, schema.Staging)
	if err := os.WriteFile(os.Getenv(roleVariable+"_SAYS"), []byte(cluster.Dir()), 0o600); err != nil {
		t.Fatal(err)
	}
	if role == "hang" {
		select {}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// eventually waits for a condition and fails when it does not come true.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("in vain waited until %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestNothingStaysBehindHoweverTheTestBinaryEnds(t *testing.T) {
	t.Parallel()
	if os.Getenv("PGTEST_DSN") != "" {
		t.Skip("needs a private cluster")
	}
	for _, role := range []string{"exit", "hang"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			says := filepath.Join(t.TempDir(), "home")
			other := exec.Command(os.Args[0], "-test.run=TestRoleOfAnotherTestBinary")
			other.Env = append(os.Environ(), roleVariable+"="+role, roleVariable+"_SAYS="+says)
			if err := other.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- other.Wait() }()
			var home []byte
			eventually(t, "the other binary uses a database", func() bool {
				home, _ = os.ReadFile(says)
				return len(home) > 0
			})
			if role == "hang" {
				other.Process.Kill()
			}
			if err := <-ended; err != nil && role != "hang" {
				t.Fatal(err)
			}
			eventually(t, "the directory is gone", func() bool { return !exists(filepath.Dir(string(home))) })
		})
	}
}

func TestDirectoryOfADeadTestBinaryIsRemovedAndANewOneIsNot(t *testing.T) {
	t.Parallel()
	if os.Getenv("PGTEST_DSN") != "" {
		t.Skip("needs a private cluster")
	}
	temp, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	if err := os.Chmod(temp, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	dead, starting := filepath.Join(temp, "scorehouse-pgtest-1"), filepath.Join(temp, "scorehouse-pgtest-2")
	for _, dir := range []string{filepath.Join(dead, "pg/data"), starting} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	longAgo := time.Now().Add(-time.Hour)
	if err := os.Chtimes(dead, longAgo, longAgo); err != nil {
		t.Fatal(err)
	}
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestRoleOfAnotherTestBinary")
	other.Env = append(os.Environ(), "TMPDIR="+temp, roleVariable+"=exit", roleVariable+"_SAYS="+filepath.Join(temp, "home"))
	if out, err := other.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if exists(dead) {
		t.Error("the directory of a dead test binary is still there")
	}
	if !exists(starting) {
		t.Error("the directory of a test binary that has just begun is gone")
	}
	// The other's own directory goes on its own; only then may its parent.
	home, err := os.ReadFile(filepath.Join(temp, "home"))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "its own directory is gone", func() bool { return !exists(filepath.Dir(string(home))) })
}

func TestEachDatabaseIsItsOwnAndHasTheSchema(t *testing.T) {
	t.Parallel()
	a, b := pgtest.New(t, schema.Staging), pgtest.New(t, schema.Staging)
	if _, err := a.Exec(t.Context(), "create table mine (n int)"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Exec(t.Context(), "create table mine (n int)"); err != nil {
		t.Errorf("the second database has the first one's table: %v", err)
	}
	for _, pool := range []*pgxpool.Pool{a, b} {
		status, err := schema.Status(t.Context(), pool, schema.Staging)
		if err != nil {
			t.Fatal(err)
		}
		if !status.Current() {
			t.Errorf("schema is not current: %+v", status)
		}
	}
}

func TestDSNLeadsToTheSameDatabase(t *testing.T) {
	t.Parallel()
	pool := pgtest.Empty(t)
	if _, err := pool.Exec(t.Context(), "create table mine (n int)"); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), pgtest.DSN(pool))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "select n from mine"); err != nil {
		t.Error(err)
	}
}

func TestDatabaseIsDroppedWithItsTest(t *testing.T) {
	t.Parallel()
	var name string
	t.Run("a test", func(t *testing.T) {
		pool := pgtest.Empty(t)
		name = pool.Config().ConnConfig.Database
		// A connection that the test forgot does not keep its database.
		if _, err := pgx.Connect(t.Context(), pgtest.DSN(pool)); err != nil {
			t.Fatal(err)
		}
	})
	if !strings.Contains(name, "test") {
		t.Fatalf("the database is called %q", name)
	}
	var still bool
	err := pgtest.Empty(t).QueryRow(t.Context(), "select exists (select from pg_database where datname = $1)", name).Scan(&still)
	if err != nil {
		t.Fatal(err)
	}
	if still {
		t.Errorf("database %s outlives its test", name)
	}
}

func TestServerNamedInTheEnvironmentIsUsedAndTidied(t *testing.T) {
	t.Parallel()
	if os.Getenv("PGTEST_DSN") != "" {
		t.Skip("this is that run")
	}
	dsn := pgtest.EmptyDSN(t)
	admin, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	if _, err := admin.Exec(t.Context(), "create database scorehouse_test_dead_1"); err != nil {
		t.Fatal(err)
	}
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestEach|TestDSN|TestDatabase|TestRole", "-test.v")
	other.Env = append(os.Environ(), "PGTEST_DSN="+dsn, roleVariable+"=exit")
	out, err := other.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "needs a private cluster") {
		t.Errorf("the test that needs a cluster was not skipped:\n%s", out)
	}
	var left int
	err = admin.QueryRow(t.Context(), "select count(*) from pg_database where datname like 'scorehouse_test_dead%'").Scan(&left)
	if err != nil || left > 0 {
		t.Errorf("%d databases (%v) of a dead test binary are left", left, err)
	}
}
