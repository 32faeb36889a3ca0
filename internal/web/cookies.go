package web

import (
	"net/http"
	"net/url"
	"strings"

	"scorehouse/internal/login"
)

// Cookies. The session's is Lax: the person's own clicks send it, forms of other sites do not. With TLS browsers keep a __Host- cookie from being set
// by anybody else; on the plain loopback they would refuse it. The browser's own cookie must come along with the answer that an identity
// provider's page posts, so it is SameSite=None, and therefore Secure; browsers take the loopback for trustworthy. It says which browser
// began a sign-in and opens nothing by itself.
const (
	secureSessionCookie = "__Host-scorehouse"
	plainSessionCookie  = "scorehouse"
	browserCookie       = "__Host-scorehouse-browser"
)

func (s *Server) sessionCookieName() string {
	if s.secure {
		return secureSessionCookie
	}
	return plainSessionCookie
}

func (s *Server) sessionCookie(token string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: s.sessionCookieName(), Value: token, Path: "/", MaxAge: maxAge, Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func browserCookieWith(value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: browserCookie, Value: value, Path: "/", MaxAge: maxAge, Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode}
}

// tokenOf returns what a cookie of a request holds, "" when there is none.
func tokenOf(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// sessionOf returns the session of a request, errSignIn when there is none. Quiet requests do not count as its use.
func (s *Server) sessionOf(r *http.Request, quiet bool) (login.Session, error) {
	token := tokenOf(r, s.sessionCookieName())
	if token == "" {
		return login.Session{}, errSignIn
	}
	find := s.sessions.Find
	if quiet {
		find = s.sessions.Peek
	}
	x, err := find(r.Context(), token)
	return x, orSignIn(err)
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
