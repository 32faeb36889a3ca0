package access_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"scorehouse/internal/access"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
)

var (
	cat      = tenant.Tenant{ID: "cat", StateCode: "NC", Name: "North Carolina"}
	tamarack = tenant.Tenant{ID: "tamarack", StateCode: "TK", Name: "State of Tamarack"}
	hemlock  = tenant.Tenant{ID: "hemlock", StateCode: "HM", Name: "State of Hemlock"}
)

func TestAChainNamesARoleAtAnInstitution(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		chain string
		want  access.Chain
	}{
		{"||PII||||||cat|NC|||228|Sunset School District|||242|Sunset - Eastern Elementary|",
			access.Chain{Role: "PII", Tenant: "cat", State: "NC", District: "228", School: "242"}},
		{"||PII||||||cat|NC|||228| Sunset School District|||242| Sunset - Eastern|", // blanks in names are common
			access.Chain{Role: "PII", Tenant: "cat", State: "NC", District: "228", School: "242"}},
		{"||PII||||||cat|NC|||228|Sunset School District|||||", access.Chain{Role: "PII", Tenant: "cat", State: "NC", District: "228"}},
		{"||SRSEXTRACTS||||||cat|NC|||||||||", access.Chain{Role: "SRSEXTRACTS", Tenant: "cat", State: "NC"}},
		{"||ALLSTATES|||SBAC|||||||||||||", access.Chain{Role: "ALLSTATES"}},
		{"|1|District Administrator|x|y|z||||||||||||", access.Chain{Role: "District Administrator"}},
		{"||PII||||||cat|NC|||228||||242|", access.Chain{Role: "PII", Tenant: "cat", State: "NC", District: "228", School: "242"}}, // the last name is missing
	} {
		got, err := access.ParseChain(c.chain)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", c.chain, err, diff)
		}
	}
	got, err := access.ParseLiveChain("||PII||||||nc|North Carolina|||228||||242||")
	if diff := cmp.Diff(access.Chain{Role: "PII", State: "NC", District: "228", School: "242"}, got); err != nil || diff != "" {
		t.Errorf("live: %v (-want +got)\n%s", err, diff)
	}
}

func TestAMalformedChainIsRefusedWithAReasonThatQuotesNothing(t *testing.T) {
	t.Parallel()
	for name, chain := range map[string]string{
		"nothing":                           "",
		"no delimiter":                      "PII",
		"too few fields":                    "||PII||||||cat|NC|||228|",
		"too many fields":                   "||PII||||||cat|NC|||228|a|b|||242|x|",
		"a delimiter in a name":             "||PII||||||cat|NC|||228|Sunset | District|||242|Eastern|",
		"no role":                           "||||||||cat|NC|||228||||242||",
		"state without tenant":              chain("PII", "", "NC", "", ""),
		"district without tenant and state": chain("PII", "", "", "228", ""),
		"tenant without state":              chain("PII", "cat", "", "", ""),
		"district without state":            chain("PII", "cat", "", "228", ""),
		"school without district":           chain("PII", "cat", "NC", "", "242"),
		"blank in a code":                   "||PII||||||cat|NC||| 228||||||",
		"a control character":               "||PII||||||cat|NC|||2\x0028||||||",
		"not UTF-8":                         "||PII||||||cat|NC|||2\xff28||||||",
		"a very long code":                  "||PII||||||cat|NC|||" + strings.Repeat("2", 65) + "||||||",
		"a very long chain":                 "||PII||||||cat|NC|||228|" + strings.Repeat("x", 5000) + "|||||",
	} {
		got, err := access.ParseChain(chain)
		if err == nil || got != (access.Chain{}) {
			t.Errorf("%s: %q gives %+v, %v; want a refusal", name, chain, got, err)
			continue
		}
		for _, quoted := range []string{"228", "242", "cat", "Sunset", "NC"} {
			if strings.Contains(err.Error(), quoted) {
				t.Errorf("%s: the reason %q quotes the chain", name, err)
			}
		}
	}
	for name, chain := range map[string]string{
		"live: a state's name without its code": "||PII|||||||NC|||||||||",
		"live: district without state":          "||PII||||||||||228||||||",
	} {
		if got, err := access.ParseLiveChain(chain); err == nil {
			t.Errorf("%s: got %+v, want a refusal", name, got)
		}
	}
}

// granted reads chains as a provider for tamarack and cat sends them.
func granted(chains ...string) (access.Grants, []access.Rejection) {
	g := access.Granting{Roles: access.DefaultRoles(), Tenants: []tenant.Tenant{cat, tamarack}, Unknown: access.General}
	return g.Grants(func(yield func(access.Chain, error) bool) {
		for _, c := range chains {
			if !yield(access.ParseChain(c)) {
				return
			}
		}
	})
}

// chain writes a chain in the usual form.
func chain(role, tenantName, state, district, school string) string {
	return fmt.Sprintf("||%s|||SBAC|||%s|%s|||%s|a district|||%s|a school|", role, tenantName, state, district, school)
}

func TestChainsBecomeGrants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		chains   []string
		want     access.Grants
		rejected []access.Rejection
	}{
		{name: "nothing"},
		{name: "a known role brings GENERAL", chains: []string{chain("PII", "tamarack", "TK", "0042", "0117")}, want: access.Grants{
			{Role: "PII", Tenant: "tamarack", District: "0042", School: "0117"}, {Role: "GENERAL", Tenant: "tamarack", District: "0042", School: "0117"}}},
		{name: "an unknown role is GENERAL", chains: []string{chain("Teacher", "tamarack", "TK", "0042", "")}, want: access.Grants{
			{Role: "GENERAL", Tenant: "tamarack", District: "0042"}}},
		{name: "each once", chains: []string{chain("GENERAL", "tamarack", "TK", "", ""), chain("Teacher", "tamarack", "TK", "", "")}, want: access.Grants{
			{Role: "GENERAL", Tenant: "tamarack"}}},
		{name: "NONE is nothing", chains: []string{chain("NONE", "tamarack", "TK", "", "")}},
		{name: "the consortium is every tenant of the provider", chains: []string{"||ALLSTATES|||SBAC|||||||||||||"}, want: access.Grants{
			{Role: "ALLSTATES", Tenant: "cat"}, {Role: "GENERAL", Tenant: "cat"}, {Role: "ALLSTATES", Tenant: "tamarack"}, {Role: "GENERAL", Tenant: "tamarack"}}},
		{name: "a state role below the state is GENERAL", chains: []string{chain("SRSEXTRACTS", "tamarack", "TK", "0042", "")},
			want: access.Grants{{Role: "GENERAL", Tenant: "tamarack", District: "0042"}}, rejected: []access.Rejection{{Position: 1, Class: "level_too_low"}}},
		{name: "another provider's tenant", chains: []string{chain("PII", "hemlock", "HM", "", "")}, rejected: []access.Rejection{{Position: 1, Class: "other_tenant"}}},
		{name: "a state that is not the tenant's", chains: []string{chain("PII", "tamarack", "NC", "", "")}, rejected: []access.Rejection{{Position: 1, Class: "other_state"}}},
		{name: "bad ones are rejected singly", chains: []string{"nonsense", chain("PII", "cat", "NC", "", ""), chain("PII", "cat", "NC", "", "0117"), chain("", "cat", "NC", "", "")},
			want: access.Grants{{Role: "PII", Tenant: "cat"}, {Role: "GENERAL", Tenant: "cat"}},
			rejected: []access.Rejection{
				{Position: 1, Class: "no_delimiter"}, {Position: 3, Class: "no_district"}, {Position: 4, Class: "no_role"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, rejected := granted(c.chains...)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("grants (-want +got):\n%s", diff)
			}
			for i := range rejected {
				if rejected[i].Reason == "" {
					t.Errorf("rejection %+v has no sentence", rejected[i])
				}
				rejected[i].Reason = ""
			}
			if diff := cmp.Diff(c.rejected, rejected); diff != "" {
				t.Errorf("rejections (-want +got):\n%s", diff)
			}
		})
	}
}

// world is a small installation in which everything can be counted.
var (
	worldTenants   = []tenant.Tenant{cat, tamarack, hemlock}
	worldDistricts = []string{"1", "2", "3"}
	worldSchools   = []string{"1", "2"}
)

// sent is a chain with the fields from which it was written; anything goes, parents may be missing.
type sent struct{ role, tenant, state, district, school string }

// oracle says from the words of the specification, with no regard to how it is programmed, whether chains permit p about the students of
// a school, when the provider may speak for some tenants.
func oracle(chains []sent, allowed []tenant.Tenant, p access.Permission, where tenant.Tenant, district, school string) bool {
	for _, c := range chains {
		carries := map[access.Permission][]string{
			access.ViewStudents: {"PII"}, access.ExtractStudents: {"SAREXTRACTS"}, access.ExtractRegistration: {"SRSEXTRACTS"},
			access.ExtractCompletion: {"SRCEXTRACTS"}, access.ExtractAuditXML: {"AUDITXML"}, access.ExtractItems: {"IIRDEXTRACTS"},
		}[p]
		stateOnly := p != access.ViewStudents && p != access.ExtractStudents
		consortium := c.tenant == "" && c.state == "" && c.district == "" && c.school == ""
		complete := c.tenant != "" && c.state != "" && (c.district != "" || c.school == "")
		there := consortium || complete && c.tenant == string(where.ID) && c.state == string(where.StateCode)
		inside := c.district == "" || c.district == district && (c.school == "" || c.school == school)
		may := slices.Contains(allowed, where)
		if slices.Contains(carries, c.role) && there && inside && may && (!stateOnly || c.district == "") {
			return true
		}
	}
	return false
}

func TestTheScopeOfAnyChainsIsWhatTheSpecificationSays(t *testing.T) {
	t.Parallel()
	maybe := func(values ...string) *rapid.Generator[string] {
		return rapid.SampledFrom(append([]string{""}, values...))
	}
	one := rapid.Custom(func(t *rapid.T) sent {
		at := rapid.SampledFrom(worldTenants).Draw(t, "at")
		c := sent{
			role: rapid.SampledFrom([]string{"PII", "PII", "GENERAL", "SAREXTRACTS", "SRSEXTRACTS", "SRCEXTRACTS", "AUDITXML", "IIRDEXTRACTS", "SUPER_USER", "Teacher", "NONE"}).Draw(t, "role"),
		}
		switch rapid.SampledFrom([]string{"state", "district", "school", "consortium", "anything", "anything"}).Draw(t, "form") {
		case "state":
			c.tenant, c.state = string(at.ID), string(at.StateCode)
		case "district":
			c.tenant, c.state, c.district = string(at.ID), string(at.StateCode), rapid.SampledFrom(worldDistricts).Draw(t, "district")
		case "school":
			c.tenant, c.state, c.district = string(at.ID), string(at.StateCode), rapid.SampledFrom(worldDistricts).Draw(t, "district")
			c.school = rapid.SampledFrom(worldSchools).Draw(t, "school")
		case "anything":
			c.tenant, c.state = maybe("cat", "tamarack", "hemlock", "nowhere").Draw(t, "tenant"), maybe("NC", "TK", "HM").Draw(t, "state")
			c.district, c.school = maybe(worldDistricts...).Draw(t, "district"), maybe(worldSchools...).Draw(t, "school")
		}
		return c
	})
	rapid.Check(t, func(t *rapid.T) {
		chains := rapid.SliceOfN(one, 0, 6).Draw(t, "chains")
		allowed := rapid.SliceOfNDistinct(rapid.SampledFrom(worldTenants), 0, 3, func(x tenant.Tenant) tenant.ID { return x.ID }).Draw(t, "allowed")
		g := access.Granting{Roles: access.DefaultRoles(), Tenants: allowed, Unknown: access.General}
		grants, _ := g.Grants(func(yield func(access.Chain, error) bool) {
			for _, c := range chains {
				if !yield(access.ParseChain(chain(c.role, c.tenant, c.state, c.district, c.school))) {
					return
				}
			}
		})
		for _, where := range worldTenants {
			for _, p := range access.AllPermissions {
				s, err := grants.ScopeFor(p, where.ID)
				if (err == nil) != grants.May(p, where.ID) {
					t.Fatalf("%s in %s: may is %v, scope says %v", p, where.ID, grants.May(p, where.ID), err)
				}
				for _, d := range worldDistricts {
					for _, school := range worldSchools {
						want := p.OpensStudents() && oracle(chains, allowed, p, where, d, school)
						if got := s.SeesSchool(d, school); got != want {
							t.Fatalf("chains %+v, provider for %v: %s of school %s in %s of %s: got %v, want %v", chains, allowed, p, school, d, where.ID, got, want)
						}
						agree(t, grants, p, where.ID, d, school, s)
					}
				}
			}
			if got := grants.Scope(where.ID); got.Aggregates && !slices.Contains(allowed, where) {
				t.Fatalf("chains %+v: aggregates of %s, for which the provider may not speak", chains, where.ID)
			}
		}
	})
}

// agree checks that explanations and navigation say what the scope says.
func agree(t *rapid.T, grants access.Grants, p access.Permission, id tenant.ID, district, school string, s scope.Scope) {
	if !p.OpensStudents() {
		return
	}
	reasons := access.Explain(grants, id, district, school, p)
	explained := slices.ContainsFunc(reasons, func(r access.Reason) bool { return r.Shows })
	reached, _ := grants.Reach(p, id, district, school)
	if sees := s.SeesSchool(district, school); explained != sees || reached != sees {
		t.Fatalf("grants %+v: %s of school %s in %s of %s: scope %v, explanation %v (%+v), navigation %v", grants, p, school, district, id, sees, explained, reasons, reached)
	}
}

func FuzzParseChain(f *testing.F) {
	for _, s := range []string{"", "|", "||PII||||||cat|NC|||228|Sunset|||242|Eastern|", "||ALLSTATES|||SBAC|||||||||||||", strings.Repeat("|", 18)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := access.ParseChain(s)
		if err != nil {
			return
		}
		consortium := c.Tenant == "" && c.State == "" && c.District == "" && c.School == ""
		if c.Role == "" || !consortium && (c.Tenant == "" || c.State == "" || c.District == "" && c.School != "") {
			t.Errorf("%q is taken as %+v: a level is missing above another", s, c)
		}
	})
}
