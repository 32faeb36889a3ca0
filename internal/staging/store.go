package staging

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
)

// The tables of a sealed schema.
const (
	AssessmentTable = "assessment"
	SchoolTable     = "school"
	StudentTable    = "student"
	OutcomeTable    = "outcome"
)

// Store is the staging database of one tenant. It is safe for concurrent use, and meant to be kept: it keeps connections.
type Store struct {
	pool  *pgxpool.Pool
	spare spare
}

// New returns the store of a tenant's staging database.
func New(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// SchemaName returns the schema of an attempt at a batch.
func SchemaName(batchID int32, attempt int) string {
	return fmt.Sprintf("batch_%d_%d", batchID, attempt)
}

// School is a school as the file names it, with the number that its outcomes carry.
type School struct {
	Number                     int32
	DistrictCode, DistrictName string
	Code, Name                 string
}

// Sealed returns how many outcome rows a schema holds, and false when it was never sealed or is gone.
func (s *Store) Sealed(ctx context.Context, schema string) (rows int64, sealed bool, err error) {
	var count *int64
	err = s.pool.QueryRow(ctx, `
		select rows_staged from staged_batch
		where schema_name = $1 and sealed_at is not null and exists (select from pg_namespace where nspname = $1)`, schema).Scan(&count)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look at staged %s: %w", schema, pg.Clean(err))
	}
	return *count, true, nil
}

// Assessment returns the assessment of a sealed schema.
func (s *Store) Assessment(ctx context.Context, schema string) (edu.Assessment, error) {
	var a edu.Assessment
	err := s.pool.QueryRow(ctx, "select document from "+pgx.Identifier{schema, AssessmentTable}.Sanitize()).Scan(&a)
	if err != nil {
		return a, fmt.Errorf("read assessment of %s: %w", schema, pg.Clean(err))
	}
	return a, nil
}

// Source gives the rows of one sealed schema.
type Source struct {
	store  *Store
	schema string
}

// Source returns the rows of a sealed schema.
func (s *Store) Source(schema string) *Source { return &Source{s, schema} }

// CopyOut writes a table to w as PostgreSQL's binary COPY does, with the columns in the order of the table.
func (s *Source) CopyOut(ctx context.Context, table string, w io.Writer) error {
	return s.store.CopyOut(ctx, s.schema, table, w)
}

// CopyOut writes a table of a schema to w as PostgreSQL's binary COPY does, with the columns in the order of the table.
func (s *Store) CopyOut(ctx context.Context, schema, table string, w io.Writer) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("copy staged %s.%s: %w", schema, table, pg.Clean(err))
	}
	defer conn.Release()
	_, err = conn.Conn().PgConn().CopyTo(ctx, w, "copy "+pgx.Identifier{schema, table}.Sanitize()+" to stdout (format binary)")
	if err != nil {
		return fmt.Errorf("copy staged %s.%s: %w", schema, table, pg.Clean(err))
	}
	return nil
}

// Drop removes a schema and its entry. It is no error when there is none. It gives up after a few seconds when somebody still works in
// the schema; Leftovers then finds it later.
func (s *Store) Drop(ctx context.Context, schema string) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local lock_timeout = '3s'"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "select drop_batch($1)", schema)
		return err
	})
	if err != nil {
		return fmt.Errorf("drop staged %s: %w", schema, pg.Clean(err))
	}
	return nil
}

// Leftover is a schema of an attempt.
type Leftover struct {
	Schema    string
	BatchID   int32
	Attempt   int
	CreatedAt time.Time
	Sealed    bool
}

// Leftovers lists every schema of the database, oldest first, and entries whose schema is gone. The caller knows which
// batches still need theirs and drops the others.
func (s *Store) Leftovers(ctx context.Context) ([]Leftover, error) {
	rows, err := s.pool.Query(ctx, "select schema_name, batch_id, attempt, created_at, sealed_at is not null from staged_batch order by created_at, schema_name")
	if err != nil {
		return nil, fmt.Errorf("list staged batches: %w", pg.Clean(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Leftover])
	if err != nil {
		return nil, fmt.Errorf("list staged batches: %w", pg.Clean(err))
	}
	return list, nil
}

// olderAttempts lists the schemas of earlier attempts at a batch.
func (s *Store) olderAttempts(ctx context.Context, batchID int32, attempt int) ([]string, error) {
	rows, err := s.pool.Query(ctx, "select schema_name from staged_batch where batch_id = $1 and attempt < $2 order by attempt", batchID, attempt)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
