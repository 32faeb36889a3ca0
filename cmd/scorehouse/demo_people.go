package main

import (
	"strings"

	"scorehouse/internal/demoidp"
	"scorehouse/internal/synth"
	"scorehouse/internal/tenant"
)

// chain writes a tenancy chain as identity providers send it: a role at an institution, the whole state without district and school, every
// state without a tenant.
func chain(role string, t tenant.Tenant, district, school string) string {
	fields := make([]string, 17)
	fields[1], fields[7], fields[8], fields[11], fields[15] = role, string(t.ID), string(t.StateCode), district, school
	return "|" + strings.Join(fields, "|") + "|"
}

// signInPeople are the people whom the demo's identity provider offers: those of the synthetic state, and some who show what else sign-in decides.
func signInPeople(people []synth.Person) []demoidp.Person {
	var list []demoidp.Person
	for _, p := range people {
		list = append(list, demoidp.Person{Key: p.Key, Name: p.Name, Title: p.Title, Sees: p.Sees, Chains: []string{chain("PII", demoTenant, p.DistrictID, p.SchoolID)}})
	}
	everywhere := tenant.Tenant{}
	return append(list,
		demoidp.Person{
			Key: "states", Name: "Marek Zając", Title: "Consortium analyst", Chains: []string{chain("ALLSTATES", everywhere, "", ""), chain("PII", secondTenant, "", "")},
			Sees: "May see comparisons in Tamarack and Hemlock, and every student of Hemlock. Starts with a choice of states.",
		},
		demoidp.Person{
			Key: "general", Name: "Grace Holloway", Title: "School board member", Chains: []string{chain("GENERAL", demoTenant, "", "")},
			Sees: "May see comparisons in the whole state, and no student.",
		},
		demoidp.Person{
			Key: "super", Name: "Jun Tanabe", Title: "Help desk", Chains: []string{chain("SUPER_USER", everywhere, "", "")},
			Sees: "May find out why somebody sees a student or not (Who sees what), and see comparisons; no student.",
		},
		demoidp.Person{
			Key: "none", Name: "Siri Dahl", Title: "New at work",
			Sees: "Has an account, but no role yet. May see nothing, and is told whom to ask.",
		},
	)
}
