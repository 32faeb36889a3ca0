package login_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/saml"
	"scorehouse/internal/tenant"
)

func TestEachShapeOfAttributesSaysWhoAndWhat(t *testing.T) {
	t.Parallel()
	lakeside := access.Grants{
		{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"}, {Role: access.General, Tenant: "tamarack", District: "0042", School: "0117"},
	}
	state := access.Grants{{Role: access.PII, Tenant: "tamarack"}, {Role: access.General, Tenant: "tamarack"}}
	const usual = "||PII|||SBAC|||tamarack|TK|||0042|Cedar|||0117|Lakeside|"
	for _, c := range []struct {
		name       string
		provider   login.Provider
		attributes map[string][]string
		want       login.Identity
		rejected   []string
	}{
		{"the usual one", login.Provider{Shape: login.SBAC},
			map[string][]string{"guid": {"g-1"}, "uid": {"rosa"}, "mail": {"rosa@example.org"}, "fullName": {"Rosa Delgado"}, "memberOf": {usual}},
			login.Identity{UserID: "g-1", LoginName: "rosa", Email: "rosa@example.org", Name: "Rosa Delgado", Grants: lakeside}, nil},
		{"without guid and full name", login.Provider{Shape: login.SBAC},
			map[string][]string{"uid": {"rosa"}, "firstName": {"Rosa"}, "lastName": {"Delgado"}, "memberOf": {usual}},
			login.Identity{UserID: "rosa", LoginName: "rosa", Email: "rosa", Name: "Rosa Delgado", Grants: lakeside}, nil},
		{"with a mail address only", login.Provider{Shape: login.SBAC}, map[string][]string{"mail": {"rosa@example.org"}},
			login.Identity{UserID: "rosa@example.org", LoginName: "rosa@example.org", Email: "rosa@example.org", Name: "rosa@example.org"}, nil},
		{"live", login.Provider{Shape: login.Live},
			map[string][]string{"sbacUUID": {"u-1"}, "mail": {"rosa@example.org"}, "cn": {"Rosa Delgado"}, "givenName": {"R"}, "sn": {"D"},
				"sbacTenancyChain": {"||PII|||SBAC|||tk|State of Tamarack|||0042|Cedar|||0117|Lakeside|", "||PII|||SBAC||||TK|||||||||"}},
			login.Identity{UserID: "u-1", LoginName: "rosa@example.org", Email: "rosa@example.org", Name: "Rosa Delgado", Grants: lakeside}, []string{"no_state"}},
		{"a directory", login.Provider{Shape: login.LDAP, Mapping: login.Mapping{BaseDN: "ou=environment,dc=example,dc=net"}},
			map[string][]string{"uid": {"rosa"}, "fullName": {"Rosa Delgado"}, "dn": {`cn=Delgado\, Rosa,ou=teachers,ou=tamarack,ou=Environment,dc=example,dc=net`},
				"memberOf": {"cn=pii,ou=groups,dc=example,dc=net", "CN=Chess club,ou=groups,dc=example,dc=net", "nonsense"}},
			login.Identity{UserID: "rosa", LoginName: "rosa", Email: "rosa", Name: "Rosa Delgado", Grants: state}, []string{"unreadable"}},
		{"a directory, another branch", login.Provider{Shape: login.LDAP, Mapping: login.Mapping{BaseDN: "ou=environment,dc=example,dc=net"}},
			map[string][]string{"uid": {"rosa"}, "dn": {"cn=rosa,ou=tamarack,dc=example,dc=com"}, "memberOf": {"cn=PII,ou=groups,dc=example,dc=net"}},
			login.Identity{UserID: "rosa", LoginName: "rosa", Email: "rosa", Name: "rosa"}, []string{"unreadable"}},
		{"other names", login.Provider{Shape: login.SBAC, Mapping: login.Mapping{UserID: "urn:oid:1.2.3", Chains: "urn:chains"}},
			map[string][]string{"urn:oid:1.2.3": {" g-1 "}, "guid": {"no"}, "uid": {"rosa"}, "urn:chains": {usual}, "memberOf": {"no"}},
			login.Identity{UserID: "g-1", LoginName: "rosa", Email: "rosa", Name: "rosa", Grants: lakeside}, nil},
		{"mapped groups", login.Provider{Shape: login.Mapped, Mapping: login.Mapping{UserID: login.NameIDAttribute, Name: "displayname", Groups: login.GroupMapping{
			Attribute: "groups", Grants: map[string][]login.GroupGrant{
				"Lakeside teachers": {{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"}},
				"Agency":            {{Role: access.PII, Tenant: login.EveryTenant}, {Role: access.PII, Tenant: "hemlock"}},
			}}}},
			map[string][]string{"displayname": {"Rosa\nDelgado\u202e"}, "groups": {"Lakeside teachers", "Chess club", "agency", "Lakeside teachers", "Agency"}},
			login.Identity{UserID: "name-1", Name: "RosaDelgado", Grants: append(append(access.Grants{}, lakeside...), state...)}, []string{"other_tenant"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.provider.Name, c.provider.Tenants = "p", []tenant.ID{"tamarack"}
			if err := c.provider.Mapping.Validate(c.provider.Shape, access.DefaultRoles()); err != nil {
				t.Fatal(err)
			}
			st := login.Statement{NameID: saml.NameID{Value: "name-1"}, SessionIndex: "i", Attributes: c.attributes}
			got, err := c.provider.Identify(st, bothTenants, access.DefaultRoles())
			if err != nil {
				t.Fatal(err)
			}
			var rejected []string
			for _, r := range got.Rejections {
				rejected = append(rejected, r.Class)
			}
			c.want.Provider, c.want.NameID, c.want.SessionIndex, got.Rejections = "p", st.NameID, "i", nil
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.rejected, rejected); diff != "" {
				t.Errorf("rejected (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAMappingThatWouldNotWorkIsRefused(t *testing.T) {
	t.Parallel()
	groups := func(g login.GroupGrant) login.Mapping {
		return login.Mapping{UserID: "id", Groups: login.GroupMapping{Attribute: "groups", Grants: map[string][]login.GroupGrant{"x": {g}}}}
	}
	for name, c := range map[string]struct {
		shape   login.Shape
		mapping login.Mapping
	}{
		"no shape":                     {"", login.Mapping{}},
		"nothing said":                 {login.Mapped, login.Mapping{}},
		"nobody is granted anything":   {login.Mapped, login.Mapping{UserID: "id"}},
		"groups without grants":        {login.SBAC, login.Mapping{Groups: login.GroupMapping{Attribute: "groups"}}},
		"a base for no directory":      {login.SBAC, login.Mapping{BaseDN: "dc=x"}},
		"a base that is none":          {login.LDAP, login.Mapping{BaseDN: "x"}},
		"an unknown role":              {login.Mapped, groups(login.GroupGrant{Role: "Teacher", Tenant: "tamarack"})},
		"no tenant":                    {login.Mapped, groups(login.GroupGrant{Role: access.PII})},
		"a school without district":    {login.Mapped, groups(login.GroupGrant{Role: access.PII, Tenant: "tamarack", School: "1"})},
		"a district of every tenant":   {login.Mapped, groups(login.GroupGrant{Role: access.PII, Tenant: login.EveryTenant, District: "1"})},
		"a role below its own level":   {login.Mapped, groups(login.GroupGrant{Role: access.SRSExtracts, Tenant: "tamarack", District: "1"})},
		"a code with blanks around it": {login.Mapped, groups(login.GroupGrant{Role: access.PII, Tenant: "tamarack", District: " 1"})},
	} {
		if err := c.mapping.Validate(c.shape, access.DefaultRoles()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

func FuzzDirectoryNames(f *testing.F) {
	for _, s := range []string{"", ",", "cn=x", `cn=a\,b,ou=c`, `cn=\41\zz`, "cn=#01", "cn=a+sn=b", "ou=tamarack,ou=environment,dc=example"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, dn, group string) {
		p := login.Provider{Name: "p", AllTenants: true, Shape: login.LDAP}
		who, err := p.Identify(login.Statement{Attributes: map[string][]string{"uid": {"rosa"}, "dn": {dn}, "memberOf": {group}}}, bothTenants, access.DefaultRoles())
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range who.Grants {
			if !strings.Contains(dn+unescaped(dn), string(g.Tenant)) {
				t.Errorf("dn %q, group %q: granted %v", dn, group, g)
			}
		}
	})
}

// unescaped stands in for a name with encoded characters, in which a tenant cannot be looked for.
func unescaped(dn string) string {
	if strings.Contains(dn, `\`) {
		return "tamarack hemlock"
	}
	return ""
}
