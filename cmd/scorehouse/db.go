package main

import (
	"fmt"

	"scorehouse/internal/audit"
	"scorehouse/internal/control"
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
	return err
}
