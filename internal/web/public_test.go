package web_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/audit"
	"scorehouse/internal/cache"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/release"
	"scorehouse/internal/tenant"
	"scorehouse/internal/web"
	"scorehouse/internal/web/meter"
	"scorehouse/internal/web/table"
	"scorehouse/internal/webtest"
)

const publicHome = "/public/" + webtest.PublicToken

func TestPublicPagesLeadFromTheStateToASchoolAndBack(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).Anonymous(t)
	state := b.Get(publicHome + "?year=2025&dmgPrgIep=Y&lang=es").OK()
	if !strings.Contains(state.Body, `<html lang="es"`) {
		t.Error("the page is not in the language of its address")
	}
	district := b.Get(state.Attributes(".comparison tbody th a", "href")[0]).OK()
	school := b.Get(district.Attributes(".comparison tbody th a", "href")[0]).OK()
	if got := len(school.Attributes(".trail a", "href")); got != 2 {
		t.Errorf("%d steps lead back from a school, want 2", got)
	}
	for _, p := range []*webtest.Page{district, school} {
		for _, kept := range []string{"year=2025", "dmgPrgIep=Y", "lang=es"} {
			if !strings.Contains(p.Attributes(".trail a", "href")[0], kept) {
				t.Errorf("%s is lost on the way back", kept)
			}
		}
	}
}

// The page, the file for people and the answer for programs are one answer.
func TestPublishedFilesHaveTheNumbersOfTheirPage(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).Anonymous(t)
	for _, address := range []string{publicHome, publicHome + "/p/" + webtest.PublicDistrict + "?sort=-tested.Math", publicHome + "?ethnicity=3&year=2025"} {
		path, query, _ := strings.Cut(address, "?")
		page, file, data := b.Get(address).OK(), records(t, b.Get(path+".csv?"+query)), decoded[table.Published](t, b.Get(path+".json?"+query))
		var onPage, inFile, inData []string
		for _, text := range page.Texts(".comparison tbody td.subject .count") {
			onPage = append(onPage, digits(text))
		}
		for _, row := range file[1:] {
			for i, head := range file[0] {
				if strings.HasSuffix(head, ": students tested") && digits(row[i]) != "" {
					inFile = append(inFile, digits(row[i]))
				}
			}
		}
		for _, rows := range [][]table.PublishedRow{{*data.Overall}, data.Wider, data.Rows} {
			for _, row := range rows {
				for _, x := range row.Results {
					if x.Students != nil {
						inData = append(inData, fmt.Sprint(*x.Students))
					}
				}
			}
		}
		for _, all := range [][]string{onPage, inFile, inData} {
			slices.Sort(all)
		}
		if len(onPage) == 0 {
			t.Errorf("%s shows nothing", address)
		}
		if diff := cmp.Diff(onPage, inFile); diff != "" {
			t.Errorf("%s as CSV (-page +file):\n%s", address, diff)
		}
		if diff := cmp.Diff(onPage, inData); diff != "" {
			t.Errorf("%s as JSON (-page +data):\n%s", address, diff)
		}
	}
}

func TestQuestionsOutsideTheCatalogueAreAnsweredWithAnExplanation(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).Anonymous(t)
	for query, want := range map[string]string{
		"sex=female&dmgPrgIep=Y": "one kind of group at a time", "dmgPrgIep=N": "Count them together", "complete=Y": "not divided by this characteristic", "year=2019": "No results of 2018–19 have been published",
	} {
		p := b.Get(publicHome + "?" + query).OK()
		if !strings.Contains(p.Body, want) {
			t.Errorf("%s: the page does not say %q", query, want)
		}
		if len(p.Texts(".comparison tbody td")) > 0 {
			t.Errorf("%s: there is a table", query)
		}
		if r := decoded[table.Published](t, b.Get(publicHome+".json?"+query)).Refusal; r == "" {
			t.Errorf("%s: programs are not told why", query)
		}
	}
	if p := b.Get("/public/" + webtest.NothingToken).OK(); !strings.Contains(p.Body, "No results have been published yet") {
		t.Error("a state of which nothing is published does not say so")
	}
	if p := b.Get(publicHome + "?sex=x"); p.Status != http.StatusBadRequest {
		t.Errorf("a value that does not exist: status %d", p.Status)
	}
	if p := b.Get("/public/" + webtest.ExpiredToken); p.Status != http.StatusNotFound {
		t.Errorf("a link that has expired: status %d", p.Status)
	}
}

// Shared caches may keep a public answer, and ask whether it still holds; search engines may only where the link says so.
func TestPublicAnswersMayBeKeptByAnybody(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.Anonymous(t)
	for _, path := range []string{publicHome, publicHome + ".csv", publicHome + ".json"} {
		p := b.Get(path).OK()
		if !strings.HasPrefix(p.Header.Get("Cache-Control"), "public, max-age=") || p.Header.Get("ETag") == "" || p.Header.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: %v", path, p.Header)
		}
		again := b.Send(http.MethodGet, path, nil, http.Header{"If-None-Match": {p.Header.Get("ETag")}})
		if again.Status != http.StatusNotModified || again.Body != "" {
			t.Errorf("%s again: status %d and %d bytes", path, again.Status, len(again.Body))
		}
		if other := b.Get(path + "?lang=vi&sex=female").OK(); other.Header.Get("ETag") == p.Header.Get("ETag") {
			t.Errorf("%s: another question has the same tag", path)
		}
	}
	indexed := "/public/" + webtest.IndexedToken
	if p := b.Get(indexed).OK(); p.Header.Get("X-Robots-Tag") != "" || strings.Contains(p.Body, "noindex") {
		t.Error("search engines may not keep a page that they may")
	}
	if p := b.Get(indexed + "?sex=female").OK(); p.Header.Get("X-Robots-Tag") != "noindex" || !strings.Contains(p.Body, `<meta name="robots" content="noindex"`) {
		t.Error("search engines may keep a page of one group")
	}
	if strings.Contains(site.Log.String(), "token-of-tests") || len(site.Trail.Of("")) > 0 {
		t.Error("the log holds the token of a link, or the trail holds public reading")
	}
}

func TestPublicPagesHaveALimitOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t, func(o *web.Options) { o.PublicLimit = meter.Limit{Burst: 3, PerSecond: 1} }).Anonymous(t)
	for range 3 {
		b.Get(publicHome).OK()
	}
	p := b.Get(publicHome)
	if p.Status != http.StatusTooManyRequests || p.Header.Get("Retry-After") == "" || strings.Contains(p.Body, "sign") && strings.Contains(p.Body, "signing in at once") {
		t.Errorf("status %d, %v", p.Status, p.Header)
	}
	if p := b.Get("/help").OK(); p.Status != http.StatusOK {
		t.Error("the limit holds for other pages")
	}
}

// The state releases mathematics before English: each is read from the newest release that has it, and an earlier one can be asked for.
func TestSubjectsThatAreReleasedApartAreShownTogether(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b, m := site.Anonymous(t), site.Published
	m.Withdraw(2026, 1)
	for _, x := range []struct {
		kind    release.Kind
		subject edu.Subject
	}{{release.Preliminary, edu.Math}, {release.Final, edu.ELA}, {release.Final, edu.Math}} {
		if err := m.Release(2026, x.kind, x.subject); err != nil {
			t.Fatal(err)
		}
	}
	for query, want := range map[string]string{"": "3 final 4, 4 final 4", "?release=3": "2 preliminary 4, 3 final 4", "?release=2": "2 preliminary 4"} {
		page, data := b.Get(publicHome+query).OK(), decoded[table.Published](t, b.Get(publicHome+".json"+query))
		numbers := map[edu.Subject]int{} // rows that show something, districts and the state
		for _, row := range append(data.Rows, *data.Overall) {
			for _, x := range row.Results {
				if x.Students != nil {
					numbers[x.Subject]++
				}
			}
		}
		var got []string
		for _, f := range data.From {
			got = append(got, fmt.Sprint(f.Number, " ", f.Release, " ", numbers[f.Subject]))
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != want {
			t.Errorf("%q is answered from %q, want %q", query, got, want)
		}
		if n := len(page.Texts(".comparison tbody td.subject .count")); n != 4*len(data.From) {
			t.Errorf("%q: the page shows %d numbers for %d subjects", query, n, len(data.From))
		}
		if len(page.Texts(".title-place")) != 1+len(data.From) && query != "?release=2" {
			t.Errorf("%q: under the title stands %q", query, page.Texts(".title-place"))
		}
		if got := len(records(t, b.Get(publicHome+".csv"+query))[0]); got != 3+11*len(data.From) {
			t.Errorf("%q: the file has %d columns", query, got)
		}
		if (query == "") == strings.Contains(page.Text("main"), "Newer results have replaced it") {
			t.Errorf("%q: the page says wrongly whether it is the newest", query)
		}
	}
	district := b.Get(b.Get(publicHome+"?release=3").OK().Attributes(".comparison tbody th a", "href")[0]).OK()
	if !strings.Contains(district.Text("main"), "Preliminary results") {
		t.Error("the release is lost on the way to a district")
	}
	m.Withdraw(2026, 4)
	if got := decoded[table.Published](t, b.Get(publicHome+".json")).From; len(got) != 2 || got[0].Number+got[1].Number != 2+3 {
		t.Errorf("after the newest of mathematics was withdrawn the numbers are from %v", got)
	}
	if p := b.Get(publicHome + "?release=4").OK(); !strings.Contains(p.Text("main"), "There is no such release of 2025–26") || len(p.Texts(".comparison tbody td")) > 0 {
		t.Errorf("a release that was withdrawn: %s", p.Text("main"))
	}
	if p := b.Get(publicHome + "?release=x"); p.Status != http.StatusBadRequest {
		t.Errorf("no number of a release: status %d", p.Status)
	}
}

// counted counts how often what is released is asked for.
type counted struct {
	web.Releases
	shelves int
}

func (c *counted) Shelf(ctx context.Context, id tenant.ID) (*release.Shelf, error) {
	c.shelves++
	return c.Releases.Shelf(ctx, id)
}

// What is kept of a page depends on all releases of the state: those of other years are named on it, and places are found in them. All of an answer is of one moment.
func TestWhatIsKeptOfPublicPagesIsNeverOfOtherReleasesThanThereAre(t *testing.T) {
	t.Parallel()
	asked := &counted{}
	site := webtest.NewSite(t, func(o *web.Options) { asked.Releases, o.Releases = o.Releases, asked })
	b := site.Anonymous(t)
	for _, path := range []string{publicHome + "?year=2025", publicHome + "/p/" + webtest.PublicDistrict, publicHome + ".json?sex=female"} {
		asked.shelves = 0
		b.Get(path).OK()
		if asked.shelves != 1 {
			t.Errorf("%s: what is released was asked %d times for one answer", path, asked.shelves)
		}
	}
	site.Published.Withdraw(2026, 1)
	if p := b.Get(publicHome + "?year=2025").OK(); strings.Contains(p.Body, "2025–26") {
		t.Error("a page of 2024–25 names a year of which nothing is released any more")
	}
	site.Published.Withdraw(2025, 1)
	if p := b.Get(publicHome + "/p/" + webtest.PublicDistrict); p.Status != http.StatusNotFound {
		t.Errorf("a place that no release knows any more: status %d", p.Status)
	}
}

// Nobody can fill the cache with the same answer under many addresses, or with explanations.
func TestAddressesThatAskTheSameAreKeptOnce(t *testing.T) {
	t.Parallel()
	kept := cache.New(1 << 24)
	b := webtest.NewSite(t, func(o *web.Options) { o.PublicCache = kept }).Anonymous(t)
	b.Get(publicHome).OK()
	b.Get(publicHome + ".csv").OK()
	before := kept.Stats().Entries
	for _, query := range []string{"?sort=tested.x", "?sort=-standard.y", "?release=1", "?unknown=1", "?sort=tested.z&release=1"} {
		b.Get(publicHome + query).OK()
		b.Get(publicHome + ".csv" + query + "&view=numbers").OK()
	}
	for _, query := range []string{"?year=1999", "?release=77", "?release=78", "?sex=female&dmgPrgIep=Y", "?sex=female&dmgPrgIep=N", "?complete=Y"} {
		b.Get(publicHome + query).OK()
	}
	if after := kept.Stats().Entries; before != 2 || after != before {
		t.Errorf("%d answers are kept of two, then %d", before, after)
	}
}

// unreadable is what is released while the control database does not answer; it can come back.
type unreadable struct {
	web.Releases
	broken atomic.Bool
}

func (u *unreadable) Shelf(ctx context.Context, id tenant.ID) (*release.Shelf, error) {
	if u.broken.Load() {
		return nil, fault.New(fault.Unavailable, "What is released is not known at the moment.")
	}
	return u.Releases.Shelf(ctx, id)
}

// Something may have been withdrawn: while it is not known what is released nobody is shown a release, not even what was kept a moment ago. Whoever sees all students needs none.
func TestNobodyIsToldAnythingWhileItIsNotKnownWhatIsReleased(t *testing.T) {
	t.Parallel()
	var u *unreadable
	site := webtest.NewSite(t, func(o *web.Options) {
		u = &unreadable{Releases: o.Releases}
		o.Releases = u
	})
	strict, exact := site.As(t, webtest.AggregateOnly), site.As(t, webtest.StateReader)
	paths := []string{"/s/TK", "/s/TK.csv", "/s/TK.json", "/s/TK/d/0042"}
	tags := map[string]string{}
	for _, path := range paths {
		p := strict.Get(path).OK()
		if !showsFigures(p) {
			t.Errorf("%s shows nothing of a release", path)
		}
		tags[path] = p.Header.Get("ETag")
	}
	u.broken.Store(true)
	for _, path := range paths {
		p := strict.Send(http.MethodGet, path, nil, http.Header{"If-None-Match": {tags[path]}})
		if p.Status != http.StatusServiceUnavailable || showsFigures(p) {
			t.Errorf("%s: status %d while it is not known what is released", path, p.Status)
		}
		exact.Get(path).OK()
	}
	u.broken.Store(false)
	strict.Get("/s/TK").OK()
}

// figures are what aggregates look like: a percent on a page, a number in a cell of a file after name, code and kind of the row, or in a field.
var figures = map[string]*regexp.Regexp{
	"text/html": regexp.MustCompile(`>\s*[≤≥]?[0-9]+(–[0-9]+)?%`), "text/csv": regexp.MustCompile(`(?m)^("[^"]*"|[^,\n]*)(,("[^"]*"|[^,\n]*)){2}.*,"?[0-9]+"?(,|\r?$)`), "application/json": regexp.MustCompile(`"(students|students_unfiltered|low|high|percent|at_or_above_percent)":[0-9]`),
}

func showsFigures(p *webtest.Page) bool {
	kind, _, _ := strings.Cut(p.Header.Get("Content-Type"), ";")
	pattern := figures[kind]
	return p.Status == http.StatusOK && pattern != nil && pattern.MatchString(p.Body)
}

// Every route, as nobody and as somebody who may see no student: one that shows aggregates must have them from package disclosure. When the decision
// shows nothing, no such route shows anything; what still does has its numbers from elsewhere.
func TestEveryAggregateForPeopleWithoutExactRightsGoesThroughDisclosure(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	var elsewhere, through []string
	readers := map[string]*webtest.Browser{"nobody": site.Anonymous(t), "somebody without students": site.As(t, webtest.AggregateOnly)}
	shown := map[string]bool{}
	ask := func(each func(route, who string, p *webtest.Page)) {
		for _, r := range site.Routes {
			method, _, _ := strings.Cut(r.Pattern, " ")
			if method != http.MethodGet || strings.HasPrefix(r.Pattern, "GET /help") || strings.HasPrefix(r.Pattern, "GET /logout") {
				continue // help has samples, whose numbers are invented
			}
			for who, b := range readers {
				each(r.Pattern, who, b.Get(webtest.AddressOf(t, r)))
			}
		}
	}
	ask(func(route, who string, p *webtest.Page) { shown[route+who] = showsFigures(p) })
	if err := site.Published.HideAll(); err != nil {
		t.Fatal(err)
	}
	ask(func(route, who string, p *webtest.Page) {
		switch still := showsFigures(p); {
		case still:
			elsewhere = append(elsewhere, route)
		case shown[route+who]:
			through = append(through, route)
		}
	})
	slices.Sort(elsewhere)
	slices.Sort(through)
	if len(elsewhere) > 0 {
		t.Errorf("routes that show aggregates past package disclosure: %v", slices.Compact(elsewhere))
	}
	want := []string{"GET /public/{token}", "GET /public/{token}.csv", "GET /public/{token}.json", "GET /public/{token}/p/{place}", "GET /public/{token}/p/{place}.csv", "GET /public/{token}/p/{place}.json",
		"GET /s/{state}", "GET /s/{state}.csv", "GET /s/{state}.json", "GET /s/{state}/d/{district}", "GET /s/{state}/d/{district}.csv", "GET /s/{state}/d/{district}.json",
		"GET /s/{state}/d/{district}/sc/{school}", "GET /s/{state}/d/{district}/sc/{school}.csv", "GET /s/{state}/d/{district}/sc/{school}.json"}
	if diff := cmp.Diff(want, slices.Compact(through)); diff != "" {
		t.Errorf("routes that have aggregates from package disclosure (-want +found):\n%s", diff)
	}
	for _, r := range site.Routes { // whatever is recorded as showing aggregates is in one of the lists
		if (r.Audited == audit.AggregateRead || r.Audited == audit.AggregateExport) && !slices.Contains(want, r.Pattern) {
			t.Errorf("%s shows aggregates and is in no list", r.Pattern)
		}
	}
}
