package warehouse_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/warehouse"
)

var two = delivery{id: 2, assessment: math7, rows: []row{{student: "A", score: 1600, name: "Anna", called: "Hill"}, {student: "B", score: 1600}, {op: edu.Delete, student: "C"}}}

// terminate ends every other connection to the warehouse, as a crash of the server or of the network would.
func (h *house) terminate() {
	h.Helper()
	conn, err := pgx.Connect(h.Context(), h.pool.Config().ConnString())
	if err != nil {
		h.Fatal(err)
	}
	defer conn.Close(h.Context())
	if _, err := conn.Exec(h.Context(), `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`); err != nil {
		h.Fatal(err)
	}
}

func TestALostConnectionLeavesNothingAndTheNextTryPublishes(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}, {student: "C", score: 1500}}}, "2 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	before := everything(t, h.pool)

	s := stage(t, h.scratch, two)
	for _, table := range []string{"assessment", "student", "outcome"} {
		s.before = func(copied string) {
			if copied == table {
				h.terminate()
			}
		}
		if _, err := h.writer.Publish(t.Context(), batchOf(two), s); err == nil {
			t.Errorf("published although the connection was lost before %s was copied", table)
		}
	}
	s.before = nil
	b := batchOf(two)
	b.BeforeCommit = func(context.Context, warehouse.Publication, []int64) error {
		h.terminate()
		return nil
	}
	if _, err := h.writer.Publish(t.Context(), b, s); err == nil {
		t.Error("published although the connection was lost before the commit")
	}
	if diff := cmp.Diff(before, everything(t, h.pool)); diff != "" {
		t.Fatalf("something is left (-before +after):\n%s", diff)
	}
	h.publish(two, "1 new, 1 changed, 0 same, 0 older, 1 deleted, 0 rejected")
}

func TestAnErrorBeforeTheCommitLeavesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	b, fenced := batchOf(two), fault.New(fault.Fenced, "a newer attempt has taken over")
	b.BeforeCommit = func(context.Context, warehouse.Publication, []int64) error { return fenced }
	if _, err := h.writer.Publish(t.Context(), b, stage(t, h.scratch, two)); !fault.Is(err, fault.Fenced) {
		t.Errorf("got %v, want the error of BeforeCommit", err)
	}
	if got := everything(t, h.pool); len(got) > 0 {
		t.Errorf("left: %q", got)
	}
}

// stuck is a source that writes some bytes and then waits, as a staging server that hangs does.
type stuck struct {
	*scratch
	table   string
	waiting func()
	rude    bool // does not look at ctx, only at the writer
}

func (s *stuck) CopyOut(ctx context.Context, table string, w io.Writer) error {
	if table != s.table {
		return s.scratch.CopyOut(ctx, table, w)
	}
	if _, err := w.Write([]byte("PGCOPY\n\xff\r\n\x00")); err != nil {
		return err
	}
	s.waiting()
	if s.rude {
		for {
			if _, err := w.Write(make([]byte, 8)); err != nil {
				return err
			}
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func TestACancelledPublicationEndsAtOnceAndLeavesNoGoroutine(t *testing.T) {
	h := open(t)
	s := stage(t, h.scratch, two)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}, {student: "C", score: 1500}}}, "2 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	before := everything(t, h.pool)
	for _, rude := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := h.writer.Publish(ctx, batchOf(two), &stuck{scratch: s, table: "outcome", waiting: cancel, rude: rude})
		if err == nil {
			t.Error("published although it was cancelled")
		}
	}
	// A goroutine that is just returning may still be listed for a moment.
	for deadline := time.Now().Add(5 * time.Second); ; runtime.Gosched() {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !strings.Contains(string(stacks), "warehouse.copyStaged") {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("a goroutine is left:\n%s", stacks)
			break
		}
	}
	if diff := cmp.Diff(before, everything(t, h.pool)); diff != "" {
		t.Errorf("something is left (-before +after):\n%s", diff)
	}
}

func TestASourceThatFailsIsNamed(t *testing.T) {
	t.Parallel()
	h := open(t)
	s := stage(t, h.scratch, two)
	if _, err := h.scratch.Exec(t.Context(), "drop table "+s.schema+".student"); err != nil {
		t.Fatal(err)
	}
	_, err := h.writer.Publish(t.Context(), batchOf(two), s)
	if err == nil || !strings.Contains(err.Error(), "read staged student") || errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v, want an error that names the table", err)
	}
}

func TestPublicationsAtTheSameTimeTakeTurns(t *testing.T) {
	t.Parallel()
	h := open(t)
	var wg sync.WaitGroup
	versions := make([]int, 6)
	for i := range versions {
		d := delivery{id: int32(i/2 + 1), assessment: math7, rows: []row{{student: "A", score: int16(1500 + i/2)}, {student: string(rune('B' + i/2)), score: 1500}}}
		s := stage(t, h.scratch, d) // each batch twice, as when a worker is thought dead and is not
		wg.Go(func() {
			p, err := h.writer.Publish(t.Context(), batchOf(d), s)
			if err != nil {
				t.Error(err)
			}
			versions[i] = p.Version
		})
	}
	wg.Wait()
	seen := map[int]int{}
	for i := 0; i < len(versions); i += 2 {
		if versions[i] != versions[i+1] {
			t.Errorf("batch %d got versions %d and %d", i/2+1, versions[i], versions[i+1])
		}
		seen[versions[i]]++
	}
	if len(seen) != 3 || seen[1] != 1 || seen[2] != 1 || seen[3] != 1 {
		t.Errorf("versions %d, want each of 1, 2 and 3 for one batch", versions)
	}
	if got := strings.Join(h.outcomes(3), "\n"); len(h.outcomes(3)) != 4 || !strings.Contains(got, ",7,1502,") {
		t.Errorf("the results are\n%s\nwant four, that of A from batch 3", got)
	}
}
