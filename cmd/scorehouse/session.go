package main

import (
	"fmt"
	"strings"
	"time"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/tenant"
)

type sessionCommand struct {
	List   sessionListCommand   `cmd:"" help:"List who is signed in."`
	Revoke sessionRevokeCommand `cmd:"" help:"End sessions at once, on every server."`
}

// sessions opens the sessions of the installation.
func (a *app) sessions() (*login.Sessions, error) {
	pool, err := a.control()
	if err != nil {
		return nil, err
	}
	cfg, err := a.configuration()
	if err != nil {
		return nil, err
	}
	return login.OpenSessions(login.Config{Pool: pool, Idle: cfg.Login.Idle, Lifetime: cfg.Login.Lifetime, Roles: cfg.Access.table()}), nil
}

// sessionFilter chooses sessions on the command line.
type sessionFilter struct {
	ID       string `help:"Only the session of this id, as session list shows it."`
	User     string `help:"Only sessions of this person: the id that the identity provider sends, or the name the person signs in with."`
	Tenant   string `help:"Only sessions that see something of this tenant."`
	Provider string `help:"Only sessions that this identity provider has begun."`
}

func (f sessionFilter) filter() login.Filter {
	return login.Filter{ID: f.ID, User: f.User, Tenant: tenant.ID(f.Tenant), Provider: f.Provider}
}

type sessionListCommand struct {
	sessionFilter
	JSON bool `help:"Print an array of objects for machines."`
}

type sessionLine struct {
	ID        string        `json:"id"`
	UserID    string        `json:"user_id"`
	Provider  string        `json:"provider"`
	Tenants   []tenant.ID   `json:"tenants"`
	Roles     []access.Role `json:"roles"`
	Started   time.Time     `json:"started_at"`
	LastSeen  time.Time     `json:"last_seen_at"`
	IdleUntil time.Time     `json:"idle_until"`
	Expires   time.Time     `json:"expires_at"`
}

func lineOf(x login.Session) sessionLine {
	line := sessionLine{x.ID, x.UserID, x.Provider, append([]tenant.ID{}, x.Tenants()...), []access.Role{}, x.Started, x.LastSeen, x.IdleUntil, x.Expires}
	for _, id := range line.Tenants {
		for _, r := range x.Grants.Roles(id) {
			line.Roles = appendNew(line.Roles, r)
		}
	}
	return line
}

func appendNew[T comparable](all []T, x T) []T {
	for _, y := range all {
		if x == y {
			return all
		}
	}
	return append(all, x)
}

func joined[T ~string](all []T) string {
	texts := make([]string, 0, len(all))
	for _, x := range all {
		texts = append(texts, string(x))
	}
	return strings.Join(texts, ", ")
}

// Run prints the active sessions, the newest first. Names of people are not among what it prints.
func (c sessionListCommand) Run(a *app) error {
	sessions, err := a.sessions()
	if err != nil {
		return err
	}
	active, err := sessions.List(a.ctx, c.filter())
	if err != nil {
		return err
	}
	lines, rows := []sessionLine{}, [][]string{}
	for _, x := range active {
		l := lineOf(x)
		lines = append(lines, l)
		rows = append(rows, []string{l.ID, l.UserID, l.Provider, joined(l.Tenants), joined(l.Roles), moment(l.Started), moment(l.LastSeen), moment(l.IdleUntil)})
	}
	if c.JSON {
		return printJSON(a.stdout, lines)
	}
	printTable(a.stdout, []string{"ID", "USER", "PROVIDER", "TENANTS", "ROLES", "STARTED", "LAST SEEN", "ENDS UNUSED"}, rows)
	return nil
}

type sessionRevokeCommand struct {
	sessionFilter
	All bool `help:"Every session there is."`
}

// Validate wants to know which sessions are meant.
func (c *sessionRevokeCommand) Validate() error {
	if c.All == (c.sessionFilter != sessionFilter{}) {
		return fmt.Errorf("say which sessions: --id, --user, --tenant or --provider (together they narrow), or --all")
	}
	return nil
}

// Run ends the sessions. Whoever is signed in with one of them is asked to sign in again at the next page.
func (c *sessionRevokeCommand) Run(a *app) error {
	sessions, err := a.sessions()
	if err != nil {
		return err
	}
	event := audit.Event{Kind: audit.SessionRevoked, Tenant: tenant.ID(c.Tenant),
		Who: audit.Who{User: audit.Person(c.User), Session: audit.ID(c.ID), Provider: audit.ID(c.Provider)}}
	return a.administer(event, func(e *audit.Event) error {
		var ended []login.Session
		if c.All {
			ended, err = sessions.RevokeAll(a.ctx)
		} else {
			ended, err = sessions.Revoke(a.ctx, c.filter())
		}
		if err != nil {
			return err
		}
		e.What.Count = len(ended)
		switch {
		case len(ended) > 0 || c.All:
		case c.ID != "":
			return fault.New(fault.NotFound, "there is no such session; it may have ended")
		case c.User != "":
			return fault.New(fault.NotFound, "%q has no session, or is nobody's id or sign-in name; `scorehouse session list` shows who is signed in", c.User)
		}
		fmt.Fprintf(a.stdout, "%s ended\n", sessionsText(len(ended)))
		return nil
	})
}
