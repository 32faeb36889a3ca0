package pgtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/schema"
)

// dsnVariable names the environment variable with the connection URL of a server to use.
const dsnVariable = "PGTEST_DSN"

// Installation is the name that the roles of tests begin with.
const Installation pg.Installation = "scorehouse_test"

// blank is the template of a database without tables, whatever locale the server was made with.
const blank = "template0 encoding 'UTF8' lc_collate 'C.UTF-8' lc_ctype 'C.UTF-8'"

// server is where the tests of this binary get their databases.
type server struct {
	admin   *pgxpool.Pool
	cluster *pgcluster.Cluster // nil when the server is somebody else's
	prefix  string             // of the names of this binary's databases
	count   atomic.Int64
	held    any // stays open until this process ends, whose end it tells to others

	mu        sync.Mutex
	templates map[string]string // name of a template -> its database
}

var start = sync.OnceValues(func() (*server, error) {
	ctx := context.Background()
	if dsn := os.Getenv(dsnVariable); dsn != "" {
		return useServer(ctx, dsn)
	}
	return startServer(ctx)
})

// running returns the server, and starts it for the first test.
func running(t testing.TB) *server {
	t.Helper()
	s, err := start()
	if err != nil {
		t.Fatalf("PostgreSQL for tests: %v", err)
	}
	return s
}

// startServer starts a private cluster.
func startServer(ctx context.Context) (*server, error) {
	home, err := newHome(ctx)
	if err != nil {
		return nil, err
	}
	cluster, err := pgcluster.Start(ctx, pgcluster.Config{
		Dir:      home,
		Template: os.TempDir(),
		Settings: map[string]string{
			"max_connections": "300", // every test has a pool of its own
			"shared_buffers":  "128MB",
			"max_wal_senders": "10",
		},
	})
	if err != nil {
		return nil, err
	}
	held, err := removeAtExit(home, cluster.PID())
	if err != nil {
		return nil, err
	}
	admin, err := pgxpool.New(ctx, cluster.DSN("postgres"))
	if err != nil {
		return nil, err
	}
	s := &server{admin: admin, cluster: cluster, held: held, prefix: "test", templates: map[string]string{}}
	return s, s.makeRoles(ctx)
}

// useServer takes a server that other test binaries may use at the same time.
func useServer(ctx context.Context, dsn string) (*server, error) {
	if _, err := url.Parse(dsn); err != nil || !strings.HasPrefix(dsn, "postgres") {
		return nil, fmt.Errorf("%s must be a URL like postgres://user@host/postgres", dsnVariable)
	}
	admin, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return nil, err
	}
	held, err := pgx.ConnectConfig(ctx, admin.Config().ConnConfig)
	if err != nil {
		return nil, err
	}
	id := strings.ToLower(rand.Text()[:8])
	if err := dropLeftovers(ctx, held, id); err != nil {
		return nil, err
	}
	s := &server{admin: admin, held: held, prefix: databasePrefix + id, templates: map[string]string{}}
	return s, s.makeRoles(ctx)
}

// template returns the name of a database to copy, and makes it the first time: with the schema of a kind, and prepared.
func (s *server) template(ctx context.Context, name string, kind schema.Kind, prepare func(context.Context, *pgxpool.Pool) error) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if database, ok := s.templates[name]; ok {
		return database, nil
	}
	// Schema versions may touch what the databases of a server share, such as roles.
	release, err := s.lock(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	database := s.prefix + "_template_" + name
	if _, err := s.admin.Exec(ctx, "drop database if exists "+database); err != nil {
		return "", err
	}
	if _, err := s.admin.Exec(ctx, "create database "+database+" template "+blank); err != nil {
		return "", err
	}
	for _, step := range []func(context.Context, *pgxpool.Pool) error{
		func(ctx context.Context, pool *pgxpool.Pool) error {
			_, err := schema.Upgrade(ctx, pool, kind, Installation)
			return err
		},
		prepare,
		func(ctx context.Context, pool *pgxpool.Pool) error { return pool.Ping(ctx) }, // keeps what a first connection finds out about the catalog
	} {
		if err := s.once(ctx, database, step); err != nil {
			return "", err
		}
	}
	s.templates[name] = database
	return database, nil
}

// once does something over a pool of its own.
func (s *server) once(ctx context.Context, database string, do func(context.Context, *pgxpool.Pool) error) error {
	pool, err := pgxpool.New(ctx, s.dsn(database))
	if err != nil {
		return err
	}
	defer pool.Close()
	return do(ctx, pool)
}

// makeRoles makes the roles of tests, which all test binaries on a server share.
func (s *server) makeRoles(ctx context.Context) error {
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	return pg.MakeRoles(ctx, conn.Conn(), Installation)
}

// lock keeps other test binaries on the same server from making templates.
func (s *server) lock(ctx context.Context) (release func(), err error) {
	conn, err := s.admin.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(templateLock)); err != nil {
		conn.Release()
		return nil, err
	}
	return func() {
		conn.Hijack().Close(context.WithoutCancel(ctx)) // closing is what surely lets go of the lock
	}, nil
}

// create makes a database for a test and returns its connection URL.
func (s *server) create(t testing.TB, template string) string {
	t.Helper()
	name := fmt.Sprintf("%s_%d", s.prefix, s.count.Add(1))
	// Copying files takes PostgreSQL a quarter of the work of copying blocks.
	if _, err := s.admin.Exec(t.Context(), "create database "+name+" template "+template+" strategy file_copy"); err != nil {
		t.Fatalf("create a test database: %v", err)
	}
	t.Cleanup(func() {
		if _, err := s.admin.Exec(context.Background(), "drop database if exists "+name+" with (force)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return s.dsn(name)
}

// dsn returns the connection URL of a database on the server.
func (s *server) dsn(database string) string {
	if s.cluster != nil {
		return s.cluster.DSN(database)
	}
	u, err := url.Parse(s.admin.Config().ConnString())
	if err != nil {
		panic(err) // it was parsed before
	}
	u.Path = "/" + database
	return u.String()
}
