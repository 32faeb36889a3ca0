package pgcluster_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/pgcluster"
)

// parentDir, when set, makes the test binary a parent that starts a durable cluster there, says so, and waits to be
// killed.
const parentDir = "PGCLUSTER_TEST_PARENT_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentDir); dir != "" {
		beParent(dir)
	}
	os.Exit(m.Run())
}

func beParent(dir string) {
	c, err := pgcluster.Start(context.Background(), pgcluster.Config{Dir: dir, Durable: true})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(c.PID())
	select {}
}

// newHome returns a path for a home directory that the server's user can enter. (T.TempDir is closed to others.)
func newHome(t *testing.T) string {
	t.Helper()
	parent, err := os.MkdirTemp("", "scorehouse-pgcluster-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(parent, 0o711); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	return filepath.Join(parent, "home")
}

func start(t *testing.T, config pgcluster.Config) *pgcluster.Cluster {
	t.Helper()
	if config.Template == "" {
		config.Template = os.TempDir()
	}
	c, err := pgcluster.Start(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return c
}

func stop(t *testing.T, c *pgcluster.Cluster) {
	t.Helper()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func connect(t *testing.T, c *pgcluster.Cluster) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func exec1(t *testing.T, c *pgcluster.Cluster, sql string) {
	t.Helper()
	if _, err := connect(t, c).Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func query1(t *testing.T, c *pgcluster.Cluster, sql string) (value string) {
	t.Helper()
	if err := connect(t, c).QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
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

// running reports whether a process lives; one that has ended and was not yet waited for does not.
func running(pid int) bool {
	_, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one that says %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not say %q", err, part)
		}
	}
}

func TestDataOutlivesAStop(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	c := start(t, pgcluster.Config{Dir: dir})
	exec1(t, c, "CREATE TABLE kept AS SELECT 7 AS n")
	stop(t, c)
	stop(t, c) // a second time does nothing
	c = start(t, pgcluster.Config{Dir: dir})
	if got := query1(t, c, "SELECT n::text FROM kept"); got != "7" {
		t.Errorf("kept row is %q, want 7", got)
	}
}

func TestServerIsPrivateAndUnprivileged(t *testing.T) {
	t.Parallel()
	c := start(t, pgcluster.Config{Dir: newHome(t)})
	for setting, want := range map[string]string{
		"listen_addresses": "", "jit": "off", "wal_level": "replica", "server_encoding": "UTF8", "fsync": "off",
	} {
		if got := query1(t, c, "SELECT current_setting('"+setting+"')"); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
	if got := query1(t, c, "SELECT datcollate FROM pg_database WHERE datname = 'template1'"); got != "C.UTF-8" {
		t.Errorf("collation is %q, want C.UTF-8", got)
	}
	for _, name := range []string{"data", "socket"} {
		info, err := os.Stat(filepath.Join(c.Dir(), name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v, want 0700", name, info.Mode())
		}
	}
	process, err := os.Stat("/proc/" + strconv.Itoa(c.PID()))
	if err != nil {
		t.Fatal(err)
	}
	if uid := process.Sys().(*syscall.Stat_t).Uid; uid == 0 {
		t.Error("the server runs as root")
	}
}

func TestDurableClusterWaitsForTheDiskAndChecksIt(t *testing.T) {
	t.Parallel()
	c := start(t, pgcluster.Config{Dir: newHome(t), Durable: true})
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes", "data_checksums"} {
		if got := query1(t, c, "SELECT current_setting('"+setting+"')"); got != "on" {
			t.Errorf("%s is %q, want on", setting, got)
		}
	}
}

func TestCommittedDataSurvivesAKill(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	c := start(t, pgcluster.Config{Dir: dir, Durable: true})
	exec1(t, c, "CREATE TABLE kept AS SELECT 7 AS n")
	if err := c.Kill(); err != nil {
		t.Fatal(err)
	}
	if running(c.PID()) {
		t.Error("the server runs after Kill")
	}
	c = start(t, pgcluster.Config{Dir: dir, Durable: true})
	if got := query1(t, c, "SELECT n::text FROM kept"); got != "7" {
		t.Errorf("kept row is %q, want 7", got)
	}
}

// startParent runs a parent process with a durable cluster in dir, and returns the server's process id.
func startParent(t *testing.T, dir string) (parent *exec.Cmd, pid int) {
	t.Helper()
	parent = exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentDir+"="+dir)
	said, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(parent) })
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if pid, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
		t.Fatalf("the parent did not start a server: %s", line)
	}
	return parent, pid
}

// kill ends a process as kill -9 does and returns when it is gone.
func kill(cmd *exec.Cmd) {
	cmd.Process.Kill()
	cmd.Wait()
}

func TestServerEndsWithItsKilledParent(t *testing.T) {
	t.Parallel()
	parent, pid := startParent(t, newHome(t))
	kill(parent)
	eventually(t, "the orphaned server ended", func() bool { return !running(pid) })
}

func TestClusterOfAKilledParentStartsAgainAtOnce(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	parent, pid := startParent(t, dir)
	kill(parent) // the server may still be shutting down
	c := start(t, pgcluster.Config{Dir: dir, Durable: true})
	query1(t, c, "SELECT 'up'")
	if running(pid) {
		t.Error("the server of the killed parent still runs")
	}
}

func TestSecondProcessIsToldWhichOneRunsTheCluster(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	parent, _ := startParent(t, dir)
	_, err := pgcluster.Start(t.Context(), pgcluster.Config{Dir: dir})
	wantError(t, err, fmt.Sprintf("process %d runs this cluster already", parent.Process.Pid))
	wantError(t, pgcluster.Remove(t.Context(), dir), "runs this cluster already")
}

func TestServerThatEscapedIsEndedAtTheNextStart(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	c := start(t, pgcluster.Config{Dir: dir})
	stop(t, c)
	escaped := exec.Command(c.Installation().Program("postgres"), "-D", filepath.Join(dir, "data"), "-k", filepath.Join(dir, "socket"))
	asOwnerOf(t, escaped, filepath.Join(dir, "data"))
	if err := escaped.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { escaped.Wait(); close(ended) }()
	t.Cleanup(func() { escaped.Process.Kill(); <-ended })
	eventually(t, "the escaped server is ready", func() bool {
		conn, err := pgx.Connect(t.Context(), c.DSN("postgres"))
		if err != nil {
			return false
		}
		conn.Close(t.Context())
		return true
	})

	c = start(t, pgcluster.Config{Dir: dir})
	<-ended
	query1(t, c, "SELECT 'up'")
}

func TestOrphanedBackendsAreEndedAtTheNextStart(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	c := start(t, pgcluster.Config{Dir: dir})
	conn := connect(t, c)
	go conn.Exec(context.Background(), "SELECT sum(sqrt(n)) FROM generate_series(1, 1000000000) n") // busy, deaf to a dead postmaster
	syscall.Kill(c.PID(), syscall.SIGKILL)
	<-c.Done()
	stop(t, c)
	c = start(t, pgcluster.Config{Dir: dir})
	query1(t, c, "SELECT 'up'")
}

// asOwnerOf makes a command run as the owner of a directory.
func asOwnerOf(t *testing.T, cmd *exec.Cmd, dir string) {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir = dir
	if stat := info.Sys().(*syscall.Stat_t); int(stat.Uid) != os.Getuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}}
	}
}

func TestStalePidFileWithTheNumberOfAnotherProcessIsHarmless(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	c := start(t, pgcluster.Config{Dir: dir})
	stop(t, c)
	other := exec.Command("/bin/sleep", "600")
	asOwnerOf(t, other, filepath.Join(dir, "data"))
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer other.Wait()
	defer other.Process.Kill()
	stale := fmt.Sprintf("%d\n%s\n", other.Process.Pid, filepath.Join(dir, "data"))
	if err := os.WriteFile(filepath.Join(dir, "data/postmaster.pid"), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	c = start(t, pgcluster.Config{Dir: dir})
	query1(t, c, "SELECT 'up'")
	if !running(other.Process.Pid) {
		t.Error("the other process was ended")
	}
}

func TestInterruptedInitdbIsDoneAnew(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	half := filepath.Join(dir, "data.half.new")
	if err := os.MkdirAll(half, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	c := start(t, pgcluster.Config{Dir: dir})
	query1(t, c, "SELECT 'up'")
	if _, err := os.Stat(half); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the unfinished directory is still there (%v)", err)
	}
}

func TestDataNeverGetsIntoTheLog(t *testing.T) {
	t.Parallel()
	c := start(t, pgcluster.Config{Dir: newHome(t)})
	conn := connect(t, c)
	const name = "Lovelace"
	for _, sql := range []string{
		"CREATE TABLE student (name text PRIMARY KEY)",
		"INSERT INTO student VALUES ('" + name + "')",
		"INSERT INTO student VALUES ('" + name + "')", // duplicate key
		"SELECT '" + name + "'::int",
		"SELECT " + name,
		"DO $$ BEGIN RAISE WARNING '" + name + "'; END $$",
		"DO $$ BEGIN RAISE LOG '" + strings.ToUpper(name) + "'; END $$", // shows that the log is there
	} {
		conn.Exec(t.Context(), sql)
	}
	conn.Exec(t.Context(), "SELECT $1::text::int", name)
	log, err := os.ReadFile(filepath.Join(c.Dir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(log), strings.ToUpper(name)) {
		t.Fatalf("nothing was logged:\n%s", log)
	}
	if strings.Contains(string(log), name) {
		t.Errorf("the log holds data:\n%s", log)
	}
}

func TestLongPathHasItsSocketElsewhere(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(newHome(t), strings.Repeat("long", 20))
	c := start(t, pgcluster.Config{Dir: dir})
	query1(t, c, "SELECT 'up'")
	stop(t, c)
	c = start(t, pgcluster.Config{Dir: dir})
	query1(t, c, "SELECT 'up'")
	stop(t, c)
	if err := pgcluster.Remove(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
}

func TestClosedParentDirectoryIsNamed(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root starts the server as another user")
	}
	closed := filepath.Dir(newHome(t))
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := pgcluster.Start(t.Context(), pgcluster.Config{Dir: filepath.Join(closed, "a/b")})
	wantError(t, err, "cannot enter "+closed+";", "chmod o+x "+closed)
}

func TestSettingsCanBeChosenButNotThoseThatKeepDataOutOfTheLog(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	c := start(t, pgcluster.Config{Dir: dir, Settings: map[string]string{"work_mem": "5MB", "cluster_name": `it's \n`}})
	if got := query1(t, c, "SHOW work_mem"); got != "5MB" {
		t.Errorf("work_mem is %q, want 5MB", got)
	}
	if got := query1(t, c, "SHOW cluster_name"); got != `it's \n` {
		t.Errorf("cluster_name is %q", got)
	}
	stop(t, c)
	for name, value := range map[string]string{"log_statement": "all", "bad name": "1", "work_mem": "1\nfsync=off"} {
		_, err := pgcluster.Start(t.Context(), pgcluster.Config{Dir: dir, Settings: map[string]string{name: value}})
		wantError(t, err, "start cluster in "+dir, name)
	}
	_, err := pgcluster.Start(t.Context(), pgcluster.Config{Dir: dir, Settings: map[string]string{"work_mem": "much"}})
	wantError(t, err, "ended while starting", "invalid value for parameter")
	c = start(t, pgcluster.Config{Dir: dir}) // the refusals left nothing behind
	query1(t, c, "SELECT 'up'")
}

func TestTemplateIsCopiedAndADamagedOneIsNot(t *testing.T) {
	t.Parallel()
	templates := filepath.Dir(newHome(t))
	if err := os.Chmod(templates, 0o777); err != nil {
		t.Fatal(err)
	}
	system := func() string {
		dir := newHome(t)
		c := start(t, pgcluster.Config{Dir: dir, Template: templates})
		id := query1(t, c, "SELECT system_identifier::text FROM pg_control_system()")
		stop(t, c)
		return id
	}
	first := system()
	if second := system(); second != first {
		t.Errorf("the second cluster has system identifier %s, want the first's %s, whose copy it should be", second, first)
	}
	kept, err := filepath.Glob(filepath.Join(templates, "scorehouse-initdb-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept templates are %q (%v), want one", kept, err)
	}
	if err := os.Remove(filepath.Join(kept[0], "global/pg_control")); err != nil {
		t.Fatal(err)
	}
	if third := system(); third == first {
		t.Error("the damaged template was used")
	}
}

func TestDataOfAVersionThatIsNotInstalledIsRefused(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	stop(t, start(t, pgcluster.Config{Dir: dir}))
	if err := os.WriteFile(filepath.Join(dir, "data/PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := pgcluster.Start(t.Context(), pgcluster.Config{Dir: dir})
	wantError(t, err, "made by PostgreSQL 9", "apt-get install postgresql-9")
}

func TestRemoveTakesAClusterAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := newHome(t)
	c := start(t, pgcluster.Config{Dir: dir})
	wantError(t, pgcluster.Remove(t.Context(), dir), "runs this cluster already")
	stop(t, c)
	letter := filepath.Join(dir, "letter.txt")
	if err := os.WriteFile(letter, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantError(t, pgcluster.Remove(t.Context(), dir), "letter.txt is not part of a cluster")
	if err := os.Remove(letter); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to remove
		if err := pgcluster.Remove(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the directory is still there (%v)", err)
		}
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := newHome(t)
	if _, err := pgcluster.Start(ctx, pgcluster.Config{Dir: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
	query1(t, start(t, pgcluster.Config{Dir: dir}), "SELECT 'up'")
}

func TestDSNIsUnderstoodForAnyDatabaseName(t *testing.T) {
	t.Parallel()
	c := start(t, pgcluster.Config{Dir: newHome(t)})
	const name = `odd /?"%' name`
	exec1(t, c, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize())
	conn, err := pgx.Connect(t.Context(), c.DSN(name))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var got string
	if err := conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&got); err != nil || got != name {
		t.Errorf("connected to %q (%v), want %q", got, err, name)
	}
}
