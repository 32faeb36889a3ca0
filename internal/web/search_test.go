package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"scorehouse/internal/audit"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/webtest"
)

// find searches Tamarack.
func find(b *webtest.Browser, text string) *webtest.Page {
	return b.Post("/s/TK/search", url.Values{layout.SearchField: {text}})
}

func TestASearchFindsPlacesOfTheStateAndStudentsOfTheReader(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	row := func(sql string) (text string) {
		t.Helper()
		if err := site.Tamarack.QueryRow(t.Context(), sql).Scan(&text); err != nil {
			t.Fatal(err)
		}
		return text
	}
	mine := row(`select s.last_name from student s join assessment_outcome o using (student_id) join school c using (school_id) join district d on d.district_id = c.district_id
		where d.code = '0042' and c.code = '0117' and s.last_name <> '' order by s.last_name limit 1`)
	code := row(`select s.code from student s join assessment_outcome o using (student_id) join school c using (school_id) join district d on d.district_id = c.district_id
		where d.code = '0042' and c.code = '0117' order by s.code limit 1`)
	for who, finds := range map[string]bool{webtest.StateReader: true, webtest.DistrictReader: true, webtest.SchoolReader: true, webtest.AggregateOnly: false, webtest.SuperUser: false} {
		b := site.As(t, who)
		for _, text := range []string{mine, strings.ToUpper(mine[:3]), code} {
			p := find(b, text).OK()
			got := len(p.Texts(".found-students tbody tr"))
			if (got > 0) != finds {
				t.Errorf("%s finds %d students by %q", who, got, text)
			}
			events := site.Trail.Of(p.Header.Get("X-Request-Id"))
			if len(events) != 1 || events[0].Kind != audit.StudentRead || events[0].Students != got || events[0].What.Route != "POST /s/{state}/search" {
				t.Errorf("%s: recorded %+v, want a reading of %d students", who, events, got)
			}
			for _, href := range p.Attributes(".found-students a", "href") {
				if to := b.Get(href); to.Status != http.StatusSeeOther {
					t.Errorf("%s leads to %d", href, to.Status)
				}
			}
		}
		p := find(b, "lakeside elem").OK()
		if href := p.Link("Lakeside Elementary"); href != lakeside {
			t.Errorf("%s: the school is at %s", who, href)
		}
	}
	if got := find(site.As(t, webtest.OtherSchool), code).OK().Text(".found-students"); got != "" {
		t.Errorf("a reader of another school finds %s", got)
	}
	if strings.Contains(site.Log.String(), mine) || strings.Contains(site.Trail.Written(t), mine) || strings.Contains(site.Trail.Written(t), code) {
		t.Error("the words looked for are in the log or in the trail")
	}
}

func TestASearchSaysWhatToDoWhenItFindsNothing(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).As(t, webtest.StateReader)
	for text, want := range map[string]string{
		"":          "Students are found by the beginning of their names",
		"a":         "Type at least two letters or digits.",
		" , - ":     "Type at least two letters or digits.",
		"Xqzzt":     "Nothing that you may see is called “Xqzzt”.",
		"%%":        "Nothing that you may see is called “%%”.",
		"\x00\xff_": "Type at least two letters",
		"<b>bold":   "Nothing that you may see is called “<b>bold”.",
	} {
		if got := find(b, text).OK().Text("main"); !strings.Contains(got, want) {
			t.Errorf("%q: %s", text, got)
		}
	}
	if p := find(b, strings.Repeat("é", 5000)); p.Status != http.StatusOK {
		t.Errorf("a very long text: status %d", p.Status)
	}
	if p := b.Get("/s/TK/search?text=Lakeside").OK(); len(p.Texts(".found")) != 0 {
		t.Error("the words of an address are looked for")
	}
}

// Searching a whole state reads the names of all its students: one search of a person at a time, and none for long.
func TestAPersonOfAWholeStateSearchesItOnceAtATime(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.StateReader)
	tx, err := site.Tamarack.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := tx.Exec(t.Context(), "lock table student in access exclusive mode"); err != nil { // nobody reads a name now
		t.Fatal(err)
	}
	const late = "The search took too long and was stopped, or an earlier search of yours is still running."
	texts := make(chan string, 2)
	for range 2 {
		go func() { texts <- find(b, "Featherstonehaugh").Text("main") }()
	}
	if got := <-texts; !strings.Contains(got, late) { // the second one: the first waits for the lock
		t.Errorf("a second search says %q", got)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := <-texts; !strings.Contains(got, "Featherstonehaugh") || strings.Contains(got, late) {
		t.Errorf("the first search says %q", got)
	}
	if got := find(b, "Featherstonehaugh").OK().Text("main"); strings.Contains(got, late) {
		t.Error("a search after the first is refused")
	}
}

func TestQuickLinksLeadToThePlacesOfTheGrants(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	for who, want := range map[string]string{webtest.StateReader: "", webtest.DistrictReader: "Your districts Lakeside Unified", webtest.SchoolReader: "Your schools Lakeside Elementary"} {
		if got := site.As(t, who).Get("/s/TK").OK().Text(".quick"); got != want {
			t.Errorf("%s: %q, want %q", who, got, want)
		}
	}
	for who, want := range map[string]string{webtest.StateReader: "", webtest.DistrictReader: "/s/TK/d/0042?dmgPrgIep=Y&year=2026", webtest.SchoolReader: lakeside + "?dmgPrgIep=Y&year=2026"} {
		for _, page := range []string{gradeFive + "?dmgPrgIep=Y&sort=name&view=cut&year=2026", lakeside + "?align=full&dmgPrgIep=Y&year=2026"} {
			if got := strings.Join(site.As(t, who).Get(page).OK().Attributes(".quick a", "href"), " "); got != want {
				t.Errorf("%s on %s: quick links to %q, want %q", who, page, got, want)
			}
		}
	}
}
