package printing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/fault"
	"scorehouse/internal/pdf/pdftest"
	"scorehouse/internal/printing"
	"scorehouse/internal/scope"
)

func TestADistrictBecomesADocumentForEachSchoolAndGrade(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(t, of("D1", ""), everybody, 48)
	if j := h.job(t, id); j.State != printing.Waiting || j.Students != 48 {
		t.Fatalf("ordered: %+v", j)
	}
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	j := h.job(t, id)
	if j.State != printing.Ready || j.Done != 48 || time.Until(j.ExpiresAt) < 6*24*time.Hour {
		t.Errorf("printed: %+v", j)
	}
	var got []string
	for _, p := range j.Parts {
		got = append(got, fmt.Sprintf("%d %s %s %d", p.Number, p.School, p.Grade.Code(), p.Students))
	}
	want := []string{"1 Étoile du Nord 04 12", "2 Étoile du Nord 05 12", "3 Otter Lake 04 12", "4 Otter Lake 05 12"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
	stamp := j.RequestedAt.Local().Format("01-02-2006_15-04-05")
	if want := "student_reports_EtoileduNord_grade_05_" + stamp + "_en.g.pdf"; j.Parts[1].FileName != want {
		t.Errorf("named %s, want %s", j.Parts[1].FileName, want)
	}
	f := pdftest.Read(t, h.collect(t, j.Parts[1]))
	text := f.Text(t)
	for _, want := range []string{"Étoile du Nord", "Grade 5", "Rosa Delgado", "Zqx0037", "Zqx0048", "State of Tamarack"} {
		if !strings.Contains(text, want) {
			t.Errorf("the second document does not say %q", want)
		}
	}
	if strings.Contains(text, "Zqx0036") || strings.Contains(text, "Zqx0049") {
		t.Error("the second document holds students of another class")
	}
	for _, p := range f.Problems(t) {
		t.Error(p)
	}
	for _, p := range j.Parts {
		if fault := pdftest.Read(t, h.collect(t, p)).Syntax(); fault != "" {
			t.Errorf("%s: %s", p.FileName, fault)
		}
	}
}

func TestDocumentsOnTheDiskAreNotReadable(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(t, of("D1", "S1"), everybody, 24)
	var plain atomic.Bool
	h.config.Progress = func(int) {
		if _, found := h.onDisk(t, "%PDF"); found {
			plain.Store(true)
		}
	}
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	names, found := h.onDisk(t, "%PDF")
	if len(names) != 2 || found || plain.Load() {
		t.Errorf("on the disk: %v, in clear while printing: %t, after: %t", names, plain.Load(), found)
	}
	if !bytes.HasPrefix(h.collect(t, h.job(t, id).Parts[0]), []byte("%PDF")) {
		t.Error("what is collected is no PDF")
	}
}

func TestLargeBundlesComeInPartsLabelledByNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.config.PartStudents = 20
	w := of("D1", "")
	w.Options.Order, w.Options.Language = printing.ByName, "es"
	id := h.order(t, w, everybody, 48)
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	j := h.job(t, id)
	if len(j.Parts) != 3 || j.Parts[0].Students != 20 || j.Parts[2].Students != 8 || j.Parts[1].Piece != 2 || j.Parts[1].Pieces != 3 || j.Parts[1].First != "Zqx" {
		t.Fatalf("parts: %+v", j.Parts)
	}
	if !strings.Contains(j.Parts[1].FileName, "_part_2_of_3_") || !strings.HasSuffix(j.Parts[1].FileName, "_es.g.pdf") || !strings.HasSuffix(j.ArchiveName(), "_es.g.zip") {
		t.Errorf("named %s in %s", j.Parts[1].FileName, j.ArchiveName())
	}
	if text := pdftest.Read(t, h.collect(t, j.Parts[1])).Text(t); !strings.Contains(text, "Parte 2 de 3: Zqx0021 – Zqx0040") || !strings.Contains(text, "Zqx0030") || strings.Contains(text, "Zqx0041") {
		t.Errorf("the second part says:\n%.2000s", text)
	}
}

func TestAJobReadsNothingBeyondTheScopeItWasOrderedWith(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	school := scope.Scope{Tenant: tamarack, Schools: []scope.School{{District: "D1", School: "S1"}}}
	id := h.order(t, of("D1", ""), school, 48) // whoever ordered this did not look
	if err := h.work(t, id); err == nil {
		t.Error("a district is printed for somebody who sees one school")
	}
	if j := h.job(t, id); j.State != printing.Failed || j.Reason != printing.OurSide || len(j.Parts) != 0 {
		t.Errorf("%+v, want failed", j)
	}
	some := of("", "")
	some.Of.Students = []int{3, 30} // one of S1, one of S2
	id = h.order(t, some, school, 2)
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	if text := pdftest.Read(t, h.collect(t, h.job(t, id).Parts[0])).Text(t); !strings.Contains(text, "Zqx0003") || strings.Contains(text, "Zqx0030") || !strings.Contains(text, "1 student has no report") {
		t.Errorf("printed:\n%.1500s", text)
	}
}

// retryAs asks for a job again, with everybody in sight.
func (h *house) retryAs(ctx context.Context, who printing.Requester, id printing.ID) error {
	return h.desk.Retry(ctx, who, id, printing.Again{Scope: everybody, Students: 48})
}

// What was seen when a job was ordered is not what counts when it is asked for again.
func TestAJobThatIsAskedForAgainReadsWithTheScopeOfThen(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := of("", "")
	w.Of.Students = []int{3, 30} // one of S1, one of S2
	id := h.order(t, w, everybody, 2)
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	run(t, h.control, `update printing.job set expires_at = now()`)
	less := scope.Scope{Tenant: tamarack, Schools: []scope.School{{District: "D1", School: "S1"}}}
	if err := h.desk.Retry(t.Context(), rosa, id, printing.Again{Scope: less, Schools: less.Schools, Students: 2}); err != nil {
		t.Fatal(err)
	}
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	for _, p := range h.job(t, id).Parts {
		if text := pdftest.Read(t, h.collect(t, p)).Text(t); strings.Contains(text, "Zqx0030") {
			t.Error("a student is printed whom the person may not see any more")
		}
	}
	if diff := cmp.Diff(less.Schools, h.job(t, id).Schools); diff != "" {
		t.Errorf("schools (-want +got):\n%s", diff)
	}
}

// Who may collect a job is decided by the schools of all that is in it: of students who were elsewhere a year ago too.
func TestAJobThatIsReadyNamesTheSchoolsOfEarlierYearsToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	lastYearElsewhere(t, h)
	for _, c := range []struct {
		s    scope.Scope
		want []scope.School
	}{
		{everybody, []scope.School{{District: "D1", School: "S1"}, {District: "D2", School: "S1"}}},
		{scope.Scope{Tenant: tamarack, Districts: []string{"D1"}}, []scope.School{{District: "D1", School: "S1"}}},
	} {
		w := of("D1", "S1")
		w.Options.Colour = c.s.AllStudents // two forms
		id := h.order(t, w, c.s, 24+len(c.want))
		if err := h.work(t, id); err != nil {
			t.Fatal(err)
		}
		got := h.job(t, id).Schools
		slices.SortFunc(got, func(a, b scope.School) int { return strings.Compare(a.District, b.District) })
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("printed for %+v, schools (-want +got):\n%s", c.s, diff)
		}
	}
}

// lastYearElsewhere moves the result of 2025 of a student of D1's S1 to the school of D2.
func lastYearElsewhere(t testing.TB, h *house) {
	t.Helper()
	run(t, h.warehouse, `update assessment_outcome set district_id = 2, school_id = 3, score = 1234 where student_id = 5 and academic_year = 2025`)
}

func TestNobodyElseLearnsOfAJob(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(t, of("D1", "S1"), everybody, 24)
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	for _, other := range []printing.Requester{{Provider: "tamarack", User: "rosa-2"}, {Provider: "hemlock", User: "rosa-1"}, {}} {
		_, err := h.desk.Job(t.Context(), other, id)
		_, nothing := h.desk.Job(t.Context(), other, "aaaaaaaaaaaaaaaaaaaaaaaaaa")
		if !fault.Is(err, fault.NotFound) || err.Error() != nothing.Error() {
			t.Errorf("%+v: %v; of nothing: %v", other, err, nothing)
		}
		for name, act := range map[string]func(context.Context, printing.Requester, printing.ID) error{"cancel": h.desk.Cancel, "retry": h.retryAs, "delete": h.desk.Delete} {
			if err := act(t.Context(), other, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s as %+v: %v", name, other, err)
			}
		}
		if jobs, err := h.desk.Jobs(t.Context(), other); err != nil || len(jobs) != 0 {
			t.Errorf("jobs of %+v: %v, %v", other, jobs, err)
		}
	}
	if j := h.job(t, id); j.State != printing.Ready {
		t.Errorf("the job is %s", j.State)
	}
}

func TestAFormSentTwiceAsksOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := printing.Request{Tenant: tamarack, Requester: rosa, Once: "x", Scope: everybody, Wish: of("D1", "S1"), Students: 24}
	ids := make(chan printing.ID, 8)
	for range cap(ids) {
		go func() {
			id, err := h.desk.Order(context.Background(), r)
			if err != nil {
				t.Error(err)
			}
			ids <- id
		}()
	}
	first := <-ids
	for range cap(ids) - 1 {
		if id := <-ids; id != first {
			t.Errorf("jobs %s and %s", first, id)
		}
	}
	for i := range printing.MostUnfinished - 1 {
		r.Once = fmt.Sprint(i)
		if _, err := h.desk.Order(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	r.Once = "one too many"
	if _, err := h.desk.Order(t.Context(), r); !fault.Is(err, fault.Conflict) {
		t.Errorf("one too many: %v", err)
	}
	r.Wish.Options.Language = "xx"
	if _, err := h.desk.Order(t.Context(), r); !fault.Is(err, fault.Invalid) {
		t.Errorf("a language that there is not: %v", err)
	}
}

// Forms sent at the same moment do not pass the limit together.
func TestNobodyGetsPastTheLimits(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := printing.Request{Tenant: tamarack, Requester: rosa, Scope: everybody, Wish: of("D1", "S1"), Students: 24}
	var taken, refused atomic.Int64
	var forms sync.WaitGroup
	for i := range 2 * printing.MostUnfinished {
		forms.Go(func() {
			r := r
			r.Once = fmt.Sprint(i)
			switch _, err := h.desk.Order(context.Background(), r); {
			case err == nil:
				taken.Add(1)
			case errors.Is(err, printing.ErrTooMany):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	forms.Wait()
	if taken.Load() != printing.MostUnfinished || refused.Load() != printing.MostUnfinished {
		t.Errorf("%d taken, %d refused", taken.Load(), refused.Load())
	}
	run(t, h.control, `update printing.job set state = 'failed', reason = 'our_side'`)
	run(t, h.control, `update printing.job set state = 'ready', reason = null, expires_at = now() + interval '1 day' where once = (select min(once) from printing.job)`)
	run(t, h.control, `insert into printing.part (job_id, number, students, pages, bytes, digest, file_name, stored_as)
		select job_id, 1, 1, 1, $1, decode(repeat('00', 32), 'hex'), 'x', 'x' from printing.job where state = 'ready'`, int64(printing.MostReady))
	r.Once = "more"
	if _, err := h.desk.Order(t.Context(), r); !errors.Is(err, printing.ErrTooMuch) {
		t.Errorf("with much to collect: %v", err)
	}
	if id, err := h.desk.Find(t.Context(), rosa, one[string](t, h, `select max(once) from printing.job`)); err != nil || id == "" {
		t.Errorf("the job of a form that was sent: %q, %v", id, err)
	} else if err := h.retryAs(t.Context(), rosa, id); !errors.Is(err, printing.ErrTooMuch) {
		t.Errorf("again, with much to collect: %v", err)
	}
	if _, err := h.desk.Find(t.Context(), rosa, "more"); !errors.Is(err, printing.ErrTooMuch) {
		t.Errorf("whether there is room: %v", err)
	}
	r.Requester.User = "rosa-2"
	if _, err := h.desk.Order(t.Context(), r); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}

// A report that cannot be made takes neither the process with it nor what else is printed.
func TestAPanicInOneDocumentFailsItsJobAndNothingElse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var log bytes.Buffer
	h.config.Logger = slog.New(slog.NewTextHandler(&log, nil))
	h.config.Progress = func(done int) {
		if done == 30 {
			panic("Zqx0030")
		}
	}
	id := h.order(t, of("D1", ""), everybody, 48)
	worker := printing.NewWorker(h.config)
	if err := worker.Work(t.Context(), queued(printing.Args{Job: id}, 3)); err == nil || strings.Contains(err.Error(), "Zqx") {
		t.Errorf("the queue hears %v", err)
	}
	if j := h.job(t, id); j.State != printing.Failed || j.Reason != printing.OurSide {
		t.Errorf("%+v", j)
	}
	if text := log.String(); strings.Contains(text, "Zqx") || !strings.Contains(text, "document.go") {
		t.Errorf("the log says:\n%s", text)
	}
	other := h.order(t, of("D2", ""), everybody, 6)
	if err := worker.Work(t.Context(), queued(printing.Args{Job: other}, 1)); err != nil || h.job(t, other).State != printing.Ready {
		t.Errorf("another job: %v", err)
	}
}

// Who is missing is told once.
func TestTheFirstDocumentTellsWhoIsMissing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := of("", "")
	w.Of.Students = []int{3, 30, 50}
	id := h.order(t, w, scope.Scope{Tenant: tamarack, Districts: []string{"D1"}}, 3)
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, p := range h.job(t, id).Parts {
		if strings.Contains(pdftest.Read(t, h.collect(t, p)).Text(t), "1 student has no report") {
			told++
		}
	}
	if parts := len(h.job(t, id).Parts); told != 1 || parts != 2 {
		t.Errorf("%d of %d documents tell of somebody who is missing", told, parts)
	}
}

func TestACancelledJobStopsAndLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(t, of("D1", ""), everybody, 48)
	h.config.Progress = func(done int) {
		if done == 1 {
			if err := h.desk.Cancel(t.Context(), rosa, id); err != nil {
				t.Error(err)
			}
		}
	}
	if err := h.work(t, id); err != nil {
		t.Errorf("a worker whose job was cancelled: %v", err)
	}
	if j := h.job(t, id); j.State != printing.Cancelled || len(j.Parts) != 0 {
		t.Errorf("%+v", j)
	}
	if err := h.desk.Cancel(t.Context(), rosa, id); !fault.Is(err, fault.Conflict) {
		t.Errorf("cancelled twice: %v", err)
	}
	h.tidy(t)
	if names, _ := h.onDisk(t, ""); len(names) != 0 {
		t.Errorf("left on the disk: %v", names)
	}
	// Printed again after all.
	h.config.Progress = nil
	if err := h.retryAs(t.Context(), rosa, id); err != nil {
		t.Fatal(err)
	}
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	if j := h.job(t, id); j.State != printing.Ready || len(j.Parts) != 4 {
		t.Errorf("printed again: %+v", j)
	}
	if err := h.retryAs(t.Context(), rosa, id); !fault.Is(err, fault.Conflict) {
		t.Errorf("a job that is ready, again: %v", err)
	}
	h.tidy(t)
	if names, _ := h.onDisk(t, ""); len(names) != 4 {
		t.Errorf("on the disk: %v", names)
	}
	if err := h.desk.Delete(t.Context(), rosa, id); err != nil {
		t.Fatal(err)
	}
	h.tidy(t)
	if names, _ := h.onDisk(t, ""); len(names) != 0 {
		t.Errorf("left of a deleted job: %v", names)
	}
}

func TestWhatHasExpiredIsGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(t, of("D1", "S1"), everybody, 24)
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	part := h.job(t, id).Parts[0]
	run(t, h.control, `update printing.job set expires_at = now() - interval '1 second'`)
	if j := h.job(t, id); j.State != printing.Expired || len(j.Parts) != 0 {
		t.Errorf("before the sweep: %+v", j)
	}
	h.tidy(t)
	if names, _ := h.onDisk(t, ""); len(names) != 0 {
		t.Errorf("left on the disk: %v", names)
	}
	if _, err := h.desk.Open(part); !fault.Is(err, fault.NotFound) {
		t.Errorf("opened: %v", err)
	}
	if err := h.retryAs(t.Context(), rosa, id); err != nil {
		t.Fatal(err)
	}
	if err := h.work(t, id); err != nil || h.job(t, id).State != printing.Ready {
		t.Errorf("printed again: %v, %+v", err, h.job(t, id))
	}
	run(t, h.control, `update printing.job set state = 'expired', expires_at = now() - interval '31 days'`)
	h.tidy(t)
	if jobs, err := h.desk.Jobs(t.Context(), rosa); err != nil || len(jobs) != 0 {
		t.Errorf("not forgotten: %v, %v", jobs, err)
	}
}

func TestFailuresAreToldByTheirClass(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	nobody := h.order(t, of("D2", "S1"), everybody, 6)
	run(t, h.warehouse, `delete from assessment_outcome where district_id = 2`)
	if err := h.work(t, nobody); err == nil {
		t.Error("the queue does not hear of it")
	}
	if j := h.job(t, nobody); j.State != printing.Failed || j.Reason != printing.NobodyLeft {
		t.Errorf("nobody left: %+v", j)
	}
	broken := h.order(t, of("D1", "S2"), everybody, 24)
	h.config.Files = h.files
	reports := h.config.Reports
	h.config.Reports = nil
	h.config.Reports = failing
	worker := printing.NewWorker(h.config)
	if err := worker.Work(t.Context(), queued(printing.Args{Job: broken}, 1)); err == nil || h.job(t, broken).State != printing.Printing {
		t.Errorf("a first try that fails: %v, %+v", err, h.job(t, broken))
	}
	if err := worker.Work(t.Context(), queued(printing.Args{Job: broken}, 3)); err == nil {
		t.Error("the last try: no error")
	}
	if j := h.job(t, broken); j.State != printing.Failed || j.Reason != printing.OurSide {
		t.Errorf("broken: %+v", j)
	}
	h.config.Reports = reports
	if err := h.retryAs(t.Context(), rosa, broken); err != nil {
		t.Fatal(err)
	}
	if err := h.work(t, broken); err != nil || h.job(t, broken).State != printing.Ready {
		t.Errorf("printed again: %v", err)
	}
}

var errBroken = errors.New("broken")

func TestAWorkerThatWasReplacedChangesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(t, of("D1", "S1"), everybody, 24)
	var replaced sync.Once // documents are made at the same time
	h.config.Progress = func(int) {
		replaced.Do(func() { run(t, h.control, `update printing.job set attempt = attempt + 1`) }) // as another worker's beginning does
	}
	if err := h.work(t, id); err != nil {
		t.Error(err)
	}
	if j := h.job(t, id); j.State != printing.Printing || j.Done != 0 || len(j.Parts) != 0 {
		t.Errorf("after the first worker: %+v", j)
	}
	h.config.Progress = nil
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	h.tidy(t)
	names, _ := h.onDisk(t, "")
	slices.Sort(names)
	if j := h.job(t, id); j.State != printing.Ready || len(j.Parts) != 2 || len(names) != 2 {
		t.Errorf("after the second: %+v, on the disk %v", j, names)
	}
}
