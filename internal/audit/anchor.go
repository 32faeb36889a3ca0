package audit

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
)

// anchor is the MAC of one line, kept where whoever changes files cannot change it.
type anchor struct {
	seq  int64
	mac  []byte
	mark string
}

// Marks of anchors that are never thinned out.
const (
	markOpened    = "opened"    // first line of a chain
	markContinued = "continued" // first line of a further file
	markClosed    = "closed"    // last line of a chain
)

// register tells the control database of a chain. Repeating it is harmless.
func register(ctx context.Context, pool *pgxpool.Pool, c *chain) error {
	err := pool.QueryRow(ctx, `insert into audit.chain (stream, name, host, directory) values ($1, $2, $3, $4)
		on conflict (stream, name) do nothing returning chain_id`, c.stream, c.name, c.header.Host, c.header.Directory).Scan(&c.id)
	if errors.Is(err, pgx.ErrNoRows) { // an earlier try whose answer was lost
		err = pool.QueryRow(ctx, `select chain_id from audit.chain where stream = $1 and name = $2`, c.stream, c.name).Scan(&c.id)
	}
	return pg.Clean(err)
}

// put adds what is due of the chains in one statement. Repeating it is harmless: a line has one MAC only.
func put(ctx context.Context, pool *pgxpool.Pool, chains []*chain) error {
	var ids, seqs []int64
	var macs [][]byte
	var marks []*string
	for _, c := range chains {
		if c.id == 0 {
			if err := register(ctx, pool, c); err != nil {
				return err
			}
		}
		for _, a := range c.due() {
			ids, seqs, macs = append(ids, c.id), append(seqs, a.seq), append(macs, a.mac)
			mark := &a.mark
			if a.mark == "" {
				mark = nil
			}
			marks = append(marks, mark)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := pool.Exec(ctx, `insert into audit.anchor (chain_id, seq, mac, mark)
		select * from unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::text[]) on conflict (chain_id, seq) do nothing`, ids, seqs, macs, marks)
	if err != nil {
		return pg.Clean(err)
	}
	for _, c := range chains {
		c.anchored, c.marks = c.seq-1, nil
	}
	return nil
}

// Thin deletes anchors that are older than 30 days, but for the last of each chain and hour and those of the beginnings and ends of files:
// enough to find whatever Verify finds, less finely placed. It returns how many. Only the owner of the table may do it.
func Thin(ctx context.Context, pool *pgxpool.Pool) (int64, error) {
	tag, err := pool.Exec(ctx, `delete from audit.anchor a where a.mark is null and a.anchored_at < now() - interval '30 days' and exists (
		select from audit.anchor b where b.chain_id = a.chain_id and b.seq > a.seq and date_trunc('hour', b.anchored_at) = date_trunc('hour', a.anchored_at))`)
	return tag.RowsAffected(), pg.Clean(err)
}
