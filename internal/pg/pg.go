// Package pg opens the databases of an installation and keeps PostgreSQL's error detail away from logs.
//
// An installation has one control database and, per tenant, a staging and a warehouse database, all on the
// server that the configuration names (one server in small installations, several behind host names in large
// ones). Each part of the system connects as a role of its own, which may do what the part needs and nothing else (roles.go).
// Databases hands out one pool for each role and database and closes them together. It knows no table.
package pg

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/tenant"
)

// ControlDatabase is the name of the control database, without that of the installation.
const ControlDatabase = "control"

// maintenanceDatabase is where databases and roles are made.
const maintenanceDatabase = "postgres"

// Config says where the databases of an installation are.
type Config struct {
	// Server is a connection string (key=value or URL form) without a database name. It connects as the owner.
	Server string

	// Installation names roles and databases. Default DefaultInstallation.
	Installation Installation

	// Roles are connection strings of roles that cannot use the owner's with their own name in it: another host, a password
	// file, a certificate. The user is always the role's name.
	Roles map[Role]string
}

// Databases hands out connection pools as one role, one per database, opened at first use. It is safe for concurrent use.
type Databases struct {
	config Config
	role   Role
	shared *pools
}

// pools are those of all roles.
type pools struct {
	mu  sync.Mutex
	all map[string]*pgxpool.Pool
}

// Open checks the connection strings and returns Databases for the owner. It does not connect.
func Open(config Config) (*Databases, error) {
	config.Installation = config.Installation.orDefault()
	if !installationName.MatchString(string(config.Installation)) {
		return nil, fmt.Errorf("databases: installation %q: use 1 to 24 lower-case letters, digits and underscores, beginning with a letter", config.Installation)
	}
	d := &Databases{config: config, shared: &pools{all: make(map[string]*pgxpool.Pool)}}
	for _, r := range append([]Role{Owner}, Roles...) {
		if _, err := d.As(r).configOf(maintenanceDatabase); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// As returns the same databases for another role. Closing either closes the pools of both.
func (d *Databases) As(r Role) *Databases {
	return &Databases{config: d.config, role: r, shared: d.shared}
}

// Installation returns the name of the installation.
func (d *Databases) Installation() Installation { return d.config.Installation }

// Control returns the pool of the control database.
func (d *Databases) Control(ctx context.Context) (*pgxpool.Pool, error) {
	return d.pool(ctx, ControlDatabase)
}

// Staging returns the pool of a tenant's staging database.
func (d *Databases) Staging(ctx context.Context, id tenant.ID) (*pgxpool.Pool, error) {
	return d.pool(ctx, id.StagingDatabase())
}

// Warehouse returns the pool of a tenant's warehouse database.
func (d *Databases) Warehouse(ctx context.Context, id tenant.ID) (*pgxpool.Pool, error) {
	return d.pool(ctx, id.WarehouseDatabase())
}

func (d *Databases) pool(ctx context.Context, database string) (*pgxpool.Pool, error) {
	d.shared.mu.Lock()
	defer d.shared.mu.Unlock()
	key := string(d.role) + "@" + database
	if p, ok := d.shared.all[key]; ok {
		return p, nil
	}
	cfg, err := d.configOf(d.config.Installation.Database(database))
	if err != nil {
		return nil, err
	}
	p, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", database, Clean(err))
	}
	d.shared.all[key] = p
	return p, nil
}

// configOf returns how the role connects to a database, whose full name is given.
func (d *Databases) configOf(database string) (*pgxpool.Config, error) {
	server, own := d.config.Roles[d.role]
	if !own {
		server = d.config.Server
	}
	if d.role != Owner {
		var err error
		if server, err = asUser(server, d.config.Installation.RoleName(d.role)); err != nil {
			return nil, fmt.Errorf("databases: connection string of %s: %w", d.role, err)
		}
	}
	cfg, err := pgxpool.ParseConfig(server)
	if err != nil {
		return nil, fmt.Errorf("databases: connection string: %w", err)
	}
	cfg.ConnConfig.Database = database
	cfg.ConnConfig.RuntimeParams["application_name"] = "scorehouse"
	if d.role != Owner {
		cfg.ConnConfig.RuntimeParams["application_name"] = "scorehouse " + string(d.role)
	}
	cfg.MaxConns = max(cfg.MaxConns, 8)
	return cfg, nil
}

// Create makes a database of the installation on the server unless it exists. It reports whether it made one.
func (d *Databases) Create(ctx context.Context, database string) (bool, error) {
	cfg, err := d.configOf(maintenanceDatabase)
	if err != nil {
		return false, err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg.ConnConfig)
	if err != nil {
		return false, fmt.Errorf("create database %s: connect: %w", database, Clean(err))
	}
	defer conn.Close(context.WithoutCancel(ctx))
	name := d.config.Installation.Database(database)
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&exists); err != nil {
		return false, fmt.Errorf("create database %s: %w", database, Clean(err))
	}
	if exists {
		return false, nil
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize())
	if CodeOf(err) == "42P04" || CodeOf(err) == "23505" { // another process was quicker
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("create database %s: %w", database, Clean(err))
	}
	return true, nil
}

// Close closes every pool of every role.
func (d *Databases) Close() {
	d.shared.mu.Lock()
	defer d.shared.mu.Unlock()
	for name, p := range d.shared.all {
		p.Close()
		delete(d.shared.all, name)
	}
}

// CodeOf returns the SQLSTATE of a PostgreSQL error in err's chain, else "".
func CodeOf(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// cleanError is a PostgreSQL error without the parts that can quote a row.
type cleanError struct {
	code, constraint, table string
	cause                   error
}

func (e *cleanError) Error() string {
	s := "PostgreSQL error " + e.code
	if e.constraint != "" {
		s += " (constraint " + e.constraint + ")"
	} else if e.table != "" {
		s += " (table " + e.table + ")"
	}
	return s
}

// Unwrap gives callers access to the code; Error never prints the cause.
func (e *cleanError) Unwrap() error { return e.cause }

// classesWithoutData are the SQLSTATE classes whose messages name only objects or the state of the server, never a value of a row:
// connection, privileges, syntax and names, resources, operator intervention, system.
var classesWithoutData = map[string]bool{"08": true, "28": true, "3D": true, "42": true, "53": true, "57": true, "58": true}

// Clean replaces a PostgreSQL error by one whose text holds its code and the constraint or table, never a value
// of a row: messages and details of data errors quote keys and values. Other errors pass unchanged. Stores call it on
// every error they return.
func Clean(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	var done *cleanError
	if errors.As(err, &done) {
		return err
	}
	if len(e.Code) == 5 && classesWithoutData[e.Code[:2]] && e.Detail == "" {
		return err
	}
	return &cleanError{code: e.Code, constraint: e.ConstraintName, table: e.TableName, cause: err}
}

// Permanent reports whether repeating the whole transaction cannot help: a value that the tables cannot hold (class 22 or 23),
// or a statement or table that is wrong (class 42).
func Permanent(err error) bool {
	code := CodeOf(err)
	return len(code) == 5 && (code[:2] == "22" || code[:2] == "23" || code[:2] == "42")
}

// Retryable reports whether repeating the whole transaction may succeed: a serialization failure, a deadlock, a lost
// connection, a server that shuts down or has no room for one more connection.
func Retryable(err error) bool {
	code := CodeOf(err)
	switch {
	case code == "40001", code == "40P01", code == "53300", code == "57P01", code == "57P02", code == "57P03":
		return true
	case len(code) == 5 && code[:2] == "08":
		return true
	}
	var connect *pgconn.ConnectError
	return errors.As(err, &connect)
}
