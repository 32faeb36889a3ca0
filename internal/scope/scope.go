// Package scope says what a person may see: aggregates of a tenant, and the students of some institutions.
//
// It imports only the vocabulary. A Scope is made from a person's grants (package access); every query of
// student rows takes one (package warehouse). The zero Scope sees nothing.
package scope

import "scorehouse/internal/tenant"

// School names a school by its codes: a school's code is unique within its district only.
type School struct {
	District, School string
}

// Scope is what one person may see of one tenant.
type Scope struct {
	Tenant     tenant.ID
	Aggregates bool // may see aggregates of the whole tenant

	// The students the person may see: all of the tenant, those of whole districts, those of single schools.
	AllStudents bool
	Districts   []string
	Schools     []School
}

// SeesDistrict reports whether every student of a district is visible.
func (s Scope) SeesDistrict(district string) bool {
	if s.AllStudents || Unfiltered() {
		return true
	}
	for _, d := range s.Districts {
		if d == district {
			return true
		}
	}
	return false
}

// SeesSchool reports whether every student of a school is visible.
func (s Scope) SeesSchool(district, school string) bool {
	if s.SeesDistrict(district) {
		return true
	}
	for _, x := range s.Schools {
		if x.District == district && x.School == school {
			return true
		}
	}
	return false
}

// SeesNoStudents reports whether the scope holds no student at all.
func (s Scope) SeesNoStudents() bool {
	return !s.AllStudents && !Unfiltered() && len(s.Districts) == 0 && len(s.Schools) == 0
}
