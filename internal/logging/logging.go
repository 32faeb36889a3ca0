// Package logging makes the application's log: structured lines in JSON, to standard error or a file, and on request to the syslog service
// too. Syslog carries the copies of the audit trail as well (package audit decides what is in them).
//
// It adds nothing to what is logged and takes nothing away: that no student data are logged is up to those who log.
package logging

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
)

// Options say where the log goes.
type Options struct {
	Level  slog.Level
	File   string    // appended to, made with mode 0600; "" for Out
	Out    io.Writer // where lines go when File is empty
	Syslog string    // socket of the syslog service, such as /dev/log; "" for none. The facility is local1.
}

// New returns a logger and what lets go of its file and socket.
func New(o Options) (*slog.Logger, func() error, error) {
	close := func() error { return nil }
	if o.File != "" {
		f, err := os.OpenFile(o.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("open the log: %w", err)
		}
		o.Out, close = f, f.Close
	}
	var handler slog.Handler = slog.NewJSONHandler(o.Out, &slog.HandlerOptions{Level: o.Level})
	if o.Syslog == "" {
		return slog.New(handler), close, nil
	}
	s := NewSyslog(o.Syslog, Local1, "scorehouse", slog.New(handler))
	both := slog.New(slog.NewMultiHandler(handler, NewSyslogHandler(s, o.Level)))
	return both, func() error { s.Close(); return close() }, nil
}

// syslogHandler sends records as JSON lines with the severity of their level.
type syslogHandler struct {
	slog.Handler // writes a line into out
	out          *lineBuffer
	syslog       *Syslog
}

// lineBuffer takes one line at a time; handlers made by WithAttrs and WithGroup share it.
type lineBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

// NewSyslogHandler returns a handler that sends to syslog what is at least of a level.
func NewSyslogHandler(s *Syslog, level slog.Level) slog.Handler {
	out := &lineBuffer{}
	return &syslogHandler{Handler: slog.NewJSONHandler(&out.Buffer, &slog.HandlerOptions{Level: level}), out: out, syslog: s}
}

// Handle sends one record.
func (h *syslogHandler) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	h.out.Reset()
	err := h.Handler.Handle(ctx, r)
	line := bytes.Clone(h.out.Bytes())
	h.out.mu.Unlock()
	if err == nil {
		h.syslog.Send(r.Level, line)
	}
	return err
}

// WithAttrs returns a handler that adds attributes.
func (h *syslogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &syslogHandler{Handler: h.Handler.WithAttrs(attrs), out: h.out, syslog: h.syslog}
}

// WithGroup returns a handler that puts further attributes into a group.
func (h *syslogHandler) WithGroup(name string) slog.Handler {
	return &syslogHandler{Handler: h.Handler.WithGroup(name), out: h.out, syslog: h.syslog}
}
