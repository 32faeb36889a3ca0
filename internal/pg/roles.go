package pg

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/fault"
)

// Installation names an installation on its PostgreSQL server. Its roles begin with the name, and so do its databases unless it is the
// DefaultInstallation: several installations can share a server, and none of them can enter the databases of another.
type Installation string

// DefaultInstallation is what "" means.
const DefaultInstallation Installation = "scorehouse"

var installationName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,23}$`)

func (i Installation) orDefault() Installation {
	if i == "" {
		return DefaultInstallation
	}
	return i
}

// Database returns the full name of a database of the installation.
func (i Installation) Database(name string) string {
	if i.orDefault() == DefaultInstallation {
		return name
	}
	return string(i) + "_" + name
}

// Role is a PostgreSQL role of an installation. What each may do is in package schema, access/*.sql.
type Role string

// Owner is whoever Config.Server connects as. It makes and upgrades the databases and runs operators' commands. No part of the system that
// runs all the time connects as Owner.
const Owner Role = ""

// The roles that the parts of the system connect as. They own nothing but what they make while they work (the loader: schemas of batches).
const (
	Landing  Role = "landing"
	Loader   Role = "loader"
	Migrator Role = "migrator"
	Printer  Role = "printer"
	Web      Role = "web"
)

// The roles that nobody connects as.
const (
	Reader    Role = "reader"    // sees rows of students, within the scope of its transaction; taken by Web and Printer
	Aggregate Role = "aggregate" // sees views without identifiers and no table of results; taken by Web and Printer
	Views     Role = "views"     // owns those views, which read the tables with its rights
)

// Roles lists every role but the owner.
var Roles = []Role{Landing, Loader, Migrator, Printer, Web, Reader, Aggregate, Views}

func (r Role) connects() bool { return r != Reader && r != Aggregate && r != Views }

// mayTake lists the roles that a role may become for a transaction. It does not have their rights before.
var mayTake = map[Role][]Role{Web: {Reader, Aggregate}, Printer: {Reader, Aggregate}}

// RoleName returns the full name of a role, such as scorehouse_web.
func (i Installation) RoleName(r Role) string { return string(i.orDefault()) + "_" + string(r) }

// Expand replaces {web} and the other roles in statements by their quoted names.
func (i Installation) Expand(sql string) string {
	var pairs []string
	for _, r := range Roles {
		pairs = append(pairs, "{"+string(r)+"}", pgx.Identifier{i.RoleName(r)}.Sanitize())
	}
	return strings.NewReplacer(pairs...).Replace(sql)
}

// RoleBeside returns the full name of another role of the installation to which the user of a pool belongs. It returns an
// error for a pool of the owner, whose name says nothing.
func RoleBeside(pool *pgxpool.Pool, r Role) (string, error) {
	user := pool.Config().ConnConfig.User
	if at := strings.LastIndexByte(user, '_'); at > 0 && slices.Contains(Roles, Role(user[at+1:])) {
		return Installation(user[:at]).RoleName(r), nil
	}
	return "", fmt.Errorf("%s is no role of an installation such as %s: the owner does not read or write rows of students",
		user, DefaultInstallation.RoleName(Web))
}

// asUser returns the connection string for a user other than the one it names. A password in it is left out: it is the other's.
func asUser(server, user string) (string, error) {
	if strings.HasPrefix(server, "postgres://") || strings.HasPrefix(server, "postgresql://") {
		u, err := url.Parse(server)
		if err != nil {
			return "", err
		}
		u.User = url.User(user)
		q := u.Query()
		for _, name := range []string{"user", "password"} {
			q.Del(name)
		}
		u.RawQuery = q.Encode()
		return u.String(), nil
	}
	return server + " user=" + user + " password=''", nil
}

// rolesLock is the advisory lock, in the server's database postgres, under which roles are made. The number means nothing.
const rolesLock = 7351_0441_2210

// MakeRoles makes the roles of the installation that are missing, without passwords, and refuses existing ones that may do more than a role
// of ours must. It is safe to repeat and to run in several processes. It needs CREATEROLE unless the roles are there.
func (d *Databases) MakeRoles(ctx context.Context) error {
	cfg, err := d.configOf(maintenanceDatabase)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg.ConnConfig)
	if err != nil {
		return fmt.Errorf("make roles: connect: %w", Clean(err))
	}
	defer conn.Close(context.WithoutCancel(ctx)) // which also lets the lock go
	return MakeRoles(ctx, conn, d.config.Installation)
}

// MakeRoles does what Databases.MakeRoles does over a connection of the owner to any database.
func MakeRoles(ctx context.Context, conn *pgx.Conn, i Installation) error {
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(rolesLock)); err != nil {
		return fmt.Errorf("make roles: %w", Clean(err))
	}
	defer conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", int64(rolesLock))
	var err error
	for range 5 { // somebody who uses another database for the lock may be doing the same
		if err = makeRoles(ctx, conn, i); CodeOf(err) != "42710" && CodeOf(err) != "23505" && CodeOf(err) != "XX000" {
			break
		}
	}
	if CodeOf(err) == "42501" {
		return fault.Wrap(fault.Invalid, Clean(err), "the owner of the databases may not make roles: give it CREATEROLE, or make the roles as docs/operations/databases.md says")
	}
	if err != nil {
		return fmt.Errorf("make roles: %w", Clean(err))
	}
	return nil
}

func makeRoles(ctx context.Context, conn *pgx.Conn, i Installation) error {
	for _, r := range Roles {
		if err := i.makeRole(ctx, conn, r); err != nil {
			return err
		}
	}
	for r, others := range mayTake {
		for _, other := range others {
			if err := i.join(ctx, conn, i.RoleName(r), i.RoleName(other)); err != nil {
				return err
			}
		}
	}
	// Whoever hands objects over to a role must belong to it, a superuser excepted.
	var owner string
	var super bool
	if err := conn.QueryRow(ctx, "select rolname, rolsuper from pg_roles where rolname = current_user").Scan(&owner, &super); err != nil {
		return err
	}
	for _, r := range []Role{Loader, Views} {
		if super {
			break
		}
		if err := i.join(ctx, conn, owner, i.RoleName(r)); err != nil {
			return err
		}
	}
	return i.checkMembers(ctx, conn)
}

func (i Installation) makeRole(ctx context.Context, conn *pgx.Conn, r Role) error {
	name := i.RoleName(r)
	var powers string
	err := conn.QueryRow(ctx, `
		select concat_ws(' ', case when rolsuper then 'superuser' end, case when rolbypassrls then 'bypassrls' end, case when rolcreaterole then 'createrole' end,
			case when rolcreatedb then 'createdb' end, case when rolreplication then 'replication' end, case when rolinherit then 'inherit' end)
		from pg_roles where rolname = $1`, name).Scan(&powers)
	if err == nil && powers != "" {
		return fault.New(fault.Invalid, "role %s has more rights than it must have (%s): take them away with ALTER ROLE", name, powers)
	}
	if err == nil || err != pgx.ErrNoRows {
		return err
	}
	login := "nologin"
	if r.connects() {
		login = "login"
	}
	_, err = conn.Exec(ctx, "create role "+pgx.Identifier{name}.Sanitize()+" noinherit "+login)
	return err
}

// join makes one role a member of another unless it is.
func (i Installation) join(ctx context.Context, conn *pgx.Conn, member, role string) error {
	var is bool
	err := conn.QueryRow(ctx, `
		select exists (select from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
			where m.rolname = $1 and g.rolname = $2 and (m.rolname <> current_user or pg_has_role(m.oid, g.oid, 'usage')))`, member, role).Scan(&is)
	if err != nil || is {
		return err
	}
	_, err = conn.Exec(ctx, "grant "+pgx.Identifier{role}.Sanitize()+" to "+pgx.Identifier{member}.Sanitize())
	return err
}

// checkMembers refuses roles that belong to others than mayTake says.
func (i Installation) checkMembers(ctx context.Context, conn *pgx.Conn) error {
	var members, roles, names []string
	for r, others := range mayTake {
		for _, other := range others {
			members, roles = append(members, i.RoleName(r)), append(roles, i.RoleName(other))
		}
	}
	for _, r := range Roles {
		names = append(names, i.RoleName(r))
	}
	var extra string
	err := conn.QueryRow(ctx, `
		select coalesce(string_agg(m.rolname || ' in ' || g.rolname, ', ' order by m.rolname, g.rolname), '')
		from pg_auth_members a join pg_roles m on m.oid = a.member join pg_roles g on g.oid = a.roleid
		where m.rolname = any($1) and (m.rolname, g.rolname) not in (select * from unnest($2::text[], $3::text[]))`, names, members, roles).Scan(&extra)
	if err == nil && extra != "" {
		return fault.New(fault.Invalid, "roles are members of others that they must not be in (%s): take that away with REVOKE", extra)
	}
	return err
}
