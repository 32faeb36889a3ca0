package logging

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"
)

// Facility says which of syslog's channels a line belongs to.
type Facility int

// The facilities that operators know from the runbook's rsyslog configuration (7.1.2.3.3).
const (
	Local0 Facility = 16 // audit records
	Local1 Facility = 17 // the application's log
	Local2 Facility = 18 // security events
)

const (
	longestMessage = 8000 // bytes; rsyslog takes 8192 with its head unless told otherwise
	waitingLines   = 4096 // before further ones are dropped
	sendPatience   = 500 * time.Millisecond
)

// Syslog sends lines to the syslog service of this machine in the form of syslog(3). Sending never waits for the service: lines go
// through a queue, and those that do not fit, or that the service does not take in time, are dropped, counted and told to the logger. The
// files are what counts; syslog is a copy.
//
// The standard library's log/syslog is not used because it has no time limit and writes the local form for fixed sockets only.
type Syslog struct {
	socket   string
	facility Facility
	tag      string
	logger   *slog.Logger

	mu      sync.Mutex
	lines   chan []byte
	closed  bool
	dropped int64
	done    chan struct{}
	conn    net.Conn // of the goroutine of run alone
}

// NewSyslog returns a sender to a datagram socket. The service may be away; each line tries anew. logger hears of dropped lines and must
// not itself lead here.
func NewSyslog(socket string, facility Facility, tag string, logger *slog.Logger) *Syslog {
	s := &Syslog{socket: socket, facility: facility, tag: tag, logger: logger, lines: make(chan []byte, waitingLines), done: make(chan struct{})}
	go s.run()
	return s
}

// Send queues a line. The level becomes syslog's severity.
func (s *Syslog) Send(level slog.Level, line []byte) {
	line = bytes.TrimRight(line, "\n")
	if len(line) > longestMessage {
		line = bytes.ToValidUTF8(line[:longestMessage], nil)
	}
	head := fmt.Sprintf("<%d>%s %s[%d]: ", int(s.facility)*8+severity(level), time.Now().Format(time.Stamp), s.tag, os.Getpid())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	select {
	case s.lines <- append([]byte(head), line...):
	default:
		s.dropped++
	}
}

func severity(level slog.Level) int {
	switch {
	case level >= slog.LevelError:
		return 3
	case level >= slog.LevelWarn:
		return 4
	case level >= slog.LevelInfo:
		return 6
	}
	return 7
}

// Close sends what waits, for at most a few seconds, and lets go of the socket.
func (s *Syslog) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.lines)
	}
	s.mu.Unlock()
	<-s.done
}

func (s *Syslog) run() {
	defer close(s.done)
	var told time.Time
	failed := 0
	for line := range s.lines {
		if err := s.send(line); err != nil {
			s.mu.Lock()
			s.dropped++
			n := s.dropped
			closed := s.closed
			s.mu.Unlock()
			if time.Since(told) > time.Minute {
				told = time.Now()
				s.logger.Warn("syslog does not take lines; the files have them", "tag", s.tag, "dropped", n, "error", err)
			}
			if failed++; closed && failed > 1 {
				break // nobody is there: the rest is not tried
			}
			continue
		}
		failed = 0
	}
	if s.conn != nil {
		_ = s.conn.Close()
	}
}

// send writes one datagram, over a new connection when the old one is of no use any more.
func (s *Syslog) send(message []byte) error {
	if s.conn != nil {
		if err := s.write(message); err == nil {
			return nil
		}
		_ = s.conn.Close()
		s.conn = nil
	}
	conn, err := net.DialTimeout("unixgram", s.socket, sendPatience)
	if err != nil {
		return err
	}
	s.conn = conn
	return s.write(message)
}

func (s *Syslog) write(message []byte) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(sendPatience)); err != nil {
		return err
	}
	_, err := s.conn.Write(message)
	return err
}
