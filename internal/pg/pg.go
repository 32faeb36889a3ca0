// Package pg opens the databases of an installation and keeps PostgreSQL's error detail away from logs.
//
// An installation has one control database and, per tenant, a staging and a warehouse database, all on the
// server that the configuration names (one server in small installations, several behind host names in large
// ones). Databases hands out one pool for each and closes them together. It knows no table.
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

// ControlDatabase is the name of the control database on its server.
const ControlDatabase = "control"

// Databases hands out connection pools, one per database, opened at first use. It is safe for concurrent use.
type Databases struct {
	server string

	mu    sync.Mutex
	pools map[string]*pgxpool.Pool
}

// Open checks the connection string of the server (key=value or URL form, without a database name) and returns
// Databases for it. It does not connect.
func Open(server string) (*Databases, error) {
	if _, err := pgxpool.ParseConfig(server); err != nil {
		return nil, fmt.Errorf("databases: connection string: %w", err)
	}
	return &Databases{server: server, pools: make(map[string]*pgxpool.Pool)}, nil
}

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
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, ok := d.pools[database]; ok {
		return p, nil
	}
	cfg, err := d.config(database)
	if err != nil {
		return nil, err
	}
	p, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", database, Clean(err))
	}
	d.pools[database] = p
	return p, nil
}

func (d *Databases) config(database string) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(d.server)
	if err != nil {
		return nil, fmt.Errorf("databases: connection string: %w", err)
	}
	cfg.ConnConfig.Database = database
	cfg.ConnConfig.RuntimeParams["application_name"] = "scorehouse"
	cfg.MaxConns = max(cfg.MaxConns, 8)
	return cfg, nil
}

// Create makes a database on the server unless it exists. It reports whether it made one.
func (d *Databases) Create(ctx context.Context, database string) (bool, error) {
	cfg, err := d.config("postgres")
	if err != nil {
		return false, err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg.ConnConfig)
	if err != nil {
		return false, fmt.Errorf("create database %s: connect: %w", database, Clean(err))
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", database).Scan(&exists); err != nil {
		return false, fmt.Errorf("create database %s: %w", database, Clean(err))
	}
	if exists {
		return false, nil
	}
	_, err = conn.Exec(ctx, "create database "+pgx.Identifier{database}.Sanitize())
	if CodeOf(err) == "42P04" || CodeOf(err) == "23505" { // another process was quicker
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("create database %s: %w", database, Clean(err))
	}
	return true, nil
}

// Close closes every pool.
func (d *Databases) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, p := range d.pools {
		p.Close()
		delete(d.pools, name)
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
