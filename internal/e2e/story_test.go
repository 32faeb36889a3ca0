package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"scorehouse/internal/webtest"
)

// TestFromArrivalToReport follows one delivery from the sender's upload to the pages that educators read, and compares every
// number of the pages with the file that was sent.
func TestFromArrivalToReport(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()

	// A test vendor has results of three schools of one district. Two schools are large enough to be shown; the third has four students.
	sent := results{guid: "story-math-4"}
	schools := []struct {
		code, name string
		levels     [5]int // students of each level
	}{
		{"S1", "Lighthouse Elementary", [5]int{0, 12, 10, 20, 8}},
		{"S2", "Étoile du Nord Elementary", [5]int{0, 5, 15, 15, 25}},
		{"S3", "Tiny Island School", [5]int{0, 1, 1, 1, 1}},
	}
	for _, s := range schools {
		for level := 1; level <= 4; level++ {
			sent.add("STORY", s.code, s.name, level, s.levels[level])
		}
	}

	// Two rows have mistakes: a grade that does not exist, and a score beyond the scale. They must be refused, and only they.
	sent.add("STORY", "S1", "Lighthouse Elementary", 3, 2)
	last := len(sent.rows)
	sent.rows[last-2]["GradeLevelWhenAssessed"] = "15"
	sent.rows[last-1]["AssessmentSubtestResultScoreValue"] = "2500"

	// The vendor packs it, encrypts it to the loader, signs it, and drops it by SFTP.
	if err := shared.Send(ctx, "story.tar.gz.gpg", bytes.NewReader(pack(t, shared, sent.csv(t, "\n"), sent.metadata()))); err != nil {
		t.Fatal(err)
	}

	// The batch tells what became of it.
	b, err := shared.WaitBatch(ctx, "story.tar.gz.gpg")
	if err != nil {
		t.Fatal(err)
	}
	if b.Status != "published" || b.RowsTotal != 116 || b.RowsAccepted != 114 || b.RowsRejected != 2 || b.Sender != "vendor" || b.Signer == "" {
		t.Fatalf("got %+v, want published with 114 of 116 rows", b)
	}
	story, err := shared.Run(ctx, "batch", "show", strconv.Itoa(b.ID))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"GradeLevelWhenAssessed", "AssessmentSubtestResultScoreValue", fmt.Sprint(last), fmt.Sprint(last + 1), "4004", "4003"} {
		if !strings.Contains(story, want) {
			t.Errorf("batch show does not say %q:\n%s", want, story)
		}
	}

	// A person of the state, who may see every student, opens the district: a row per school, the small one too.
	reader := signIn(t, shared, "state")
	rows := byName(reader.get("/s/TK/d/STORY?year=2026").OK(), "table.comparison")
	if got, want := rows["Étoile du Nord Elementary"][0], "60"; got != want {
		t.Errorf("students tested at Étoile du Nord: got %q, want %q\n%v", got, want, rows)
	}
	if got, want := rows["Étoile du Nord Elementary"][1], "67%"; got != want {
		t.Errorf("at or above standard at Étoile du Nord: got %q, want %q", got, want)
	}
	if got := strings.Join(rows["Tiny Island School"], " "); !strings.HasPrefix(got, "4 ") {
		t.Errorf("the school with four students: got %q", got)
	}

	// A teacher of another district is told nothing of it before the state releases the results, and nothing that tells about the four students afterwards: the small
	// school is withheld, and with it the next smallest, since its number could be worked out from the district's otherwise.
	teacher := signIn(t, shared, "teacher")
	for name, cells := range byName(teacher.get("/s/TK/d/STORY?year=2026").OK(), "table.comparison") {
		if strings.ContainsAny(strings.Join(cells, " "), "123456789") {
			t.Errorf("before the release %s shows %v", name, cells)
		}
	}
	var made struct {
		ID int64 `json:"id"`
	}
	text, err := shared.Run(ctx, "release", "make", "--tenant", "tamarack", "--year", "2026", "--json")
	if err == nil {
		err = json.Unmarshal([]byte(text), &made)
	}
	if err == nil {
		_, err = shared.Run(ctx, "release", "publish", fmt.Sprint(made.ID))
	}
	if err != nil {
		t.Fatalf("release: %v\n%s", err, text)
	}
	released := func() bool {
		return strings.Contains(teacher.get("/s/TK?year=2026").OK().Text("main"), "Final results, published on")
	}
	for !released() && ctx.Err() == nil {
		time.Sleep(100 * time.Millisecond) // seen within two seconds
	}
	if cells := byName(teacher.get("/s/TK?year=2026").OK(), "table.comparison")["State of Tamarack"]; len(cells) == 0 || !strings.ContainsAny(cells[0], "123456789") {
		t.Errorf("of the state the teacher is told %v", cells)
	}
	rows = byName(teacher.get("/s/TK/d/STORY?year=2026").OK(), "table.comparison")
	if got := rows["Étoile du Nord Elementary"]; len(got) < 2 || got[0] != "*" && (got[0] != "60" || got[1] != "67%") { // it may be withheld for the sake of what others have sent
		t.Errorf("of Étoile du Nord everybody is told %v", got)
	}
	for _, hidden := range []string{"Tiny Island School", "Lighthouse Elementary"} {
		if got := strings.Join(rows[hidden], " "); !strings.Contains(got, "*") || strings.ContainsAny(got, "0123456789") {
			t.Errorf("%s must be withheld, got %q", hidden, got)
		}
	}

	// From the school to the class: every student of the file, with score and level.
	class := reader.get("/s/TK/d/STORY/sc/S2/g/04?year=2026&type=summative").OK()
	for _, row := range sent.rows {
		if row["ResponsibleSchoolIdentifier"] == "S2" && !strings.Contains(class.Body, row["LastOrSurname"]) {
			t.Errorf("the class list lacks a student of the file")
		}
	}

	// From the class to one student: the score of the file, its likely range, the level in words.
	link := class.Attributes("a", "href")
	var student *webtest.Page
	for _, address := range link {
		if strings.HasPrefix(address, "/students/") {
			student = reader.get(address).OK()
			break
		}
	}
	if student == nil {
		t.Fatalf("the class list links to no student: %v", link)
	}
	text = student.Text("main")
	for _, want := range []string{"Ngọc Ánh", "Étoile du Nord Elementary"} {
		if !strings.Contains(text, want) {
			t.Errorf("the student's report does not say %q:\n%s", want, text)
		}
	}
	found := false
	for level := 1; level <= 4; level++ {
		if strings.Contains(strings.ReplaceAll(text, ",", ""), strconv.Itoa(scores[level])) && strings.Contains(strings.ReplaceAll(text, ",", ""), strconv.Itoa(scores[level]-30)) {
			found = true
		}
	}
	if !found {
		t.Errorf("the student's report shows no score of the file with its range:\n%s", text)
	}

	// Somebody without a grant for that school sees none of its students.
	if page := teacher.get("/s/TK/d/STORY/sc/S2/g/04?year=2026"); strings.Contains(page.Body, "Núñez") {
		t.Errorf("a teacher of another school sees the class (status %d)", page.Status)
	}
}

// byName returns the number cells of a comparison's rows by the name in their first cell.
func byName(page *webtest.Page, table string) map[string][]string {
	rows := map[string][]string{}
	for _, row := range page.Table(table) {
		if len(row) < 3 {
			continue
		}
		cells := make([]string, 0, len(row))
		for _, cell := range row[1:] {
			cell = strings.TrimPrefix(cell, "Mathematics")
			cell, _, _ = strings.Cut(strings.TrimSpace(cell), " ")
			cells = append(cells, cell)
		}
		rows[row[0]] = cells
	}
	return rows
}
