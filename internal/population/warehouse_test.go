package population

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/report"
	"scorehouse/internal/schema"
	"scorehouse/internal/warehouse"
)

// store makes the warehouse hold the world up to a version and nothing else: what it holds after that publication.
func (w *world) store(ctx context.Context, pool *pgxpool.Pool, version int) error {
	if _, err := pool.Exec(ctx, `delete from publication; delete from assessment_outcome; delete from assessment`); err != nil {
		return err
	}
	var rows, publications, tests [][]any
	for i, a := range assessments {
		tests = append(tests, []any{i + 1, fmt.Sprintf("guid-%d", i+1), a.kind, string(a.subject), a.year, "1", time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), 1200, 2400,
			[]string{}, []int16{}, []int16{}, []string{}, []int16{}, []int16{}, []string{}, 1, 1})
	}
	for _, r := range w.results {
		if r.from > version {
			continue
		}
		var level *int16
		if r.level > 0 {
			level = &r.level
		}
		to := r.to
		if to > version {
			to = forever
		}
		rows = append(rows, []any{r.student, r.assessment, w.district(r), r.school, r.batch, r.from, to, time.Date(2026, 5, r.day, 0, 0, 0, 0, time.UTC),
			r.year, r.kind, r.grade, r.grade, level, r.sex, r.ethnicity, 0, int16(r.iep), int16(r.lep), int16(r.p504), int16(r.econ), int16(r.migrant),
			int16(r.complete), r.condition, string(r.subject)})
	}
	for v := range version {
		publications = append(publications, []any{v + 1, v + 1, "publish"})
	}
	_, err := pool.CopyFrom(ctx, pgx.Identifier{"assessment"}, []string{"assessment_id", "guid", "type", "subject", "academic_year", "form_version", "effective_on",
		"score_min", "score_max", "level_names", "cut_points", "claim_numbers", "claim_names", "claim_score_min", "claim_score_max", "claim_level_names", "batch_id",
		"from_version"}, pgx.CopyFromRows(tests))
	if err != nil {
		return err
	}
	_, err = pool.CopyFrom(ctx, pgx.Identifier{"assessment_outcome"}, []string{"student_id", "assessment_id", "district_id", "school_id", "batch_id", "from_version",
		"to_version", "taken_on", "academic_year", "type", "grade", "enrolled_grade", "performance_level", "sex", "ethnicity", "race", "iep", "limited_english",
		"section_504", "economic_disadvantage", "migrant", "complete", "condition", "subject"}, pgx.CopyFromRows(rows))
	if err != nil {
		return err
	}
	_, err = pool.CopyFrom(ctx, pgx.Identifier{"publication"}, []string{"version", "batch_id", "kind"}, pgx.CopyFromRows(publications))
	return err
}

// askSQL asks plain SQL all three questions.
func askSQL(t *testing.T, c report.Counter, version int, q report.CountQuestion) answers {
	t.Helper()
	var a answers
	var err error
	if a.Counts, err = c.Counts(t.Context(), version, q); err != nil {
		t.Fatal(err)
	}
	if a.Presences, err = c.Interim(t.Context(), version, q); err != nil {
		t.Fatal(err)
	}
	if a.NotStated, err = c.NotStated(t.Context(), version, q); err != nil {
		t.Fatal(err)
	}
	a.sort()
	return a
}

func TestAnIndexOfAnOlderVersionCanBeBuiltToo(t *testing.T) {
	t.Parallel()
	reader, owner := testReader(t)
	for _, seed := range seeds(15) {
		r := rand.New(rand.NewPCG(seed, 7))
		size := drawSize(r)
		size.publishes += 2
		w := drawWorld(r, size)
		if err := w.store(t.Context(), owner, w.versions); err != nil {
			t.Fatal(err)
		}
		for version := 1; version <= w.versions; version++ {
			got, err := source{reader}.build(t.Context(), version)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if d := difference(w.built(t, version).contents(), got.contents()); d != "" {
				t.Fatalf("seed %d, version %d of %d (-oracle +built):\n%s", seed, version, w.versions, d)
			}
		}
	}
}

// testReader returns a reader as the web server has it, and the owner's pool.
func testReader(t *testing.T) (*warehouse.Reader, *pgxpool.Pool) {
	t.Helper()
	owner := pgtest.New(t, schema.Warehouse)
	return warehouse.NewReader(pgtest.As(t, owner, pg.Web)), owner
}

func TestTheIndexOfAWarehouseFollowsItsPublicationsAndCountsWhatSQLCounts(t *testing.T) {
	t.Parallel()
	reader, owner := testReader(t)
	sql := report.SQLCounter(reader)
	for _, seed := range seeds(40) {
		r := rand.New(rand.NewPCG(seed, 6))
		size := drawSize(r)
		size.publishes += 2
		w := drawWorld(r, size)
		var followed *snapshot
		for version := 1; version <= w.versions; version++ {
			if err := w.store(t.Context(), owner, version); err != nil {
				t.Fatal(err)
			}
			anew, err := source{reader}.build(t.Context(), version)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if followed == nil {
				followed = anew
			}
			if version < w.versions && r.IntN(3) == 0 {
				continue // the next publication comes before the index looks
			}
			if followed.version < version {
				if followed, err = (source{reader}).follow(t.Context(), followed, version); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
			if d := difference(anew.contents(), followed.contents()); d != "" {
				t.Fatalf("seed %d, version %d (-made anew +followed):\n%s", seed, version, d)
			}
			for range 5 {
				q := w.drawQuestion(r)
				want := askSQL(t, sql, version, q)
				if d := difference(want, followed.answer(q)); d != "" {
					t.Fatalf("seed %d, version %d, %+v (-SQL +index):\n%s", seed, version, q, d)
				}
				if d := difference(w.answer(version, q), want); d != "" {
					t.Fatalf("seed %d, version %d, %+v (-oracle +SQL):\n%s", seed, version, q, d)
				}
			}
		}
	}
}
