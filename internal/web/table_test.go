package web_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/web"
)

func newServer(t *testing.T) *web.Server {
	t.Helper()
	s, err := web.New(web.Options{Secret: make([]byte, web.SecretBytes)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryRouteIsInTheTable(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var table []string
	for _, r := range s.Routes() {
		table = append(table, r.Pattern)
	}
	slices.Sort(table)
	if diff := cmp.Diff(table, s.MuxPatterns()); diff != "" {
		t.Errorf("the table and what is answered differ (-table +answered):\n%s", diff)
	}
}

// What must hold of every line of the table, whoever adds it.
func TestEveryLineOfTheTableIsWhole(t *testing.T) {
	t.Parallel()
	for _, r := range newServer(t).Routes() {
		if r.Caller == "" || r.Audience != web.Anyone && r.Audience != web.Session {
			t.Errorf("%s: no caller or audience", r.Pattern)
		}
		if r.Permission != "" && (r.Audience != web.Session || r.Place == web.NoState || !slices.Contains(access.AllPermissions, r.Permission)) {
			t.Errorf("%s: a permission needs a session, a place, and to be one there is", r.Pattern)
		}
		if r.Permission != "" && r.Permission.OpensStudents() && r.Audited != audit.StudentRead && r.Audited != audit.StudentExport {
			t.Errorf("%s: shows students and is recorded as %q", r.Pattern, r.Audited)
		}
		if r.Audited != "" && (r.Permission == "" || r.Audited.Stream() != audit.Audit) {
			t.Errorf("%s: what is recorded needs a permission and a kind of the audit stream", r.Pattern)
		}
	}
}
