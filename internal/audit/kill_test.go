package audit_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/audit"
	"scorehouse/internal/pgtest"
)

// childVariable makes this test binary a process that records until it is killed; it holds a child as JSON.
const childVariable = "SCOREHOUSE_AUDIT_TEST_CHILD"

type child struct {
	DSN, Directory, Key string
	DieAt               string // point of the log at which it kills itself
	Nth                 int    // visit of the point, from 1
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		if err := runChild([]byte(text)); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// runChild records from several goroutines and prints a line for each record that Record has answered for.
func runChild(text []byte) error {
	var c child
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	key, err := hex.DecodeString(c.Key)
	if err != nil {
		return err
	}
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, c.DSN)
	if err != nil {
		return err
	}
	l, err := audit.Open(ctx, audit.Config{Directory: c.Directory, Key: key, Pool: pool, Role: "web", FileSize: 4000})
	if err != nil {
		return err
	}
	visits := 0
	l.AtEachStep(func(point string) {
		if point != c.DieAt {
			return
		}
		if visits++; visits == c.Nth {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := 0; ; i++ {
				e := reading(i)
				if e.RequestID = audit.ID(fmt.Sprintf("R%d-%d", g, i)); g == 0 {
					e.Kind = audit.AccessRefused
				}
				if err := l.Record(ctx, e); err != nil {
					fmt.Println("error:", err)
					return
				}
				fmt.Println(e.RequestID) // as if the data went out
			}
		})
	}
	all.Wait()
	return nil
}

func TestAKilledProcessLeavesATrailThatVerifiesAndHoldsWhatWasAnswered(t *testing.T) {
	t.Parallel()
	type death struct {
		point string
		nth   int
	}
	deaths := []death{
		{"opened", 1}, {"opened", 2}, // the first file is there, its chain not yet known
		{"written", 1}, {"written", 9}, // some lines written, the group not yet synced
		{"synced", 1}, {"synced", 9}, // on disk, not anchored
		{"anchored", 1}, {"anchored", 9}, // anchored, nobody told
		{"", 20}, {"", 61}, {"", 133}, // from outside, after so many answers
	}
	tr := newTrail(t) // all die into one directory
	answered := map[audit.ID]int{}
	for _, d := range deaths {
		for _, id := range tr.dies(t, d.point, d.nth) {
			answered[id]++
		}
		r := tr.wantClean()
		if t.Failed() {
			t.Fatalf("after death at %q %d: %s", d.point, d.nth, list(r))
		}
	}
	recorded := map[audit.ID]int{}
	for _, r := range tr.read(audit.Filter{}) {
		recorded[r.Request]++
	}
	for id, n := range answered {
		if recorded[id] < n {
			t.Errorf("%s was answered %d times and is recorded %d times", id, n, recorded[id])
		}
	}
	if len(answered) < 50 {
		t.Errorf("only %d records were answered: the test shows little", len(answered))
	}
}

// dies runs a child until it is killed and returns what it had answered.
func (tr *trail) dies(t *testing.T, point string, nth int) []audit.ID {
	t.Helper()
	text, err := json.Marshal(child{DSN: pgtest.DSN(tr.pool), Directory: tr.dir, Key: hex.EncodeToString(tr.keys[0]), DieAt: point, Nth: nth})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []audit.ID
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if line := lines.Text(); line[0] == 'R' {
			ids = append(ids, audit.ID(line))
		} else {
			t.Errorf("child: %s", line)
		}
		if point == "" && len(ids) == nth {
			_ = cmd.Process.Kill()
		}
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("the child ended with %v, not by being killed", cmd.ProcessState)
	}
	return ids
}
