package web

import (
	"context"
	"slices"
	"strings"

	"scorehouse/internal/access"
	"scorehouse/internal/tenant"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/states"
)

// start leads a person to where the grants begin: the one school, the one district, else the state; people with several states choose one.
// Who may see nothing is told whom to ask.
func (s *Server) start(ctx context.Context, c *call) (answer, error) {
	all, err := s.tenants.all(ctx)
	if err != nil {
		return answer{}, err
	}
	var mine []tenant.Tenant
	for _, t := range all {
		if c.session.Grants.May(access.ViewAggregates, t.ID) {
			mine = append(mine, t)
		}
	}
	switch len(mine) {
	case 0:
		return answer{}, errNoRole
	case 1:
		district, school := c.session.Grants.Home(mine[0].ID)
		return answer{redirect: comparisonPath(mine[0].StateCode, district, school)}, nil
	}
	slices.SortFunc(mine, func(a, b tenant.Tenant) int { return strings.Compare(a.Name, b.Name) })
	v := states.View{Frame: s.frame(c)}
	for _, t := range mine {
		v.States = append(v.States, states.State{Code: t.StateCode, Name: t.Name, Address: comparisonPath(t.StateCode, "", ""), Sees: sees(c.session.Grants, t.ID), Start: begin(c, t)})
	}
	return answer{page: states.Page(v)}, nil
}

func sees(gs access.Grants, id tenant.ID) states.Sees {
	switch scope := gs.Scope(id); {
	case scope.AllStudents:
		return states.AllStudents
	case scope.SeesNoStudents():
		return states.Comparisons
	}
	return states.SomeStudents
}

// begin is the district or school of a state where a person's grants begin, nothing when they begin at the state.
func begin(c *call, t tenant.Tenant) layout.Crumb {
	district, school := c.session.Grants.Home(t.ID)
	switch {
	case school != "":
		return layout.Crumb{Text: c.say().Start.YourSchool(), Address: comparisonPath(t.StateCode, district, school)}
	case district != "":
		return layout.Crumb{Text: c.say().Start.YourDistrict(), Address: comparisonPath(t.StateCode, district, "")}
	}
	return layout.Crumb{}
}
