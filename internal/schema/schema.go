// Package schema holds the tables of the project's databases, as numbered versions in SQL, and brings a database up to
// the newest one. There are three kinds of database: control, staging and warehouse (docs/architecture.md).
//
// A version is a file <kind>/<number>_<name>.sql. It is applied once, in a transaction of its own, and never edited
// afterwards; what it says in its head tells whether the code before it runs with it. The whole schema of each kind, as
// a reader wants to see it, is in control.sql, staging.sql and warehouse.sql, which `make generate` writes.
//
// The tables of the job queue come with its library (River). They are a part of the control database, in the PostgreSQL
// schema "jobs", and are upgraded together with it.
//
// Who may do what is in access/<kind>.sql, one page per kind. Unlike versions it is applied anew at every upgrade, so that grants made by
// hand do not last. Versions and access files write roles as {web}, {loader} and so on (pg.Installation.Expand); the roles must exist.
//
// This package changes tables and rights only. It makes no databases or roles, and moves no data between databases.
package schema

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
)

// Kind is a kind of database.
type Kind string

// The kinds.
const (
	Control   Kind = "control"   // one per installation
	Staging   Kind = "staging"   // one per tenant
	Warehouse Kind = "warehouse" // one per tenant
)

// Kinds lists every kind.
var Kinds = []Kind{Control, Staging, Warehouse}

// JobsSchema is the PostgreSQL schema in the control database that holds the job queue's tables.
const JobsSchema = "jobs"

//go:embed control/*.sql staging/*.sql warehouse/*.sql access/*.sql
var files embed.FS

// Version is one step in the life of a database's tables.
type Version struct {
	Kind     Kind
	Number   int    // from 1, without gaps
	Name     string // as in the file's name
	Checksum string // SHA-256 of the file, in hex; empty for the job queue's
	Jobs     bool   // a version of the job queue's tables, which count on their own

	sql string
}

// String names the version as its file is named, for example "control/0001_start".
func (v Version) String() string {
	if v.Jobs {
		return fmt.Sprintf("%s/jobs/%03d_%s", v.Kind, v.Number, v.Name)
	}
	return fmt.Sprintf("%s/%04d_%s", v.Kind, v.Number, v.Name)
}

var fileName = regexp.MustCompile(`^([0-9]{4})_([a-z0-9_]+)\.sql$`)

// Versions returns the versions of a kind that this binary holds, oldest first.
func Versions(kind Kind) ([]Version, error) { return versionsIn(files, kind) }

func versionsIn(files fs.FS, kind Kind) ([]Version, error) {
	entries, err := fs.ReadDir(files, string(kind)) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("schema versions of %q: %w", kind, err)
	}
	var versions []Version
	for _, e := range entries {
		name := path.Join(string(kind), e.Name())
		parts := fileName.FindStringSubmatch(e.Name())
		if parts == nil {
			return nil, fmt.Errorf("schema version %s: name it like 0001_start.sql", name)
		}
		number, err := strconv.Atoi(parts[1])
		if err != nil {
			return nil, err
		}
		if number != len(versions)+1 {
			return nil, fmt.Errorf("schema version %s: its number should be %04d", name, len(versions)+1)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		versions = append(versions, Version{
			Kind: kind, Number: number, Name: parts[2], Checksum: hex.EncodeToString(sum[:]), sql: string(text),
		})
	}
	return versions, nil
}
