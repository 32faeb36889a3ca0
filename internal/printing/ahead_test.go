package printing_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scorehouse/internal/jobs"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/pdftest"
	"scorehouse/internal/printing"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
)

// ahead runs the printing ahead of the house once.
func (h *house) ahead(t testing.TB) {
	t.Helper()
	run(t, h.control, `insert into printing.ahead (tenant) values ('tamarack') on conflict do nothing`)
	if err := printing.NewAheadWorker(h.config).Work(t.Context(), queued(printing.AheadArgs{Tenant: tamarack}, 1)); err != nil {
		t.Fatal(err)
	}
}

// one returns the only value of a question.
func one[T any](t testing.TB, h *house, sql string) (v T) {
	t.Helper()
	if err := h.control.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// printed orders the first school's reports, has them printed, and returns the document of grade 4.
func (h *house) printed(t testing.TB, once string) (printing.Job, []byte) {
	t.Helper()
	id, err := h.desk.Order(t.Context(), printing.Request{Tenant: tamarack, Requester: rosa, Once: once, Scope: everybody, Wish: of("D1", "S1"), Place: printing.Place{School: "Otter Lake"}, Students: 24})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	j := h.job(t, id)
	if j.State != printing.Ready || len(j.Parts) != 2 {
		t.Fatalf("%+v", j)
	}
	return j, h.collect(t, j.Parts[0])
}

// aheadOfTime reports whether a document was printed ahead: nobody has asked for it.
func aheadOfTime(t *testing.T, document []byte) bool {
	t.Helper()
	return !strings.Contains(pdftest.Read(t, document).Text(t), "Rosa Delgado")
}

func TestWhatWasPrintedAheadIsGivenOutWhileNothingInItHasChanged(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ahead(t)
	if n := one[int](t, h, `select count(*) from printing.kept where version = 1`); n != 10 {
		t.Errorf("%d classes printed ahead, want 5 of each year", n)
	}
	j, document := h.printed(t, "first")
	if !aheadOfTime(t, document) {
		t.Error("what was printed ahead is not given out")
	}
	if want := one[int](t, h, `select sum(pages) from printing.kept where district = 'D1' and school = 'S1' and academic_year = 2026`); j.Parts[0].Pages+j.Parts[1].Pages != want {
		t.Errorf("%d pages, want %d", j.Parts[0].Pages+j.Parts[1].Pages, want)
	}
	// Other options are printed when they are asked for.
	w := of("D1", "S1")
	w.Options.Colour = true
	id := h.order(t, w, everybody, 24)
	if err := h.work(t, id); err != nil {
		t.Fatal(err)
	}
	if aheadOfTime(t, h.collect(t, h.job(t, id).Parts[0])) {
		t.Error("a request for color gets what was printed in gray")
	}
}

// What is printed ahead shows students' results from wherever they are: it goes to those who may see all of those places. Others get what they may see.
func TestWhatWasPrintedAheadIsGivenOnlyToThoseWhoSeeEverythingInIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	lastYearElsewhere(t, h) // of one student in grade 4
	h.ahead(t)
	school := scope.School{District: "D1", School: "S1"}
	for name, c := range map[string]struct {
		s     scope.Scope
		ahead []bool // grades 4 and 5
	}{
		"everybody":                          {everybody, []bool{true, true}},
		"the school":                         {scope.Scope{Tenant: tamarack, Schools: []scope.School{school}}, []bool{false, true}},
		"the district":                       {scope.Scope{Tenant: tamarack, Districts: []string{"D1"}}, []bool{false, true}},
		"the school and that of last year":   {scope.Scope{Tenant: tamarack, Schools: []scope.School{school, {District: "D2", School: "S1"}}}, []bool{true, true}},
		"the school and another of D1's":     {scope.Scope{Tenant: tamarack, Schools: []scope.School{school, {District: "D1", School: "S2"}}}, []bool{false, true}},
		"the district and that of last year": {scope.Scope{Tenant: tamarack, Districts: []string{"D1", "D2"}}, []bool{true, true}},
	} {
		id, err := h.desk.Order(t.Context(), printing.Request{Tenant: tamarack, Requester: rosa, Once: name, Scope: c.s, Wish: of("D1", "S1"), Students: 24})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.work(t, id); err != nil {
			t.Fatal(err)
		}
		for i, p := range h.job(t, id).Parts {
			document := h.collect(t, p)
			if aheadOfTime(t, document) != c.ahead[i] {
				t.Errorf("%s, document %d: printed ahead %t", name, i+1, !c.ahead[i])
			}
			if sees := strings.Contains(pdftest.Read(t, document).Text(t), "1234"); i == 0 && sees != c.ahead[i] { // here who sees last year's result gets what was printed ahead
				t.Errorf("%s: last year's result at another school is there: %t", name, sees)
			}
		}
	}
}

// What a state sets for itself is on its reports, in its own words, on its paper.
func TestWhatLooksOtherwiseIsPrintedAheadAgain(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	look := printing.Look{Brand: "State of Tamarack", Version: "1"}
	var err error
	if h.config.Press, _, err = printing.NewPress("", func(context.Context, tenant.ID) (printing.Look, error) { return look, nil }); err != nil {
		t.Fatal(err)
	}
	h.ahead(t)
	for name, change := range map[string]func(){
		"texts": func() { look.Version = "2" }, "name": func() { look.Brand = "Tamarack Schools" }, "paper": func() { look.Paper = pdf.A4 }, "address block": func() { look.AddressBlock = true },
	} {
		if _, document := h.printed(t, name+" before"); !aheadOfTime(t, document) {
			t.Errorf("%s: what was printed ahead is not given out", name)
		}
		change()
		if _, document := h.printed(t, name+" since"); aheadOfTime(t, document) {
			t.Errorf("%s has changed: what was printed before is given out", name)
		}
		h.ahead(t)
		if _, document := h.printed(t, name+" after"); !aheadOfTime(t, document) {
			t.Errorf("%s has changed: not printed ahead again", name)
		}
	}
	if text := pdftest.Read(t, h.collect(t, h.lastParts(t)[0])).Text(t); !strings.Contains(text, "Tamarack Schools") || strings.Count(text, "Alder Falls") < 24 {
		t.Errorf("printed:\n%.1500s", text)
	}
}

// lastParts are those of the newest job.
func (h *house) lastParts(t testing.TB) []printing.Part {
	t.Helper()
	all, err := h.desk.Jobs(t.Context(), rosa)
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	return all[0].Parts
}

func TestAPanicInOneClassLeavesTheOthersPrinted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.config.Progress = func(done int) {
		if done == 10 { // the classes of D2 have six students
			panic("Zqx")
		}
	}
	run(t, h.control, `insert into printing.ahead (tenant) values ('tamarack')`)
	if err := printing.NewAheadWorker(h.config).Work(t.Context(), queued(printing.AheadArgs{Tenant: tamarack}, 3)); err != nil {
		t.Fatal(err)
	}
	if got := one[string](t, h, `select string_agg(distinct district || ' ' || coalesce(reason, 'none') || ' ' || (version is not null), ', ') from printing.kept`); got != "D1 our_side false, D2 none true" {
		t.Errorf("printed ahead: %s", got)
	}
	h.config.Progress = nil
	h.ahead(t)
	if n := one[int](t, h, `select count(*) from printing.kept where version = 1 and reason is null`); n != 10 {
		t.Errorf("the next run has printed %d", n)
	}
}

// A district that closes, or gets another code, leaves no document behind.
func TestDocumentsOfPlacesThatVanishAreRemoved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ahead(t)
	run(t, h.warehouse, `insert into publication (version, batch_id, kind) values (2, 2, 'publish');
		update school set to_version = 2 where school_id = 3; update assessment_outcome set to_version = 2 where school_id = 3;
		update school set to_version = 2 where school_id = 2; insert into school (school_id, district_id, code, name, batch_id, from_version) values (2, 1, 'S9', 'Nord', 2, 2)`)
	h.ahead(t)
	if got := one[string](t, h, `select string_agg(distinct district || '/' || school, ' ' order by district || '/' || school) from printing.kept`); got != "D1/S1 D1/S9" {
		t.Errorf("kept: %s", got)
	}
	names, _ := h.onDisk(t, "")
	for _, name := range names {
		old := time.Now().Add(-2 * time.Hour)
		if err := os.Chtimes(filepath.Join(h.dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.clerk(t).SweepAhead(t.Context()); err != nil {
		t.Fatal(err)
	}
	if names, _ = h.onDisk(t, ""); len(names) != 8 {
		t.Errorf("on the disk: %v", names)
	}
}

// A publication of one district does not make what is printed of the others useless.
func TestAPublicationElsewhereLeavesWhatIsPrintedAheadInUse(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ahead(t)
	run(t, h.warehouse, `insert into publication (version, batch_id, kind) values (2, 2, 'publish');
		update student set to_version = 2 where student_id = 50; insert into student (student_id, code, last_name, sex, batch_id, from_version) values (50, 'TK50', 'Renamed', 1, 2, 2)`)
	if _, document := h.printed(t, "before"); aheadOfTime(t, document) {
		t.Error("given out before changes were looked for")
	}
	c := h.clerk(t)
	c.Ahead = printing.Schedule{Enable: true, Hour: 23, Minute: 59}
	if err := c.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, document := h.printed(t, "after"); !aheadOfTime(t, document) {
		t.Error("not given out although nothing of it has changed")
	}
	if due := one[string](t, h, `select string_agg(distinct district || '/' || school, ' ') from printing.kept where version is null`); due != "D2/S1" {
		t.Errorf("due: %s", due)
	}
}

// A correction between printing ahead and the request: nobody gets the old result, whether or not the changes have been looked for.
func TestACorrectedResultNeverLeavesAStaleReport(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.ahead(t)
	publish := func(version int, sql string) {
		t.Helper()
		run(t, h.warehouse, fmt.Sprintf(`insert into publication (version, batch_id, kind) values (%d, %[1]d, 'publish')`, version))
		run(t, h.warehouse, sql)
	}
	again := `update assessment_outcome set to_version = %[1]d where student_id = 5 and academic_year = %[3]d and to_version = 2147483647;
		insert into assessment_outcome select student_id, assessment_id, district_id, school_id, %[1]d, %[1]d, 2147483647, taken_on, location_id, academic_year, type, grade, enrolled_grade,
		%[2]d, score_low, score_high, performance_level, sex, ethnicity, race, iep, limited_english, section_504, economic_disadvantage, migrant, complete, condition, subject, claims, accommodations
		from assessment_outcome where student_id = 5 and academic_year = %[3]d and to_version = %[1]d`
	publish(2, fmt.Sprintf(again, 2, 1777, 2026))
	_, document := h.printed(t, "before the changes were looked for")
	if text := pdftest.Read(t, document).Text(t); !strings.Contains(text, "1777") || strings.Contains(text, "scored 1505") {
		t.Error("a stale report was given out")
	}
	h.ahead(t)
	_, document = h.printed(t, "after")
	if text := pdftest.Read(t, document).Text(t); !strings.Contains(text, "1777") || strings.Contains(text, "scored 1505") || strings.Contains(text, "Rosa Delgado") {
		t.Error("what was printed ahead again does not show the correction, or is not given out")
	}
	// An earlier year's result is part of this year's reports, as a name is; a deleted one counts as well.
	for i, sql := range []string{
		fmt.Sprintf(again, 3, 1333, 2025),
		`update student set to_version = 4 where student_id = 6; insert into student (student_id, code, last_name, sex, batch_id, from_version) values (6, 'TK6', 'Renamed', 1, 4, 4)`,
		`update assessment_outcome set to_version = 5 where student_id = 7 and academic_year = 2025`,
		`update assessment_outcome set to_version = 6 where student_id = 8 and academic_year = 2026`,
	} {
		publish(3+i, sql)
		h.ahead(t)
		due := one[int](t, h, fmt.Sprintf(`select count(*) from printing.kept where due_version = %d and district = 'D1' and school = 'S1' and academic_year = 2026 and grade = 4`, 3+i))
		elsewhere := one[int](t, h, fmt.Sprintf(`select count(*) from printing.kept where due_version = %d and (school <> 'S1' or district <> 'D1' or academic_year = 2026 and grade <> 4)`, 3+i))
		if due != 1 || elsewhere != 0 {
			t.Errorf("change %d: the class itself printed anew: %d, others: %d", i, due, elsewhere)
		}
		if _, document := h.printed(t, fmt.Sprint("change ", i)); !aheadOfTime(t, document) {
			t.Errorf("change %d: what was printed ahead is not given out", i)
		}
	}
	run(t, h.control, `update printing.job set requested_at = now()`)
	fresh, document := h.printed(t, "at the end")
	if text := pdftest.Read(t, document).Text(t); !strings.Contains(text, "Renamed") || strings.Contains(text, "Zqx0008") || fresh.Parts[0].Students != 11 {
		t.Error("the last document does not show what has changed")
	}
}

func TestPrintingAheadHappensAtItsHourAndAfterPublications(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	c := h.clerk(t)
	runs := func() int {
		t.Helper()
		if err := c.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		list, err := c.Queue.List(t.Context(), jobs.Filter{Kind: "print.ahead"})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := runs(); n != 0 {
		t.Errorf("switched off: %d runs", n)
	}
	c.Ahead = printing.Schedule{Enable: true} // midnight, which has passed
	for range 3 {
		if n := runs(); n != 1 {
			t.Errorf("at the hour: %d runs", n)
		}
		run(t, h.control, `update jobs.river_job set state = 'completed', finalized_at = now()`)
	}
	c.Ahead.Hour, c.Ahead.Minute, c.Ahead.AfterPublish = time.Now().Hour(), time.Now().Minute(), true
	run(t, h.warehouse, `insert into publication (version, batch_id, kind) values (2, 2, 'publish')`)
	if n := runs(); n != 2 {
		t.Errorf("after a publication: %d runs", n)
	}
	if n := runs(); n != 2 {
		t.Errorf("while one is under way: %d runs", n)
	}
}

func TestADocumentPrintedAheadIsTheOneThatIsPrintedOnRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, asked := h.printed(t, "asked")
	h.ahead(t)
	_, kept := h.printed(t, "kept")
	a, b := pdftest.Read(t, asked).Text(t), pdftest.Read(t, kept).Text(t)
	a = strings.ReplaceAll(strings.ReplaceAll(a, "Requested by", ""), "Rosa Delgado", "")
	if fields := func(s string) string { return strings.Join(strings.Fields(s), " ") }; fields(a) != fields(b) || bytes.Equal(asked, kept) {
		t.Error("they say different things, or one was not printed ahead")
	}
}
