package jobs_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"scorehouse/internal/fault"
	"scorehouse/internal/jobs"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

// task is the job of these tests.
type task struct {
	Name string `json:"name"`
}

// Kind names the job.
func (task) Kind() string { return "test.task" }

// childVariable makes this test binary a worker process on the database it names.
const childVariable = "SCOREHOUSE_JOBS_TEST_CHILD"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(childVariable); dsn != "" {
		workUntilKilled(dsn)
	}
	os.Exit(m.Run())
}

// workUntilKilled takes jobs, says so on standard output, and never finishes one.
func workUntilKilled(dsn string) {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	c, err := jobs.NewClient(jobs.Config{
		Pool: pool, Logger: slog.New(slog.DiscardHandler), Queues: map[string]int{"default": 1},
		Workers: workers(func(ctx context.Context, job *river.Job[task]) error {
			fmt.Println("working on", job.Args.Name)
			<-ctx.Done()
			return ctx.Err()
		}),
	})
	if err == nil {
		err = c.Start(ctx)
	}
	fmt.Println("started", err)
	select {}
}

func workers(work func(context.Context, *river.Job[task]) error) *river.Workers {
	w := river.NewWorkers()
	river.AddWorker(w, river.WorkFunc(work))
	return w
}

// journal is a log that tests can read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// client starts a client whose jobs do work, and stops it when the test ends. cfg may hold more.
func client(t *testing.T, pool *pgxpool.Pool, cfg jobs.Config, work func(context.Context, *river.Job[task]) error) *jobs.Client {
	t.Helper()
	cfg.Pool = pgtest.As(t, pool, pg.Loader)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Workers, cfg.Queues = workers(work), map[string]int{"default": 4}
	if cfg.StopTimeout == 0 {
		cfg.StopTimeout = 100 * time.Millisecond
	}
	c, err := jobs.NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := c.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return c
}

// inserter returns a client that takes no jobs, as the landing zone has one.
func inserter(t *testing.T, pool *pgxpool.Pool) *jobs.Client {
	t.Helper()
	return idle(t, pgtest.As(t, pool, pg.Landing))
}

// idle returns a client that takes no jobs; operators' commands have one as the owner.
func idle(t *testing.T, pool *pgxpool.Pool) *jobs.Client {
	t.Helper()
	c, err := jobs.NewClient(jobs.Config{
		Pool: pool, Logger: slog.New(slog.DiscardHandler),
		Kinds: map[string]jobs.Kind{"test.task": {MaxAttempts: 7}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func insert(t *testing.T, c *jobs.Client, pool *pgxpool.Pool, name string, opts *river.InsertOpts) int64 {
	t.Helper()
	var id int64
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) (err error) {
		id, err = c.Insert(t.Context(), tx, task{Name: name}, opts)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// within waits for a condition and fails the test when it does not come true in time.
func within(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("not within %s: %s", limit, what)
		case <-tick.C:
		}
	}
}

// only returns the one job there is.
func only(t *testing.T, c *jobs.Client) jobs.Job {
	t.Helper()
	list, err := c.List(t.Context(), jobs.Filter{})
	if err != nil || len(list) != 1 {
		t.Fatalf("jobs: %v, %v; want exactly one", list, err)
	}
	return list[0]
}

func receive[T any](t *testing.T, c <-chan T, limit time.Duration, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(limit):
		t.Fatalf("not within %s: %s", limit, what)
		panic("unreachable")
	}
}

func TestAJobRunsWhenItsTransactionCommitsAndOnlyThen(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	ran := make(chan string, 10)
	c := client(t, pool, jobs.Config{}, func(_ context.Context, job *river.Job[task]) error {
		ran <- job.Args.Name
		return nil
	})
	undone := errors.New("undone")
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		if _, err := c.Insert(t.Context(), tx, task{Name: "never"}, nil); err != nil {
			t.Error(err)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	insert(t, c, pool, "committed", nil)
	if got := receive(t, ran, 5*time.Second, "a job"); got != "committed" {
		t.Errorf("ran %q", got)
	}
	within(t, 5*time.Second, "the job is completed", func() bool { return only(t, c).State == "completed" })
	if err := c.Check(t.Context()); err != nil {
		t.Errorf("Check: %v", err)
	}
}

func TestTheJobOfAKilledProcessIsPickedUpWithinFiveSecondsAndLosesNoTry(t *testing.T) {
	t.Parallel()
	dsn := pgtest.NewDSN(t, schema.Control)
	pool, err := pgxpool.New(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"="+pgtest.AsDSN(dsn, pg.Loader))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill(); _ = child.Wait() })
	lines := make(chan string, 10)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	if got := receive(t, lines, 20*time.Second, "the child starts"); got != "started <nil>" {
		t.Fatal(got)
	}
	insert(t, inserter(t, pool), pool, "long", nil)
	if got := receive(t, lines, 5*time.Second, "the child works"); got != "working on long" {
		t.Fatal(got)
	}
	ran := make(chan *river.Job[task], 10)
	c := client(t, pool, jobs.Config{}, func(_ context.Context, job *river.Job[task]) error {
		ran <- job
		return nil
	})
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	job := receive(t, ran, 5*time.Second, "another process runs the job")
	if job.Attempt != 1 || len(job.Errors) != 1 {
		t.Errorf("attempt %d with %d errors, want try 1 again, and one error that tells of the dead process", job.Attempt, len(job.Errors))
	}
	within(t, 5*time.Second, "the job is completed", func() bool { return only(t, c).State == "completed" })
}

func TestAClientThatLostItsLockGivesUpItsJobsAndBeginsAnew(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	names := make(chan string, 10)
	working, ended := make(chan struct{}, 10), make(chan error, 10)
	tries := 0
	c := client(t, pool, jobs.Config{Started: func(id string) { names <- id }}, func(ctx context.Context, _ *river.Job[task]) error {
		working <- struct{}{}
		if tries++; tries > 1 {
			return nil
		}
		<-ctx.Done()
		ended <- ctx.Err()
		return fmt.Errorf("gave up: %w", ctx.Err())
	})
	first := receive(t, names, time.Second, "the client starts")
	insert(t, c, pool, "x", nil)
	receive(t, working, 5*time.Second, "the job runs")
	if _, err := pool.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'scorehouse queue owner' and datname = current_database()"); err != nil {
		t.Fatal(err)
	}
	receive(t, ended, 5*time.Second, "the running job's context ends")
	if second := receive(t, names, 5*time.Second, "the client begins anew"); second == first {
		t.Errorf("client id %s is used again", first)
	}
	receive(t, working, 5*time.Second, "the job runs again")
	within(t, 5*time.Second, "the job is completed", func() bool { return only(t, c).State == "completed" })
	if job := only(t, c); job.Attempt != 1 {
		t.Errorf("the interruption used up a try: attempt %d", job.Attempt)
	}
}

func TestAnOwnerThatWasGivenUpCannotFinishTheJobOfItsSuccessor(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	working, release := make(chan int64, 10), make(chan struct{})
	var successor sync.WaitGroup
	successor.Add(1)
	stubborn := func(_ context.Context, job *river.Job[task]) error { // does not look at its context
		working <- job.ID
		if job.Metadata != nil && bytes.Contains(job.Metadata, []byte("rescues")) {
			successor.Wait()
			return errors.New("the successor's own trouble")
		}
		<-release
		return nil
	}
	c := client(t, pool, jobs.Config{}, stubborn)
	insert(t, c, pool, "x", &river.InsertOpts{MaxAttempts: 1})
	first := receive(t, working, 5*time.Second, "the job runs")
	if _, err := pool.Exec(t.Context(), "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'scorehouse queue owner' and datname = current_database()"); err != nil {
		t.Fatal(err)
	}
	second := receive(t, working, 10*time.Second, "the successor runs the job")
	if first == second {
		t.Errorf("the job kept its id %d", first)
	}
	close(release) // the old owner reports success now
	within(t, 5*time.Second, "the client is settled", func() bool { return c.Check(t.Context()) == nil })
	if job := only(t, c); job.State != "running" {
		t.Errorf("state %s after the old owner's report, want running", job.State)
	}
	successor.Done()
	within(t, 5*time.Second, "the successor's own end counts", func() bool { return only(t, c).State == "discarded" })
}

func TestEachKindHasItsTimeOut(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	cfg := jobs.Config{Kinds: map[string]jobs.Kind{"test.task": {Timeout: 50 * time.Millisecond, MaxAttempts: 1}}}
	c := client(t, pool, cfg, func(ctx context.Context, _ *river.Job[task]) error {
		<-ctx.Done()
		return ctx.Err()
	})
	insert(t, c, pool, "slow", nil)
	within(t, 5*time.Second, "the job is given up", func() bool { return only(t, c).State == "discarded" })
	if job := only(t, c); job.MaxAttempts != 1 || !strings.Contains(job.LastError, "deadline exceeded") {
		t.Errorf("job: %+v", job)
	}
}

func TestNoValueOfARowIsStoredOrLogged(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	const secret = "Yarrow Featherstone"
	for _, trouble := range []struct {
		name string
		work func() error
	}{
		{"error of PostgreSQL", func() error {
			return fmt.Errorf("load: %w", &pgconn.PgError{Code: "23505", Message: secret, Detail: "Key (name)=(" + secret + ")", ConstraintName: "student_pkey"})
		}},
		{"cancelled", func() error { return river.JobCancel(&pgconn.PgError{Code: "22P02", Message: secret}) }},
		{"panic", func() error { panic("cannot parse " + secret) }},
		{"panic with an error", func() error { panic(errors.New(secret)) }},
	} {
		t.Run(trouble.name, func(t *testing.T) {
			log := &journal{}
			c := client(t, pool, jobs.Config{Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))},
				func(context.Context, *river.Job[task]) error { return trouble.work() })
			id := insert(t, c, pool, trouble.name, &river.InsertOpts{MaxAttempts: 1})
			var stored string
			within(t, 5*time.Second, "the job is over", func() bool {
				err := pool.QueryRow(t.Context(), "select job::text from jobs.river_job job where id = $1 and finalized_at is not null", id).Scan(&stored)
				return err == nil
			})
			if strings.Contains(stored, "Yarrow") || strings.Contains(log.String(), "Yarrow") {
				t.Errorf("stored: %s\nlogged: %s", stored, log)
			}
		})
	}
}

func TestAPartThatDoesNotAnswerCostsNoTry(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	attempts := make(chan int, 10)
	c := client(t, pool, jobs.Config{}, func(_ context.Context, job *river.Job[task]) error {
		attempts <- job.Attempt
		if len(attempts) < 2 {
			return fault.New(fault.Unavailable, "The warehouse does not answer.")
		}
		return nil
	})
	insert(t, c, pool, "x", &river.InsertOpts{MaxAttempts: 1})
	within(t, 10*time.Second, "the job is completed", func() bool { return only(t, c).State == "completed" })
	if a, b := <-attempts, <-attempts; a != 1 || b != 1 {
		t.Errorf("attempts %d and %d, want 1 and 1", a, b)
	}
}

func TestAJobThatKillsItsProcessAgainAndAgainIsGivenUp(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	ops := inserter(t, pool)
	insert(t, ops, pool, "poison", nil)
	if _, err := pool.Exec(t.Context(), `update jobs.river_job set state = 'running', attempt = 1, attempted_by = '{gone}', metadata = '{"rescues": 20}'`); err != nil {
		t.Fatal(err)
	}
	client(t, pool, jobs.Config{}, func(context.Context, *river.Job[task]) error { return nil })
	within(t, 5*time.Second, "the job is given up", func() bool { return only(t, ops).State == "discarded" })
}

func TestStoppingReturnsRunningJobsToTheQueueWithoutLosingATry(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	working := make(chan struct{}, 1)
	c := client(t, pool, jobs.Config{StopTimeout: 10 * time.Millisecond}, func(ctx context.Context, _ *river.Job[task]) error {
		working <- struct{}{}
		<-ctx.Done()
		return errors.New("conn closed") // as libraries say it
	})
	insert(t, c, pool, "x", nil)
	receive(t, working, 5*time.Second, "the job runs")
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if job := only(t, c); job.State != "available" || job.Attempt != 0 {
		t.Errorf("job %+v, want available with no try used", job)
	}
}

func TestOperatorsListRetryCancelAndPurge(t *testing.T) {
	t.Parallel()
	pool, ctx := pgtest.New(t, schema.Control), t.Context()
	ops := idle(t, pool)
	id := insert(t, ops, pool, "x", nil)
	if job := only(t, ops); job.ID != id || job.Kind != "test.task" || job.State != "available" || job.MaxAttempts != 7 || string(job.Args) != `{"name": "x"}` {
		t.Errorf("listed %+v", job)
	}
	fate := func(want jobs.Fate) {
		t.Helper()
		if got, err := ops.Fate(ctx, task{Name: "x"}); got != want || err != nil {
			t.Errorf("fate %s, %v; want %s", got, err, want)
		}
	}
	fate(jobs.Live)
	if err := ops.Cancel(ctx, id); err != nil {
		t.Fatal(err)
	}
	fate(jobs.Cancelled)
	if err := ops.Cancel(ctx, id); !fault.Is(err, fault.Conflict) {
		t.Errorf("cancel twice: %v, want a conflict", err)
	}
	if err := ops.Retry(ctx, id); err != nil {
		t.Fatal(err)
	}
	fate(jobs.Live)
	if n, err := ops.Purge(ctx, []string{"completed", "cancelled"}, time.Now().Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("purged %d, %v; want nothing: no job is over", n, err)
	}
	if n, err := ops.CountPurge(ctx, []string{"available"}, time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("would purge %d, %v; want 1", n, err)
	}
	if n, err := ops.Purge(ctx, []string{"available"}, time.Now().Add(time.Hour)); n != 1 || err != nil {
		t.Errorf("purged %d, %v; want 1", n, err)
	}
	fate(jobs.Missing)
	for _, err := range []error{ops.Retry(ctx, id), ops.Cancel(ctx, id)} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%v, want not found", err)
		}
	}
	for _, states := range [][]string{{"running"}, {"lost"}} {
		if _, err := ops.Purge(ctx, states, time.Now()); !fault.Is(err, fault.Invalid) {
			t.Errorf("purge %v: %v, want invalid", states, err)
		}
		if _, err := ops.CountPurge(ctx, states, time.Now()); !fault.Is(err, fault.Invalid) {
			t.Errorf("count to purge %v: %v, want invalid", states, err)
		}
	}
}
