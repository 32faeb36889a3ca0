package login_test

import (
	"bytes"
	"encoding/base64"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

var rosa = login.Person{
	Name: "Rosa Delgado", Title: "Teacher", Sees: "The students of one school.",
	Grants: access.Grants{{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"}},
}

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func sessions(t *testing.T) (*login.Sessions, *clock, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.New(t, schema.Control)
	if _, err := pool.Exec(t.Context(), `insert into tenant.tenant (tenant, state_code, name) values ('tamarack', 'TK', 'State of Tamarack')`); err != nil {
		t.Fatal(err)
	}
	c := &clock{at: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)}
	return login.NewSessions(pool, time.Hour, c.now), c, pool
}

func TestASessionLastsFromSigningInToItsEnd(t *testing.T) {
	t.Parallel()
	s, clock, _ := sessions(t)
	token, err := s.Start(t.Context(), rosa)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Find(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	want := login.Session{Tenant: "tamarack", Name: rosa.Name, Title: rosa.Title, Grants: rosa.Grants, Expires: clock.at.Add(time.Hour)}
	got.Expires = got.Expires.UTC()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}

	clock.at = clock.at.Add(time.Hour)
	if _, err := s.Find(t.Context(), token); !fault.Is(err, fault.NotFound) {
		t.Errorf("after its lifetime: %v, want not found", err)
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	t.Parallel()
	s, _, _ := sessions(t)
	token, err := s.Start(t.Context(), rosa)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time changes nothing
		if err := s.End(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Find(t.Context(), token); !fault.Is(err, fault.NotFound) {
		t.Errorf("after signing out: %v, want not found", err)
	}
}

func TestTheTableDoesNotHoldTheToken(t *testing.T) {
	t.Parallel()
	s, _, pool := sessions(t)
	token, err := s.Start(t.Context(), rosa)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 32 {
		t.Fatalf("token is %d bytes (%v), want 32 in base64url", len(raw), err)
	}
	var stored []byte
	if err := pool.QueryRow(t.Context(), `select token_hash from session.session`).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(stored, raw) || bytes.Contains(stored, []byte(token)) {
		t.Error("the stored hash holds the token")
	}
}

func TestSessionsThatEndedAreClearedAwayAtTheNextSignIn(t *testing.T) {
	t.Parallel()
	s, clock, pool := sessions(t)
	for range 2 {
		if _, err := s.Start(t.Context(), rosa); err != nil {
			t.Fatal(err)
		}
		clock.at = clock.at.Add(2 * time.Hour)
	}
	var n int
	if err := pool.QueryRow(t.Context(), `select count(*) from session.session`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	if n != 1 {
		t.Errorf("%d sessions are stored, want 1", n)
	}
}

func TestAnUnknownTokenIsNobody(t *testing.T) {
	t.Parallel()
	s, _, _ := sessions(t)
	for _, token := range []string{"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if _, err := s.Find(t.Context(), token); !fault.Is(err, fault.NotFound) {
			t.Errorf("token %q: %v, want not found", token, err)
		}
	}
}

func TestAPersonWithoutATenantCannotSignIn(t *testing.T) {
	t.Parallel()
	s, _, _ := sessions(t)
	for name, grants := range map[string]access.Grants{
		"no grant":    nil,
		"two tenants": {{Role: access.PII, Tenant: "tamarack"}, {Role: access.PII, Tenant: "other"}},
	} {
		if _, err := s.Start(t.Context(), login.Person{Name: "X", Grants: grants}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}
