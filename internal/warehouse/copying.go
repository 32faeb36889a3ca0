package warehouse

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
)

// copyTimeout is how long a statement of CopyAggregates may run. It reads millions of rows, for an index, while nobody waits for a page.
const copyTimeout = 5 * time.Minute

// Copying is statements over aggregates whose answers are copied, and how PostgreSQL is to run them.
type Copying struct {
	Version int // that the views show
	Since   int // the earlier version from which counted_change and interim_change show changes; 0 where none is read

	// Settings are PostgreSQL parameters for the planner ("work_mem", "enable_nestloop"). They hold for this copying only.
	Settings map[string]string

	Statements []CopyStatement
}

// CopyStatement is one of them. It sees what the statements of Aggregate see, but has no parameters.
type CopyStatement struct {
	SQL string
	To  io.Writer // receives PostgreSQL's binary COPY format; an error from it ends the copying
}

// CopyAggregates copies the answers of the statements, one after the other, all from one state of the warehouse. A version that is not there (a
// replica has not replayed it yet) is Unavailable. A statement that names a table of students or results is refused.
func (r *Reader) CopyAggregates(ctx context.Context, c Copying) error {
	for _, s := range c.Statements {
		if err := r.check(s.SQL, "copy", checkNoRows); err != nil {
			return err
		}
	}
	role, err := pg.RoleBeside(r.pool, pg.Aggregate)
	if err != nil {
		return fmt.Errorf("copy from warehouse: %w", err)
	}
	err = pgx.BeginTxFunc(ctx, r.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := c.prepare(ctx, tx, role); err != nil {
			return err
		}
		for _, s := range c.Statements {
			if _, err := tx.Conn().PgConn().CopyTo(ctx, s.To, "copy ("+s.SQL+") to stdout (format binary)"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("copy from warehouse: %w", pg.Clean(err))
	}
	return nil
}

func (c Copying) prepare(ctx context.Context, tx pgx.Tx, role string) error {
	if _, err := tx.Exec(ctx, sightSQL, sight{role: pg.Aggregate, version: c.Version}.settings(role)...); err != nil {
		return err
	}
	settings := map[string]string{"scope.since": strconv.Itoa(c.Since), "statement_timeout": strconv.FormatInt(copyTimeout.Milliseconds(), 10)}
	for name, value := range c.Settings {
		settings[name] = value
	}
	for name, value := range settings {
		if _, err := tx.Exec(ctx, `select set_config($1, $2, true)`, name, value); err != nil {
			return err
		}
	}
	var there bool
	if err := tx.QueryRow(ctx, `select coalesce(max(version), 0) >= $1 from publication`, c.Version).Scan(&there); err != nil {
		return err
	}
	if !there {
		return fault.New(fault.Unavailable, "version %d is not here yet", c.Version)
	}
	return nil
}
