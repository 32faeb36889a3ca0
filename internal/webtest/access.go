package webtest

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Guarded is a page to try the negative cases on. The page is of Tamarack.
type Guarded struct {
	Path    string // for StateReader, who may see it
	Missing []string
	// Student pages show students: those of school 0117 in district 0042.
	Students bool
	// Secret says that nobody who may not see the page may learn whether it exists: it then answers like the Missing ones.
	Secret bool
}

// Access runs the cases that every page must pass: no session, a session that has ended, another tenant, and for pages of
// students another school with the same code and a person without students; and addresses of things that do not exist. It
// also makes sure that no answer names a student. The sites of both tenants hold the same codes, so an answer that forgets the
// tenant would show something.
func Access(t *testing.T, site *Site, g Guarded) {
	t.Helper()
	names := studentNames(t, site)
	refused := func(t *testing.T, p *Page, statuses ...int) {
		t.Helper()
		ok := false
		for _, s := range statuses {
			ok = ok || p.Status == s
		}
		if !ok {
			t.Errorf("%s: status %d, want one of %v", p.path, p.Status, statuses)
		}
		for _, name := range names {
			if strings.Contains(p.Body, name) {
				t.Errorf("%s: the answer names a student", p.path)
			}
		}
	}
	t.Run("the person who may see it does", func(t *testing.T) {
		if p := site.As(t, StateReader).Get(g.Path); p.Status != http.StatusOK {
			t.Errorf("status %d, want 200", p.Status)
		}
	})
	t.Run("no session", func(t *testing.T) {
		p := site.Anonymous(t).Get(g.Path)
		refused(t, p, http.StatusSeeOther)
		if want := "/signin?" + (url.Values{"return": {g.Path}}).Encode(); p.Location() != want {
			t.Errorf("leads to %s, want %s", p.Location(), want)
		}
	})
	t.Run("a session that has ended", func(t *testing.T) {
		b := site.As(t, StateReader)
		for _, c := range b.Cookies() {
			hash := sha256.Sum256([]byte(c.Value))
			if _, err := site.Control.Exec(t.Context(), `update login.session set expires_at = now() - interval '1 second' where token_hash = $1`, hash[:]); err != nil {
				t.Fatal(err)
			}
		}
		refused(t, b.Get(g.Path), http.StatusSeeOther)
	})
	t.Run("a person of another tenant", func(t *testing.T) {
		refused(t, site.As(t, OtherTenant).Get(g.Path), http.StatusNotFound)
	})
	if g.Students {
		for _, who := range []string{OtherSchool, AggregateOnly} {
			t.Run("students are not for "+who, func(t *testing.T) {
				p := site.As(t, who).Get(g.Path)
				if !g.Secret {
					refused(t, p, http.StatusForbidden)
					return
				}
				refused(t, p, http.StatusNotFound)
				for _, missing := range g.Missing {
					if q := site.As(t, who).Get(missing); withoutReference(q) != withoutReference(p) {
						t.Errorf("the answer differs from the one for something that does not exist:\n%s\n%s", withoutReference(p), withoutReference(q))
					}
				}
			})
		}
	}
	t.Run("things that do not exist", func(t *testing.T) {
		b := site.As(t, StateReader)
		for _, path := range g.Missing {
			refused(t, b.Get(path), http.StatusNotFound)
		}
	})
}

// withoutReference returns the body without the reference of the request and the name of the person.
func withoutReference(p *Page) string {
	return strings.ReplaceAll(p.Body, p.Header.Get("X-Request-Id"), "REFERENCE")
}

// studentNames returns the last names and codes of the students of Tamarack.
func studentNames(t testing.TB, site *Site) []string {
	t.Helper()
	var names []string
	err := site.Tamarack.QueryRow(t.Context(), `select array_agg(distinct x) from (select last_name from student union select code from student) as s (x)`).Scan(&names)
	if err != nil {
		t.Fatal(err)
	}
	return names
}
