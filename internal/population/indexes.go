package population

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// Tenants lists the tenants of the installation.
type Tenants interface {
	List(ctx context.Context) ([]tenant.Tenant, error)
}

// Warehouses opens the warehouse of a tenant.
type Warehouses interface {
	Warehouse(ctx context.Context, id tenant.ID) (*pgxpool.Pool, error)
}

// IndexesConfig says whose indexes there are.
type IndexesConfig struct {
	Tenants    Tenants
	Warehouses Warehouses
	Log        *slog.Logger
	Look       time.Duration // how often new tenants are looked for; default 5 s
}

// Indexes are the indexes of all tenants of an installation, in one process. Run builds them one after another and keeps them up to date. It is safe for
// concurrent use.
type Indexes struct {
	config IndexesConfig
	gate   chan struct{}

	mu  sync.Mutex
	all map[tenant.ID]*Index
}

// NewIndexes returns indexes that are empty until Run has built them: until then SQL answers.
func NewIndexes(c IndexesConfig) *Indexes {
	c.Look = orDefault(c.Look, 5*time.Second)
	return &Indexes{config: c, gate: make(chan struct{}, 1), all: map[tenant.ID]*Index{}}
}

// Of returns the index of a tenant, whose warehouse the reader reads.
func (x *Indexes) Of(id tenant.ID, reader *warehouse.Reader) *Index {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.all[id] == nil {
		x.all[id] = New(Config{
			Reader: reader, SQL: report.Remember(report.SQLCounter(reader)), Log: x.config.Log.With("tenant", id), Gate: x.gate,
		})
	}
	return x.all[id]
}

// Run keeps the index of every tenant, also of those added later, until ctx ends. What fails for one is logged, tried again, and no trouble of the others.
func (x *Indexes) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	kept := map[tenant.ID]bool{}
	tick := time.NewTicker(x.config.Look)
	defer tick.Stop()
	for {
		for _, id := range x.newTenants(ctx, kept) {
			pool, err := x.config.Warehouses.Warehouse(ctx, id)
			if err != nil {
				x.config.Log.Error("population index: no warehouse", "tenant", id, "error", err)
				continue
			}
			index := x.Of(id, warehouse.NewReader(pool).For(id))
			running.Go(func() { index.Run(ctx) })
			kept[id] = true
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (x *Indexes) newTenants(ctx context.Context, kept map[tenant.ID]bool) []tenant.ID {
	all, err := x.config.Tenants.List(ctx)
	if err != nil && ctx.Err() == nil {
		x.config.Log.Warn("population index: tenants are not known", "error", err)
	}
	var ids []tenant.ID
	for _, t := range all {
		if !kept[t.ID] {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// Stats returns how the indexes are now.
func (x *Indexes) Stats() map[tenant.ID]Stats {
	x.mu.Lock()
	all := maps.Clone(x.all)
	x.mu.Unlock()
	stats := make(map[tenant.ID]Stats, len(all))
	for id, index := range all {
		stats[id] = index.Stats()
	}
	return stats
}
