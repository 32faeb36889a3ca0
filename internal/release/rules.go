package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// PolicyOf is the disclosure policy of a state about some subjects: what it has set, the defaults for all else.
func PolicyOf(own *settings.Settings, subjects ...edu.Subject) disclosure.Policy {
	return own.Policy(subjects...)
}

// Rules read what a state has set, as it is now.
type Rules func(ctx context.Context, id tenant.ID) (*settings.Settings, error)

// RulesOf are Rules that read the warehouse of the state.
func RulesOf(find func(context.Context, tenant.ID) (tenant.Tenant, error), open func(context.Context, tenant.ID) (*warehouse.Reader, error)) Rules {
	return func(ctx context.Context, id tenant.ID) (*settings.Settings, error) {
		t, err := find(ctx, id)
		if err != nil {
			return nil, err
		}
		reader, err := open(ctx, id)
		if err != nil {
			return nil, err
		}
		return settings.NewKeeper(reader, t, settings.Age, slog.New(slog.DiscardHandler)).Now(ctx)
	}
}

// Warehouses are the warehouses of tenants, by somebody's rights.
type Warehouses interface {
	Warehouse(ctx context.Context, id tenant.ID) (*pgxpool.Pool, error)
}

// ReaderOf opens warehouses for RulesOf and Config.
func ReaderOf(w Warehouses) func(context.Context, tenant.ID) (*warehouse.Reader, error) {
	return func(ctx context.Context, id tenant.ID) (*warehouse.Reader, error) {
		pool, err := w.Warehouse(ctx, id)
		if err != nil {
			return nil, err
		}
		return warehouse.NewReader(pool).For(id), nil
	}
}

// hold returns ErrRulesChanged when the state has set something else about small groups since a release was decided. Of a release that is not there it says nothing.
func (d *Desk) hold(ctx context.Context, id int64) error {
	var of tenant.ID
	var policy, levels []byte
	err := d.pool.QueryRow(ctx, `select tenant, policy, levels from release.release where release_id = $1 and state = 'reviewing'`, id).Scan(&of, &policy, &levels)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("rules of release %d: %w", id, pg.Clean(err))
	}
	own, err := d.rules(ctx, of)
	if err != nil {
		return fmt.Errorf("rules of release %d: %w", id, err)
	}
	if own.Releasable() != nil {
		return ErrRulesChanged
	}
	var subjects map[edu.Subject][]string
	if err := json.Unmarshal(levels, &subjects); err != nil {
		return fmt.Errorf("rules of release %d: %w", id, err)
	}
	decided, err := disclosure.ParsePolicy(policy)
	if err != nil {
		return fmt.Errorf("rules of release %d: %w", id, err)
	}
	if !sameRules(decided, PolicyOf(own, slices.Collect(maps.Keys(subjects))...), slices.Collect(maps.Keys(subjects))) {
		return ErrRulesChanged
	}
	return nil
}

// sameRules reports whether two policies decide the same about some subjects. Whether everybody is the strict audience changes nothing of what that is told.
func sameRules(a, b disclosure.Policy, subjects []edu.Subject) bool {
	for _, s := range subjects {
		if a.MinNFor(s) != b.MinNFor(s) {
			return false
		}
	}
	for _, p := range []*disclosure.Policy{&a, &b} {
		p.MinN, p.MinNOf, p.StrictForAll = 0, nil, false
	}
	return a.String() == b.String()
}
