package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// progress tells a person what a long command is doing: one line per step, rewritten in place on a terminal, printed
// once when done (and now and then while it lasts) elsewhere.
type progress struct {
	w        io.Writer
	terminal bool

	mu      sync.Mutex
	name    string
	started time.Time
	printed time.Time
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	terminal := false
	if ok {
		if info, err := f.Stat(); err == nil {
			terminal = info.Mode()&os.ModeCharDevice != 0
		}
	}
	return &progress{w: w, terminal: terminal}
}

// step begins a step.
func (p *progress) step(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.name, p.started, p.printed = name, time.Now(), time.Now()
	if p.terminal {
		fmt.Fprintf(p.w, "\r\033[K  %-20s …", name)
	}
}

// note says how far the step is. Without a terminal it prints at most every five seconds.
func (p *progress) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := english.Sprintf(format, args...)
	switch {
	case p.terminal:
		fmt.Fprintf(p.w, "\r\033[K  %-20s %s", p.name, text)
	case time.Since(p.printed) > 5*time.Second:
		p.printed = time.Now()
		fmt.Fprintf(p.w, "  %-20s %s\n", p.name, text)
	}
}

// done ends the step with its result and duration.
func (p *progress) done(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprint(p.w, "\r\033[K")
	}
	line := fmt.Sprintf("  %-20s %s", p.name, english.Sprintf(format, args...))
	took := span(time.Since(p.started))
	if pad := 92 - len([]rune(line)) - len(took); pad > 0 {
		line += strings.Repeat(" ", pad)
	}
	fmt.Fprintf(p.w, "%s  %s\n", line, took)
}
