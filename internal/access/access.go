// Package access turns what a person has been granted into what the person may see and do.
//
// A grant is a role at an institution: a whole state, a district or a school. What a role permits is data (RoleTable), made of a
// closed set of permissions that the code knows. Whatever permits to view at all opens the aggregates of the whole tenant; students are
// visible only within the institutions of the grants that permit it, and never wider than a grant says.
//
// Grants come from tenancy chains, the form in which identity providers send role assignments. The package reads no database and knows no
// identity provider (package login does).
//
// Read in this order: roles.go (what roles permit), access.go (grants and their scope), chain.go (from chains to grants), explain.go.
package access

import (
	"slices"

	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
)

// Grant is a role at an institution. Without District it holds for the whole tenant; with District for a district; with School
// too for a school.
type Grant struct {
	Role     Role      `json:"role"`
	Tenant   tenant.ID `json:"tenant"`
	District string    `json:"district,omitempty"`
	School   string    `json:"school,omitempty"`

	// Permissions of a role that the installation has added; RoleTable.Bind fills them. The roles of DefaultRoles need none and
	// cannot be changed by them.
	Permissions []Permission `json:"-"`
}

// Level returns how much of the tenant the grant names. A grant with a school but no district passes for a school's; Validate refuses it.
func (g Grant) Level() Level {
	switch {
	case g.School != "":
		return SchoolLevel
	case g.District != "":
		return DistrictLevel
	}
	return StateLevel
}

// Validate refuses a grant that could be read wider than it was meant: a school without its district, a role or a
// tenant that is missing. The error is Invalid.
func (g Grant) Validate() error {
	switch {
	case g.Tenant == "":
		return fault.New(fault.Invalid, "A grant needs a tenant.")
	case !g.known():
		return fault.New(fault.Invalid, "A grant needs a known role.")
	case g.School != "" && g.District == "":
		return fault.New(fault.Invalid, "A grant for a school needs the school's district.")
	}
	return nil
}

func (g Grant) known() bool {
	_, ok := defaultRoles[g.Role]
	return ok || len(g.Permissions) > 0
}

// permissions returns what the grant's role permits, whatever the level.
func (g Grant) permissions() []Permission {
	if d, ok := defaultRoles[g.Role]; ok {
		return d.Permissions
	}
	return g.Permissions
}

// gives reports whether the grant permits p somewhere: a permission for whole states needs a grant for the state.
func (g Grant) gives(p Permission) bool {
	return g.Validate() == nil && slices.Contains(g.permissions(), p) && (g.Level() == StateLevel || !p.NeedsState())
}

// Grants is everything one person has been granted. Grants that do not pass Validate give nothing.
type Grants []Grant

// May reports whether something in the tenant is permitted. For students, ScopeFor says which. In tests that compile the application's
// filter out (scope.Unfiltered), whoever has any grant in the tenant may ask for its students; the scope stays what it is.
func (gs Grants) May(p Permission, id tenant.ID) bool {
	return slices.ContainsFunc(gs, func(g Grant) bool {
		return g.Tenant == id && (g.gives(p) || scope.Unfiltered() && p.OpensStudents() && g.Validate() == nil)
	})
}

// Permissions returns what the grants permit in a tenant, in the order of AllPermissions.
func (gs Grants) Permissions(id tenant.ID) []Permission {
	var all []Permission
	for _, p := range AllPermissions {
		if gs.May(p, id) {
			all = append(all, p)
		}
	}
	return all
}

// Roles returns the roles held in a tenant, in order.
func (gs Grants) Roles(id tenant.ID) []Role {
	var all []Role
	for _, g := range gs.of(id) {
		if !slices.Contains(all, g.Role) {
			all = append(all, g.Role)
		}
	}
	slices.Sort(all)
	return all
}

// Scope returns what the grants let a person see of a tenant: its aggregates, and the students that may be looked at on pages.
// Without a grant there it is the empty scope of the tenant.
func (gs Grants) Scope(id tenant.ID) scope.Scope {
	return gs.scope(ViewStudents, id)
}

// ScopeFor returns the scope in which the grants permit p in a tenant: students of the institutions of exactly those grants that carry
// p, all of the state's for what is only granted for whole states, and no students for what is not about students.
// It is Forbidden when p is not permitted there; the fault does not tell whether the tenant exists.
func (gs Grants) ScopeFor(p Permission, id tenant.ID) (scope.Scope, error) {
	if !gs.May(p, id) {
		return scope.Scope{Tenant: id}, fault.New(fault.Forbidden, "Your roles do not permit this here.")
	}
	return gs.scope(p, id), nil
}

func (gs Grants) scope(p Permission, id tenant.ID) scope.Scope {
	s := scope.Scope{Tenant: id, Aggregates: gs.May(ViewAggregates, id)}
	if !p.OpensStudents() {
		return s
	}
	for _, g := range gs {
		switch {
		case g.Tenant != id || !g.gives(p):
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

// Reach answers for navigation how far p reaches below a place: the tenant (no codes), one of its districts, or one of its schools.
// Either everything there is reached, or only the named districts or schools, in order; neither when nothing is.
func (gs Grants) Reach(p Permission, id tenant.ID, district, school string) (all bool, codes []string) {
	for _, g := range gs {
		switch {
		case g.Tenant != id || !g.gives(p):
		case g.District == "", g.District == district && g.School == "", district != "" && school != "" && g.District == district && g.School == school:
			return true, nil
		case district == "":
			codes = append(codes, g.District)
		case g.District == district && school == "":
			codes = append(codes, g.School)
		}
	}
	slices.Sort(codes)
	return false, slices.Compact(codes)
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
