package e2e_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/harness"
)

// TestTheDemoKeepsItsDataAndItsWord starts a small demo, looks at how its data came in, stops it as Ctrl-C does, and starts it again.
func TestTheDemoKeepsItsDataAndItsWord(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	home, err := harness.TempHome()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	options := harness.Options{Binary: binary, Home: filepath.Join(home, "demo"), Args: []string{"--students", "200"}}
	demo, err := harness.Start(ctx, options)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { demo.Kill() }()

	// Everything came through the real path: sent by the vendor, signed, accounted for row by row.
	first, err := demo.Batches(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) < 40 {
		t.Errorf("only %d packages", len(first))
	}
	for _, b := range first {
		sender := map[string]string{"tamarack": "vendor", "hemlock": "vendor-hemlock"}[b.Tenant]
		if b.Status != "published" || b.Sender != sender || len(b.Signer) != 40 || len(b.Digest) != 64 || b.RowsTotal == 0 || b.RowsAccepted != b.RowsTotal {
			t.Errorf("batch %+v", b)
		}
	}
	lacking := withoutBatch(t, demo, len(first))
	for table, n := range lacking {
		t.Errorf("%d rows of %s name no batch that arrived", n, table)
	}

	// The example package is there to be sent, and has the rows with mistakes that the demo promises.
	example, err := os.Open(demo.VendorFile("example.tar.gz.gpg"))
	if err != nil {
		t.Fatal(err)
	}
	defer example.Close()
	if err := demo.Send(ctx, "example.tar.gz.gpg", example); err != nil {
		t.Fatal(err)
	}
	if b, err := demo.WaitBatch(ctx, "example.tar.gz.gpg"); err != nil || b.Status != "published" || b.RowsRejected != 3 {
		t.Errorf("example: %+v, %v", b, err)
	}

	// Ctrl-C stops it cleanly, and the next start finds everything.
	if err := demo.Stop(); err != nil {
		t.Fatal(err)
	}
	if demo, err = harness.Start(ctx, options); err != nil {
		t.Fatal(err)
	}
	again, err := demo.Batches(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(again) != len(first)+1 {
		t.Errorf("%d batches after the second start, %d before", len(again), len(first)+1)
	}
	t.Logf("ready %v after the second start", demo.Ready.Round(100*time.Millisecond))
}

// withoutBatch counts, per table of the warehouse, the rows whose batch is not among the first n.
func withoutBatch(t *testing.T, s *harness.System, n int) map[string]int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Database("warehouse_"+tenant))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	lacking := map[string]int{}
	for _, table := range []string{"publication", "assessment", "district", "school", "student", "assessment_outcome"} {
		var rows, lost int
		query := "select count(*), count(*) filter (where batch_id is null or batch_id not between 1 and $1) from " + table
		if err := conn.QueryRow(t.Context(), query, n).Scan(&rows, &lost); err != nil {
			t.Fatal(err)
		}
		if rows == 0 {
			t.Errorf("table %s is empty", table)
		}
		if lost > 0 {
			lacking[table] = lost
		}
	}
	return lacking
}

func TestTheDemoDoesNotEmptyADirectoryThatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	precious := filepath.Join(dir, "thesis.txt")
	write(t, dir, "thesis.txt", "years of work")
	_, err := harness.Start(t.Context(), harness.Options{Binary: binary, Home: dir, Args: []string{"--students", "0", "--fresh"}})
	if err == nil || !strings.Contains(err.Error(), "not the home of a demo") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

// TestABadPackageLeavesNothingAndTheNextIsNotAffected sends one that nobody signed, then a good one of the same district.
// (The load package tries every kind of bad package.)
func TestABadPackageLeavesNothingAndTheNextIsNotAffected(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sent := results{guid: "bad-then-good"}
	sent.add("BAD", "S1", "Shoal Elementary", 3, 15)
	ragged := strings.Replace(string(sent.csv(t, "\r\n")), ",04,", ",04,surplus,", 1)
	if err := shared.Send(ctx, "ragged.tar.gz.gpg", strings.NewReader(string(pack(t, shared, []byte(ragged), sent.metadata())))); err != nil {
		t.Fatal(err)
	}
	b, err := shared.WaitBatch(ctx, "ragged.tar.gz.gpg")
	if err != nil || b.Status != "rejected" || b.Code != 3008 || !strings.Contains(b.Reason, "Line 2") {
		t.Fatalf("got %+v, %v; want rejected, 3008, the line", b, err)
	}
	reader := signIn(t, shared, "state")
	if page := reader.get("/s/TK/d/BAD"); strings.Contains(page.Body, "Shoal") {
		t.Error("a rejected package is visible")
	}
	if err := shared.Send(ctx, "mended.tar.gz.gpg", strings.NewReader(string(pack(t, shared, sent.csv(t, "\r\n"), sent.metadata())))); err != nil {
		t.Fatal(err)
	}
	if b, err := shared.WaitBatch(ctx, "mended.tar.gz.gpg"); err != nil || b.Status != "published" || b.RowsAccepted != 15 {
		t.Fatalf("got %+v, %v; want published", b, err)
	}
	if page := reader.get("/s/TK/d/BAD?year=2026").OK(); !strings.Contains(page.Body, "Shoal") {
		t.Error("the good package is not visible")
	}
	var list []map[string]any
	out, err := shared.Run(ctx, "batch", "list", "--json", "--tenant", tenant)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id", "tenant", "file", "digest", "sender", "status", "rows_total", "rows_accepted", "rows_rejected"} {
		if _, ok := list[0][key]; !ok {
			t.Errorf("batch list --json lacks %q", key)
		}
	}
}
