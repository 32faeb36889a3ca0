package release

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// PublicPath is where the public pages of a link begin: PublicPath + token.
const PublicPath = "/public/"

// LongestLink is how long a link may be valid. It can be issued anew.
const LongestLink = 5 * 366 * 24 * time.Hour

// longestNote is how many characters a note may have.
const longestNote = 200

// LinkWish is a link that somebody asks for.
type LinkWish struct {
	Tenant    tenant.ID
	Note      string // for lists: whom it is for
	Indexable bool   // search engines may keep the pages
	For       time.Duration
	By        string
}

// Issue makes a link and returns its token, which is stored nowhere: who loses it issues another. Invalid when it would never open anything, or for longer
// than LongestLink.
func (d *Desk) Issue(ctx context.Context, w LinkWish) (token string, _ Link, _ error) {
	if w.For <= 0 || w.For > LongestLink {
		return "", Link{}, fault.New(fault.Invalid, "A link must be valid for 1 day to 5 years.")
	}
	w.Note = strings.TrimSpace(w.Note)
	if len([]rune(w.Note)) > longestNote {
		return "", Link{}, fault.New(fault.Invalid, "A note must not be longer than %d characters.", longestNote)
	}
	token = strings.ToLower(rand.Text())
	hash := hashOf(token)
	l, err := scanLink(d.pool.QueryRow(ctx, `insert into release.link (tenant, token_hash, note, indexable, made_by, expires_at) values ($1, $2, $3, $4, $5, now() + $6::interval)
		returning `+linkColumns, w.Tenant, hash[:], w.Note, w.Indexable, w.By, w.For))
	if pg.CodeOf(err) == "23503" {
		return "", l, fault.New(fault.NotFound, "there is no tenant %q", w.Tenant)
	}
	if err != nil {
		return "", l, fmt.Errorf("issue a link: %w", pg.Clean(err))
	}
	return token, l, nil
}

// Links returns every link of tenants, the newest first: also those that open nothing any more.
func (d *Desk) Links(ctx context.Context, tenants ...tenant.ID) ([]Link, error) {
	rows, err := d.pool.Query(ctx, `select `+linkColumns+` from release.link where tenant = any($1) order by link_id desc`, texts(tenants))
	if err != nil {
		return nil, fmt.Errorf("list links: %w", pg.Clean(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Link, error) { return scanLink(row) })
	if err != nil {
		return nil, fmt.Errorf("list links: %w", pg.Clean(err))
	}
	return all, nil
}

// LinkOf returns a link by its number. NotFound when there is none.
func (d *Desk) LinkOf(ctx context.Context, id int64) (Link, error) {
	l, err := scanLink(d.pool.QueryRow(ctx, `select `+linkColumns+` from release.link where link_id = $1`, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return l, fault.New(fault.NotFound, "There is no such link.")
	}
	if err != nil {
		return l, fmt.Errorf("read link %d: %w", id, pg.Clean(err))
	}
	return l, nil
}

// Revoke ends a link within Age, for good. Revoking it again changes nothing.
func (d *Desk) Revoke(ctx context.Context, id int64, by string) error {
	if _, err := d.LinkOf(ctx, id); err != nil {
		return err
	}
	_, err := d.pool.Exec(ctx, `update release.link set revoked_at = now(), revoked_by = $2 where link_id = $1 and revoked_at is null`, id, by)
	if err != nil {
		return fmt.Errorf("revoke link %d: %w", id, pg.Clean(err))
	}
	return nil
}

// hashOf is what is kept of a token.
func hashOf(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

const linkColumns = `link_id, tenant, indexable, expires_at, note, made_by, made_at, revoked_at, coalesce(revoked_by, '')`

// scanLink reads linkColumns, after other columns.
func scanLink(row pgx.Row, before ...any) (Link, error) {
	var l Link
	var revoked *time.Time
	err := row.Scan(append(before, &l.ID, &l.Tenant, &l.Indexable, &l.Expires, &l.Note, &l.By, &l.Issued, &revoked, &l.RevokedBy)...)
	if revoked != nil {
		l.Revoked = *revoked
	}
	return l, err
}
