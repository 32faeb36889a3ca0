package control_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

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

// A person or machine may own the databases without being a superuser: it needs CREATEDB and CREATEROLE, nothing else.
func TestAnOwnerNeedsNoSuperuser(t *testing.T) {
	t.Parallel()
	admin := pgtest.Empty(t)
	ctx := context.Background()
	name := pg.Installation("o" + strings.ToLower(rand.Text()[:10]))
	owner := string(name) + "_admin"
	exec := func(sql string) {
		t.Helper()
		if _, err := admin.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec("create role " + owner + " login createdb createrole")
	u, err := url.Parse(pgtest.DSN(admin))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(owner)
	databases, err := pg.Open(pg.Config{Server: u.String(), Installation: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		databases.Close()
		for _, base := range []string{"control", "staging_alpha", "warehouse_alpha"} {
			exec(fmt.Sprintf("drop database if exists %s with (force)", name.Database(base)))
		}
		for _, r := range append(slices.Clone(pg.Roles), "admin") { // last: it granted the others to each other
			exec("drop role if exists " + name.RoleName(r))
		}
	})
	tenants := control.NewTenants(databases)
	if _, err := tenants.Upgrade(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		if err := tenants.Add(ctx, tenant.Tenant{ID: "alpha", StateCode: "AA", Name: "State of Alpha"}); err != nil {
			t.Fatal(err)
		}
		if applied, err := tenants.Upgrade(ctx); err != nil || len(applied) > 0 {
			t.Fatalf("applied %v, %v", applied, err)
		}
	}
	warehouse, err := databases.Warehouse(ctx, "alpha")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := warehouse.Exec(ctx, "insert into student (student_id, code, sex, batch_id, from_version) values (1, 'X', 1, 1, 1)"); pg.CodeOf(err) != "42501" {
		t.Errorf("the owner writes a student: %v, want a refusal", err)
	}
	migrator, err := databases.As(pg.Migrator).Warehouse(ctx, "alpha")
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"insert into student (student_id, code, sex, batch_id, from_version) values (1, 'X', 1, 1, 1)", "select analyze_results()"} {
		if _, err := migrator.Exec(ctx, sql); err != nil {
			t.Errorf("the migrator: %s: %v", sql, err)
		}
	}
	var n int
	if err := warehouse.QueryRow(ctx, "select count(*) from student").Scan(&n); err != nil || n != 0 {
		t.Errorf("the owner sees %d students, %v; want 0", n, err)
	}
}

func TestInstallationsOfOneServerCannotEnterEachOther(t *testing.T) {
	t.Parallel()
	_, one := installation(t)
	_, other := installation(t)
	u, err := url.Parse(pgtest.EmptyDSN(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []pg.Role{pg.Landing, pg.Loader, pg.Migrator, pg.Web} {
		pool, err := one.As(r).Control(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := pool.Ping(t.Context()); err != nil {
			t.Errorf("%s enters its own installation: %v", r, err)
		}
		u.User, u.Path = url.User(one.Installation().RoleName(r)), "/"+other.Installation().Database(pg.ControlDatabase)
		if conn, err := pgx.Connect(t.Context(), u.String()); pg.CodeOf(err) != "42501" {
			t.Errorf("%s of one installation enters another: %v", r, err)
			if err == nil {
				conn.Close(t.Context())
			}
		}
	}
}
