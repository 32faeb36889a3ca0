package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
)

type riverPlugin = rivertype.Plugin

// A job waits for a part that does not answer, without losing a try: the first quickWaits times for a moment, short enough that River needs no
// leader to wake it, so that a restart passes unnoticed; then longer, so that a night's outage needs no operator. After maxWaits (some twelve
// hours) a try counts as failed.
const (
	quickWaits = 20
	quickPause = 2 * time.Second
	longPause  = 30 * time.Second
	maxWaits   = quickWaits + 1440
)

func waitPause(waits int) time.Duration {
	if waits < quickWaits {
		return quickPause
	}
	return longPause
}

// guard stands around every job: it sets the kind's time-out, catches panics, and replaces errors by texts that hold no value of a row
// before River stores and logs them.
type guard struct {
	river.MiddlewareDefaults
	kinds  map[string]Kind
	logger *slog.Logger
}

// Work runs one try of a job.
func (g *guard) Work(ctx context.Context, job *rivertype.JobRow, inner func(context.Context) error) error {
	log := g.logger.With("job_id", job.ID, "kind", job.Kind, "attempt", job.Attempt)
	within, cancel := ctx, context.CancelFunc(func() {})
	if limit := g.kinds[job.Kind].Timeout; limit > 0 {
		within, cancel = context.WithTimeout(ctx, limit)
	}
	defer cancel()
	started := time.Now()
	err := Safely(within, log, inner)
	log.DebugContext(ctx, "job tried", "seconds", time.Since(started).Seconds(), "ok", err == nil)
	timedOut := errors.Is(within.Err(), context.DeadlineExceeded) // then the trouble is the job's own
	return g.judge(ctx, log, job, err, timedOut)
}

// judge turns a worker's error into what River shall do with the job.
func (g *guard) judge(ctx context.Context, log *slog.Logger, job *rivertype.JobRow, err error, timedOut bool) error {
	var cancelled *rivertype.JobCancelError
	var snoozed *rivertype.JobSnoozeError
	switch {
	case err == nil, errors.As(err, &snoozed):
		return err
	case errors.As(err, &cancelled):
		return river.JobCancel(clean(err))
	case errors.Is(ctx.Err(), context.Canceled): // this process stops, or an operator cancelled the job
		return &tryError{text: "interrupted", cause: errors.Join(context.Canceled, err)}
	case !timedOut && mayWait(err) && waits(job) < maxWaits:
		log.WarnContext(ctx, "job waits for a part that does not answer", "error", clean(err))
		return river.JobSnooze(waitPause(waits(job)))
	}
	return clean(err)
}

// HandleError logs a failed try. River has been given the clean error.
func (g *guard) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	level, message := slog.LevelWarn, "job failed, will be tried again"
	if job.Attempt >= job.MaxAttempts {
		level, message = slog.LevelError, "job failed for the last time"
	}
	g.logger.Log(ctx, level, message, "job_id", job.ID, "kind", job.Kind, "attempt", job.Attempt, "of", job.MaxAttempts, "error", clean(err))
	return nil
}

// HandlePanic exists for River; the guard catches panics before.
func (g *guard) HandlePanic(ctx context.Context, job *rivertype.JobRow, _ any, trace string) *river.ErrorHandlerResult {
	g.logger.ErrorContext(ctx, "job panicked", "job_id", job.ID, "kind", job.Kind, "trace", trace)
	return nil
}

// Safely runs a job, or a part of one in a goroutine of its own, and turns a panic into an error that does not quote the panic's value, which may come from a
// row. The log has where it came from.
func Safely(ctx context.Context, log *slog.Logger, inner func(context.Context) error) (err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
			return
		case runtime.Error:
			err = fmt.Errorf("panic: %s", v.Error())
		default:
			err = fmt.Errorf("panic of type %T", v)
		}
		log.ErrorContext(ctx, "job panicked", "error", err, "trace", string(debug.Stack()))
	}()
	return inner(ctx)
}

// tryError is an error whose text may be stored and logged; its cause is for errors.Is and errors.As.
type tryError struct {
	text  string
	cause error
}

func (e *tryError) Error() string { return e.text }
func (e *tryError) Unwrap() error { return e.cause }

func clean(err error) error {
	if _, ok := err.(*tryError); ok {
		return err
	}
	return &tryError{text: pg.Clean(err).Error(), cause: err}
}

// mayWait reports whether the trouble lies with a part we depend on, such as a database that restarts, rather than with the job.
func mayWait(err error) bool {
	if fault.Is(err, fault.Unavailable) || pg.Retryable(err) || pgconn.SafeToRetry(err) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) {
		return true
	}
	var network *net.OpError
	return errors.As(err, &network)
}

func waits(job *rivertype.JobRow) int {
	var m struct {
		Snoozes int `json:"snoozes"`
	}
	if err := json.Unmarshal(job.Metadata, &m); err != nil {
		return maxWaits
	}
	return m.Snoozes
}

// retryPolicy pauses 1 s after the first failed try and doubles up to 5 min, with a fifth of jitter.
type retryPolicy struct{}

// NextRetry returns when a failed job is tried again.
func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	pause := min(time.Second<<min(max(job.Attempt-1, 0), 20), 5*time.Minute)
	return time.Now().Add(pause + rand.N(pause/5+1))
}

// quiet returns a logger for River that passes warnings and errors only: what matters of the rest is logged here.
func quiet(l *slog.Logger) *slog.Logger { return slog.New(warnings{l.Handler()}) }

type warnings struct{ slog.Handler }

// Enabled passes warnings and errors.
func (h warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the limit.
func (h warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the limit.
func (h warnings) WithGroup(name string) slog.Handler { return warnings{h.Handler.WithGroup(name)} }

// LastTry reports whether this try of a job is its last: when it fails, the job is discarded, and nobody but an operator will try again.
func LastTry(job *rivertype.JobRow) bool { return job.Attempt >= job.MaxAttempts }
