package web

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Check is one part that must work for the service to work.
type Check struct {
	Name  string                      // words for the monitor: "control database"
	Probe func(context.Context) error // nil when it works; its error goes to the log only
}

// HeartbeatTimeout is how long the heartbeat waits for a check.
const HeartbeatTimeout = 2 * time.Second

// heartbeatAge is how long an answer of the heartbeat is given again: however often it is asked for, the parts are
// asked about once a second.
const heartbeatAge = time.Second

// checks runs the checks and remembers the last answer.
type checks struct {
	list []Check

	mu     sync.Mutex
	at     time.Time
	broken []string
}

// heartbeat answers 200 when every check passes, else 503 with the names of the parts that fail (Runbook 7.13).
func (s *Server) heartbeat(ctx context.Context, _ *call) (answer, error) {
	broken := s.checks.run(ctx, s.logger)
	if len(broken) > 0 {
		return answer{status: http.StatusServiceUnavailable, text: "unavailable: " + strings.Join(broken, ", ") + "\n"}, nil
	}
	return answer{text: "ok\n"}, nil
}

// run returns the names of the checks that fail, in the order of the list.
func (c *checks) run(ctx context.Context, logger *slog.Logger) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.at) < heartbeatAge {
		return c.broken
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), HeartbeatTimeout) // others may be given this answer
	defer cancel()
	errs := make([]error, len(c.list))
	var wg sync.WaitGroup
	for i, check := range c.list {
		wg.Go(func() { errs[i] = check.Probe(ctx) })
	}
	wg.Wait()
	c.broken = nil
	for i, err := range errs {
		if err != nil {
			c.broken = append(c.broken, c.list[i].Name)
			logger.LogAttrs(ctx, slog.LevelError, "heartbeat", slog.String("part", c.list[i].Name), slog.Any("error", err))
		}
	}
	c.at = time.Now()
	return c.broken
}
