package main

import (
	"fmt"

	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/tenant"
)

type tenantCommand struct {
	Add  tenantAddCommand  `cmd:"" help:"Add a tenant and make its databases."`
	List tenantListCommand `cmd:"" help:"List tenants."`
}

type tenantAddCommand struct {
	Tenant string `arg:"" name:"name" help:"Short name: lower-case letters, digits, underscores."`
	State  string `required:"" help:"Two-letter state code; every row of the tenant's files must carry it."`
	Name   string `required:"" help:"Name for people, such as \"State of Tamarack\"."`
}

// Run adds the tenant. Repeating it with the same values changes nothing.
func (c tenantAddCommand) Run(a *app) error {
	tenants, err := a.tenants()
	if err != nil {
		return err
	}
	id, err := tenant.ParseID(c.Tenant)
	if err != nil {
		return fault.New(fault.Invalid, "%s", err)
	}
	state, ok := edu.ParseStateCode(c.State)
	if !ok {
		return fault.New(fault.Invalid, "state %q: give the two letters of the state code", c.State)
	}
	err = a.administer(audit.Event{Kind: audit.AdminTenantAdd, Tenant: id}, func(*audit.Event) error {
		return tenants.Add(a.ctx, tenant.Tenant{ID: id, StateCode: state, Name: c.Name})
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "tenant %s (%s, %s) is ready: databases %s and %s\n", id, state, c.Name, id.StagingDatabase(), id.WarehouseDatabase())
	fmt.Fprintf(a.stdout, "next: scorehouse landing user add NAME --tenant %s --authorized-key FILE\n", id)
	fmt.Fprintf(a.stdout, "      scorehouse key import FILE --role sender --tenant %s\n", id)
	return nil
}

type tenantListCommand struct {
	JSON bool `help:"Print JSON for machines."`
}

// Run prints the tenants.
func (c tenantListCommand) Run(a *app) error {
	tenants, err := a.tenants()
	if err != nil {
		return err
	}
	list, err := tenants.List(a.ctx)
	if err != nil {
		return err
	}
	type line struct {
		Tenant tenant.ID     `json:"tenant"`
		State  edu.StateCode `json:"state"`
		Name   string        `json:"name"`
	}
	lines := make([]line, 0, len(list))
	rows := make([][]string, 0, len(list))
	for _, x := range list {
		lines = append(lines, line{x.ID, x.StateCode, x.Name})
		rows = append(rows, []string{string(x.ID), string(x.StateCode), x.Name})
	}
	if c.JSON {
		return printJSON(a.stdout, lines)
	}
	printTable(a.stdout, []string{"TENANT", "STATE", "NAME"}, rows)
	return nil
}
