package staging_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/staging"
)

var columns = staging.Columns{
	Outcome: strings.Split("line operation student_code school_number taken_on grade enrolled_grade sex ethnicity race iep limited_english section_504 economic_disadvantage migrant complete condition", " "),
	Student: []string{"line", "code", "sex"},
}

// tuple makes a tuple of binary COPY of 4-byte, 2-byte and text values.
func tuple(values ...any) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(values)))
	for _, v := range values {
		var field []byte
		switch v := v.(type) {
		case int32:
			field = binary.BigEndian.AppendUint32(nil, uint32(v))
		case int16:
			field = binary.BigEndian.AppendUint16(nil, uint16(v))
		case string:
			field = []byte(v)
		}
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(field))), field...)
	}
	return b
}

func outcome(line int32, student string) []byte {
	values := []any{line, int16(edu.Create), student, int32(1), int32(9000)}
	for range 12 {
		values = append(values, int16(1))
	}
	return tuple(values...)
}

func stage(t *testing.T, s *staging.Store, batch int32, attempt int, students ...string) (*staging.Attempt, int64) {
	t.Helper()
	a, err := s.Begin(t.Context(), batch, attempt, columns)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(t.Context()) })
	for i, name := range students {
		if _, err := a.SendOutcomes(outcome(int32(i+2), name)); err != nil {
			t.Fatal(err)
		}
		if _, err := a.SendStudents(tuple(int32(i+2), name, int16(1))); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := a.Finish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return a, rows
}

var contents = staging.Contents{
	Assessment: edu.Assessment{GUID: "g", Type: edu.Summative, Levels: []edu.PerformanceLevel{{Number: 1, Name: "<low>", CutPoint: 1}}},
	Schools:    []staging.School{{Number: 1, DistrictCode: "d", DistrictName: "D", Code: "s", Name: "S"}},
}

func TestOnlyASealedSchemaCounts(t *testing.T) {
	t.Parallel()
	s := staging.New(pgtest.As(t, pgtest.New(t, schema.Staging), pg.Loader))
	a, rows := stage(t, s, 7, 1, "x", "y", "z")
	if rows != 3 || a.Schema() != "batch_7_1" {
		t.Errorf("%d rows in %s", rows, a.Schema())
	}
	if _, sealed, err := s.Sealed(t.Context(), a.Schema()); sealed || err != nil {
		t.Errorf("sealed before Seal: %v, %v", sealed, err)
	}
	if kept, repeats, err := a.Seal(t.Context(), contents); err != nil || kept != 3 || len(repeats) != 0 {
		t.Fatalf("%d rows kept, %v, %v", kept, repeats, err)
	}
	if rows, sealed, err := s.Sealed(t.Context(), a.Schema()); !sealed || rows != 3 || err != nil {
		t.Errorf("after Seal: %d rows, %v, %v", rows, sealed, err)
	}
	if _, _, err := a.Seal(t.Context(), contents); err == nil {
		t.Error("sealed twice")
	}
	assessment, err := s.Assessment(t.Context(), a.Schema())
	if diff := cmp.Diff(contents.Assessment, assessment); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	for range 2 {
		if err := s.Drop(t.Context(), a.Schema()); err != nil {
			t.Fatal(err)
		}
	}
	if _, sealed, err := s.Sealed(t.Context(), a.Schema()); sealed || err != nil {
		t.Errorf("sealed after Drop: %v, %v", sealed, err)
	}
}

func TestCopyOutGivesWhatCopyTakes(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Staging)
	s := staging.New(pgtest.As(t, pool, pg.Loader))
	a, _ := stage(t, s, 1, 1, "x", "y")
	if _, _, err := a.Seal(t.Context(), contents); err != nil {
		t.Fatal(err)
	}
	source := s.Source(a.Schema())
	for _, table := range []string{staging.AssessmentTable, staging.SchoolTable, staging.StudentTable, staging.OutcomeTable} {
		var out bytes.Buffer
		if err := source.CopyOut(t.Context(), table, &out); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(out.Bytes(), []byte("PGCOPY\n")) || !bytes.HasSuffix(out.Bytes(), []byte{0xff, 0xff}) {
			t.Errorf("%s: %q", table, out.Bytes())
		}
	}
}

func TestConnectionsServeTheNextBatchUntilTheServerEndsThem(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Staging)
	loader := pgtest.As(t, pool, pg.Loader)
	s := staging.New(loader)
	// copying returns the two connections that are not of the pool, whose own close a moment after they are told to.
	copying := func() (pids []int32) {
		t.Helper()
		loader.Reset()
		for range 500 {
			rows, err := pool.Query(t.Context(), "select pid from pg_stat_activity, pg_sleep(0.01) where datname = current_database() and query = 'commit' order by pid")
			if err == nil {
				pids, err = pgx.CollectRows(rows, pgx.RowTo[int32])
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(pids) == 2 {
				return pids
			}
		}
		t.Fatalf("%d connections are kept, not one for each stream", len(pids))
		return nil
	}
	stage(t, s, 1, 1, "x")
	first := copying()
	stage(t, s, 2, 1, "x")
	if diff := cmp.Diff(first, copying()); diff != "" {
		t.Errorf("the second batch has other connections (-want +got)\n%s", diff)
	}
	if _, err := pool.Exec(t.Context(), "select pg_terminate_backend(pid, 5000) from unnest($1::int[]) as pid", first); err != nil {
		t.Fatal(err)
	}
	stage(t, s, 3, 1, "x")
	if again := copying(); slices.ContainsFunc(again, func(pid int32) bool { return slices.Contains(first, pid) }) {
		t.Errorf("connections %v, after %v were ended", again, first)
	}
}

func TestANewAttemptClearsWhatOlderOnesLeft(t *testing.T) {
	t.Parallel()
	s := staging.New(pgtest.As(t, pgtest.New(t, schema.Staging), pg.Loader))
	stage(t, s, 1, 1, "x")
	old, _ := stage(t, s, 1, 2, "x", "y")
	stage(t, s, 2, 1, "x") // another batch
	newest, _ := stage(t, s, 1, 3, "x", "y", "z")
	if _, _, err := old.Seal(t.Context(), contents); err == nil {
		t.Error("an attempt whose schema is gone was sealed")
	}
	if _, _, err := newest.Seal(t.Context(), contents); err != nil {
		t.Fatal(err)
	}
	left, err := s.Leftovers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range left {
		got = append(got, l.Schema)
	}
	if diff := cmp.Diff([]string{"batch_2_1", "batch_1_3"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAnOlderAttemptThatStillWorksIsLeftToTheSearchForLeftovers(t *testing.T) {
	t.Parallel()
	s := staging.New(pgtest.As(t, pgtest.New(t, schema.Staging), pg.Loader))
	working, err := s.Begin(t.Context(), 1, 1, columns)
	if err != nil {
		t.Fatal(err)
	}
	defer working.Close(t.Context())
	if _, rows := stage(t, s, 1, 2, "x"); rows != 1 {
		t.Errorf("%d rows", rows)
	}
	working.Close(t.Context())
	if err := s.Drop(t.Context(), working.Schema()); err != nil {
		t.Error(err)
	}
}

func TestRowsThatTheTableCannotHoldEndTheAttemptWithoutTheirValues(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Staging)
	s := staging.New(pgtest.As(t, pool, pg.Loader))
	a, err := s.Begin(t.Context(), 1, 1, columns)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(t.Context())
	if _, err := a.SendStudents(tuple(int32(1), "secret\x00name", int16(1))); err != nil {
		t.Fatal(err)
	}
	_, err = a.Finish(t.Context())
	if err == nil || strings.Contains(err.Error(), "secret") || pg.CodeOf(err) != "22021" {
		t.Errorf("got %v", err)
	}
	a.Close(t.Context())
	var tables int
	if err := pool.QueryRow(t.Context(), "select count(*) from pg_tables where schemaname = 'batch_1_1'").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("%d tables stay, %v", tables, err)
	}
}
