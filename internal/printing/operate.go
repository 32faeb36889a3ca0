package printing

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
	"scorehouse/internal/filestore"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// Standing is how printing stands, by tenant.
type Standing struct {
	Tenant         tenant.ID  `json:"tenant"`
	CheckedVersion int        `json:"checked_version"` // changes have been looked for up to it
	Kept           int        `json:"kept"`            // classes whose document is there
	Students       int        `json:"students"`        // in them
	Bytes          int64      `json:"bytes"`
	Due            int        `json:"due"` // classes to be printed anew
	BegunAt        *time.Time `json:"begun_at"`
	FinishedAt     *time.Time `json:"finished_at"`
	Printed        int        `json:"printed"` // by the last run
	Failed         int        `json:"failed"`
	Wanted         bool       `json:"wanted"` // another run is

	Waiting    int        `json:"jobs_waiting"` // of people
	Printing   int        `json:"jobs_printing"`
	Oldest     *time.Time `json:"oldest_unfinished"` // when the oldest of these was asked for
	Ready      int        `json:"jobs_ready"`
	ReadyBytes int64      `json:"jobs_ready_bytes"`
	JobsFailed int        `json:"jobs_failed"`
}

// Stands returns how printing stands for every tenant, in order. A printer and a web server may ask as well.
func Stands(ctx context.Context, pool *pgxpool.Pool) ([]Standing, error) {
	rows, err := pool.Query(ctx, `select tenant, checked_version, kept, students, bytes, due, begun_at, finished_at, printed, failed, wanted,
		waiting, printing, oldest_unfinished, ready, ready_bytes, jobs_failed from printing.standing order by tenant`)
	if err != nil {
		return nil, fmt.Errorf("how printing stands: %w", pg.Clean(err))
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Standing])
	if err != nil {
		return nil, fmt.Errorf("how printing stands: %w", pg.Clean(err))
	}
	return all, nil
}

// Selection names documents printed ahead. Zero fields do not narrow.
type Selection struct {
	Tenant           tenant.ID
	District, School string
	Grade            *edu.Grade
	Year             edu.AcademicYear
}

// condition is the WHERE of a selection, with its values.
func (s Selection) condition() (string, []any) {
	parts, values := []string{"true"}, []any(nil)
	add := func(column string, value any) {
		values = append(values, value)
		parts = append(parts, column+" = $"+strconv.Itoa(len(values)))
	}
	if s.Tenant != "" {
		add("tenant", s.Tenant)
	}
	if s.District != "" {
		add("district", s.District)
	}
	if s.School != "" {
		add("school", s.School)
	}
	if s.Grade != nil {
		add("grade", *s.Grade)
	}
	if s.Year != 0 {
		add("academic_year", s.Year)
	}
	return strings.Join(parts, " and "), values
}

// Purge deletes documents printed ahead, and returns their number. The next run prints them ahead again.
func Purge(ctx context.Context, pool *pgxpool.Pool, files *filestore.Dir, s Selection) (int, error) {
	where, values := s.condition()
	rows, err := pool.Query(ctx, `
		with gone as (select tenant, district, school, grade, academic_year, type, stored_as from printing.kept where stored_as is not null and `+where+` for update)
		update printing.kept k set version = null, stored_as = null, digest = null from gone g
		where (k.tenant, k.district, k.school, k.grade, k.academic_year, k.type) = (g.tenant, g.district, g.school, g.grade, g.academic_year, g.type) returning g.stored_as`, values...)
	if err != nil {
		return 0, fmt.Errorf("purge printed documents: %w", pg.Clean(err))
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return 0, fmt.Errorf("purge printed documents: %w", pg.Clean(err))
	}
	for _, name := range names {
		err = errors.Join(err, files.Remove(name))
	}
	return len(names), err
}

// Regenerate has documents printed ahead anew, as soon as a printer is free; until then nobody is given the old ones. With nothing but a tenant, or nothing at
// all, everything is looked for again. It returns how many are due.
func Regenerate(ctx context.Context, pool *pgxpool.Pool, s Selection) (int, error) {
	where, values := s.condition()
	due := 0
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update printing.kept set version = null where `+where, values...)
		if err != nil {
			return err
		}
		due = int(tag.RowsAffected())
		everything := ""
		if s.District == "" && s.School == "" && s.Grade == nil && s.Year == 0 {
			everything = ", checked_version = 0"
		}
		_, err = tx.Exec(ctx, `insert into printing.ahead (tenant, wanted_at) select tenant, now() from tenant.tenant where $1 = '' or tenant = $1
			on conflict (tenant) do update set wanted_at = now()`+everything, s.Tenant)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("regenerate printed documents: %w", pg.Clean(err))
	}
	_, _ = pool.Exec(ctx, "select pg_notify($1, '')", channel)
	return due, nil
}

// Fault is a document that is not as it was printed.
type Fault struct {
	What    string `json:"what"` // job and number, or class
	File    string `json:"file"`
	Problem string `json:"problem"` // missing, damaged or changed
}

// Verify opens every document that can be collected or given out, and returns how many it has read and those that are not whole.
func Verify(ctx context.Context, pool *pgxpool.Pool, files *filestore.Dir, key age.Identity) (read int, faults []Fault, _ error) {
	rows, err := pool.Query(ctx, `
		select 'job ' || p.job_id || ', document ' || p.number, p.stored_as, p.bytes, p.digest from printing.part p join printing.job j using (job_id) where j.state = 'ready'
		union all
		select concat_ws(' ', k.tenant, k.district, k.school, 'grade', k.grade, k.academic_year), k.stored_as, k.bytes, k.digest from printing.kept k where k.version is not null
		order by 1`)
	if err != nil {
		return 0, nil, fmt.Errorf("verify printed documents: %w", pg.Clean(err))
	}
	type entry struct {
		What, File string
		Bytes      int64
		Digest     []byte
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[entry])
	if err != nil {
		return 0, nil, fmt.Errorf("verify printed documents: %w", pg.Clean(err))
	}
	for _, e := range all {
		if ctx.Err() != nil {
			return read, faults, ctx.Err()
		}
		read++
		if problem := verify(files, key, e.File, e.Bytes, e.Digest); problem != "" {
			faults = append(faults, Fault{e.What, e.File, problem})
		}
	}
	return read, faults, nil
}

// verify says what is wrong with a document, "" when nothing is.
func verify(files *filestore.Dir, key age.Identity, name string, bytes int64, digest []byte) string {
	if _, err := files.Stat(name); err != nil {
		return "missing"
	}
	f, err := unseal(files, key, name)
	if err != nil {
		return "cannot be opened with the key"
	}
	defer f.Close()
	sum := &counter{sum: sha256.New()}
	if _, err := io.Copy(sum, f); err != nil {
		return "damaged"
	}
	if sum.bytes != bytes || string(sum.sum.Sum(nil)) != string(digest) {
		return "not the document that was printed"
	}
	return ""
}
