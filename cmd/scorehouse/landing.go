package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/landing"
	"scorehouse/internal/tenant"
)

type landingCommand struct {
	Serve landingServeCommand `cmd:"" default:"1" help:"Run the SFTP landing zone until told to end."`
	User  landingUserCommand  `cmd:"" help:"Add, list and disable senders' accounts."`
}

type landingServeCommand struct{}

// Run runs the landing zone.
func (landingServeCommand) Run(a *app) error { return a.serve(landingRole) }

type landingUserCommand struct {
	Add     landingUserAddCommand     `cmd:"" help:"Add an account. It works at once."`
	List    landingUserListCommand    `cmd:"" help:"List accounts."`
	Disable landingUserDisableCommand `cmd:"" help:"Refuse further sign-ins of an account, and close its connections."`
}

func (a *app) accounts() (*landing.Accounts, error) {
	pool, err := a.control()
	if err != nil {
		return nil, err
	}
	return landing.NewAccounts(pool), nil
}

type landingUserAddCommand struct {
	Account       string `arg:"" name:"name" help:"Name of the account."`
	Tenant        string `required:"" help:"Tenant whose packages it sends."`
	AuthorizedKey string `required:"" help:"File with the sender's OpenSSH public keys." placeholder:"FILE"`
}

// Run adds the account.
func (c landingUserAddCommand) Run(a *app) error {
	lines, err := readFile(c.AuthorizedKey)
	if err != nil {
		return err
	}
	accounts, err := a.accounts()
	if err != nil {
		return err
	}
	e := audit.Event{Kind: audit.AdminSenderAdd, Tenant: tenant.ID(c.Tenant), What: audit.What{Object: audit.ID(c.Account)}}
	err = a.administer(e, func(*audit.Event) error {
		return accounts.AddAccount(a.ctx, c.Account, tenant.ID(c.Tenant), []string{string(lines)})
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "account %s may send packages of tenant %s\n", c.Account, c.Tenant)
	return nil
}

// readFile reads a file that a person named.
func readFile(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.New(fault.Invalid, "there is no file %s", path)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "cannot read %s", path)
	}
	return text, nil
}

type landingUserListCommand struct {
	JSON bool `help:"Print an array of objects for machines."`
}

// Run prints the accounts.
func (c landingUserListCommand) Run(a *app) error {
	accounts, err := a.accounts()
	if err != nil {
		return err
	}
	list, err := accounts.List(a.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		if list == nil {
			list = []landing.Account{}
		}
		return printJSON(a.stdout, list)
	}
	rows := make([][]string, 0, len(list))
	for _, x := range list {
		rows = append(rows, []string{x.Name, string(x.Tenant), strings.Join(x.Keys, ", "), moment(x.CreatedAt), disabledText(x.DisabledAt)})
	}
	printTable(a.stdout, []string{"ACCOUNT", "TENANT", "KEYS", "ADDED", "DISABLED"}, rows)
	return nil
}

func disabledText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return moment(*t)
}

type landingUserDisableCommand struct {
	Account string `arg:"" name:"name" help:"Name of the account."`
}

// Run disables the account; what it has sent stays.
func (c landingUserDisableCommand) Run(a *app) error {
	accounts, err := a.accounts()
	if err != nil {
		return err
	}
	e := audit.Event{Kind: audit.AdminSenderDisable, What: audit.What{Object: audit.ID(c.Account)}}
	if err := a.administer(e, func(*audit.Event) error { return accounts.Disable(a.ctx, c.Account) }); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "account %s may not sign in any more\n", c.Account)
	return nil
}
