package warehouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/crash"
	"scorehouse/internal/pg"
)

// publishLock is the key of the advisory lock that lets one publication at a time decide and write. The lock belongs
// to the database, hence to the tenant, and ends with its transaction.
const publishLock = 0x7363_7075 // "scpu"

// settings hold for the transaction of a publication. Large batches sort and hash in memory. The tables are expected to
// be in memory too. Every plan is made for its values, since one batch has ten rows and the next a million; for that, the
// temporary tables need no more than rough statistics.
const settings = `
set local work_mem = '256MB';
set local hash_mem_multiplier = 2;
set local seq_page_cost = 0.2;
set local random_page_cost = 0.25;
set local jit = off;
set local default_statistics_target = 10;
set local plan_cache_mode = force_custom_plan;
set local max_parallel_workers_per_gather = 0`

// Batch says what is published.
type Batch struct {
	ID int32 // order of arrival: the higher ID wins

	// Rows is how many rows the batch's staged outcomes have; any other number of them is refused.
	Rows int64

	// Awaited is the highest ID of an earlier batch of the tenant that is not published, 0 when all are: it may
	// still come, and what this batch brings unchanged must then be marked as brought.
	Awaited int32

	// BeforeCommit, when set, is called when everything is decided and written, just before the commit, with
	// the lines of the rejected rows (deletes without a current result) in ascending order. An error from it
	// rolls everything back. It is not called when the batch is published already.
	BeforeCommit func(ctx context.Context, p Publication, unmatched []int64) error
}

// Publication is what a batch did to the warehouse. The counts are rows of the batch; together they make Staged. A
// delete and a create of one result in one batch are an update: both count as what the create is.
type Publication struct {
	BatchID     int32
	Version     int // 0: every row was rejected, so that nothing changed and there is no version
	PublishedAt time.Time
	Staged      int64
	New         int64 // results that were not there
	Changed     int64 // results that replaced another
	Same        int64 // results that are there already, equal in every column: no row version was made
	Older       int64 // left out: a batch that arrived later brought or deleted the result
	Deleted     int64 // results that are gone
	Rejected    int64 // deletes without a current result (code 1000)
}

// AllRejected reports whether no row of the batch could be used.
func (p Publication) AllRejected() bool {
	return p.Version == 0 && p.Staged > 0 && p.Rejected == p.Staged
}

func (p Publication) sum() int64 {
	return p.New + p.Changed + p.Same + p.Older + p.Deleted + p.Rejected
}

// Writer makes the changes to one warehouse. It is safe for concurrent use, by several processes too.
type Writer struct {
	pool *pgxpool.Pool
}

// NewWriter returns a writer of the warehouse that the pool leads to; it must be the primary.
func NewWriter(pool *pgxpool.Pool) *Writer { return &Writer{pool: pool} }

// Published returns what a batch did, if it is published.
func (w *Writer) Published(ctx context.Context, batchID int32) (p Publication, found bool, err error) {
	return published(ctx, w.pool, batchID)
}

// Publish brings a staged batch into the warehouse, whole or not at all, and returns what that did. When the batch is
// published already it only returns what that did then, so it may be repeated after any failure.
//
// A batch that holds nothing but deletes, none of which finds a current result, makes no version; the deletes are
// remembered all the same, since the results they mean may be on their way. Publish ends soon after ctx does.
func (w *Writer) Publish(ctx context.Context, b Batch, staged Source) (Publication, error) {
	p, err := w.publish(ctx, b, staged)
	if err != nil {
		return Publication{}, fmt.Errorf("publish batch %d: %w", b.ID, pg.Clean(err))
	}
	return p, nil
}

func (w *Writer) publish(ctx context.Context, b Batch, staged Source) (p Publication, err error) {
	if p, found, err := w.Published(ctx, b.ID); found || err != nil {
		return p, err
	}
	tx, err := w.pool.Begin(ctx)
	if err != nil {
		return p, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = tx.Rollback(ctx) // nothing to do after a commit; a lost connection rolls back by itself
	}()
	run := &publishing{tx: tx, batch: b, done: Publication{BatchID: b.ID}}
	for _, s := range steps {
		if err := s.do(run, ctx, staged); err != nil {
			return p, fmt.Errorf("%s: %w", s.name, err)
		}
		if run.settled {
			break
		}
	}
	if err := tx.Commit(ctx); err != nil {
		return p, fmt.Errorf("commit: %w", err)
	}
	crash.Point(crash.Committed)
	return run.done, nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func published(ctx context.Context, q querier, batchID int32) (Publication, bool, error) {
	p := Publication{BatchID: batchID}
	err := q.QueryRow(ctx, `
		select version, published_at, rows_staged, rows_new, rows_changed, rows_same, rows_older, rows_deleted, rows_rejected
		from publication where batch_id = $1 and kind = 'publish'`, batchID).
		Scan(&p.Version, &p.PublishedAt, &p.Staged, &p.New, &p.Changed, &p.Same, &p.Older, &p.Deleted, &p.Rejected)
	if errors.Is(err, pgx.ErrNoRows) {
		return Publication{BatchID: batchID}, false, nil
	}
	if err != nil {
		return Publication{BatchID: batchID}, false, fmt.Errorf("read publication: %w", pg.Clean(err))
	}
	return p, true, nil
}
