package access

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"scorehouse/internal/fault"
)

// Permission is one thing that a role may allow. The set is closed: pages and jobs ask for these and no others.
type Permission string

// The permissions, with the names that the configuration uses.
const (
	ViewAggregates      Permission = "view_aggregates"      // aggregates of the whole tenant
	ViewStudents        Permission = "view_students"        // lists and reports of the institution's students
	ExtractStudents     Permission = "extract_students"     // files of results of the institution's students
	ExtractRegistration Permission = "extract_registration" // registration statistics of a state
	ExtractCompletion   Permission = "extract_completion"   // completion statistics of a state
	ExtractAuditXML     Permission = "extract_audit_xml"    // audit XML files of a state
	ExtractItems        Permission = "extract_items"        // item level results of a state
	SeeStates           Permission = "see_states"           // starts at the map of states
	Administer          Permission = "administer"           // operators' pages of a state
	ReviewReleases      Permission = "review_releases"      // asks for releases of a state, and sees what they would show and hide
	PublishReleases     Permission = "publish_releases"     // releases and withdraws them, and issues public links
	Load                Permission = "load"                 // sends data
	Download            Permission = "download"             // fetches files from the pickup zone
)

// AllPermissions lists every permission there is.
var AllPermissions = []Permission{
	ViewAggregates, ViewStudents, ExtractStudents, ExtractRegistration, ExtractCompletion, ExtractAuditXML, ExtractItems, SeeStates, Administer, ReviewReleases, PublishReleases, Load,
	Download,
}

// NeedsState reports whether the permission is for a whole state: a grant for a district or a school never gives it.
func (p Permission) NeedsState() bool {
	switch p {
	case ExtractRegistration, ExtractCompletion, ExtractAuditXML, ExtractItems, SeeStates, Administer, ReviewReleases, PublishReleases, Load:
		return true
	}
	return false
}

// OpensStudents reports whether the permission is about rows of students.
func (p Permission) OpensStudents() bool {
	switch p {
	case ViewStudents, ExtractStudents, ExtractRegistration, ExtractCompletion, ExtractAuditXML, ExtractItems:
		return true
	}
	return false
}

// Role names what a grant permits. The values are those of the tenancy chains that identity providers send.
type Role string

// The roles that every installation has.
const (
	General     Role = "GENERAL"      // views aggregates; also what an unknown role counts as
	PII         Role = "PII"          // views the students of the institution
	AllStates   Role = "ALLSTATES"    // starts at the map of states
	SARExtracts Role = "SAREXTRACTS"  // files of students' results
	SRSExtracts Role = "SRSEXTRACTS"  // registration statistics
	SRCExtracts Role = "SRCEXTRACTS"  // completion statistics
	AuditXML    Role = "AUDITXML"     // audit XML
	ItemExtract Role = "IIRDEXTRACTS" // item level results
	SuperUser   Role = "SUPER_USER"   // operators' pages
	DataLoad    Role = "ASMTDATALOAD" // sends data
	None        Role = "NONE"         // nothing
)

// Level is how much of a tenant a grant names.
type Level string

// The levels, from wide to narrow.
const (
	StateLevel    Level = "state"
	DistrictLevel Level = "district"
	SchoolLevel   Level = "school"
)

// depth is 0 for a state, and grows as a level names less; -1 for what is no level.
func (l Level) depth() int { return slices.Index([]Level{StateLevel, DistrictLevel, SchoolLevel}, l) }

// RoleDefinition says what a role permits, and the lowest level at which it may be granted.
type RoleDefinition struct {
	Permissions []Permission `yaml:"permissions,flow"`
	Level       Level        `yaml:"level"`
}

// RoleTable is the roles of an installation.
type RoleTable map[Role]RoleDefinition

var defaultRoles = RoleTable{
	General:     {[]Permission{ViewAggregates, Download}, SchoolLevel},
	PII:         {[]Permission{ViewAggregates, ViewStudents}, SchoolLevel},
	AllStates:   {[]Permission{ViewAggregates, SeeStates}, StateLevel},
	SARExtracts: {[]Permission{ViewAggregates, ExtractStudents}, SchoolLevel},
	SRSExtracts: {[]Permission{ViewAggregates, ExtractRegistration}, StateLevel},
	SRCExtracts: {[]Permission{ViewAggregates, ExtractCompletion}, StateLevel},
	AuditXML:    {[]Permission{ViewAggregates, ExtractAuditXML}, StateLevel},
	ItemExtract: {[]Permission{ViewAggregates, ExtractItems}, StateLevel},
	SuperUser:   {[]Permission{ViewAggregates, Administer, ReviewReleases, PublishReleases}, StateLevel},
	DataLoad:    {[]Permission{Load}, StateLevel},
	None:        {nil, SchoolLevel},
}

// DefaultRoles returns the roles that every installation has.
func DefaultRoles() RoleTable { return maps.Clone(defaultRoles) }

// With returns the table with an installation's own roles added. A role that is there already, an unknown permission, a
// permission for whole states in a role that may be granted below one, and a name that no chain could carry are Invalid.
func (t RoleTable) With(more RoleTable) (RoleTable, error) {
	all := maps.Clone(t)
	for _, name := range slices.Sorted(maps.Keys(more)) {
		if _, ok := all[name]; ok {
			return nil, fault.New(fault.Invalid, "role %s is there already; give yours another name", name)
		}
		if err := more[name].check(name); err != nil {
			return nil, err
		}
		all[name] = more[name]
	}
	return all, nil
}

func (d RoleDefinition) check(name Role) error {
	if name == "" || len(name) > maxCode || strings.ContainsFunc(string(name), func(c rune) bool { return c <= ' ' || c > '~' || c == '|' }) {
		return fault.New(fault.Invalid, "role %q: use letters, digits and underscores", name)
	}
	if d.Level.depth() < 0 {
		return fault.New(fault.Invalid, "role %s: level %q is none of state, district, school", name, d.Level)
	}
	if len(d.Permissions) == 0 {
		return fault.New(fault.Invalid, "role %s permits nothing", name)
	}
	for _, p := range d.Permissions {
		if !slices.Contains(AllPermissions, p) {
			return fault.New(fault.Invalid, "role %s: there is no permission %q; the permissions are %s", name, p, list(AllPermissions))
		}
		if p.NeedsState() && d.Level != StateLevel {
			return fault.New(fault.Invalid, "role %s: %s is for whole states, so the level of the role must be state", name, p)
		}
	}
	return nil
}

// Bind returns the grants with the permissions of the installation's own roles. A role that the table no longer has, or that may no
// longer be granted at the grant's level, gives nothing.
func (t RoleTable) Bind(gs Grants) Grants {
	bound := slices.Clone(gs)
	for i, g := range bound {
		bound[i].Permissions = nil
		if d, ok := t[g.Role]; ok && g.Level().depth() <= d.Level.depth() {
			if _, builtIn := defaultRoles[g.Role]; !builtIn {
				bound[i].Permissions = d.Permissions
			}
		}
	}
	return bound
}

func list[T ~string](values []T) string {
	var all []string
	for _, v := range values {
		all = append(all, string(v))
	}
	return strings.Join(all, ", ")
}

// String writes a role's definition as operators read it: "view_aggregates, view_students; school and wider".
func (d RoleDefinition) String() string {
	switch {
	case len(d.Permissions) == 0:
		return "nothing"
	case d.Level == StateLevel:
		return fmt.Sprintf("%s; for whole states only", list(d.Permissions))
	case d.Level == DistrictLevel:
		return fmt.Sprintf("%s; for districts and states", list(d.Permissions))
	}
	return fmt.Sprintf("%s; for schools, districts and states", list(d.Permissions))
}
