package population

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/warehouse"
)

// Config says what an Index is made of.
type Config struct {
	Reader *warehouse.Reader // of the tenant; a replica will do
	SQL    report.Counter    // answers what the index cannot
	Log    *slog.Logger

	Every    time.Duration // how often a new version is looked for; default 1 s
	Patience time.Duration // how long a question about the whole state waits for a version that is on its way; default 1 s, less than SQL takes over millions of results
	Keep     time.Duration // how long a version is held after the next has come, for pages that began before; default 1 min

	// Gate lets as many indexes be built at a time as it has room for, since a build takes memory of the database server. The indexes of a process share
	// it. Nil is no limit.
	Gate chan struct{}
}

// Index is a report.Counter that holds what counts in memory. Run keeps it up to date. It is safe for concurrent use.
type Index struct {
	config Config
	held   atomic.Pointer[[]held] // newest first
	wake   chan struct{}

	mu     sync.Mutex
	round  chan struct{} // closed when the attempt under way, or the next one, ends
	failed bool          // the last attempt
	stats  Stats

	answered, passedOn atomic.Int64
}

// held is a version, and since when it is not the newest.
type held struct {
	*snapshot
	superseded time.Time
}

var _ report.Counter = (*Index)(nil)

// maxHeld is how many versions are held at most.
const maxHeld = 8

// New returns an index that is empty until Run has built it: until then SQL answers.
func New(c Config) *Index {
	c.Every = orDefault(c.Every, time.Second)
	c.Patience = orDefault(c.Patience, time.Second)
	c.Keep = orDefault(c.Keep, time.Minute)
	x := &Index{config: c, wake: make(chan struct{}, 1), round: make(chan struct{})}
	x.held.Store(new([]held))
	return x
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// Counts implements report.Counter.
func (x *Index) Counts(ctx context.Context, version int, q report.CountQuestion) ([]report.Count, error) {
	if s := x.at(ctx, version, q); s != nil {
		return s.counts(q), nil
	}
	return x.config.SQL.Counts(ctx, version, q)
}

// Interim implements report.Counter.
func (x *Index) Interim(ctx context.Context, version int, q report.CountQuestion) ([]report.Presence, error) {
	if s := x.at(ctx, version, q); s != nil {
		return s.presences(q), nil
	}
	return x.config.SQL.Interim(ctx, version, q)
}

// NotStated implements report.Counter.
func (x *Index) NotStated(ctx context.Context, version int, q report.CountQuestion) (report.NotStatedCounts, error) {
	if s := x.at(ctx, version, q); s != nil {
		return s.notStated(q), nil
	}
	return x.config.SQL.NotStated(ctx, version, q)
}

// Forget empties what the fallback remembers of earlier answers. The index itself is never stale.
func (x *Index) Forget() {
	if c, ok := x.config.SQL.(interface{ Forget() }); ok {
		c.Forget()
	}
}

// at returns a version, nil when SQL must answer. A question about a state or district waits for a version that is newer than those held:
// making it from the one before takes less time than the question would as SQL. Questions about a school do not wait.
func (x *Index) at(ctx context.Context, version int, q report.CountQuestion) *snapshot {
	s := x.find(version)
	if s == nil && q.SchoolID == 0 {
		s = x.wait(ctx, version)
	}
	if s == nil {
		x.passedOn.Add(1)
	} else {
		x.answered.Add(1)
	}
	return s
}

func (x *Index) find(version int) *snapshot {
	for _, h := range *x.held.Load() {
		if h.version == version {
			return h.snapshot
		}
	}
	return nil
}

// awaits reports whether a version is newer than the newest held.
func (x *Index) awaits(version int) bool {
	all := *x.held.Load()
	return len(all) > 0 && version > all[0].version
}

// wait returns a version that is on its way, nil when it is not, or does not come in time.
func (x *Index) wait(ctx context.Context, version int) *snapshot {
	timer := time.NewTimer(x.config.Patience)
	defer timer.Stop()
	for {
		x.mu.Lock()
		round, failed := x.round, x.failed
		x.mu.Unlock()
		if s := x.find(version); s != nil || failed || !x.awaits(version) {
			return s
		}
		select {
		case x.wake <- struct{}{}:
		default:
		}
		select {
		case <-round:
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// maxPause is the longest time between two attempts after failures.
const maxPause = 5 * time.Minute

// Run builds the index and follows the warehouse until ctx ends. What fails is logged and tried again, later each time; meanwhile SQL answers what is
// asked about newer versions.
func (x *Index) Run(ctx context.Context) {
	failures := 0
	for {
		err := x.Refresh(ctx)
		if ctx.Err() != nil {
			return
		}
		pause, wake := x.config.Every, x.wake
		if err == nil {
			failures = 0
		} else {
			failures++
			pause, wake = min(pause<<min(failures, 16), maxPause), nil // questions do not hurry it
			x.config.Log.Error("population index: not up to date", "error", err, "again_in", pause)
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-wake:
		}
		timer.Stop()
	}
}

// Refresh brings the index up to the newest version of the warehouse, once. Run calls it; two calls at a time are not meant.
func (x *Index) Refresh(ctx context.Context) (err error) {
	defer func() { x.endRound(err) }()
	version, err := x.config.Reader.Version(ctx)
	if err != nil {
		return err
	}
	all := *x.held.Load()
	x.forget(all)
	if version == 0 || len(all) > 0 && all[0].version >= version {
		return nil
	}
	began := time.Now()
	next, how, err := x.next(ctx, all, version)
	if err != nil {
		return err
	}
	now := time.Now()
	kept := []held{{snapshot: next}}
	for i, h := range all {
		if i == 0 {
			h.superseded = now
		}
		kept = append(kept, h)
	}
	x.forget(kept)
	x.note(how, now.Sub(began))
	return nil
}

// next makes a version: from the newest held when there is one and little has changed, else from all results.
func (x *Index) next(ctx context.Context, all []held, version int) (*snapshot, string, error) {
	from := source{x.config.Reader}
	if len(all) > 0 {
		newest := all[0].snapshot
		few, err := from.fewChanged(ctx, newest, version)
		if err != nil {
			return nil, "", err
		}
		if few {
			next, err := from.follow(ctx, newest, version)
			if err == nil {
				return next, "follow", nil
			}
			if ctx.Err() != nil {
				return nil, "", err
			}
			x.config.Log.Warn("population index: building anew", "version", version, "error", err)
		}
	}
	if x.config.Gate != nil {
		select {
		case x.config.Gate <- struct{}{}:
			defer func() { <-x.config.Gate }()
		case <-ctx.Done():
			return nil, "", ctx.Err()
		}
	}
	next, err := from.build(ctx, version)
	return next, "build", err
}

// forget stores those of all that are still to be held.
func (x *Index) forget(all []held) {
	now := time.Now()
	kept := slices.DeleteFunc(slices.Clone(all), func(h held) bool {
		return !h.superseded.IsZero() && now.Sub(h.superseded) > x.config.Keep
	})
	kept = kept[:min(len(kept), maxHeld)]
	x.held.Store(&kept)
}

func (x *Index) endRound(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.failed = err != nil
	if err != nil {
		x.stats.Failures++
	} else {
		x.stats.Fresh = time.Now()
	}
	close(x.round)
	x.round = make(chan struct{})
}

// Stats say how an index is.
type Stats struct {
	Version  int // newest held; 0 when none is
	Held     int // versions
	Years    []YearStats
	Bytes    int // all versions held, what they share once
	Answered int64
	PassedOn int64 // questions that SQL answered

	Build, Follow Making // versions made from all results, and from the one before
	Failures      int
	Failing       bool      // the last attempt to bring it up to date failed
	Fresh         time.Time // when it was last seen to hold the newest version; zero before the first time
}

// Making says how often versions were made in one of the two ways, and how long that took: together, and the last time.
type Making struct {
	Times      int
	Took, Last time.Duration
}

// YearStats is what one year takes in the newest version.
type YearStats struct {
	Year    edu.AcademicYear
	Results int // that count
	Bytes   int
}

func (x *Index) note(how string, took time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	m := &x.stats.Follow
	if how == "build" {
		m = &x.stats.Build
	}
	m.Times++
	m.Took, m.Last = m.Took+took, took
	x.config.Log.Info("population index: "+how, "version", (*x.held.Load())[0].version, "took", took)
}

// Stats returns how the index is now.
func (x *Index) Stats() Stats {
	x.mu.Lock()
	s := x.stats
	s.Failing = x.failed
	x.mu.Unlock()
	all := *x.held.Load()
	s.Held, s.Answered, s.PassedOn = len(all), x.answered.Load(), x.passedOn.Load()
	counted := map[*segment]bool{}
	for i, h := range all {
		for n, y := range h.years {
			bytes := y.bytes()
			for _, subject := range y.subjects {
				for _, g := range subject.segments {
					if !counted[g] {
						counted[g] = true
						bytes += g.bytes()
					}
				}
			}
			s.Bytes += bytes
			if i == 0 {
				s.Version = h.version
				s.Years = append(s.Years, YearStats{Year: n, Results: y.results(), Bytes: bytes})
			}
		}
	}
	slices.SortFunc(s.Years, func(a, b YearStats) int { return int(b.Year - a.Year) })
	return s
}
