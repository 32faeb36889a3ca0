package pgcluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// child is a process that gets a signal when this process ends, however it ends.
type child struct {
	pid     int
	process *os.Process
	done    chan struct{} // closed when the process has ended
	state   error         // how it ended; read after done
}

// spawn starts a child. The kernel sends the death signal when the thread that started the child ends, which in a Go
// program can be long before the process does; hence a thread that does nothing else.
func spawn(cmd *exec.Cmd, deathSignal syscall.Signal) (*child, error) {
	cmd.SysProcAttr.Pdeathsig = deathSignal
	c := &child{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		err := cmd.Start()
		if err != nil {
			started <- err
			return
		}
		c.process, c.pid = cmd.Process, cmd.Process.Pid
		started <- nil
		c.state = cmd.Wait()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// signal sends a signal; to a process that has ended it does nothing.
func (c *child) signal(s syscall.Signal) { _ = c.process.Signal(s) }

// end sends a signal and waits, and kills the process when it takes longer than grace. It reports whether that was
// unnecessary.
func (c *child) end(s syscall.Signal, grace time.Duration) bool {
	c.signal(s)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.done:
		return true
	case <-timer.C:
		c.signal(syscall.SIGKILL)
		<-c.done
		return false
	}
}

// run runs a command to its end and returns what it said. The command is killed when the context or this process ends.
func run(ctx context.Context, cmd *exec.Cmd) (string, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	c, err := spawn(cmd, syscall.SIGKILL)
	if err != nil {
		return "", err
	}
	select {
	case <-c.done:
		return strings.TrimSpace(out.String()), c.state
	case <-ctx.Done():
		c.signal(syscall.SIGKILL)
		<-c.done
		return "", context.Cause(ctx)
	}
}

// processesIn returns the PostgreSQL processes whose data directory is dir: each of them works from inside it.
func processesIn(dir string) ([]*os.Process, error) {
	want, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var found []*os.Process
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue
		}
		// The process is held before it is looked at, so that a later signal cannot reach one that took over its number.
		p, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		if worksIn(name, want) {
			found = append(found, p)
		} else {
			_ = p.Release()
		}
	}
	return found, nil
}

// worksIn reports whether the process is PostgreSQL and works from inside a directory.
func worksIn(proc string, dir fs.FileInfo) bool {
	cwd, err := os.Stat(proc + "/cwd")
	if err != nil || !os.SameFile(cwd, dir) {
		return false
	}
	program, err := os.Readlink(proc + "/exe")
	return err == nil && filepath.Base(strings.TrimSuffix(program, " (deleted)")) == "postgres"
}

// endAll ends every PostgreSQL process that works from inside dir and returns when none is left. The postmaster, if its
// process id is among them, is asked to end in good order and takes the others along; processes without a postmaster
// serve nobody and are killed.
func endAll(ctx context.Context, dir string, postmaster int) error {
	began := time.Now()
	sent := map[int]syscall.Signal{}
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		found, err := processesIn(dir)
		if err != nil || len(found) == 0 {
			return err
		}
		hasPostmaster := slices.ContainsFunc(found, func(p *os.Process) bool { return p.Pid == postmaster })
		for _, p := range found {
			s := nextSignal(time.Since(began), hasPostmaster, p.Pid == postmaster)
			if s != 0 && s != sent[p.Pid] {
				_ = p.Signal(s)
				sent[p.Pid] = s
			}
			_ = p.Release()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("processes of an earlier server still work in %s: %w", dir, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}

// nextSignal is what a leftover process gets after some time of waiting, if anything.
func nextSignal(waited time.Duration, hasPostmaster, isPostmaster bool) syscall.Signal {
	switch {
	case !hasPostmaster || waited > stopGrace+quitGrace:
		return syscall.SIGKILL
	case !isPostmaster:
		return 0
	case waited > stopGrace:
		return syscall.SIGQUIT
	default:
		return syscall.SIGINT
	}
}
