package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/web/page/message"
	"scorehouse/internal/web/page/signin"
)

// Demo lets whoever opens the page be one of these people. It exists in the demo only.
type Demo struct {
	People []login.Person
}

// Fields of the sign-in form.
const (
	personField = "person"
	returnField = "return"
)

// cookieName is the name of the session cookie. With TLS browsers keep a __Host- cookie from being set by anybody else; they
// refuse it on plain loopback.
func (s *Server) cookieName() string {
	if s.tls {
		return "__Host-scorehouse"
	}
	return "scorehouse"
}

func (s *Server) cookie(token string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: s.cookieName(), Value: token, Path: "/", MaxAge: maxAge, Secure: s.tls, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// sessionOf returns the session of a request, NotFound when there is none.
func (s *Server) sessionOf(r *http.Request) (login.Session, error) {
	c, err := r.Cookie(s.cookieName())
	if err != nil {
		return login.Session{}, fault.New(fault.NotFound, "You are not signed in.")
	}
	return s.sessions.Find(r.Context(), c.Value)
}

// signInFirst sends whoever is not signed in to the sign-in page and back afterwards. Where there is none, and for anything but
// reading, it says so.
func (s *Server) signInFirst(r *http.Request) answer {
	if s.demo == nil || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return answer{status: http.StatusUnauthorized, page: message.Page(message.View{Frame: s.frame(nil), Kind: message.SignInNeeded, Reference: traceOf(r.Context()).id})}
	}
	to := "/signin"
	if back := r.URL.RequestURI(); back != "/" {
		to += "?" + url.Values{returnField: {back}}.Encode()
	}
	return answer{redirect: to}
}

// signInPage offers the people of the demo.
func (s *Server) signInPage(_ context.Context, c *call) (answer, error) {
	view := signin.View{Frame: s.frame(nil), Action: "/signin", Field: personField, Return: localAddress(c.URL.Query().Get(returnField))}
	for i, p := range s.demo.People {
		view.People = append(view.People, signin.Person{Key: strconv.Itoa(i + 1), Name: p.Name, Role: p.Title, Sees: p.Sees})
	}
	return answer{page: signin.Page(view)}, nil
}

// signIn starts a session for one of the people of the demo. A session the browser already has ends.
func (s *Server) signIn(ctx context.Context, c *call) (answer, error) {
	if err := c.ParseForm(); err != nil {
		return answer{}, fault.Wrap(fault.Invalid, err, "The form could not be read.")
	}
	n, err := strconv.Atoi(c.PostForm.Get(personField))
	if err != nil || n < 1 || n > len(s.demo.People) {
		return answer{}, fault.New(fault.Invalid, "Choose one of the people on the sign-in page.")
	}
	if old, err := c.Cookie(s.cookieName()); err == nil {
		if err := s.sessions.End(ctx, old.Value); err != nil {
			return answer{}, err
		}
	}
	token, err := s.sessions.Start(ctx, s.demo.People[n-1])
	if err != nil {
		return answer{}, err
	}
	to := localAddress(c.PostForm.Get(returnField))
	if to == "" {
		to = "/"
	}
	return answer{redirect: to, cookie: s.cookie(token, 0)}, nil
}

// signOut ends the session, if there is one.
func (s *Server) signOut(ctx context.Context, c *call) (answer, error) {
	if old, err := c.Cookie(s.cookieName()); err == nil {
		if err := s.sessions.End(ctx, old.Value); err != nil {
			return answer{}, err
		}
	}
	to := "/"
	if s.demo != nil {
		to = "/signin"
	}
	return answer{redirect: to, cookie: s.cookie("", -1)}, nil
}

// localAddress returns an address of this server to go back to, "" for anything else: browsers take //host and \host for
// another server.
func localAddress(s string) string {
	u, err := url.Parse(s)
	odd := strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c == '\\' || c > '~' })
	if err != nil || odd || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") {
		return ""
	}
	s, _, _ = strings.Cut(s, "#")
	return s // as it came: encoding it anew could make //host of /%2Fhost
}
