package batch

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// columns are those of Batch, in the order of scan.
const columns = `batch_id, tenant, file, file_size, digest, stored_as, sender, status, attempt,
	coalesce(signer, ''), coalesce(content, ''), coalesce(assessment_guid, ''), coalesce(assessment_type, 0),
	coalesce(subject, ''), coalesce(academic_year, 0), rows_total, rows_accepted, rows_rejected,
	coalesce(staging_schema, ''), version, code, coalesce(reason, ''), received_at, status_since, deadline_at`

func scan(row pgx.CollectableRow) (Batch, error) {
	var b Batch
	err := row.Scan(&b.ID, &b.Tenant, &b.File, &b.Size, &b.Digest, &b.StoredAs, &b.Sender, &b.Status, &b.Attempt,
		&b.Signer, &b.Content, &b.AssessmentGUID, &b.AssessmentType,
		&b.Subject, &b.AcademicYear, &b.RowsTotal, &b.RowsAccepted, &b.RowsRejected,
		&b.StagingSchema, &b.Version, &b.Code, &b.Reason, &b.ReceivedAt, &b.StatusSince, &b.DeadlineAt)
	return b, err
}

// Get returns a batch. It returns fault.NotFound when there is none with the id.
func (s *Store) Get(ctx context.Context, id ID) (Batch, error) {
	list, err := s.query(ctx, "where batch_id = $1", id)
	if err != nil {
		return Batch{}, fmt.Errorf("batch %d: %w", id, err)
	}
	if len(list) == 0 {
		return Batch{}, notFound(id)
	}
	return list[0], nil
}

// Filter narrows List; zero fields do not.
type Filter struct {
	Tenant tenant.ID
	Status Status
	Limit  int // 0 means all
}

// List returns batches, newest first.
func (s *Store) List(ctx context.Context, f Filter) ([]Batch, error) {
	list, err := s.query(ctx, `where ($1 = '' or tenant = $1) and ($2 = '' or status = $2) order by batch_id desc limit nullif($3, 0)`,
		string(f.Tenant), string(f.Status), f.Limit)
	if err != nil {
		return nil, fmt.Errorf("list batches: %w", err)
	}
	return list, nil
}

// Overdue returns the batches that have stood in their status beyond its deadline, oldest first.
func (s *Store) Overdue(ctx context.Context) ([]Batch, error) {
	list, err := s.query(ctx, "where deadline_at < now() order by batch_id")
	if err != nil {
		return nil, fmt.Errorf("overdue batches: %w", err)
	}
	return list, nil
}

func (s *Store) query(ctx context.Context, where string, args ...any) ([]Batch, error) {
	rows, err := s.pool.Query(ctx, "select "+columns+" from batch.batch "+where, args...)
	if err != nil {
		return nil, pg.Clean(err)
	}
	list, err := pgx.CollectRows(rows, scan)
	return list, pg.Clean(err)
}

// CodeCount says how many rows a stage refused for one reason.
type CodeCount struct {
	Stage string `json:"stage"`
	Code  int    `json:"code"`
	Rows  int64  `json:"rows"`
}

// Story is all that is known of a batch.
type Story struct {
	Batch         Batch       `json:"batch"`
	Events        []Event     `json:"events"`
	RejectsByCode []CodeCount `json:"rejects_by_code"`
	FirstRejects  []Reject    `json:"first_rejects"` // at most 20, in the order of the file
}

// Story returns everything `scorehouse batch show` prints. It returns fault.NotFound when there is no such batch.
func (s *Store) Story(ctx context.Context, id ID) (Story, error) {
	b, err := s.Get(ctx, id)
	if err != nil {
		return Story{}, err
	}
	story := Story{Batch: b, Events: []Event{}, RejectsByCode: []CodeCount{}, FirstRejects: []Reject{}}
	err = errors.Join(
		collect(ctx, s, &story.Events, `
			select attempt, stage, outcome, started_at, finished_at, rows_in, rows_out, rows_rejected, detail
			from batch.event where batch_id = $1 order by event_id`, id),
		collect(ctx, s, &story.RejectsByCode, `
			select stage, code, count(*) from batch.reject where batch_id = $1 group by stage, code order by stage, code`, id),
		collect(ctx, s, &story.FirstRejects, `
			select stage, file, line, column_name, code, message
			from batch.reject where batch_id = $1 order by line, column_name, code limit 20`, id),
	)
	if err != nil {
		return Story{}, fmt.Errorf("story of batch %d: %w", id, err)
	}
	return story, nil
}

func collect[T any](ctx context.Context, s *Store, into *[]T, sql string, args ...any) error {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return pg.Clean(err)
	}
	*into, err = pgx.AppendRows(*into, rows, pgx.RowToStructByPos[T])
	return pg.Clean(err)
}
