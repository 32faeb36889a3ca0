package staging

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxSpare is how many connections wait for the next COPY: those of two attempts.
const maxSpare = 4

// spare are connections for COPY, apart from the pool: two of the pool for each attempt could leave all attempts waiting for their second. A new
// connection costs PostgreSQL as much as loading some thousand rows. They end with the process.
type spare struct {
	mu    sync.Mutex
	conns []*pgx.Conn
}

// begin returns a connection in a new transaction. The caller gives it back.
func (s *spare) begin(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	for {
		conn := s.take()
		fresh := conn == nil
		if fresh {
			var err error
			if conn, err = pgx.ConnectConfig(ctx, config); err != nil {
				return nil, err
			}
		}
		_, err := conn.Exec(ctx, "begin")
		if err == nil {
			return conn, nil
		}
		closeConn(ctx, conn)
		if fresh || ctx.Err() != nil {
			return nil, err
		}
		// The server has ended this one since; the next may live.
	}
}

func (s *spare) take() *pgx.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.conns) - 1
	if last < 0 {
		return nil
	}
	conn := s.conns[last]
	s.conns = s.conns[:last]
	return conn
}

// giveBack keeps a connection that is between transactions, and closes any other, which undoes its transaction.
func (s *spare) giveBack(ctx context.Context, conn *pgx.Conn) {
	const idle = 'I'
	s.mu.Lock()
	if !conn.IsClosed() && conn.PgConn().TxStatus() == idle && len(s.conns) < maxSpare {
		s.conns = append(s.conns, conn)
		conn = nil
	}
	s.mu.Unlock()
	if conn != nil {
		closeConn(ctx, conn)
	}
}

func closeConn(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_ = conn.Close(ctx)
}
