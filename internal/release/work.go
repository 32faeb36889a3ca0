package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/decide"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/jobs"
	"scorehouse/internal/pg"
	"scorehouse/internal/population"
	"scorehouse/internal/report"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// Queue is the queue of releases to decide.
const Queue = "release"

// Timeout is how long one attempt to decide a release may take. A state of 4 million results is counted and decided in seconds.
const Timeout = 30 * time.Minute

// Args asks for a release to be decided.
type Args struct {
	Release int64 `json:"release"`
}

// Kind names the job of the queue.
func (Args) Kind() string { return "release.decide" }

// Config is what a Worker works with.
type Config struct {
	Pool   *pgxpool.Pool // of the control database, as the role pg.Printer
	Tenant func(ctx context.Context, id tenant.ID) (tenant.Tenant, error)
	Reader func(ctx context.Context, id tenant.ID) (*warehouse.Reader, error)
	Logger *slog.Logger

	// Step is told of each step that is done, before the next begins; for tests; may be nil.
	Step func(name string)
}

// Worker counts and decides releases. Nothing of a release is stored before all of it is: a worker that dies leaves the release as it was, and the
// next begins anew. It is safe for concurrent use, and for the same release twice at once: the first to store it wins.
type Worker struct {
	river.WorkerDefaults[Args]
	config Config
}

// NewWorker returns a worker for the queue.
func NewWorker(c Config) *Worker {
	if c.Step == nil {
		c.Step = func(string) {}
	}
	return &Worker{config: c}
}

// Timeout tells the queue how long one try may take.
func (w *Worker) Timeout(*river.Job[Args]) time.Duration { return Timeout }

// Work decides a release that is loading; any other is left alone. What no further try would change (no results, numbers that do not add up, nothing that
// can be made safe) refuses it, and so does the failure of the last try.
func (w *Worker) Work(ctx context.Context, queued *river.Job[Args]) error {
	started, id := time.Now(), queued.Args.Release
	log := w.config.Logger.With("release", id, "job_id", queued.ID)
	d, err := w.decide(ctx, id)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case d == nil && err == nil:
		return nil
	case fault.Is(err, fault.Invalid):
		log.WarnContext(ctx, "a release is refused", "error", err)
		return w.refuse(ctx, id, []string{fault.Message(err)})
	case err != nil && jobs.LastTry(queued.JobRow):
		log.ErrorContext(ctx, "a release could not be decided", "error", pg.Clean(err))
		return w.refuse(ctx, id, []string{"It could not be counted or decided; the printer's log says why. Make it again when that is mended."})
	case err != nil:
		return err
	}
	if err := w.store(ctx, id, d); err != nil {
		return err
	}
	log.InfoContext(ctx, "a release is decided", "tenant", d.asked.tenant, "year", int(d.asked.year), "version", d.version, "seconds", time.Since(started).Seconds())
	return nil
}

// asked is what was asked for.
type asked struct {
	tenant   tenant.ID
	year     edu.AcademicYear
	subjects []edu.Subject // empty is all
}

// decided is all that is stored of a release when it is decided.
type decided struct {
	asked    asked
	version  int
	earlier  []int64
	counts   *disclosure.Counts
	forecast decide.Forecast
	names    Names
	levels   map[edu.Subject][]string
}

// decide counts and decides. It returns nil when there is nothing to do; an Invalid fault is why the release is refused.
func (w *Worker) decide(ctx context.Context, id int64) (*decided, error) {
	d := &decided{}
	var subjects []string
	err := w.config.Pool.QueryRow(ctx, `select tenant, academic_year, subjects from release.release where release_id = $1 and state = 'loading'`, id).
		Scan(&d.asked.tenant, &d.asked.year, &subjects)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("decide release %d: %w", id, pg.Clean(err))
	}
	for _, s := range subjects {
		d.asked.subjects = append(d.asked.subjects, edu.Subject(s))
	}
	t, err := w.config.Tenant(ctx, d.asked.tenant)
	if err != nil {
		return nil, err
	}
	reader, err := w.config.Reader(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	own, err := RulesOf(w.config.Tenant, w.config.Reader)(ctx, t.ID)
	if err != nil {
		return nil, fmt.Errorf("decide release %d: %w", id, err)
	}
	if err := own.Releasable(); err != nil {
		return nil, fmt.Errorf("decide release %d: %w", id, err)
	}
	if err := d.count(ctx, reader, own); err != nil {
		return nil, fmt.Errorf("decide release %d: %w", id, err)
	}
	w.config.Step("counted")
	if err := d.weigh(ctx, w.config.Pool); err != nil {
		return nil, fmt.Errorf("decide release %d: %w", id, err)
	}
	w.config.Step("decided")
	if d.names, err = w.name(ctx, reader, t, d); err != nil {
		return nil, fmt.Errorf("decide release %d: %w", id, err)
	}
	w.config.Step("named")
	return d, nil
}

// count counts the newest version of the warehouse, by what the state has set.
func (d *decided) count(ctx context.Context, reader *warehouse.Reader, own *settings.Settings) error {
	var err error
	if d.version, err = reader.Version(ctx); err != nil {
		return err
	}
	subjects, err := d.readLevels(ctx, reader)
	if err != nil {
		return err
	}
	policy := PolicyOf(own, slices.Collect(maps.Keys(d.levels))...)
	if err := policy.Validate(); err != nil {
		return fault.New(fault.Invalid, "What the state has set does not hold: %v.", err)
	}
	index := population.New(population.Config{Reader: reader, SQL: report.SQLCounter(reader), Log: slog.New(slog.DiscardHandler)})
	if err := index.Refresh(ctx); err != nil {
		return err
	}
	d.counts, err = population.TableBy(ctx, index, population.TableQuestion{Version: d.version, Year: d.asked.year, Policy: policy, Subjects: subjects})
	if err != nil {
		return err
	}
	if len(d.counts.Subjects) == 0 {
		return fault.New(fault.Invalid, "There are no summative results of %d in what was asked for.", d.asked.year)
	}
	return nil
}

// levelsSQL lists the subjects of a year with the longest list of level names of each. $1 version, $2 academic year.
const levelsSQL = `select distinct on (a.subject) a.subject, a.level_names from assessment a
	where a.from_version <= $1 and a.to_version > $1 and a.type = 1 and a.academic_year = $2
	order by a.subject, cardinality(a.level_names) desc, a.assessment_id desc`

// usualLevels are those of assessments that name none.
var usualLevels = []string{"Level 1", "Level 2", "Level 3", "Level 4"}

func (d *decided) readLevels(ctx context.Context, reader *warehouse.Reader) ([]disclosure.SubjectLevels, error) {
	var all []disclosure.SubjectLevels
	d.levels = map[edu.Subject][]string{}
	err := reader.Aggregate(ctx, d.version, levelsSQL, []any{d.asked.year}, func(row pgx.Rows) error {
		var s edu.Subject
		var names []string
		if err := row.Scan(&s, &names); err != nil {
			return err
		}
		if d.asked.wants(s) {
			if len(names) == 0 {
				names = usualLevels
			}
			d.levels[s] = names
			all = append(all, disclosure.SubjectLevels{Subject: s, Levels: len(names)})
		}
		return nil
	})
	return all, err
}

func (a asked) wants(s edu.Subject) bool {
	return len(a.subjects) == 0 || slices.Contains(a.subjects, s)
}

// weigh decides, together with what was ever released of the year.
func (d *decided) weigh(ctx context.Context, pool *pgxpool.Pool) error {
	earlier, ids, err := readEarlier(ctx, pool, `tenant = $1 and academic_year = $2 and type = 1 and released_at is not null`, d.asked.tenant, d.asked.year)
	if err != nil {
		return err
	}
	d.earlier = ids
	forecasts, err := decide.Preview(d.counts, earlier)
	if err != nil {
		return fault.New(fault.Invalid, "%v.", err)
	}
	d.forecast = forecasts[0]
	var reasons error
	for _, s := range d.forecast.Decision.Subjects {
		if !s.Withheld {
			return nil
		}
		for _, r := range s.Reasons {
			reasons = errors.Join(reasons, errors.New(r))
		}
	}
	return fault.New(fault.Invalid, "%v", reasons)
}

// readEarlier reads releases as they were decided, the oldest first.
func readEarlier(ctx context.Context, pool *pgxpool.Pool, where string, args ...any) ([]decide.Earlier, []int64, error) {
	rows, err := pool.Query(ctx, `select release_id, decision, counts from release.release where `+where+` order by released_at, release_id`, args...)
	if err != nil {
		return nil, nil, pg.Clean(err)
	}
	defer rows.Close()
	earlier, ids := []decide.Earlier{}, []int64{}
	for rows.Next() {
		var id int64
		var decision, counts []byte
		if err := rows.Scan(&id, &decision, &counts); err != nil {
			return nil, nil, pg.Clean(err)
		}
		var e decide.Earlier
		if e.Decision, err = disclosure.DecodeDecision(decision); err != nil {
			return nil, nil, fmt.Errorf("earlier release %d: %w", id, err)
		}
		if e.Counts, err = disclosure.DecodeCounts(counts); err != nil {
			return nil, nil, fmt.Errorf("earlier release %d: %w", id, err)
		}
		earlier, ids = append(earlier, e), append(ids, id)
	}
	return earlier, ids, pg.Clean(rows.Err())
}

// store stores a release whole, in one statement, unless somebody was quicker.
func (w *Worker) store(ctx context.Context, id int64, d *decided) error {
	names, err := encodeNames(d.names)
	if err != nil {
		return err
	}
	levels, err := json.Marshal(d.levels)
	if err != nil {
		return err
	}
	forecast, err := json.Marshal(Effect{Exposed: d.forecast.Exposed, Lost: d.forecast.Lost, Changed: d.forecast.Changed})
	if err != nil {
		return err
	}
	_, err = w.config.Pool.Exec(ctx, `update release.release set state = 'reviewing', decided_at = now(), version = $2, policy = $3, earlier = $4, counts = $5, decision = $6,
		names = $7, levels = $8, forecast = $9 where release_id = $1 and state = 'loading'`,
		id, d.version, d.counts.Catalogue.Policy().String(), d.earlier, d.counts.Encode(), d.forecast.Decision.Encode(), names, levels, forecast)
	if err != nil {
		return fmt.Errorf("store release %d: %w", id, pg.Clean(err))
	}
	return nil
}

func (w *Worker) refuse(ctx context.Context, id int64, reasons []string) error {
	return refuse(ctx, w.config.Pool, id, reasons)
}

func refuse(ctx context.Context, pool *pgxpool.Pool, id int64, reasons []string) error {
	_, err := pool.Exec(ctx, `update release.release set state = 'refused', decided_at = now(), reasons = $2 where release_id = $1 and state = 'loading'`, id, reasons)
	if err != nil {
		return fmt.Errorf("refuse release %d: %w", id, pg.Clean(err))
	}
	return nil
}

// Clerk gives releases that were asked for to the queue, and refuses those whose work was given up. It is safe to run in several processes.
type Clerk struct {
	Pool   *pgxpool.Pool // of the control database, as the role pg.Printer
	Queue  *jobs.Client
	Logger *slog.Logger
}

// lookEvery is the pause between looks.
const lookEvery = time.Second

// Run works until the context ends.
func (c *Clerk) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := errors.Join(c.Enqueue(ctx), c.settle(ctx)); err != nil && ctx.Err() == nil {
			c.Logger.WarnContext(ctx, "clerk of releases", "error", pg.Clean(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// once keeps a second job of the same release out of the queue while there is one that waits or runs.
var once = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}}

// Enqueue gives what waits to the queue.
func (c *Clerk) Enqueue(ctx context.Context) error {
	err := pgx.BeginFunc(ctx, c.Pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select release_id from release.release where state = 'loading' and queued_at is null order by made_at for update skip locked`)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if _, err := c.Queue.Insert(ctx, tx, Args{Release: id}, &river.InsertOpts{Queue: Queue, UniqueOpts: once}); err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `update release.release set queued_at = now() where release_id = any($1) and state = 'loading'`, ids)
		return err
	})
	if err != nil {
		return fmt.Errorf("enqueue releases: %w", pg.Clean(err))
	}
	return nil
}

// settle looks after releases whose work in the queue is over without an end of theirs: lost work is given to the queue again, given up work refuses.
func (c *Clerk) settle(ctx context.Context) error {
	rows, err := c.Pool.Query(ctx, `select release_id from release.release where state = 'loading' and queued_at < now() - interval '5 seconds'`)
	if err != nil {
		return fmt.Errorf("settle releases: %w", pg.Clean(err))
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return fmt.Errorf("settle releases: %w", pg.Clean(err))
	}
	for _, id := range ids {
		fate, err := c.Queue.Fate(ctx, Args{Release: id})
		if err == nil {
			switch fate {
			case jobs.Missing:
				_, err = c.Pool.Exec(ctx, `update release.release set queued_at = null where release_id = $1 and state = 'loading'`, id)
			case jobs.Discarded, jobs.Cancelled:
				err = refuse(ctx, c.Pool, id, []string{"Deciding it was given up. Make it again."})
			}
		}
		if err != nil {
			return fmt.Errorf("settle release %d: %w", id, pg.Clean(err))
		}
	}
	return nil
}
