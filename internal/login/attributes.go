package login

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/saml"
	"scorehouse/internal/tenant"
)

// Statement is what an identity provider has said about a person, verified but not yet understood. Today SAML assertions become one; another
// protocol would join here.
type Statement struct {
	NameID       saml.NameID
	SessionIndex string
	Attributes   map[string][]string
	Ends         time.Time // when the provider wants the session to end; zero when it does not say
}

// Identity is who signs in, and what that person holds.
type Identity struct {
	Provider  string // name of the identity provider here
	UserID    string
	LoginName string // what the person signs in with; may be empty
	Name      string // for the page
	Title     string
	Email     string // may be empty; not stored

	Grants     access.Grants
	Rejections []access.Rejection // values of attributes that gave less than they say

	NameID       saml.NameID
	SessionIndex string
	Ends         time.Time
}

// Shape says in which form a provider's attributes tell who a person is and what the person holds.
type Shape string

// The shapes.
const (
	SBAC   Shape = "sbac"   // memberOf holds tenancy chains; guid, uid, mail, fullName, firstName, lastName
	Live   Shape = "live"   // sbacTenancyChain holds chains that name the state by its code; sbacUUID, mail, cn, givenName, sn
	LDAP   Shape = "ldap"   // memberOf holds distinguished names of groups, whose cn is a role; the tenant is the last ou of dn
	Mapped Shape = "mapped" // as the mapping says; nothing is assumed
)

// Shapes lists the shapes.
var Shapes = []Shape{SBAC, Live, LDAP, Mapped}

// NameIDAttribute stands in a mapping for the name identifier of the assertion.
const NameIDAttribute = "@nameid"

// Mapping names attributes. What is empty is as the shape has it.
type Mapping struct {
	UserID    string `yaml:"user_id" json:"user_id,omitempty"`       // never changes for a person, never goes to another one
	LoginName string `yaml:"login_name" json:"login_name,omitempty"` // what the person signs in with
	Name      string `yaml:"name" json:"name,omitempty"`
	FirstName string `yaml:"first_name" json:"first_name,omitempty"` // used with LastName where there is no Name
	LastName  string `yaml:"last_name" json:"last_name,omitempty"`
	Email     string `yaml:"email" json:"email,omitempty"`
	Chains    string `yaml:"chains" json:"chains,omitempty"` // holds tenancy chains (ldap: distinguished names of groups)
	DN        string `yaml:"dn" json:"dn,omitempty"`         // ldap: the person's distinguished name
	BaseDN    string `yaml:"base_dn" json:"base_dn,omitempty"`

	Groups GroupMapping `yaml:"groups" json:"groups,omitzero"`
}

// GroupMapping gives grants to members of groups that the provider names, for providers that know nothing of chains.
type GroupMapping struct {
	Attribute string                  `yaml:"attribute" json:"attribute,omitempty"`
	Grants    map[string][]GroupGrant `yaml:"grants" json:"grants,omitempty"` // by value of the attribute, compared exactly
}

// GroupGrant is what a member of a group holds.
type GroupGrant struct {
	Role     access.Role `yaml:"role" json:"role"`
	Tenant   string      `yaml:"tenant" json:"tenant"` // EveryTenant: all that the provider may speak for
	District string      `yaml:"district" json:"district,omitempty"`
	School   string      `yaml:"school" json:"school,omitempty"`
}

// EveryTenant stands for all tenants that the provider may speak for.
const EveryTenant = "*"

var shapeDefaults = map[Shape]Mapping{
	SBAC: {UserID: "guid", LoginName: "uid", Name: "fullName", FirstName: "firstName", LastName: "lastName", Email: "mail", Chains: "memberOf"},
	Live: {UserID: "sbacUUID", Name: "cn", FirstName: "givenName", LastName: "sn", Email: "mail", Chains: "sbacTenancyChain"},
	LDAP: {UserID: "guid", LoginName: "uid", Name: "fullName", FirstName: "firstName", LastName: "lastName", Email: "mail", Chains: "memberOf", DN: "dn"},
}

// over returns the mapping with what it leaves empty filled from the shape.
func (m Mapping) over(s Shape) Mapping {
	d := shapeDefaults[s]
	for _, f := range []struct{ field, value *string }{
		{&m.UserID, &d.UserID}, {&m.LoginName, &d.LoginName}, {&m.Name, &d.Name}, {&m.FirstName, &d.FirstName}, {&m.LastName, &d.LastName},
		{&m.Email, &d.Email}, {&m.Chains, &d.Chains}, {&m.DN, &d.DN},
	} {
		if *f.field == "" {
			*f.field = *f.value
		}
	}
	return m
}

// Validate says what is missing or cannot be meant. roles are those of the installation.
func (m Mapping) Validate(s Shape, roles access.RoleTable) error {
	full := m.over(s)
	switch {
	case !slices.Contains(Shapes, s):
		return fault.New(fault.Invalid, "there is no shape %q; use one of sbac, live, ldap, mapped", s)
	case full.UserID == "":
		return fault.New(fault.Invalid, "the mapping needs user_id: an attribute that never changes for a person, or %s", NameIDAttribute)
	case full.Chains == "" && m.Groups.Attribute == "":
		return fault.New(fault.Invalid, "the mapping needs chains or groups: without them nobody is granted anything")
	case (m.Groups.Attribute == "") != (len(m.Groups.Grants) == 0):
		return fault.New(fault.Invalid, "groups needs both attribute and grants")
	case m.BaseDN != "" && s != LDAP:
		return fault.New(fault.Invalid, "base_dn is for the shape ldap")
	}
	if _, err := parseDN(m.BaseDN); m.BaseDN != "" && err != nil {
		return fault.New(fault.Invalid, "base_dn %q is not a distinguished name", m.BaseDN)
	}
	for group, grants := range m.Groups.Grants {
		for _, g := range grants {
			if _, known := roles[g.Role]; !known || g.Tenant == "" || g.Tenant == EveryTenant && g.District+g.School != "" {
				return fault.New(fault.Invalid, "group %q: a grant needs a known role and a tenant, or %q without district and school", group, EveryTenant)
			}
			there := access.Granting{Roles: roles, Tenants: []tenant.Tenant{{ID: tenant.ID(g.Tenant)}}}
			if _, err := there.Expand(g.chain()); err != nil {
				return fault.New(fault.Invalid, "group %q, role %s: %s", group, g.Role, err)
			}
		}
	}
	return nil
}

// maxName is how much of a name is kept, in characters.
const maxName = 120

// Identify turns a statement of the provider into an identity. tenants are all of the installation; the provider grants nothing outside those
// it may speak for. A statement that does not say who it is about is refused.
func (p Provider) Identify(st Statement, tenants []tenant.Tenant, roles access.RoleTable) (Identity, error) {
	m := p.Mapping.over(p.Shape)
	first := func(attribute string) string { // the first value of an attribute
		if attribute == NameIDAttribute {
			return strings.TrimSpace(st.NameID.Value)
		}
		if values := st.Attributes[attribute]; attribute != "" && len(values) > 0 {
			return strings.TrimSpace(values[0])
		}
		return ""
	}
	who := Identity{
		Provider: p.Name, UserID: first(m.UserID), LoginName: first(m.LoginName), Email: first(m.Email),
		NameID: st.NameID, SessionIndex: st.SessionIndex, Ends: st.Ends,
	}
	if p.Shape != Mapped { // the predecessor's rules: one of them is enough
		who.LoginName = firstOf(who.LoginName, who.Email, who.UserID)
		who.UserID = firstOf(who.UserID, who.LoginName)
		who.Email = firstOf(who.Email, who.LoginName)
	}
	if who.UserID == "" || len(who.UserID) > 256 || strings.ContainsFunc(who.UserID, unicode.IsControl) {
		return Identity{}, &Refused{Reason: ReasonNoUserID, Provider: p.Name}
	}
	who.Name = clean(firstOf(first(m.Name), strings.TrimSpace(first(m.FirstName)+" "+first(m.LastName)), who.LoginName, who.UserID))
	who.Grants, who.Rejections = p.grants(st, m, p.granting(tenants, roles))
	return who, nil
}

// granting is what the provider may grant.
func (p Provider) granting(tenants []tenant.Tenant, roles access.RoleTable) access.Granting {
	g := access.Granting{Roles: roles, Unknown: access.General}
	if p.Shape == LDAP {
		g.Unknown = access.None // groups of a directory are mostly about other things
	}
	for _, t := range tenants {
		if p.MaySpeakFor(t.ID) {
			g.Tenants = append(g.Tenants, t)
		}
	}
	return g
}

func (p Provider) grants(st Statement, m Mapping, g access.Granting) (access.Grants, []access.Rejection) {
	parse := access.ParseChain
	switch p.Shape {
	case Live:
		parse = access.ParseLiveChain
	case LDAP:
		parse = groupParser(st.Attributes[m.DN], m.BaseDN)
	}
	return g.Grants(func(yield func(access.Chain, error) bool) {
		for _, value := range st.Attributes[m.Chains] {
			if !yield(parse(value)) {
				return
			}
		}
		for _, group := range st.Attributes[m.Groups.Attribute] {
			for _, x := range m.Groups.Grants[group] {
				if !yield(x.chain(), nil) {
					return
				}
			}
		}
	})
}

func (x GroupGrant) chain() access.Chain {
	if x.Tenant == EveryTenant {
		return access.Chain{Role: x.Role}
	}
	return access.Chain{Role: x.Role, Tenant: x.Tenant, District: x.District, School: x.School}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// clean makes a text fit for a page: no control characters, not too long.
func clean(s string) string {
	s = strings.ToValidUTF8(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return -1
		}
		return c
	}, s), "")
	if all := []rune(s); len(all) > maxName {
		return string(all[:maxName])
	}
	return s
}
