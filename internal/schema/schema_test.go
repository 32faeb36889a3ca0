package schema_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

// warehouse makes schema versions of the kind warehouse from their texts; the first is number 1.
func warehouse(texts ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i, text := range texts {
		files[fmt.Sprintf("warehouse/%04d_step_%d.sql", i+1, i+1)] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func upgrade(t *testing.T, pool *pgxpool.Pool, files fstest.MapFS) []string {
	t.Helper()
	applied, err := schema.UpgradeFrom(t.Context(), pool, schema.Warehouse, files)
	if err != nil {
		t.Fatal(err)
	}
	return names(applied)
}

func names(versions []schema.Version) (names []string) {
	for _, v := range versions {
		names = append(names, v.String())
	}
	return names
}

func query1(t *testing.T, pool *pgxpool.Pool, sql string) (value string) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
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

func TestEveryKindUpgradesFromNothingAndThenHasNothingToDo(t *testing.T) {
	t.Parallel()
	for _, kind := range schema.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			pool := pgtest.Empty(t)
			before, err := schema.Status(t.Context(), pool, kind)
			if err != nil {
				t.Fatal(err)
			}
			applied, err := schema.Upgrade(t.Context(), pool, kind, pgtest.Installation)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(names(before.Pending), names(applied)); diff != "" || len(applied) == 0 {
				t.Errorf("applied is not what was pending (-pending +applied):\n%s", diff)
			}
			after, err := schema.Status(t.Context(), pool, kind)
			if err != nil {
				t.Fatal(err)
			}
			if !after.Current() || len(after.Applied) == 0 || after.Conflict() != nil {
				t.Errorf("status after the upgrade: %+v", after)
			}
			again, err := schema.Upgrade(t.Context(), pool, kind, pgtest.Installation)
			if err != nil || len(again) > 0 {
				t.Errorf("a second upgrade applied %q (%v), want nothing", names(again), err)
			}
		})
	}
}

func TestControlHasTheTablesOfTheJobQueue(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	if got := query1(t, pool, "select count(*)::text from jobs.river_job"); got != "0" {
		t.Errorf("jobs in a new database: %s, want 0", got)
	}
}

func TestUpgradesAtTheSameTimeApplyEachVersionOnce(t *testing.T) {
	t.Parallel()
	dsn := pgtest.EmptyDSN(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	count := map[string]int{}
	for range 4 {
		wg.Go(func() {
			pool, err := pgxpool.New(t.Context(), dsn+"&pool_max_conns=1")
			if err != nil {
				t.Error(err)
				return
			}
			defer pool.Close()
			applied, err := schema.Upgrade(t.Context(), pool, schema.Control, pgtest.Installation)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, name := range names(applied) {
				count[name]++
			}
		})
	}
	wg.Wait()
	if len(count) == 0 {
		t.Error("nothing was applied")
	}
	for name, n := range count {
		if n != 1 {
			t.Errorf("%s was applied %d times", name, n)
		}
	}
}

func TestFailedVersionLeavesTheOnesBeforeItAndNamesItsLine(t *testing.T) {
	t.Parallel()
	pool := pgtest.Empty(t)
	good, bad := "create table a (n int);", "create table b (n int);\n\ncreate table c (n nonsense);"
	applied, err := schema.UpgradeFrom(t.Context(), pool, schema.Warehouse, warehouse(good, bad))
	wantError(t, err, "upgrade warehouse", "warehouse/0002_step_2, line 3", "nonsense")
	if diff := cmp.Diff([]string{"warehouse/0001_step_1"}, names(applied)); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
	if got := query1(t, pool, "select (to_regclass('a') is not null) || ' ' || (to_regclass('b') is not null)"); got != "true false" {
		t.Errorf("tables a and b exist: %s, want true false", got)
	}
	// Mended, it goes on from there.
	if diff := cmp.Diff([]string{"warehouse/0002_step_2"}, upgrade(t, pool, warehouse(good, "create table b (n int);"))); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
}

func TestChangedVersionIsRefused(t *testing.T) {
	t.Parallel()
	pool := pgtest.Empty(t)
	upgrade(t, pool, warehouse("create table a (n int);"))
	changed := warehouse("create table a (n bigint);", "create table b (n int);")
	_, err := schema.UpgradeFrom(t.Context(), pool, schema.Warehouse, changed)
	wantError(t, err, "warehouse/0001_step_1 was applied from a different text")
	if got := query1(t, pool, "select to_regclass('b') is null"+"||''"); got != "true" {
		t.Error("a version was applied over a changed one")
	}
	status, err := schema.StatusFrom(t.Context(), pool, schema.Warehouse, changed)
	if err != nil {
		t.Fatal(err)
	}
	if status.Current() || len(status.Changed) != 1 || len(status.Pending) != 1 {
		t.Errorf("status: %+v, want one changed and one pending", status)
	}
}

func TestDatabaseNewerThanTheBinaryWorksButIsNotUpgraded(t *testing.T) {
	t.Parallel()
	pool := pgtest.Empty(t)
	old := warehouse("create table a (n int);")
	upgrade(t, pool, warehouse("create table a (n int);", "create table b (n int);"))
	_, err := schema.UpgradeFrom(t.Context(), pool, schema.Warehouse, old)
	wantError(t, err, "warehouse/0002_step_2, which is newer than this binary")
	status, err := schema.StatusFrom(t.Context(), pool, schema.Warehouse, old)
	if err != nil {
		t.Fatal(err)
	}
	if !status.Current() || len(status.Newer) != 1 {
		t.Errorf("status: %+v, want current, with one newer", status)
	}
}

func TestNewerJobQueueIsRefused(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	if _, err := pool.Exec(t.Context(), "insert into jobs.river_migration (line, version) values ('main', 999)"); err != nil {
		t.Fatal(err)
	}
	_, err := schema.Upgrade(t.Context(), pool, schema.Control, pgtest.Installation)
	wantError(t, err, "control/jobs/999", "newer than this binary")
}

func TestVersionThatEndsItsTransactionIsRefused(t *testing.T) {
	t.Parallel()
	pool := pgtest.Empty(t)
	_, err := schema.UpgradeFrom(t.Context(), pool, schema.Warehouse, warehouse("create table a (n int); commit;"))
	wantError(t, err, "warehouse/0001_step_1 ends its own transaction")
}

func TestVersionFilesAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	pool := pgtest.Empty(t)
	for file, want := range map[string]string{
		"warehouse/0002_second.sql": "its number should be 0001",
		"warehouse/1_first.sql":     "name it like 0001_start.sql",
		"warehouse/notes.txt":       "name it like 0001_start.sql",
	} {
		_, err := schema.UpgradeFrom(t.Context(), pool, schema.Warehouse, fstest.MapFS{file: {}})
		wantError(t, err, file, want)
	}
	_, err := schema.Upgrade(t.Context(), pool, "attic", pgtest.Installation)
	wantError(t, err, `"attic"`)
}

func TestUpgradeThatWaitsForAnotherEndsWithItsContext(t *testing.T) {
	t.Parallel()
	pool := pgtest.Empty(t)
	// A version that waits for a lock we hold keeps the upgrade lock meanwhile.
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), "select pg_advisory_lock(1)"); err != nil {
		t.Fatal(err)
	}
	first := make(chan error)
	go func() {
		_, err := schema.UpgradeFrom(t.Context(), pool, schema.Warehouse, warehouse("select pg_advisory_xact_lock(1);"))
		first <- err
	}()
	waiting := "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())"
	until(t, conn, waiting, 1)
	ctx, cancel := context.WithCancel(t.Context())
	second := make(chan error)
	go func() {
		_, err := schema.UpgradeFrom(ctx, pool, schema.Warehouse, warehouse("select 1;"))
		second <- err
	}()
	until(t, conn, waiting, 2)
	cancel()
	wantError(t, <-second, "wait for another upgrade")
	if _, err := conn.Exec(t.Context(), "select pg_advisory_unlock(1)"); err != nil {
		t.Fatal(err)
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// until repeats a query until it yields a number.
func until(t *testing.T, conn *pgxpool.Conn, sql string, want int) {
	t.Helper()
	for got := -1; got != want; {
		if err := conn.QueryRow(t.Context(), sql).Scan(&got); err != nil {
			t.Fatal(err)
		}
	}
}
