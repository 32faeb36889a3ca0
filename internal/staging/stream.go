package staging

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/pg"
)

// The signature, flags and extension length that begin a stream of PostgreSQL's binary COPY format, and the count that ends it.
var (
	copyHeader  = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	copyTrailer = []byte{0xff, 0xff}
)

// streamBuffers is how many buffers of tuples may wait for the server.
const streamBuffers = 4

// errStopped ends a COPY whose rows are not wanted any more. Its text reaches the server's log.
var errStopped = errors.New("loading stopped")

// stream is one COPY into a table that its own transaction makes. Rows become visible with commit.
type stream struct {
	table string
	store *Store
	conn  *pgx.Conn // nil when given back

	full  chan []byte
	empty chan []byte
	ended chan struct{} // closed when the COPY is over
	wait  sync.WaitGroup

	err  error // of the COPY; valid once ended is closed
	rows int64
}

// openStream begins a transaction, makes the table and starts the COPY.
func (s *Store) openStream(ctx context.Context, schema, table, ddl string, columns []string) (_ *stream, err error) {
	conn, err := s.spare.begin(ctx, s.pool.Config().ConnConfig)
	if err != nil {
		return nil, fmt.Errorf("open copy to %s: %w", table, pg.Clean(err))
	}
	c := &stream{table: table, store: s, conn: conn, full: make(chan []byte, streamBuffers), empty: make(chan []byte, streamBuffers+1), ended: make(chan struct{})}
	for _, statement := range []string{"set local search_path to " + pgx.Identifier{schema}.Sanitize(), ddl} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			c.close(ctx)
			return nil, fmt.Errorf("make table %s: %w", table, pg.Clean(err))
		}
	}
	// Frozen: the table is made in this transaction, so nobody can see its rows too early, and nobody has to visit them again.
	sql := fmt.Sprintf("copy %s (%s) from stdin (format binary, freeze)", table, strings.Join(columns, ", "))
	c.wait.Go(func() {
		defer close(c.ended)
		tag, err := conn.PgConn().CopyFrom(ctx, &tuples{stream: c, ctx: ctx, current: copyHeader}, sql)
		c.rows, c.err = tag.RowsAffected(), err
	})
	return c, nil
}

// send hands a buffer of tuples to the COPY and returns an empty one in its place.
func (s *stream) send(buf []byte) ([]byte, error) {
	select {
	case s.full <- buf:
	case <-s.ended:
		return nil, s.failure()
	}
	select {
	case b := <-s.empty:
		return b[:0], nil
	default:
		return make([]byte, 0, cap(buf)), nil
	}
}

// failure is the error of a COPY that ended before its time.
func (s *stream) failure() error {
	if s.err == nil {
		return fmt.Errorf("copy to %s ended early", s.table)
	}
	return fmt.Errorf("copy to %s: %w", s.table, pg.Clean(s.err))
}

// finish ends the COPY. The rows are not visible yet.
func (s *stream) finish() error {
	close(s.full)
	s.wait.Wait()
	if s.err != nil {
		return s.failure()
	}
	return nil
}

// commit makes the rows visible.
func (s *stream) commit(ctx context.Context) error {
	defer s.close(ctx)
	if _, err := s.conn.Exec(ctx, "commit"); err != nil {
		return fmt.Errorf("commit %s: %w", s.table, pg.Clean(err))
	}
	return nil
}

// abort stops the COPY, wherever it is, and undoes everything. It may be called at any time and more than once.
func (s *stream) abort(ctx context.Context, stop context.CancelFunc) {
	stop()
	s.wait.Wait()
	s.close(ctx)
}

// close undoes what is not committed, and gives the connection back.
func (s *stream) close(ctx context.Context) {
	if s.conn != nil {
		s.store.spare.giveBack(ctx, s.conn)
		s.conn = nil
	}
}

// tuples is what the COPY reads: header, buffers as they come, trailer.
type tuples struct {
	stream  *stream
	ctx     context.Context
	current []byte
	buffer  []byte // that current is a part of, to give back
	ended   bool
}

// Read hands out the next bytes.
func (t *tuples) Read(p []byte) (int, error) {
	for len(t.current) == 0 {
		if t.ended {
			return 0, io.EOF
		}
		if t.buffer != nil {
			select {
			case t.stream.empty <- t.buffer:
			default:
			}
			t.buffer = nil
		}
		select {
		case b, ok := <-t.stream.full:
			if !ok {
				t.current, t.ended = copyTrailer, true
				continue
			}
			t.current, t.buffer = b, b
		case <-t.ctx.Done():
			return 0, errStopped
		}
	}
	n := copy(p, t.current)
	t.current = t.current[n:]
	return n, nil
}
