package load_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/batch"
	"scorehouse/internal/filestore"
	"scorehouse/internal/keyring"
	"scorehouse/internal/load"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/sample"
	"scorehouse/internal/schema"
	"scorehouse/internal/staging"
	"scorehouse/internal/tenant"
)

const tamarack = tenant.ID("tamarack")

// arrivals numbers the files of all tests.
var arrivals atomic.Int64

// world is an installation with one tenant and the loader's worker.
type world struct {
	t        testing.TB
	control  *pgxpool.Pool
	batches  *batch.Store
	staging  *staging.Store
	pool     *pgxpool.Pool // of staging
	files    *filestore.Dir
	keys     *heldKeys
	config   load.Config
	worker   *load.Worker
	migrated []batch.ID // batches whose migration was enqueued
}

// heldKeys are keys that a test holds in its hand.
type heldKeys struct{ loader, senders []keyring.Key }

func (k *heldKeys) LoaderKeys(context.Context) ([]keyring.Key, error) { return k.loader, nil }
func (k *heldKeys) SenderKeys(_ context.Context, id tenant.ID) ([]keyring.Key, error) {
	if id != tamarack {
		return nil, nil
	}
	return k.senders, nil
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, control: pgtest.New(t, schema.Control), pool: pgtest.New(t, schema.Staging)}
	if _, err := w.control.Exec(t.Context(), "insert into tenant.tenant (tenant, state_code, name) values ($1, 'TK', 'State of Tamarack')", tamarack); err != nil {
		t.Fatal(err)
	}
	w.batches, w.staging = batch.NewStore(pgtest.As(t, w.control, pg.Loader)), staging.New(pgtest.As(t, w.pool, pg.Loader))
	var err error
	if w.files, err = filestore.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.files.Close() })
	w.keys = &heldKeys{loader: []keyring.Key{{Entity: sample.LoaderKey()}}, senders: []keyring.Key{{Entity: publicPart(t, sample.SenderKey())}}}
	w.config = load.Config{
		Batches: w.batches, Files: w.files, Keys: w.keys,
		Tenant: func(context.Context, tenant.ID) (tenant.Tenant, error) {
			return tenant.Tenant{ID: tamarack, StateCode: sample.State, Name: "State of Tamarack"}, nil
		},
		Staging: func(context.Context, tenant.ID) (*staging.Store, error) { return w.staging, nil },
		Migrate: func(_ context.Context, _ pgx.Tx, id batch.ID) error { w.migrated = append(w.migrated, id); return nil },
		Logger:  slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
	w.worker = load.NewWorker(w.config)
	return w
}

func publicPart(t testing.TB, e *openpgp.Entity) *openpgp.Entity {
	t.Helper()
	list, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(sample.PublicKey(t, e)))
	if err != nil {
		t.Fatal(err)
	}
	return list[0]
}

// arrive registers a package as the landing zone does.
func (w *world) arrive(content []byte) batch.ID {
	w.t.Helper()
	n := arrivals.Add(1)
	name := fmt.Sprintf("arrivals/%s/2026/%d.gpg", tamarack, n)
	if err := w.files.Create(name, func(out io.Writer) error { _, err := out.Write(content); return err }); err != nil {
		w.t.Fatal(err)
	}
	var id batch.ID
	err := pgx.BeginFunc(w.t.Context(), w.control, func(tx pgx.Tx) error {
		var err error
		id, err = w.batches.Register(w.t.Context(), tx, batch.Arrival{
			Tenant: tamarack, File: fmt.Sprintf("results-%d.tar.gz.gpg", n), Size: int64(len(content)),
			Digest: fmt.Sprintf("%x", sha256.Sum256(content)), StoredAs: name, Sender: "vendor",
		})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// work runs one try of the batch's job, the nth of ten.
func (w *world) work(ctx context.Context, id batch.ID, try int) error {
	return w.worker.Work(ctx, &river.Job[load.LoadArgs]{JobRow: &rivertype.JobRow{Attempt: try, MaxAttempts: 10}, Args: load.LoadArgs{BatchID: id}})
}

// load lets a package arrive, runs its job and returns what became of it.
func (w *world) load(content []byte) batch.Story {
	w.t.Helper()
	id := w.arrive(content)
	if err := w.work(w.t.Context(), id, 1); err != nil {
		w.t.Fatal(err)
	}
	return w.story(id)
}

func (w *world) story(id batch.ID) batch.Story {
	w.t.Helper()
	story, err := w.batches.Story(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return story
}

// dump returns the rows of the tables of a sealed schema as text, each table by its key.
func (w *world) dump(schema string) map[string][]string {
	w.t.Helper()
	all := map[string][]string{}
	for _, table := range []string{"assessment", "school", "student", "outcome"} {
		rows, err := w.pool.Query(w.t.Context(), "select x::text from "+pgx.Identifier{schema, table}.Sanitize()+" x order by 1")
		if err != nil {
			w.t.Fatal(err)
		}
		if all[table], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			w.t.Fatal(err)
		}
	}
	return all
}
