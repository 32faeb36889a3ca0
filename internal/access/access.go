// Package access turns what a person has been granted into what the person may see (scope.Scope).
//
// A grant is a role at an institution: a whole state, a district or a school. The package decides nothing about who
// gets grants (package login) and reads no database. Every grant lets its holder see the aggregates of the tenant; only the
// role PII opens the results of students, those of the institution it names.
package access

import (
	"slices"

	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
)

// Role names what a grant permits. The values are those of the tenancy chains that identity providers send.
type Role string

// The roles.
const (
	General Role = "GENERAL" // aggregates of the whole tenant
	PII     Role = "PII"     // and the students of the institution
)

// Grant is a role at an institution. Without District it holds for the whole tenant; with District for a district; with School
// too for a school.
type Grant struct {
	Role     Role      `json:"role"`
	Tenant   tenant.ID `json:"tenant"`
	District string    `json:"district,omitempty"`
	School   string    `json:"school,omitempty"`
}

// Validate refuses a grant that could be read wider than it was meant: a school without its district, a role or a
// tenant that is missing. The error is Invalid.
func (g Grant) Validate() error {
	switch {
	case g.Tenant == "":
		return fault.New(fault.Invalid, "A grant needs a tenant.")
	case g.Role != General && g.Role != PII:
		return fault.New(fault.Invalid, "A grant needs a known role.")
	case g.School != "" && g.District == "":
		return fault.New(fault.Invalid, "A grant for a school needs the school's district.")
	}
	return nil
}

// Grants is everything one person has been granted. Grants that do not pass Validate give nothing.
type Grants []Grant

// Scope returns what the grants let a person see of a tenant. Without a grant there it is the empty scope of the tenant.
func (gs Grants) Scope(id tenant.ID) scope.Scope {
	s := scope.Scope{Tenant: id}
	for _, g := range gs.of(id) {
		s.Aggregates = true
		switch {
		case g.Role != PII:
		case g.School != "":
			s.Schools = append(s.Schools, scope.School{District: g.District, School: g.School})
		case g.District != "":
			s.Districts = append(s.Districts, g.District)
		default:
			s.AllStudents = true
		}
	}
	return s
}

// Home returns where a person with these grants starts in a tenant: in the one school all grants name, else in the one district,
// else at the state (both empty).
func (gs Grants) Home(id tenant.ID) (district, school string) {
	all := gs.of(id)
	if len(all) == 0 {
		return "", ""
	}
	district, school = all[0].District, all[0].School
	for _, g := range all[1:] {
		if g.District != district {
			return "", ""
		}
		if g.School != school {
			school = ""
		}
	}
	return district, school
}

// Tenants returns the tenants in which something is granted, in order.
func (gs Grants) Tenants() []tenant.ID {
	var ids []tenant.ID
	for _, g := range gs {
		if g.Validate() == nil && !slices.Contains(ids, g.Tenant) {
			ids = append(ids, g.Tenant)
		}
	}
	slices.Sort(ids)
	return ids
}

func (gs Grants) of(id tenant.ID) []Grant {
	var all []Grant
	for _, g := range gs {
		if g.Tenant == id && g.Validate() == nil {
			all = append(all, g)
		}
	}
	return all
}
