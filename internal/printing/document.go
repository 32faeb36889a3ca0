package printing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"scorehouse/internal/crash"
	"scorehouse/internal/jobs"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/words"
)

// readStudents is how many students are read at a time: enough that the questions cost little each, few enough that printing begins soon.
const readStudents = 250

// progressEvery is how often a job tells how far it is.
const progressEvery = 200 * time.Millisecond

// run is one attempt to print a job.
type run struct {
	Config
	job     Job
	reports *report.Reports
	bundle  report.Bundle
	look    Look
	digest  string // of look

	done atomic.Int64
	told struct {
		sync.Mutex
		at time.Time
	}
}

// all prints documents, as many at a time as there are processors. The first error ends all.
func (r *run) all(ctx context.Context, docs []document) ([]Part, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts, errs := make([]Part, len(docs)), make([]error, len(docs))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(docs)) {
		workers.Go(func() {
			for i := range next {
				errs[i] = jobs.Safely(ctx, r.Logger.With("print_job", r.job.ID), func(ctx context.Context) (err error) {
					parts[i], err = r.part(ctx, docs[i], i)
					return err
				})
				if errs[i] != nil {
					cancel()
				}
			}
		})
	}
	for i := range docs {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	return parts, firstOf(errs, ctx.Err())
}

// firstOf returns the error that ended the others: those that only echo its cancellation come last.
func firstOf(errs []error, echo error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return echo
}

// part makes one document: the one printed ahead if it will do, else a new one.
func (r *run) part(ctx context.Context, d document, i int) (Part, error) {
	o := r.job.Wish.Options
	name := fmt.Sprintf("%s/%s/%d/%04d.age", jobsFolder, r.job.ID, r.job.Attempt, i+1)
	place := r.job.placeName()
	p := Part{Number: i + 1, School: d.school.School.Name, Grade: d.grade, Piece: d.piece, Pieces: d.pieces, Students: len(d.students), FileName: d.fileName(place, o, r.job.RequestedAt.Local())}
	if d.pieces > 1 {
		p.First, p.Last = letters(d.students[0].Last), letters(d.students[len(d.students)-1].Last)
	}
	if r.job.Wish.whole() && d.pieces == 1 && d.grade != nil {
		kept, found, err := r.keptOf(ctx, d, name)
		if err != nil || found {
			return p.with(kept), errors.Join(err, r.printed(ctx, len(d.students), true))
		}
	}
	m, err := r.document(ctx, d, name)
	return p.with(m), err
}

// with is a part whose document is made.
func (p Part) with(m made) Part {
	p.Pages, p.Bytes, p.digest, p.storedAs, p.schools = m.pages, m.bytes, m.digest, m.name, m.schools
	return p
}

// jobsFolder is where documents of jobs lie: below it JOB/ATTEMPT/NUMBER.age.
const jobsFolder = "jobs"

// letters are the first of a last name, as on the back of a volume.
func letters(last string) string {
	all := []rune(strings.TrimSpace(strings.ToValidUTF8(last, "")))
	return string(all[:min(3, len(all))])
}

// printed counts students, tells the job now and then, and says whether to go on.
func (r *run) printed(ctx context.Context, students int, ask bool) error {
	done := int(r.done.Add(int64(students)))
	if r.Progress != nil {
		r.Progress(done)
	}
	r.told.Lock()
	due := ask || time.Since(r.told.at) >= progressEvery
	if due {
		r.told.at = time.Now()
	}
	r.told.Unlock()
	if !due || r.job.ID == "" {
		return ctx.Err()
	}
	return r.progress(ctx, r.job, done)
}

// made is a document that has been printed and stored.
type made struct {
	stored
	pages   int
	schools []scope.School // whose results are in it, earlier years' included
}

// document prints one document and stores it under a name.
func (r *run) document(ctx context.Context, d document, name string) (made, error) {
	how, m, seen := r.look.options(r.job.Wish.Options), made{}, map[scope.School]bool{}
	var err error
	m.stored, err = seal(r.Files, r.Key, name, func(out io.Writer) error {
		cover := r.cover(d, how.Words)
		b := studentreport.NewBundle(out, r.Press.press.NewSetter(), cover.Title+" · "+cover.About[0], how)
		b.Duplex = r.job.Wish.Options.Duplex
		for c := range r.read(ctx, d.students) {
			if c.err != nil {
				return c.err
			}
			pages, err := r.add(ctx, b, c, seen)
			if err != nil {
				return err
			}
			m.pages += pages
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		m.pages += b.Front(cover)
		return b.Close()
	})
	if err != nil {
		return made{}, fmt.Errorf("print document: %w", err)
	}
	m.schools = slices.Collect(maps.Keys(seen))
	return m, nil
}

// add adds the reports of a chunk to a document, and the schools of their results to those seen.
func (r *run) add(ctx context.Context, b *studentreport.Bundle, c chunk, seen map[scope.School]bool) (pages int, err error) {
	for _, s := range c.students {
		of := c.reports[s.StudentID]
		for _, x := range of.Reports {
			pages += b.Add(x)
		}
		for _, at := range of.Schools {
			seen[at] = true
		}
		if err := r.printed(ctx, 1, false); err != nil {
			return pages, err
		}
		crash.Point(crash.Printing)
	}
	return pages, nil
}

// chunk is some students with their reports.
type chunk struct {
	students []report.Printable
	reports  map[int]report.ReportsOfStudent // by the student's number
	err      error
}

// read reads the reports of students, one chunk ahead of whoever prints. It ends with ctx.
func (r *run) read(ctx context.Context, students []report.Printable) func(yield func(chunk) bool) {
	return func(yield func(chunk) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		ahead := make(chan chunk, 1)
		go func() {
			defer close(ahead)
			for from := 0; from < len(students); from += readStudents {
				c := chunk{students: students[from:min(from+readStudents, len(students))]}
				ids := make([]int, len(c.students))
				for i, s := range c.students {
					ids[i] = s.StudentID
				}
				c.err = jobs.Safely(ctx, r.Logger.With("print_job", r.job.ID), func(ctx context.Context) (err error) {
					c.reports, err = r.reports.StudentReports(ctx, r.job.Scope, r.bundle.Version, r.job.Wish.Of.Type, r.job.Wish.Of.Year, ids)
					return err
				})
				select {
				case ahead <- c:
				case <-ctx.Done():
					return
				}
				if c.err != nil {
					return
				}
			}
		}()
		for c := range ahead {
			if !yield(c) {
				return
			}
		}
	}
}

// cover is what stands in front of a document.
func (r *run) cover(d document, w *words.Words) studentreport.Cover {
	of := r.job.Wish.Of
	title := d.school.School.Name
	if title == "" {
		title = cmp.Or(r.bundle.Place.School.Name, r.bundle.Place.District.Name, w.Print.Selection())
	}
	about := []string{w.Student.TypeYear(w.Type(of.Type), of.Year)}
	if d.grade != nil {
		about = append(about, w.Grade(*d.grade))
	}
	if r.job.Place.Group != "" {
		about = append(about, r.job.Place.Group)
	}
	if d.pieces > 1 {
		about = append(about, w.Print.Part(d.piece, d.pieces, d.students[0].Last, d.students[len(d.students)-1].Last))
	}
	c := studentreport.Cover{Title: title, About: about, Requested: r.job.Requester.Name, Made: time.Now()}
	for range r.exceptions(d) {
		c.Exceptions = append(c.Exceptions, studentreport.Exception{Name: w.Print.Nameless(), Why: w.Paper.NoResult()})
	}
	return c
}

// exceptions is how many students stand on the cover of a document as those who were asked for and have no report: it is the first document that tells of them.
func (r *run) exceptions(d document) int {
	if !d.first {
		return 0
	}
	return r.bundle.Missing
}
