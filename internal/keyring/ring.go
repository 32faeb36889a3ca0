package keyring

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// Role says what a key is for.
type Role string

// The roles.
const (
	Loader Role = "loader" // senders encrypt to it; its private part is here
	Sender Role = "sender" // a sender of one tenant signs with it
)

// Key is a key with the decision of the operator who imported it. Entity holds the unlocked private part for the loader's
// keys and none for senders' keys.
type Key struct {
	Entity    *openpgp.Entity
	AllowWeak bool
}

// Fingerprint returns the fingerprint of the primary key, upper-case hex.
func (k Key) Fingerprint() string { return fingerprint(k.Entity) }

func fingerprint(e *openpgp.Entity) string { return fmt.Sprintf("%X", e.PrimaryKey.Fingerprint) }

// Info describes a key for people.
type Info struct {
	Role        Role
	Tenant      tenant.ID // "" for the loader's keys
	Fingerprint string
	UserIDs     []string
	Algorithm   string
	Bits        int
	AllowWeak   bool
	ExpiresAt   *time.Time // nil when it does not expire
	ImportedAt  time.Time
}

// Ring is the keys of an installation. It is safe for concurrent use.
type Ring struct {
	pool *pgxpool.Pool
	root *os.Root

	mu     sync.Mutex
	read   state // of the table when loader was read
	loader []privateKey
}

// privateKey is one of the loader's keys, unlocked, as OpenPGP packets.
type privateKey struct {
	fingerprint string
	packets     []byte
	allowWeak   bool
}

// state changes whenever a key is imported.
type state struct {
	count  int64
	newest int32
}

// Open returns the ring of the control database and the keys directory, which Init has made.
func Open(pool *pgxpool.Pool, dir string) (*Ring, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("keys directory: %w", err)
	}
	return &Ring{pool: pool, root: root}, nil
}

// Close lets go of the directory.
func (r *Ring) Close() error { return r.root.Close() }

// LoaderKeys returns the loader's keys with their private parts. It reads them again when one was imported since. Every call
// makes new entities: they remember what they have verified, without a lock, so that two goroutines must not share one.
func (r *Ring) LoaderKeys(ctx context.Context) ([]Key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var now state
	err := r.pool.QueryRow(ctx, `select count(*), coalesce(max(key_id), 0) from keyring.key where role = 'loader'`).Scan(&now.count, &now.newest)
	if err != nil {
		return nil, fmt.Errorf("read loader keys: %w", pg.Clean(err))
	}
	if now != r.read {
		if err := r.readLoader(ctx); err != nil {
			return nil, err
		}
		r.read = now
	}
	keys := make([]Key, 0, len(r.loader))
	for _, k := range r.loader {
		e, err := parsePrivate(k.fingerprint, k.packets)
		if err != nil {
			return nil, err
		}
		keys = append(keys, Key{Entity: e, AllowWeak: k.allowWeak})
	}
	return keys, nil
}

func (r *Ring) readLoader(ctx context.Context) error {
	infos, err := r.infos(ctx, `where role = 'loader'`)
	if err != nil {
		return err
	}
	var keys []privateKey
	for _, info := range infos {
		packets, err := r.loadPrivate(info.Fingerprint)
		if err != nil {
			return err
		}
		keys = append(keys, privateKey{info.Fingerprint, packets, info.AllowWeak})
	}
	r.loader = keys
	return nil
}

// SenderKeys returns the keys registered for a tenant, none when there are none.
func (r *Ring) SenderKeys(ctx context.Context, id tenant.ID) ([]Key, error) {
	rows, err := r.pool.Query(ctx, `select public_key, allow_weak from keyring.key where role = 'sender' and tenant = $1 order by key_id`, id)
	if err != nil {
		return nil, fmt.Errorf("read keys of %s: %w", id, pg.Clean(err))
	}
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Key, error) {
		var armored string
		var k Key
		if err := row.Scan(&armored, &k.AllowWeak); err != nil {
			return k, err
		}
		list, err := openpgp.ReadArmoredKeyRing(strings.NewReader(armored))
		if err != nil || len(list) != 1 {
			return k, fmt.Errorf("a stored key is not readable")
		}
		k.Entity = list[0]
		return k, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read keys of %s: %w", id, pg.Clean(err))
	}
	return keys, nil
}

// List describes every key: the loader's first, then by tenant.
func (r *Ring) List(ctx context.Context) ([]Info, error) { return r.infos(ctx, "") }

func (r *Ring) infos(ctx context.Context, where string) ([]Info, error) {
	rows, err := r.pool.Query(ctx, `
		select role, coalesce(tenant, ''), fingerprint, user_ids, algorithm, bits, allow_weak, expires_at, imported_at
		from keyring.key `+where+` order by role, tenant, key_id`)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", pg.Clean(err))
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (i Info, err error) {
		err = row.Scan(&i.Role, &i.Tenant, &i.Fingerprint, &i.UserIDs, &i.Algorithm, &i.Bits, &i.AllowWeak, &i.ExpiresAt, &i.ImportedAt)
		return i, err
	})
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", pg.Clean(err))
	}
	return list, nil
}

// PublicKeys returns the loader's public keys, armored: what senders encrypt to. Empty when there is none.
func (r *Ring) PublicKeys(ctx context.Context) ([]byte, error) {
	rows, err := r.pool.Query(ctx, `select public_key from keyring.key where role = 'loader' order by key_id`)
	if err != nil {
		return nil, fmt.Errorf("read public keys: %w", pg.Clean(err))
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read public keys: %w", pg.Clean(err))
	}
	var out bytes.Buffer
	for _, k := range all {
		out.WriteString(strings.TrimRight(k, "\n") + "\n")
	}
	return out.Bytes(), nil
}
