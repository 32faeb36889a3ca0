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

func TestTheTableOfSQLIsThatOfAPlainWalk(t *testing.T) {
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
		q.Policy.Hub = disclosure.NoAttribute // as many questions as are cheap
		got, err := TableBy(t.Context(), sql, q)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, err := TableBy(t.Context(), oracle{w}, q)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !bytes.Equal(got.Encode(), want.Encode()) {
			t.Fatalf("seed %d, %+v: SQL and a plain walk differ", seed, q)
		}
	}
}

// given answers every question about institutions with what it is given, by district; 0 is what is asked of the whole state.
type given map[int][]report.Count

func (g given) Counts(_ context.Context, _ int, q report.CountQuestion) ([]report.Count, error) {
	if q.Parts == report.DistrictsOfState {
		return []report.Count{{Part: 1, Subject: edu.Math}, {Part: 2, Subject: edu.Math}}, nil
	}
	return g[q.DistrictID], nil
}

func (given) Interim(context.Context, int, report.CountQuestion) ([]report.Presence, error) {
	return nil, nil
}

func (given) NotStated(context.Context, int, report.CountQuestion) (report.NotStatedCounts, error) {
	return report.NotStatedCounts{}, nil
}

func TestWhatCannotBeCountedOnceIsAnErrorNotANumberLess(t *testing.T) {
	t.Parallel()
	q := TableQuestion{Version: 1, Year: 2026, Policy: disclosure.DefaultPolicy(), Subjects: []disclosure.SubjectLevels{{Subject: edu.Math, Levels: 4}}}
	school := func(id, level int) []report.Count {
		return []report.Count{{Part: id, Subject: edu.Math, Level: level, Filtered: 12}}
	}
	for name, c := range map[string]struct {
		counts given
		want   bool
	}{
		"two schools":                         {given{1: school(7, 2), 2: school(8, 2), 0: school(7, 2)}, true},
		"a school in two districts":           {given{1: school(7, 2), 2: school(7, 2), 0: school(7, 2)}, false},
		"a result above the subject's levels": {given{1: school(7, 2), 2: school(8, 2), 0: school(7, 5)}, false},
		"a result in a school of no district": {given{1: school(7, 2), 2: school(8, 2), 0: school(9, 2)}, false},
	} {
		if _, err := TableBy(t.Context(), c.counts, q); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
