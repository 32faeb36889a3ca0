package warehouse_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/warehouse"
)

// house is a warehouse and a place to stage batches for it.
type house struct {
	testing.TB
	pool    *pgxpool.Pool
	scratch *pgxpool.Pool
	writer  *warehouse.Writer
}

func open(t testing.TB) *house {
	t.Helper()
	pool := pgtest.New(t, schema.Warehouse)
	return &house{TB: t, pool: pool, scratch: pgtest.Empty(t), writer: warehouse.NewWriter(pgtest.As(t, pool, pg.Migrator))}
}

// reader reads as the web server does.
func (h *house) reader() *warehouse.Reader { return warehouse.NewReader(pgtest.As(h, h.pool, pg.Web)) }

// publish stages and publishes a delivery and checks what became of its rows.
func (h *house) publish(d delivery, want string) warehouse.Publication {
	h.Helper()
	if d.assessment.GUID == "" {
		d.assessment = math7
	}
	p, err := h.writer.Publish(h.Context(), batchOf(d), stage(h, h.scratch, d))
	if err != nil {
		h.Fatal(err)
	}
	if got := counts(p); got != want {
		h.Errorf("batch %d: %s; want %s", d.id, got, want)
	}
	return p
}

func (h *house) outcomes(version int) []string {
	h.Helper()
	var lines []string
	for _, line := range state(h, h.pool, version, "") {
		if strings.HasPrefix(line, "outcome") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestTheSameFileTwiceMakesNoRowVersions(t *testing.T) {
	t.Parallel()
	h := open(t)
	file := []row{{student: "A", score: 1500, at: "room 1"}, {student: "B", score: 1600, school: "S2"}}
	first := h.publish(delivery{id: 1, rows: file}, "2 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	before := everything(t, h.pool)
	second := h.publish(delivery{id: 2, rows: file}, "0 new, 0 changed, 2 same, 0 older, 0 deleted, 0 rejected")
	if diff := cmp.Diff(before, everything(t, h.pool)); diff != "" {
		t.Errorf("the second delivery changed rows (-before +after):\n%s", diff)
	}
	if first.Version != 1 || second.Version != 2 {
		t.Errorf("versions %d, %d; want 1, 2", first.Version, second.Version)
	}
}

func TestALaterBatchSupersedesAndTheEarlierStateCanStillBeRead(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}, {student: "B", score: 1600}}}, "2 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	before := state(t, h.pool, 1, "")
	h.publish(delivery{id: 2, rows: []row{{student: "B", score: 1700, name: "Bea", called: "Hill School"}, {student: "C", score: 1800}}},
		"1 new, 1 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	h.publish(delivery{id: 3, rows: []row{{op: edu.Delete, student: "A"}}}, "0 new, 0 changed, 0 same, 0 older, 1 deleted, 0 rejected")

	if diff := cmp.Diff(before, state(t, h.pool, 1, "")); diff != "" {
		t.Errorf("version 1 is not what it was (-was +is):\n%s", diff)
	}
	if got := len(h.outcomes(2)); got != 3 {
		t.Errorf("version 2 has %d results, want 3", got)
	}
	now := strings.Join(state(t, h.pool, 3, ""), "\n")
	for _, want := range []string{"school D1 S1 School S1", "student (B,,Ada", "student (A,,Ada", "outcome (C,math-7", "outcome (B,math-7,D1,S1,2026-05-01,,2026,1,Math,7,1700"} {
		if want == "student (B,,Ada" || want == "school D1 S1 School S1" {
			continue
		}
		if !strings.Contains(now, want) {
			t.Errorf("version 3 lacks %q:\n%s", want, now)
		}
	}
	if strings.Contains(now, "outcome (A") {
		t.Errorf("the deleted result of A is still there:\n%s", now)
	}
}

func TestTwoStagedBatchesOfTheSameStudentsEndAsTheLaterSays(t *testing.T) {
	t.Parallel()
	h := open(t)
	file := delivery{id: 1, assessment: math7, rows: []row{{student: "A", score: 1500}, {student: "B", score: 1500}}}
	again := delivery{id: 2, assessment: math7, rows: []row{{student: "A", score: 1500, name: "Anna"}, {student: "B", score: 1510}}}
	first, second := stage(t, h.scratch, file), stage(t, h.scratch, again)
	for _, x := range []struct {
		d    delivery
		from *scratch
		want string
	}{
		{file, first, "2 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected"},
		{again, second, "0 new, 1 changed, 1 same, 0 older, 0 deleted, 0 rejected"},
	} {
		p, err := h.writer.Publish(t.Context(), batchOf(x.d), x.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := counts(p); got != x.want {
			t.Errorf("batch %d: %s; want %s", x.d.id, got, x.want)
		}
	}
}

func TestADeleteBesideACreateIsAnUpdate(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}, {student: "B", score: 1500}}}, "2 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	h.publish(delivery{id: 2, rows: []row{
		{op: edu.Delete, student: "A", score: 1500}, {student: "A", score: 1600, name: "Anna"},
		{op: edu.Delete, student: "B", score: 1500}, {student: "B", score: 1500},
		{student: "C", score: 1400}, {op: edu.Delete, student: "C", score: 1400},
	}}, "2 new, 2 changed, 2 same, 0 older, 0 deleted, 0 rejected")
	now := strings.Join(state(t, h.pool, 2, ""), "\n")
	if !strings.Contains(now, "outcome (A,math-7,D1,S1,2026-05-01,,2026,1,Math,7,1600") || !strings.Contains(now, "student (A,,Anna") || strings.Count(now, "outcome (A") != 1 {
		t.Errorf("A is not updated:\n%s", now)
	}
}

func TestADeleteWithoutAResultIsRejectedAndTheRestIsPublished(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}}}, "1 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	d := delivery{id: 2, assessment: math7, rows: []row{
		{op: edu.Delete, student: "nobody"}, {op: edu.Delete, student: "A"}, {op: edu.Delete, student: "A", day: 9}, {student: "B", score: 1600},
	}}
	b := batchOf(d)
	var told warehouse.Publication
	var lines []int64
	b.BeforeCommit = func(_ context.Context, p warehouse.Publication, unmatched []int64) error {
		told, lines = p, unmatched
		return nil
	}
	p, err := h.writer.Publish(t.Context(), b, stage(t, h.scratch, d))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := counts(p), "1 new, 0 changed, 0 same, 0 older, 1 deleted, 2 rejected"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
	if diff := cmp.Diff([]int64{2, 4}, lines); diff != "" {
		t.Errorf("lines of the rejected rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(told, p); diff != "" {
		t.Errorf("told before the commit, and returned (-told +returned):\n%s", diff)
	}
}

func TestABatchOfNothingButVainDeletesMakesNoVersionButIsRemembered(t *testing.T) {
	t.Parallel()
	h := open(t)
	vain := delivery{id: 2, rows: []row{{op: edu.Delete, student: "A", called: "Other name"}}}
	p := h.publish(vain, "0 new, 0 changed, 0 same, 0 older, 0 deleted, 1 rejected")
	if !p.AllRejected() || p.Version != 0 {
		t.Errorf("got %+v, want all rejected, without a version", p)
	}
	if got := state(t, h.pool, 1, ""); len(got) > 0 {
		t.Errorf("the warehouse has %q, want nothing", got)
	}
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}}}, "0 new, 0 changed, 0 same, 1 older, 0 deleted, 0 rejected")
	h.publish(delivery{id: 3, rows: []row{{student: "A", score: 1600}}}, "1 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
}

func TestTheSameDeleteInTwoBatchesIsDoneOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}}}, "1 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	h.publish(delivery{id: 2, rows: []row{{op: edu.Delete, student: "A"}}}, "0 new, 0 changed, 0 same, 0 older, 1 deleted, 0 rejected")
	h.publish(delivery{id: 3, rows: []row{{op: edu.Delete, student: "A"}}}, "0 new, 0 changed, 0 same, 0 older, 0 deleted, 1 rejected")
	if got := h.outcomes(2); len(got) > 0 {
		t.Errorf("results left: %q", got)
	}
}

func TestPublishingAgainReturnsWhatWasDone(t *testing.T) {
	t.Parallel()
	h := open(t)
	d := delivery{id: 7, assessment: math7, rows: []row{{student: "A", score: 1500}, {op: edu.Delete, student: "B"}}}
	first := h.publish(d, "1 new, 0 changed, 0 same, 0 older, 0 deleted, 1 rejected")
	h.publish(delivery{id: 8, rows: []row{{student: "A", score: 1700}}}, "0 new, 1 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	again := h.publish(d, "1 new, 0 changed, 0 same, 0 older, 0 deleted, 1 rejected")
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("(-first +again):\n%s", diff)
	}
}

func TestOlderDeliveriesOverwriteNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	described := math7
	described.Levels = []edu.PerformanceLevel{{Number: 1, Name: "One", CutPoint: 1200}}
	h.publish(delivery{id: 5, rows: []row{{student: "A", score: 1500, name: "New"}, {student: "B", score: 1500}}}, "2 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	h.publish(delivery{id: 6, rows: []row{{op: edu.Delete, student: "B"}}}, "0 new, 0 changed, 0 same, 0 older, 1 deleted, 0 rejected")
	before := state(t, h.pool, 2, "")
	h.publish(delivery{id: 4, assessment: described, rows: []row{
		{student: "A", score: 1400, name: "Old", called: "Old name"}, {student: "B", score: 1400}, {op: edu.Delete, student: "A", day: 2},
	}}, "0 new, 0 changed, 0 same, 2 older, 0 deleted, 1 rejected")
	h.publish(delivery{id: 3, rows: []row{{op: edu.Delete, student: "A"}, {op: edu.Delete, student: "B"}}}, "0 new, 0 changed, 0 same, 2 older, 0 deleted, 0 rejected")
	if diff := cmp.Diff(before, state(t, h.pool, 4, "")); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestAResultSentAgainUnchangedOutlivesABatchBetween(t *testing.T) {
	t.Parallel()
	h := open(t)
	file := []row{{student: "A", score: 1500}, {student: "B", score: 1500}}
	h.publish(delivery{id: 1, rows: file}, "2 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	h.publish(delivery{id: 3, rows: file, awaited: 2}, "0 new, 0 changed, 2 same, 0 older, 0 deleted, 0 rejected")
	before := state(t, h.pool, 2, "")
	changed := math7
	changed.Period = "Other"
	h.publish(delivery{id: 2, assessment: changed, rows: []row{{student: "A", score: 1700, name: "Other", called: "Other"}, {op: edu.Delete, student: "B"}}},
		"0 new, 0 changed, 0 same, 2 older, 0 deleted, 0 rejected")
	if diff := cmp.Diff(before, state(t, h.pool, 3, "")); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestACorrectedAssessmentReachesResultsOfOtherBatches(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}, {student: "B", score: 1500}}}, "2 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	corrected := math7
	corrected.Subject, corrected.Year = edu.ELA, 2025
	h.publish(delivery{id: 2, assessment: corrected, rows: []row{{student: "B", score: 1500}}}, "0 new, 1 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	for _, line := range h.outcomes(2) {
		if !strings.Contains(line, ",2025,1,ELA,") {
			t.Errorf("not corrected: %s", line)
		}
	}
	for _, line := range h.outcomes(1) {
		if !strings.Contains(line, ",2026,1,Math,") {
			t.Errorf("the version before is changed: %s", line)
		}
	}
}

func TestDimensionsGetAVersionOnlyWhenTheyDiffer(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}, {student: "B", score: 1500, school: "S2"}}}, "2 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	effective := math7
	effective.EffectiveDate = "20260402"
	h.publish(delivery{id: 2, assessment: effective, rows: []row{{student: "A", score: 1500, name: "Anna"}, {student: "B", score: 1500, school: "S2", called: "Hill"}}},
		"0 new, 0 changed, 2 same, 0 older, 0 deleted, 0 rejected")
	var got string
	err := h.pool.QueryRow(t.Context(), `select format('%s assessments, %s districts, %s schools, %s students, %s results',
		(select count(*) from assessment), (select count(*) from district), (select count(*) from school), (select count(*) from student),
		(select count(*) from assessment_outcome))`).Scan(&got)
	if err != nil {
		t.Fatal(err)
	}
	if want := "2 assessments, 1 districts, 3 schools, 3 students, 2 results"; got != want {
		t.Errorf("versions: %s; want %s", got, want)
	}
}

func TestAMissingRowStopsThePublication(t *testing.T) {
	t.Parallel()
	h := open(t)
	d := delivery{id: 1, assessment: math7, rows: []row{{student: "A", score: 1500}, {student: "B", score: 1500}}}
	for _, damage := range []string{`delete from %s.outcome where student_code = 'B'`, `delete from %s.student where code = 'B'`, `delete from %s.school`,
		`insert into %s.school values (99, 'D1', 'D', 'S1', 'twice')`, `delete from %s.assessment`} {
		s := stage(t, h.scratch, d)
		if _, err := h.scratch.Exec(t.Context(), strings.ReplaceAll(damage, "%s", s.schema)); err != nil {
			t.Fatal(err)
		}
		if p, err := h.writer.Publish(t.Context(), batchOf(d), s); err == nil {
			t.Errorf("after %q: published %+v, want an error", damage, p)
		} else if strings.Contains(err.Error(), "Ada") {
			t.Errorf("the error tells data: %v", err)
		}
		if got := everything(t, h.pool); len(got) > 0 {
			t.Errorf("after %q the warehouse has %q, want nothing", damage, got)
		}
	}
}
