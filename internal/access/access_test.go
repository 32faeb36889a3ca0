package access_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/access"
	"scorehouse/internal/scope"
)

func TestGrantsBecomeAScope(t *testing.T) {
	t.Parallel()
	school := scope.School{District: "0042", School: "0117"}
	for _, c := range []struct {
		name   string
		grants access.Grants
		want   scope.Scope
	}{
		{"nobody sees nothing", nil, scope.Scope{}},
		{"a general grant opens aggregates only", access.Grants{{Role: access.General, Tenant: "tamarack", District: "0042"}}, scope.Scope{Aggregates: true}},
		{"a school's students", access.Grants{{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"}},
			scope.Scope{Aggregates: true, Schools: []scope.School{school}}},
		{"a district's students", access.Grants{{Role: access.PII, Tenant: "tamarack", District: "0042"}}, scope.Scope{Aggregates: true, Districts: []string{"0042"}}},
		{"the state's students", access.Grants{{Role: access.PII, Tenant: "tamarack"}}, scope.Scope{Aggregates: true, AllStudents: true}},
		{"another tenant's grant gives nothing here", access.Grants{{Role: access.PII, Tenant: "other"}}, scope.Scope{}},
		{"a school without its district is no district and no state", access.Grants{{Role: access.PII, Tenant: "tamarack", School: "0117"}}, scope.Scope{}},
		{"an unknown role gives nothing", access.Grants{{Role: "OWNER", Tenant: "tamarack"}}, scope.Scope{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.want.Tenant = "tamarack"
			if diff := cmp.Diff(c.want, c.grants.Scope("tamarack")); diff != "" {
				t.Errorf("scope (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPersonStartsWhereTheGrantsMeet(t *testing.T) {
	t.Parallel()
	at := func(district, school string) access.Grant {
		return access.Grant{Role: access.PII, Tenant: "tamarack", District: district, School: school}
	}
	for _, c := range []struct {
		name             string
		grants           access.Grants
		district, school string
	}{
		{"one school", access.Grants{at("1", "10")}, "1", "10"},
		{"two roles at one school", access.Grants{at("1", "10"), {Role: access.General, Tenant: "tamarack", District: "1", School: "10"}}, "1", "10"},
		{"two schools of a district", access.Grants{at("1", "10"), at("1", "11")}, "1", ""},
		{"a district and one of its schools", access.Grants{at("1", ""), at("1", "11")}, "1", ""},
		{"two districts", access.Grants{at("1", ""), at("2", "")}, "", ""},
		{"schools of the same code in two districts", access.Grants{at("1", "10"), at("2", "10")}, "", ""},
		{"the state", access.Grants{at("", "")}, "", ""},
		{"nothing", nil, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if d, s := c.grants.Home("tamarack"); d != c.district || s != c.school {
				t.Errorf("home is district %q, school %q, want %q, %q", d, s, c.district, c.school)
			}
		})
	}
}
