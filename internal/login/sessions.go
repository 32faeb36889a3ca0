package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/saml"
	"scorehouse/internal/tenant"
)

// Limits of sessions unless the configuration says otherwise.
const (
	DefaultIdle     = 20 * time.Minute // without use
	DefaultLifetime = 8 * time.Hour    // after signing in, however much it is used
)

// touchEvery is how often at most the use of a session is written down: pages come in bursts.
const touchEvery = time.Minute

// Session is a person who is signed in.
type Session struct {
	ID       string // for lists and the audit trail; nobody can sign in with it
	Provider string // name of the identity provider that said who it is
	UserID   string // the person's id at the provider
	Name     string
	Title    string // words beside the name, may be empty
	Grants   access.Grants

	Started   time.Time
	LastSeen  time.Time // to the minute
	IdleUntil time.Time // ends then without further use; never after Expires
	Expires   time.Time

	NameID       saml.NameID // how the provider calls the person; zero when it was none that can be asked to sign out
	SessionIndex string
}

// Tenants returns the tenants in which something is granted, in order. It is empty for a person without any role here.
func (s Session) Tenants() []tenant.ID { return s.Grants.Tenants() }

// LogValue keeps names out of logs.
func (s Session) LogValue() slog.Value {
	return slog.GroupValue(slog.String("session_id", s.ID), slog.String("provider", s.Provider), slog.String("user_id", s.UserID))
}

// Config says where sessions are and how long they last. Only Pool is needed.
type Config struct {
	Pool     *pgxpool.Pool    // of the control database
	Idle     time.Duration    // 0 is DefaultIdle
	Lifetime time.Duration    // 0 is DefaultLifetime
	Roles    access.RoleTable // nil is access.DefaultRoles
	Now      func() time.Time // nil is time.Now
}

// Sessions stores who is signed in. It is safe for concurrent use.
type Sessions struct {
	pool           *pgxpool.Pool
	idle, lifetime time.Duration
	roles          access.RoleTable
	now            func() time.Time
}

// OpenSessions returns the sessions of a control database. It does not connect.
func OpenSessions(c Config) *Sessions {
	s := &Sessions{pool: c.Pool, idle: c.Idle, lifetime: c.Lifetime, roles: c.Roles, now: c.Now}
	if s.idle == 0 {
		s.idle = DefaultIdle
	}
	if s.lifetime == 0 {
		s.lifetime = DefaultLifetime
	}
	if s.roles == nil {
		s.roles = access.DefaultRoles()
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Lifetime returns how long a session lasts at most.
func (s *Sessions) Lifetime() time.Duration { return s.lifetime }

// Idle returns how long a session lasts without use.
func (s *Sessions) Idle() time.Duration { return s.idle }

// DirectProvider is the provider of sessions that no identity provider has begun. None can have this name.
const DirectProvider = "direct"

// SignIn starts a session for a person and returns it with the token for the cookie. oldToken is that of the browser's session before, which ends
// ("" for none). No identity provider is asked: this is for those that are not SAML, for demonstrations and for tests.
func (s *Sessions) SignIn(ctx context.Context, who Identity, oldToken string) (token string, started Session, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if oldToken != "" {
			if _, err := tx.Exec(ctx, `delete from login.session where token_hash = $1`, digest(oldToken)); err != nil {
				return err
			}
		}
		token, started, err = s.start(ctx, tx, who, nil)
		return err
	})
	if err != nil {
		return "", Session{}, fmt.Errorf("start session: %w", pg.Clean(err))
	}
	return token, started, nil
}

// start writes a session and what was granted, in the caller's transaction, and ends the session that the browser had, if browser (a
// digest of its cookie) is known. It also clears away sessions that have ended.
func (s *Sessions) start(ctx context.Context, tx pgx.Tx, who Identity, browser []byte) (string, Session, error) {
	now := s.now()
	token := newToken()
	x := Session{
		ID: strings.ToLower(rand.Text()), Provider: who.Provider, UserID: who.UserID, Name: who.Name, Title: who.Title, Grants: s.roles.Bind(who.Grants),
		Started: now, LastSeen: now, Expires: now.Add(s.lifetime), NameID: who.NameID, SessionIndex: who.SessionIndex,
	}
	if !who.Ends.IsZero() && who.Ends.Before(x.Expires) {
		x.Expires = who.Ends
	}
	s.complete(&x)
	var b pgx.Batch
	b.Queue(`delete from login.session where browser_hash = $1`, browser)
	b.Queue(`delete from login.session where session_id in (
		select session_id from login.session where expires_at <= $1 or last_seen_at <= $2 for update skip locked)`, now, now.Add(-s.idle))
	b.Queue(`
		insert into login.session (session_id, token_hash, browser_hash, provider, user_id, name, title, tenants, grants,
			name_id, name_id_format, name_qualifier, sp_name_qualifier, session_index, started_at, last_seen_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16)`,
		x.ID, digest(token), browser, x.Provider, x.UserID, x.Name, x.Title, orEmpty(x.Tenants()), pack(x.Grants),
		x.NameID.Value, x.NameID.Format, x.NameID.NameQualifier, x.NameID.SPNameQualifier, x.SessionIndex, now, x.Expires)
	queuePerson(&b, who, now)
	return token, x, tx.SendBatch(ctx, &b).Close()
}

// complete fills what follows from the rest.
func (s *Sessions) complete(x *Session) {
	x.IdleUntil = x.LastSeen.Add(s.idle)
	if x.IdleUntil.After(x.Expires) {
		x.IdleUntil = x.Expires
	}
}

// Find returns the session of a token and counts as its use. NotFound if there is none or it has ended.
func (s *Sessions) Find(ctx context.Context, token string) (Session, error) {
	return s.find(ctx, token, touchEvery)
}

// Peek returns the session of a token without counting as its use. NotFound as Find says.
func (s *Sessions) Peek(ctx context.Context, token string) (Session, error) {
	return s.find(ctx, token, s.lifetime+s.idle)
}

// Touch counts as use at once, for a person who wants to stay. NotFound as Find says.
func (s *Sessions) Touch(ctx context.Context, token string) (Session, error) {
	return s.find(ctx, token, 0)
}

// columns are those that scan reads.
const columns = `session_id, provider, user_id, name, title, grants, name_id, name_id_format, name_qualifier, sp_name_qualifier, session_index,
	started_at, last_seen_at, expires_at`

func (s *Sessions) find(ctx context.Context, token string, touchAfter time.Duration) (Session, error) {
	now := s.now()
	rows, err := s.pool.Query(ctx, `select `+columns+` from login.session where token_hash = $1 and expires_at > $2 and last_seen_at > $3`,
		digest(token), now, now.Add(-s.idle))
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", pg.Clean(err))
	}
	x, err := pgx.CollectExactlyOneRow(rows, s.scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, errNotSignedIn
	}
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", pg.Clean(err))
	}
	if now.Sub(x.LastSeen) < touchAfter {
		return x, nil
	}
	// The conditions again: the session may have ended since, and must not come back.
	tag, err := s.pool.Exec(ctx, `update login.session set last_seen_at = greatest(last_seen_at, $2) where token_hash = $1 and last_seen_at > $3`,
		digest(token), now, now.Add(-s.idle))
	if err != nil {
		return Session{}, fmt.Errorf("use session: %w", pg.Clean(err))
	}
	if tag.RowsAffected() == 0 {
		return Session{}, errNotSignedIn
	}
	x.LastSeen = now
	s.complete(&x)
	return x, nil
}

var errNotSignedIn = fault.New(fault.NotFound, "You are not signed in.")

func (s *Sessions) scan(row pgx.CollectableRow) (Session, error) {
	var x Session
	var grants [][]string
	err := row.Scan(&x.ID, &x.Provider, &x.UserID, &x.Name, &x.Title, &grants, &x.NameID.Value, &x.NameID.Format, &x.NameID.NameQualifier,
		&x.NameID.SPNameQualifier, &x.SessionIndex, &x.Started, &x.LastSeen, &x.Expires)
	x.Grants = s.roles.Bind(unpack(grants))
	s.complete(&x)
	return x, err
}

// pack writes grants as the table keeps them: for each tenant and role a list, which begins with the two and goes on with a district and a
// school for each grant. Somebody with a thousand schools brings them along to every page.
func pack(grants access.Grants) [][]string {
	lists := [][]string{}
	at := map[[2]string]int{}
	for _, g := range grants {
		k := [2]string{string(g.Tenant), string(g.Role)}
		i, ok := at[k]
		if !ok {
			i = len(lists)
			at[k] = i
			lists = append(lists, k[:])
		}
		lists[i] = append(lists[i], g.District, g.School)
	}
	return lists
}

// unpack reads what pack writes. What it cannot read is left out: it grants nothing.
func unpack(lists [][]string) access.Grants {
	texts := 0
	for _, l := range lists {
		texts += len(l)
	}
	grants := make(access.Grants, 0, texts/2)
	for _, l := range lists {
		for i := 2; i+1 < len(l); i += 2 {
			grants = append(grants, access.Grant{Tenant: tenant.ID(l[0]), Role: access.Role(l[1]), District: l[i], School: l[i+1]})
		}
	}
	return grants
}

// tokenBytes is the length of a token before encoding.
const tokenBytes = 32

// newToken returns a random token for a cookie.
func newToken() string {
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// isToken reports whether a text has the form of a token; cookies hold whatever somebody put there.
func isToken(s string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(raw) == tokenBytes
}

// digest is what tables keep of a token. Tokens are random and long, so a plain digest is enough.
func digest(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func orEmpty[S ~[]E, E any](s S) S {
	if s == nil {
		return S{}
	}
	return s
}
