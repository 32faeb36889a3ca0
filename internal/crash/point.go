package crash

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// armed is not empty in a binary that can be told to die. Only the linker can set it: -X scorehouse/internal/crash.armed=yes (package harness does).
var armed string

// A campaign sets SCOREHOUSE_CRASH to POINT[:NTH[:VICTIM]]: at the NTH visit (1 by default) of POINT the victim is killed: "self" (the
// default), or "postgres", whose process id stands in the file that SCOREHOUSE_CRASH_PIDFILE names.
// The file that SCOREHOUSE_CRASH_MARK names is written just before, so that the campaign knows that the accident happened.
var plan = parse()

type crashPlan struct {
	point, victim string
	nth           int64
	visits        atomic.Int64
}

// parse returns nil, the plan to live, in an ordinary binary, which does not look at the environment.
func parse() *crashPlan {
	if armed == "" {
		return nil
	}
	parts := strings.Split(os.Getenv("SCOREHOUSE_CRASH"), ":")
	p := &crashPlan{point: parts[0], victim: "self", nth: 1}
	if len(parts) > 1 {
		if n, err := strconv.ParseInt(parts[1], 10, 64); err == nil {
			p.nth = n
		}
	}
	if len(parts) > 2 {
		p.victim = parts[2]
	}
	return p
}

// Point kills the victim of the campaign's plan when it is visited as often as the plan says. In an ordinary binary it does nothing.
func Point(name string) {
	if plan == nil || plan.point != name || plan.visits.Add(1) != plan.nth {
		return
	}
	if mark := os.Getenv("SCOREHOUSE_CRASH_MARK"); mark != "" {
		_ = os.WriteFile(mark, []byte(name), 0o600)
	}
	if plan.victim == "postgres" {
		killPostgres(os.Getenv("SCOREHOUSE_CRASH_PIDFILE"))
		return
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	time.Sleep(time.Hour) // the signal arrives before this returns
}

func killPostgres(pidFile string) {
	text, err := os.ReadFile(pidFile)
	if err != nil {
		return
	}
	first, _, _ := strings.Cut(string(text), "\n")
	if pid, err := strconv.Atoi(strings.TrimSpace(first)); err == nil && pid > 1 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}
