package web_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"scorehouse/internal/fault"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web"
	"scorehouse/internal/webtest"
)

func TestComparisonsAreComputedAheadAfterEachPublication(t *testing.T) {
	t.Parallel()
	filters, err := web.ParseWarmFilters([]byte(`{"state": [{"grade": ["3"], "dmgPrgIep": ["Y"]}, {"grade": ["4"]}], "district": [{"sex": ["male"]}], "tamarack.state": [{"grade": ["05"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	site := webtest.NewSite(t, func(o *web.Options) {
		o.Counter = func(_ tenant.ID, r *warehouse.Reader) report.Counter { return counting{report.SQLCounter(r), &asked} }
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- site.Server.Warm(ctx, web.Warming{Filters: filters, Hour: -1}) }()
	reader := site.As(t, webtest.StateReader)
	warmed := func(times int) {
		t.Helper()
		for began := time.Now(); strings.Count(site.Log.String(), `msg="comparisons computed ahead" tenant=tamarack`) < times; time.Sleep(20 * time.Millisecond) {
			if time.Since(began) > time.Minute {
				t.Fatalf("nothing is computed ahead:\n%s", site.Log)
			}
		}
		before := asked.Load()
		for _, path := range []string{"/s/TK", "/s/TK?year=2025", "/s/TK?grade=05", "/s/TK/d/0044", "/s/TK/d/0042?sex=male"} {
			if p := reader.Get(path); p.Status != http.StatusOK || asked.Load() != before {
				t.Errorf("%s: status %d, counted %d times although computed ahead", path, p.Status, asked.Load()-before)
			}
			before = asked.Load()
		}
		if reader.Get("/s/TK?grade=04"); asked.Load() == before {
			t.Error("the filters of all states are computed for one that has its own")
		}
	}
	warmed(1)
	if err := publish(t.Context(), site.Tamarack, 2, 5); err != nil {
		t.Fatal(err)
	}
	warmed(2)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestFiltersToComputeAheadAreChecked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"state": [{"grade": ["99"]}]}`: "means nothing", `{"state": [{"grades": ["3"]}]}`: `no filter "grades"`, `{"school": []}`: `"school" is neither`, `[]`: "not lists of filters", `{"state": [{"grade": "3"}]}`: "not lists",
	} {
		if _, err := web.ParseWarmFilters([]byte(text)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
