package batch_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/batch"
)

// queue stands for the job queue: it answers for the newest job of every batch and counts what is put in.
type queue struct {
	state    batch.JobState
	enqueued []batch.Status
}

func (q *queue) sweeper(s *batch.Store) *batch.Sweeper {
	return &batch.Sweeper{
		Store:  s,
		Logger: slog.New(slog.DiscardHandler),
		Job:    func(context.Context, batch.Batch) (batch.JobState, error) { return q.state, nil },
		Enqueue: func(_ context.Context, _ pgx.Tx, b batch.Batch) error {
			q.enqueued = append(q.enqueued, b.Status)
			return nil
		},
	}
}

func TestTheSweepSettlesWhatStandsWithoutAJob(t *testing.T) {
	t.Parallel()
	toLoading := func(t *testing.T, s *batch.Store, id batch.ID) { begin(t, s, id, batch.Loading) }
	toStaged := func(t *testing.T, s *batch.Store, id batch.ID) {
		if err := s.Advance(t.Context(), begin(t, s, id, batch.Loading), batch.Staged, batch.Change{}); err != nil {
			t.Fatal(err)
		}
	}
	toMigrating := func(t *testing.T, s *batch.Store, id batch.ID) {
		toStaged(t, s, id)
		begin(t, s, id, batch.Migrating)
	}
	stay := func(*testing.T, *batch.Store, batch.ID) {}
	for _, c := range []struct {
		name     string
		prepare  func(*testing.T, *batch.Store, batch.ID)
		job      batch.JobState
		overdue  bool
		want     batch.Status
		enqueued bool
	}{
		{"received, its job waits", stay, batch.JobLive, false, batch.Received, false},
		{"received, a long queue", stay, batch.JobLive, true, batch.Received, false},
		{"received, no job", stay, batch.JobMissing, false, batch.Received, true},
		{"received, its job was cancelled", stay, batch.JobCancelled, false, batch.Failed, false},
		{"loading, its job runs", toLoading, batch.JobLive, false, batch.Loading, false},
		{"loading, no job", toLoading, batch.JobMissing, false, batch.Received, true},
		{"loading, its job was given up", toLoading, batch.JobDiscarded, false, batch.Failed, false},
		{"loading beyond its deadline", toLoading, batch.JobLive, true, batch.Received, true},
		{"staged, no job", toStaged, batch.JobMissing, false, batch.Staged, true},
		{"migrating, no job", toMigrating, batch.JobMissing, false, batch.Staged, true},
		{"migrating beyond its deadline", toMigrating, batch.JobLive, true, batch.Staged, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, pool := setup(t)
			id := register(t, s, pool, arrival("a.gpg"))
			c.prepare(t, s, id)
			if c.overdue {
				if _, err := pool.Exec(t.Context(), "update batch.batch set deadline_at = now() - interval '1 second'"); err != nil {
					t.Fatal(err)
				}
				if list, err := s.Overdue(t.Context()); len(list) != 1 || err != nil {
					t.Errorf("overdue: %v, %v", list, err)
				}
			}
			before, err := s.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			q := &queue{state: c.job}
			n, err := q.sweeper(s).Once(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			after := wantStatus(t, s, id, c.want)
			if moved := c.enqueued || c.want == batch.Failed; (n == 1) != moved || (after.Attempt > before.Attempt) != moved {
				t.Errorf("settled %d, attempt %d after %d", n, after.Attempt, before.Attempt)
			}
			if (len(q.enqueued) == 1) != c.enqueued {
				t.Errorf("enqueued %v", q.enqueued)
			}
			if list, err := s.Overdue(t.Context()); len(list) != 0 || err != nil {
				t.Errorf("still overdue: %v, %v", list, err)
			}
		})
	}
}

func TestTheSweepLeavesABatchThatSomebodyIsWorkingOnThisMoment(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	id := register(t, s, pool, arrival("a.gpg"))
	a := begin(t, s, id, batch.Loading)
	err := s.Advance(t.Context(), a, batch.Staged, batch.Change{}, func(ctx context.Context, _ pgx.Tx) error {
		n, err := (&queue{state: batch.JobMissing}).sweeper(s).Once(ctx)
		if n != 0 {
			t.Errorf("settled %d", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, s, id, batch.Staged)
}

func TestDeadlinesCanBeSet(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	s = s.WithDeadlines(batch.Deadlines{Loading: time.Minute})
	id := register(t, s, pool, arrival("a.gpg"))
	a := begin(t, s, id, batch.Loading)
	if d := a.Batch.DeadlineAt.Sub(a.Batch.StatusSince); d != time.Minute {
		t.Errorf("deadline after %s, want a minute", d)
	}
}
