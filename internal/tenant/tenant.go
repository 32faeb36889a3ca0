// Package tenant names a customer: one state on an installation that several states share.
//
// It does no input or output and imports only the standard library and edu. The table of tenants belongs to
// package control; a tenant's databases are named by StagingDatabase and WarehouseDatabase.
package tenant

import (
	"fmt"

	"scorehouse/internal/edu"
)

// ID names a tenant: 1 to 32 lower-case letters, digits and underscores, beginning with a letter.
// It is part of database names, directory names and log lines.
type ID string

// ParseID checks the form of an ID.
func ParseID(s string) (ID, error) {
	if len(s) == 0 || len(s) > 32 || s[0] < 'a' || s[0] > 'z' {
		return "", fmt.Errorf("tenant name %q: use 1 to 32 lower-case letters, digits and underscores, beginning with a letter", s)
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return "", fmt.Errorf("tenant name %q: use 1 to 32 lower-case letters, digits and underscores, beginning with a letter", s)
		}
	}
	return ID(s), nil
}

// StagingDatabase returns the name of the tenant's staging database.
func (id ID) StagingDatabase() string { return "staging_" + string(id) }

// WarehouseDatabase returns the name of the tenant's warehouse database.
func (id ID) WarehouseDatabase() string { return "warehouse_" + string(id) }

// Tenant is a customer state.
type Tenant struct {
	ID        ID
	StateCode edu.StateCode // every row of every file must carry it
	Name      string        // words for people: "State of Tamarack"
}

// DefaultMinN is the smallest number of students shown in an aggregate unless the tenant's custom metadata says
// otherwise. The runbook's min_cell_size is one less (10): groups must be larger than it.
const DefaultMinN = 11
