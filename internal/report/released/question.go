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

// Source is where releases are read (release.Store). A shelf is taken once for each request: everything that is said then is of one moment, and what is kept of it is kept
// under the shelf's Key.
type Source interface {
	Shelf(ctx context.Context, id tenant.ID) (*release.Shelf, error)
}

// Question is what a reader asks of a year.
type Question struct {
	Place   string           // public identifier of a district or a school; empty is the state
	Year    edu.AcademicYear // 0 is the newest of which something is released
	Release int              // number of a release of the year, as of which is answered; 0 is the newest
	Filters []disclosure.Chosen
}

// NoSuchRelease refuses a question about a release that the year has not, or no more.
const NoSuchRelease disclosure.Refusal = "no_such_release"

// Compare answers a question about a state, each subject from the newest release that answers for it. Nothing released is an answer without rows; so is a year of which
// nothing is released, refused as NoSuchYear, a release that the year has not, refused as NoSuchRelease, and a place without results in the year. A place that no release knows is NotFound.
func Compare(ctx context.Context, s *release.Shelf, t tenant.Tenant, q Question) (Comparison, error) {
	c := Comparison{State: t.Name, Years: s.Years(), Year: q.Year, Filtered: filters(q.Filters)}
	if q.Year == 0 && len(c.Years) > 0 {
		c.Year = c.Years[0]
	}
	v, err := s.View(ctx, c.Year, q.Release)
	switch {
	case fault.KindOf(err) == fault.NotFound:
		c.Refusal = NoSuchRelease
	case err != nil:
		return Comparison{}, err
	case len(v.Parts) == 0 && len(c.Years) > 0:
		c.Refusal = disclosure.NoSuchYear
	}
	if c.Refusal != "" || len(v.Parts) == 0 {
		if c.Refusal == NoSuchRelease && !slices.Contains(c.Years, c.Year) {
			c.Refusal = disclosure.NoSuchYear
		}
		return c, c.find(ctx, s, q.Place)
	}
	c.read(v)
	if !c.place(v.Names, q.Place) {
		c.Subjects = nil
		return c, c.find(ctx, s, q.Place)
	}
	c.answer(v, q.Filters)
	return c, nil
}

// Outside reports whether nothing of a question is answered, wherever it is asked: there is no such year or release, or the filters are not in the catalogue.
func Outside(ctx context.Context, s *release.Shelf, q Question) (bool, error) {
	v, err := s.View(ctx, q.Year, q.Release)
	if fault.KindOf(err) == fault.NotFound {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	for _, a := range asking(v, q.Filters).of(release.Place{}).Results {
		if a.Visibility != disclosure.Outside {
			return false, nil
		}
	}
	return true, nil
}

// read notes of which releases an answer is.
func (c *Comparison) read(v *release.View) {
	newest := v.Parts[0].Release
	for _, p := range v.Parts {
		r := p.Release
		if r.Number > newest.Number {
			newest = r
		}
		c.Subjects = append(c.Subjects, Subject{
			Subject: p.Subject, Levels: r.Levels[p.Subject], MinN: r.Answers.Decision.Catalogue.Policy().MinNFor(p.Subject), Kind: r.Kind, At: r.At, Release: r.Number,
		})
	}
	c.Kind, c.At, c.Releases, c.AsOf, c.Catalogue = newest.Kind, newest.At, v.Releases, v.Number, newest.Answers.Decision.Catalogue
}

// filters reports whether any filter is set.
func filters(all []disclosure.Chosen) bool {
	return slices.ContainsFunc(all, func(f disclosure.Chosen) bool { return len(f.Values) > 0 })
}

// place notes what releases know of the place asked for.
func (c *Comparison) place(n release.Names, id string) bool {
	if id == "" {
		return true
	}
	p, ok := n.Find(id)
	if !ok || p.Row.Kind() == disclosure.StateRow {
		return false
	}
	if p.Row.Kind() == disclosure.DistrictRow {
		c.District = p
		return true
	}
	c.School = p
	c.District, ok = n.Of(disclosure.Row{District: p.Row.District})
	return ok
}

// find looks for a place in the releases of all years: it has a page there, with no results in this one.
func (c *Comparison) find(ctx context.Context, s *release.Shelf, place string) error {
	if place == "" {
		return nil
	}
	for _, year := range c.Years {
		v, err := s.View(ctx, year, 0)
		if err != nil {
			return err
		}
		if c.place(v.Names, place) {
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
