// Package pgtest gives tests real PostgreSQL databases, each test its own, with the project's tables in them.
//
// The first test of a test binary that asks starts a private cluster in a temporary directory (package pgcluster);
// about half a second. When the environment variable PGTEST_DSN holds the connection URL of a superuser, that server is
// used instead (it must let the roles of tests in without a password). A database is a copy of a template with the schema applied, made in
// some fifty milliseconds, and is dropped when its test ends, so all tests can run in parallel.
//
// New connects as the owner, for preparing and looking. What is tested should run as the role that it has in an installation: As.
//
// Nothing needs to be stopped: cluster and directory go when the test binary ends, however it ends.
//
// Read in this order: pgtest.go (what tests call), server.go (the server behind it), leftover.go (tidying up).
package pgtest

import (
	"context"
	"net/url"
	"path"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/schema"
)

// New returns a pool of the owner, a superuser, on a fresh database with the newest schema of a kind.
func New(t testing.TB, kind schema.Kind) *pgxpool.Pool {
	t.Helper()
	return open(t, NewDSN(t, kind))
}

// NewDSN returns the connection URL of a fresh database with the newest schema of a kind, for code that opens its own
// pool, which the test must close before it ends.
func NewDSN(t testing.TB, kind schema.Kind) string {
	t.Helper()
	return copied(t, string(kind), kind, func(context.Context, *pgxpool.Pool) error { return nil })
}

// Filled returns a pool of the owner on a fresh database with the newest schema of a kind and what fill put in. fill runs once for a name in a test
// binary, for all the tests that ask; each gets a copy.
func Filled(t testing.TB, kind schema.Kind, name string, fill func(context.Context, *pgxpool.Pool) error) *pgxpool.Pool {
	t.Helper()
	return open(t, copied(t, string(kind)+"_"+name, kind, fill))
}

func copied(t testing.TB, name string, kind schema.Kind, prepare func(context.Context, *pgxpool.Pool) error) string {
	t.Helper()
	s := running(t)
	template, err := s.template(t.Context(), name, kind, prepare)
	if err != nil {
		t.Fatalf("template of %s: %v", name, err)
	}
	dsn := s.create(t, template)
	if err := schema.GrantDatabase(t.Context(), s.admin, path.Base(mustParse(dsn).Path), kind, Installation); err != nil {
		t.Fatalf("rights on a database of %s: %v", kind, err)
	}
	return dsn
}

// As returns a pool on the database of another pool that connects as a role of the installation, with that role's rights and no others.
// It is closed when the test ends.
func As(t testing.TB, pool *pgxpool.Pool, r pg.Role) *pgxpool.Pool {
	t.Helper()
	return open(t, AsDSN(DSN(pool), r))
}

// AsDSN returns a connection URL of this package for a role of the installation.
func AsDSN(dsn string, r pg.Role) string {
	u := mustParse(dsn)
	u.User = url.User(Installation.RoleName(r))
	return u.String()
}

func mustParse(dsn string) *url.URL {
	u, err := url.Parse(dsn)
	if err != nil {
		panic(err) // this package made it
	}
	return u
}

// Empty returns a pool on a fresh database without tables.
func Empty(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return open(t, EmptyDSN(t))
}

// EmptyDSN returns the connection URL of a fresh database without tables.
func EmptyDSN(t testing.TB) string {
	t.Helper()
	return running(t).create(t, blank)
}

// DSN returns the connection URL that a pool was opened with.
func DSN(pool *pgxpool.Pool) string { return pool.Config().ConnString() }

// Cluster returns the private cluster that the tests of this binary share. A test that needs it is skipped when
// PGTEST_DSN names a server instead.
func Cluster(t testing.TB) *pgcluster.Cluster {
	t.Helper()
	s := running(t)
	if s.cluster == nil {
		t.Skipf("needs a private cluster, and %s names a server", dsnVariable)
	}
	return s.cluster
}

// open returns a pool that is closed before its database is dropped.
func open(t testing.TB, dsn string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}
