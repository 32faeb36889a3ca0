package schema

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
)

// upgradeLock is the advisory lock that lets one process at a time upgrade a database. The number means nothing.
const upgradeLock = 7351_0441_2208

const createVersionTable = `
create table if not exists public.schema_version (
  version    int primary key,
  name       text not null,
  checksum   text not null,
  applied_at timestamptz not null default now()
);
comment on table public.schema_version is
  'One row per schema version that was applied. Written by package schema alone.';
comment on column public.schema_version.checksum is 'SHA-256 of the version''s file, in hex.'`

// Upgrade brings a database of some kind up to the newest version this binary holds, and returns what it applied. Every
// version is a transaction of its own, so an upgrade that fails or is interrupted has applied whole versions and goes
// on from there when repeated. Two processes may upgrade at the same time: the second waits and finds nothing to do.
//
// It changes nothing and returns an error when the database is newer than the binary, or when an applied version is
// not the one this binary holds. It needs a direct connection (the lock belongs to a session, which a transaction
// pooler would not keep) as the owner. The installation's roles must exist (pg.MakeRoles); in the end they have the rights of
// access/<kind>.sql and no others.
func Upgrade(ctx context.Context, pool *pgxpool.Pool, kind Kind, i pg.Installation) (applied []Version, err error) {
	return upgradeFrom(ctx, pool, kind, i, files)
}

func upgradeFrom(ctx context.Context, pool *pgxpool.Pool, kind Kind, i pg.Installation, files fs.FS) (applied []Version, err error) {
	known, err := versionsIn(files, kind)
	if err != nil {
		return nil, err
	}
	conn, err := lock(ctx, pool)
	if err != nil {
		return nil, fmt.Errorf("upgrade %s: %w", kind, err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) // which also lets the lock go
	if _, err := conn.Exec(ctx, createVersionTable); err != nil {
		return nil, fmt.Errorf("upgrade %s: %w", kind, err)
	}
	status, err := statusOf(ctx, conn, pool, kind, known)
	if err != nil {
		return nil, fmt.Errorf("upgrade %s: %w", kind, err)
	}
	if err := status.Conflict(); err != nil {
		return nil, fmt.Errorf("upgrade %s: %w", kind, err)
	}
	if kind == Control {
		if applied, err = upgradeJobs(ctx, conn, pool); err != nil {
			return applied, fmt.Errorf("upgrade %s: tables of the job queue: %w", kind, err)
		}
	}
	for _, v := range status.Pending {
		if v.Jobs {
			continue
		}
		if err := apply(ctx, conn, v, i); err != nil {
			return applied, fmt.Errorf("upgrade %s: %w", kind, err)
		}
		applied = append(applied, v)
	}
	if err := grantAccess(ctx, conn, kind, i, files); err != nil {
		return applied, fmt.Errorf("upgrade %s: access: %w", kind, err)
	}
	return applied, nil
}

// lock returns a connection that holds the upgrade lock until it is closed. It is taken out of the pool, so that
// waiting for the lock keeps nobody from using the pool.
func lock(ctx context.Context, pool *pgxpool.Pool) (*pgx.Conn, error) {
	pooled, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	conn := pooled.Hijack()
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(upgradeLock)); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for another upgrade: %w", err), conn.Close(context.WithoutCancel(ctx)))
	}
	return conn, nil
}

// apply runs one version and records it.
func apply(ctx context.Context, conn *pgx.Conn, v Version, i pg.Installation) error {
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local search_path to public"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, i.Expand(v.sql)); err != nil {
			return located(v, err)
		}
		if conn.PgConn().TxStatus() != 'T' {
			return fmt.Errorf("schema version %s ends its own transaction; remove commit and rollback from it", v)
		}
		_, err := tx.Exec(ctx, "insert into public.schema_version (version, name, checksum) values ($1, $2, $3)",
			v.Number, v.Name, v.Checksum)
		return err
	})
}

// located adds file and line to an error in a version's SQL.
func located(v Version, err error) error {
	pgErr, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || pgErr.Position < 1 {
		return fmt.Errorf("schema version %s: %w", v, err)
	}
	before := []rune(v.sql)
	before = before[:min(int(pgErr.Position)-1, len(before))]
	return fmt.Errorf("schema version %s, line %d: %w", v, 1+strings.Count(string(before), "\n"), err)
}
