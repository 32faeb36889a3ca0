package access_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
)

func TestWhatTheRolesPermit(t *testing.T) {
	t.Parallel()
	for role, want := range map[access.Role][]access.Permission{
		"GENERAL":      {access.ViewAggregates, access.Download},
		"PII":          {access.ViewAggregates, access.ViewStudents},
		"ALLSTATES":    {access.ViewAggregates, access.SeeStates},
		"SAREXTRACTS":  {access.ViewAggregates, access.ExtractStudents},
		"SRSEXTRACTS":  {access.ViewAggregates, access.ExtractRegistration},
		"SRCEXTRACTS":  {access.ViewAggregates, access.ExtractCompletion},
		"AUDITXML":     {access.ViewAggregates, access.ExtractAuditXML},
		"IIRDEXTRACTS": {access.ViewAggregates, access.ExtractItems},
		"SUPER_USER":   {access.ViewAggregates, access.Administer, access.ReviewReleases, access.PublishReleases},
		"ASMTDATALOAD": {access.Load},
		"NONE":         nil,
		"Teacher":      nil,
	} {
		got := access.Grants{{Role: role, Tenant: "tamarack"}}.Permissions("tamarack")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s at state level permits (-want +got):\n%s", role, diff)
		}
		if got := (access.Grants{{Role: role, Tenant: "tamarack"}}).Permissions("hemlock"); got != nil {
			t.Errorf("%s in tamarack permits %v in hemlock", role, got)
		}
	}
}

func TestWhatIsForWholeStatesNeedsAGrantForTheState(t *testing.T) {
	t.Parallel()
	for _, p := range []access.Permission{access.ExtractRegistration, access.ExtractCompletion, access.ExtractAuditXML, access.ExtractItems} {
		var role access.Role
		for name, d := range access.DefaultRoles() {
			if slices.Contains(d.Permissions, p) {
				role = name
			}
		}
		for _, g := range []access.Grant{
			{Role: role, Tenant: "tamarack", District: "0042", School: "0117"},
			{Role: role, Tenant: "tamarack", District: "0042"},
			{Role: role, Tenant: "tamarack", School: "0117"},
			{Role: role, Tenant: "hemlock"},
		} {
			s, err := access.Grants{g}.ScopeFor(p, "tamarack")
			if !fault.Is(err, fault.Forbidden) || !s.SeesNoStudents() {
				t.Errorf("%v: scope for %s is %+v, %v; want forbidden", g, p, s, err)
			}
		}
		s, err := access.Grants{{Role: role, Tenant: "tamarack"}}.ScopeFor(p, "tamarack")
		if diff := cmp.Diff(scope.Scope{Tenant: "tamarack", Aggregates: true, AllStudents: true}, s); diff != "" || err != nil {
			t.Errorf("%s for the state: %v (-want +got):\n%s", role, err, diff)
		}
	}
}

func TestAScopeHoldsOnlyTheGrantsThatCarryThePermission(t *testing.T) {
	t.Parallel()
	grants := access.Grants{
		{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"},
		{Role: access.SARExtracts, Tenant: "tamarack", District: "0043"},
		{Role: access.General, Tenant: "tamarack"},
		{Role: access.PII, Tenant: "hemlock"},
	}
	for p, want := range map[access.Permission]scope.Scope{
		access.ViewStudents:    {Tenant: "tamarack", Aggregates: true, Schools: []scope.School{{District: "0042", School: "0117"}}},
		access.ExtractStudents: {Tenant: "tamarack", Aggregates: true, Districts: []string{"0043"}},
		access.ViewAggregates:  {Tenant: "tamarack", Aggregates: true},
		access.Download:        {Tenant: "tamarack", Aggregates: true},
	} {
		got, err := grants.ScopeFor(p, "tamarack")
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", p, err, diff)
		}
	}
	for _, p := range []access.Permission{access.Administer, access.ReviewReleases, access.PublishReleases, access.Load, access.SeeStates, "everything"} {
		if _, err := grants.ScopeFor(p, "tamarack"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v, want forbidden", p, err)
		}
	}
}

func TestAnInstallationAddsRolesButChangesNone(t *testing.T) {
	t.Parallel()
	counselor := access.RoleDefinition{Permissions: []access.Permission{access.ViewAggregates, access.ViewStudents}, Level: access.DistrictLevel}
	roles, err := access.DefaultRoles().With(access.RoleTable{"COUNSELOR": counselor})
	if err != nil {
		t.Fatal(err)
	}
	held := access.Grants{
		{Role: "COUNSELOR", Tenant: "tamarack", District: "0042"},
		{Role: "COUNSELOR", Tenant: "tamarack", District: "0043", School: "0117"}, // below the role's level
	}
	want := scope.Scope{Tenant: "tamarack", Aggregates: true, Districts: []string{"0042"}}
	if diff := cmp.Diff(want, roles.Bind(held).Scope("tamarack")); diff != "" {
		t.Errorf("bound (-want +got):\n%s", diff)
	}
	for name, got := range map[string]access.Grants{"not bound": held, "bound to a table without the role": access.DefaultRoles().Bind(roles.Bind(held))} {
		if diff := cmp.Diff(scope.Scope{Tenant: "tamarack"}, got.Scope("tamarack")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	general := roles.Bind(access.Grants{{Role: access.General, Tenant: "tamarack", Permissions: []access.Permission{access.ViewStudents}}})
	if general.May(access.ViewStudents, "tamarack") {
		t.Error("a grant brought permissions that its role has not")
	}
	for name, bad := range map[string]access.RoleTable{
		"there already":         {"PII": counselor},
		"unknown permission":    {"X": {Permissions: []access.Permission{"see_everything"}, Level: access.StateLevel}},
		"no level":              {"X": {Permissions: []access.Permission{access.ViewAggregates}}},
		"no permission":         {"X": {Level: access.StateLevel}},
		"state below the state": {"X": {Permissions: []access.Permission{access.ExtractItems}, Level: access.SchoolLevel}},
		"a delimiter":           {"A|B": counselor},
		"no name":               {"": counselor},
	} {
		if _, err := access.DefaultRoles().With(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

func TestHowFarAPermissionReaches(t *testing.T) {
	t.Parallel()
	at := func(role access.Role, district, school string) access.Grant {
		return access.Grant{Role: role, Tenant: "tamarack", District: district, School: school}
	}
	mixed := access.Grants{at(access.PII, "a", "2"), at(access.PII, "a", "1"), at(access.PII, "b", ""), at(access.PII, "a", "1")}
	for _, c := range []struct {
		name             string
		grants           access.Grants
		permission       access.Permission
		tenant           tenant.ID
		district, school string
		all              bool
		codes            []string
	}{
		{"the state", mixed, access.ViewStudents, "tamarack", "", "", false, []string{"a", "b"}},
		{"a district with two schools", mixed, access.ViewStudents, "tamarack", "a", "", false, []string{"1", "2"}},
		{"a whole district", mixed, access.ViewStudents, "tamarack", "b", "", true, nil},
		{"a school of a whole district", mixed, access.ViewStudents, "tamarack", "b", "9", true, nil},
		{"a school", mixed, access.ViewStudents, "tamarack", "a", "1", true, nil},
		{"another school", mixed, access.ViewStudents, "tamarack", "a", "3", false, nil},
		{"another district", mixed, access.ViewStudents, "tamarack", "c", "", false, nil},
		{"a school of that code elsewhere", mixed, access.ViewStudents, "tamarack", "c", "1", false, nil},
		{"everything", access.Grants{at(access.PII, "", "")}, access.ViewStudents, "tamarack", "c", "1", true, nil},
		{"another role", mixed, access.ExtractStudents, "tamarack", "", "", false, nil},
		{"another tenant", mixed, access.ViewStudents, "hemlock", "", "", false, nil},
		{"for states only, granted below", access.Grants{at(access.SRSExtracts, "a", "")}, access.ExtractRegistration, "tamarack", "a", "", false, nil},
		{"for states only", access.Grants{at(access.SRSExtracts, "", "")}, access.ExtractRegistration, "tamarack", "a", "1", true, nil},
	} {
		all, codes := c.grants.Reach(c.permission, c.tenant, c.district, c.school)
		if diff := cmp.Diff(c.codes, codes); all != c.all || diff != "" {
			t.Errorf("%s: all %v, want %v; codes (-want +got):\n%s", c.name, all, c.all, diff)
		}
	}
}
