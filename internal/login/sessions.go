// Package login knows who is signed in. It owns the PostgreSQL schema "session" of the control database.
//
// A session is a random token in a cookie and a row that holds only the token's SHA-256: whoever reads the table cannot sign in.
// What a session permits is decided by package access from the grants it keeps. Person is someone the demo's sign-in page
// offers; outside the demo nobody can be signed in that way.
package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// DefaultLifetime is how long a session lasts after signing in; using it does not make it last longer.
const DefaultLifetime = 8 * time.Hour

// tokenBytes is the length of a token before encoding.
const tokenBytes = 32

// Person is someone who can be signed in, with words for the sign-in page.
type Person struct {
	Name   string        // "Rosa Delgado"
	Title  string        // "Teacher, Lakeside Elementary"
	Sees   string        // one sentence: which results this person may see
	Grants access.Grants // of one tenant
}

// Session is a person who is signed in.
type Session struct {
	Tenant  tenant.ID
	Name    string
	Title   string
	Grants  access.Grants
	Expires time.Time
}

// Sessions stores who is signed in. It is safe for concurrent use.
type Sessions struct {
	pool     *pgxpool.Pool
	lifetime time.Duration
	now      func() time.Time
}

// NewSessions returns the sessions in the control database that the pool leads to. A lifetime of 0 is DefaultLifetime; a nil now is
// time.Now.
func NewSessions(pool *pgxpool.Pool, lifetime time.Duration, now func() time.Time) *Sessions {
	if lifetime == 0 {
		lifetime = DefaultLifetime
	}
	if now == nil {
		now = time.Now
	}
	return &Sessions{pool: pool, lifetime: lifetime, now: now}
}

// Lifetime returns how long a session lasts.
func (s *Sessions) Lifetime() time.Duration { return s.lifetime }

// who is what the column person holds.
type who struct {
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
}

// Start signs a person in and returns the token for the cookie. A person whose grants name no tenant, or several, is Invalid.
// It also clears away sessions that have ended.
func (s *Sessions) Start(ctx context.Context, p Person) (token string, err error) {
	tenants := p.Grants.Tenants()
	if len(tenants) != 1 {
		return "", fault.New(fault.Invalid, "A session needs grants of one tenant.")
	}
	person, err := json.Marshal(who{p.Name, p.Title})
	if err != nil {
		return "", fmt.Errorf("start session: %w", err)
	}
	raw := make([]byte, tokenBytes)
	rand.Read(raw) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw)
	now := s.now()
	if _, err := s.pool.Exec(ctx, `delete from session.session where expires_at <= $1`, now); err != nil {
		return "", fmt.Errorf("start session: clear away: %w", pg.Clean(err))
	}
	_, err = s.pool.Exec(ctx, `insert into session.session (token_hash, tenant, person, grants, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
		hash(token), tenants[0], string(person), p.Grants, now, now.Add(s.lifetime))
	if err != nil {
		return "", fmt.Errorf("start session: %w", pg.Clean(err))
	}
	return token, nil
}

// Find returns the session of a token. NotFound if there is none or it has ended.
func (s *Sessions) Find(ctx context.Context, token string) (Session, error) {
	var found Session
	var person string
	err := s.pool.QueryRow(ctx, `select tenant, person, grants, expires_at from session.session where token_hash = $1 and expires_at > $2`,
		hash(token), s.now()).Scan(&found.Tenant, &person, &found.Grants, &found.Expires)
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, fault.New(fault.NotFound, "You are not signed in.")
	}
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", pg.Clean(err))
	}
	var w who
	if err := json.Unmarshal([]byte(person), &w); err != nil {
		return Session{}, fmt.Errorf("find session: person: %w", err)
	}
	found.Name, found.Title = w.Name, w.Title
	return found, nil
}

// End signs out. Ending a session that does not exist is no error.
func (s *Sessions) End(ctx context.Context, token string) error {
	if _, err := s.pool.Exec(ctx, `delete from session.session where token_hash = $1`, hash(token)); err != nil {
		return fmt.Errorf("end session: %w", pg.Clean(err))
	}
	return nil
}

// hash is what the table keeps of a token. Tokens are random and long, so a plain digest is enough.
func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
