package population

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// installation is a list of tenants that can grow, with the warehouses of some.
type installation struct {
	mu      sync.Mutex
	tenants []tenant.Tenant
	pools   map[tenant.ID]*pgxpool.Pool
}

func (i *installation) List(context.Context) ([]tenant.Tenant, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.tenants), nil
}

func (i *installation) Warehouse(_ context.Context, id tenant.ID) (*pgxpool.Pool, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.pools[id] == nil {
		return nil, errors.New("no such database")
	}
	return i.pools[id], nil
}

func (i *installation) add(id tenant.ID, pool *pgxpool.Pool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tenants = append(i.tenants, tenant.Tenant{ID: id})
	i.pools[id] = pool
}

// until waits until the indexes are as they should be.
func (x *Indexes) until(t *testing.T, ok func(map[tenant.ID]Stats) bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for !ok(x.Stats()) {
		select {
		case <-ctx.Done():
			t.Fatalf("never: %+v", x.Stats())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestEveryTenantHasAnIndexAlsoOneAddedLaterAndOneThatFailsIsNoTroubleOfOthers(t *testing.T) {
	t.Parallel()
	w, owner := fixed(), pgtest.New(t, schema.Warehouse)
	if err := w.store(t.Context(), owner, 3); err != nil {
		t.Fatal(err)
	}
	web := pgtest.As(t, owner, pg.Web)
	foreign := pgtest.New(t, schema.Control) // no warehouse: its index cannot be built
	i := &installation{pools: map[tenant.ID]*pgxpool.Pool{}}
	i.add("broken", foreign)
	i.add("nowhere", nil)
	i.add("tamarack", web)
	x := NewIndexes(IndexesConfig{Tenants: i, Warehouses: i, Log: slog.New(slog.DiscardHandler), Look: 10 * time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- x.Run(ctx) }()
	x.until(t, func(s map[tenant.ID]Stats) bool { return s["tamarack"].Version == 3 && s["broken"].Failing })
	i.add("hemlock", web)
	x.until(t, func(s map[tenant.ID]Stats) bool { return s["hemlock"].Version == 3 })
	index := x.Of("hemlock", warehouse.NewReader(web))
	index.check(t, w, 3, stateOf2026)
	if s := index.Stats(); s.PassedOn != 0 || s.Fresh.IsZero() {
		t.Errorf("%+v, want all answered, and fresh", s)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(x)
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, want := range []string{
		`scorehouse_population_version{tenant="hemlock"} 3`, `scorehouse_population_fresh_timestamp_seconds{tenant="broken"} 0`,
		`scorehouse_population_questions_total{by="index",tenant="hemlock"} 3`, `scorehouse_population_bytes{tenant="tamarack",year="2026"}`,
		`scorehouse_population_making_seconds_count{how="build",tenant="hemlock"} 1`,
	} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("no %s in:\n%s", want, answer.Body)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
