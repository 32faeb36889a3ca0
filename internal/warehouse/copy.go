package warehouse

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/pg"
)

// Source gives the rows of a staged batch.
type Source interface {
	// CopyOut writes all rows of a table (assessment, school, student or outcome) to w, as PostgreSQL's binary
	// COPY does, with the columns of publish_stage.sql in their order. It returns when ctx ends or w fails.
	CopyOut(ctx context.Context, table string, w io.Writer) error
}

// stagedTables are the tables of a Source. Each is copied to a temporary table of its name with "staged_" before it.
var stagedTables = []string{"assessment", "school", "student", "outcome"}

// copyBuffer is how many bytes of staged rows are sent to the server at a time.
const copyBuffer = 128 << 10

// copyStaged streams a table from the source into its temporary table. When it returns, the source has ended.
func copyStaged(ctx context.Context, tx pgx.Tx, staged Source, table string) (int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w := io.Pipe()
	stop := context.AfterFunc(ctx, func() { r.CloseWithError(context.Canceled) }) // a COPY that waits for rows does not look at ctx
	defer stop()

	sent := make(chan error, 1)
	go func() {
		rows := bufio.NewWriterSize(w, copyBuffer) // a source writes row by row, and each write would be a message of its own
		err := staged.CopyOut(ctx, table, rows)
		if err == nil {
			err = rows.Flush()
		}
		w.CloseWithError(sourceError(err))
		sent <- err
	}()
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, r, "copy "+pgx.Identifier{"staged_" + table}.Sanitize()+" from stdin (format binary)")
	r.CloseWithError(io.ErrClosedPipe) // the source may still be writing
	cancel()
	if sourceErr := <-sent; sourceErr != nil && (err == nil || !errors.Is(sourceErr, io.ErrClosedPipe) && !errors.Is(sourceErr, context.Canceled)) {
		return 0, fmt.Errorf("read staged %s: %w", table, pg.Clean(sourceErr))
	}
	if err != nil {
		return 0, fmt.Errorf("copy staged %s: %w", table, pg.Clean(err))
	}
	return tag.RowsAffected(), nil
}

// sourceError keeps the text of the source's error out of the warehouse server's log: COPY hands it over as the
// reason why it fails.
func sourceError(err error) error {
	if err == nil {
		return nil
	}
	return errors.New("the source of the staged rows failed")
}
