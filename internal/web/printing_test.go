package web_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/login"
	"scorehouse/internal/pdf/pdftest"
	"scorehouse/internal/printing"
	"scorehouse/internal/webtest"
)

// ordered orders what an address with /print asks for, with further fields, and returns the job.
func ordered(t *testing.T, b *webtest.Browser, address string, fields url.Values) printing.ID {
	t.Helper()
	page := b.Get(address).OK()
	form := url.Values{"once": page.Attributes(`form.prints input[name=once]`, "value"), "only": page.Attributes(`form.prints input[name=only]`, "value")}
	for k, v := range fields {
		form[k] = v
	}
	answer := b.Post(page.Attributes("form.prints", "action")[0], form)
	id, ok := strings.CutPrefix(answer.Location(), "/downloads/")
	if !ok || answer.Status != http.StatusSeeOther {
		t.Fatalf("ordering %s: %d to %q", address, answer.Status, answer.Location())
	}
	return printing.ID(id)
}

func recorded(t *testing.T, site *webtest.Site, p *webtest.Page) audit.Event {
	t.Helper()
	events := site.Trail.Of(p.Header.Get("X-Request-Id"))
	if len(events) != 1 {
		t.Fatalf("%d records, want one", len(events))
	}
	return events[0]
}

func TestAReportIsThereAsPDFBesideItsPage(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	address := child(t, site)
	path, query, _ := strings.Cut(address, "?")
	b := site.As(t, webtest.SchoolReader)
	page := b.Get(address).OK()
	for _, c := range []struct{ more, language, name string }{{"", "en", "en.g.pdf"}, {"&tone=color", "en", "en.pdf"}, {"&lang=es&supports=hide", "es", "es.g.pdf"}, {"&reports=vi&tone=gray", "vi", "vi.g.pdf"}} {
		p := b.Get(path + ".pdf?" + query + c.more).OK()
		if p.Header.Get("Content-Type") != "application/pdf" || !strings.Contains(p.Header.Get("Content-Disposition"), "inline") || !strings.Contains(p.Header.Get("Content-Disposition"), c.name) {
			t.Errorf("%s: %s, %s", c.more, p.Header.Get("Content-Type"), p.Header.Get("Content-Disposition"))
		}
		if e := recorded(t, site, p); e.Kind != audit.StudentExport || e.Students != 1 || e.What.Format != audit.PDF || e.What.Student == 0 {
			t.Errorf("%s: recorded %+v", c.more, e)
		}
		f := pdftest.Read(t, []byte(p.Body))
		if fault := f.Syntax(); fault != "" || !strings.Contains(f.Text(t), lastNameOf(t, site, address)) {
			t.Errorf("%s: %s", c.more, fault)
		}
	}
	if got := page.Attributes("form.paper", "action"); len(got) != 1 || got[0] != path+".pdf" {
		t.Errorf("the page leads to %q", got)
	}
	for _, bad := range []string{"&tone=blue", "&supports=x", "&reports=xx"} {
		if p := b.Get(path + ".pdf?" + query + bad); p.Status != http.StatusBadRequest {
			t.Errorf("%s: status %d", bad, p.Status)
		}
	}
	if p := site.As(t, webtest.OtherSchool).Get(path + ".pdf?" + query); p.Status != http.StatusNotFound {
		t.Errorf("somebody of another school: status %d", p.Status)
	}
}

func TestAGradeIsPrintedAndCollectedByItsRequesterOnly(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.SchoolReader)
	list := b.Get(gradeFive).OK()
	page := b.Get(list.Link("Print all reports")).OK()
	if text := page.Text("main"); !strings.Contains(text, "40 students with results") || !strings.Contains(text, "Lakeside Elementary") || !strings.Contains(text, "for 7 days") || strings.Contains(text, "Order") {
		t.Errorf("the page that asks how says:\n%s", text)
	}
	id := ordered(t, b, list.Link("Print all reports"), url.Values{"reports": {"es"}, "duplex": {"1"}})
	waiting := b.Get("/downloads/" + string(id)).OK()
	if !strings.Contains(waiting.Text("main"), "Waiting") || len(waiting.Attributes("progress", "max")) != 1 || !strings.Contains(waiting.Body, `http-equiv="refresh" content="3"`) {
		t.Errorf("a job that waits:\n%s", waiting.Text("main"))
	}
	if got := b.Get("/downloads/" + string(id) + "/progress").OK(); !strings.Contains(got.Body, `"over":false`) || !strings.Contains(got.Body, `"students":40`) {
		t.Errorf("progress: %s", got.Body)
	}
	site.Print(t, id)
	ready := b.Get("/downloads/" + string(id)).OK()
	if strings.Contains(ready.Body, "http-equiv=\"refresh\" content=\"3\"") || !strings.Contains(ready.Text("main"), "You can collect this until") {
		t.Errorf("a job that is ready:\n%s", ready.Text("main"))
	}
	if !strings.Contains(b.Get("/downloads").OK().Text("main"), "Lakeside Elementary · Grade 5") {
		t.Error("the job is not in the list")
	}
	collect := ready.Attributes(".documents a", "href")
	if len(collect) != 1 {
		t.Fatalf("documents: %v", collect)
	}
	document := b.Get(collect[0]).OK()
	if e := recorded(t, site, document); e.Kind != audit.StudentExport || e.Outcome != "" && e.Outcome != audit.Done || e.Students != 40 || e.What.Format != audit.PDF || string(e.What.Object) != string(id) {
		t.Errorf("recorded %+v", e)
	}
	if h := document.Header; !strings.Contains(h.Get("Content-Disposition"), "student_reports_LakesideElement_grade_05_") || h.Get("Content-Length") != fmt.Sprint(len(document.Body)) {
		t.Errorf("headers: %v", h)
	}
	f := pdftest.Read(t, []byte(document.Body))
	if fault := f.Syntax(); fault != "" || !strings.Contains(f.Text(t), webtest.SchoolReader) || !strings.Contains(f.Text(t), "Confidencial") {
		t.Errorf("the document: %s", fault)
	}
	for _, other := range []string{webtest.StateReader, webtest.OtherSchool, webtest.OtherTenant, webtest.SuperUser, webtest.AggregateOnly} {
		o := site.As(t, other)
		for _, address := range []string{"", "/parts/1", "/all", "/progress"} {
			if p := o.Get("/downloads/" + string(id) + address); p.Status != http.StatusNotFound || strings.Contains(p.Body, "Lakeside") {
				t.Errorf("%s at %s: status %d", other, address, p.Status)
			}
		}
		for _, act := range []string{"/cancel", "/retry", "/delete"} {
			if p := o.Post("/downloads/"+string(id)+act, nil); p.Status != http.StatusNotFound {
				t.Errorf("%s posts %s: status %d", other, act, p.Status)
			}
		}
		if p := o.Get("/downloads").OK(); strings.Contains(p.Body, string(id)) {
			t.Errorf("%s has the job in the list", other)
		}
	}
}

func TestOrderingIsRecordedWithTheNumberOfStudents(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.DistrictReader)
	address := "/s/TK/d/0042/print?year=2026"
	once := b.Get(address).OK().Attributes("input[name=once]", "value")
	p := b.Post(address, url.Values{"once": once, "order": {"name"}})
	e := recorded(t, site, p)
	if e.Kind != audit.StudentExport || e.Outcome != audit.Begun || e.Students < 40 || e.What.District != "0042" || "/downloads/"+string(e.What.Object) != p.Location() {
		t.Errorf("recorded %+v", e)
	}
	again := b.Post(address, url.Values{"once": once, "order": {"name"}})
	if events := site.Trail.Of(again.Header.Get("X-Request-Id")); again.Location() != p.Location() || len(events) != 0 {
		t.Errorf("the same form again leads to %q, recorded %+v", again.Location(), events)
	}
	if jobs := b.Get("/downloads").OK().Texts(".downloads tbody tr"); len(jobs) != 1 {
		t.Errorf("a form sent twice made %d jobs", len(jobs))
	}
}

// Nothing is printed that could not be recorded, and nothing is recorded that was not begun.
func TestNothingIsPrintedWithoutARecord(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.SchoolReader)
	id := ordered(t, b, gradeFive+"/print?year=2026", nil)
	begun := func(p *webtest.Page) (begun, other int) {
		for _, e := range site.Trail.Of(p.Header.Get("X-Request-Id")) {
			if e.Outcome == audit.Begun {
				begun++
			} else {
				other++
			}
		}
		return begun, other
	}
	retry := "/downloads/" + string(id) + "/retry"
	if p := b.Post(retry, nil); p.Status != http.StatusSeeOther {
		t.Errorf("a job that waits is asked for again: status %d", p.Status)
	} else if n, m := begun(p); n+m != 0 {
		t.Errorf("nothing began; recorded %d as begun, and %d more", n, m)
	}
	b.Post("/downloads/"+string(id)+"/cancel", nil)
	site.Trail.Break(errors.New("disk full"))
	if p := b.Post(retry, nil); p.Status < 500 {
		t.Errorf("again, without a record: status %d", p.Status)
	}
	if p := b.Post(gradeFive+"/print?year=2026", url.Values{"once": {"x"}}); p.Status < 500 {
		t.Errorf("ordered without a record: status %d", p.Status)
	}
	site.Trail.Break(nil)
	var jobs, waiting int
	if err := site.Control.QueryRow(t.Context(), `select count(*), count(*) filter (where state = 'waiting') from printing.job`).Scan(&jobs, &waiting); err != nil || jobs != 1 || waiting != 0 {
		t.Errorf("%d jobs, %d of them wait, %v", jobs, waiting, err)
	}
	if p := b.Post(retry, nil); p.Status != http.StatusSeeOther {
		t.Errorf("again: status %d", p.Status)
	} else if e := recorded(t, site, p); e.Outcome != audit.Begun || e.Students != 40 || string(e.What.Object) != string(id) {
		t.Errorf("recorded %+v", e)
	}
}

func TestWhoMustWaitIsToldWhy(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.SchoolReader)
	id := ordered(t, b, gradeFive+"/print?year=2026", nil)
	site.Print(t, id)
	if _, err := site.Control.Exec(t.Context(), `update printing.part set bytes = $1`, int64(printing.MostReady)); err != nil {
		t.Fatal(err)
	}
	p := b.Post(gradeFive+"/print?year=2026", url.Values{"once": {"x"}}).OK()
	if text := p.Text("main"); !strings.Contains(text, "Too many of your documents wait to be collected") {
		t.Errorf("the page says:\n%s", text)
	}
	if e := recorded(t, site, p); e.Outcome != audit.Refused || e.Students != 0 {
		t.Errorf("recorded %+v", e)
	}
}

func TestTickedStudentsArePrintedAndOneWhoIsNotSeenRefusesAll(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.SchoolReader)
	keys := b.Get(gradeFive).OK().Attributes(`tbody input[name=only]`, "value")
	elsewhere := site.As(t, webtest.OtherSchool).Get("/s/TK/d/0043/sc/0117/g/05").OK().Attributes(`tbody input[name=only]`, "value")
	if len(keys) < 3 || len(elsewhere) < 1 {
		t.Fatalf("%d and %d students", len(keys), len(elsewhere))
	}
	some := url.Values{"only": keys[:3], "year": {"2026"}}
	id := ordered(t, b, gradeFive+"/print?"+some.Encode(), nil)
	site.Print(t, id)
	if text := b.Get("/downloads/" + string(id)).OK().Text("main"); !strings.Contains(text, "3 students") || !strings.Contains(text, "Chosen students") {
		t.Errorf("the job says:\n%s", text)
	}
	nobody := b.Get(gradeFive + "/print?year=2026&only=AAAAAAAAAAAAAAAAAAAAAA")
	for name, only := range map[string][]string{"one of elsewhere": {keys[0], elsewhere[0]}, "nobody": {keys[0], "AAAAAAAAAAAAAAAAAAAAAA"}} {
		got := b.Get(gradeFive + "/print?" + url.Values{"only": only, "year": {"2026"}}.Encode())
		post := b.Post(gradeFive+"/print?year=2026", url.Values{"only": only, "once": {"x"}})
		for _, p := range []*webtest.Page{got, post} {
			if p.Status != http.StatusNotFound || strings.ReplaceAll(p.Body, p.Header.Get("X-Request-Id"), "") != strings.ReplaceAll(nobody.Body, nobody.Header.Get("X-Request-Id"), "") {
				t.Errorf("%s: status %d, or another answer than for nobody", name, p.Status)
			}
		}
	}
	// Nor from this list by somebody who may see both schools.
	if p := site.As(t, webtest.StateReader).Get(gradeFive + "/print?" + url.Values{"only": {keys[0], elsewhere[0]}, "year": {"2026"}}.Encode()); p.Status != http.StatusNotFound {
		t.Errorf("a student of another school is chosen from the list: status %d", p.Status)
	}
	if p := site.As(t, webtest.StateReader).Post(gradeFive+"/print?year=2026", url.Values{"only": elsewhere[:1], "once": {"y"}}); p.Status != http.StatusNotFound {
		t.Errorf("a student of another school is printed from the list: status %d", p.Status)
	}
}

func TestARecordNamesTheOneStudentOfABundle(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.SchoolReader)
	key := b.Get(gradeFive).OK().Attributes(`tbody input[name=only]`, "value")[0]
	report := recorded(t, site, b.Get("/students/"+key+"/reports/summative?year=2026").OK())
	p := b.Post(gradeFive+"/print?year=2026", url.Values{"only": {key}, "once": {"x"}})
	if e := recorded(t, site, p); e.What.Student == 0 || e.What.Student != report.What.Student || e.Students != 1 {
		t.Errorf("ordering: recorded %+v", e)
	}
	id := strings.TrimPrefix(p.Location(), "/downloads/")
	site.Print(t, printing.ID(id))
	if e := recorded(t, site, b.Get("/downloads/"+id+"/parts/1").OK()); e.What.Student != report.What.Student || e.Students != 1 {
		t.Errorf("collecting: recorded %+v", e)
	}
}

func TestWhoLosesGrantsCannotCollectAnyMore(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	who := webtest.Identity(webtest.DistrictReader)
	b := site.AsIdentity(t, who)
	id := ordered(t, b, "/s/TK/d/0042/print?year=2026", url.Values{"order": {"grade"}})
	site.Print(t, id)
	b.Get("/downloads/" + string(id) + "/all").OK()
	who.Grants = access.Grants{{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"}}
	less := site.AsIdentity(t, login.Identity(who))
	for _, below := range []string{"", "/all", "/parts/1"} {
		if p := less.Get("/downloads/" + string(id) + below); p.Status != http.StatusNotFound {
			t.Errorf("%q: status %d", below, p.Status)
		}
	}
	if p := less.Post("/downloads/"+string(id)+"/retry", nil); p.Status != http.StatusNotFound {
		t.Errorf("printing again: status %d", p.Status)
	}
	if !strings.Contains(less.Get("/downloads").OK().Text("main"), "Lakeside Unified") {
		t.Error("the person's own list has forgotten the job")
	}
}

// What counts is whose results are in the documents, not which schools had some when they were ordered: earlier years' are in them too.
func TestWhoLosesTheGrantForAnEarlierSchoolCannotCollectAnyMore(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	who := webtest.Identity(webtest.StateReader)
	b := site.AsIdentity(t, who)
	if _, err := site.Tamarack.Exec(t.Context(), `update assessment_outcome o set school_id = elsewhere.school_id, district_id = elsewhere.district_id
		from (select c.school_id, d.district_id from school c join district d using (district_id) where d.code = '0043' and c.code = '0117') as elsewhere
		where o.academic_year = 2025 and o.type = 1 and o.student_id = (select min(p.student_id) from assessment_outcome p join assessment_outcome n using (student_id)
			join school c on c.school_id = n.school_id join district d on d.district_id = c.district_id
			where p.academic_year = 2025 and p.type = 1 and n.academic_year = 2026 and n.type = 1 and n.grade = 5 and d.code = '0042' and c.code = '0117')`); err != nil {
		t.Fatal(err)
	}
	id := ordered(t, b, gradeFive+"/print?year=2026", nil)
	site.Print(t, id)
	b.Get("/downloads/" + string(id) + "/parts/1").OK()
	who.Grants = access.Grants{{Role: access.PII, Tenant: "tamarack", District: "0042"}}
	less := site.AsIdentity(t, who)
	if p := less.Get("/downloads/" + string(id) + "/parts/1"); p.Status != http.StatusNotFound {
		t.Errorf("a result of another district is collected: status %d", p.Status)
	}
	// Asked for again it shows what the person may see by now.
	if _, err := site.Control.Exec(t.Context(), `update printing.job set expires_at = now(), schools = '[{"District": "0042", "School": "0117"}]'`); err != nil {
		t.Fatal(err)
	}
	if p := less.Post("/downloads/"+string(id)+"/retry", nil); p.Status != http.StatusSeeOther {
		t.Fatalf("again: status %d", p.Status)
	}
	site.Print(t, id)
	less.Get("/downloads/" + string(id) + "/parts/1").OK()
}

func TestAllDocumentsComeInOneArchive(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.DistrictReader)
	id := ordered(t, b, "/s/TK/d/0042/print?year=2026", url.Values{"order": {"grade"}})
	site.Print(t, id)
	page := b.Get("/downloads/" + string(id)).OK()
	parts := page.Attributes(".documents a", "href")
	p := b.Get(page.Link("Download all as ZIP")).OK()
	if p.Header.Get("Content-Type") != "application/zip" || !strings.Contains(p.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("headers: %v", p.Header)
	}
	archive, err := zip.NewReader(bytes.NewReader([]byte(p.Body)), int64(len(p.Body)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil || !bytes.HasPrefix(content, []byte("%PDF")) {
			t.Errorf("%s: %v", f.Name, err)
		}
		names = append(names, f.Name)
	}
	slices.Sort(names)
	if len(names) != len(parts) || len(names) < 2 || len(slices.Compact(names)) != len(parts) {
		t.Errorf("%d documents, in the archive: %v", len(parts), names)
	}
	if e := recorded(t, site, p); e.Students < 40 || e.What.Format != audit.Zip {
		t.Errorf("recorded %+v", e)
	}
}

func TestFailedAndCancelledJobsSayWhy(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.SchoolReader)
	id := ordered(t, b, gradeFive+"/print?year=2026", nil)
	page := b.Get("/downloads/" + string(id)).OK()
	b.Post(page.Attributes(`.job-actions form`, "action")[0], nil)
	if text := b.Get("/downloads/" + string(id)).OK().Text("main"); !strings.Contains(text, "You have canceled this") || !strings.Contains(text, "Print again") {
		t.Errorf("cancelled:\n%s", text)
	}
	b.Post("/downloads/"+string(id)+"/retry", nil)
	site.Print(t, id)
	for set, want := range map[string]string{
		`state = 'failed', reason = 'our_side'`: "Something failed on our side", `state = 'failed', reason = 'nobody_left'`: "None of these students",
		`state = 'failed', reason = 'given_up'`: "ended by an operator", `state = 'ready', reason = null, expires_at = now()`: "The documents were deleted on",
	} {
		if _, err := site.Control.Exec(t.Context(), `update printing.job set `+set); err != nil {
			t.Fatal(err)
		}
		if text := b.Get("/downloads/" + string(id)).OK().Text("main"); !strings.Contains(text, want) || !strings.Contains(text, string(id)) {
			t.Errorf("%s:\n%s", set, text)
		}
	}
	b.Post("/downloads/"+string(id)+"/delete", nil)
	if text := b.Get("/downloads").OK().Text("main"); !strings.Contains(text, "You have asked for nothing yet") {
		t.Errorf("deleted:\n%s", text)
	}
}

func TestOldAddressesOfPDFsLeadToTheNewOnes(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	var code string
	if err := site.Tamarack.QueryRow(t.Context(), `select s.code from student s join assessment_outcome o using (student_id) join school c using (school_id) join district d on d.district_id = c.district_id
		where c.code = '0117' and d.code = '0042' and o.grade = 5 and o.academic_year = 2026 and o.type = 1 limit 1`).Scan(&code); err != nil {
		t.Fatal(err)
	}
	b := site.As(t, webtest.SchoolReader)
	old := "/services/pdf/indivStudentReport.html?stateCode=TK&asmtYear=2026&asmtType=SUMMATIVE&"
	key := strings.Split(b.Get(old+"studentId="+code).Location(), "/")[2]
	if !strings.Contains(b.Get("/students/"+key+"/reports/summative?year=2026").OK().Text("aside"), code) {
		t.Error("an old address leads to somebody else")
	}
	for query, want := range map[string]string{
		"studentId=" + code + "&mode=color&lang=es": "/students/" + key + "/reports/summative.pdf?lang=es&tone=color&year=2026",
		"studentId=" + code + "&mode=gray":          "/students/" + key + "/reports/summative.pdf?year=2026",
		"districtId=0042&schoolId=0117":             "/s/TK/d/0042/sc/0117/print?type=summative&year=2026",
	} {
		if p := b.Get(old + query); p.Location() != want {
			t.Errorf("%s leads to %d %s, want %s", query, p.Status, p.Location(), want)
		}
	}
	if p := site.As(t, webtest.OtherSchool).Get(old + "studentId=" + code); p.Status != http.StatusNotFound {
		t.Errorf("somebody of another school: status %d", p.Status)
	}
}

// lastNameOf returns the last name of a student with a report.
func lastNameOf(t *testing.T, site *webtest.Site, address string) string {
	t.Helper()
	words := strings.Fields(site.As(t, webtest.StateReader).Get(address).OK().Texts("aside dd")[0])
	return words[len(words)-1]
}
