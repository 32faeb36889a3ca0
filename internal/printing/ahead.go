package printing

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
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

// Work finds which classes have changed since it last looked, and prints all that are due. What is printed stays when it is interrupted; one
// class that cannot be printed does not keep it from the others, and stays due.
func (w *AheadWorker) Work(ctx context.Context, queued *river.Job[AheadArgs]) error {
	id := queued.Args.Tenant
	log, started := w.config.Logger.With("tenant", id, "job_id", queued.ID), time.Now()
	reports, err := w.config.Reports(ctx, id)
	if err != nil {
		return err
	}
	if _, err := w.config.Pool.Exec(ctx, `update printing.ahead set begun_at = now(), finished_at = null, printed = 0, failed = 0 where tenant = $1`, id); err != nil {
		return fmt.Errorf("print ahead: %w", pg.Clean(err))
	}
	if err := w.check(ctx, id, reports); err != nil {
		return err
	}
	printed, failed, err := w.printDue(ctx, id, reports)
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

// check makes classes due that have changed since the version that was last looked at. From then on nothing is made of their old documents.
func (w *AheadWorker) check(ctx context.Context, id tenant.ID, reports *report.Reports) error {
	var since int
	if err := w.config.Pool.QueryRow(ctx, `select checked_version from printing.ahead where tenant = $1`, id).Scan(&since); err != nil {
		return fmt.Errorf("print ahead: %w", pg.Clean(err))
	}
	until, err := reports.Version(ctx)
	if err != nil || until <= since {
		return err
	}
	classes, err := reports.ChangedClasses(ctx, everybody(id), since, until)
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, w.config.Pool, func(tx pgx.Tx) error {
		var b pgx.Batch
		for _, c := range classes {
			b.Queue(`insert into printing.kept (tenant, district, school, grade, academic_year, type, due_version) values ($1, $2, $3, $4, $5, $6, $7)
				on conflict (tenant, district, school, grade, academic_year, type) do update set due_version = excluded.due_version, version = null`,
				id, c.District, c.School, c.Grade, c.Year, c.Type, until)
		}
		b.Queue(`update printing.ahead set checked_version = $2 where tenant = $1 and checked_version = $3`, id, until, since)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("print ahead: note what is due: %w", pg.Clean(err))
	}
	return nil
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

func (w *AheadWorker) printDue(ctx context.Context, id tenant.ID, reports *report.Reports) (printed, failed int, _ error) {
	rows, err := w.config.Pool.Query(ctx, `select district, school, grade, academic_year, type, due_version from printing.kept
		where tenant = $1 and version is null order by academic_year desc, district, school, type, grade`, id)
	if err != nil {
		return 0, 0, fmt.Errorf("print ahead: %w", pg.Clean(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d due, err error) {
		return d, row.Scan(&d.District, &d.School, &d.Grade, &d.Year, &d.Type, &d.version)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("print ahead: %w", pg.Clean(err))
	}
	var errs []error
	for _, d := range all {
		if ctx.Err() != nil {
			return printed, failed, ctx.Err()
		}
		err := w.class(ctx, id, reports, d)
		if err == nil {
			printed++
		} else if failed++; len(errs) < 3 {
			errs = append(errs, err)
		}
		if _, err := w.config.Pool.Exec(ctx, `update printing.ahead set printed = $2, failed = $3 where tenant = $1`, id, printed, failed); err != nil {
			return printed, failed, fmt.Errorf("print ahead: %w", pg.Clean(err))
		}
	}
	return printed, failed, errors.Join(errs...)
}

// class prints one class and keeps the document, unless the class has changed again meanwhile. A class without students is forgotten.
func (w *AheadWorker) class(ctx context.Context, id tenant.ID, reports *report.Reports, d due) error {
	j := Job{Tenant: id, Scope: everybody(id), Wish: Wish{Of: ofClass(d.Class), Options: Usual}, RequestedAt: time.Now()}
	bundle, err := reports.Bundle(ctx, j.Scope, j.Wish.Of)
	if fault.Is(err, fault.NotFound) { // the school is gone
		bundle, err = report.Bundle{}, nil
	}
	if err != nil {
		return err
	}
	docs := documents(bundle.Students, ByGrade, w.config.PartStudents)
	if len(docs) != 1 { // nobody, or too many for one document: such a request is printed when it comes
		_, err := w.config.Pool.Exec(ctx, `delete from printing.kept where `+ofKept+` and due_version = $7`, keyOf(id, d.Class, d.version)...)
		return pg.Clean(err)
	}
	r := &run{Config: w.config, job: j, reports: reports, bundle: bundle}
	name := fmt.Sprintf("%s/%s/%s.age", aheadFolder, id, strings.ToLower(rand.Text()))
	m, err := r.document(ctx, docs[0], name)
	if err != nil {
		return err
	}
	tag, err := w.config.Pool.Exec(ctx, `update printing.kept set version = $8, students = $9, pages = $10, bytes = $11, digest = $12, stored_as = $13, printed_at = now()
		where `+ofKept+` and due_version = $7`, append(keyOf(id, d.Class, d.version), bundle.Version, len(docs[0].students), m.pages, m.bytes, m.digest, name)...)
	if err == nil && tag.RowsAffected() == 0 {
		return w.config.Files.Remove(name)
	}
	return pg.Clean(err)
}

// ofKept is the condition for one class, whose values keyOf gives.
const ofKept = `tenant = $1 and district = $2 and school = $3 and grade = $4 and academic_year = $5 and type = $6`

func keyOf(id tenant.ID, c report.Class, more ...any) []any {
	return append([]any{id, c.District, c.School, c.Grade, c.Year, c.Type}, more...)
}

// keptOf copies the document printed ahead of a class to a name of a job. It reports whether there is one in which, for certain, nothing has changed up
// to the version that the job shows. Nothing is decrypted for it.
func (r *run) keptOf(ctx context.Context, d document, name string) (made, bool, error) {
	of := r.job.Wish.Of
	class := report.Class{District: d.school.District.ID, School: d.school.School.ID, Grade: *d.grade, Year: of.Year, Type: of.Type}
	var m made
	var students int
	var from string
	err := r.Pool.QueryRow(ctx, `select k.students, k.pages, k.bytes, k.digest, k.stored_as from printing.kept k join printing.ahead a using (tenant)
		where k.`+strings.ReplaceAll(ofKept, " and ", " and k.")+` and k.version <= $7 and a.checked_version = $7`, keyOf(r.job.Tenant, class, r.bundle.Version)...).
		Scan(&students, &m.pages, &m.bytes, &m.digest, &from)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && students != len(d.students) {
		return made{}, false, nil
	}
	if err != nil {
		return made{}, false, fmt.Errorf("look for what was printed ahead: %w", pg.Clean(err))
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
