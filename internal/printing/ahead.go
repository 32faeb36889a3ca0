package printing

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/jobs"
	"scorehouse/internal/pg"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
)

// AheadArgs asks for the classes of a tenant that have changed to be printed.
type AheadArgs struct {
	Tenant tenant.ID `json:"tenant"`
}

// Kind names the job of the queue.
func (AheadArgs) Kind() string { return "print.ahead" }

// aheadFolder is where documents printed ahead lie: below it TENANT/NAME.age.
const aheadFolder = "ahead"

// AheadTimeout is how long one run may take.
const AheadTimeout = 6 * time.Hour

// AheadWorker prints classes ahead. It is safe for concurrent use.
type AheadWorker struct {
	river.WorkerDefaults[AheadArgs]
	config Config
}

// NewAheadWorker returns a worker for the queue.
func NewAheadWorker(c Config) *AheadWorker { return &AheadWorker{config: c.withDefaults()} }

// Timeout tells the queue how long one try may take.
func (w *AheadWorker) Timeout(*river.Job[AheadArgs]) time.Duration { return AheadTimeout }

// Work finds which classes have changed since it last looked, or look otherwise by now, and prints all that are due. What is printed stays when it is
// interrupted; one class that cannot be printed does not keep it from the others, and stays due.
func (w *AheadWorker) Work(ctx context.Context, queued *river.Job[AheadArgs]) error {
	id := queued.Args.Tenant
	log, started := w.config.Logger.With("tenant", id, "job_id", queued.ID), time.Now()
	if _, err := w.config.Pool.Exec(ctx, `update printing.ahead set begun_at = now(), finished_at = null, printed = 0, failed = 0 where tenant = $1`, id); err != nil {
		return fmt.Errorf("print ahead: %w", pg.Clean(err))
	}
	a, err := w.begin(ctx, id, log)
	if err != nil {
		return err
	}
	printed, failed, err := a.printDue(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		log.WarnContext(ctx, "classes could not be printed ahead", "failed", failed, "error", pg.Clean(err))
		if !jobs.LastTry(queued.JobRow) {
			return err
		}
	}
	log.InfoContext(ctx, "printed ahead", "classes", printed, "failed", failed, "seconds", time.Since(started).Seconds())
	_, err = w.config.Pool.Exec(ctx, `update printing.ahead set finished_at = now() where tenant = $1`, id)
	return pg.Clean(err)
}

// ahead is one run.
type ahead struct {
	Config
	tenant  tenant.ID
	reports *report.Reports
	look    Look
	digest  string // of look
	log     *slog.Logger
}

// begin makes due what has changed, and what looks otherwise.
func (w *AheadWorker) begin(ctx context.Context, id tenant.ID, log *slog.Logger) (*ahead, error) {
	a := &ahead{Config: w.config, tenant: id, log: log}
	var err error
	if a.reports, err = a.Reports(ctx, id); err != nil {
		return nil, err
	}
	if a.look, a.digest, err = a.Press.lookOf(ctx, id); err != nil {
		return nil, err
	}
	if err := findChanges(ctx, a.Pool, id, a.reports, false); err != nil {
		return nil, err
	}
	if _, err := a.Pool.Exec(ctx, `update printing.kept set version = null where tenant = $1 and version is not null and look <> $2`, id, a.digest); err != nil {
		return nil, fmt.Errorf("print ahead: %w", pg.Clean(err))
	}
	return a, nil
}

// findChanges makes classes due that have changed since the version that was last looked at, where there is a newer one; from then on nothing is made of their
// old documents. It asks for a run as well where that is wished.
func findChanges(ctx context.Context, pool *pgxpool.Pool, id tenant.ID, reports *report.Reports, run bool) error {
	var since int
	if err := pool.QueryRow(ctx, `select checked_version from printing.ahead where tenant = $1`, id).Scan(&since); err != nil {
		return fmt.Errorf("look for changes: %w", pg.Clean(err))
	}
	until, err := reports.Version(ctx)
	if err != nil || until <= since {
		return err
	}
	classes, err := reports.ChangedClasses(ctx, everybody(id), since, until)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update printing.ahead set checked_version = $2, wanted_at = case when $4 then coalesce(wanted_at, now()) else wanted_at end
			where tenant = $1 and checked_version = $3`, id, until, since, run)
		if err != nil || tag.RowsAffected() == 0 { // another process was quicker
			return err
		}
		return noteDue(ctx, tx, id, classes, until)
	})
	if err != nil {
		return fmt.Errorf("look for changes: %w", pg.Clean(err))
	}
	return nil
}

func noteDue(ctx context.Context, tx pgx.Tx, id tenant.ID, classes []report.Class, version int) error {
	n := len(classes)
	districts, schools, grades, years, types := make([]string, n), make([]string, n), make([]int16, n), make([]int16, n), make([]int16, n)
	for i, c := range classes {
		districts[i], schools[i], grades[i], years[i], types[i] = c.District, c.School, int16(c.Grade), int16(c.Year), int16(c.Type)
	}
	_, err := tx.Exec(ctx, `insert into printing.kept (tenant, district, school, grade, academic_year, type, due_version)
		select $1, c.*, $7 from unnest($2::text[], $3::text[], $4::smallint[], $5::smallint[], $6::smallint[]) as c
		on conflict (tenant, district, school, grade, academic_year, type) do update set due_version = excluded.due_version, version = null`,
		id, districts, schools, grades, years, types, version)
	return err
}

// everybody is the scope of what is printed ahead.
func everybody(id tenant.ID) scope.Scope { return scope.Scope{Tenant: id, AllStudents: true} }

// ofClass asks for everybody in a class.
func ofClass(c report.Class) report.BundleQuestion {
	return report.BundleQuestion{Type: c.Type, Year: c.Year, District: c.District, School: c.School, Filters: report.Filters{Grades: []edu.Grade{c.Grade}}}
}

// due is a class to print, and the version in which it has changed.
type due struct {
	report.Class
	version int
}

// printDue prints every class that is due. Each that fails is told to the log, by its codes.
func (a *ahead) printDue(ctx context.Context) (printed, failed int, _ error) {
	rows, err := a.Pool.Query(ctx, `select district, school, grade, academic_year, type, due_version from printing.kept
		where tenant = $1 and version is null order by academic_year desc, district, school, type, grade`, a.tenant)
	if err != nil {
		return 0, 0, fmt.Errorf("print ahead: %w", pg.Clean(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d due, err error) {
		return d, row.Scan(&d.District, &d.School, &d.Grade, &d.Year, &d.Type, &d.version)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("print ahead: %w", pg.Clean(err))
	}
	var first error
	for _, d := range all {
		err := jobs.Safely(ctx, a.log, func(ctx context.Context) error { return a.class(ctx, d) })
		if ctx.Err() != nil {
			return printed, failed, ctx.Err()
		}
		if err == nil {
			printed++
		} else {
			if failed++; first == nil {
				first = err
			}
			a.log.WarnContext(ctx, "a class could not be printed ahead", "district", d.District, "school", d.School, "grade", d.Grade.Code(), "year", d.Year, "error", pg.Clean(err))
			if err := a.note(ctx, d, reasonFor(err)); err != nil {
				return printed, failed, err
			}
		}
		if _, err := a.Pool.Exec(ctx, `update printing.ahead set printed = $2, failed = $3 where tenant = $1`, a.tenant, printed, failed); err != nil {
			return printed, failed, fmt.Errorf("print ahead: %w", pg.Clean(err))
		}
	}
	return printed, failed, first
}

// note keeps why a class could not be printed.
func (a *ahead) note(ctx context.Context, d due, reason Reason) error {
	_, err := a.Pool.Exec(ctx, `update printing.kept set reason = $8 where `+ofKept+` and due_version = $7`, keyOf(a.tenant, d.Class, d.version, reason)...)
	if err != nil {
		return fmt.Errorf("print ahead: %w", pg.Clean(err))
	}
	return nil
}

// class prints one class and keeps the document, unless the class has changed again meanwhile. A class without students is forgotten.
func (a *ahead) class(ctx context.Context, d due) error {
	j := Job{Tenant: a.tenant, Scope: everybody(a.tenant), Wish: Wish{Of: ofClass(d.Class), Options: Usual}, RequestedAt: time.Now()}
	bundle, err := a.reports.Bundle(ctx, j.Scope, j.Wish.Of)
	if fault.Is(err, fault.NotFound) { // the school is gone, or has another code
		bundle, err = report.Bundle{}, nil
	}
	if err != nil {
		return err
	}
	docs := documents(bundle.Students, ByGrade, a.PartStudents)
	if len(docs) != 1 { // nobody, or too many for one document: such a request is printed when it comes
		return a.forget(ctx, d)
	}
	r := &run{Config: a.Config, job: j, reports: a.reports, bundle: bundle, look: a.look, digest: a.digest}
	name := fmt.Sprintf("%s/%s/%s.age", aheadFolder, a.tenant, strings.ToLower(rand.Text()))
	m, err := r.document(ctx, docs[0], name)
	if err != nil {
		return err
	}
	tag, err := a.Pool.Exec(ctx, `update printing.kept set version = $8, students = $9, pages = $10, bytes = $11, digest = $12, stored_as = $13, look = $14, places = $15,
		printed_at = now(), reason = null where `+ofKept+` and due_version = $7`,
		keyOf(a.tenant, d.Class, d.version, bundle.Version, len(docs[0].students), m.pages, m.bytes, m.digest, name, a.digest, listed(m.schools))...)
	if err == nil && tag.RowsAffected() == 0 {
		return a.Files.Remove(name)
	}
	return pg.Clean(err)
}

// forget keeps nothing of a class any more.
func (a *ahead) forget(ctx context.Context, d due) error {
	rows, err := a.Pool.Query(ctx, `delete from printing.kept where `+ofKept+` and due_version = $7 returning coalesce(stored_as, '')`, keyOf(a.tenant, d.Class, d.version)...)
	if err != nil {
		return pg.Clean(err)
	}
	files, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, name := range files {
		if name != "" {
			err = errors.Join(err, a.Files.Remove(name))
		}
	}
	return pg.Clean(err)
}

// ofKept is the condition for one class, whose values keyOf gives.
const ofKept = `tenant = $1 and district = $2 and school = $3 and grade = $4 and academic_year = $5 and type = $6`

func keyOf(id tenant.ID, c report.Class, more ...any) []any {
	return append([]any{id, c.District, c.School, c.Grade, c.Year, c.Type}, more...)
}

// keptOf copies the document printed ahead of a class to a name of a job. It reports whether there is one in which, for certain, nothing has changed up
// to the version that the job shows, which looks as the job's others do, and of which the person may see everything: it was printed for somebody who sees the
// whole state, so that students' earlier results are in it, from wherever they are. Nothing is decrypted for it.
func (r *run) keptOf(ctx context.Context, d document, name string) (made, bool, error) {
	of := r.job.Wish.Of
	class := report.Class{District: d.school.District.ID, School: d.school.School.ID, Grade: *d.grade, Year: of.Year, Type: of.Type}
	var m made
	var students int
	var from string
	var places []byte
	err := r.Pool.QueryRow(ctx, `select k.students, k.pages, k.bytes, k.digest, k.stored_as, k.places from printing.kept k join printing.ahead using (tenant)
		where `+ofKept+` and k.version <= $7 and checked_version >= $7 and look = $8`, keyOf(r.job.Tenant, class, r.bundle.Version, r.digest)...).
		Scan(&students, &m.pages, &m.bytes, &m.digest, &from, &places)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && students != len(d.students) {
		return made{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(places, &m.schools)
	}
	if err != nil {
		return made{}, false, fmt.Errorf("look for what was printed ahead: %w", pg.Clean(err))
	}
	if slices.ContainsFunc(m.schools, func(at scope.School) bool { return !r.job.Scope.SeesSchool(at.District, at.School) }) {
		return made{}, false, nil
	}
	f, err := r.Files.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return made{}, false, nil // purged at this moment
	}
	if err != nil {
		return made{}, false, err
	}
	defer f.Close()
	m.name = name
	err = r.Files.Create(name, func(to io.Writer) error {
		_, err := io.Copy(to, f)
		return err
	})
	return m, err == nil, err
}
