package load

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"slices"
	"time"

	"scorehouse/internal/batch"
	"scorehouse/internal/crash"
	"scorehouse/internal/delivery"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/feed"
	"scorehouse/internal/pg"
	"scorehouse/internal/staging"
	"scorehouse/internal/tenant"
)

// stages are the steps of an attempt, in order. The name is the stage in the batch's story, in logs and in metrics.
var stages = []stage{
	{"open", (*run).open},   // pass 1: the package is whole, ours, signed by a sender of the tenant, and has both files
	{"check", (*run).check}, // the JSON file describes an assessment
	{"load", (*run).load},   // pass 2: rows checked and copied to the staging schema; the package verified again
	{"stage", (*run).stage}, // one row per result, small tables added, schema sealed
}

// stage is one step. The event it returns tells what it did.
type stage struct {
	name string
	do   func(*run, context.Context) (batch.Event, error)
}

// The stages under which rejects are stored: those of the file's checks, and of what rows do to each other.
const (
	rejectsOfCheck = "check"
	rejectsOfStage = "stage"
)

// run is one attempt at one batch; stages fill it from top to bottom.
type run struct {
	config  *Config
	log     *slog.Logger
	attempt batch.Attempt

	tenant     tenant.Tenant
	store      *staging.Store
	contents   *delivery.Contents
	plain      bool // the file turned out not to be encrypted
	assessment edu.Assessment
	staged     *staging.Attempt
	rows       *rows
	result     feed.Result
	accepted   int64
}

// rejection ends an attempt for a reason that the sender must mend.
type rejection struct {
	code   int
	reason string
}

// Error returns the reason.
func (r *rejection) Error() string { return r.reason }

// do runs one stage and tells the batch's story what became of it.
func (r *run) do(ctx context.Context, s stage) error {
	started := time.Now()
	e, err := s.do(r, ctx)
	e.Stage, e.Started, e.Outcome = s.name, started, batch.OutcomeDone
	var refused *rejection
	switch {
	case errors.As(err, &refused):
		e.Outcome, e.Detail = batch.OutcomeRejected, refused.reason
	case ctx.Err() != nil || fault.Is(err, fault.Fenced):
		return err
	case err != nil:
		e.Outcome, e.Detail = batch.OutcomeFailed, pg.Clean(err).Error()
	}
	if noteErr := r.config.Batches.Note(ctx, r.attempt, e); noteErr != nil { // a line that is lost is no reason to stop
		r.log.WarnContext(ctx, "event not stored", "stage", s.name, "error", noteErr)
	}
	return err
}

// open reads the package a first time (docs/flow.md, 2).
func (r *run) open(ctx context.Context) (batch.Event, error) {
	b := r.attempt.Batch
	var err error
	if r.tenant, err = r.config.Tenant(ctx, b.Tenant); err != nil {
		return batch.Event{}, err
	}
	if r.store, err = r.config.Staging(ctx, b.Tenant); err != nil {
		return batch.Event{}, err
	}
	keys, err := r.keys(ctx)
	if err != nil {
		return batch.Event{}, err
	}
	file := func() (io.ReadCloser, error) { return r.config.Files.Open(b.StoredAs) }
	r.contents, err = delivery.Inspect(ctx, file, keys, r.config.Limits)
	var bad *delivery.Problem
	if errors.As(err, &bad) {
		if err := r.intact(); err != nil {
			return batch.Event{}, err
		}
		r.plain = bad.Plain
		return batch.Event{}, r.refuse(ctx, feed.Reject{Code: bad.Code, Message: bad.Message}, cmp.Or(bad.Member, b.File))
	}
	if err != nil {
		return batch.Event{}, err
	}
	crash.Point(crash.Opened)
	return batch.Event{Detail: fmt.Sprintf("signed by %s; %d bytes of CSV", r.contents.Signer, r.contents.CSVSize)}, nil
}

// intact makes sure that the kept file is the one that arrived, before its sender is blamed for what is wrong with it.
func (r *run) intact() error {
	b := r.attempt.Batch
	f, err := r.config.Files.Open(b.StoredAs)
	if err != nil {
		return err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return fmt.Errorf("read the kept file: %w", err)
	}
	if hex.EncodeToString(hash.Sum(nil)) != b.Digest {
		return fault.New(fault.Internal, "the kept file is not the one that arrived: its digest differs. Look into the storage, and restore the file")
	}
	return nil
}

func (r *run) keys(ctx context.Context) (delivery.Keys, error) {
	loader, err := r.config.Keys.LoaderKeys(ctx)
	if err != nil {
		return delivery.Keys{}, err
	}
	if len(loader) == 0 {
		return delivery.Keys{}, fault.New(fault.Internal, "the loader has no key: import one with key import --role loader")
	}
	senders, err := r.config.Keys.SenderKeys(ctx, r.tenant.ID)
	return delivery.Keys{Loader: loader, Senders: senders}, err
}

// check reads the JSON file.
func (r *run) check(ctx context.Context) (batch.Event, error) {
	metadata, problems := feed.ParseMetadata(r.contents.JSON)
	if len(problems) > 0 {
		if err := r.putRejects(ctx, rejectsOfCheck, rejectsIn(r.contents.JSONName, problems)); err != nil {
			return batch.Event{}, err
		}
		return batch.Event{}, &rejection{problems[0].Code, inWords(problems[0], len(problems))}
	}
	a := metadata.Assessment
	r.assessment = a
	return batch.Event{Detail: fmt.Sprintf("%s, %s, %s", a.Type.Label(), a.Subject.Label(), a.Year)}, nil
}

// load reads the package a second time: CSV, rules and COPY in one stream (docs/flow.md, 3).
func (r *run) load(ctx context.Context) (batch.Event, error) {
	var err error
	columns := staging.Columns{Outcome: feed.OutcomeColumns, Student: feed.StudentColumns}
	if r.staged, err = r.store.Begin(ctx, int32(r.attempt.ID), r.attempt.Number, columns); err != nil {
		return batch.Event{}, err
	}
	r.rows = newRows(r.staged, len(r.assessment.Claims), r.contents.CSVSize)
	options := feed.Options{Assessment: r.assessment, State: r.tenant.StateCode, MaxRejects: r.config.MaxRejects}
	err = r.contents.Stream(ctx, func(csv io.Reader) error {
		if r.result, err = feed.Check(csv, options, r.rows.add); err != nil {
			return err
		}
		return r.rows.flush()
	})
	if err != nil {
		return batch.Event{}, err
	}
	if err := r.putRejects(ctx, rejectsOfCheck, rejectsIn(r.contents.CSVName, r.result.Rejects)); err != nil {
		return batch.Event{}, err
	}
	e := batch.Event{RowsIn: &r.result.Total, RowsOut: &r.result.Accepted, RowsRejected: &r.result.Rejected}
	if r.result.Dropped > 0 {
		e.Detail = fmt.Sprintf("%d rejects more than are stored", r.result.Dropped)
	}
	switch {
	case r.result.Fatal != nil:
		return e, &rejection{r.result.Fatal.Code, inWords(*r.result.Fatal, r.fatals())}
	case r.result.Accepted == 0:
		return e, &rejection{feed.NoRowAccepted, feed.Sentence(feed.NoRowAccepted)}
	}
	copied, err := r.staged.Finish(ctx)
	if err == nil && copied != r.result.Accepted {
		err = fmt.Errorf("%d rows accepted, %d copied", r.result.Accepted, copied)
	}
	crash.Point(crash.Loaded)
	return e, err
}

// fatals counts the rejects for which the whole package is refused.
func (r *run) fatals() int {
	n := 0
	for _, reject := range r.result.Rejects {
		if reject.Fatal() {
			n++
		}
	}
	return n
}

// stage makes the batch's own clean rows of what was copied (docs/flow.md, 4).
func (r *run) stage(ctx context.Context) (batch.Event, error) {
	accepted, repeats, err := r.staged.Seal(ctx, staging.Contents{Assessment: r.assessment, Schools: r.rows.named(), Suspects: r.rows.repeats.lines})
	if err != nil {
		return batch.Event{}, err
	}
	slices.SortFunc(repeats, func(a, b staging.Repeat) int { return int(a.Line - b.Line) })
	rejects := func(yield func(batch.Reject) bool) {
		for _, repeat := range repeats {
			code := feed.Repeated
			if repeat.Operation == edu.Delete {
				code = feed.DeletedTwice
			}
			if !yield(batch.Reject{File: r.contents.CSVName, Line: repeat.Line, Column: "StudentIdentifier", Code: code, Message: feed.Sentence(code)}) {
				return
			}
		}
	}
	if err := r.putRejects(ctx, rejectsOfStage, rejects); err != nil {
		return batch.Event{}, err
	}
	r.accepted = accepted
	crash.Point(crash.Sealed)
	return batch.Event{RowsIn: &r.result.Accepted, RowsOut: &accepted, RowsRejected: new(int64(len(repeats))),
		Detail: fmt.Sprintf("%d schools", len(r.rows.schools))}, nil
}

// refuse stores one reject and returns the rejection for it.
func (r *run) refuse(ctx context.Context, problem feed.Reject, file string) error {
	if err := r.putRejects(ctx, rejectsOfCheck, rejectsIn(file, []feed.Reject{problem})); err != nil {
		return err
	}
	return &rejection{problem.Code, problem.Message}
}

// reject settles a batch that its sender must mend, and removes what was copied of it. A file that is not encrypted may hold student data for anybody
// to read, and can never be loaded: it is not kept.
func (r *run) reject(ctx context.Context, refused *rejection) error {
	r.close(ctx)
	c := r.change()
	c.Code, c.Reason, c.StagingSchema = &refused.code, &refused.reason, new("")
	if err := r.config.Batches.Advance(ctx, r.attempt, batch.Rejected, c); err != nil {
		return err
	}
	r.log.InfoContext(ctx, "batch rejected", "code", refused.code, "rows_total", r.result.Total)
	if r.plain {
		if err := r.config.Files.Remove(r.attempt.Batch.StoredAs); err != nil {
			r.log.ErrorContext(ctx, "a file that is not encrypted could not be removed from the file store: remove it", "stored_as", r.attempt.Batch.StoredAs, "error", err)
		}
	}
	if r.staged == nil {
		return nil
	}
	if err := r.store.Drop(ctx, r.staged.Schema()); err != nil { // the search for leftovers will find it
		r.log.WarnContext(ctx, "staged rows not dropped", "error", err)
	}
	return nil
}

// change says what the attempt has found out about the batch so far.
func (r *run) change() batch.Change {
	var c batch.Change
	if r.contents != nil {
		c.Signer = &r.contents.Signer
	}
	if r.assessment.GUID != "" {
		a := &r.assessment
		c.Content, c.AssessmentGUID, c.AssessmentType, c.Subject, c.AcademicYear = new(feed.ContentAssessment), &a.GUID, &a.Type, &a.Subject, &a.Year
	}
	if r.staged != nil {
		c.RowsTotal, c.RowsAccepted, c.RowsRejected = &r.result.Total, &r.accepted, new(r.result.Total-r.accepted)
	}
	return c
}

// close stops what the attempt has running in staging.
func (r *run) close(ctx context.Context) {
	if r.staged != nil {
		r.staged.Close(ctx)
	}
}

func (r *run) putRejects(ctx context.Context, stage string, rejects iter.Seq[batch.Reject]) error {
	_, err := r.config.Batches.PutRejects(ctx, r.attempt, stage, rejects)
	return err
}

// rejectsIn turns what feed found in a file into the rejects that are stored.
func rejectsIn(file string, list []feed.Reject) iter.Seq[batch.Reject] {
	return func(yield func(batch.Reject) bool) {
		for _, r := range list {
			if !yield(batch.Reject{File: file, Line: r.Line, Column: r.Column, Code: r.Code, Message: r.Message}) {
				return
			}
		}
	}
}

// inWords is the reason of a rejection: the first problem, its line, and how many more there are.
func inWords(first feed.Reject, problems int) string {
	s := first.Message
	if first.Line > 0 {
		s = fmt.Sprintf("Line %d: %s", first.Line, s)
	}
	if problems > 1 {
		s += fmt.Sprintf(" (The first of %d such problems; the rejects list them.)", problems)
	}
	return s
}
