package jobs

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/pg"
)

//go:embed rescue.sql
var rescueSQL string

// maxRescues discards a job that has taken its process with it this often.
const maxRescues = 20

type rescued struct {
	Was, ID      int64
	Kind, Queue  string
	Owner, State string
}

// sweep gives jobs of dead processes back to the queue and wakes the workers.
func (c *Client) sweep(ctx context.Context) {
	list, err := c.rescue(ctx)
	if err != nil && ctx.Err() == nil {
		c.cfg.Logger.WarnContext(ctx, "queue: sweep", "error", err)
	}
	for _, r := range list {
		c.cfg.Logger.WarnContext(ctx, "queue: job of a process that is gone",
			"job_id", r.ID, "was", r.Was, "kind", r.Kind, "client_id", r.Owner, "state", r.State)
	}
}

func (c *Client) rescue(ctx context.Context) ([]rescued, error) {
	var list []rescued
	err := pgx.BeginFunc(ctx, c.cfg.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, rescueSQL, maxRescues)
		if err != nil {
			return err
		}
		if list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[rescued]); err != nil {
			return err
		}
		woken := make(map[string]bool)
		for _, r := range list {
			if woken[r.Queue] {
				continue
			}
			woken[r.Queue] = true
			payload, err := json.Marshal(map[string]string{"queue": r.Queue})
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, "select pg_notify($1, $2)", Schema+".river_insert", string(payload)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("rescue jobs: %w", pg.Clean(err))
	}
	return list, nil
}
