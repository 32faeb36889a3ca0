package access

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"scorehouse/internal/tenant"
)

// Chain is one role assignment as an identity provider sends it, before it is known whether its tenant exists. Empty fields are absent.
// A chain with Role only is for the consortium: every tenant that the provider may speak for.
type Chain struct {
	Role     Role
	Tenant   string // name of the tenant; absent in chains that name the state only
	State    string // code of the state
	District string
	School   string
}

// Positions in a tenancy chain that count here; the others are names for people and levels that no tenant uses.
const (
	fieldRole     = 1
	fieldTenant   = 7 // "StateID"
	fieldState    = 8
	fieldDistrict = 11
	fieldSchool   = 15
	chainFields   = 17
)

// Limits of what is read.
const (
	maxChain = 4 << 10 // bytes of one chain
	maxCode  = 64      // bytes of a role's name or an institution's code
)

// chainError is why a chain gives less than it says. It holds nothing of the chain: it is logged.
type chainError struct{ class, text string }

// Error returns a sentence for operators.
func (e *chainError) Error() string { return e.text }

// What can be wrong with a chain.
var (
	errTooLong     = &chainError{"too_long", "the chain is too long"}
	errNoDelimiter = &chainError{"no_delimiter", "the chain does not begin with |"}
	errFieldCount  = &chainError{"field_count", "the chain has not 17 fields between its delimiters"}
	errNoRole      = &chainError{"no_role", "the chain names no role"}
	errOddRole     = &chainError{"odd_role", "the role is too long, or holds blanks at its ends or control characters"}
	errOddCode     = &chainError{"odd_code", "a code is too long, or holds blanks at its ends or control characters"}
	errNoTenant    = &chainError{"no_tenant", "the chain names a state, a district or a school without the tenant above"}
	errNoState     = &chainError{"no_state", "the chain names a tenant, a district or a school without the state"}
	errNoDistrict  = &chainError{"no_district", "the chain names a school without its district"}
	errNotThere    = &chainError{"other_tenant", "the chain names a tenant for which the provider may not speak, or that does not exist"}
	errOtherState  = &chainError{"other_state", "the state of the chain is not the tenant's"}
	errTooLow      = &chainError{"level_too_low", "the role may only be granted for more than the chain names; it counts as GENERAL"}
	errNoTenants   = &chainError{"no_tenants", "the chain is for every tenant, and the provider may speak for none"}
	errUnreadable  = &chainError{"unreadable", "the value cannot be read"}
)

// ParseChain reads a tenancy chain: 17 fields between delimiters, of which the last, a name, may be missing. The error says what is wrong
// without quoting the chain. A level without the one above it is refused, so that nothing is granted wider than it was meant.
func ParseChain(s string) (Chain, error) {
	c, err := parseFields(s)
	switch {
	case err != nil:
		return Chain{}, err
	case c.Tenant == "" && (c.State != "" || c.District != "" || c.School != ""):
		return Chain{}, errNoTenant
	case c.Tenant != "" && c.State == "":
		return Chain{}, errNoState
	}
	return c, nil
}

// ParseLiveChain reads a chain in the variant that names the state's code where others name the tenant.
func ParseLiveChain(s string) (Chain, error) {
	c, err := parseFields(s)
	switch {
	case err != nil:
		return Chain{}, err
	case c.Tenant == "" && (c.State != "" || c.District != "" || c.School != ""):
		return Chain{}, errNoState
	}
	c.Tenant, c.State = "", strings.ToUpper(c.Tenant)
	return c, nil
}

func parseFields(s string) (Chain, error) {
	if len(s) > maxChain {
		return Chain{}, errTooLong
	}
	inner, ok := strings.CutPrefix(s, "|")
	if !ok {
		return Chain{}, errNoDelimiter
	}
	fields := strings.Split(inner, "|")
	if len(fields) == chainFields+1 && fields[chainFields] == "" {
		fields = fields[:chainFields] // after the closing delimiter
	}
	if len(fields) != chainFields && len(fields) != chainFields-1 {
		return Chain{}, errFieldCount
	}
	c := Chain{Role(fields[fieldRole]), fields[fieldTenant], fields[fieldState], fields[fieldDistrict], fields[fieldSchool]}
	return c, c.check()
}

// check refuses what no chain may be.
func (c Chain) check() error {
	switch {
	case c.Role == "":
		return errNoRole
	case odd(string(c.Role)):
		return errOddRole
	case odd(c.Tenant) || odd(c.State) || odd(c.District) || odd(c.School):
		return errOddCode
	case c.School != "" && c.District == "":
		return errNoDistrict
	}
	return nil
}

func odd(s string) bool {
	return len(s) > maxCode || !utf8.ValidString(s) || strings.TrimSpace(s) != s || strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}

func (c Chain) consortium() bool {
	return c.Tenant == "" && c.State == "" && c.District == "" && c.School == ""
}

// Granting turns chains of one identity provider into grants.
type Granting struct {
	Roles   RoleTable
	Tenants []tenant.Tenant // those that the provider may speak for; nothing is granted elsewhere
	Unknown Role            // what a role that is not in the table counts as: General or None
}

// Rejection says why a value gave less than it says. It holds nothing of the value.
type Rejection struct {
	Position int    `json:"position"` // of the value among those sent, from 1
	Class    string `json:"class"`    // one of a closed list, for machines
	Reason   string `json:"reason"`   // a sentence
}

// reject says why the value at a position cannot be used.
func reject(position int, err error) Rejection {
	var e *chainError
	if !errors.As(err, &e) {
		e = errUnreadable // of a parser elsewhere; its text might quote the value
	}
	return Rejection{position, e.class, e.text}
}

// Grants turns chains into grants, each grant once, in the order of the chains. A chain that comes with an error, or that cannot be used, is
// rejected alone.
func (g Granting) Grants(chains iter.Seq2[Chain, error]) (Grants, []Rejection) {
	var grants Grants
	var rejected []Rejection
	seen := map[grantKey]bool{}
	position := 0
	for c, err := range chains {
		position++
		var given Grants
		if err == nil {
			given, err = g.Expand(c)
		}
		if err != nil {
			rejected = append(rejected, reject(position, err))
		}
		for _, x := range given {
			if k := x.key(); !seen[k] {
				seen[k] = true
				grants = append(grants, x)
			}
		}
	}
	return grants, rejected
}

type grantKey struct {
	role             Role
	tenant           tenant.ID
	district, school string
}

func (g Grant) key() grantKey { return grantKey{g.Role, g.Tenant, g.District, g.School} }

// Expand turns one chain into grants: the role where it is known, and General beside it. A chain for the consortium gives a grant in every
// tenant that the provider may speak for. An error says why the chain gave less than it says; grants may come with it.
func (g Granting) Expand(c Chain) (Grants, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	tenants, err := g.tenantsOf(c)
	if err != nil {
		return nil, err
	}
	roles, err := g.rolesOf(c)
	var grants Grants
	for _, x := range tenants {
		for _, r := range roles {
			grants = append(grants, Grant{Role: r, Tenant: x.ID, District: c.District, School: c.School})
		}
	}
	return g.Roles.Bind(grants), err
}

func (g Granting) tenantsOf(c Chain) ([]tenant.Tenant, error) {
	if c.consortium() {
		if len(g.Tenants) == 0 {
			return nil, errNoTenants
		}
		return g.Tenants, nil
	}
	i := slices.IndexFunc(g.Tenants, func(x tenant.Tenant) bool {
		if c.Tenant == "" {
			return c.State != "" && string(x.StateCode) == c.State
		}
		return string(x.ID) == c.Tenant
	})
	switch {
	case i < 0:
		return nil, errNotThere
	case c.State != "" && string(g.Tenants[i].StateCode) != c.State:
		return nil, errOtherState
	}
	return g.Tenants[i : i+1], nil
}

func (g Granting) rolesOf(c Chain) ([]Role, error) {
	d, known := g.Roles[c.Role]
	level := Grant{District: c.District, School: c.School}.Level()
	switch {
	case known && c.Role == None, !known && g.Unknown == None:
		return nil, nil
	case !known, c.Role == General:
		return []Role{General}, nil
	case level.depth() > d.Level.depth():
		return []Role{General}, errTooLow
	}
	return []Role{c.Role, General}, nil
}
