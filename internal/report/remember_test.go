package report

import (
	"context"
	"sync"
	"testing"

	"scorehouse/internal/edu"
)

// tellsVersion is a Counter whose answers say which version was asked and how often it was asked at all.
type tellsVersion struct {
	*world
	mu    sync.Mutex
	asked int
}

func (c *tellsVersion) Counts(_ context.Context, version int, q CountQuestion) ([]Count, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	return []Count{{Part: version, Level: int(q.Year), Students: len(q.Filters.Sexes)}}, nil
}

func TestAnswersAreRememberedWithinTheirVersionAndQuestion(t *testing.T) {
	t.Parallel()
	source := &tellsVersion{}
	r := Remember(source)
	ask := func(version int, year edu.AcademicYear, sexes ...edu.Sex) {
		t.Helper()
		got, err := r.Counts(t.Context(), version, CountQuestion{Year: year, Filters: Filters{Sexes: sexes}})
		if err != nil || got[0] != (Count{Part: version, Level: int(year), Students: len(sexes)}) {
			t.Errorf("version %d, year %d: %v, %v", version, year, got, err)
		}
	}
	for _, step := range []struct {
		version int
		year    edu.AcademicYear
		sexes   []edu.Sex
		asked   int
	}{
		{0, 2026, nil, 1}, {1, 2026, nil, 2}, {1, 2026, nil, 2}, {1, 2025, nil, 3}, {1, 2026, []edu.Sex{edu.Male}, 4}, {1, 2026, nil, 4},
		{2, 2026, nil, 5}, {1, 2025, nil, 6}, {2, 2026, nil, 6}, // what was known of an older version is gone
	} {
		ask(step.version, step.year, step.sexes...)
		if source.asked != step.asked {
			t.Errorf("after version %d, year %d the counter was asked %d times, want %d", step.version, step.year, source.asked, step.asked)
		}
	}
}

func TestAnswersCanBeRecalledAtOnce(t *testing.T) {
	t.Parallel()
	r := Remember(&tellsVersion{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 50 {
				got, err := r.Counts(t.Context(), 1+n/10, CountQuestion{Year: edu.AcademicYear(i % 2)})
				if err != nil || got[0].Part != 1+n/10 {
					t.Errorf("%v, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}
