package batch_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/batch"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

func setup(t *testing.T) (*batch.Store, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.New(t, schema.Control)
	if _, err := pool.Exec(t.Context(), "insert into tenant.tenant values ('tamarack', 'TK', 'State of Tamarack'), ('cedar', 'CX', 'State of Cedar')"); err != nil {
		t.Fatal(err)
	}
	return batch.NewStore(pool), pool
}

func arrival(name string) batch.Arrival {
	return batch.Arrival{
		Tenant: "tamarack", File: name, Size: 1234, Digest: strings.Repeat("ab", 32),
		StoredAs: "arrivals/tamarack/2026/" + name, Sender: "vendor",
	}
}

func register(t *testing.T, s *batch.Store, pool *pgxpool.Pool, a batch.Arrival) batch.ID {
	t.Helper()
	var id batch.ID
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) (err error) {
		id, err = s.Register(t.Context(), tx, a)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func begin(t *testing.T, s *batch.Store, id batch.ID, to batch.Status) batch.Attempt {
	t.Helper()
	a, err := s.Begin(t.Context(), id, to)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func wantStatus(t *testing.T, s *batch.Store, id batch.ID, want batch.Status) batch.Batch {
	t.Helper()
	b, err := s.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if b.Status != want {
		t.Errorf("batch %d is %s, want %s", id, b.Status, want)
	}
	if resting := want.Final() || want == batch.Failed; (b.DeadlineAt == nil) != resting {
		t.Errorf("batch %d is %s with deadline %v", id, b.Status, b.DeadlineAt)
	}
	return b
}

func wantKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if !fault.Is(err, want) {
		t.Errorf("error %v, want one of kind %s", err, want)
	}
}

func TestABatchGoesFromArrivalToPublicationAndTellsItsStory(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	ctx := t.Context()
	id := register(t, s, pool, arrival("spring.tar.gz.gpg"))
	wantStatus(t, s, id, batch.Received)

	load := begin(t, s, id, batch.Loading)
	wantStatus(t, s, id, batch.Loading)
	started := time.Now().Add(-time.Second)
	if err := s.Note(ctx, load, batch.Event{Stage: "load", Outcome: batch.OutcomeDone, Started: started, RowsIn: new(int64(10)), RowsOut: new(int64(8)), RowsRejected: new(int64(2))}); err != nil {
		t.Fatal(err)
	}
	rejects := []batch.Reject{
		{File: "spring.csv", Line: 7, Column: "ScoreMax", Code: 4002, Message: "is not a whole number"},
		{File: "spring.csv", Line: 3, Column: "Sex", Code: 4003, Message: "is not in the list of codes"},
	}
	if n, err := s.PutRejects(ctx, load, "check", slices.Values(rejects)); n != 2 || err != nil {
		t.Fatalf("stored %d rejects, %v", n, err)
	}
	enqueued := false
	err := s.Advance(ctx, load, batch.Staged, batch.Change{
		Signer: new("ABCD"), AssessmentType: new(edu.Summative), Subject: new(edu.Subject("Math")), AcademicYear: new(edu.AcademicYear(2026)),
		RowsTotal: new(int64(10)), RowsAccepted: new(int64(8)), RowsRejected: new(int64(2)), StagingSchema: new("batch_1_1"),
	}, func(context.Context, pgx.Tx) error { enqueued = true; return nil })
	if err != nil || !enqueued {
		t.Fatalf("advance: %v, enqueued: %v", err, enqueued)
	}
	move := begin(t, s, id, batch.Migrating)
	if move.Number != load.Number+1 || move.Batch.StagingSchema != "batch_1_1" {
		t.Errorf("attempt %+v", move)
	}
	if err := s.Advance(ctx, move, batch.Published, batch.Change{Version: new(5), StagingSchema: new("")}); err != nil {
		t.Fatal(err)
	}
	b := wantStatus(t, s, id, batch.Published)
	if b.StagingSchema != "" || *b.Version != 5 || *b.RowsRejected != 2 || b.Signer != "ABCD" {
		t.Errorf("batch %+v", b)
	}

	story, err := s.Story(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var stages []string
	for _, e := range story.Events {
		stages = append(stages, e.Stage)
	}
	if d := cmp.Diff([]string{"arrive", "load"}, stages); d != "" {
		t.Error(d)
	}
	if e := story.Events[1]; e.Finished.Sub(e.Started) < time.Second || *e.RowsOut != 8 || e.Attempt != 1 {
		t.Errorf("event %+v", e)
	}
	if d := cmp.Diff([]batch.CodeCount{{Stage: "check", Code: 4002, Rows: 1}, {Stage: "check", Code: 4003, Rows: 1}}, story.RejectsByCode); d != "" {
		t.Error(d)
	}
	if len(story.FirstRejects) != 2 || story.FirstRejects[0].Line != 3 || story.FirstRejects[0].Stage != "check" {
		t.Errorf("rejects %+v", story.FirstRejects)
	}
}

func TestAnOldAttemptIsRefusedOnceANewerHasBegun(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	ctx := t.Context()
	id := register(t, s, pool, arrival("a.gpg"))
	old := begin(t, s, id, batch.Loading)
	reject := batch.Reject{File: "a.csv", Line: 2, Code: 4001, Message: "is empty"}
	if _, err := s.PutRejects(ctx, old, "check", slices.Values([]batch.Reject{reject, reject})); err != nil {
		t.Fatal(err)
	}
	current := begin(t, s, id, batch.Loading)
	ran := false
	wantKind(t, s.Advance(ctx, old, batch.Staged, batch.Change{}, func(context.Context, pgx.Tx) error { ran = true; return nil }), fault.Fenced)
	if ran {
		t.Error("the old attempt's work was done in the transaction")
	}
	_, err := s.PutRejects(ctx, old, "check", slices.Values([]batch.Reject{reject}))
	wantKind(t, err, fault.Fenced)
	if n, err := s.PutRejects(ctx, current, "check", slices.Values([]batch.Reject{reject})); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	story, err := s.Story(ctx, id)
	if err != nil || len(story.FirstRejects) != 1 {
		t.Errorf("rejects %+v, %v; want only the newest attempt's one", story.FirstRejects, err)
	}
	if err := s.Advance(ctx, current, batch.Rejected, batch.Change{Code: new(3003), Reason: new("The file has no rows.")}); err != nil {
		t.Fatal(err)
	}
	if b := wantStatus(t, s, id, batch.Rejected); *b.Code != 3003 || b.Reason != "The file has no rows." {
		t.Errorf("batch %+v", b)
	}
}

func TestATransitionThatTheGraphDoesNotHaveIsAConflictAndChangesNothing(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	ctx := t.Context()
	id := register(t, s, pool, arrival("a.gpg"))
	_, err := s.Begin(ctx, id, batch.Migrating)
	wantKind(t, err, fault.Conflict)
	a := begin(t, s, id, batch.Loading)
	wantKind(t, s.Advance(ctx, a, batch.Published, batch.Change{}), fault.Conflict)
	broken := errors.New("queue is down")
	if err := s.Advance(ctx, a, batch.Staged, batch.Change{}, func(context.Context, pgx.Tx) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the transaction's work", err)
	}
	wantStatus(t, s, id, batch.Loading)
	_, err = s.Begin(ctx, 99, batch.Loading)
	wantKind(t, err, fault.NotFound)
	_, err = s.Get(ctx, 99)
	wantKind(t, err, fault.NotFound)
	_, err = s.Story(ctx, 99)
	wantKind(t, err, fault.NotFound)
}

func TestListingNarrowsByTenantAndStatusAndPrintsTheFieldsThatMachinesRead(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	ctx := t.Context()
	first := register(t, s, pool, arrival("first.gpg"))
	other := arrival("other.gpg")
	other.Tenant = "cedar"
	register(t, s, pool, other)
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := s.RegisterRejected(ctx, tx, arrival("notes.txt"), 3010, "The name must end in .gpg.")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.List(ctx, batch.Filter{Tenant: "tamarack"})
	if err != nil || len(list) != 2 || list[0].File != "notes.txt" || list[1].ID != first {
		t.Fatalf("list %+v, %v; want the tenant's two, newest first", list, err)
	}
	if list, err := s.List(ctx, batch.Filter{Status: batch.Rejected}); err != nil || len(list) != 1 || *list[0].Code != 3010 {
		t.Errorf("rejected: %+v, %v", list, err)
	}
	if list, err := s.List(ctx, batch.Filter{Limit: 1}); err != nil || len(list) != 1 {
		t.Errorf("limited: %+v, %v", list, err)
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	var machine []map[string]any
	if err := json.Unmarshal(text, &machine); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"id", "tenant", "file", "digest", "sender", "status", "rows_total", "rows_accepted", "rows_rejected"} {
		if _, ok := machine[0][field]; !ok {
			t.Errorf("no field %s in %s", field, text)
		}
	}
	if machine[0]["assessment_type"] != "" {
		t.Errorf("assessment_type %v, want a word", machine[0]["assessment_type"])
	}
}

func TestNoTwoBatchesKeepTheirInputUnderOneName(t *testing.T) {
	t.Parallel()
	s, pool := setup(t)
	id := register(t, s, pool, arrival("a.gpg"))
	err := pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error {
		found, ok, err := s.Registered(t.Context(), tx, "arrivals/tamarack/2026/a.gpg")
		if !ok || found != id || err != nil {
			t.Errorf("registered: %d, %v, %v", found, ok, err)
		}
		if _, ok, err := s.Registered(t.Context(), tx, "arrivals/tamarack/2026/b.gpg"); ok || err != nil {
			t.Errorf("registered: %v, %v", ok, err)
		}
		_, err = s.Register(t.Context(), tx, arrival("a.gpg"))
		return err
	})
	if err == nil {
		t.Error("the second batch was registered")
	}
}
