package landing_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/filestore"
	"scorehouse/internal/landing"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
)

// childVariable makes this test binary a landing zone that kills itself; it holds a child as JSON.
const childVariable = "SCOREHOUSE_LANDING_TEST_CHILD"

type child struct {
	DSN, Files, DieAt string
	Config            landing.Config
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

func runChild(text []byte) error {
	var c child
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, c.DSN)
	if err != nil {
		return err
	}
	files, err := filestore.Open(c.Files)
	if err != nil {
		return err
	}
	s, err := landing.New(c.Config, deps(pool, files, slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	s.AtEachStep(func(point string) {
		if point == c.DieAt {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	})
	fmt.Println(s.Addr())
	return s.Run(ctx)
}

// runChild replaces the zone's server by one in another process, and returns that process.
func (z *zone) runChild(dieAt string) *exec.Cmd {
	z.t.Helper()
	z.stop()
	text, err := json.Marshal(child{DSN: pgtest.AsDSN(z.dsn, pg.Landing), Files: z.dir + "/files", DieAt: dieAt, Config: z.cfg})
	if err != nil {
		z.t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		z.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		z.t.Fatal(err)
	}
	z.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line := bufio.NewScanner(out); !line.Scan() || line.Text() != z.cfg.Listen {
		z.t.Fatalf("the other process says %q", line.Text())
	}
	return cmd
}

func TestAKillAtAnyStepLosesNothingAndDoublesNothing(t *testing.T) {
	t.Parallel()
	for _, point := range landing.Points {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			z := start(t, nil)
			cmd := z.runChild(point)
			data := packet(point, 100_000)
			put(t, z.login("vendor"), "file_drop/a.gpg", data)
			if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the process ended otherwise: %v", err)
			}
			z.run()
			z.wantArrived(z.arrived(1)[0], "a.gpg", data)
			z.wantEmpty()
			z.settled(z.login("vendor"))
			z.arrived(1)
		})
	}
}

func TestAKillInTheMiddleOfAnUploadLeavesItIncomplete(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	cmd := z.runChild("")
	c := z.login("vendor")
	data := packet("cut", 200_000)
	f, err := c.Create("file_drop/a.gpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(data[:90_000]); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	z.run()
	c = z.login("vendor")
	z.settled(c)
	if n := len(z.batches()); n != 0 {
		t.Fatalf("%d batches of half a file", n)
	}
	put(t, c, "file_drop/a.gpg", data)
	z.wantArrived(z.arrived(1)[0], "a.gpg", data)
	z.wantEmpty()
}

func TestFilesArriveInOrderOnceTheDatabaseAnswersAgain(t *testing.T) {
	t.Parallel()
	z := start(t, func(c *landing.Config) { c.QuietPeriod = 50 * time.Millisecond })
	c := z.login("vendor")
	if _, err := z.pool.Exec(t.Context(), "alter table enqueued rename to away"); err != nil {
		t.Fatal(err)
	}
	first, second := packet("first", 1000), packet("second", 1000)
	put(t, c, "file_drop/1.gpg", first)
	within(t, 5*time.Second, "the first file is taken", func() bool { return len(listing(t, c, "file_drop")) == 0 })
	put(t, c, "file_drop/2.gpg", second)
	within(t, 5*time.Second, "the second file is taken", func() bool { return len(listing(t, c, "file_drop")) == 0 })
	if n := len(z.batches()); n != 0 {
		t.Fatalf("%d batches without their jobs", n)
	}
	z.stop()
	if _, err := z.pool.Exec(t.Context(), "alter table away rename to enqueued"); err != nil {
		t.Fatal(err)
	}
	z.run()
	list := z.arrived(2)
	z.wantArrived(list[1], "1.gpg", first)
	z.wantArrived(list[0], "2.gpg", second)
}

func TestASecondServerOnTheSameDirectoryIsRefused(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	cfg := z.cfg
	cfg.Listen = "127.0.0.1:0"
	if s, err := landing.New(cfg, deps(pgtest.As(t, z.pool, pg.Landing), z.files, slog.New(slog.DiscardHandler))); err == nil {
		s.Close()
		t.Error("the second server started")
	}
}
