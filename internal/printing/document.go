package printing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"scorehouse/internal/crash"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/report"
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
				if parts[i], errs[i] = r.part(ctx, docs[i], i); errs[i] != nil {
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
	// What is printed ahead shows all that students have: also results from schools that somebody who sees less than the state may not see.
	if r.job.Scope.AllStudents && r.job.Wish.whole() && d.pieces == 1 && d.grade != nil {
		kept, found, err := r.keptOf(ctx, d, name)
		if err != nil || found {
			p.Pages, p.Bytes, p.digest, p.storedAs = kept.pages, kept.bytes, kept.digest, kept.name
			return p, errors.Join(err, r.printed(ctx, len(d.students), true))
		}
	}
	printed, err := r.document(ctx, d, name)
	p.Pages, p.Bytes, p.digest, p.storedAs = printed.pages, printed.bytes, printed.digest, printed.name
	return p, err
}

// jobsFolder is where documents of jobs lie: below it JOB/ATTEMPT/NUMBER.age.
const jobsFolder = "jobs"

// letters are the first of a last name, as on the back of a volume.
func letters(last string) string {
	last = strings.TrimSpace(last)
	n := 0
	for i := range last {
		if n == 3 {
			return last[:i]
		}
		n++
	}
	if !utf8.ValidString(last) {
		return ""
	}
	return last
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
	pages int
}

// document prints one document and stores it under a name.
func (r *run) document(ctx context.Context, d document, name string) (made, error) {
	how, err := r.Press.options(ctx, r.job.Tenant, r.job.Wish.Options)
	if err != nil {
		return made{}, err
	}
	var m made
	m.stored, err = seal(r.Files, r.Key, name, func(out io.Writer) error {
		cover := r.cover(d, how.Words)
		b := studentreport.NewBundle(out, r.Press.press.NewSetter(), cover.Title+" · "+cover.About[0], how)
		b.Duplex = r.job.Wish.Options.Duplex
		for c := range r.read(ctx, d.students) {
			if c.err != nil {
				return c.err
			}
			pages, err := r.add(ctx, b, c)
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
	return m, nil
}

// add adds the reports of a chunk to a document.
func (r *run) add(ctx context.Context, b *studentreport.Bundle, c chunk) (pages int, err error) {
	for _, s := range c.students {
		for _, x := range c.reports[s.StudentID] {
			pages += b.Add(x)
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
	reports  map[int][]report.StudentReport
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
				c.reports, c.err = r.reports.StudentReports(ctx, r.job.Scope, r.bundle.Version, r.job.Wish.Of.Type, r.job.Wish.Of.Year, ids)
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
	if r.bundle.Missing > 0 && d.piece == 1 {
		for range r.bundle.Missing {
			c.Exceptions = append(c.Exceptions, studentreport.Exception{Name: w.Print.Nameless(), Why: w.Paper.NoResult()})
		}
	}
	return c
}
