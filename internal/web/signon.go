package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"scorehouse/internal/audit"
	"scorehouse/internal/login"
	"scorehouse/internal/saml"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/forward"
	"scorehouse/internal/web/page/message"
	"scorehouse/internal/web/page/providers"
	"scorehouse/internal/web/page/session"
)

// Signing in and out through identity providers. What they send comes through a person's browser as a request of another site, so it brings no
// session cookie and is exempted from the refusal of such requests, by its exact pattern. It is protected by what package login keeps: an answer must
// fit a request that this browser began (browserCookie), once, and carry the provider's signature; a logout must carry the signature.
// Afterwards the browser goes on from a page of ours, so that its next request is one of this site.

// signOutPath is where the button posts to.
const signOutPath = "/signout"

// Parameters of signing in, besides layout.ReturnField.
const (
	providerField = "provider" // one of several
	againField    = "again"    // although somebody is signed in
)

// signIn sends the browser to an identity provider; where there are several, it offers them first.
func (s *Server) signIn(ctx context.Context, c *call) (answer, error) {
	q := c.URL.Query()
	back := localAddress(q.Get(layout.ReturnField))
	if back == "" {
		back = "/"
	}
	if q.Get(againField) == "" {
		if _, err := s.sessionOf(c.Request, true); err == nil {
			return answer{redirect: back}, nil
		} else if err != errSignIn {
			return answer{}, err
		}
	}
	to, browser, err := s.signOn.Begin(ctx, q.Get(providerField), back, tokenOf(c.Request, browserCookie))
	if errors.Is(err, login.ErrChoose) {
		return s.offerProviders(ctx, c)
	}
	a := answer{redirect: to}
	if err != nil {
		if a, err = s.notSignedIn(c, err); err != nil {
			return answer{}, err
		}
	}
	if browser != "" {
		a.cookies = append(a.cookies, browserCookieWith(browser, 0))
	}
	return a, nil
}

func (s *Server) offerProviders(ctx context.Context, c *call) (answer, error) {
	q := c.URL.Query()
	choices, err := s.signOn.Choices(ctx)
	if err != nil {
		return answer{}, err
	}
	v := providers.View{Frame: s.frame(c)}
	for _, x := range choices {
		to := url.Values{providerField: {x.Name}}
		for _, keep := range []string{layout.ReturnField, againField} {
			if value := q.Get(keep); value != "" {
				to.Set(keep, value)
			}
		}
		v.Providers = append(v.Providers, providers.Provider{Title: x.Title, Address: layout.SignInPath + "?" + to.Encode()})
	}
	return answer{page: providers.Page(v)}, nil
}

// notSignedIn is the page for a sign-in that was refused. It says what to do, and never why: that stands in the security log, under the reference.
// Other errors come back.
func (s *Server) notSignedIn(c *call, err error) (answer, error) {
	view := message.View{Frame: s.frame(c), Kind: message.SignInRefused, Reference: traceOf(c.Context()).id, Next: message.Link{Address: layout.SignInPath}}
	if errors.Is(err, login.ErrNoProvider) {
		view.Kind = message.NoProvider
		return answer{status: http.StatusServiceUnavailable, page: message.Page(view)}, nil
	}
	refused, ok := errors.AsType[*login.Refused](err)
	if !ok {
		return answer{}, err
	}
	if refused.Reason == login.ReasonLoop {
		view.Kind = message.SignInLoop
	}
	return answer{status: http.StatusForbidden, page: message.Page(view)}, nil
}

// signedIn takes the answer of an identity provider: the assertion consumer service.
func (s *Server) signedIn(ctx context.Context, c *call) (answer, error) {
	response, relayState := "", ""
	if err := c.ParseForm(); err == nil && len(c.PostForm["SAMLResponse"]) == 1 && len(c.PostForm["RelayState"]) <= 1 {
		response, relayState = c.PostForm.Get("SAMLResponse"), c.PostForm.Get("RelayState")
	}
	token, _, back, err := s.signOn.Finish(ctx, response, relayState, tokenOf(c.Request, browserCookie))
	if err != nil {
		return s.notSignedIn(c, err)
	}
	v := forward.View{Frame: s.frame(c), Kind: forward.SignedIn}
	v.Frame.Forward = back
	return answer{page: forward.Page(v), cookies: []*http.Cookie{s.sessionCookie(token, 0)}}, nil
}

// metadata describes us to identity providers.
func (s *Server) metadata(context.Context, *call) (answer, error) {
	text, err := s.signOn.Metadata()
	return answer{text: string(text), kind: "application/samlmetadata+xml"}, err
}

// signOut ends the session here, if there is one, then at the identity provider that began it.
func (s *Server) signOut(ctx context.Context, c *call) (answer, error) {
	gone := []*http.Cookie{s.sessionCookie("", -1)}
	over := answer{redirect: layout.OverPath, cookies: gone}
	x, err := s.sessionOf(c.Request, true)
	if err == errSignIn {
		return over, nil
	}
	if err != nil {
		return answer{}, err
	}
	out, more, err := s.signOn.BeginLogout(ctx, x)
	if err != nil {
		return answer{}, err
	}
	if !more {
		return over, nil
	}
	return s.handOver(c, out, gone), nil
}

// handOver leads on to an identity provider with a message. The policy of the page that a form stands on goes for redirects that answer it
// too, so the way leads over a page of its own.
func (s *Server) handOver(c *call, out saml.Outgoing, cookies []*http.Cookie) answer {
	v := forward.View{Frame: s.frame(c), Kind: forward.SignedOut}
	if out.Form == nil {
		v.Frame.Forward = out.URL
		return answer{page: forward.Page(v), cookies: cookies}
	}
	v.Action = out.URL
	for name, values := range out.Form {
		for _, value := range values {
			v.Fields = append(v.Fields, layout.Field{Name: name, Value: value})
		}
	}
	return answer{page: forward.Page(v), cookies: cookies, form: originOfURL(out.URL)}
}

func originOfURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "'none'"
	}
	return u.Scheme + "://" + u.Host
}

// signOutByAddress signs out whoever opens the address, as the system before this one did. A link on another site does not sign anybody out without
// asking.
func (s *Server) signOutByAddress(ctx context.Context, c *call) (answer, error) {
	switch c.Header.Get("Sec-Fetch-Site") {
	case "cross-site", "same-site":
		x, err := s.sessionOf(c.Request, true)
		if err == errSignIn {
			return answer{redirect: layout.OverPath}, nil
		}
		if err != nil {
			return answer{}, err
		}
		c.session = x
		v := session.View{Frame: s.frame(c), Kind: session.SignOut}
		return answer{page: session.Page(v)}, nil
	}
	return s.signOut(ctx, c)
}

// singleLogout takes a logout message of an identity provider: its wish that somebody be signed out, or its answer to ours.
func (s *Server) singleLogout(ctx context.Context, c *call) (answer, error) {
	if err := c.ParseForm(); err != nil {
		c.PostForm = url.Values{} // refused as what it then is
	}
	outcome, err := s.signOn.Logout(ctx, c.Method, c.URL.RawQuery, c.PostForm)
	if err != nil {
		if _, refused := errors.AsType[*login.Refused](err); !refused {
			return answer{}, err
		}
		return s.signOutUnclear(c, http.StatusForbidden), nil
	}
	gone := []*http.Cookie{s.sessionCookie("", -1)}
	switch {
	case outcome.Answer != nil && outcome.Answer.Form == nil:
		return answer{redirect: outcome.Answer.URL, cookies: gone}, nil
	case outcome.Answer != nil:
		return s.handOver(c, *outcome.Answer, gone), nil
	case !outcome.Complete:
		return s.signOutUnclear(c, http.StatusOK), nil
	}
	return answer{redirect: layout.OverPath, cookies: gone}, nil
}

// signOutUnclear is the page for a logout of which it is not known whether it reached everywhere.
func (s *Server) signOutUnclear(c *call, status int) answer {
	view := message.View{Frame: s.frame(c), Kind: message.SignOutFailed, Reference: traceOf(c.Context()).id, Next: message.Link{Address: layout.SignInPath}}
	return answer{status: status, page: message.Page(view)}
}

// Events passes what happens at signing in and out on to the trail, with the request's number and the client's address.
func Events(trail Trail) login.Events { return events{trail} }

type events struct{ trail Trail }

// Record writes the event down. One about somebody with several tenants names none: roles and session lead to them.
func (e events) Record(ctx context.Context, x login.Event) error {
	t := traceOf(ctx)
	r := audit.Event{
		Kind: audit.Kind(x.Kind), Reason: audit.Reason(x.Reason), Client: t.client, RequestID: audit.ID(t.id),
		Who:  audit.Who{User: audit.Person(x.UserID), Session: audit.ID(x.SessionID), Provider: audit.ID(x.Provider)},
		What: audit.What{Route: audit.Route(t.route.Pattern), Count: x.Count},
	}
	switch x.Kind {
	case login.SignInRefused, login.GrantRefused, login.SignOutRefused:
		r.Outcome = audit.Refused
	}
	for _, role := range x.Roles {
		r.Who.Roles = append(r.Who.Roles, audit.Role(role))
	}
	if len(x.Tenants) == 1 {
		r.Tenant = x.Tenants[0]
	}
	return e.trail.Record(ctx, r)
}
