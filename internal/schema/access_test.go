package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

const denied = "42501"

func TestEachRoleIsRefusedWhatItMustNotDo(t *testing.T) {
	t.Parallel()
	must := map[schema.Kind]map[pg.Role][]string{
		schema.Control: {
			pg.Landing: {
				"select * from keyring.key", "select * from session.session", "select * from login.session", "select * from login.provider",
				"select file from batch.batch", "update batch.batch set status = 'published'", "delete from batch.batch",
				"select * from batch.reject", "select * from batch.event",
				"insert into landing.account values ('x', 'x', '{}')", "update landing.account set authorized_keys = '{}'",
				"insert into tenant.tenant values ('x', 'XX', 'x')", "delete from jobs.river_job", "update jobs.river_job set state = 'completed'",
				"insert into audit.chain (stream, name, host, directory) values ('audit', 'x', 'x', 'x')",
			},
			pg.Loader: {
				"insert into batch.batch default values", "delete from batch.batch", "delete from batch.event",
				"select * from landing.account", "insert into keyring.key default values", "delete from keyring.key",
				"select * from login.session", "select * from login.provider", "insert into tenant.tenant values ('x', 'XX', 'x')",
			},
			pg.Migrator: {
				"insert into batch.batch default values", "delete from batch.batch", "delete from batch.event",
				"select * from landing.account", "select * from keyring.key", "select * from login.session",
			},
			pg.Printer: {
				"select * from batch.batch", "select * from keyring.key", "select * from login.session", "select * from landing.account",
				"insert into printing.job (job_id) values ('x')", "update printing.job set scope = '{}'", "update printing.job set wish = '{}'", "update printing.job set requester = 'x'",
				"insert into audit.chain (stream, name, host, directory) values ('audit', 'x', 'x', 'x')", "insert into tenant.tenant values ('x', 'XX', 'x')",
				"insert into release.release (tenant) values ('x')", "update release.release set released_by = 'x'", "delete from release.release", "update release.institution set public_id = 'x'",
				"select * from release.link",
			},
			pg.Web: {
				"insert into release.release (state) values ('reviewing')", "update release.release set decision = ''", "update release.release set counts = ''", "update release.release set earlier = '{}'",
				"update release.release set released_at = now()", "update release.release set names = '[]'", "delete from release.release", "delete from release.link", "select * from release.institution",
				"update release.link set token_hash = ''", "update release.link set expires_at = now()",
				"select * from printing.kept", "select * from printing.ahead", "insert into printing.part default values", "update printing.part set stored_as = 'x'",
				"update printing.job set wish = '{}'", "update printing.job set requester = 'x'", "update printing.job set version = 1", "update printing.kept set look = 'x'",
				"select * from batch.batch", "select * from batch.reject", "select * from keyring.key", "select * from landing.account",
				"insert into login.provider default values", "update login.provider set tenants = '{}'", "update login.provider set mapping = '{}'",
				"delete from login.provider", "select args from jobs.river_job", "update jobs.river_job set kind = 'x'",
				"update audit.anchor set mac = ''", "delete from audit.anchor", "truncate audit.anchor", "delete from audit.chain",
				"select mac from audit.anchor", "insert into tenant.tenant values ('x', 'XX', 'x')", "update tenant.tenant set state_code = 'XX'",
			},
		},
		schema.Staging: {
			pg.Loader:   {"create table public.t (n int)", "drop table public.staged_batch"},
			pg.Migrator: {"create schema batch_9_9", "create temporary table t (n int)", "insert into staged_batch default values", "update staged_batch set sealed_at = now()", "delete from staged_batch"},
		},
		schema.Warehouse: {
			pg.Migrator: {
				"delete from student", "delete from assessment_outcome", "delete from publication", "update publication set batch_id = 1", "truncate student",
				"select * from student_closed", "update assessment_outcome_closed set to_version = 1", "select * from counted_outcome", "select * from counted_change",
				"alter table student no force row level security", "drop policy read_scope on student", "create table t (n int)",
				"update custom_metadata set state_code = 'x'", "delete from own_text",
			},
			pg.Printer: {
				"select * from student", "select * from assessment_outcome", "select * from counted_outcome", "insert into publication default values",
				"update district set name = 'x'", "create temporary table t (n int)",
			},
			pg.Web: {
				"select * from student", "select * from student_current", "select * from assessment_outcome", "select * from assessment_outcome_closed",
				"select * from counted_outcome", "select * from counted_change", "select * from interim_change", "select * from deleted_outcome", "select * from confirmed_outcome", "insert into publication default values",
				"update district set name = 'x'", "create table t (n int)", "create temporary table t (n int)", "select analyze_results()",
			},
		},
	}
	for kind, roles := range must {
		owner := pgtest.New(t, kind)
		for role, statements := range roles {
			pool := pgtest.As(t, owner, role)
			everywhere := []string{
				"set role " + pgtest.Installation.RoleName(pg.Views), "set role " + pgtest.Installation.RoleName(other(role)), "set session authorization postgres",
				"create role x", "create database x", "alter system set log_statement = 'all'", "select pg_read_file('/etc/passwd')",
				"copy (select 1) to program 'true'", "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'scorehouse'",
				"delete from public.schema_version", "create extension file_fdw schema pg_catalog", "create schema x",
			}
			if role == pg.Loader && kind == schema.Staging {
				everywhere = everywhere[:len(everywhere)-1] // it makes schemas there
			}
			if role != pg.Web && role != pg.Printer {
				everywhere = append(everywhere, "set role "+pgtest.Installation.RoleName(pg.Reader), "set role "+pgtest.Installation.RoleName(pg.Aggregate))
			}
			for _, sql := range append(statements, everywhere...) {
				if _, err := pool.Exec(t.Context(), sql); pg.CodeOf(err) != denied && !(strings.HasPrefix(sql, "set session") && err != nil) {
					t.Errorf("%s in %s: %s: got %v, want a refusal", role, kind, sql, err)
				}
			}
		}
	}
}

// other returns a role that is not the given one.
func other(r pg.Role) pg.Role {
	if r == pg.Migrator {
		return pg.Loader
	}
	return pg.Migrator
}

func TestRolesEnterOnlyTheDatabasesTheyWorkIn(t *testing.T) {
	t.Parallel()
	enters := map[schema.Kind][]pg.Role{
		schema.Control:   {pg.Landing, pg.Loader, pg.Migrator, pg.Printer, pg.Web},
		schema.Staging:   {pg.Loader, pg.Migrator},
		schema.Warehouse: {pg.Migrator, pg.Printer, pg.Web},
	}
	for _, kind := range schema.Kinds {
		dsn := pgtest.NewDSN(t, kind)
		var got []pg.Role
		for _, r := range pg.Roles {
			conn, err := pgx.Connect(t.Context(), pgtest.AsDSN(dsn, r))
			if err == nil {
				got = append(got, r)
				conn.Close(t.Context())
			} else if pg.CodeOf(err) != denied && pg.CodeOf(err) != "28000" { // no CONNECT; no LOGIN
				t.Errorf("%s into %s: %v", r, kind, err)
			}
		}
		if diff := cmp.Diff(enters[kind], got); diff != "" {
			t.Errorf("roles that enter %s (-want +got):\n%s", kind, diff)
		}
	}
}

func TestRolesHaveNoPowersAndOwnNothingButWhatTheyMust(t *testing.T) {
	t.Parallel()
	want := map[schema.Kind]string{
		schema.Control:   "",
		schema.Staging:   "loader drop_batch",
		schema.Warehouse: "views countable_outcome, views counted_change, views counted_outcome, views interim_change, views interim_outcome, views superseded_outcome",
	}
	for _, kind := range schema.Kinds {
		owner := pgtest.New(t, kind)
		owned := query1(t, owner, fmt.Sprintf(`
			select coalesce(string_agg(o, ', ' order by o), '') from (
				select replace(r.rolname, '%[1]s_', '') || ' ' || coalesce(c.relname, p.proname, 'something else') as o
				from pg_shdepend d join pg_roles r on r.oid = d.refobjid
				left join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
				left join pg_proc p on d.classid = 'pg_proc'::regclass and p.oid = d.objid
				where d.deptype = 'o' and d.dbid = (select oid from pg_database where datname = current_database()) and starts_with(r.rolname, '%[1]s_')
					and (c.relkind is null or c.relkind <> 'i') and d.classid <> 'pg_default_acl'::regclass) as x`, pgtest.Installation))
		if kind == schema.Warehouse {
			want[kind] = query1(t, owner, "select string_agg('views ' || relname, ', ' order by relname) from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace")
		}
		if owned != want[kind] {
			t.Errorf("owned in %s: %s; want %s", kind, owned, want[kind])
		}
		powers := query1(t, owner, fmt.Sprintf(`select count(*)::text from pg_roles
			where starts_with(rolname, '%s_') and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication or rolinherit)`, pgtest.Installation))
		if powers != "0" {
			t.Errorf("%s roles may do more than they must", powers)
		}
	}
}

func TestAnUpgradeTakesAwayWhatWasGrantedByHand(t *testing.T) {
	t.Parallel()
	owner := pgtest.New(t, schema.Warehouse)
	reader, public := pgtest.Installation.RoleName(pg.Reader), "public"
	byHand := []string{
		"grant select on student_current to " + reader, "grant update (last_name) on student to " + reader, "grant select on assessment_outcome to " + public,
		"grant create on schema public to " + reader, "grant usage on all sequences in schema public to " + public,
		fmt.Sprintf("grant temporary on database %s to %s", owner.Config().ConnConfig.Database, public),
	}
	before := rights(t, owner)
	for _, sql := range byHand {
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if rights(t, owner) == before {
		t.Fatal("the grants show nowhere")
	}
	if _, err := schema.Upgrade(t.Context(), owner, schema.Warehouse, pgtest.Installation); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, rights(t, owner)); diff != "" {
		t.Errorf("rights after the upgrade (-before +after):\n%s", diff)
	}
}

// rights returns everything granted in a database, as text.
func rights(t *testing.T, owner *pgxpool.Pool) string {
	t.Helper()
	return query1(t, owner, `
		select string_agg(x, E'\n' order by x) from (
			select 'database ' || a::text from pg_database, unnest(datacl) as a where datname = current_database()
			union all select 'schema ' || nspname || ' ' || a::text from pg_namespace, unnest(nspacl) as a where not starts_with(nspname, 'pg_') and nspname <> 'information_schema'
			union all select relname || ' ' || a::text from pg_class, unnest(relacl) as a where relnamespace = 'public'::regnamespace
			union all select attname || ' ' || a::text from pg_attribute, unnest(attacl) as a where attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
			union all select proname || ' ' || a::text from pg_proc, unnest(proacl) as a where pronamespace = 'public'::regnamespace) as r (x)`)
}

func TestARoleThatMayTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	owner := pgtest.New(t, schema.Staging)
	conn, err := owner.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	const i pg.Installation = "schematest"
	drop := func() {
		for _, r := range append([]pg.Role{"friend"}, pg.Roles...) {
			if _, err := owner.Exec(t.Context(), "drop role if exists "+i.RoleName(r)); err != nil {
				t.Error(err)
			}
		}
	}
	drop()
	defer drop()
	for range 2 {
		if err := pg.MakeRoles(t.Context(), conn.Conn(), i); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ do, undo, says string }{
		{"alter role schematest_web bypassrls", "alter role schematest_web nobypassrls", "schematest_web has more rights than it must have (bypassrls)"},
		{"alter role schematest_reader superuser inherit", "alter role schematest_reader nosuperuser noinherit", "(superuser inherit)"},
		{"grant pg_read_all_data to schematest_landing", "revoke pg_read_all_data from schematest_landing", "schematest_landing in pg_read_all_data"},
		{"grant schematest_reader to schematest_loader", "revoke schematest_reader from schematest_loader", "schematest_loader in schematest_reader"},
	} {
		if _, err := owner.Exec(t.Context(), c.do); err != nil {
			t.Fatal(err)
		}
		wantError(t, pg.MakeRoles(t.Context(), conn.Conn(), i), c.says)
		if _, err := owner.Exec(t.Context(), c.undo); err != nil {
			t.Fatal(err)
		}
	}
	if err := pg.MakeRoles(t.Context(), conn.Conn(), i); err != nil {
		t.Errorf("after all was taken away: %v", err)
	}
}

func TestTheMigratorDropsSchemasOfBatchesOnly(t *testing.T) {
	t.Parallel()
	owner := pgtest.New(t, schema.Staging)
	loader, migrator := pgtest.As(t, owner, pg.Loader), pgtest.As(t, owner, pg.Migrator)
	for _, sql := range []string{"create schema batch_1_1", "create table batch_1_1.outcome (line int)", "insert into staged_batch (schema_name, batch_id, attempt) values ('batch_1_1', 1, 1)"} {
		if _, err := loader.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := migrator.Exec(t.Context(), "select from batch_1_1.outcome"); err != nil {
		t.Errorf("the migrator cannot read what the loader has staged: %v", err)
	}
	for _, sql := range []string{"insert into batch_1_1.outcome values (1)", "drop schema batch_1_1 cascade", "drop table batch_1_1.outcome"} {
		if _, err := migrator.Exec(t.Context(), sql); pg.CodeOf(err) != denied {
			t.Errorf("%s: got %v, want a refusal", sql, err)
		}
	}
	for _, name := range []string{"public", "pg_catalog", "batch_1_1; drop table staged_batch", `batch_1_1" cascade; --`} {
		if _, err := migrator.Exec(t.Context(), "select drop_batch($1)", name); pg.CodeOf(err) != "22023" {
			t.Errorf("drop_batch(%q): got %v, want a refusal", name, err)
		}
	}
	if _, err := migrator.Exec(t.Context(), "select drop_batch('batch_1_1')"); err != nil {
		t.Error(err)
	}
	if got := query1(t, owner, "select (to_regnamespace('batch_1_1') is null) || ' ' || (select count(*) from staged_batch)"); got != "true 0" {
		t.Errorf("gone, entries: %s; want true 0", got)
	}
}
