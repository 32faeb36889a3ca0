package login

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/saml"
	"scorehouse/internal/tenant"
)

// Filter chooses sessions. Its conditions hold together; without any it chooses all that are active.
type Filter struct {
	ID       string    // of the session
	User     string    // the person's id at the provider, or the name the person signs in with
	Tenant   tenant.ID // something is granted there; sessions that reach further tenants count too
	Provider string
}

// where is the condition of a filter, for a statement whose first parameters args returns.
const where = ` ($1 = '' or session_id = $1)
	and ($2 = '' or user_id = $2 or (provider, user_id) in (select provider, user_id from login.person where login_name = $2))
	and ($3 = '' or tenants @> array[$3::text])
	and ($4 = '' or provider = $4)`

func (f Filter) args() []any { return []any{f.ID, f.User, string(f.Tenant), f.Provider} }

// End signs out: it ends the session of a token. Ending one that does not exist is no error.
func (s *Sessions) End(ctx context.Context, token string) error {
	if _, err := s.pool.Exec(ctx, `delete from login.session where token_hash = $1`, digest(token)); err != nil {
		return fmt.Errorf("end session: %w", pg.Clean(err))
	}
	return nil
}

// List returns the active sessions that a filter chooses, the newest first.
func (s *Sessions) List(ctx context.Context, f Filter) ([]Session, error) {
	now := s.now()
	all, err := s.collect(ctx, s.pool, `select `+columns+` from login.session where`+where+` and expires_at > $5 and last_seen_at > $6
		order by started_at desc, session_id`, append(f.args(), now, now.Add(-s.idle))...)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", pg.Clean(err))
	}
	return all, nil
}

// Revoke ends the sessions that a filter chooses, at once on every server, and returns them. A filter without condition is Invalid: RevokeAll ends
// them all.
func (s *Sessions) Revoke(ctx context.Context, f Filter) ([]Session, error) {
	if f == (Filter{}) {
		return nil, fault.New(fault.Invalid, "say which sessions to revoke")
	}
	return s.revoke(ctx, f)
}

// RevokeAll ends every session and returns them.
func (s *Sessions) RevokeAll(ctx context.Context) ([]Session, error) { return s.revoke(ctx, Filter{}) }

func (s *Sessions) revoke(ctx context.Context, f Filter) ([]Session, error) {
	ended, err := s.collect(ctx, s.pool, `delete from login.session where`+where+` returning `+columns, f.args()...)
	if err != nil {
		return nil, fmt.Errorf("revoke sessions: %w", pg.Clean(err))
	}
	return ended, nil
}

// EndByNameID ends the sessions of a person by the name that the identity provider gave us: those of the session indexes, or all when there is
// none. It returns the sessions it ended.
func (s *Sessions) EndByNameID(ctx context.Context, provider string, name saml.NameID, indexes []string) ([]Session, error) {
	ended, err := s.endByName(ctx, s.pool, provider, name, indexes)
	if err != nil {
		return nil, fmt.Errorf("end sessions by name: %w", pg.Clean(err))
	}
	return ended, nil
}

func (s *Sessions) endByName(ctx context.Context, q querier, provider string, name saml.NameID, indexes []string) ([]Session, error) {
	if name.Value == "" {
		return nil, nil
	}
	return s.collect(ctx, q, `delete from login.session
		where provider = $1 and name_id = $2 and name_id_format = $3 and name_qualifier = $4 and sp_name_qualifier = $5
		and (cardinality($6::text[]) = 0 or session_index = any($6)) returning `+columns,
		provider, name.Value, name.Format, name.NameQualifier, name.SPNameQualifier, orEmpty(indexes))
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func (s *Sessions) collect(ctx context.Context, q querier, statement string, args ...any) ([]Session, error) {
	rows, err := q.Query(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, s.scan)
}
