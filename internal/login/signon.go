package login

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/saml"
	"scorehouse/internal/tenant"
)

// Tenants lists the tenants of the installation.
type Tenants interface {
	List(ctx context.Context) ([]tenant.Tenant, error)
}

// SignOnConfig is what a SignOn needs; everything but Now.
type SignOnConfig struct {
	Pool      *pgxpool.Pool // of the control database
	Sessions  *Sessions
	Providers *Providers
	Keys      *Keys
	Tenants   Tenants
	Roles     access.RoleTable // nil is access.DefaultRoles
	Events    Events
	Logger    *slog.Logger
	Now       func() time.Time // nil is time.Now

	// How identity providers know us: our name and the addresses to which browsers bring their messages.
	EntityID, AssertionConsumer, SingleLogout string
}

// SignOn signs people in and out through identity providers. It is safe for concurrent use, and any server of the installation can finish
// what another has begun.
type SignOn struct {
	SignOnConfig
	requests requests
}

// NewSignOn returns a SignOn.
func NewSignOn(c SignOnConfig) *SignOn {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Roles == nil {
		c.Roles = access.DefaultRoles()
	}
	return &SignOn{SignOnConfig: c, requests: requests{pool: c.Pool, now: c.Now}}
}

// ErrChoose is returned by Begin when there are several identity providers and none was named. It is a Conflict.
var ErrChoose = fault.New(fault.Conflict, "Choose where you sign in.")

// ErrNoProvider is returned by Begin when nobody can sign in yet. It is Unavailable.
var ErrNoProvider = fault.New(fault.Unavailable, "Signing in is not set up yet.")

// Choice is a provider that people may choose.
type Choice struct{ Name, Title string }

// Choices returns the providers through which people can sign in.
func (s *SignOn) Choices(ctx context.Context) ([]Choice, error) {
	all, err := s.Providers.List(ctx)
	if err != nil {
		return nil, err
	}
	var choices []Choice
	for _, p := range all {
		if p.Enabled() {
			choices = append(choices, Choice{p.Name, p.Title})
		}
	}
	return choices, nil
}

// serviceProvider is us, as a provider sees us.
func (s *SignOn) serviceProvider(p Provider) (saml.ServiceProvider, error) {
	keys, err := s.Keys.All()
	return saml.ServiceProvider{
		EntityID: s.EntityID, AssertionConsumer: s.AssertionConsumer, SingleLogout: s.SingleLogout, Keys: keys,
		Skew: p.Skew, AllowCBC: p.AllowCBC, NameIDFormat: p.NameIDFormat,
	}, err
}

// Metadata describes us to identity providers.
func (s *SignOn) Metadata() ([]byte, error) {
	sp, err := s.serviceProvider(Provider{})
	if err != nil {
		return nil, err
	}
	return sp.Metadata(), nil
}

// Begin begins a sign-in at a provider, or at the only one when none is named. returnTo is the address here to go to afterwards; anything but a
// path of ours becomes "/". cookie is what the browser's sign-in cookie holds, "" for none. It returns where to send the browser, and what that
// cookie must hold from now on. Errors: ErrChoose, ErrNoProvider, NotFound for an unknown provider, a *Refused (loop) as Forbidden.
func (s *SignOn) Begin(ctx context.Context, provider, returnTo, cookie string) (redirect, newCookie string, err error) {
	p, err := s.choose(ctx, provider)
	if err != nil {
		return "", "", err
	}
	if !isToken(cookie) {
		cookie = newToken()
	}
	if looping, err := s.requests.looping(ctx, digest(cookie)); err != nil {
		return "", "", err
	} else if looping {
		return "", cookie, s.refuse(ctx, SignInRefused, &Refused{Reason: ReasonLoop, Provider: p.Name})
	}
	sp, err := s.serviceProvider(p)
	if err != nil {
		return "", "", err
	}
	q, err := s.requests.begin(ctx, signingIn, p.Name, localPath(returnTo), digest(cookie))
	if err != nil {
		return "", "", err
	}
	redirect, err = sp.SignIn(p.IDP, q.id, q.relayState, s.Now())
	if r := refusal(err, ""); r != nil {
		return "", cookie, s.refuse(ctx, SignInRefused, r)
	}
	if err != nil {
		return "", "", fmt.Errorf("begin sign-in at %s: %w", p.Name, err)
	}
	if err := s.Events.Record(ctx, Event{Kind: SignInBegun, Provider: p.Name}); err != nil {
		return "", "", fmt.Errorf("begin sign-in at %s: %w", p.Name, err)
	}
	return redirect, cookie, nil
}

func (s *SignOn) choose(ctx context.Context, name string) (Provider, error) {
	if name != "" {
		p, err := s.Providers.Get(ctx, keyText(name))
		if fault.Is(err, fault.NotFound) || err == nil && !p.Enabled() {
			return p, fault.New(fault.NotFound, "There is no such place to sign in.")
		}
		return p, err
	}
	choices, err := s.Choices(ctx)
	switch {
	case err != nil:
		return Provider{}, err
	case len(choices) == 0:
		return Provider{}, ErrNoProvider
	case len(choices) > 1:
		return Provider{}, ErrChoose
	}
	return s.Providers.Get(ctx, choices[0].Name)
}

// Finish takes what an identity provider had the browser post: the response, and the relay state. cookie is what the browser's sign-in cookie
// holds. It returns the token for the session cookie, the session, and where to go. What is refused is a *Refused as Forbidden, with a
// sentence for the person, and stands in the security log; so does every sign-in, or it does not happen.
func (s *SignOn) Finish(ctx context.Context, response, relayState, cookie string) (token string, started Session, returnTo string, err error) {
	q, err := s.requests.find(ctx, relayState, cookie)
	if err != nil {
		return "", Session{}, "", s.refuseOr(ctx, SignInRefused, err, s.issuerOf(ctx, response))
	}
	assertion, err := s.believe(ctx, q, response)
	var who Identity
	if err == nil {
		who, token, started, err = s.take(ctx, q, assertion)
	}
	if r := refusal(err, q.provider); r != nil {
		return "", Session{}, "", errors.Join(s.refuse(ctx, SignInRefused, r), s.requests.giveUp(ctx, q))
	}
	if err != nil {
		return "", Session{}, "", fmt.Errorf("finish sign-in at %s: %w", q.provider, err)
	}
	if err := s.recordSignIn(ctx, started, who); err != nil {
		return "", Session{}, "", errors.Join(fmt.Errorf("finish sign-in at %s: %w", q.provider, err), s.Sessions.End(context.WithoutCancel(ctx), token))
	}
	return token, started, q.returnTo, nil
}

// believe decides whether the response may be believed. The error is a *Refused or a *saml.Refused when not.
func (s *SignOn) believe(ctx context.Context, q request, response string) (saml.Assertion, error) {
	p, err := s.Providers.Get(ctx, q.provider)
	if fault.Is(err, fault.NotFound) {
		return saml.Assertion{}, &Refused{Reason: ReasonUnknownProvider}
	}
	if err != nil {
		return saml.Assertion{}, err
	}
	if !p.Enabled() {
		return saml.Assertion{}, &Refused{Reason: ReasonDisabled}
	}
	return s.accept(ctx, p, q, response)
}

// accept passes the response to the gate. When no certificate fits its signature, the provider may have changed its keys without notice: then
// its metadata are fetched anew, at most once a minute, before it is refused.
func (s *SignOn) accept(ctx context.Context, p Provider, q request, response string) (saml.Assertion, error) {
	sp, err := s.serviceProvider(p)
	if err != nil {
		return saml.Assertion{}, err
	}
	a, err := sp.Accept(p.IDP, response, q.id, s.Now())
	if r, ok := errors.AsType[*saml.Refused](err); !ok || r.Reason != saml.Signature || !s.refreshed(ctx, p) {
		return a, err
	}
	if p, err = s.Providers.Get(ctx, p.Name); err != nil {
		return saml.Assertion{}, err
	}
	return sp.Accept(p.IDP, response, q.id, s.Now())
}

func (s *SignOn) refreshed(ctx context.Context, p Provider) bool {
	claimed, err := s.Providers.claim(ctx, time.Minute, p.Name)
	if err != nil || len(claimed) == 0 {
		return false
	}
	changed, err := s.Providers.Refresh(ctx, p.Name, nil)
	if err != nil {
		s.Logger.LogAttrs(ctx, slog.LevelWarn, "metadata of an identity provider could not be refreshed", slog.String("provider", p.Name), slog.Any("error", err))
	}
	return changed
}

// take decides who signs in with what, starts the session and consumes request and assertion, all in one transaction. It holds the provider as it is
// meanwhile: an operator who disables or changes it finds the session, and ends it, or the session does not begin.
func (s *SignOn) take(ctx context.Context, q request, a saml.Assertion) (who Identity, token string, started Session, err error) {
	tenants, err := s.Tenants.List(ctx)
	if err != nil {
		return Identity{}, "", Session{}, err
	}
	err = pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		p, err := hold(ctx, tx, q.provider)
		if err != nil {
			return err
		}
		st := Statement{NameID: a.NameID, SessionIndex: a.SessionIndex, Attributes: a.Attributes, Ends: a.SessionNotOnOrAfter}
		if who, err = p.Identify(st, tenants, s.Roles); err != nil {
			return err
		}
		if err := remember(ctx, tx, a.Issuer, a.ID, a.RememberUntil); err != nil {
			return err
		}
		if err := s.requests.consume(ctx, tx, q); err != nil {
			return err
		}
		token, started, err = s.Sessions.start(ctx, tx, who, q.browser)
		return err
	})
	return who, token, started, pg.Clean(err)
}

// recordSignIn writes a sign-in, and what its attributes said in vain, to the security log.
func (s *SignOn) recordSignIn(ctx context.Context, started Session, who Identity) error {
	perClass := map[string]int{}
	for _, r := range who.Rejections {
		perClass[r.Class]++
	}
	var refused []Event
	for _, r := range who.Rejections {
		if n := perClass[r.Class]; n > 0 {
			e := started.event(GrantRefused)
			e.Reason, e.Detail, e.Count = r.Class, r.Reason, n
			refused = append(refused, e)
			delete(perClass, r.Class)
		}
	}
	for _, e := range append(refused, started.event(SignedIn)) {
		if err := s.Events.Record(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// refuseOr is refuse for an error that may be a refusal; others pass.
func (s *SignOn) refuseOr(ctx context.Context, kind EventKind, err error, provider string) error {
	if r := refusal(err, provider); r != nil {
		return s.refuse(ctx, kind, r)
	}
	return err
}

// refuse writes a refusal to the security log and returns it with a sentence for the person.
func (s *SignOn) refuse(ctx context.Context, kind EventKind, r *Refused) error {
	err := s.Events.Record(ctx, Event{Kind: kind, Provider: r.Provider, Reason: r.Reason, Detail: r.Detail})
	if err != nil { // nothing was given to anybody, so the refusal stands
		s.Logger.LogAttrs(ctx, slog.LevelError, "a refusal is missing in the security log", slog.String("reason", r.Reason), slog.Any("error", err))
	}
	return r.forPeople()
}

// issuerOf returns the name of the enabled provider that a response says it comes from, "" for none. Nothing of the response is verified.
func (s *SignOn) issuerOf(ctx context.Context, response string) string {
	peeked, err := saml.Peek(response)
	if err != nil || peeked.Issuer == "" {
		return ""
	}
	p, err := s.Providers.byEntity(ctx, keyText(peeked.Issuer))
	if err != nil || !p.Enabled() {
		return ""
	}
	return p.Name
}

// localPath returns an address of this server, "/" for anything else: browsers take //host and \host for another server.
func localPath(s string) string {
	odd := strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c == '\\' || c > '~' })
	if odd || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || len(s) > maxReturn {
		return "/"
	}
	return s
}

// maxReturn is how long an address to return to may be.
const maxReturn = 4 << 10
