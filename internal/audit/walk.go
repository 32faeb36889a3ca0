package audit

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

func collectChains(rows pgx.Rows) ([]knownChain, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (knownChain, error) {
		var k knownChain
		err := row.Scan(&k.id, &k.stream, &k.name, &k.host, &k.dir, &k.startedAt, &k.last, &k.anchoredAt)
		return k, err
	})
}

// storedAnchor is an anchor as it is read back.
type storedAnchor struct {
	anchor
	anchoredAt time.Time
}

// anchorWalk gives the anchors of a chain in order, as far as the verification's beginning.
type anchorWalk struct {
	rows   pgx.Rows
	head   *storedAnchor // the next one
	closed bool          // the chain's last anchor is the one of its end
	failed error
}

func openAnchors(ctx context.Context, pool *pgxpool.Pool, k knownChain) (*anchorWalk, error) {
	w := &anchorWalk{}
	err := pool.QueryRow(ctx, `select exists (select from audit.anchor where chain_id = $1 and seq = $2 and mark = 'closed')`, k.id, k.last).Scan(&w.closed)
	if err != nil {
		return nil, err
	}
	w.rows, err = pool.Query(ctx, `select seq, mac, coalesce(mark, ''), anchored_at from audit.anchor where chain_id = $1 and seq <= $2 order by seq`, k.id, k.last)
	if err != nil {
		return nil, err
	}
	w.step()
	return w, nil
}

func (w *anchorWalk) step() {
	w.head = nil
	if !w.rows.Next() {
		return
	}
	var a storedAnchor
	if w.failed = w.rows.Scan(&a.seq, &a.mac, &a.mark, &a.anchoredAt); w.failed == nil {
		w.head = &a
	}
}

// at returns the anchor of a line, nil when it has none. Numbers must not fall.
func (w *anchorWalk) at(seq int64) *storedAnchor {
	for w.head != nil && w.head.seq < seq {
		w.step()
	}
	if w.head != nil && w.head.seq == seq {
		return w.head
	}
	return nil
}

func (w *anchorWalk) err() error {
	if w.failed != nil {
		return w.failed
	}
	return w.rows.Err()
}

func (w *anchorWalk) close() { w.rows.Close() }
