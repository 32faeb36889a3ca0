package web

import (
	"context"
	"net/url"
	"time"

	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/message"
	"scorehouse/internal/web/page/session"
)

// orSignIn is what a session that is not there means.
func orSignIn(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errSignIn
	}
	return err
}

// left is how long a session lasts, in whole seconds from now: what the script of the pages asks for.
type left struct {
	Idle int `json:"idle"`
	End  int `json:"end"`
}

func leftOf(x login.Session) left {
	return left{Idle: int(time.Until(x.IdleUntil).Seconds()), End: int(time.Until(x.Expires).Seconds())}
}

// sessionLeft tells how long the session lasts. Asking does not make it last longer.
func (s *Server) sessionLeft(_ context.Context, c *call) (answer, error) {
	return answer{data: leftOf(c.session)}, nil
}

// stay makes the session last as if a page had been opened now, and goes back to the page.
func (s *Server) stay(ctx context.Context, c *call) (answer, error) {
	x, err := s.sessions.Touch(ctx, tokenOf(c.Request, s.sessionCookieName()))
	if err != nil {
		return answer{}, orSignIn(err)
	}
	if s.asksJSON(c.Request) {
		return answer{data: leftOf(x)}, nil
	}
	to := localAddress(c.PostFormValue(layout.ReturnField))
	if to == "" {
		to = "/"
	}
	return answer{redirect: to}, nil
}

// sessionWarning is where browsers without script are led two minutes before the session ends. It leads on when that has happened.
func (s *Server) sessionWarning(_ context.Context, c *call) (answer, error) {
	back := localAddress(c.URL.Query().Get(layout.ReturnField))
	if back == "" {
		back = "/"
	}
	rest := min(time.Until(c.session.IdleUntil), time.Until(c.session.Expires))
	if rest > layout.Warning+time.Minute {
		return answer{redirect: back}, nil // another window has gone on
	}
	v := session.View{Frame: s.frame(c), Kind: session.EndsIdle, Minutes: int(rest.Round(time.Minute).Minutes()), Stay: layout.StayPath, Return: back,
		Again: layout.SignInPath + "?" + url.Values{layout.ReturnField: {back}, againField: {"1"}}.Encode()}
	if !c.session.IdleUntil.Before(c.session.Expires) {
		v.Kind = session.EndsHard
	}
	v.Frame.Session, v.Frame.Here = nil, layout.WarningPath+"?"+url.Values{layout.ReturnField: {back}}.Encode()
	over := layout.OverPath + "?" + url.Values{layout.ReturnField: {back}}.Encode()
	return answer{page: session.Page(v), refresh: refresh{rest + time.Second, over}}, nil
}

// signedOut says that nobody is signed in, and where to go on. It is also where a session that has ended leads.
func (s *Server) signedOut(_ context.Context, c *call) (answer, error) {
	view := message.View{Frame: s.frame(c), Kind: message.SignedOut}
	view.Next = message.Link{Address: signInAddress(c.URL.Query().Get(layout.ReturnField))}
	return answer{page: message.Page(view)}, nil
}
