package web

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/printing"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/downloads"
	"scorehouse/internal/words"
)

// What a person has asked for is there for that person alone, and only as long as the person may see everybody in it.

// downloadsPath is the list of what a person has asked for.
const downloadsPath = "/downloads"

func jobPath(id printing.ID) string { return downloadsPath + "/" + string(id) }

// stream is an answer that is sent while it is made: a file. What it is must be known before; who reads it must not take a part for the whole.
type stream struct {
	name   string
	inline bool  // shown by the browser rather than kept
	bytes  int64 // 0 when not known
	write  func(io.Writer) error
}

// streamTime is how long sending a file may take.
const streamTime = time.Hour

func writeTo(b *bytes.Buffer) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := b.WriteTo(w)
		return err
	}
}

// stream sends a file. When it breaks off, so does the connection, and the browser knows that it has not all.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, kind string, a *stream) {
	disposition := "attachment"
	if a.inline {
		disposition = "inline"
	}
	w.Header().Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": a.name}))
	w.Header().Set("Content-Type", kind)
	if a.bytes > 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(a.bytes, 10))
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(streamTime)) // without one the server's own holds
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	if err := a.write(w); err != nil {
		if r.Context().Err() == nil {
			s.logger.ErrorContext(r.Context(), "file broken off", "request_id", traceOf(r.Context()).id, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
}

// ofJob finds the job that an address names, among those of the person. Any other leads nowhere.
func (s *Server) ofJob(r route, c *call) error {
	j, err := s.desk.Job(c.Context(), requester(c.session), printing.ID(c.PathValue("job")))
	if err != nil {
		return orNoSuchPage(err)
	}
	all, err := s.tenants.all(c.Context())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t tenant.Tenant) bool { return t.ID == j.Tenant })
	if i < 0 || !c.session.Grants.May(r.Permission, j.Tenant) {
		return errNoSuchPage
	}
	c.tenant, c.job = all[i], j
	return nil
}

func orNoSuchPage(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errNoSuchPage
	}
	return err
}

// stillSees refuses what the person may not see any more: grants may have changed since it was asked for.
func (c *call) stillSees() error {
	if slices.ContainsFunc(c.job.Schools, func(at scope.School) bool { return !c.scope.SeesSchool(at.District, at.School) }) {
		return errNoSuchPage
	}
	return nil
}

// downloads lists what the person has asked for.
func (s *Server) downloads(ctx context.Context, c *call) (answer, error) {
	jobs, err := s.desk.Jobs(ctx, requester(c.session))
	if err != nil {
		return answer{}, err
	}
	w := c.say()
	f := s.frame(c, layout.Crumb{Text: w.Frame.Start(), Address: "/"}, layout.Crumb{Text: w.Downloads.Title()})
	f.Again = slices.ContainsFunc(jobs, func(j printing.Job) bool { return !j.State.Over() })
	return answer{page: downloads.List(downloads.ListView{Frame: f, Jobs: jobs, Days: wholeDays(s.keep), Address: c.jobAddress})}, nil
}

// jobAddress is an address below a job's page.
func (c *call) jobAddress(id printing.ID, below string) string {
	return c.addressed(layout.Address{Path: jobPath(id) + below}).String()
}

// jobPage shows one job: how far it is, and what can be collected.
func (s *Server) jobPage(_ context.Context, c *call) (answer, error) {
	w := c.say()
	f := s.frame(c, layout.Crumb{Text: w.Frame.Start(), Address: "/"}, layout.Crumb{Text: w.Downloads.Title(), Address: c.addressed(layout.Address{Path: downloadsPath}).String()},
		layout.Crumb{Text: downloads.Name(w, c.job)})
	f.Again = !c.job.State.Over()
	return answer{shown: c.ofThisJob(0), page: downloads.Job(downloads.JobView{Frame: f, Job: c.job, Address: c.jobAddress})}, nil
}

// ofThisJob states that an answer shows something of the call's job.
func (c *call) ofThisJob(students int) *statement {
	of := c.job.Wish.Of
	what := audit.What{District: audit.Code(of.District), School: audit.Code(of.School), Year: of.Year, Type: of.Type, Object: audit.ID(c.job.ID)}
	if len(of.Filters.Grades) == 1 {
		what.Grade = &of.Filters.Grades[0]
	}
	if len(of.Students) == 1 {
		what.Student = int64(of.Students[0])
	}
	return &statement{students: students, what: what}
}

// jobProgress tells how far a job is, for the script of its page. Asking does not count as opening a page.
func (s *Server) jobProgress(ctx context.Context, c *call) (answer, error) {
	j, err := s.desk.Job(ctx, requester(c.session), printing.ID(c.PathValue("job")))
	if err != nil {
		return answer{}, orNoSuchPage(err)
	}
	return answer{data: progress{j.Done, j.Students, j.State.Over(), string(j.State), downloads.Progress(c.say(), j)}}, nil
}

// progress is how far a job is.
type progress struct {
	Done     int    `json:"done" doc:"students whose reports are made"`
	Students int    `json:"students" doc:"students asked for"`
	Over     bool   `json:"over" doc:"whether nothing more will happen"`
	State    string `json:"state" doc:"state of the job"`
	Text     string `json:"text" doc:"the same in words of the reader's language"`
}

// collectPart gives out one document.
func (s *Server) collectPart(_ context.Context, c *call) (answer, error) {
	number, err := strconv.Atoi(c.PathValue("part"))
	i := slices.IndexFunc(c.job.Parts, func(p printing.Part) bool { return p.Number == number })
	if err != nil || i < 0 {
		return answer{}, errNoSuchPage
	}
	p := c.job.Parts[i]
	f, err := s.desk.Open(p)
	if err != nil {
		return answer{}, orNoSuchPage(err)
	}
	shown := c.ofThisJob(p.Students)
	shown.what.Format = audit.PDF
	return answer{shown: shown, kind: "application/pdf", stream: &stream{name: p.FileName, inline: true, bytes: p.Bytes, write: func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	}}, close: f}, nil
}

// collectAll gives out every document of a job, in one archive.
func (s *Server) collectAll(_ context.Context, c *call) (answer, error) {
	if c.job.State != printing.Ready {
		return answer{}, errNoSuchPage
	}
	students := 0
	for _, p := range c.job.Parts {
		students += p.Students
	}
	shown := c.ofThisJob(students)
	shown.what.Format = audit.Zip
	j := c.job
	return answer{shown: shown, kind: "application/zip", stream: &stream{name: j.ArchiveName(), write: func(w io.Writer) error { return s.archive(w, j) }}}, nil
}

// archive writes the documents of a job as they are: they are compressed already.
func (s *Server) archive(w io.Writer, j printing.Job) error {
	out, names := zip.NewWriter(w), map[string]int{}
	for _, p := range j.Parts {
		name := p.FileName
		if names[name]++; names[name] > 1 { // two schools whose names begin alike
			name = strings.TrimSuffix(name, ".pdf") + "_" + strconv.Itoa(names[name]) + ".pdf"
		}
		to, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store, Modified: j.FinishedAt})
		if err != nil {
			return err
		}
		f, err := s.desk.Open(p)
		if err != nil {
			return err
		}
		_, err = io.Copy(to, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return out.Close()
}

// cancelJob ends a job.
func (s *Server) cancelJob(ctx context.Context, c *call) (answer, error) {
	return s.changed(c, s.desk.Cancel(ctx, requester(c.session), printing.ID(c.PathValue("job"))), jobPath(printing.ID(c.PathValue("job"))))
}

// retryJob has a job printed again, of those whom the person may still see: with what the person may see now, and whom there is by now.
func (s *Server) retryJob(ctx context.Context, c *call) (answer, error) {
	here := answer{redirect: c.addressed(layout.Address{Path: jobPath(c.job.ID)}).String(), recorded: true}
	if !c.job.MayRetry() {
		return here, nil // the page shows why
	}
	reports, _, err := s.reports.of(ctx, c.tenant)
	if err != nil {
		return answer{}, err
	}
	of := c.job.Wish.Of
	of.Remaining = true
	found, err := reports.CountBundle(ctx, c.scope, of)
	if err != nil {
		return answer{}, orNoSuchPage(err)
	}
	again := printing.Again{Scope: c.scope, Schools: found.Schools, Students: found.Students + found.Missing}
	_, err = s.begin(ctx, c, c.ofThisJob(found.Students), c.job.ID, func() (printing.ID, error) {
		return c.job.ID, s.desk.Retry(ctx, requester(c.session), c.job.ID, again)
	})
	if errors.Is(err, printing.ErrTooMany) || errors.Is(err, printing.ErrTooMuch) {
		return answer{}, &sentence{fault.New(fault.Conflict, "Wait before you print more."), func(w *words.Words) string { return waiting(w, err) }}
	}
	if err != nil && !fault.Is(err, fault.Conflict) {
		return answer{}, orNoSuchPage(err)
	}
	return here, nil
}

// deleteJob forgets a job.
func (s *Server) deleteJob(ctx context.Context, c *call) (answer, error) {
	return s.changed(c, s.desk.Delete(ctx, requester(c.session), printing.ID(c.PathValue("job"))), downloadsPath)
}

// changed leads on after a change. One that came too late changes nothing, and the page shows why.
func (s *Server) changed(c *call, err error, to string) (answer, error) {
	if err != nil && !fault.Is(err, fault.Conflict) {
		return answer{}, orNoSuchPage(err)
	}
	return answer{redirect: c.addressed(layout.Address{Path: to}).String()}, nil
}
