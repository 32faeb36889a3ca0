package control_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"scorehouse/internal/control"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/tenant"
)

// installation is an empty server's worth of databases and roles, which go with the test.
func installation(t *testing.T) (*control.Tenants, *pg.Databases) {
	t.Helper()
	name := pg.Installation("t" + strings.ToLower(rand.Text()[:10]))
	databases, err := pg.Open(pg.Config{Server: pgtest.EmptyDSN(t), Installation: name})
	if err != nil {
		t.Fatal(err)
	}
	admin := pgtest.Empty(t)
	t.Cleanup(func() {
		databases.Close()
		for _, base := range []string{"control", "staging_alpha", "warehouse_alpha", "staging_beta", "warehouse_beta"} {
			if _, err := admin.Exec(context.Background(), fmt.Sprintf("drop database if exists %s with (force)", name.Database(base))); err != nil {
				t.Error(err)
			}
		}
		for _, r := range pg.Roles {
			if _, err := admin.Exec(context.Background(), "drop role if exists "+name.RoleName(r)); err != nil {
				t.Error(err)
			}
		}
	})
	tenants := control.NewTenants(databases)
	if _, err := tenants.Upgrade(context.Background()); err != nil {
		t.Fatal(err)
	}
	return tenants, databases
}

func TestAddingATenantTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	tenants, _ := installation(t)
	ctx := context.Background()
	alpha := tenant.Tenant{ID: "alpha", StateCode: "AA", Name: "State of Alpha"}
	for range 2 {
		if err := tenants.Add(ctx, alpha); err != nil {
			t.Fatal(err)
		}
	}
	list, err := tenants.List(ctx)
	if err != nil || len(list) != 1 || list[0] != alpha {
		t.Fatalf("got %v, %v", list, err)
	}
	applied, err := tenants.Upgrade(ctx)
	if err != nil || len(applied) != 0 {
		t.Errorf("a second upgrade applied %v, %v", applied, err)
	}
	for name, other := range map[string]tenant.Tenant{
		"another state":         {ID: "alpha", StateCode: "AB", Name: "State of Alpha"},
		"another name":          {ID: "alpha", StateCode: "AA", Name: "Other"},
		"a state that is taken": {ID: "beta", StateCode: "AA", Name: "State of Beta"},
	} {
		if err := tenants.Add(ctx, other); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: got %v, want a conflict", name, err)
		}
	}
	for name, bad := range map[string]tenant.Tenant{
		"a bad id":    {ID: "Alpha; drop", StateCode: "AC", Name: "x"},
		"a bad state": {ID: "beta", StateCode: "A1", Name: "x"},
		"no name":     {ID: "beta", StateCode: "AC"},
	} {
		if err := tenants.Add(ctx, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
	if _, err := tenants.Get(ctx, "nobody"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not found", err)
	}
}
