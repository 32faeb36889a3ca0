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
	Why   string // a sentence
}

// Explain says for each grant whether it permits p at an institution, and why or why not; those that do come first. Without district
// and school the question is about the whole tenant. No reason that Shows means that it is not permitted.
func Explain(gs Grants, id tenant.ID, district, school string, p Permission) []Reason {
	var reasons []Reason
	for _, g := range gs {
		shows, why := g.explain(id, district, school, p)
		reasons = append(reasons, Reason{g, shows, why})
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
func (g Grant) explain(id tenant.ID, district, school string, p Permission) (shows bool, why string) {
	no := func(format string, args ...any) (bool, string) {
		return false, fmt.Sprintf("%s does not: ", g) + fmt.Sprintf(format, args...) + "."
	}
	switch {
	case g.Validate() != nil:
		return no("its role is not one of this installation at this level, or it names a school without a district")
	case g.Tenant != id:
		return no("it is for another tenant than %s", id)
	case !slices.Contains(g.permissions(), p):
		return no("the role does not permit %s", p)
	case p.NeedsState() && g.Level() != StateLevel:
		return no("%s needs a grant for the whole state", p)
	case !p.OpensStudents() || p.NeedsState():
		return true, fmt.Sprintf("%s does: the role permits %s in the whole tenant.", g, p)
	case g.Level() == StateLevel:
		return true, fmt.Sprintf("%s does: it holds for the whole state.", g)
	case g.District != district:
		return no("%s is elsewhere", place(district, school))
	case g.Level() == DistrictLevel:
		return true, fmt.Sprintf("%s does: it holds for the whole district.", g)
	case g.School != school:
		return no("%s is not that school", place(district, school))
	}
	return true, fmt.Sprintf("%s does: it is for this school.", g)
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
