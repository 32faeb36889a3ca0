package warehouse_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"scorehouse/internal/fault"
	"scorehouse/internal/warehouse"
)

// copied runs one statement and returns how often a text occurs in its answer.
func (h *house) copied(c warehouse.Copying, sql, text string) (int, error) {
	var b bytes.Buffer
	c.Statements = []warehouse.CopyStatement{{SQL: sql, To: &b}}
	err := h.reader().CopyAggregates(h.Context(), c)
	if err == nil && !bytes.HasPrefix(b.Bytes(), []byte("PGCOPY\n\xff\r\n\x00")) {
		h.Errorf("%s: the answer is not a binary COPY", sql)
	}
	return bytes.Count(b.Bytes(), []byte(text)), err
}

func TestAggregatesAreCopiedAtAVersionAndAsChangesSinceAnother(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}, {student: "B", score: 1500}, {student: "C", score: 1500}}}, "3 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	h.publish(delivery{id: 2, rows: []row{{student: "A", score: 1600}, {student: "B", score: 1600, day: 2, school: "S2"}}}, "1 new, 1 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	for _, x := range []struct {
		version, since int
		sql            string
		want           int
	}{
		{1, 0, "select subject from counted_outcome", 3},
		{2, 0, "select subject from counted_outcome", 3},
		{2, 1, "select subject from counted_change where more = -1", 2}, // of A and B, not of C
		{2, 1, "select subject from counted_change where more = 1", 2},
		{2, 1, "select subject from counted_change x join school s using (school_id) where s.code = 'S2' and more = 1", 1},
		{2, 0, "select subject from counted_change", 3},
		{2, 2, "select subject from counted_change", 0},
		{2, 1, "select subject from interim_change", 0},
	} {
		got, err := h.copied(warehouse.Copying{Version: x.version, Since: x.since}, x.sql, "Math")
		if err != nil || got != x.want {
			t.Errorf("version %d since %d: %s: got %d, %v, want %d", x.version, x.since, x.sql, got, err, x.want)
		}
	}
}

func TestCopiesOfRowsOfStudentsAndOfVersionsThatAreNotThereAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}}}, "1 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	for _, sql := range []string{"select code from student", "select score from assessment_outcome", "select score from Assessment_Outcome_current",
		"select student_code from deleted_outcome", "select student_id from counted_outcome", "select student_id from counted_change", "select 1) to program ('true'"} {
		if _, err := h.copied(warehouse.Copying{Version: 1}, sql, ""); err == nil {
			t.Errorf("%s was not refused", sql)
		}
	}
	if _, err := h.copied(warehouse.Copying{Version: 2}, "select subject from counted_outcome", ""); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a version to come: %v, want unavailable", err)
	}
}

func TestSettingsOfACopyingEndWithIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}}}, "1 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	const sql = "select current_setting('work_mem') || current_setting('transaction_read_only') || current_setting('transaction_isolation')"
	if n, err := h.copied(warehouse.Copying{Version: 1, Settings: map[string]string{"work_mem": "7MB"}}, sql, "7MBonrepeatable read"); err != nil || n != 1 {
		t.Errorf("the settings do not hold: %v", err)
	}
	if n, err := h.copied(warehouse.Copying{Version: 1}, sql, "7MB"); err != nil || n != 0 {
		t.Errorf("the settings still hold: %v", err)
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

var errFull = errors.New("full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestACopyEndsWhenItsReceiverFails(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publish(delivery{id: 1, rows: []row{{student: "A", score: 1500}}}, "1 new, 0 changed, 0 same, 0 older, 0 deleted, 0 rejected")
	r := h.reader()
	err := r.CopyAggregates(t.Context(), warehouse.Copying{Version: 1, Statements: []warehouse.CopyStatement{{SQL: "select subject from counted_outcome", To: fullDisk{}}}})
	if !errors.Is(err, errFull) || strings.Contains(err.Error(), "Math") {
		t.Errorf("got %v, want the receiver's error", err)
	}
	if v, err := r.Version(t.Context()); v != 1 || err != nil {
		t.Errorf("afterwards the reader reads version %d, %v", v, err)
	}
}
