package login_test

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/saml"
	"scorehouse/internal/schema"
	"scorehouse/internal/tenant"
)

var rosa = login.Identity{
	Provider: "district", UserID: "guid-1", LoginName: "rosa", Name: "Rosa Delgado",
	Grants:       access.Grants{{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"}, {Role: access.General, Tenant: "hemlock"}},
	NameID:       saml.NameID{Value: "_transient-1", Format: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
	SessionIndex: "index-1",
}

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

const (
	idle     = 20 * time.Minute
	lifetime = time.Hour
)

// control returns a control database with two tenants.
func control(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool := pgtest.New(t, schema.Control)
	if _, err := pool.Exec(t.Context(), `insert into tenant.tenant (tenant, state_code, name) values
		('tamarack', 'TK', 'State of Tamarack'), ('hemlock', 'HM', 'State of Hemlock')`); err != nil {
		t.Fatal(err)
	}
	return pool
}

func sessions(t *testing.T) (*login.Sessions, *clock, *pgxpool.Pool) {
	t.Helper()
	pool := control(t)
	c := &clock{at: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)}
	return login.OpenSessions(login.Config{Pool: pgtest.As(t, pool, pg.Web), Idle: idle, Lifetime: lifetime, Now: c.now}), c, pool
}

func signIn(t *testing.T, s *login.Sessions, who login.Identity) string {
	t.Helper()
	token, _, err := s.SignIn(t.Context(), who, "")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func gone(t *testing.T, s *login.Sessions, token, when string) {
	t.Helper()
	for name, ask := range map[string]func() (login.Session, error){
		"find":  func() (login.Session, error) { return s.Find(t.Context(), token) },
		"peek":  func() (login.Session, error) { return s.Peek(t.Context(), token) },
		"touch": func() (login.Session, error) { return s.Touch(t.Context(), token) },
	} {
		if _, err := ask(); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %s gives %v, want not found", when, name, err)
		}
	}
}

func TestASessionSaysWhoSignedInAndWhenItEnds(t *testing.T) {
	t.Parallel()
	s, clock, _ := sessions(t)
	token, started, err := s.SignIn(t.Context(), rosa, "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Find(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	want := login.Session{
		Provider: "district", UserID: "guid-1", Name: "Rosa Delgado", Grants: rosa.Grants, Started: clock.at, LastSeen: clock.at,
		IdleUntil: clock.at.Add(idle), Expires: clock.at.Add(lifetime), NameID: rosa.NameID, SessionIndex: "index-1",
	}
	same := cmp.Options{cmpopts.IgnoreFields(login.Session{}, "ID"), cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) })}
	for name, x := range map[string]login.Session{"started": started, "found": got} {
		if diff := cmp.Diff(want, x, same); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]tenant.ID{"hemlock", "tamarack"}, got.Tenants()); diff != "" || got.ID == "" || got.ID != started.ID || strings.Contains(token, got.ID) {
		t.Errorf("tenants (-want +got):\n%s\nid %q, %q", diff, got.ID, started.ID)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "session", got)
	if strings.Contains(log.String(), "Rosa") || strings.Contains(log.String(), "transient-1") || !strings.Contains(log.String(), got.ID) {
		t.Errorf("a logged session shows %s", log.String())
	}
}

func TestUseKeepsASessionAliveUntilItsAbsoluteEnd(t *testing.T) {
	t.Parallel()
	s, clock, _ := sessions(t)
	token := signIn(t, s, rosa)
	begun := clock.at
	for clock.at.Before(begun.Add(lifetime - idle)) {
		clock.at = clock.at.Add(idle - time.Second)
		x, err := s.Find(t.Context(), token)
		if err != nil {
			t.Fatalf("%v after signing in: %v", clock.at.Sub(begun), err)
		}
		if want := clock.at.Add(idle); want.Before(begun.Add(lifetime)) && !x.IdleUntil.Equal(want) {
			t.Errorf("idle until %v, want %v", x.IdleUntil, want)
		}
		if x.IdleUntil.After(x.Expires) {
			t.Errorf("idle until %v, after the end %v", x.IdleUntil, x.Expires)
		}
	}
	clock.at = begun.Add(lifetime)
	gone(t, s, token, "at the absolute end")
}

func TestASessionWithoutUseEnds(t *testing.T) {
	t.Parallel()
	s, clock, _ := sessions(t)
	token := signIn(t, s, rosa)
	clock.at = clock.at.Add(idle)
	gone(t, s, token, "after the idle time")
}

func TestUseIsWrittenDownOnceAMinuteAtMost(t *testing.T) {
	t.Parallel()
	s, clock, _ := sessions(t)
	token := signIn(t, s, rosa)
	begun := clock.at
	for _, c := range []struct {
		name string
		ask  func() (login.Session, error)
		at   time.Duration
		seen time.Duration // as it is said afterwards
	}{
		{"use within the minute", func() (login.Session, error) { return s.Find(t.Context(), token) }, 59 * time.Second, 0},
		{"a look", func() (login.Session, error) { return s.Peek(t.Context(), token) }, 2 * time.Minute, 0},
		{"use", func() (login.Session, error) { return s.Find(t.Context(), token) }, 2 * time.Minute, 2 * time.Minute},
		{"asking to stay", func() (login.Session, error) { return s.Touch(t.Context(), token) }, 2*time.Minute + time.Second, 2*time.Minute + time.Second},
	} {
		clock.at = begun.Add(c.at)
		x, err := c.ask()
		if err != nil || !x.LastSeen.Equal(begun.Add(c.seen)) {
			t.Errorf("%s: seen at %v, %v; want %v", c.name, x.LastSeen, err, begun.Add(c.seen))
		}
	}
}

func TestAProviderMayEndASessionEarlier(t *testing.T) {
	t.Parallel()
	s, clock, _ := sessions(t)
	who := rosa
	who.Ends = clock.at.Add(5 * time.Minute)
	token := signIn(t, s, who)
	clock.at = clock.at.Add(5 * time.Minute)
	gone(t, s, token, "at the end the provider wanted")
}

func TestSigningInEndsTheBrowsersSessionBefore(t *testing.T) {
	t.Parallel()
	s, _, _ := sessions(t)
	first := signIn(t, s, rosa)
	second, _, err := s.SignIn(t.Context(), rosa, first)
	if err != nil {
		t.Fatal(err)
	}
	gone(t, s, first, "after signing in anew")
	if _, err := s.Find(t.Context(), second); err != nil || first == second {
		t.Errorf("the new session: %v", err)
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	t.Parallel()
	s, _, _ := sessions(t)
	token := signIn(t, s, rosa)
	for range 2 { // the second time changes nothing
		if err := s.End(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	gone(t, s, token, "after signing out")
}

func TestTheTableDoesNotHoldTheToken(t *testing.T) {
	t.Parallel()
	s, _, pool := sessions(t)
	token := signIn(t, s, rosa)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 32 {
		t.Fatalf("token is %d bytes (%v), want 32 in base64url", len(raw), err)
	}
	var row string
	if err := pool.QueryRow(t.Context(), `select x::text from login.session x`).Scan(&row); err != nil {
		t.Fatal(err)
	}
	var stored []byte
	if err := pool.QueryRow(t.Context(), `select token_hash from login.session`).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(row, token) || bytes.Contains(stored, raw) {
		t.Error("the table holds the token")
	}
}

func TestSessionsThatEndedAreClearedAwayAtTheNextSignIn(t *testing.T) {
	t.Parallel()
	s, clock, pool := sessions(t)
	for range 2 {
		signIn(t, s, rosa)
		clock.at = clock.at.Add(2 * time.Hour)
	}
	var n int
	if err := pool.QueryRow(t.Context(), `select count(*) from login.session`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	if n != 1 {
		t.Errorf("%d sessions are stored, want 1", n)
	}
}

func TestAnUnknownTokenIsNobody(t *testing.T) {
	t.Parallel()
	s, _, _ := sessions(t)
	for _, token := range []string{"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\x00", "\xff"} {
		gone(t, s, token, "token "+token)
	}
}

func TestAPersonWithoutAnyRoleIsSignedInAndSeesNothing(t *testing.T) {
	t.Parallel()
	s, _, _ := sessions(t)
	x, err := s.Find(t.Context(), signIn(t, s, login.Identity{Provider: "district", UserID: "nobody", Name: "Nobody"}))
	if err != nil || len(x.Tenants()) != 0 || x.Grants.May(access.ViewAggregates, "tamarack") {
		t.Errorf("got %+v, %v", x, err)
	}
}

func TestRevokedSessionsEndAtOnceOnEveryServer(t *testing.T) {
	t.Parallel()
	who := func(provider, id string, ids ...tenant.ID) login.Identity {
		x := login.Identity{Provider: provider, UserID: id, LoginName: id + "@example.org", Name: id}
		for _, tenant := range ids {
			x.Grants = append(x.Grants, access.Grant{Role: access.General, Tenant: tenant})
		}
		return x
	}
	people := []login.Identity{
		who("one", "ada", "tamarack"), who("one", "ben", "tamarack", "hemlock"), who("two", "ada", "hemlock"), who("two", "eve"),
	}
	for name, c := range map[string]struct {
		filter login.Filter
		ends   []int // of people
	}{
		"by id of the person":  {login.Filter{User: "ada"}, []int{0, 2}},
		"by name":              {login.Filter{User: "ben@example.org"}, []int{1}},
		"by tenant":            {login.Filter{Tenant: "hemlock"}, []int{1, 2}},
		"by provider":          {login.Filter{Provider: "two"}, []int{2, 3}},
		"by person and tenant": {login.Filter{User: "ada", Tenant: "tamarack"}, []int{0}},
		"of nobody":            {login.Filter{User: "zoe"}, nil},
		"one session":          {login.Filter{ID: "filled in below"}, []int{3}},
		"all":                  {login.Filter{}, []int{0, 1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, clock, pool := sessions(t)
			other := login.OpenSessions(login.Config{Pool: pool, Idle: idle, Lifetime: lifetime, Now: clock.now}) // another server
			var tokens, ids []string
			for _, p := range people {
				token, x, err := s.SignIn(t.Context(), p, "")
				if err != nil {
					t.Fatal(err)
				}
				if _, err := other.Find(t.Context(), token); err != nil {
					t.Fatal(err)
				}
				tokens, ids = append(tokens, token), append(ids, x.ID)
			}
			if c.filter.ID != "" {
				c.filter.ID = ids[3]
			}
			listed, err := s.List(t.Context(), c.filter)
			if err != nil || len(listed) != len(c.ends) {
				t.Errorf("listed %v, %v; want %d", listed, err, len(c.ends))
			}
			revoke := func() ([]login.Session, error) { return s.Revoke(t.Context(), c.filter) }
			if c.filter == (login.Filter{}) {
				if _, err := revoke(); !fault.Is(err, fault.Invalid) {
					t.Errorf("a filter without condition: %v, want invalid", err)
				}
				revoke = func() ([]login.Session, error) { return s.RevokeAll(t.Context()) }
			}
			ended, err := revoke()
			if err != nil || len(ended) != len(c.ends) {
				t.Fatalf("ended %v, %v; want %d", ended, err, len(c.ends))
			}
			for i, token := range tokens {
				_, err := other.Find(t.Context(), token)
				if has := fault.Is(err, fault.NotFound); has != contains(c.ends, i) {
					t.Errorf("session of %s: %v", people[i].UserID, err)
				}
			}
		})
	}
}

func contains(all []int, x int) bool {
	for _, y := range all {
		if x == y {
			return true
		}
	}
	return false
}

func TestAProviderEndsSessionsByTheNameItGave(t *testing.T) {
	t.Parallel()
	s, _, _ := sessions(t)
	laptop, phone := rosa, rosa
	phone.SessionIndex = "index-2"
	elsewhere := rosa
	elsewhere.Provider = "another"
	tokens := map[string]string{"laptop": signIn(t, s, laptop), "phone": signIn(t, s, phone), "elsewhere": signIn(t, s, elsewhere)}
	qualified := rosa.NameID
	qualified.NameQualifier = "https://idp.example.org"
	for _, c := range []struct {
		name     string
		provider string
		nameID   saml.NameID
		indexes  []string
		ends     int
	}{
		{"another name", "district", saml.NameID{Value: "other", Format: rosa.NameID.Format}, nil, 0},
		{"no name", "district", saml.NameID{}, nil, 0},
		{"the same name of another qualifier", "district", qualified, nil, 0},
		{"another index", "district", rosa.NameID, []string{"index-9"}, 0},
		{"one index", "district", rosa.NameID, []string{"index-2", "index-9"}, 1},
		{"all of the name", "district", rosa.NameID, nil, 1},
	} {
		ended, err := s.EndByNameID(t.Context(), c.provider, c.nameID, c.indexes)
		if err != nil || len(ended) != c.ends {
			t.Errorf("%s: ended %v, %v; want %d", c.name, ended, err, c.ends)
		}
	}
	gone(t, s, tokens["laptop"], "after all of the name")
	gone(t, s, tokens["phone"], "after its index")
	if _, err := s.Find(t.Context(), tokens["elsewhere"]); err != nil {
		t.Errorf("the session of another provider: %v", err)
	}
}

func TestAChangeOfTheRolesCountsForSessionsThatRun(t *testing.T) {
	t.Parallel()
	s, clock, pool := sessions(t)
	counselor := access.RoleDefinition{Permissions: []access.Permission{access.ViewAggregates, access.ViewStudents}, Level: access.SchoolLevel}
	roles, err := access.DefaultRoles().With(access.RoleTable{"COUNSELOR": counselor})
	if err != nil {
		t.Fatal(err)
	}
	with := login.OpenSessions(login.Config{Pool: pool, Roles: roles, Now: clock.now})
	who := rosa
	who.Grants = access.Grants{{Role: "COUNSELOR", Tenant: "tamarack", District: "0042"}}
	token := signIn(t, with, who)
	for name, c := range map[string]struct {
		sessions *login.Sessions
		may      bool
	}{"with the role": {with, true}, "without": {s, false}} {
		x, err := c.sessions.Find(t.Context(), token)
		if err != nil || x.Grants.May(access.ViewStudents, "tamarack") != c.may {
			t.Errorf("%s: %+v, %v", name, x.Grants, err)
		}
	}
}

func TestWhatTheLastSignInGrantedIsRemembered(t *testing.T) {
	t.Parallel()
	s, clock, pool := sessions(t)
	people := login.NewPeople(pool, nil)
	who := rosa
	who.Rejections = []access.Rejection{{Position: 2, Class: "no_district", Reason: "the chain names a school without its district"}}
	signIn(t, s, who)
	signIn(t, s, login.Identity{Provider: "another", UserID: "guid-1", LoginName: "r.delgado"})
	clock.at = clock.at.Add(time.Hour)
	who.Grants = who.Grants[:1]
	signIn(t, s, who)
	for user, want := range map[string]int{"guid-1": 2, "rosa": 1, "r.delgado": 1, "Rosa Delgado": 0, "": 0, "\x00": 0, "\xff": 0} {
		found, err := people.Find(t.Context(), user)
		if err != nil || len(found) != want {
			t.Errorf("%q: found %+v, %v; want %d", user, found, err, want)
		}
		if user == "rosa" && len(found) == 1 {
			found[0].SignedInAt = found[0].SignedInAt.UTC()
			if diff := cmp.Diff(login.Known{Provider: "district", UserID: "guid-1", LoginName: "rosa", Grants: who.Grants, Rejections: who.Rejections, SignedInAt: clock.at}, found[0]); diff != "" {
				t.Errorf("known (-want +got):\n%s", diff)
			}
		}
	}
	var row string
	if err := pool.QueryRow(t.Context(), `select string_agg(p::text, ' ') from login.person p`).Scan(&row); err != nil || strings.Contains(row, "Delgado") {
		t.Errorf("the table of people holds a name: %s, %v", row, err)
	}
}
