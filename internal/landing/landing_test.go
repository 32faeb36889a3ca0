package landing_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"scorehouse/internal/batch"
	"scorehouse/internal/filestore"
	"scorehouse/internal/landing"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/tenant"
)

// zone is a landing zone that runs, with the account vendor of the tenant tamarack.
type zone struct {
	t      *testing.T
	dir    string
	dsn    string
	pool   *pgxpool.Pool
	files  *filestore.Dir
	server *landing.Server
	cfg    landing.Config
	keys   map[string]ed25519.PrivateKey
	stop   func()
}

// Jobs are stood for by a table: a row for each batch whose load was enqueued.
var jobTable = pgtest.Installation.Expand("create table enqueued (batch_id int); grant usage on schema public to {landing}; grant insert on enqueued to {landing}")

func enqueue(ctx context.Context, tx pgx.Tx, id batch.ID) error {
	_, err := tx.Exec(ctx, "insert into enqueued values ($1)", id)
	return err
}

func start(t *testing.T, change func(*landing.Config)) *zone {
	t.Helper()
	z := &zone{t: t, dir: t.TempDir(), dsn: pgtest.NewDSN(t, schema.Control), keys: make(map[string]ed25519.PrivateKey)}
	var err error
	if z.pool, err = pgxpool.New(context.Background(), z.dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(z.pool.Close)
	for _, sql := range []string{jobTable, "insert into tenant.tenant values ('tamarack', 'TK', 'State of Tamarack'), ('cedar', 'CX', 'State of Cedar')"} {
		if _, err := z.pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if z.files, err = filestore.Open(filepath.Join(z.dir, "files")); err != nil {
		t.Fatal(err)
	}
	z.cfg = landing.Config{
		Listen: "127.0.0.1:0", HostKeyFile: filepath.Join(z.dir, "host_key"), Root: filepath.Join(z.dir, "landing"),
		QuietPeriod: 300 * time.Millisecond,
	}
	if change != nil {
		change(&z.cfg)
	}
	z.account("vendor", "tamarack")
	z.run()
	return z
}

// account makes an account with a new key.
func (z *zone) account(name string, id tenant.ID) {
	z.t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		z.t.Fatal(err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		z.t.Fatal(err)
	}
	z.keys[name] = private
	line := string(ssh.MarshalAuthorizedKey(key))
	if err := landing.NewAccounts(z.pool).AddAccount(z.t.Context(), name, id, []string{line}); err != nil {
		z.t.Fatal(err)
	}
}

func deps(pool *pgxpool.Pool, files *filestore.Dir, logger *slog.Logger) landing.Deps {
	return landing.Deps{Pool: pool, Batches: batch.NewStore(pool), Files: files, Enqueue: enqueue, Logger: logger}
}

// run starts the server, and again after a stop, at the same address.
func (z *zone) run() {
	z.t.Helper()
	z.runWith(deps(pgtest.As(z.t, z.pool, pg.Landing), z.files, slog.New(slog.DiscardHandler)))
}

func (z *zone) runWith(d landing.Deps) {
	z.t.Helper()
	var err error
	if z.server, err = landing.New(z.cfg, d); err != nil {
		z.t.Fatal(err)
	}
	z.cfg.Listen = z.server.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- z.server.Run(ctx) }()
	z.stop = func() {
		cancel()
		if err, ok := <-done; ok && err != nil {
			z.t.Error(err)
		}
		close(done)
		z.stop = func() {}
	}
	z.t.Cleanup(func() { z.stop() })
}

func (z *zone) connect(account string) (*ssh.Client, error) {
	signer, err := ssh.NewSignerFromKey(z.keys[account])
	if err != nil {
		z.t.Fatal(err)
	}
	return ssh.Dial("tcp", z.cfg.Listen, &ssh.ClientConfig{
		User: account, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyCallback: ssh.FixedHostKey(z.server.HostKey()), Timeout: 10 * time.Second,
	})
}

// login opens an SFTP session as an account.
func (z *zone) login(account string) *sftp.Client {
	z.t.Helper()
	conn, err := z.connect(account)
	if err != nil {
		z.t.Fatal(err)
	}
	z.t.Cleanup(func() { conn.Close() })
	c, err := sftp.NewClient(conn)
	if err != nil {
		z.t.Fatal(err)
	}
	z.t.Cleanup(func() { c.Close() })
	return c
}

func put(t *testing.T, c *sftp.Client, name string, data []byte) {
	t.Helper()
	f, err := c.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadFrom(bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// packet returns data that stand for a package, different for each seed.
func packet(seed string, size int) []byte {
	return bytes.Repeat([]byte(seed), size/len(seed)+1)[:size]
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (z *zone) batches() []batch.Batch {
	z.t.Helper()
	list, err := batch.NewStore(z.pool).List(context.Background(), batch.Filter{})
	if err != nil {
		z.t.Fatal(err)
	}
	return list
}

// arrived waits for n batches and returns them, newest first.
func (z *zone) arrived(n int) []batch.Batch {
	z.t.Helper()
	within(z.t, 10*time.Second, fmt.Sprintf("%d batches", n), func() bool { return len(z.batches()) >= n })
	list := z.batches()
	if len(list) != n {
		z.t.Fatalf("%d batches, want %d: %+v", len(list), n, list)
	}
	return list
}

// settled waits until the watch has looked at everything a few times: until a file sent after the others has arrived.
func (z *zone) settled(c *sftp.Client) {
	z.t.Helper()
	before := len(z.batches())
	for i := range 2 {
		put(z.t, c, "file_drop/settle.gpg", packet(fmt.Sprint("settle", i), 10))
		within(z.t, 10*time.Second, "the settling file arrives", func() bool { return len(z.batches()) == before+1+i })
	}
	if _, err := z.pool.Exec(z.t.Context(), `
		delete from enqueued where batch_id in (select batch_id from batch.batch where file = 'settle.gpg');
		delete from batch.event where batch_id in (select batch_id from batch.batch where file = 'settle.gpg');
		delete from batch.batch where file = 'settle.gpg'`); err != nil {
		z.t.Fatal(err)
	}
}

func (z *zone) stored(b batch.Batch) []byte {
	z.t.Helper()
	f, err := z.files.Open(b.StoredAs)
	if err != nil {
		z.t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		z.t.Fatal(err)
	}
	return data
}

// wantArrived checks one batch against what was sent.
func (z *zone) wantArrived(b batch.Batch, file string, data []byte) {
	z.t.Helper()
	if b.Status != batch.Received || b.File != file || b.Digest != digest(data) || b.Size != int64(len(data)) || !bytes.Equal(z.stored(b), data) {
		z.t.Errorf("batch %+v; want %s with digest %s", b, file, digest(data))
	}
	var n int
	if err := z.pool.QueryRow(context.Background(), "select count(*) from enqueued where batch_id = $1", b.ID).Scan(&n); n != 1 || err != nil {
		z.t.Errorf("batch %d has %d load jobs (%v), want 1", b.ID, n, err)
	}
}

// wantEmpty checks that nothing is left of files that arrived: no file, mark or note.
func (z *zone) wantEmpty() {
	z.t.Helper()
	var left []string
	look := func() bool {
		left = nil
		err := filepath.WalkDir(z.cfg.Root, func(p string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() && e.Name() != "lock" {
				left = append(left, strings.TrimPrefix(p, z.cfg.Root))
			}
			return nil
		})
		return err == nil && len(left) == 0
	}
	defer func() {
		if len(left) > 0 {
			z.t.Logf("left: %v", left)
		}
	}()
	within(z.t, 5*time.Second, "nothing is left in the landing zone", look)
}

func within(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("not within %s: %s", limit, what)
		case <-tick.C:
		}
	}
}

// keyFile writes an account's private key for the stock tools.
func (z *zone) keyFile(account string) string {
	z.t.Helper()
	block, err := ssh.MarshalPrivateKey(z.keys[account], account)
	if err != nil {
		z.t.Fatal(err)
	}
	path := filepath.Join(z.t.TempDir(), "id_ed25519")
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		z.t.Fatal(err)
	}
	return path
}
