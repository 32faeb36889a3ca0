package population

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
)

// oracle counts by walking over all results of a world.
type oracle struct{ *world }

func (o oracle) Counts(_ context.Context, version int, q report.CountQuestion) ([]report.Count, error) {
	return o.answer(version, q).Counts, nil
}

func (o oracle) Interim(_ context.Context, version int, q report.CountQuestion) ([]report.Presence, error) {
	return o.answer(version, q).Presences, nil
}

func (o oracle) NotStated(_ context.Context, version int, q report.CountQuestion) (report.NotStatedCounts, error) {
	return o.answer(version, q).NotStated, nil
}

// drawTableQuestion asks for everything of a version, with pairs now and then.
func (w *world) drawTableQuestion(r *rand.Rand) TableQuestion {
	p := disclosure.DefaultPolicy()
	p.Attributes = append(p.Attributes, disclosure.Complete)
	if r.IntN(3) == 0 {
		p.Hub = p.Attributes[r.IntN(len(p.Attributes))]
	}
	return TableQuestion{Version: 1 + r.IntN(w.versions), Year: 2026, Policy: p, Subjects: []disclosure.SubjectLevels{{Subject: edu.Math, Levels: 5}, {Subject: edu.ELA, Levels: 5}}}
}

func TestTheTableOfTheIndexIsThatOfAPlainWalk(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds(60) {
		r := rand.New(rand.NewPCG(seed, 8))
		w := drawWorld(r, drawSize(r))
		q := w.drawTableQuestion(r)
		got, err := w.built(t, q.Version).table(q)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, err := TableBy(t.Context(), oracle{w}, q)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := got.Check(); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if !bytes.Equal(got.Encode(), want.Encode()) {
			t.Fatalf("seed %d, %+v: the index has %v in %d rows, grades %v; a plain walk %v in %d, grades %v", seed, q, got.Subjects, len(got.Rows), got.Catalogue.Grades(), want.Subjects, len(want.Rows), want.Catalogue.Grades())
		}
	}
}

func TestTheTableOfTheIndexIsThatOfSQL(t *testing.T) {
	t.Parallel()
	reader, owner := testReader(t)
	sql := report.SQLCounter(reader)
	for _, seed := range seeds(4) {
		r := rand.New(rand.NewPCG(seed, 9))
		w := drawWorld(r, drawSize(r))
		if err := w.store(t.Context(), owner, w.versions); err != nil {
			t.Fatal(err)
		}
		q := w.drawTableQuestion(r)
		q.Policy.Hub = disclosure.NoAttribute                                   // as many questions as are cheap
		got, err := New(Config{Reader: reader, SQL: sql}).Table(t.Context(), q) // an index that holds nothing passes on to SQL
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, err := w.built(t, q.Version).table(q)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !bytes.Equal(got.Encode(), want.Encode()) {
			t.Fatalf("seed %d, %+v: the index and SQL differ", seed, q)
		}
	}
}

func TestAResultAboveTheLevelsOfItsSubjectIsAnErrorNotALevelLess(t *testing.T) {
	t.Parallel()
	b := newBuilding()
	b.add(place{branch{2026, edu.Math}, 1, 1}, profile(5)<<fields[level].shift)
	s, err := b.snapshot(1)
	if err != nil {
		t.Fatal(err)
	}
	q := TableQuestion{Version: 1, Year: 2026, Policy: disclosure.DefaultPolicy(), Subjects: []disclosure.SubjectLevels{{Subject: edu.Math, Levels: 4}}}
	if _, err := s.table(q); err == nil {
		t.Error("got no error")
	}
}
