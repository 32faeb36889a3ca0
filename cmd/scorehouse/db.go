package main

import (
	"fmt"

	"scorehouse/internal/audit"
	"scorehouse/internal/control"
	"scorehouse/internal/pg"
)

type dbCommand struct {
	Upgrade dbUpgradeCommand `cmd:"" help:"Make missing databases and bring all of them to this binary's schema version."`
}

type dbUpgradeCommand struct{}

// Run upgrades the control database and those of every tenant. Repeating it changes nothing.
func (dbUpgradeCommand) Run(a *app) error {
	databases, err := a.open()
	if err != nil {
		return err
	}
	var applied []string
	err = a.administer(audit.Event{Kind: audit.AdminDatabaseUpgrade}, func(e *audit.Event) error {
		applied, err = control.NewTenants(databases).Upgrade(a.ctx)
		e.What.Count = len(applied)
		return err
	})
	for _, line := range applied {
		fmt.Fprintln(a.stdout, line)
	}
	if err == nil && len(applied) == 0 {
		fmt.Fprintln(a.stdout, "all databases are at this binary's schema version")
	}
	if err != nil {
		return err
	}
	return a.warnOfLog(databases)
}

// warnOfLog says what in the settings of the PostgreSQL server lets students' data into its log.
func (a *app) warnOfLog(databases *pg.Databases) error {
	pool, err := databases.Control(a.ctx)
	if err != nil {
		return err
	}
	leaks, err := pg.LogLeaks(a.ctx, pool)
	for _, leak := range leaks {
		fmt.Fprintf(a.stderr, "warning: the log of the PostgreSQL server may show students' data: %s (docs/operations, \"PostgreSQL's own log\")\n", leak)
	}
	return err
}
