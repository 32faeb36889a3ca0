package web

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/explain"
	"scorehouse/internal/words"
)

// explainPath is the page that explains what somebody may see.
const explainPath = "/admin/access"

// flush empties what is remembered: counts (data), who is signed in (session), or both (all), of the states that the person administers.
// Nothing is lost: counts are counted again, and people sign in again, the caller too.
func (s *Server) flush(ctx context.Context, c *call) (answer, error) {
	what := c.PathValue("what")
	if !slices.Contains([]string{"session", "data", "all"}, what) {
		return answer{}, fault.New(fault.NotFound, "What can be flushed is session, data or all.")
	}
	ended := 0
	for _, id := range c.permitted(access.Administer) {
		// Recorded before it happens: what cannot be recorded is not done.
		begun := audit.Event{Kind: audit.AdminFlush, Outcome: audit.Begun, Tenant: id, What: audit.What{Object: audit.ID(what)}}
		if err := s.records.Record(ctx, s.event(c, begun)); err != nil {
			return answer{}, err
		}
		if what != "session" {
			s.reports.forget(id)
			s.publicCache.Forget(id)
		}
		if what == "data" {
			continue
		}
		sessions, err := s.sessions.Revoke(ctx, login.Filter{Tenant: id})
		if err != nil {
			return answer{}, err
		}
		ended += len(sessions)
		s.note(c, audit.Event{Kind: audit.SessionRevoked, Tenant: id, What: audit.What{Count: len(sessions)}})
	}
	return answer{shown: &statement{what: audit.What{Object: audit.ID(what), Count: ended, Format: audit.JSON}}, data: struct {
		CacheName string `json:"cache_name"`
		Result    string `json:"result"`
	}{what, "OK"}}, nil
}

// explainAccess explains which grants of somebody show or hide a student or an institution of a state that the person administers.
func (s *Server) explainAccess(ctx context.Context, c *call) (answer, error) {
	q := c.URL.Query()
	all, err := s.tenants.all(ctx)
	if err != nil {
		return answer{}, err
	}
	v := explain.View{
		Frame: s.frame(c, layout.Crumb{Text: c.say().Frame.Start(), Address: "/"}, layout.Crumb{Text: c.say().Frame.WhoSeesWhat()}),
		User:  strings.TrimSpace(q.Get("user")), State: q.Get("state"), District: strings.TrimSpace(q.Get("district")), School: strings.TrimSpace(q.Get("school")),
		Student: strings.TrimSpace(q.Get("student")), Permission: access.Permission(cmp.Or(q.Get("permission"), string(access.ViewStudents))),
	}
	administered := c.permitted(access.Administer)
	for _, t := range all {
		if slices.Contains(administered, t.ID) {
			v.States = append(v.States, explain.State{Code: string(t.StateCode), Name: t.Name})
		}
	}
	shown := &statement{}
	if v.User == "" {
		return answer{page: explain.Page(v), shown: shown}, nil
	}
	i := slices.IndexFunc(all, func(t tenant.Tenant) bool {
		return string(t.StateCode) == cmp.Or(v.State, v.States[0].Code) && slices.Contains(administered, t.ID)
	})
	if i < 0 {
		return answer{}, errNoSuchPage
	}
	c.tenant, shown.tenant = all[i], all[i].ID
	traceOf(ctx).tenant = c.tenant.ID
	v.State = string(c.tenant.StateCode)
	if !slices.Contains(access.AllPermissions, v.Permission) {
		return answer{}, &sentence{fault.New(fault.Invalid, "There is no permission of that name."), func(w *words.Words) string { return w.Explain.NoSuchPermission() }}
	}
	if err := s.answerExplain(ctx, c, &v, shown); err != nil {
		return answer{}, err
	}
	return answer{page: explain.Page(v), shown: shown}, nil
}

// answerExplain fills in what each identity provider's person of that name may do at the places asked about.
func (s *Server) answerExplain(ctx context.Context, c *call, v *explain.View, shown *statement) error {
	shown.what.Object = lookedFor(v.User)
	places := []scope.School{{District: v.District, School: v.School}}
	if v.Student != "" {
		var err error
		if places, err = s.placesOf(ctx, c, v.Student, shown); err != nil {
			return err
		}
		if len(places) == 0 {
			v.Problem = explain.NoSuchStudent
			return nil
		}
	} else if v.School != "" && v.District == "" {
		v.Problem = explain.SchoolWithoutDistrict
		return nil
	}
	shown.what.District, shown.what.School = audit.Code(places[0].District), audit.Code(places[0].School)
	people, err := s.people.Find(ctx, v.User)
	if err != nil {
		return err
	}
	administered := c.permitted(access.Administer)
	for _, k := range people {
		// What somebody holds in states that the reader does not administer is not for the reader.
		grants := slices.DeleteFunc(slices.Clone(k.Grants), func(g access.Grant) bool { return !slices.Contains(administered, g.Tenant) })
		if len(grants) == 0 {
			if ours, err := s.couldHold(ctx, k, administered); err != nil {
				return err
			} else if !ours {
				continue
			}
		}
		if shown.what.Count++; shown.what.Count == 1 {
			shown.what.Object = audit.ID(k.UserID)
		}
		p := explain.Person{Provider: k.Provider, SignedIn: k.SignedInAt, Rejected: k.Rejections}
		for _, at := range places {
			p.Places = append(p.Places, explain.Place{District: at.District, School: at.School,
				Reasons: access.Explain(grants, c.tenant.ID, at.District, at.School, v.Permission)})
		}
		v.People = append(v.People, p)
	}
	if len(v.People) == 0 {
		v.Problem = explain.NobodyKnown
	}
	return nil
}

// lookedFor stands in a record for what was typed, until a person is found: anything may have been, so the blank makes a keyed digest of it.
func lookedFor(user string) audit.ID { return audit.ID("typed " + user) }

// couldHold reports whether somebody who holds nothing in some states is of one of them all the same: holds nothing anywhere, and came through a provider that may
// speak for one.
func (s *Server) couldHold(ctx context.Context, k login.Known, states []tenant.ID) (bool, error) {
	if len(k.Grants) > 0 {
		return false, nil
	}
	p, err := s.signOn.Providers.Get(ctx, k.Provider)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return slices.ContainsFunc(states, p.MaySpeakFor), err
}

// placesOf returns the schools in which a student has results, from the address of one of the student's pages. Nothing else of the student is read.
func (s *Server) placesOf(ctx context.Context, c *call, address string, shown *statement) ([]scope.School, error) {
	if _, after, ok := strings.Cut(address, "/students/"); ok {
		address, _, _ = strings.Cut(after, "/")
	}
	key, _, _ := strings.Cut(address, "?")
	student, ok := s.keys.of(c.tenant.ID).decode(key)
	if !ok {
		return nil, nil
	}
	reports, _, err := s.reports.of(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	places, err := reports.PlacesOfStudent(ctx, scope.Scope{Tenant: c.tenant.ID, AllStudents: true}, student)
	if err != nil {
		return nil, err
	}
	shown.what.Student = int64(student)
	if len(places) > 0 {
		shown.students = 1
	}
	return places, nil
}
