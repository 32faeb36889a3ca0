package population

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
	"scorehouse/internal/report"
)

var stateOf2026 = report.CountQuestion{Parts: report.DistrictsOfState, Year: 2026}

// fixed is a world of five publications, the same in each test.
func fixed() *world {
	r := rand.New(rand.NewPCG(11, 12))
	return drawWorld(r, size{districts: 3, schools: 2, students: 80, publishes: 5, rows: 120})
}

// indexOf returns an index, not yet built, of a warehouse that holds the world up to a version.
func indexOf(t *testing.T, w *world, version int, c Config) (*Index, *pgxpool.Pool) {
	t.Helper()
	reader, owner := testReader(t)
	if err := w.store(t.Context(), owner, version); err != nil {
		t.Fatal(err)
	}
	c.Reader, c.SQL = reader, report.SQLCounter(reader)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return New(c), owner
}

// check asks the index all three questions and compares with the oracle.
func (x *Index) check(t *testing.T, w *world, version int, q report.CountQuestion) {
	t.Helper()
	if d := difference(w.answer(version, q), askSQL(t, x, version, q)); d != "" {
		t.Errorf("version %d, %+v (-oracle +index):\n%s", version, q, d)
	}
}

func (x *Index) refresh(t *testing.T) Stats {
	t.Helper()
	if err := x.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	return x.Stats()
}

func TestSQLAnswersUntilTheIndexIsBuiltAndAboutVersionsItDoesNotHold(t *testing.T) {
	t.Parallel()
	w := fixed()
	x, _ := indexOf(t, w, 3, Config{})
	x.check(t, w, 3, stateOf2026)
	if s := x.Stats(); s.Answered != 0 || s.PassedOn != 3 || s.Version != 0 {
		t.Errorf("before the build: %+v, want 3 questions passed on", s)
	}
	x.refresh(t)
	x.check(t, w, 3, stateOf2026)
	x.check(t, w, 2, stateOf2026)
	if s := x.Stats(); s.Answered != 3 || s.PassedOn != 6 || s.Version != 3 || s.Build.Times != 1 {
		t.Errorf("after the build: %+v, want 3 questions answered and 6 passed on", s)
	}
}

func TestAnOlderVersionIsHeldForPagesThatBeganBefore(t *testing.T) {
	t.Parallel()
	w := fixed()
	x, owner := indexOf(t, w, 3, Config{Keep: time.Hour})
	x.refresh(t)
	for _, version := range []int{4, 5} {
		if err := w.store(t.Context(), owner, version); err != nil {
			t.Fatal(err)
		}
		x.refresh(t)
	}
	for _, version := range []int{3, 4, 5} {
		x.check(t, w, version, stateOf2026)
	}
	if s := x.Stats(); s.Held != 3 || s.PassedOn != 0 || s.Follow.Times != 2 {
		t.Errorf("got %+v, want 3 versions held, 2 of them followed, and no question passed on", s)
	}
	x.config.Keep = 1
	if s := x.refresh(t); s.Held != 1 || s.Version != 5 {
		t.Errorf("after their time: %+v, want version 5 alone", s)
	}
}

func TestAQuestionAboutAVersionJustPublishedWaitsForIt(t *testing.T) {
	t.Parallel()
	w := fixed()
	x, owner := indexOf(t, w, 3, Config{Every: time.Hour, Patience: time.Minute})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { x.Run(ctx) })
	defer running.Wait()
	defer stop()
	for {
		round := x.nextRound() // before the look, so that none is missed
		if x.Stats().Version > 0 {
			break
		}
		select {
		case <-round:
		case <-time.After(30 * time.Second):
			t.Fatal("the index is not built")
		}
	}
	if err := w.store(t.Context(), owner, 4); err != nil {
		t.Fatal(err)
	}
	x.check(t, w, 4, stateOf2026)
	if s := x.Stats(); s.PassedOn != 0 || s.Version != 4 {
		t.Errorf("got %+v, want no question passed on", s)
	}
}

// nextRound returns what is closed when the next attempt ends.
func (x *Index) nextRound() chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.round
}

func TestAQuestionDoesNotWaitLongerThanItsPatience(t *testing.T) {
	t.Parallel()
	w := fixed()
	x, owner := indexOf(t, w, 3, Config{Patience: time.Millisecond})
	x.refresh(t) // and nobody does it again
	if err := w.store(t.Context(), owner, 4); err != nil {
		t.Fatal(err)
	}
	x.check(t, w, 4, stateOf2026)
	if s := x.Stats(); s.PassedOn != 3 {
		t.Errorf("got %+v, want 3 questions passed on", s)
	}
}

func TestAnIndexThatWentWrongIsBuiltAnew(t *testing.T) {
	t.Parallel()
	w := fixed()
	var log bytes.Buffer
	x, owner := indexOf(t, w, 4, Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
	other := &world{schools: []int32{1}}
	wrong := other.built(t, 4) // nothing counts in it
	x.held.Store(&[]held{{snapshot: wrong}})
	if err := w.store(t.Context(), owner, 5); err != nil {
		t.Fatal(err)
	}
	if s := x.refresh(t); s.Build.Times != 1 || s.Follow.Times != 0 {
		t.Errorf("got %+v, want a build", s)
	}
	x.check(t, w, 5, stateOf2026)
	if !strings.Contains(log.String(), "building anew") {
		t.Errorf("the log does not tell: %s", log.String())
	}
}

func TestAValueWithoutRoomLeavesTheAnswersToSQL(t *testing.T) {
	t.Parallel()
	w := fixed()
	x, owner := indexOf(t, w, 3, Config{})
	if _, err := owner.Exec(t.Context(), `update assessment_outcome set iep = 9 where ctid in (select ctid from assessment_outcome where type = 1 and condition = 0 limit 40)`); err != nil {
		t.Fatal(err)
	}
	err := x.Refresh(t.Context())
	if !errors.Is(err, errNoRoom) {
		t.Errorf("got %v, want that a value has no room", err)
	}
	if err != nil && strings.Contains(err.Error(), "9") {
		t.Errorf("the error tells the value: %v", err)
	}
	if _, err := x.Counts(t.Context(), 3, stateOf2026); err != nil {
		t.Errorf("SQL does not answer: %v", err)
	}
}

func TestVersionsAreSwappedWhileQuestionsAreAsked(t *testing.T) {
	t.Parallel()
	w := fixed()
	x, owner := indexOf(t, w, 1, Config{Keep: time.Hour})
	x.refresh(t)
	want := map[int][]report.Count{}
	for version := 1; version <= 5; version++ {
		want[version] = w.answer(version, stateOf2026).Counts
	}
	done := make(chan struct{})
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				version := (*x.held.Load())[0].version
				got, err := x.Counts(t.Context(), version, stateOf2026)
				a := answers{Counts: got}
				a.sort()
				if err != nil || !slices.Equal(a.Counts, want[version]) {
					t.Errorf("version %d: got %v, %v, want %v", version, a.Counts, err, want[version])
					return
				}
			}
		})
	}
	for version := 2; version <= 5; version++ {
		if err := w.store(t.Context(), owner, version); err != nil {
			t.Fatal(err)
		}
		x.refresh(t)
	}
	close(done)
	asking.Wait()
}

func TestAYearIsComparedWithTheOneBefore(t *testing.T) {
	t.Parallel()
	w := fixed()
	x, _ := indexOf(t, w, 5, Config{})
	x.refresh(t)
	q := report.CountQuestion{Parts: report.SchoolsOfDistrict, DistrictID: 2, Year: 2026, Filters: report.Filters{IEP: []edu.Flag{edu.No}}}
	got, err := x.Changes(t.Context(), 5, q)
	if err != nil {
		t.Fatal(err)
	}
	sums := func(counts []report.Count) (n int) {
		for _, c := range counts {
			n += c.Filtered
		}
		return n
	}
	before := q
	before.Year = 2025
	wantNow, wantBefore := sums(w.answer(5, q).Counts), sums(w.answer(5, before).Counts)
	now, then := 0, 0
	for _, c := range got {
		now, then = now+c.Now, then+c.Before
	}
	if now != wantNow || then != wantBefore || now == 0 || then == 0 {
		t.Errorf("got %d now and %d before, want %d and %d", now, then, wantNow, wantBefore)
	}
	whole, err := x.Distribution(t.Context(), 5, q)
	if err != nil || sums(whole) != wantNow || slices.ContainsFunc(whole, func(n report.Count) bool { return n.Part != 0 }) {
		t.Errorf("the distribution has %v, %v, want %d students in no part", whole, err, wantNow)
	}
}

func TestASchoolInTwoDistrictsIsOnePart(t *testing.T) {
	t.Parallel()
	b := newBuilding()
	for district := range int32(2) {
		b.add(place{branch{2026, edu.Math}, district + 1, 7}, 3|2<<fields[level].shift)
		b.add(place{branch{2026, edu.Math}, district + 1, 8 + district}, 3|1<<fields[level].shift)
	}
	s, err := b.snapshot(1)
	if err != nil {
		t.Fatal(err)
	}
	got := s.answer(report.CountQuestion{Parts: report.SchoolsOfDistrict, Year: 2026}).Counts
	want := []report.Count{
		{Part: 7, Subject: edu.Math, Level: 2, Students: 2, Filtered: 2},
		{Part: 8, Subject: edu.Math, Level: 1, Students: 1, Filtered: 1},
		{Part: 9, Subject: edu.Math, Level: 1, Students: 1, Filtered: 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMemoryIsAccountedAndSharedBetweenVersions(t *testing.T) {
	t.Parallel()
	w := fixed()
	x, _ := indexOf(t, w, 5, Config{})
	s := x.refresh(t)
	results, bytes := 0, 0
	for _, y := range s.Years {
		results += y.Results
		bytes += y.Bytes
	}
	if want := len(w.counted(5)); results != want || bytes != s.Bytes || bytes == 0 {
		t.Errorf("got %d results and %d of %d bytes, want %d results and all bytes", results, bytes, s.Bytes, want)
	}
	same, err := (*x.held.Load())[0].after(6, newChanges())
	if err != nil {
		t.Fatal(err)
	}
	x.held.Store(&[]held{{snapshot: same}, (*x.held.Load())[0]})
	if again := x.Stats(); again.Bytes >= s.Bytes*3/2 {
		t.Errorf("two equal versions take %d bytes, one %d", again.Bytes, s.Bytes)
	}
}
