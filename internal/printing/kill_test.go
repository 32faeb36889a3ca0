package printing_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"scorehouse/internal/filestore"
	"scorehouse/internal/jobs"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/printing"
)

// childVariable makes this test binary a printer: control database, warehouse, directory, public key.
const childVariable = "SCOREHOUSE_PRINTING_TEST_CHILD"

func TestMain(m *testing.M) {
	if says := os.Getenv(childVariable); says != "" {
		printUntilKilled(strings.Split(says, "\n"))
	}
	os.Exit(m.Run())
}

// printUntilKilled prints ten students of a job, says so on standard output, and waits for its end.
func printUntilKilled(says []string) {
	ctx, t := context.Background(), &childT{}
	control, err := pgxpool.New(ctx, says[0])
	t.must(err)
	store, err := pgxpool.New(ctx, says[1])
	t.must(err)
	files, err := filestore.Open(says[2])
	t.must(err)
	key, err := age.ParseX25519Recipient(says[3])
	t.must(err)
	config := configOf(t, control, store, files, key)
	config.Progress = func(done int) {
		if done == 30 { // in the middle of the second document
			fmt.Println("printing")
			select {}
		}
	}
	queue, err := printerQueue(config)
	t.must(err)
	t.must(queue.Start(ctx))
	fmt.Println("started")
	select {}
}

// childT is what a child has for a test.
type childT struct{ testing.TB }

func (*childT) Helper() {}
func (t *childT) Fatal(args ...any) {
	fmt.Println(args...)
	os.Exit(1)
}
func (t *childT) must(err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// printerQueue is the queue's side of a printer.
func printerQueue(c printing.Config) (*jobs.Client, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, printing.NewWorker(c))
	return jobs.NewClient(jobs.Config{Pool: c.Pool, Logger: slog.New(slog.DiscardHandler), Workers: workers, Queues: map[string]int{printing.Queue: 2}, StopTimeout: 100 * time.Millisecond})
}

func TestAWorkerKilledInTheMiddleOfADocumentLeavesNothingAndAnotherPrintsTheJob(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(t, of("D1", ""), everybody, 48)
	if err := h.clerk(t).Enqueue(t.Context()); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "GOMAXPROCS=1", childVariable+"="+strings.Join([]string{
		pgtest.AsDSN(pgtest.DSN(h.control), pg.Printer), pgtest.AsDSN(pgtest.DSN(h.warehouse), pg.Printer), h.dir, h.key.Recipient().String()}, "\n"))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill(); _ = child.Wait() })
	lines := make(chan string, 10)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	for _, want := range []string{"started", "printing"} {
		select {
		case got := <-lines:
			if got != want {
				t.Fatalf("the child says %q, want %q", got, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("the child does not say %q", want)
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if j := h.job(t, id); j.State != printing.Printing || len(j.Parts) != 0 {
		t.Errorf("after the kill the job is %+v", j)
	}
	queue, err := printerQueue(h.config)
	if err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	if err := queue.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = queue.Stop(context.Background()) })
	for h.job(t, id).State != printing.Ready {
		if time.Since(killed) > 10*time.Second {
			t.Fatalf("ten seconds after the kill the job is %+v", h.job(t, id))
		}
		time.Sleep(20 * time.Millisecond) // polls a condition that another process brings about
	}
	j := h.job(t, id)
	if j.Attempt != 2 || len(j.Parts) != 4 {
		t.Errorf("printed again: %+v", j)
	}
	for _, p := range j.Parts {
		h.collect(t, p)
	}
	h.tidy(t)
	names, _ := h.onDisk(t, "")
	for _, name := range names {
		if !strings.HasPrefix(name, "jobs/"+string(id)+"/2/") && !strings.HasPrefix(name, ".temporary/") {
			t.Errorf("left on the disk: %s", name)
		}
	}
	if _, clear := h.onDisk(t, "%PDF"); clear {
		t.Error("what the killed worker left is readable")
	}
}
