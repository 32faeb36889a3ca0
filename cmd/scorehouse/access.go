package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/control"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

type accessSection struct {
	Roles access.RoleTable `yaml:"roles" doc:"Roles of this installation besides those that every one has (scorehouse access roles), by the name that identity providers send, for example: {COUNSELOR: {permissions: [view_aggregates, view_students], level: school}}. level is the lowest at which the role may be granted: state, district or school. Default none."`
}

// Validate refuses roles that mean nothing, or more than roles may.
func (s accessSection) Validate() error {
	_, err := access.DefaultRoles().With(s.Roles)
	return err
}

// table returns every role there is. The section has been validated.
func (s accessSection) table() access.RoleTable {
	table, err := access.DefaultRoles().With(s.Roles)
	if err != nil {
		return access.DefaultRoles() // gives less, never more
	}
	return table
}

type accessCommand struct {
	Explain accessExplainCommand `cmd:"" help:"Say which grants of a person show or hide a student or an institution."`
	Roles   accessRolesCommand   `cmd:"" help:"List the roles and what they permit."`
}

type accessRolesCommand struct {
	JSON bool `help:"Print an array of objects for machines."`
}

// Run prints the roles of the installation.
func (c accessRolesCommand) Run(a *app) error {
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	type line struct {
		Role        access.Role         `json:"role"`
		Level       access.Level        `json:"level"`
		Permissions []access.Permission `json:"permissions"`
	}
	table := cfg.Access.table()
	lines, rows := []line{}, [][]string{}
	for _, name := range slices.Sorted(maps.Keys(table)) {
		d := table[name]
		lines = append(lines, line{name, d.Level, append([]access.Permission{}, d.Permissions...)})
		rows = append(rows, []string{string(name), d.String()})
	}
	if c.JSON {
		return printJSON(a.stdout, lines)
	}
	printTable(a.stdout, []string{"ROLE", "PERMITS"}, rows)
	return nil
}

type accessExplainCommand struct {
	User       string `required:"" help:"The person: the id that the identity provider sends, or the name the person signs in with."`
	Student    string `help:"A student, by the state's code. Nothing of the student is printed but the schools of the results."`
	District   string `help:"A district, by its code, instead of a student."`
	School     string `help:"A school, by its code; needs --district."`
	Tenant     string `help:"Tenant of the student or institution; may be left out where there is one."`
	Permission string `help:"What the person wants to do; scorehouse access roles lists what there is." default:"view_students"`
	JSON       bool   `help:"Print one object for machines."`
}

// Validate refuses questions about nothing, or about two things.
func (c *accessExplainCommand) Validate() error {
	switch {
	case c.Student != "" && c.District+c.School != "":
		return fmt.Errorf("ask about a student, or about an institution")
	case c.School != "" && c.District == "":
		return fmt.Errorf("--school needs --district: a school's code is unique within its district only")
	case !slices.Contains(access.AllPermissions, access.Permission(c.Permission)):
		return fmt.Errorf("there is no permission %q", c.Permission)
	}
	return nil
}

// Run explains. The question stands in the audit trail: its answer tells in which schools a student is.
func (c *accessExplainCommand) Run(a *app) error {
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	pool, err := a.control()
	if err != nil {
		return err
	}
	people, err := login.NewPeople(pool, cfg.Access.table()).Find(a.ctx, c.User)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		return fault.New(fault.NotFound, "nobody with that id or name has signed in yet; grants are known from the last sign-in")
	}
	t, err := c.tenantOf(a)
	if err != nil {
		return err
	}
	return a.administer(audit.Event{Kind: audit.AdminAccessExplain, Tenant: t.ID, Who: audit.Who{User: audit.Person(people[0].UserID)}}, func(e *audit.Event) error {
		places, err := c.places(a, t, e)
		if err != nil {
			return err
		}
		sessions, err := login.OpenSessions(login.Config{Pool: pool, Idle: cfg.Login.Idle, Lifetime: cfg.Login.Lifetime}).List(a.ctx, login.Filter{User: c.User})
		if err != nil {
			return err
		}
		answer := c.explain(t.ID, people, places, sessions)
		if c.JSON {
			return printJSON(a.stdout, answer)
		}
		answer.print(a.stdout)
		return nil
	})
}

func (c *accessExplainCommand) tenantOf(a *app) (tenant.Tenant, error) {
	tenants := control.NewTenants(a.databases)
	if c.Tenant != "" {
		return tenants.Get(a.ctx, tenant.ID(c.Tenant))
	}
	all, err := tenants.List(a.ctx)
	if err != nil {
		return tenant.Tenant{}, err
	}
	if len(all) != 1 {
		return tenant.Tenant{}, fault.New(fault.Invalid, "say which tenant: --tenant")
	}
	return all[0], nil
}

// places are where the question is about: the institution, or the schools of the student's results.
func (c *accessExplainCommand) places(a *app, t tenant.Tenant, e *audit.Event) ([]scope.School, error) {
	e.What.District, e.What.School = audit.Code(c.District), audit.Code(c.School)
	if c.Student == "" {
		return []scope.School{{District: c.District, School: c.School}}, nil
	}
	pool, err := a.databases.As(pg.Web).Warehouse(a.ctx, t.ID)
	if err != nil {
		return nil, err
	}
	reports := report.New(warehouse.NewReader(pool).For(t.ID), report.Settings{Tenant: t})
	everywhere := scope.Scope{Tenant: t.ID, AllStudents: true}
	id, found, err := reports.StudentOfCode(a.ctx, everywhere, c.Student)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.New(fault.NotFound, "the state has no student of that code with a result")
	}
	e.What.Student, e.Students = int64(id), 1
	return reports.PlacesOfStudent(a.ctx, everywhere, id)
}

// explained is what access explain prints.
type explained struct {
	Permission access.Permission `json:"permission"`
	Tenant     tenant.ID         `json:"tenant"`
	People     []explainedPerson `json:"people"`
}

type explainedPerson struct {
	Provider   string             `json:"provider"`
	UserID     string             `json:"user_id"`
	LoginName  string             `json:"login_name"`
	SignedInAt time.Time          `json:"signed_in_at"`
	Sessions   int                `json:"sessions"`
	Rejections []access.Rejection `json:"rejections"`
	Places     []explainedPlace   `json:"places"`
}

type explainedPlace struct {
	District string            `json:"district,omitempty"`
	School   string            `json:"school,omitempty"`
	Permits  bool              `json:"permits"`
	Reasons  []explainedReason `json:"reasons"`
}

type explainedReason struct {
	Grant access.Grant `json:"grant"`
	Shows bool         `json:"shows"`
	Class access.Class `json:"class"`
	Why   string       `json:"why"`
}

func (c *accessExplainCommand) explain(id tenant.ID, people []login.Known, places []scope.School, sessions []login.Session) explained {
	x := explained{Permission: access.Permission(c.Permission), Tenant: id}
	for _, k := range people {
		p := explainedPerson{Provider: k.Provider, UserID: k.UserID, LoginName: k.LoginName, SignedInAt: k.SignedInAt, Rejections: append([]access.Rejection{}, k.Rejections...)}
		for _, s := range sessions {
			if s.Provider == k.Provider && s.UserID == k.UserID {
				p.Sessions++
			}
		}
		for _, at := range places {
			place := explainedPlace{District: at.District, School: at.School, Reasons: []explainedReason{}}
			for _, r := range access.Explain(k.Grants, id, at.District, at.School, x.Permission) {
				place.Permits = place.Permits || r.Shows
				place.Reasons = append(place.Reasons, explainedReason(r))
			}
			p.Places = append(p.Places, place)
		}
		x.People = append(x.People, p)
	}
	return x
}

// reasonsShown is how many reasons against are printed for a place; somebody with a thousand grants has a thousand.
const reasonsShown = 15

func (x explained) print(w io.Writer) {
	for _, p := range x.People {
		fmt.Fprintf(w, "%s at %s", p.UserID, p.Provider)
		if p.LoginName != "" && p.LoginName != p.UserID {
			fmt.Fprintf(w, " (%s)", p.LoginName)
		}
		fmt.Fprintf(w, ", signed in last %s, %s now\n", moment(p.SignedInAt), sessionsText(p.Sessions))
		for _, r := range p.Rejections {
			fmt.Fprintf(w, "  not granted at that sign-in: value %d of the attributes: %s\n", r.Position, r.Reason)
		}
		for _, at := range p.Places {
			at.print(w, x)
		}
	}
}

func (at explainedPlace) print(w io.Writer, x explained) {
	answer := "may not"
	if at.Permits {
		answer = "may"
	}
	fmt.Fprintf(w, "  %s %s at %s\n", answer, x.Permission, placeText(x.Tenant, at.District, at.School))
	if len(at.Reasons) == 0 {
		fmt.Fprintln(w, "    nothing at all is granted")
	}
	for i, r := range at.Reasons {
		if i == reasonsShown {
			fmt.Fprintf(w, "    and %d more; --json prints them all\n", len(at.Reasons)-i)
			break
		}
		fmt.Fprintf(w, "    %s\n", r.Why)
	}
}

func sessionsText(n int) string {
	if n == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", n)
}

func placeText(id tenant.ID, district, school string) string {
	parts := []string{string(id)}
	if district != "" {
		parts = append(parts, "district "+district)
	}
	if school != "" {
		parts = append(parts, "school "+school)
	}
	return strings.Join(parts, ", ")
}
