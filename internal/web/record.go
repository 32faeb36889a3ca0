package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
)

// grantsRecorded is how many of the grants that open something are written down: who holds hundreds of schools needs no more to be understood.
const grantsRecorded = 16

// record writes down what an answer shows, before it is sent. Routes say of which kind; an answer of such a route that states nothing, and is no
// problem, is a mistake of the program and not sent.
func (s *Server) record(r *http.Request, c *call, a answer) error {
	route := traceOf(r.Context()).route
	if a.problem || a.recorded {
		return nil
	}
	if a.shown == nil {
		if route.Audited != "" {
			return fmt.Errorf("%s: the answer does not state what it shows", route.Pattern)
		}
		return nil
	}
	if route.Audited == "" || c == nil {
		return errors.New("an answer shows something on a route that is not recorded")
	}
	return s.records.Record(r.Context(), s.eventOf(c, a.shown))
}

// eventOf is the record of what an answer of the call's route shows, or of what is about to be done.
func (s *Server) eventOf(c *call, shown *statement) audit.Event {
	route := traceOf(c.Context()).route
	e := s.event(c, audit.Event{Kind: route.Audited, What: shown.what, Students: shown.students, Tenant: shown.tenant, Outcome: shown.outcome})
	if e.Tenant == "" {
		e.Tenant = c.tenant.ID
	}
	e.Grants = c.opening(route.Permission, shown.what)
	if e.What.Format == "" {
		e.What.Format = audit.Page
	}
	return e
}

// note writes down what needs no answer to wait for it: a refusal stays one when it cannot be recorded. It then is in the log.
func (s *Server) note(c *call, e audit.Event) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), 10*time.Second)
	defer cancel()
	e = s.event(c, e)
	if e.Tenant == "" {
		e.Tenant = c.tenant.ID
	}
	if err := s.records.Record(ctx, e); err != nil {
		s.logger.LogAttrs(ctx, slog.LevelError, "not recorded", slog.String("kind", string(e.Kind)), slog.String("request_id", string(e.RequestID)), slog.Any("error", err))
	}
}

// event fills in who asks, from where, and by which route.
func (s *Server) event(c *call, e audit.Event) audit.Event {
	t := traceOf(c.Context())
	e.Client, e.RequestID, e.What.Route = t.client, audit.ID(t.id), audit.Route(t.route.Pattern)
	e.Who.User, e.Who.Session, e.Who.Provider = audit.Person(c.session.UserID), audit.ID(c.session.ID), audit.ID(c.session.Provider)
	seen := map[access.Role]bool{}
	for _, g := range c.session.Grants {
		if !seen[g.Role] {
			seen[g.Role] = true
			e.Who.Roles = append(e.Who.Roles, audit.Role(g.Role))
		}
	}
	return e
}

// opening returns the grants that open a place of the call's tenant.
func (c *call) opening(p access.Permission, what audit.What) []audit.Grant {
	var all []audit.Grant
	for _, reason := range access.Explain(c.session.Grants, c.tenant.ID, string(what.District), string(what.School), p) {
		if !reason.Shows || len(all) == grantsRecorded {
			break // those that show come first
		}
		g := reason.Grant
		all = append(all, audit.Grant{Role: audit.Role(g.Role), Tenant: g.Tenant, District: audit.Code(g.District), School: audit.Code(g.School)})
	}
	return all
}
