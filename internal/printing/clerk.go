package printing

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/filestore"
	"scorehouse/internal/jobs"
	"scorehouse/internal/pg"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
)

// The queues of the printer. What people wait for does not stand behind what is printed ahead.
const (
	Queue      = "print"
	AheadQueue = "print_ahead"
)

// forgetAfter is how long a job that is over, and has nothing to collect, stays in lists.
const forgetAfter = 30 * 24 * time.Hour

// Clerk does what happens by the clock: requests become jobs of the queue, what has expired goes, files that belong to nothing go, and classes
// are printed ahead. It is safe to run in several processes.
type Clerk struct {
	Pool    *pgxpool.Pool
	Queue   *jobs.Client
	Files   *filestore.Dir
	Tenants func(ctx context.Context) ([]tenant.Tenant, error)
	Reports func(ctx context.Context, id tenant.ID) (*report.Reports, error)
	Ahead   Schedule
	Logger  *slog.Logger
}

// Schedule says when classes are printed ahead.
type Schedule struct {
	Enable       bool
	Hour, Minute int  // of each day, local time
	AfterPublish bool // and soon after each publication
}

// Pauses between looks: at requests (of which the clerk is told), at the rest, and at the files of what is printed ahead, which are many.
const (
	lookEvery  = time.Second
	tidyEvery  = 15 * time.Second
	sweepEvery = time.Hour
)

// Run works until the context ends. Requests do not wait for the rest.
func (c *Clerk) Run(ctx context.Context) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	beside.Go(func() { c.repeat(ctx, tidyEvery, c.Tidy) })
	beside.Go(func() { c.repeat(ctx, sweepEvery, c.SweepAhead) })
	c.repeat(ctx, lookEvery, func(ctx context.Context) error {
		return c.listen(ctx, func() error { return c.Enqueue(ctx) })
	})
	return nil
}

// repeat does something again and again, with a pause between, until the context ends.
func (c *Clerk) repeat(ctx context.Context, pause time.Duration, do func(context.Context) error) {
	for ctx.Err() == nil {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			c.Logger.WarnContext(ctx, "clerk of printing", "error", pg.Clean(err))
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// listen calls look at once, whenever it is told, and every moment, until look or the connection fails.
func (c *Clerk) listen(ctx context.Context, look func() error) error {
	conn, err := c.Pool.Acquire(ctx)
	if err != nil {
		return err
	}
	own := conn.Hijack() // it listens, which no other user of the pool shall
	defer own.Close(context.WithoutCancel(ctx))
	if _, err := own.Exec(ctx, "listen "+channel); err != nil {
		return err
	}
	for {
		if err := look(); err != nil {
			return err
		}
		wait, cancel := context.WithTimeout(ctx, lookEvery)
		_, err := own.WaitForNotification(wait)
		cancel()
		if err != nil && wait.Err() == nil || ctx.Err() != nil {
			return err
		}
	}
}

// once keeps a second job of the same args out of the queue while there is one that waits or runs.
var once = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}}

// Enqueue gives requests that wait for it to the queue.
func (c *Clerk) Enqueue(ctx context.Context) error {
	err := pgx.BeginFunc(ctx, c.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select job_id from printing.job where state = 'waiting' and queued_at is null order by requested_at for update skip locked`)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[ID])
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if _, err := c.Queue.Insert(ctx, tx, Args{Job: id}, &river.InsertOpts{Queue: Queue, UniqueOpts: once}); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `update printing.job set queued_at = now() where job_id = any($1)`, ids)
		return err
	})
	if err != nil {
		return fmt.Errorf("enqueue print jobs: %w", pg.Clean(err))
	}
	return nil
}

// Tidy settles jobs whose work has been lost, ends what has expired, removes files that belong to no job, looks for changes of what is printed ahead, and
// asks for printing when it is time.
func (c *Clerk) Tidy(ctx context.Context) error {
	return errors.Join(c.settle(ctx), c.expire(ctx), c.sweepJobs(ctx), c.scheduleAhead(ctx, time.Now()), c.enqueueAhead(ctx))
}

// settle ends jobs whose work in the queue was given up, and gives those to the queue again whose work is not there.
func (c *Clerk) settle(ctx context.Context) error {
	stuck, err := queryJobs(ctx, c.Pool, `where state in ('waiting', 'printing') and queued_at < now() - interval '5 seconds'`)
	if err != nil {
		return err
	}
	for _, j := range stuck {
		fate, err := c.Queue.Fate(ctx, Args{Job: j.ID})
		if err != nil {
			return err
		}
		sql := ""
		switch fate {
		case jobs.Missing:
			sql = `update printing.job set state = 'waiting', queued_at = null where job_id = $1 and attempt = $2 and state in ('waiting', 'printing')`
		case jobs.Discarded, jobs.Cancelled:
			sql = `update printing.job set state = 'failed', reason = 'given_up', finished_at = now() where job_id = $1 and attempt = $2 and state in ('waiting', 'printing')`
		default:
			continue
		}
		c.Logger.WarnContext(ctx, "print job settled", "print_job", j.ID, "tenant", j.Tenant, "queue", fate)
		if _, err := c.Pool.Exec(ctx, sql, j.ID, j.Attempt); err != nil {
			return fmt.Errorf("settle print job: %w", pg.Clean(err))
		}
	}
	return nil
}

// expire ends what has waited long enough, and forgets what has been over for long.
func (c *Clerk) expire(ctx context.Context) error {
	var b pgx.Batch
	b.Queue(`delete from printing.part where job_id in (select job_id from printing.job where state = 'ready' and expires_at <= now())`)
	b.Queue(`update printing.job set state = 'expired' where state = 'ready' and expires_at <= now()`)
	b.Queue(`delete from printing.job where state in ('failed', 'cancelled', 'expired') and coalesce(expires_at, finished_at, requested_at) < now() - $1::interval`, forgetAfter)
	if err := c.Pool.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("expire print jobs: %w", pg.Clean(err))
	}
	return nil
}

// sweepJobs removes documents of jobs that are deleted, expired, or of attempts that died. It looks at folders only, not at their files.
func (c *Clerk) sweepJobs(ctx context.Context) error {
	ids, err := c.Files.List(jobsFolder)
	if err != nil || len(ids) == 0 {
		return err
	}
	attempts := map[string][]string{}
	for _, id := range ids {
		if attempts[id], err = c.Files.List(jobsFolder + "/" + id); err != nil {
			return err
		}
	}
	// Looked up after the folders: an attempt begins before it writes, so that a file of the newest attempt is never taken for stray.
	live, err := c.liveAttempts(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		folder := jobsFolder + "/" + id
		attempt, ok := live[ID(id)]
		if !ok {
			err = errors.Join(err, c.Files.RemoveFolder(folder))
			continue
		}
		for _, name := range attempts[id] {
			if name != strconv.Itoa(attempt) {
				err = errors.Join(err, c.Files.RemoveFolder(folder+"/"+name))
			}
		}
	}
	return err
}

// strayAge is how old a document printed ahead must be to count as stray: whoever has just written it may not have noted it yet.
const strayAge = time.Hour

// SweepAhead removes documents printed ahead that were replaced or forgotten.
func (c *Clerk) SweepAhead(ctx context.Context) error {
	var old []string
	err := c.Files.Walk(aheadFolder, func(name string, info fs.FileInfo) error {
		if time.Since(info.ModTime()) > strayAge {
			old = append(old, name)
		}
		return ctx.Err()
	})
	if err != nil || len(old) == 0 {
		return err
	}
	known, err := c.keptFiles(ctx)
	if err != nil {
		return err
	}
	for _, name := range old {
		if !known[name] {
			err = errors.Join(err, c.Files.Remove(name))
		}
	}
	return err
}

// liveAttempts are the attempts whose files belong to something, by job.
func (c *Clerk) liveAttempts(ctx context.Context) (map[ID]int, error) {
	rows, err := c.Pool.Query(ctx, `select job_id, attempt from printing.job where state in ('printing', 'ready')`)
	if err != nil {
		return nil, fmt.Errorf("sweep printed files: %w", pg.Clean(err))
	}
	attempts, id, attempt := map[ID]int{}, ID(""), 0
	_, err = pgx.ForEachRow(rows, []any{&id, &attempt}, func() error { attempts[id] = attempt; return nil })
	return attempts, pg.Clean(err)
}

func (c *Clerk) keptFiles(ctx context.Context) (map[string]bool, error) {
	rows, err := c.Pool.Query(ctx, `select stored_as from printing.kept where stored_as is not null`)
	if err != nil {
		return nil, fmt.Errorf("sweep printed files: %w", pg.Clean(err))
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	known := map[string]bool{}
	for _, name := range names {
		known[name] = true
	}
	return known, pg.Clean(err)
}

// scheduleAhead looks for changes after each publication, so that what is printed ahead and has not changed is given out on. It asks for printing at the hour
// of the schedule, once a day, and after publications when the schedule says so.
func (c *Clerk) scheduleAhead(ctx context.Context, now time.Time) error {
	if !c.Ahead.Enable {
		return nil
	}
	tenants, err := c.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		if failed := c.scheduleTenant(ctx, t.ID, now); failed != nil {
			err = errors.Join(err, fmt.Errorf("schedule printing ahead for %s: %w", t.ID, pg.Clean(failed)))
		}
	}
	return err
}

func (c *Clerk) scheduleTenant(ctx context.Context, id tenant.ID, now time.Time) error {
	today := time.Date(now.Year(), now.Month(), now.Day(), c.Ahead.Hour, c.Ahead.Minute, 0, 0, now.Location())
	if _, err := c.Pool.Exec(ctx, `insert into printing.ahead (tenant) values ($1) on conflict do nothing`, id); err != nil {
		return err
	}
	if !now.Before(today) {
		_, err := c.Pool.Exec(ctx, `update printing.ahead set wanted_at = now(), scheduled_on = $2 where tenant = $1 and scheduled_on is distinct from $2`, id, today)
		if err != nil {
			return err
		}
	}
	reports, err := c.Reports(ctx, id)
	if err != nil {
		return err
	}
	return findChanges(ctx, c.Pool, id, reports, c.Ahead.AfterPublish)
}

// enqueueAhead gives runs that are wanted to the queue, one of a tenant at a time.
func (c *Clerk) enqueueAhead(ctx context.Context) error {
	err := pgx.BeginFunc(ctx, c.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select tenant from printing.ahead where wanted_at is not null for update skip locked`)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[tenant.ID])
		if err != nil {
			return err
		}
		for _, id := range ids {
			fate, err := c.Queue.Fate(ctx, AheadArgs{Tenant: id})
			if err != nil {
				return err
			}
			if fate == jobs.Live {
				continue // the next run begins after this one
			}
			if _, err := c.Queue.Insert(ctx, tx, AheadArgs{Tenant: id}, &river.InsertOpts{Queue: AheadQueue, UniqueOpts: once}); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `update printing.ahead set wanted_at = null where tenant = $1`, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("enqueue printing ahead: %w", pg.Clean(err))
	}
	return nil
}
