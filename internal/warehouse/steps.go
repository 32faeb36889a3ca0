package warehouse

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/crash"
	"scorehouse/internal/edu"
)

var (
	//go:embed publish_stage.sql
	stageSQL string
	//go:embed publish_institution.sql
	institutionSQL string
	//go:embed publish_student.sql
	studentSQL string
	//go:embed publish_location.sql
	locationSQL string
	//go:embed publish_match.sql
	matchSQL string
	//go:embed publish_outcome.sql
	outcomeSQL string
	//go:embed publish_redescribed.sql
	redescribedSQL string
)

// publishing is one publication under way: its transaction and what it has found out.
type publishing struct {
	tx         pgx.Tx
	batch      Batch
	assessment edu.Assessment
	creates    bool // there is a row that creates a result
	late       bool // a batch that arrived later is published already

	assessmentID int32 // 0: the warehouse does not know it
	large        bool  // beside the results that the warehouse has
	redescribed  bool  // the assessment changed what results repeat of it
	closes       int64 // current results to end
	inserts      int64 // rows to add
	done         Publication
	settled      bool // nothing is left to do but to commit
}

// steps is a publication in its order, all in one transaction. Rows are copied before the lock is taken, so that the
// next batch can travel while one is decided.
var steps = []struct {
	name string
	do   func(run *publishing, ctx context.Context, staged Source) error
}{
	{"copy", (*publishing).copy},
	{"lock", (*publishing).lock},
	{"assessment", (*publishing).describe},
	{"schools", (*publishing).institutions},
	{"students", (*publishing).students},
	{"locations", (*publishing).locations},
	{"measure", (*publishing).measure},
	{"match", (*publishing).match},
	{"close", (*publishing).close},
	{"insert", (*publishing).insert},
	{"redescribe", (*publishing).redescribe},
	{"remember", (*publishing).remember},
	{"analyze", (*publishing).analyze},
	{"record", (*publishing).record},
}

// exec runs statements of a file with integers, booleans or text in place of their parameters.
func (run *publishing) exec(ctx context.Context, sql string, args ...any) error {
	_, err := run.tx.Exec(ctx, sql, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...)
	return err
}

// copy brings the staged rows into the transaction, and checks that all of them came.
func (run *publishing) copy(ctx context.Context, staged Source) error {
	if err := run.exec(ctx, settings); err != nil {
		return err
	}
	if err := run.exec(ctx, stageSQL); err != nil {
		return err
	}
	for _, table := range stagedTables {
		n, err := copyStaged(ctx, run.tx, staged, table)
		if err != nil {
			return err
		}
		if table == "outcome" {
			run.done.Staged = n
		}
	}
	if run.done.Staged != run.batch.Rows || run.done.Staged == 0 {
		return fmt.Errorf("the batch has %d staged rows, %d came", run.batch.Rows, run.done.Staged)
	}
	if err := run.exec(ctx, `analyze staged_student (line, code); analyze staged_outcome (line, operation, student_code, school_number, taken_on)`); err != nil {
		return err
	}
	var document []byte
	if err := run.tx.QueryRow(ctx, `select document from staged_assessment`).Scan(&document); err != nil {
		return fmt.Errorf("assessment: %w", err)
	}
	if err := json.Unmarshal(document, &run.assessment); err != nil {
		return fmt.Errorf("assessment: %w", err)
	}
	if err := run.tx.QueryRow(ctx, `select exists (select from staged_outcome where operation = 1)`).Scan(&run.creates); err != nil {
		return err
	}
	if !run.creates { // a batch that only deletes describes nothing: no names, no assessment
		if err := run.exec(ctx, `truncate staged_school, staged_student`); err != nil {
			return err
		}
	}
	crash.Point(crash.Copied)
	return nil
}

// lock waits for the turn of this batch. What is read from here on stays true until the commit.
func (run *publishing) lock(ctx context.Context, _ Source) error {
	if _, err := run.tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, publishLock); err != nil {
		return err
	}
	p, found, err := published(ctx, run.tx, run.batch.ID)
	if err != nil {
		return err
	}
	if found {
		run.done, run.settled = p, true
		return nil
	}
	return run.tx.QueryRow(ctx, `select coalesce(max(version), 0) + 1, coalesce(max(batch_id), 0) > $1 from publication`, run.batch.ID).
		Scan(&run.done.Version, &run.late)
}

// outOfOrder reports whether it matters which batch confirmed or deleted something last. In order, this one is the last.
func (run *publishing) outOfOrder() bool { return run.late || run.batch.Awaited > 0 }

// institutions brings the names of districts and schools, and finds their ids.
func (run *publishing) institutions(ctx context.Context, _ Source) error {
	return run.exec(ctx, institutionSQL, run.done.Version, run.batch.ID, run.batch.Awaited)
}

// students brings who the students are, and finds their ids.
func (run *publishing) students(ctx context.Context, _ Source) error {
	return run.exec(ctx, studentSQL, run.done.Version, run.batch.ID, run.batch.Awaited, run.outOfOrder())
}

// locations finds the ids of the places, new ones included.
func (run *publishing) locations(ctx context.Context, _ Source) error {
	return run.exec(ctx, locationSQL)
}

// match decides what each row does, and checks that every row does something.
func (run *publishing) match(ctx context.Context, _ Source) error {
	sql := matchSQL
	if run.large {
		sql = strings.ReplaceAll(sql, "limit 1\n", "")
	}
	if err := run.exec(ctx, sql, run.batch.ID, run.assessmentID, run.assessment.GUID, run.batch.Awaited, run.outOfOrder()); err != nil {
		return err
	}
	p := &run.done
	err := run.tx.QueryRow(ctx, `
		select count(*) filter (where act = 'new'), count(*) filter (where act = 'changed'), count(*) filter (where act = 'same'),
			count(*) filter (where act = 'older'), count(*) filter (where act = 'deleted'), count(*) filter (where act = 'rejected'),
			count(*) filter (where act in ('changed', 'deleted') and held_at is not null),
			count(*) filter (where act in ('new', 'changed') and operation = 1)
		from outcome_match`).
		Scan(&p.New, &p.Changed, &p.Same, &p.Older, &p.Deleted, &p.Rejected, &run.closes, &run.inserts)
	if err != nil {
		return err
	}
	if p.sum() != p.Staged {
		return fmt.Errorf("%d rows are staged, %d were decided on", p.Staged, p.sum())
	}
	crash.Point(crash.Deciding)
	return nil
}

// bytesPerResult is what a current result takes in its table.
const bytesPerResult = 140

// measure finds out whether the batch has more than a fifth as many rows as the warehouse has current results: then reading
// all of them once is quicker than to look each up.
func (run *publishing) measure(ctx context.Context, _ Source) error {
	var bytes int64
	err := run.tx.QueryRow(ctx, `select pg_relation_size('assessment_outcome_current')`).Scan(&bytes)
	run.large = run.done.Staged*5 > bytes/bytesPerResult
	return err
}

// close ends the current rows of results that changed or are deleted.
func (run *publishing) close(ctx context.Context, _ Source) error {
	tag, err := run.tx.Exec(ctx, `
		update assessment_outcome o set to_version = $1
		from outcome_match m
		where m.act in ('changed', 'deleted') and o.ctid = m.held_at and o.to_version = 2147483647`, run.done.Version)
	return expect(run.closes, tag.RowsAffected(), err)
}

// insert adds the new rows.
func (run *publishing) insert(ctx context.Context, _ Source) error {
	tag, err := run.tx.Exec(ctx, outcomeSQL, run.done.Version, run.batch.ID, run.assessmentID)
	return expect(run.inserts, tag.RowsAffected(), err)
}

func expect(want, got int64, err error) error {
	if err == nil && want != got {
		return fmt.Errorf("%d rows were written, not %d", got, want)
	}
	return err
}

// redescribe carries a corrected year, type or subject to the results that other batches brought.
func (run *publishing) redescribe(ctx context.Context, _ Source) error {
	if !run.redescribed {
		return nil
	}
	_, err := run.tx.Exec(ctx, redescribedSQL, run.done.Version, run.assessmentID)
	return err
}

// remember keeps what an earlier batch that comes later has to know.
func (run *publishing) remember(ctx context.Context, _ Source) error {
	if run.done.Deleted+run.done.Rejected > 0 {
		_, err := run.tx.Exec(ctx, `
			insert into deleted_outcome (student_code, assessment_guid, taken_on, batch_id)
			select o.student_code, $1, o.taken_on, $2
			from outcome_match m join staged_outcome o on o.line = m.line
			where m.act in ('deleted', 'rejected')
			on conflict (student_code, assessment_guid, taken_on) do update
				set batch_id = greatest(deleted_outcome.batch_id, excluded.batch_id)`, run.assessment.GUID, run.batch.ID)
		if err != nil {
			return err
		}
	}
	if run.batch.Awaited == 0 || run.done.Same == 0 {
		return nil
	}
	_, err := run.tx.Exec(ctx, `
		insert into confirmed_outcome (student_id, assessment_id, taken_on, batch_id)
		select m.student_id, $1, o.taken_on, $2
		from outcome_match m join staged_outcome o on o.line = m.line
		where m.act = 'same' and m.operation = 1 and m.unconfirmed
		on conflict (student_id, assessment_id, taken_on) do update set batch_id = excluded.batch_id`, run.assessmentID, run.batch.ID)
	return err
}

// analyze tells the planner of reports about a batch that makes the tables another size. Autovacuum would, in a minute or two.
func (run *publishing) analyze(ctx context.Context, _ Source) error {
	if !run.large || run.done.Staged < 1000 {
		return nil
	}
	return run.exec(ctx, `select analyze_results()`)
}

// record writes the publication, tells the caller what was rejected, and leaves the commit to Publish.
func (run *publishing) record(ctx context.Context, _ Source) error {
	p := &run.done
	if p.Rejected == p.Staged {
		p.Version = 0
	} else if err := run.tx.QueryRow(ctx, `
		insert into publication (version, batch_id, kind, rows_staged, rows_new, rows_changed, rows_same, rows_older, rows_deleted, rows_rejected)
		values ($1, $2, 'publish', $3, $4, $5, $6, $7, $8, $9)
		returning published_at`,
		p.Version, p.BatchID, p.Staged, p.New, p.Changed, p.Same, p.Older, p.Deleted, p.Rejected).Scan(&p.PublishedAt); err != nil {
		return err
	}
	if run.batch.BeforeCommit != nil {
		lines, err := run.rejected(ctx)
		if err != nil {
			return err
		}
		if err := run.batch.BeforeCommit(ctx, *p, lines); err != nil {
			return fmt.Errorf("before commit: %w", err)
		}
	}
	crash.Point(crash.Committing)
	return nil
}

// rejected returns the lines of the deletes without a current result.
func (run *publishing) rejected(ctx context.Context) ([]int64, error) {
	if run.done.Rejected == 0 {
		return nil, nil
	}
	rows, err := run.tx.Query(ctx, `select line::bigint from outcome_match where act = 'rejected' order by line`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}
