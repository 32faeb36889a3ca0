package released

import (
	"context"
	"slices"
	"strconv"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/release"
	"scorehouse/internal/tenant"
)

// Source is where releases are read (release.Store).
type Source interface {
	Newest(ctx context.Context, id tenant.ID, year edu.AcademicYear) (*release.Released, error)
	Years(ctx context.Context, id tenant.ID) ([]edu.AcademicYear, error)
}

// Question is what a reader asks of the newest release of a year.
type Question struct {
	Place   string           // public identifier of a district or a school; empty is the state
	Year    edu.AcademicYear // 0 is the newest of which something is released
	Filters []disclosure.Chosen
}

// Compare answers a question about a state. Nothing released is an answer without rows; so is a year of which nothing is released, refused as NoSuchYear, and a
// place without results in the year. A place that no release knows is NotFound.
func Compare(ctx context.Context, s Source, t tenant.Tenant, q Question) (Comparison, error) {
	years, err := s.Years(ctx, t.ID)
	if err != nil {
		return Comparison{}, err
	}
	c := Comparison{State: t.Name, Years: years, Year: q.Year, Filtered: filters(q.Filters)}
	if q.Year == 0 && len(years) > 0 {
		c.Year = years[0]
	}
	if !slices.Contains(years, c.Year) {
		if q.Place != "" {
			if err := c.find(ctx, s, t.ID, q.Place); err != nil {
				return Comparison{}, err
			}
		}
		if len(years) > 0 {
			c.Refusal = disclosure.NoSuchYear
		}
		return c, nil
	}
	r, err := s.Newest(ctx, t.ID, c.Year)
	if fault.KindOf(err) == fault.NotFound { // withdrawn at this moment
		c.Refusal = disclosure.NoSuchYear
		return c, nil
	}
	if err != nil {
		return Comparison{}, err
	}
	c.Kind, c.At, c.Catalogue, c.Release = r.Kind, r.At, r.Answers.Decision.Catalogue, r.ID
	if !c.place(r, q.Place) {
		return c, c.find(ctx, s, t.ID, q.Place)
	}
	c.answer(r, q.Filters)
	return c, nil
}

// filters reports whether any filter is set.
func filters(all []disclosure.Chosen) bool {
	return slices.ContainsFunc(all, func(f disclosure.Chosen) bool { return len(f.Values) > 0 })
}

// place notes what a release knows of the place asked for.
func (c *Comparison) place(r *release.Released, id string) bool {
	if id == "" {
		return true
	}
	p, ok := r.Names.Find(id)
	if !ok || p.Row.Kind() == disclosure.StateRow {
		return false
	}
	if p.Row.Kind() == disclosure.DistrictRow {
		c.District = p
		return true
	}
	c.School = p
	c.District, ok = r.Names.Of(disclosure.Row{District: p.Row.District})
	return ok
}

// find looks for a place in the releases of other years: it has a page there, with no results in this one.
func (c *Comparison) find(ctx context.Context, s Source, id tenant.ID, place string) error {
	for _, year := range c.Years {
		r, err := s.Newest(ctx, id, year)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		if c.place(r, place) {
			return nil
		}
	}
	return errNoPlace
}

var errNoPlace = fault.New(fault.NotFound, "No release knows such a place.")

// Code is how addresses write a value of an attribute (docs/formats/filters.md).
func Code(a disclosure.Attribute, value int16) string {
	switch a {
	case disclosure.Grade:
		return edu.Grade(value).Code()
	case disclosure.Ethnicity:
		return strconv.Itoa(int(value))
	case disclosure.Sex:
		return edu.Sex(value).Code()
	}
	return flagCodes[edu.Flag(value)]
}

var flagCodes = map[edu.Flag]string{edu.Yes: "Y", edu.No: "N", edu.NotStated: "NS"}

// Parse reads what Code writes.
func Parse(a disclosure.Attribute, s string) (int16, bool) {
	if a == disclosure.Grade {
		g, ok := edu.ParseGrade(s)
		return int16(g), ok
	}
	for value := range int16(len(edu.Ethnicities)) {
		known := a == disclosure.Ethnicity || value <= 2
		if known && Code(a, value) == s {
			return value, true
		}
	}
	return 0, false
}
