package schema

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"scorehouse/internal/pg"
)

// takeAll takes every right from every role of the installation, and from PUBLIC what PostgreSQL gives it by default, on the
// database, on its schemas and on everything in them. Schemas of batches belong to the loader, which gives the migrator access by default
// privileges.
const takeAll = `
do $$
declare
  everybody text := 'public, {landing}, {loader}, {migrator}, {printer}, {web}, {reader}, {aggregate}, {views}';
  s text;
begin
  execute format('revoke all on database %I from %s', current_database(), everybody);
  for s in
    select quote_ident(nspname) from pg_namespace
    where not starts_with(nspname, 'pg_') and nspname <> 'information_schema' and nspname !~ '^batch_[0-9]+_[0-9]+$'
  loop
    execute format('revoke all on schema %s from %s', s, everybody);
    execute format('revoke all on all tables in schema %s from %s', s, everybody);
    execute format('revoke all on all sequences in schema %s from %s', s, everybody);
    execute format('revoke all on all routines in schema %s from %s', s, everybody);
  end loop;
end
$$`

// grantAccess gives the roles the rights of access/<kind>.sql and no others, in one transaction. The caller holds the upgrade lock.
func grantAccess(ctx context.Context, conn *pgx.Conn, kind Kind, i pg.Installation, files fs.FS) error {
	text, err := fs.ReadFile(files, path.Join("access", string(kind)+".sql"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "set local search_path to public"); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, i.Expand(takeAll)); err != nil {
			return fmt.Errorf("take rights away: %w", err)
		}
		if err := GrantDatabase(ctx, tx, tx.Conn().Config().Database, kind, i); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, i.Expand(string(text)))
		return err
	})
}

// databaseRights are those on the database itself, which a copy of the database does not have.
var databaseRights = map[Kind]string{
	Control: `grant connect on database {database} to {landing}, {loader}, {migrator}, {printer}, {web}`,
	// The loader makes a schema for each batch.
	Staging: `grant connect, create, temporary on database {database} to {loader}; grant connect on database {database} to {migrator}`,
	// The migrator copies a batch to temporary tables before it publishes it.
	Warehouse: `grant connect on database {database} to {printer}, {web}; grant connect, temporary on database {database} to {migrator}`,
}

// GrantDatabase gives the roles their rights on a database as such, over a connection of its owner to any database of the server. Upgrade does it
// too; a copy of an upgraded database needs only this.
func GrantDatabase(ctx context.Context, db interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}, database string, kind Kind, i pg.Installation) error {
	sql := "revoke all on database {database} from public; " + databaseRights[kind]
	sql = strings.ReplaceAll(sql, "{database}", pgx.Identifier{database}.Sanitize())
	if _, err := db.Exec(ctx, i.Expand(sql)); err != nil {
		return fmt.Errorf("rights on the database: %w", err)
	}
	return nil
}
