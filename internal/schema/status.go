package schema

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// State says where a database stands against the versions that a binary holds.
type State struct {
	Kind    Kind
	Applied []AppliedVersion // as the database records them, oldest first; the job queue's are not listed
	Pending []Version        // what Upgrade would apply, in that order
	Newer   []Version        // applied, but unknown to this binary
	Changed []Version        // applied, but from a different text than this binary holds
}

// AppliedVersion is a version and when it was applied.
type AppliedVersion struct {
	Version
	AppliedAt time.Time
}

// Current reports whether the database has every version this binary holds. It may have newer ones too: a version works
// with the code before it.
func (s State) Current() bool { return len(s.Pending) == 0 && len(s.Changed) == 0 }

// Conflict returns why this binary must not upgrade the database, nil when it may.
func (s State) Conflict() error {
	if len(s.Changed) > 0 {
		return fmt.Errorf("schema version %s was applied from a different text than this binary holds; "+
			"use the binary it came from, and put changes into a new version", s.Changed[0])
	}
	if len(s.Newer) > 0 {
		return fmt.Errorf("the database has schema version %s, which is newer than this binary; use a newer binary",
			s.Newer[len(s.Newer)-1])
	}
	return nil
}

// Status compares a database with the versions this binary holds. It changes nothing; a database without any version
// is one where all are pending.
func Status(ctx context.Context, pool *pgxpool.Pool, kind Kind) (State, error) {
	return statusFrom(ctx, pool, kind, files)
}

func statusFrom(ctx context.Context, pool *pgxpool.Pool, kind Kind, files fs.FS) (State, error) {
	known, err := versionsIn(files, kind)
	if err != nil {
		return State{}, err
	}
	s, err := statusOf(ctx, pool, pool, kind, known)
	if err != nil {
		return State{}, fmt.Errorf("schema status of %s: %w", kind, err)
	}
	return s, nil
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func statusOf(ctx context.Context, q querier, pool *pgxpool.Pool, kind Kind, known []Version) (State, error) {
	s := State{Kind: kind}
	if kind == Control {
		if err := addJobs(ctx, pool, &s); err != nil {
			return State{}, err
		}
	}
	recorded, err := recordedVersions(ctx, q, kind)
	if err != nil {
		return State{}, err
	}
	s.Applied = recorded
	for _, r := range recorded {
		switch at := slices.IndexFunc(known, func(v Version) bool { return v.Number == r.Number }); {
		case at < 0:
			s.Newer = append(s.Newer, r.Version)
		case known[at].Checksum != r.Checksum:
			s.Changed = append(s.Changed, r.Version)
		}
	}
	for _, v := range known {
		if !slices.ContainsFunc(recorded, func(r AppliedVersion) bool { return r.Number == v.Number }) {
			s.Pending = append(s.Pending, v)
		}
	}
	return s, nil
}

func recordedVersions(ctx context.Context, q querier, kind Kind) ([]AppliedVersion, error) {
	var exists bool
	err := q.QueryRow(ctx, "select to_regclass('public.schema_version') is not null").Scan(&exists)
	if err != nil || !exists {
		return nil, err
	}
	rows, err := q.Query(ctx, "select version, name, checksum, applied_at from public.schema_version order by version")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (AppliedVersion, error) {
		a := AppliedVersion{Version: Version{Kind: kind}}
		return a, row.Scan(&a.Number, &a.Name, &a.Checksum, &a.AppliedAt)
	})
}
