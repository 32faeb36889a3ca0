package login

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/access"
	"scorehouse/internal/pg"
)

// Known is what the last sign-in of a person granted.
type Known struct {
	Provider   string
	UserID     string
	LoginName  string // what the person signs in with, as the provider says; may be empty
	Grants     access.Grants
	Rejections []access.Rejection // values that gave less than they said
	SignedInAt time.Time
}

// People remembers what was granted to whom, for operators who must explain it. It keeps no names and no addresses.
type People struct {
	pool  *pgxpool.Pool
	roles access.RoleTable
}

// NewPeople returns the people of a control database. nil roles are access.DefaultRoles.
func NewPeople(pool *pgxpool.Pool, roles access.RoleTable) *People {
	if roles == nil {
		roles = access.DefaultRoles()
	}
	return &People{pool: pool, roles: roles}
}

// Find returns the people with this id at an identity provider, or this name for signing in: several when several providers know one. None is no
// error.
func (p *People) Find(ctx context.Context, user string) ([]Known, error) {
	rows, err := p.pool.Query(ctx, `select provider, user_id, login_name, grants, rejections, signed_in_at from login.person
		where $1 <> '' and (user_id = $1 or login_name = $1) order by provider, user_id`, keyText(user))
	if err != nil {
		return nil, fmt.Errorf("find person: %w", pg.Clean(err))
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Known, error) {
		var k Known
		err := row.Scan(&k.Provider, &k.UserID, &k.LoginName, &k.Grants, &k.Rejections, &k.SignedInAt)
		k.Grants = p.roles.Bind(k.Grants)
		return k, err
	})
	if err != nil {
		return nil, fmt.Errorf("find person: %w", pg.Clean(err))
	}
	return found, nil
}

// rejectionsKept is how many rejections of a person are remembered; a provider that sends thousands of bad values makes no wider rows.
const rejectionsKept = 50

// forgetPeopleAfter is how long what was granted to somebody is remembered after the last sign-in.
const forgetPeopleAfter = 400 * 24 * time.Hour

// queuePerson adds the statements that remember what a sign-in granted.
func queuePerson(b *pgx.Batch, who Identity, now time.Time) {
	rejections := who.Rejections[:min(len(who.Rejections), rejectionsKept)]
	b.Queue(`
		insert into login.person (provider, user_id, login_name, grants, rejections, signed_in_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (provider, user_id) do update set login_name = excluded.login_name, grants = excluded.grants,
			rejections = excluded.rejections, signed_in_at = excluded.signed_in_at`,
		who.Provider, who.UserID, who.LoginName, orEmpty(who.Grants), orEmpty(rejections), now)
	b.Queue(`delete from login.person where (provider, user_id) in (
		select provider, user_id from login.person where signed_in_at < $1 for update skip locked)`, now.Add(-forgetPeopleAfter))
}
