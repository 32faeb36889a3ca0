package login

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/saml"
)

// rememberLogout is how long the id of a logout request is remembered: longer than any is believed.
const rememberLogout = time.Hour

// BeginLogout ends a session here and says how to end it at the identity provider too: more is false when there is nothing to do there. The
// session has ended even when an error is returned with it.
func (s *SignOn) BeginLogout(ctx context.Context, x Session) (out saml.Outgoing, more bool, err error) {
	ended, err := s.Sessions.Revoke(ctx, Filter{ID: x.ID})
	if err != nil {
		return saml.Outgoing{}, false, err
	}
	s.recordEnded(ctx, ended)
	p, err := s.Providers.Get(ctx, x.Provider)
	if fault.Is(err, fault.NotFound) || err == nil && (!p.Enabled() || x.NameID.Value == "" || p.IDP.SingleLogout.Location == "") {
		return saml.Outgoing{}, false, nil
	}
	if err != nil {
		return saml.Outgoing{}, false, err
	}
	sp, err := s.serviceProvider(p)
	if err != nil {
		return saml.Outgoing{}, false, err
	}
	q, err := s.requests.begin(ctx, signingOut, p.Name, "/", []byte{})
	if err != nil {
		return saml.Outgoing{}, false, err
	}
	if out, err = sp.LogoutRequest(p.IDP, q.id, x.NameID, x.SessionIndex, q.relayState, s.Now()); err != nil {
		return saml.Outgoing{}, false, fmt.Errorf("begin sign-out at %s: %w", p.Name, err)
	}
	return out, true, nil
}

// LogoutOutcome is what became of a logout message.
type LogoutOutcome struct {
	Answer   *saml.Outgoing // to send back through the browser; nil: tell the person about it
	Ended    []Session      // that a request of the provider has ended
	Complete bool           // the provider has ended its session as well
}

// Logout takes a logout message that a browser brought: a provider's request to end sessions, or its answer to one of ours. rawQuery is
// the query as it came, form the posted form. What is refused is a *Refused as Forbidden and stands in the security log.
func (s *SignOn) Logout(ctx context.Context, method, rawQuery string, form url.Values) (LogoutOutcome, error) {
	p, m, err := s.readLogout(ctx, method, rawQuery, form)
	if err != nil {
		return LogoutOutcome{}, s.refuseOr(ctx, SignOutRefused, err, p.Name)
	}
	if !m.Request {
		err := s.requests.finishSignOut(ctx, p.Name, m.InResponseTo)
		return LogoutOutcome{Complete: m.Success}, s.refuseOr(ctx, SignOutRefused, err, p.Name)
	}
	ended, err := s.endFor(ctx, p, m)
	if err != nil {
		return LogoutOutcome{}, s.refuseOr(ctx, SignOutRefused, err, p.Name)
	}
	s.recordEnded(ctx, ended)
	sp, err := s.serviceProvider(p)
	if err != nil {
		return LogoutOutcome{Ended: ended}, err
	}
	answer, err := sp.LogoutResponse(p.IDP, saml.NewID(), m.ID, m.RelayState, true, s.Now())
	if errors.Is(err, saml.ErrNoSingleLogout) {
		return LogoutOutcome{Ended: ended, Complete: true}, nil
	}
	return LogoutOutcome{Answer: &answer, Ended: ended, Complete: true}, err
}

func (s *SignOn) readLogout(ctx context.Context, method, rawQuery string, form url.Values) (Provider, saml.LogoutMessage, error) {
	peeked, err := saml.PeekLogout(method, rawQuery, form)
	if err != nil {
		return Provider{}, saml.LogoutMessage{}, err
	}
	p, err := s.Providers.byEntity(ctx, keyText(peeked.Issuer))
	if fault.Is(err, fault.NotFound) {
		return Provider{}, saml.LogoutMessage{}, &Refused{Reason: ReasonUnknownProvider}
	}
	if err != nil {
		return Provider{}, saml.LogoutMessage{}, err
	}
	if !p.Enabled() {
		return p, saml.LogoutMessage{}, &Refused{Reason: ReasonDisabled}
	}
	sp, err := s.serviceProvider(p)
	if err != nil {
		return p, saml.LogoutMessage{}, err
	}
	m, err := sp.ReadLogout(p.IDP, method, rawQuery, form, s.Now())
	return p, m, err
}

// endFor ends the sessions that a request names, once: a request that is brought a second time must not end a later session.
func (s *SignOn) endFor(ctx context.Context, p Provider, m saml.LogoutMessage) (ended []Session, err error) {
	err = pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
		if err := remember(ctx, tx, p.IDP.EntityID, m.ID, s.Now().Add(rememberLogout)); err != nil {
			return err
		}
		ended, err = s.Sessions.endByName(ctx, tx, p.Name, m.NameID, m.SessionIndex)
		return err
	})
	return ended, pg.Clean(err)
}

// recordEnded writes ended sessions to the security log. They have ended, whether it can be written or not.
func (s *SignOn) recordEnded(ctx context.Context, ended []Session) {
	for _, x := range ended {
		if err := s.Events.Record(ctx, x.event(SignedOut)); err != nil {
			s.Logger.LogAttrs(ctx, slog.LevelError, "a sign-out is missing in the security log", slog.Any("session", x), slog.Any("error", err))
		}
	}
}
