package staging

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
)

var (
	//go:embed outcome.sql
	outcomeSQL string
	//go:embed student.sql
	studentSQL string
	//go:embed repeated_outcome.sql
	repeatedOutcomeSQL string
	//go:embed repeated_student.sql
	repeatedStudentSQL string
)

// Columns names the columns of the tuples that an attempt is sent, in their order.
type Columns struct{ Outcome, Student []string }

// Attempt is the work of one attempt at a batch, from an empty schema to a sealed one. Its methods must not run at the same time, but for
// SendOutcomes and SendStudents.
type Attempt struct {
	store   *Store
	schema  string
	batchID int32
	number  int

	stop              context.CancelFunc // of both streams
	outcomes, student *stream
}

// Begin makes the schema of an attempt and opens the COPY streams. What earlier attempts at the batch left is dropped, unless somebody
// still works there. Close must be called.
func (s *Store) Begin(ctx context.Context, batchID int32, attempt int, columns Columns) (_ *Attempt, err error) {
	a := &Attempt{store: s, schema: SchemaName(batchID, attempt), batchID: batchID, number: attempt}
	older, err := s.olderAttempts(ctx, batchID, attempt)
	if err != nil {
		return nil, fmt.Errorf("stage batch %d: %w", batchID, pg.Clean(err))
	}
	for _, schema := range append(older, a.schema) {
		if err := s.Drop(ctx, schema); err != nil && (schema == a.schema || pg.CodeOf(err) != "55P03") {
			return nil, fmt.Errorf("stage batch %d: %w", batchID, err)
		}
	}
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "create schema "+pgx.Identifier{a.schema}.Sanitize()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "insert into staged_batch (schema_name, batch_id, attempt) values ($1, $2, $3)", a.schema, batchID, attempt)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("stage batch %d: %w", batchID, pg.Clean(err))
	}
	streams, stop := context.WithCancel(ctx)
	a.stop = stop
	if a.outcomes, err = s.openStream(streams, a.schema, OutcomeTable, outcomeSQL, columns.Outcome); err == nil {
		a.student, err = s.openStream(streams, a.schema, StudentTable, studentSQL, columns.Student)
	}
	if err != nil {
		a.Close(ctx)
		return nil, fmt.Errorf("stage batch %d: %w", batchID, err)
	}
	return a, nil
}

// Schema returns the name of the attempt's schema.
func (a *Attempt) Schema() string { return a.schema }

// SendOutcomes hands tuples of the outcome table over and returns an empty buffer to go on with. It waits while the server is busy.
func (a *Attempt) SendOutcomes(tuples []byte) ([]byte, error) { return a.outcomes.send(tuples) }

// SendStudents does the same for the student table.
func (a *Attempt) SendStudents(tuples []byte) ([]byte, error) { return a.student.send(tuples) }

// Finish ends both streams and makes their rows durable. Nothing counts before Seal. It returns the number of rows sent to
// the outcome table.
func (a *Attempt) Finish(ctx context.Context) (int64, error) {
	err := errors.Join(a.outcomes.finish(), a.student.finish())
	if err == nil {
		err = errors.Join(a.outcomes.commit(ctx), a.student.commit(ctx))
	}
	if err != nil {
		return 0, fmt.Errorf("stage batch %d: %w", a.batchID, err)
	}
	return a.outcomes.rows, nil
}

// Close stops what still runs and undoes rows that Finish has not made durable. It may be called at any time, also after Finish.
func (a *Attempt) Close(ctx context.Context) {
	for _, s := range []*stream{a.outcomes, a.student} {
		if s != nil {
			s.abort(ctx, a.stop)
		}
	}
	a.stop()
}

// Contents is what Seal adds to the rows.
type Contents struct {
	Assessment edu.Assessment
	Schools    []School
	// Suspects are the lines of rows whose student occurs more than once in the file; only among them can results repeat. More lines
	// than needed do no harm.
	Suspects []int32
}

// Repeat is a row that was left out because a later one does the same to the same result.
type Repeat struct {
	Line      int64
	Operation edu.Operation
}

// Seal keeps the last row of each result and student, adds the small tables, and marks the schema sealed, in one
// transaction. It returns the number of outcome rows that stay and the rows left out.
func (a *Attempt) Seal(ctx context.Context, c Contents) (rows int64, repeats []Repeat, err error) {
	err = pgx.BeginFunc(ctx, a.store.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local search_path to "+pgx.Identifier{a.schema}.Sanitize()); err != nil {
			return err
		}
		if repeats, err = keepLast(ctx, tx, c.Suspects); err != nil {
			return err
		}
		if err := a.addSmallTables(ctx, tx, c); err != nil {
			return err
		}
		rows = a.outcomes.rows - int64(len(repeats))
		tag, err := tx.Exec(ctx, "update public.staged_batch set sealed_at = now(), rows_staged = $2 where schema_name = $1 and sealed_at is null", a.schema, rows)
		if err == nil && tag.RowsAffected() != 1 {
			return errors.New("the schema was sealed or dropped meanwhile")
		}
		return err
	})
	if err != nil {
		return 0, nil, fmt.Errorf("seal batch %d: %w", a.batchID, pg.Clean(err))
	}
	return rows, repeats, nil
}

// keepLast removes rows that later ones replace.
func keepLast(ctx context.Context, tx pgx.Tx, suspects []int32) ([]Repeat, error) {
	if len(suspects) == 0 {
		return nil, nil
	}
	if _, err := tx.Exec(ctx, "create temporary table suspect (line int primary key) on commit drop"); err != nil {
		return nil, err
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"suspect"}, []string{"line"},
		pgx.CopyFromSlice(len(suspects), func(i int) ([]any, error) { return []any{suspects[i]}, nil }))
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "analyze suspect"); err != nil {
		return nil, err
	}
	found, err := tx.Query(ctx, repeatedOutcomeSQL)
	if err != nil {
		return nil, err
	}
	repeats, err := pgx.CollectRows(found, pgx.RowToStructByPos[Repeat])
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, repeatedStudentSQL)
	return repeats, err
}

// addSmallTables makes and fills school and assessment.
func (a *Attempt) addSmallTables(ctx context.Context, tx pgx.Tx, c Contents) error {
	document, err := json.Marshal(c.Assessment)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"create table assessment (document jsonb not null)",
		"create table school (school_number int primary key, district_code text not null, district_name text not null, school_code text not null, school_name text not null)",
	} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, "insert into assessment (document) values ($1::jsonb)", string(document)); err != nil {
		return err
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"school"}, []string{"school_number", "district_code", "district_name", "school_code", "school_name"},
		pgx.CopyFromSlice(len(c.Schools), func(i int) ([]any, error) {
			s := c.Schools[i]
			return []any{s.Number, s.DistrictCode, s.DistrictName, s.Code, s.Name}, nil
		}))
	return err
}
