package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/message"
	"scorehouse/internal/words"
)

// Answers that are the same wherever they are given.
var (
	// errNoSuchPage is the answer for addresses that lead nowhere, for states that the person has no grant in, and for students who do not exist
	// or are outside the grants: one answer, the same bytes.
	errNoSuchPage = fault.New(fault.NotFound, "There is no such page.")

	errSignIn       = fault.New(fault.Forbidden, "Sign in first.")
	errNoRole       = fault.New(fault.Forbidden, "Your account has no role here.")
	errNotPermitted = &sentence{fault.New(fault.Forbidden, "Your roles do not permit this."), func(w *words.Words) string { return w.Message.NotPermitted() }}
	errInsecure     = fault.New(fault.Forbidden, "This connection is not protected by TLS.")
	errOtherHost    = fault.New(fault.Forbidden, "This is not the address of Scorehouse.")
	errTooOften     = fault.New(fault.Forbidden, "Too many requests came from your address.")
	errTooMany      = fault.New(fault.Forbidden, "Too many requests came from your address.")
	errNotOpened    = fault.New(fault.Forbidden, "This address is opened as a page only.")
	errOtherSite    = &sentence{fault.New(fault.Forbidden, "This form was sent from another site."), func(w *words.Words) string { return w.Message.OtherSite() }}
)

// statusClientGone is what the log shows for a reader who left before the answer.
const statusClientGone = 499

// problem turns an error into an answer: a page for people, problem details (RFC 9457) for callers that ask for JSON. What they read is the
// fault's sentence, and only for kinds that somebody can do something about; the rest is in the log under the answer's reference.
func (s *Server) problem(r *http.Request, c *call, err error) answer {
	ctx, kind := r.Context(), fault.KindOf(err)
	if kind == fault.Internal && pg.Retryable(err) {
		kind = fault.Unavailable // a database that is away comes back
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return answer{status: statusClientGone, problem: true}
	}
	reference, status := traceOf(ctx).id, kind.Status()
	if status >= http.StatusInternalServerError {
		s.logger.LogAttrs(ctx, slog.LevelError, "request failed", slog.String("request_id", reference), slog.String("route", traceOf(ctx).route.Pattern),
			slog.String("kind", string(kind)), slog.Any("error", err))
	}
	view := message.View{Frame: s.problemFrame(r, c), Kind: message.Failed, Reference: reference}
	a, detail := answer{status: status, problem: true}, ""
	switch {
	case err == errSignIn:
		if !s.asksJSON(r) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			return answer{redirect: signInAddress(r.URL.RequestURI()), problem: true}
		}
		a.status, view.Kind = http.StatusUnauthorized, message.SignInNeeded
		view.Next = message.Link{Address: layout.SignInPath}
	case err == errNoSuchPage:
		view.Kind = message.NotFound // whose words say it already
	case err == errNoRole:
		view.Kind = message.NoRole
		view.Next = message.Link{Address: layout.SignInPath + "?" + againField + "=1"}
	case err == errInsecure:
		view.Kind = message.Insecure
	case err == errOtherHost:
		a.status, view.Kind = http.StatusMisdirectedRequest, message.OtherHost
		view.Next = message.Link{Address: s.address}
	case err == errTooOften:
		a.status, view.Kind = http.StatusTooManyRequests, message.TooOften
		view.Next = message.Link{Address: layout.SignInPath}
	case err == errTooMany:
		a.status, view.Kind = http.StatusTooManyRequests, message.TooMany
	case kind == fault.NotFound:
		view.Kind, view.Detail = message.NotFound, sentenceOf(err, view.Frame.Say())
	case kind == fault.Forbidden:
		view.Kind, view.Detail = message.Forbidden, sentenceOf(err, view.Frame.Say())
	case kind == fault.Invalid:
		view.Kind, view.Detail = message.NotUnderstood, sentenceOf(err, view.Frame.Say())
	case kind == fault.Unavailable:
		view.Kind = message.Unavailable
	}
	if a.status < http.StatusInternalServerError {
		detail = fault.Message(err)
	}
	if s.asksJSON(r) {
		a.data, a.kind = details{"about:blank", http.StatusText(a.status), a.status, detail, reference}, "application/problem+json"
		return a
	}
	a.page = message.Page(view)
	return a
}

// problemFrame is the frame of every problem of a person: it depends on nothing that was asked for, and since the page shows nothing of
// anybody, it needs no warning before the session's end. A change of language leads from it to the start page.
func (s *Server) problemFrame(r *http.Request, c *call) layout.Frame {
	of := &call{Request: r}
	if c != nil {
		of.session = c.session
	}
	f := s.frame(of)
	f.Session, f.Here = nil, ""
	return f
}

// sentenceOf returns what people read about an error in their language; empty when there are no words for it there.
func sentenceOf(err error, w *words.Words) string {
	if said, ok := errors.AsType[*sentence](err); ok {
		return said.say(w)
	}
	if w.Language.Code != words.For("").Language.Code {
		return "" // the sentences of faults are English; the page says enough without
	}
	return fault.Message(err)
}

// details are problem details for programs. The type is about:blank: the status says it all.
type details struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	Reference string `json:"reference"` // of the request, in our logs
}

// asksJSON reports whether a request is answered with JSON.
func (s *Server) asksJSON(r *http.Request) bool {
	return wantsJSON(r, traceOf(r.Context()).route.Caller == Program)
}

// signInAddress signs in and comes back to an address of ours.
func signInAddress(back string) string {
	if back = localAddress(back); back == "" || back == "/" {
		return layout.SignInPath
	}
	return layout.SignInPath + "?" + url.Values{layout.ReturnField: {back}}.Encode()
}

// nothing answers addresses that lead nowhere.
func (s *Server) nothing(context.Context, *call) (answer, error) {
	return answer{}, errNoSuchPage
}

// denyCrossOrigin answers forms that another site sent. Anybody can send them, so not all are recorded when one address sends many.
func (s *Server) denyCrossOrigin(w http.ResponseWriter, r *http.Request) {
	if _, ok := s.refusals.Allow(r.Context(), traceOf(r.Context()).client, 1); ok {
		s.note(&call{Request: r}, audit.Event{Kind: audit.RequestRefused, Outcome: audit.Refused, Reason: "cross_origin"})
	}
	s.send(w, r, nil, s.problem(r, nil, errOtherSite))
}
