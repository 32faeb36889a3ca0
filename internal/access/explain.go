package access

import (
	"fmt"
	"slices"
	"strings"

	"scorehouse/internal/tenant"
)

// Reason says what one grant does to a question whether a person may do something at an institution.
type Reason struct {
	Grant Grant
	Shows bool
	Class Class
	Why   string // a sentence, for operators
}

// Class says for programs why a grant shows or does not: one of a closed list.
type Class string

// The classes, those that show first.
const (
	WholeTenant   Class = "whole_tenant"   // the role permits it everywhere
	WholeState    Class = "whole_state"    // it holds for the state
	WholeDistrict Class = "whole_district" // it holds for the district
	ThisSchool    Class = "this_school"    // it is for the school
	InvalidGrant  Class = "invalid"        // it opens nothing at all
	OtherTenant   Class = "other_tenant"   // it is for another tenant
	RoleForbids   Class = "role"           // the role does not permit it
	NeedsState    Class = "needs_state"    // what is wanted needs a grant for the whole state
	Elsewhere     Class = "elsewhere"      // it is for another district
	OtherSchool   Class = "other_school"   // it is for another school
)

// Explain says for each grant whether it permits p at an institution, and why or why not; those that do come first. Without district
// and school the question is about the whole tenant. No reason that Shows means that it is not permitted.
func Explain(gs Grants, id tenant.ID, district, school string, p Permission) []Reason {
	var reasons []Reason
	for _, g := range gs {
		reasons = append(reasons, g.explain(id, district, school, p))
	}
	slices.SortStableFunc(reasons, func(a, b Reason) int {
		switch {
		case a.Shows == b.Shows:
			return 0
		case a.Shows:
			return -1
		}
		return 1
	})
	return reasons
}

// explain follows gives and scope, with words.
func (g Grant) explain(id tenant.ID, district, school string, p Permission) Reason {
	no := func(c Class, format string, args ...any) Reason {
		return Reason{g, false, c, fmt.Sprintf("%s does not: ", g) + fmt.Sprintf(format, args...) + "."}
	}
	yes := func(c Class, format string, args ...any) Reason {
		return Reason{g, true, c, fmt.Sprintf("%s does: ", g) + fmt.Sprintf(format, args...) + "."}
	}
	switch {
	case g.Validate() != nil:
		return no(InvalidGrant, "its role is not one of this installation at this level, or it names a school without a district")
	case g.Tenant != id:
		return no(OtherTenant, "it is for another tenant than %s", id)
	case !slices.Contains(g.permissions(), p):
		return no(RoleForbids, "the role does not permit %s", p)
	case p.NeedsState() && g.Level() != StateLevel:
		return no(NeedsState, "%s needs a grant for the whole state", p)
	case !p.OpensStudents() || p.NeedsState():
		return yes(WholeTenant, "the role permits %s in the whole tenant", p)
	case g.Level() == StateLevel:
		return yes(WholeState, "it holds for the whole state")
	case g.District != district:
		return no(Elsewhere, "%s is elsewhere", place(district, school))
	case g.Level() == DistrictLevel:
		return yes(WholeDistrict, "it holds for the whole district")
	case g.School != school:
		return no(OtherSchool, "%s is not that school", place(district, school))
	}
	return yes(ThisSchool, "it is for this school")
}

// String writes a grant for operators: "PII for school 0117 of district 0042 in tamarack".
func (g Grant) String() string {
	return fmt.Sprintf("%s for %s in %s", g.Role, strings.Replace(place(g.District, g.School), "the state", "the whole state", 1), g.Tenant)
}

func place(district, school string) string {
	switch {
	case school != "":
		return fmt.Sprintf("school %s of district %s", school, district)
	case district != "":
		return "district " + district
	}
	return "the state"
}
