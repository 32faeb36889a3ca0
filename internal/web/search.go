package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"scorehouse/internal/audit"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/search"
)

// searchPath is where a state is searched.
func (c *call) searchPath() string { return comparisonPath(c.tenant.StateCode, "", "") + "/search" }

// searchForm shows the form of the search alone.
func (s *Server) searchForm(_ context.Context, c *call) (answer, error) {
	return answer{page: search.Page(s.searchView(c))}, nil
}

// search shows what the words of a form find: places of the state, and students whom the person may see. It answers the form itself, without leading
// to another address, because the words may be the name of a student: they come in the body, which is in no log, no record and no history.
func (s *Server) search(ctx context.Context, c *call) (answer, error) {
	text := strings.ToValidUTF8(strings.ReplaceAll(c.PostFormValue(layout.SearchField), "\x00", ""), "")
	if runes := []rune(text); len(runes) > layout.MaxSearch {
		text = string(runes[:layout.MaxSearch])
	}
	text = strings.Join(strings.Fields(text), " ")
	v := s.searchView(c)
	v.Text = text
	shown := &statement{}
	if text != "" {
		var err error
		if v.Found, v.Late, err = s.findFor(ctx, c, text); err != nil {
			return answer{}, err
		}
		shown.students = len(v.Found.Students)
		if len(v.Found.Students) == 1 {
			of := v.Found.Students[0]
			shown.what = audit.What{District: audit.Code(of.Place.District.ID), School: audit.Code(of.Place.School.ID), Student: int64(of.ID)}
		}
	}
	return answer{page: search.Page(v), shown: shown}, nil
}

// longestSearch is how long a search of a whole state may take: it reads the names of all its students.
const longestSearch = 5 * time.Second

// findFor searches for a person. Who sees a whole state searches it once at a time, and not for longer than longestSearch; late is
// that nothing was found for that reason.
func (s *Server) findFor(ctx context.Context, c *call, text string) (found report.Found, late bool, err error) {
	if !c.scope.AllStudents {
		found, err = c.reports.Find(ctx, c.scope, text)
		return found, false, err
	}
	if _, busy := s.searches.LoadOrStore(c.session.ID, true); busy {
		return report.Found{}, true, nil
	}
	defer s.searches.Delete(c.session.ID)
	short, cancel := context.WithTimeout(ctx, longestSearch)
	defer cancel()
	found, err = c.reports.Find(short, c.scope, text)
	if err != nil && ctx.Err() == nil && short.Err() != nil {
		return report.Found{}, true, nil
	}
	return found, false, err
}

// searchView is the page of the search without what it found. Its form stands in the page, hence not in the frame.
func (s *Server) searchView(c *call) search.View {
	v := search.View{
		Frame: s.frame(c, s.searchTrail(c)...),
		PlaceAddress: func(p report.Institution) string {
			return c.addressed(layout.Address{Path: comparisonPath(c.tenant.StateCode, p.District.ID, p.School.ID)}).String()
		},
		StudentAddress: func(f report.FoundStudent) string {
			return c.addressed(layout.Address{Path: "/students/" + f.Key}).String()
		},
	}
	v.To, v.Frame.Search = v.Frame.Search, ""
	return v
}

func (s *Server) searchTrail(c *call) []layout.Crumb {
	return append(s.trail(c, report.Institution{}, c.addressed(layout.Address{})), layout.Crumb{Text: c.say().Start.Search()})
}

// mostQuick is how many districts or schools quick links lead to: who has more finds them by name.
const mostQuick = 8

// quick are the links to the districts and schools that a person's grants name; the year and the filters of the page go along. People of the
// whole state, and those who begin at their only one, have none.
func (s *Server) quick(ctx context.Context, c *call, from layout.Address) ([]layout.Links, error) {
	var districts []string
	var schools []scope.School
	for _, g := range c.session.Grants {
		switch {
		case g.Tenant != c.tenant.ID || g.District == "":
		case g.School == "":
			districts = append(districts, g.District)
		default:
			schools = append(schools, scope.School{District: g.District, School: g.School})
		}
	}
	slices.Sort(districts)
	districts = slices.Compact(districts)
	slices.SortFunc(schools, func(a, b scope.School) int {
		return strings.Compare(a.District+"\x00"+a.School, b.District+"\x00"+b.School)
	})
	schools = slices.Compact(schools)
	if len(districts) > mostQuick {
		districts = nil
	}
	if len(schools) > mostQuick {
		schools = nil
	}
	if len(districts)+len(schools) == 0 {
		return nil, nil
	}
	places, err := c.reports.PlacesNamed(ctx, districts, schools)
	if err != nil {
		return nil, err
	}
	along := url.Values{}
	for _, k := range carried {
		if values := from.Query[k]; len(values) > 0 {
			along[k] = values
		}
	}
	links := []layout.Links{{Heading: c.say().Start.YourDistricts()}, {Heading: c.say().Start.YourSchools()}}
	for _, p := range places {
		at, name := &links[0], p.District.Name
		if p.School.ID != "" {
			at, name = &links[1], p.School.Name
		}
		at.Links = append(at.Links, layout.Crumb{Text: name, Address: c.addressed(layout.Address{Path: comparisonPath(c.tenant.StateCode, p.District.ID, p.School.ID), Query: along}).String()})
	}
	return slices.DeleteFunc(links, func(l layout.Links) bool { return len(l.Links) == 0 }), nil
}
