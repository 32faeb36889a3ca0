package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
)

// Job is one job as operators see it. Args hold ids, never student data.
type Job struct {
	ID          int64           `json:"id"`
	Kind        string          `json:"kind"`
	Queue       string          `json:"queue"`
	State       string          `json:"state"`
	Attempt     int             `json:"attempt"`
	MaxAttempts int             `json:"max_attempts"`
	Args        json.RawMessage `json:"args"`
	CreatedAt   time.Time       `json:"created_at"`
	ScheduledAt time.Time       `json:"scheduled_at"`
	AttemptedAt *time.Time      `json:"attempted_at"`
	FinalizedAt *time.Time      `json:"finalized_at"`
	Client      string          `json:"client"`     // id of the process that runs or last ran it
	LastError   string          `json:"last_error"` // of its newest failed try
}

// States lists the states of a job: those that wait or run, then those that are over.
var States = []string{"available", "running", "retryable", "scheduled", "pending", "completed", "discarded", "cancelled"}

// Filter narrows List; zero fields do not.
type Filter struct {
	State string
	Kind  string
	Limit int // 0 means all
}

// List returns jobs, newest first. It returns fault.Invalid for an unknown state.
func (c *Client) List(ctx context.Context, f Filter) ([]Job, error) {
	if f.State != "" && !slices.Contains(States, f.State) {
		return nil, unknownState(f.State)
	}
	rows, err := c.cfg.Pool.Query(ctx, `
		select id, kind, queue, state::text, attempt, max_attempts, args, created_at, scheduled_at, attempted_at, finalized_at,
		       coalesce(attempted_by[array_upper(attempted_by, 1)], ''), coalesce(errors[array_upper(errors, 1)] ->> 'error', '')
		from jobs.river_job
		where ($1 = '' or state::text = $1) and ($2 = '' or kind = $2)
		order by id desc limit nullif($3, 0)`, f.State, f.Kind, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", pg.Clean(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Job])
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", pg.Clean(err))
	}
	return list, nil
}

// Retry makes a job available now, whatever it waits for and also when it was given up or cancelled. It returns
// fault.NotFound when there is no such job and fault.Conflict while it runs.
func (c *Client) Retry(ctx context.Context, id int64) error {
	job, err := c.inserter.JobRetry(ctx, id)
	if err != nil {
		return operatorError("retry", id, err)
	}
	if job.State == rivertype.JobStateRunning {
		return fault.New(fault.Conflict, "Job %d is running; cancel it first.", id)
	}
	return nil
}

// Cancel ends a job: at once when it waits; when it runs, its context ends and it is cancelled as soon as it returns. It
// returns fault.NotFound when there is no such job and fault.Conflict when it is over already.
func (c *Client) Cancel(ctx context.Context, id int64) error {
	before, err := c.inserter.JobGet(ctx, id)
	if err == nil && before.FinalizedAt != nil {
		return fault.New(fault.Conflict, "Job %d is over already: %s.", id, before.State)
	}
	if err == nil {
		_, err = c.inserter.JobCancel(ctx, id)
	}
	if err != nil {
		return operatorError("cancel", id, err)
	}
	return nil
}

// Purge deletes jobs in the given states that were created before a time (for jobs that are over: that ended before it), and
// returns their number. Running jobs cannot be purged: naming them, or an unknown state, returns fault.Invalid.
func (c *Client) Purge(ctx context.Context, states []string, before time.Time) (int64, error) {
	if err := checkPurge(states); err != nil {
		return 0, err
	}
	tag, err := c.cfg.Pool.Exec(ctx, "delete from jobs.river_job where "+purgeable, states, before)
	if err != nil {
		return 0, fmt.Errorf("purge jobs: %w", pg.Clean(err))
	}
	return tag.RowsAffected(), nil
}

// CountPurge returns how many jobs Purge would delete now, and its errors.
func (c *Client) CountPurge(ctx context.Context, states []string, before time.Time) (int64, error) {
	if err := checkPurge(states); err != nil {
		return 0, err
	}
	var n int64
	if err := c.cfg.Pool.QueryRow(ctx, "select count(*) from jobs.river_job where "+purgeable, states, before).Scan(&n); err != nil {
		return 0, fmt.Errorf("count jobs to purge: %w", pg.Clean(err))
	}
	return n, nil
}

// purgeable is true for jobs in the states $1 that ended, or were created, before $2.
const purgeable = "state::text = any($1) and state <> 'running' and coalesce(finalized_at, created_at) < $2"

func checkPurge(states []string) error {
	for _, s := range states {
		if s == "running" {
			return fault.New(fault.Invalid, "Running jobs cannot be purged; cancel them.")
		}
		if !slices.Contains(States, s) {
			return unknownState(s)
		}
	}
	return nil
}

// Fate says what became of a job.
type Fate string

// The fates.
const (
	Live      Fate = "live"      // waits, runs, or will be tried again
	Missing   Fate = "missing"   // there is none, or it is done
	Discarded Fate = "discarded" // gave up after its last try
	Cancelled Fate = "cancelled" // an operator cancelled it
)

// Fate returns what became of the jobs with the same kind and args: live when any of them is, else the end of the newest.
func (c *Client) Fate(ctx context.Context, args river.JobArgs) (Fate, error) {
	encoded, err := json.Marshal(args)
	if err != nil {
		return "", fmt.Errorf("fate of job %s: %w", args.Kind(), err)
	}
	var live bool
	var newest string
	err = c.cfg.Pool.QueryRow(ctx, `
		select coalesce(bool_or(finalized_at is null), false), coalesce((array_agg(state::text order by id desc))[1], '')
		from jobs.river_job where kind = $1 and args @> $2`, args.Kind(), encoded).Scan(&live, &newest)
	switch {
	case err != nil:
		return "", fmt.Errorf("fate of job %s: %w", args.Kind(), pg.Clean(err))
	case live:
		return Live, nil
	case newest == "discarded":
		return Discarded, nil
	case newest == "cancelled":
		return Cancelled, nil
	}
	return Missing, nil
}

// Check returns an error unless the queue works: its tables answer, and a started client holds its lock and takes jobs.
func (c *Client) Check(ctx context.Context) error {
	c.mu.Lock()
	started, g := c.stop != nil, c.current
	c.mu.Unlock()
	if started && g == nil {
		return fault.New(fault.Unavailable, "The queue has lost its connection.")
	}
	if g != nil {
		select {
		case <-g.owner.lost:
			return fault.New(fault.Unavailable, "The queue has lost its connection.")
		default:
		}
	}
	if _, err := c.cfg.Pool.Exec(ctx, "select from jobs.river_job limit 1"); err != nil {
		return fault.Wrap(fault.Unavailable, pg.Clean(err), "The queue does not answer")
	}
	return nil
}

func operatorError(what string, id int64, err error) error {
	if errors.Is(err, rivertype.ErrNotFound) {
		return fault.New(fault.NotFound, "There is no job %d.", id)
	}
	return fmt.Errorf("%s job %d: %w", what, id, pg.Clean(err))
}

func unknownState(s string) error {
	return fault.New(fault.Invalid, "%q is not a state of a job; use one of %s.", s, strings.Join(States, ", "))
}
