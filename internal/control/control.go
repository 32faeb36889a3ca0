// Package control owns the list of tenants: the PostgreSQL schema "tenant" of the control database. Adding a tenant makes its
// staging and warehouse databases, brings them to the current schema version and gives the installation's roles their rights on them.
// It knows nothing of what is in them.
package control

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/schema"
	"scorehouse/internal/tenant"
)

// Tenants reads and adds tenants.
type Tenants struct {
	databases *pg.Databases
}

// NewTenants returns the tenants of the installation whose databases are given.
func NewTenants(databases *pg.Databases) *Tenants { return &Tenants{databases: databases} }

// Upgrade makes the installation's roles and the control database where they are missing, brings the control database and those of every
// tenant to the schema version of this binary, and gives the roles their rights anew. It needs Databases of the owner. It is safe to repeat and to run in two processes at once. It returns a line per version applied.
func (t *Tenants) Upgrade(ctx context.Context) ([]string, error) {
	var applied []string
	note := func(database string, versions []schema.Version) {
		for _, v := range versions {
			applied = append(applied, fmt.Sprintf("%s: %s", database, v))
		}
	}
	if err := t.databases.MakeRoles(ctx); err != nil {
		return nil, err
	}
	if _, err := t.databases.Create(ctx, pg.ControlDatabase); err != nil {
		return nil, err
	}
	pool, err := t.databases.Control(ctx)
	if err != nil {
		return nil, err
	}
	versions, err := schema.Upgrade(ctx, pool, schema.Control, t.databases.Installation())
	if err != nil {
		return nil, fmt.Errorf("upgrade %s: %w", pg.ControlDatabase, err)
	}
	note(pg.ControlDatabase, versions)
	tenants, err := t.List(ctx)
	if err != nil {
		return applied, err
	}
	for _, x := range tenants {
		lines, err := t.upgradeTenant(ctx, x.ID)
		applied = append(applied, lines...)
		if err != nil {
			return applied, err
		}
	}
	return applied, nil
}

func (t *Tenants) upgradeTenant(ctx context.Context, id tenant.ID) ([]string, error) {
	var applied []string
	for _, d := range []struct {
		name string
		kind schema.Kind
	}{{id.StagingDatabase(), schema.Staging}, {id.WarehouseDatabase(), schema.Warehouse}} {
		if _, err := t.databases.Create(ctx, d.name); err != nil {
			return applied, err
		}
		open := t.databases.Staging
		if d.kind == schema.Warehouse {
			open = t.databases.Warehouse
		}
		pool, err := open(ctx, id)
		if err != nil {
			return applied, err
		}
		versions, err := schema.Upgrade(ctx, pool, d.kind, t.databases.Installation())
		if err != nil {
			return applied, fmt.Errorf("upgrade %s: %w", d.name, err)
		}
		for _, v := range versions {
			applied = append(applied, fmt.Sprintf("%s: %s", d.name, v))
		}
	}
	return applied, nil
}

// Add registers a tenant and makes its databases. Adding the same tenant again with the same state and name finishes what an
// interrupted Add left and changes nothing else; another state or name is a Conflict, as is a state that another tenant has.
func (t *Tenants) Add(ctx context.Context, x tenant.Tenant) error {
	if _, err := tenant.ParseID(string(x.ID)); err != nil {
		return fault.Wrap(fault.Invalid, err, "tenant add")
	}
	if _, ok := edu.ParseStateCode(string(x.StateCode)); !ok {
		return fault.New(fault.Invalid, "state code %q: use the two letters of the state", x.StateCode)
	}
	if x.Name == "" {
		return fault.New(fault.Invalid, "the tenant needs a name for people to read, such as \"State of Tamarack\"")
	}
	pool, err := t.databases.Control(ctx)
	if err != nil {
		return err
	}
	_, err = pool.Exec(ctx, `insert into tenant.tenant (tenant, state_code, name) values ($1, $2, $3) on conflict (tenant) do nothing`,
		x.ID, x.StateCode, x.Name)
	if pg.CodeOf(err) == "23505" {
		return fault.New(fault.Conflict, "state %s belongs to another tenant already", x.StateCode)
	}
	if err != nil {
		return fmt.Errorf("add tenant %s: %w", x.ID, pg.Clean(err))
	}
	stored, err := t.Get(ctx, x.ID)
	if err != nil {
		return err
	}
	if stored != x {
		return fault.New(fault.Conflict, "tenant %s exists already, with state %s and the name %q", x.ID, stored.StateCode, stored.Name)
	}
	_, err = t.upgradeTenant(ctx, x.ID)
	return err
}

// Get returns a tenant. An unknown one is NotFound.
func (t *Tenants) Get(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	pool, err := t.databases.Control(ctx)
	if err != nil {
		return tenant.Tenant{}, err
	}
	x := tenant.Tenant{ID: id}
	err = pool.QueryRow(ctx, `select state_code, name from tenant.tenant where tenant = $1`, id).Scan(&x.StateCode, &x.Name)
	if errors.Is(err, pgx.ErrNoRows) {
		return x, fault.New(fault.NotFound, "there is no tenant %q; `scorehouse tenant list` shows them", id)
	}
	if err != nil {
		return x, fmt.Errorf("read tenant %s: %w", id, pg.Clean(err))
	}
	return x, nil
}

// List returns all tenants in order of their IDs.
func (t *Tenants) List(ctx context.Context) ([]tenant.Tenant, error) {
	pool, err := t.databases.Control(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := pool.Query(ctx, `select tenant, state_code, name from tenant.tenant order by tenant`)
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", pg.Clean(err))
	}
	tenants, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (tenant.Tenant, error) {
		var x tenant.Tenant
		return x, row.Scan(&x.ID, &x.StateCode, &x.Name)
	})
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", pg.Clean(err))
	}
	return tenants, nil
}
