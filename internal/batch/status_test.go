package batch_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/batch"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

func TestTheDatabaseKnowsTheSameStatuses(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, schema.Control)
	var check string
	err := pool.QueryRow(t.Context(), `
		select pg_get_constraintdef(oid) from pg_constraint
		where conrelid = 'batch.batch'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%status%'`).Scan(&check)
	if err != nil {
		t.Fatal(err)
	}
	var got []batch.Status
	for _, m := range regexp.MustCompile(`'([a-z]+)'`).FindAllStringSubmatch(check, -1) {
		got = append(got, batch.Status(m[1]))
	}
	if d := cmp.Diff(batch.Statuses, got); d != "" {
		t.Errorf("status.go and the CHECK differ (-code +database):\n%s", d)
	}
}

func TestTheDrawingInTheDocumentsShowsTheSameTransitions(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/flow.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## The life of a batch\n")
	if !found {
		t.Fatal("docs/flow.md has no section on the life of a batch")
	}
	_, drawing, found := strings.Cut(section, "```mermaid\nstateDiagram-v2\n")
	if !found {
		t.Fatal("the section has no state diagram")
	}
	drawing, _, _ = strings.Cut(drawing, "```")
	got := strings.Split(strings.TrimSpace(regexp.MustCompile(`(?m)^\s+|\s*:.*$`).ReplaceAllString(drawing, "")), "\n")
	var want []string
	for _, s := range batch.Initial {
		want = append(want, "[*] --> "+string(s))
	}
	for _, from := range batch.Statuses {
		for _, to := range batch.Statuses {
			if batch.May(from, to) {
				want = append(want, string(from)+" --> "+string(to))
			}
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("status.go and docs/flow.md differ (-code +document):\n%s", d)
	}
}
