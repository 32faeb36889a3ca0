package demoidp

import (
	"bytes"
	_ "embed"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"scorehouse/internal/web/static"
)

// cookieName is the cookie of the provider's own session. It is a session at this provider, not at the product.
const cookieName = "demo-identity-provider"

var (
	//go:embed demoidp.css
	sheet []byte
	//go:embed post.js
	postScript []byte
)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metadata", s.serveMetadata)
	mux.HandleFunc("GET /sso", s.offer)
	mux.HandleFunc("POST /sso", s.choose)
	mux.HandleFunc("GET /slo", s.signOut)
	mux.HandleFunc("POST /logout", s.signOutEverywhere)
	mux.HandleFunc("GET /{$}", s.home)
	mux.Handle("GET "+static.Prefix, static.Handler())
	mux.HandleFunc("GET /demoidp.css", file("text/css; charset=utf-8", sheet))
	mux.HandleFunc("GET /post.js", file("text/javascript; charset=utf-8", postScript))
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	})
}

func file(kind string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(body)
	}
}

// send renders a page. Forms may lead to this provider and to the service provider, nowhere else.
func (s *Server) send(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	var body bytes.Buffer
	if err := page.Render(r.Context(), &body); err != nil {
		s.config.Logger.Error("demo identity provider: render", "error", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' "+
		originOf(s.config.Service))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// fail answers what cannot be done. The log has the reason.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, status int, err error) {
	s.config.Logger.LogAttrs(r.Context(), slog.LevelWarn, "demo identity provider: refused", slog.String("path", r.URL.Path), slog.Any("error", err))
	s.send(w, r, status, note(words.failed, words.failedText, originOf(s.config.Service)))
}

func (s *Server) serveMetadata(w http.ResponseWriter, r *http.Request) {
	text, err := s.metadata()
	if err != nil {
		s.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	_, _ = w.Write(text)
}

// offer shows the people, for a request that the service provider has signed.
func (s *Server) offer(w http.ResponseWriter, r *http.Request) {
	sp, err := s.service(r.Context())
	if err != nil {
		s.fail(w, r, http.StatusBadGateway, err)
		return
	}
	m, err := parseRedirect(r.URL.RawQuery, "SAMLRequest", sp)
	if err != nil || m.root.Tag != "AuthnRequest" {
		s.fail(w, r, http.StatusBadRequest, fmt.Errorf("sign-in: %w", err))
		return
	}
	until := s.now().Add(requestTime)
	name := remember(s, s.pending, request{m.root.SelectAttrValue("ID", ""), m.relayState, sp, until}, func(q request) time.Time { return q.until })
	s.send(w, r, http.StatusOK, choose(name, s.config.People))
}

// choose signs one of the people in and sends the browser back with a signed response.
func (s *Server) choose(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	name := r.PostFormValue("request")
	s.mu.Lock()
	asked, ok := s.pending[name]
	delete(s.pending, name)
	s.mu.Unlock()
	if !ok || asked.until.Before(s.now()) {
		s.fail(w, r, http.StatusBadRequest, fmt.Errorf("sign-in: nobody asked, or it was long ago"))
		return
	}
	for _, p := range s.config.People {
		if p.Key != r.PostFormValue("person") {
			continue
		}
		in := session{person: p, nameID: newID(), index: newID(), until: s.now().Add(sessionTime)}
		text, err := s.response(asked, in)
		if err != nil {
			s.fail(w, r, http.StatusInternalServerError, err)
			return
		}
		cookie := remember(s, s.sessions, in, func(x session) time.Time { return x.until })
		http.SetCookie(w, &http.Cookie{Name: cookieName, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		s.send(w, r, http.StatusOK, handOver(asked.service.assertionConsumer, text, asked.relayState))
		return
	}
	s.fail(w, r, http.StatusBadRequest, fmt.Errorf("sign-in: nobody of that name"))
}

// signOut ends the session that the service provider names, or shows that it has ended ours.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request) {
	sp, err := s.service(r.Context())
	if err != nil {
		s.fail(w, r, http.StatusBadGateway, err)
		return
	}
	if r.URL.Query().Has("SAMLResponse") {
		if _, err := parseRedirect(r.URL.RawQuery, "SAMLResponse", sp); err != nil {
			s.fail(w, r, http.StatusBadRequest, fmt.Errorf("logout: %w", err))
			return
		}
		s.send(w, r, http.StatusOK, note(words.signedOut, words.signedOutText, originOf(s.config.Service)))
		return
	}
	m, err := parseRedirect(r.URL.RawQuery, "SAMLRequest", sp)
	if err != nil || m.root.Tag != "LogoutRequest" {
		s.fail(w, r, http.StatusBadRequest, fmt.Errorf("logout: %w", err))
		return
	}
	if id := m.root.SelectElement("NameID"); id != nil {
		s.end(id.Text())
	}
	s.clear(w)
	to, err := s.redirectTo(sp.singleLogout, "SAMLResponse", s.logoutResponse(sp, m.root.SelectAttrValue("ID", "")), m.relayState)
	if err != nil {
		s.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// signOutEverywhere ends this browser's session here and asks the service provider to end its own.
func (s *Server) signOutEverywhere(w http.ResponseWriter, r *http.Request) {
	in, ok := s.sessionOf(r)
	s.clear(w)
	if !ok {
		s.send(w, r, http.StatusOK, note(words.signedOut, words.signedOutText, originOf(s.config.Service)))
		return
	}
	s.end(in.nameID)
	sp, err := s.service(r.Context())
	if err != nil || sp.singleLogout == "" {
		s.fail(w, r, http.StatusBadGateway, fmt.Errorf("logout: %w", err))
		return
	}
	to, err := s.redirectTo(sp.singleLogout, "SAMLRequest", s.logoutRequest(sp, in), "")
	if err != nil {
		s.fail(w, r, http.StatusInternalServerError, err)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// home says what this is, and who is signed in here.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	in, ok := s.sessionOf(r)
	name := ""
	if ok {
		name = in.person.Name
	}
	s.send(w, r, http.StatusOK, home(name, originOf(s.config.Service)))
}

func (s *Server) sessionOf(r *http.Request) (session, bool) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return session{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in, ok := s.sessions[c.Value]
	return in, ok && in.until.After(s.now())
}

func (s *Server) end(nameID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, in := range s.sessions {
		if in.nameID == nameID {
			delete(s.sessions, k)
		}
	}
}

func (s *Server) clear(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
