package release

import (
	"crypto/sha256"
	"time"

	"github.com/jackc/pgx/v5"
)

// PublicPath is where the public pages of a link begin: PublicPath + token.
const PublicPath = "/public/"

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
