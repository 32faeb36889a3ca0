package web

import (
	"context"

	"github.com/a-h/templ"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/comparison"
)

// carried are the parameters that go along when a reader moves between comparisons and lists.
var carried = append([]string{"year"}, filterParameters...)

// comparison shows how the parts of a state, a district or a school compare.
func (s *Server) comparison(ctx context.Context, c *call) (answer, error) {
	r, address, err := c.compared(ctx)
	if err != nil {
		return answer{}, err
	}
	frame := s.frame(c, here(s.trail(c, r.Place, address))...)
	if frame.Quick, err = s.quick(ctx, c, address); err != nil {
		return answer{}, err
	}
	view := comparison.View{
		Report:     r,
		Address:    address,
		RowAddress: c.rowAddress(r),
		File:       fileAddress(address),
		Widened:    widened(address, catalogueOf(r)),
		Print:      c.printAddress(address, r.Place.District.ID, r.Place.School.ID, r.Year),
	}
	return answer{shown: comparedStatement(c, r), shared: c.share(r, view.Key(), frame, func(f layout.Frame) templ.Component {
		view.Frame = f
		return comparison.Page(view)
	})}, nil
}

// catalogueOf is what everybody may ask, nil where nothing is told of a release.
func catalogueOf(r report.Comparison) *disclosure.Catalogue {
	for _, t := range r.Told.Subjects {
		if t.Answers != nil {
			return t.Answers.Decision.Catalogue
		}
	}
	return nil
}

// compared asks the question of a comparison's address.
func (c *call) compared(ctx context.Context) (report.Comparison, layout.Address, error) {
	address := c.address(append([]string{"only", "sort", "align", layout.ReleaseParameter}, carried...)...)
	p := parser{address: address}
	q := report.ComparisonQuestion{
		District: c.PathValue("district"),
		School:   c.PathValue("school"),
		Year:     value(&p, "year", parseYear),
		Only:     address.Values("only"),
		Release:  value(&p, layout.ReleaseParameter, parseRelease),
	}
	if p.err != nil {
		return report.Comparison{}, address, p.err
	}
	var err error
	if q.Filters, err = parseFilters(address); err != nil {
		return report.Comparison{}, address, err
	}
	r, err := c.reports.ComparingPopulations(ctx, c.scope, q)
	return r, address, err
}

// comparedStatement states what a comparison shows.
func comparedStatement(c *call, r report.Comparison) *statement {
	return &statement{what: audit.What{District: audit.Code(c.PathValue("district")), School: audit.Code(c.PathValue("school")), Year: r.Year}}
}

// rowAddress says where the rows of a comparison lead. Grades whose students the person may not see lead nowhere.
func (c *call) rowAddress(r report.Comparison) func(report.ComparisonRow) string {
	return func(row report.ComparisonRow) string {
		state := c.tenant.StateCode
		switch {
		case r.Level == report.DistrictsOfState:
			return comparisonPath(state, row.ID, "")
		case r.Level == report.SchoolsOfDistrict:
			return comparisonPath(state, r.Place.District.ID, row.ID)
		case row.Students:
			return listPath(state, r.Place.District.ID, r.Place.School.ID, row.Grade)
		}
		return ""
	}
}

// trail is the way from the state to an institution, beginning with the states for people who have several. Year and filters go along.
func (s *Server) trail(c *call, p report.Institution, a layout.Address) []layout.Crumb {
	query := layout.Address{Query: a.Query}.Without("only", "sort", "align", "type", "subject", "group", "view", "taken").Query
	step := func(text, path string) layout.Crumb {
		return layout.Crumb{Text: text, Address: layout.Address{Path: path, Query: query}.String()}
	}
	state := c.tenant.StateCode
	var crumbs []layout.Crumb
	if len(c.permitted(access.ViewAggregates)) > 1 {
		crumbs = append(crumbs, layout.Crumb{Text: c.say().Frame.AllStates(), Address: "/"})
	}
	crumbs = append(crumbs, step(c.tenant.Name, comparisonPath(state, "", "")))
	if p.District.ID != "" {
		crumbs = append(crumbs, step(p.District.Name, comparisonPath(state, p.District.ID, "")))
	}
	if p.School.ID != "" {
		crumbs = append(crumbs, step(p.School.Name, comparisonPath(state, p.District.ID, p.School.ID)))
	}
	return crumbs
}

// here makes the last step of a trail the page itself.
func here(crumbs []layout.Crumb) []layout.Crumb {
	crumbs[len(crumbs)-1].Address = ""
	return crumbs
}

// parseSubject reads a subject that addresses name as files do.
func parseSubject(s string) (edu.Subject, bool) {
	if known, ok := edu.ParseSubject(s); ok {
		return known, true
	}
	return edu.Subject(s), len(s) <= 64
}
