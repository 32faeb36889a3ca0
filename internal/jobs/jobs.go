// Package jobs is the queue: River on the control database, in the PostgreSQL schema "jobs".
//
// A job is inserted in the transaction of the fact that caused it, so it can neither be lost nor run for something that never
// happened. Packages declare their own kinds (a type with a Kind method and a river.Worker); this package runs them with a
// time-out, a number of tries and a pause between tries per kind, and keeps student data out of logs and stored errors.
//
// A job runs at least once: every worker must be safe to repeat, and to run twice at the same time for a moment. When a worker
// process dies its jobs go to another within seconds, without using up a try: each process holds an advisory lock named for its client id
// (owner.go), and each sweeps for running jobs whose owner's lock is free (rescue.go). River's own rescue comes after hours and is
// only the last net. The locks belong to a session of PostgreSQL: the pool must not go through a transaction-mode proxy.
//
// Read jobs.go first, then guard.go, owner.go, rescue.go, operate.go.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"scorehouse/internal/pg"
)

// Schema is the PostgreSQL schema of River's tables in the control database.
const Schema = "jobs"

// Kind limits the jobs of one kind. A zero field means the default.
type Kind struct {
	// Timeout of one try: its context ends then, and the try counts as failed. Default: the worker's Timeout method, else that of the
	// longest kind, at least 10 min.
	Timeout     time.Duration
	MaxAttempts int // tries before the job is discarded; default 10
}

// Defaults of Config and Kind.
const (
	DefaultTimeout     = 10 * time.Minute
	DefaultMaxAttempts = 10
	DefaultSweepEvery  = 2 * time.Second
	DefaultStopTimeout = 10 * time.Second
)

// Config says how a process takes part in the queue.
type Config struct {
	Pool     *pgxpool.Pool // of the control database
	Logger   *slog.Logger
	Workers  *river.Workers        // nil for a process that only inserts and operates
	Queues   map[string]int        // queue name -> jobs at a time; names of River: "default"
	Kinds    map[string]Kind       // limits per kind of job
	Periodic []*river.PeriodicJob  // timed work; inserted by one process of the installation
	Started  func(clientID string) // called whenever the process (again) takes jobs; may be nil

	SweepEvery  time.Duration // pause between sweeps for jobs of dead processes; default 2 s
	StopTimeout time.Duration // time that Stop gives running jobs before it ends their contexts; default 10 s
}

// Client inserts jobs, runs those of its queues, and serves operators. It is safe for concurrent use.
type Client struct {
	cfg      Config
	inserter *river.Client[pgx.Tx]

	mu      sync.Mutex
	current *generation // nil while the process takes no jobs
	stop    context.CancelFunc
	done    chan struct{}
	old     sync.WaitGroup // generations that are coming to their end
}

// NewClient returns a client. It does not connect.
func NewClient(cfg Config) (*Client, error) {
	if cfg.SweepEvery <= 0 {
		cfg.SweepEvery = DefaultSweepEvery
	}
	if cfg.StopTimeout <= 0 {
		cfg.StopTimeout = DefaultStopTimeout
	}
	inserter, err := river.NewClient(riverpgxv5.New(cfg.Pool), &river.Config{
		Schema: Schema, Logger: quiet(cfg.Logger), MaxAttempts: DefaultMaxAttempts,
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Client{cfg: cfg, inserter: inserter}, nil
}

// Insert adds a job in the caller's transaction and returns its id: the job exists when the transaction commits. Options may
// be nil; what they leave open comes from the args' InsertOpts, then from the limits of the kind. A unique job that is there
// already is not added again.
func (c *Client) Insert(ctx context.Context, tx pgx.Tx, args river.JobArgs, opts *river.InsertOpts) (int64, error) {
	var o river.InsertOpts
	if opts != nil {
		o = *opts
	}
	if own, ok := args.(river.JobArgsWithInsertOpts); o.MaxAttempts == 0 && (!ok || own.InsertOpts().MaxAttempts == 0) {
		o.MaxAttempts = c.cfg.Kinds[args.Kind()].MaxAttempts
	}
	res, err := c.inserter.InsertTx(ctx, tx, args, &o)
	if err != nil {
		return 0, fmt.Errorf("insert job %s: %w", args.Kind(), pg.Clean(err))
	}
	return res.Job.ID, nil
}

// Start begins to take jobs and returns when the first connection stands. The client goes on until Stop or the end of ctx; it begins
// anew by itself when it loses its lock.
func (c *Client) Start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil {
		return errors.New("jobs: already started")
	}
	if c.cfg.Workers == nil || len(c.cfg.Queues) == 0 {
		return errors.New("jobs: a client without workers and queues cannot start")
	}
	ctx, cancel := context.WithCancel(ctx)
	g, err := c.begin(ctx)
	if err != nil {
		cancel()
		return err
	}
	c.current, c.stop, c.done = g, cancel, make(chan struct{})
	go c.run(ctx, g)
	return nil
}

// Stop stops taking jobs, gives running ones the configured time, then ends their contexts; they return to the queue without
// losing a try. It returns when all have returned or ctx ends.
func (c *Client) Stop(ctx context.Context) error {
	c.mu.Lock()
	stop, done := c.stop, c.done
	c.mu.Unlock()
	if stop == nil {
		return nil
	}
	stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop jobs: %w", ctx.Err())
	}
}

// generation is one spell of taking jobs: a client id, its lock, and a River client with that id. A lost lock ends it,
// because other processes may by then have given its jobs away.
type generation struct {
	owner *owner
	river *river.Client[pgx.Tx]
}

// begin takes a lock for a fresh client id and starts a River client under it.
func (c *Client) begin(ctx context.Context) (*generation, error) {
	o, err := takeOwnership(ctx, c.cfg.Pool.Config().ConnConfig, newClientID())
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", pg.Clean(err))
	}
	rc, err := river.NewClient(riverpgxv5.New(c.cfg.Pool), c.riverConfig(o.id))
	if err == nil {
		// River stops with its parent context hard; Stop is ours to call, softly.
		err = rc.Start(context.WithoutCancel(ctx))
	}
	if err != nil {
		o.release()
		return nil, fmt.Errorf("jobs: %w", pg.Clean(err))
	}
	if c.cfg.Started != nil {
		c.cfg.Started(o.id)
	}
	return &generation{owner: o, river: rc}, nil
}

func (c *Client) riverConfig(id string) *river.Config {
	longest := DefaultTimeout
	for _, k := range c.cfg.Kinds {
		longest = max(longest, k.Timeout+time.Minute)
	}
	queues := make(map[string]river.QueueConfig)
	for name, n := range c.cfg.Queues {
		queues[name] = river.QueueConfig{MaxWorkers: n}
	}
	guard := &guard{kinds: c.cfg.Kinds, logger: c.cfg.Logger}
	return &river.Config{
		ID:                   id,
		Schema:               Schema,
		Logger:               quiet(c.cfg.Logger),
		Workers:              c.cfg.Workers,
		Queues:               queues,
		PeriodicJobs:         c.cfg.Periodic,
		Plugins:              []riverPlugin{guard},
		ErrorHandler:         guard,
		RetryPolicy:          retryPolicy{},
		MaxAttempts:          DefaultMaxAttempts,
		JobTimeout:           longest,
		RescueStuckJobsAfter: longest + 6*time.Hour,
		FetchCooldown:        20 * time.Millisecond,
		FetchPollInterval:    500 * time.Millisecond,
		SoftStopTimeout:      c.cfg.StopTimeout,
		SkipUnknownJobCheck:  true,                  // a worker of one kind may insert the next
		ReindexerSchedule:    river.NeverSchedule(), // only the owner of the tables could; autovacuum keeps their indexes fit
	}
}

// run keeps a generation alive, and sweeps for the jobs of others, until ctx ends.
func (c *Client) run(ctx context.Context, g *generation) {
	defer close(c.done)
	defer c.old.Wait()
	tick := time.NewTicker(c.cfg.SweepEvery)
	defer tick.Stop()
	c.sweep(ctx)
	for {
		select {
		case <-ctx.Done():
			c.end(ctx, g)
			return
		case <-g.owner.lost:
			c.cfg.Logger.WarnContext(ctx, "queue: connection lost, running jobs are given up", "client_id", g.owner.id)
			if g = c.renew(ctx, g); g == nil {
				return
			}
		case <-tick.C:
			c.sweep(ctx)
		}
	}
}

func (c *Client) setCurrent(g *generation) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = g
}

// end stops a generation in good order: the lock goes last, when nothing of it runs any more.
func (c *Client) end(ctx context.Context, g *generation) {
	c.setCurrent(nil)
	if err := g.river.Stop(context.WithoutCancel(ctx)); err != nil {
		c.cfg.Logger.WarnContext(ctx, "queue: stop", "error", pg.Clean(err))
	}
	g.owner.release()
}

// renew ends the contexts of a generation that lost its lock and begins another as soon as the database allows; it does not
// wait for jobs of the old one, which are fenced where it matters. It returns nil when ctx ends.
func (c *Client) renew(ctx context.Context, g *generation) *generation {
	c.setCurrent(nil)
	c.old.Go(func() {
		if err := g.river.StopAndCancel(context.WithoutCancel(ctx)); err != nil {
			c.cfg.Logger.WarnContext(ctx, "queue: stop", "client_id", g.owner.id, "error", pg.Clean(err))
		}
		g.owner.release()
	})
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		next, err := c.begin(ctx)
		if err == nil {
			c.setCurrent(next)
			return next
		}
		c.cfg.Logger.WarnContext(ctx, "queue: waiting for the database", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

func newClientID() string {
	host, err := os.Hostname()
	if err != nil || len(host) > 40 {
		host = "host"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), randomText())
}
