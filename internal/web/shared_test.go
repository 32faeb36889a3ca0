package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/audit"
	"scorehouse/internal/cache"
	"scorehouse/internal/population"
	"scorehouse/internal/report"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web"
	"scorehouse/internal/webtest"
)

// passing is what of a page passes: how long the session lasts.
var passing = regexp.MustCompile(`data-(idle|end)="\d+"|content="\d+;url|href="/look/[^"]*"`)

// Two servers, one of which keeps nothing, show the same pages to everybody, in any order: what is kept for one is never shown to another who may see
// something else.
func TestWhatIsKeptIsShownToNobodyElse(t *testing.T) {
	t.Parallel()
	keeping, forgetful := webtest.NewSite(t), webtest.NewSite(t, func(o *web.Options) { o.Cache = cache.New(0) })
	pages := []string{
		"/s/TK", "/s/TK?lang=es", "/s/TK?sex=male&sort=-name", "/s/TK/d/0042", "/s/TK/d/0042/sc/0117", "/s/TK/d/0043/sc/0117", "/s/HM/d/0042/sc/0117", "/s/TK/d/0042/sc/0117.csv",
	}
	people := []string{webtest.StateReader, webtest.SchoolReader, webtest.OtherSchool, webtest.AggregateOnly, webtest.SeveralStates, webtest.SuperUser, webtest.OtherTenant}
	for _, name := range append(people, people[:2]...) {
		a, b := keeping.As(t, name), forgetful.As(t, name)
		for _, path := range pages {
			x, y := a.Get(path), b.Get(path)
			bare := func(p *webtest.Page) string {
				text := passing.ReplaceAllString(p.Body, "")
				return regexp.MustCompile(regexp.QuoteMeta(p.Header.Get("X-Request-Id"))).ReplaceAllString(text, "")
			}
			if x.Status != y.Status || bare(x) != bare(y) {
				t.Fatalf("%s as %s: status %d and %d, kept and not (-not +kept):\n%s", path, name, x.Status, y.Status, cmp.Diff(strings.Split(bare(y), "\n"), strings.Split(bare(x), "\n")))
			}
		}
	}
}

func TestPagesThatDidNotChangeAreNotSentAgainAndRecordedAllTheSame(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	reader := site.As(t, webtest.SchoolReader)
	first := reader.Get("/s/TK/d/0042")
	tag := first.Header.Get("ETag")
	if tag == "" || first.Header.Get("Cache-Control") != "private, no-cache" {
		t.Fatalf("headers %v", first.Header)
	}
	again := func(b *webtest.Browser) *webtest.Page {
		return b.Send(http.MethodGet, "/s/TK/d/0042", nil, http.Header{"If-None-Match": {`"x", ` + tag}})
	}
	p := again(reader)
	if p.Status != http.StatusNotModified || p.Body != "" || p.Header.Get("ETag") != tag {
		t.Errorf("asked again: status %d, %d bytes", p.Status, len(p.Body))
	}
	if events := site.Trail.Of(p.Header.Get("X-Request-Id")); len(events) != 1 || events[0].Kind != audit.AggregateRead {
		t.Errorf("recorded %v", events)
	}
	for who, b := range map[string]*webtest.Browser{"another session of the same person": site.As(t, webtest.SchoolReader), "somebody else": site.As(t, webtest.StateReader)} {
		if p := again(b); p.Status != http.StatusOK {
			t.Errorf("%s: status %d", who, p.Status)
		}
	}
	if _, err := site.Tamarack.Exec(t.Context(), "insert into publication (version, batch_id, kind) values (2, 2, 'publish')"); err != nil {
		t.Fatal(err)
	}
	if p := again(reader); p.Status != http.StatusOK || p.Header.Get("ETag") == tag {
		t.Errorf("after a publication: status %d", p.Status)
	}
	for _, path := range []string{"/s/TK/d/0042/sc/0117/g/05", "/", "/help"} {
		if p := reader.Get(path); p.Header.Get("Cache-Control") != "no-store" || p.Header.Get("ETag") != "" {
			t.Errorf("%s: %v", path, p.Header)
		}
	}
	label := "Another name"
	set(t, site, reader, "/s/TK/d/0042", label, settings.Change{Label: &label})
	if p := again(reader); p.Status != http.StatusOK {
		t.Errorf("after the state has changed its settings: status %d", p.Status)
	}
}

// publish publishes a version of Tamarack in which so many students more have been tested at Lakeside Elementary.
func publish(ctx context.Context, pool *pgxpool.Pool, version, students int) error {
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf(`
			create temporary table more on commit drop as select * from assessment_outcome where assessment_id = 1 and student_id between 11 and %[2]d and from_version = 1;
			update more set student_id = student_id + 1000 * %[1]d, from_version = %[1]d, batch_id = %[1]d;
			insert into assessment_outcome select * from more;
			insert into publication (version, batch_id, kind) values (%[1]d, %[1]d, 'publish')`, version, 10+students))
		return err
	})
}

var testedInMath = regexp.MustCompile(`<span class="count">([0-9,]+)<`)

// While versions are published, every page shows at least what had been published when it was asked for, and no page shows less than one before it.
func TestNoPageIsEverStale(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T) webtest.Change{
		"counted by SQL": func(*testing.T) webtest.Change { return func(*web.Options) {} },
		"counted by the index": func(t *testing.T) webtest.Change {
			return func(o *web.Options) {
				indexes := population.NewIndexes(population.IndexesConfig{Tenants: o.Tenants, Warehouses: o.Warehouses, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
				o.Counter = func(id tenant.ID, reader *warehouse.Reader) report.Counter { return indexes.Of(id, reader) }
				ctx, cancel := context.WithCancel(context.Background())
				done := make(chan struct{})
				go func() { defer close(done); _ = indexes.Run(ctx) }()
				t.Cleanup(func() { cancel(); <-done })
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const versions, more, readers = 12, 5, 4
			site := webtest.NewSite(t, change(t))
			tested := func(b *webtest.Browser, path string) int {
				p := b.Get(path)
				found := testedInMath.FindStringSubmatch(p.Body)
				if p.Status != http.StatusOK || found == nil {
					t.Errorf("%s: status %d", path, p.Status)
					return 0
				}
				n, _ := strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
				return n
			}
			reader := site.As(t, webtest.StateReader)
			base := tested(reader, "/s/TK")
			var published atomic.Int64
			published.Store(1)
			var wg sync.WaitGroup
			ended := make(chan struct{})
			for i := range readers {
				b := site.As(t, webtest.StateReader)
				path := []string{"/s/TK", "/s/TK?lang=es", "/s/TK?align=full", "/s/TK?sort=-name"}[i%4]
				wg.Go(func() {
					last := 0
					for {
						least := base + more*int(published.Load()-1)
						got := tested(b, path)
						if got < least || got < last || (got-base)%more != 0 {
							t.Errorf("%s shows %d students; %d had been published, and %d been shown", path, got, least, last)
						}
						last = got
						select {
						case <-ended:
							return
						default:
						}
					}
				})
			}
			for v := 2; v <= versions; v++ {
				if err := publish(t.Context(), site.Tamarack, v, more); err != nil {
					t.Error(err)
					break
				}
				published.Store(int64(v))
				if got, want := tested(reader, "/s/TK"), base+more*(v-1); got != want {
					t.Errorf("version %d shows %d students, want %d", v, got, want)
				}
			}
			close(ended)
			wg.Wait()
		})
	}
}

func TestFlushingCountsAgain(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	site := webtest.NewSite(t, func(o *web.Options) {
		o.Counter = func(_ tenant.ID, r *warehouse.Reader) report.Counter { return counting{report.SQLCounter(r), &asked} }
	})
	reader, super := site.As(t, webtest.StateReader), site.As(t, webtest.SuperUser)
	ask := func() int32 {
		before := asked.Load()
		if p := reader.Get("/s/TK"); p.Status != http.StatusOK {
			t.Fatalf("status %d", p.Status)
		}
		return asked.Load() - before
	}
	if ask() == 0 || ask() != 0 {
		t.Fatal("a page is counted at each request, or never")
	}
	for _, path := range []string{"/services/flush/data", "/services/flush/all", "/services/cache/data"} {
		if p := super.Send(http.MethodDelete, path, nil, nil); p.Status != http.StatusOK {
			t.Fatalf("%s: status %d", path, p.Status)
		}
		if strings.HasSuffix(path, "all") { // everybody has been signed out
			reader, super = site.As(t, webtest.StateReader), site.As(t, webtest.SuperUser)
		}
		if ask() == 0 {
			t.Errorf("after %s the page is not counted again", path)
		}
	}
	if p := super.Send(http.MethodDelete, "/services/flush/session", nil, nil); p.Status != http.StatusOK {
		t.Fatal(p.Status)
	}
	reader = site.As(t, webtest.StateReader)
	if ask() != 0 {
		t.Error("flushing sessions empties counts, too")
	}
}

// counting is a Counter that notes when it is asked.
type counting struct {
	report.Counter
	asked *atomic.Int32
}

func (c counting) Counts(ctx context.Context, version int, q report.CountQuestion) ([]report.Count, error) {
	c.asked.Add(1)
	return c.Counter.Counts(ctx, version, q)
}
