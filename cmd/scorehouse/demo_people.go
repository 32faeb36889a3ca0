package main

import (
	"scorehouse/internal/access"
	"scorehouse/internal/login"
	"scorehouse/internal/synth"
)

// signInAs turns the people of the synthetic state into people of the sign-in page: each sees the aggregates of the state
// (as every grant permits) and the students of one school, one district or the whole state.
func signInAs(people []synth.Person) []login.Person {
	var list []login.Person
	for _, p := range people {
		list = append(list, login.Person{
			Name: p.Name, Title: p.Title, Sees: p.Sees,
			Grants: access.Grants{{Role: access.PII, Tenant: demoTenant.ID, District: p.DistrictID, School: p.SchoolID}},
		})
	}
	return list
}
