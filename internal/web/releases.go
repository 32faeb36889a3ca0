package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/release"
	"scorehouse/internal/tenant"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/releases"
)

// Pages for people who review and release. What somebody may not review is as good as what does not exist. Every act is recorded before it is done.

// releaseList shows the releases of the states that the person reviews, and the links of those whose links the person may issue.
func (s *Server) releaseList(ctx context.Context, c *call) (answer, error) {
	v := releases.ListView{Frame: s.frame(c, layout.Crumb{Text: c.say().Frame.Start(), Address: "/"}, layout.Crumb{Text: c.say().Releases.Title()}), Problem: problemIn(c)}
	var err error
	if v.States, err = s.statesOf(ctx, c, access.ReviewReleases); err != nil {
		return answer{}, err
	}
	if v.Publish, err = s.statesOf(ctx, c, access.PublishReleases); err != nil {
		return answer{}, err
	}
	if v.Releases, err = s.review.List(ctx, c.permitted(access.ReviewReleases)...); err != nil {
		return answer{}, err
	}
	if v.Links, err = s.review.Links(ctx, c.permitted(access.PublishReleases)...); err != nil {
		return answer{}, err
	}
	v.Year = edu.AcademicYear(time.Now().Year())
	if len(v.Releases) > 0 {
		v.Year = v.Releases[0].Year
	}
	return answer{page: releases.List(v), shown: &statement{tenant: v.States[0].ID, what: audit.What{Count: len(v.Releases)}}}, nil
}

// problemIn is why something was not done, in an address that says it.
func problemIn(c *call) releases.Problem {
	p := releases.Problem(c.URL.Query().Get(problemParameter))
	if slices.Contains([]releases.Problem{releases.BeingDecided, releases.CorrectsNothing, releases.NotReviewed, releases.Overtaken, releases.RulesChanged, releases.Previewing, releases.NotUnderstood}, p) {
		return p
	}
	return ""
}

const problemParameter = "problem"

// statesOf are the states in which the person holds a permission.
func (s *Server) statesOf(ctx context.Context, c *call, p access.Permission) ([]releases.State, error) {
	all, err := s.tenants.all(ctx)
	permitted := c.permitted(p)
	var states []releases.State
	for _, t := range all {
		if slices.Contains(permitted, t.ID) {
			states = append(states, stateOf(t))
		}
	}
	return states, err
}

func stateOf(t tenant.Tenant) releases.State {
	return releases.State{ID: t.ID, Code: string(t.StateCode), Name: t.Name}
}

// stateNamed finds the state that a form names among those in which the person holds a permission, and makes it the call's.
func (s *Server) stateNamed(ctx context.Context, c *call, p access.Permission) error {
	all, err := s.tenants.all(ctx)
	if err != nil {
		return err
	}
	permitted := c.permitted(p)
	for _, t := range all {
		if string(t.StateCode) == c.PostFormValue("state") && slices.Contains(permitted, t.ID) {
			c.tenant, traceOf(ctx).tenant = t, t.ID
			return nil
		}
	}
	return errNoSuchPage
}

// ofTenant makes the call one of a tenant in which the person holds a permission. Any other leads nowhere.
func (s *Server) ofTenant(ctx context.Context, c *call, id tenant.ID, p access.Permission) error {
	all, err := s.tenants.all(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t tenant.Tenant) bool { return t.ID == id })
	if i < 0 || !slices.Contains(c.permitted(p), id) {
		return errNoSuchPage
	}
	c.tenant, traceOf(ctx).tenant = all[i], id
	return nil
}

// released finds the release of an address among those of states in which the person holds a permission.
func (s *Server) released(ctx context.Context, c *call, p access.Permission) (release.Entry, error) {
	id, ok := numberIn(c.PathValue("release"))
	if !ok {
		return release.Entry{}, errNoSuchPage
	}
	e, err := s.review.Get(ctx, id)
	if err != nil {
		return e, orNoSuchPage(err)
	}
	return e, s.ofTenant(ctx, c, e.Tenant, p)
}

// numberIn reads a number of ours in an address.
func numberIn(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == text
}

// releaseStatement states what an answer or act is about.
func releaseStatement(e release.Entry) *statement {
	return &statement{what: audit.What{Object: audit.ID(strconv.FormatInt(e.ID, 10)), Year: e.Year, Type: edu.Summative}}
}

// releasePage shows one release: what it shows and hides. A release that is being decided is looked at again by itself.
func (s *Server) releasePage(ctx context.Context, c *call) (answer, error) {
	e, v, err := s.releaseView(ctx, c)
	if err != nil {
		return answer{}, err
	}
	a := answer{page: releases.Release(v), shown: releaseStatement(e)}
	a.shown.tenant = e.Tenant
	if e.State == release.StateLoading {
		a.refresh = refresh{after: 3 * time.Second, to: localAddress(c.URL.RequestURI())}
	}
	return a, nil
}

// releaseView is what the page of a release shows.
func (s *Server) releaseView(ctx context.Context, c *call) (release.Entry, releases.ReleaseView, error) {
	e, err := s.released(ctx, c, access.ReviewReleases)
	if err != nil {
		return e, releases.ReleaseView{}, err
	}
	v := releases.ReleaseView{State: stateOf(c.tenant), Publish: slices.Contains(c.permitted(access.PublishReleases), c.tenant.ID), Problem: problemIn(c)}
	if v.Release, err = s.review.Review(ctx, e.ID); err != nil {
		return e, v, err
	}
	c.tenant = tenant.Tenant{} // the frame is that of all states
	v.Frame = s.frame(c, layout.Crumb{Text: c.say().Frame.Start(), Address: "/"}, layout.Crumb{Text: c.say().Releases.Title(), Address: releases.Path},
		layout.Crumb{Text: c.say().Releases.Number(int(e.ID))})
	return e, v, nil
}

// previewRelease shows a release with another smallest number beside it. It takes every processor for a while, so no link leads to it, nobody reloads it without being asked,
// and there is one at a time.
func (s *Server) previewRelease(ctx context.Context, c *call) (answer, error) {
	e, v, err := s.releaseView(ctx, c)
	if err != nil {
		return answer{}, err
	}
	v.MinN, _ = strconv.Atoi(c.PostFormValue("min_n")) // 0 is refused
	p, err := s.review.Preview(ctx, e.ID, v.MinN)
	if v.Preview = &p; err != nil {
		if v.Problem = problemOf(err); v.Problem == "" {
			return answer{}, err
		}
		v.Preview, v.MinN = nil, 0
	}
	v.Frame.Here = releasePath(e.ID)
	a := answer{page: releases.Release(v), shown: releaseStatement(e)}
	a.shown.tenant = e.Tenant
	return a, nil
}

// act does something after it is recorded as begun, and leads to a page: with why it was not done, where the state of things did not allow it.
func (s *Server) act(ctx context.Context, c *call, shown *statement, do func() (to string, _ error)) (answer, error) {
	begun := *shown
	begun.outcome = audit.Begun
	if err := s.records.Record(ctx, s.eventOf(c, &begun)); err != nil {
		return answer{}, err
	}
	to, err := do()
	if problem := problemOf(err); problem != "" {
		shown.outcome = audit.Refused
		return answer{redirect: c.addressed(layout.Address{Path: to, Query: url.Values{problemParameter: {string(problem)}}}).String(), shown: shown}, nil
	}
	if err != nil {
		failed := s.eventOf(c, shown)
		failed.Outcome = audit.Failed
		s.note(c, failed)
		return answer{}, orNoSuchPage(err)
	}
	return answer{redirect: c.addressed(layout.Address{Path: to}).String(), shown: shown}, nil
}

func problemOf(err error) releases.Problem {
	switch {
	case errors.Is(err, release.ErrBeingDecided):
		return releases.BeingDecided
	case errors.Is(err, release.ErrCorrectsNothing):
		return releases.CorrectsNothing
	case errors.Is(err, release.ErrOvertaken):
		return releases.Overtaken
	case errors.Is(err, release.ErrRulesChanged):
		return releases.RulesChanged
	case errors.Is(err, release.ErrPreviewing):
		return releases.Previewing
	case errors.Is(err, release.ErrNotReviewed), errors.Is(err, release.ErrOver), errors.Is(err, release.ErrNotDecided):
		return releases.NotReviewed
	case fault.Is(err, fault.Invalid):
		return releases.NotUnderstood
	}
	return ""
}

// person names who asks, as releases and links do.
func (c *call) person() string { return release.Person(c.session.Provider, c.session.UserID) }

// makeRelease asks for a release.
func (s *Server) makeRelease(ctx context.Context, c *call) (answer, error) {
	if err := s.stateNamed(ctx, c, access.ReviewReleases); err != nil {
		return answer{}, err
	}
	year, _ := strconv.Atoi(c.PostFormValue("year")) // 0 is refused
	shown := &statement{what: audit.What{Year: edu.AcademicYear(year), Type: edu.Summative}}
	return s.act(ctx, c, shown, func() (string, error) {
		id, err := s.review.Make(ctx, release.Wish{Tenant: c.tenant.ID, Year: edu.AcademicYear(year), Kind: release.Kind(c.PostFormValue("kind")), By: c.person()})
		if err != nil {
			return releases.Path, err
		}
		shown.what.Object = audit.ID(strconv.FormatInt(id, 10))
		return releasePath(id), nil
	})
}

func releasePath(id int64) string { return fmt.Sprintf("%s/%d", releases.Path, id) }

// publishRelease releases, withdrawRelease withdraws.
func (s *Server) publishRelease(ctx context.Context, c *call) (answer, error) {
	return s.onRelease(ctx, c, s.review.Publish)
}

func (s *Server) withdrawRelease(ctx context.Context, c *call) (answer, error) {
	return s.onRelease(ctx, c, s.review.Withdraw)
}

func (s *Server) onRelease(ctx context.Context, c *call, do func(context.Context, int64, string) error) (answer, error) {
	e, err := s.released(ctx, c, access.PublishReleases)
	if err != nil {
		return answer{}, err
	}
	return s.act(ctx, c, releaseStatement(e), func() (string, error) { return releasePath(e.ID), do(ctx, e.ID, c.person()) })
}

// issueLink issues a link and shows it, once.
func (s *Server) issueLink(ctx context.Context, c *call) (answer, error) {
	if err := s.stateNamed(ctx, c, access.PublishReleases); err != nil {
		return answer{}, err
	}
	days, _ := strconv.Atoi(c.PostFormValue("days"))   // 0 is refused
	days = min(days, int(release.LongestLink.Hours())) // more than any number of days allowed, and no overflow
	v := releases.LinkView{State: stateOf(c.tenant)}
	shown := &statement{tenant: c.tenant.ID}
	a, err := s.act(ctx, c, shown, func() (string, error) {
		token, l, err := s.review.Issue(ctx, release.LinkWish{
			Tenant: c.tenant.ID, Note: c.PostFormValue("note"), Indexable: c.PostFormValue("index") != "", For: time.Duration(days) * 24 * time.Hour, By: c.person()})
		v.Link, v.Address = l, s.ourAddress(c)+release.PublicPath+token
		shown.what.Object = audit.ID(strconv.FormatInt(l.ID, 10))
		return releases.Path, err
	})
	if err != nil || shown.outcome == audit.Refused {
		return a, err
	}
	c.tenant = tenant.Tenant{}
	v.Frame = s.frame(c, layout.Crumb{Text: c.say().Frame.Start(), Address: "/"}, layout.Crumb{Text: c.say().Releases.Title(), Address: releases.Path},
		layout.Crumb{Text: c.say().Releases.Issued()})
	v.Frame.Here = "" // asking for the page again would issue another
	return answer{page: releases.Link(v), shown: shown}, nil
}

// ourAddress is the address under which the person's browser knows the server.
func (s *Server) ourAddress(c *call) string {
	scheme := "http"
	if s.secure {
		scheme = "https"
	}
	return cmp.Or(s.address, scheme+"://"+c.Host)
}

// revokeLink ends a link.
func (s *Server) revokeLink(ctx context.Context, c *call) (answer, error) {
	id, ok := numberIn(c.PathValue("link"))
	if !ok {
		return answer{}, errNoSuchPage
	}
	l, err := s.review.LinkOf(ctx, id)
	if err != nil {
		return answer{}, orNoSuchPage(err)
	}
	if err := s.ofTenant(ctx, c, l.Tenant, access.PublishReleases); err != nil {
		return answer{}, err
	}
	shown := &statement{what: audit.What{Object: audit.ID(strconv.FormatInt(id, 10))}}
	return s.act(ctx, c, shown, func() (string, error) { return releases.Path, s.review.Revoke(ctx, id, c.person()) })
}
