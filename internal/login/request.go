package login

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
	"scorehouse/internal/saml"
)

// requestLife is how long people may take at the identity provider.
const requestLife = 10 * time.Minute

// A browser that begins more sign-ins than this in so short a time is in a loop; one that opens all its tabs anew is not.
const (
	loopLimit  = 20
	loopWindow = time.Minute
)

// kind says what an identity provider was asked for.
type kind string

const (
	signingIn  kind = "sign-in"
	signingOut kind = "sign-out"
)

// request waits for an identity provider's answer.
type request struct {
	relayState, id, provider string
	browser                  []byte // digest of the cookie of the browser that began it
	returnTo                 string
	expires                  time.Time
	finished                 bool
}

// requests keeps what waits, in the control database: any server may take the answer.
type requests struct {
	pool *pgxpool.Pool
	now  func() time.Time
}

// begin remembers a new request. It also forgets those that can no longer be answered.
func (r requests) begin(ctx context.Context, k kind, provider, returnTo string, browser []byte) (request, error) {
	now := r.now()
	q := request{relayState: rand.Text(), id: saml.NewID(), provider: provider, browser: browser, returnTo: returnTo, expires: now.Add(requestLife)}
	var b pgx.Batch
	b.Queue(`delete from login.request where relay_state in (select relay_state from login.request where expires_at <= $1 for update skip locked)`, now)
	b.Queue(`delete from login.used_message where digest in (select digest from login.used_message where forget_at <= $1 for update skip locked)`, now)
	b.Queue(`insert into login.request (relay_state, request_id, provider, kind, browser_hash, return_to, begun_at, expires_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, q.relayState, q.id, provider, k, browser, returnTo, now, q.expires)
	if err := r.pool.SendBatch(ctx, &b).Close(); err != nil {
		return request{}, fmt.Errorf("remember a request to %s: %w", provider, pg.Clean(err))
	}
	return q, nil
}

// looping reports whether a browser begins sign-ins faster than people do.
func (r requests) looping(ctx context.Context, browser []byte) (bool, error) {
	var n int
	err := r.pool.QueryRow(ctx, `select count(*) from login.request where browser_hash = $1 and begun_at > $2`, browser, r.now().Add(-loopWindow)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("count sign-ins of a browser: %w", pg.Clean(err))
	}
	return n >= loopLimit, nil
}

// find returns the sign-in that an answer belongs to, if this browser may still finish it. The error is a *Refused otherwise.
func (r requests) find(ctx context.Context, relayState, cookie string) (request, error) {
	q := request{relayState: relayState}
	err := r.pool.QueryRow(ctx, `select request_id, provider, browser_hash, return_to, expires_at, finished_at is not null from login.request
		where relay_state = $1 and kind = 'sign-in'`, keyText(relayState)).Scan(&q.id, &q.provider, &q.browser, &q.returnTo, &q.expires, &q.finished)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return q, &Refused{Reason: ReasonUnknownRequest}
	case err != nil:
		return q, fmt.Errorf("find a request: %w", pg.Clean(err))
	case !r.now().Before(q.expires):
		return q, &Refused{Reason: ReasonUnknownRequest, Detail: "it has expired", Provider: q.provider}
	case subtle.ConstantTimeCompare(q.browser, digest(cookie)) != 1:
		return q, &Refused{Reason: ReasonOtherBrowser, Provider: q.provider}
	case q.finished:
		return q, &Refused{Reason: ReasonUsed, Provider: q.provider}
	}
	return q, nil
}

// consume marks a request as answered, in the caller's transaction. The error is a *Refused when it was before: of several that try at once, on
// whatever servers, one succeeds.
func (r requests) consume(ctx context.Context, tx pgx.Tx, q request) error {
	tag, err := tx.Exec(ctx, `update login.request set finished_at = $2 where relay_state = $1 and finished_at is null`, q.relayState, r.now())
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return &Refused{Reason: ReasonUsed}
	}
	return nil
}

// giveUp marks a request whose answer was refused: another answer cannot be tried with it.
func (r requests) giveUp(ctx context.Context, q request) error {
	if _, err := r.pool.Exec(ctx, `update login.request set finished_at = $2 where relay_state = $1 and finished_at is null`, q.relayState, r.now()); err != nil {
		return fmt.Errorf("give a request up: %w", pg.Clean(err))
	}
	return nil
}

// finishSignOut marks a sign-out as answered. The error is a *Refused when the provider was not asked, or has answered before.
func (r requests) finishSignOut(ctx context.Context, provider, id string) error {
	now := r.now()
	tag, err := r.pool.Exec(ctx, `update login.request set finished_at = $3
		where request_id = $1 and provider = $2 and kind = 'sign-out' and finished_at is null and expires_at > $3`, keyText(id), provider, now)
	if err != nil {
		return fmt.Errorf("finish a sign-out: %w", pg.Clean(err))
	}
	if tag.RowsAffected() == 0 {
		return &Refused{Reason: ReasonUnknownRequest}
	}
	return nil
}

// remember notes a message as taken, in the caller's transaction. The error is a *Refused when it was taken before: of several that try at once,
// on whatever servers, one succeeds.
func remember(ctx context.Context, tx pgx.Tx, issuer, id string, until time.Time) error {
	sum := sha256.Sum256([]byte(issuer + "\x00" + id))
	tag, err := tx.Exec(ctx, `insert into login.used_message (digest, forget_at) values ($1, $2) on conflict do nothing`, sum[:], until)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return &Refused{Reason: ReasonReplayed}
	}
	return nil
}

// keyText makes what somebody sent fit to be looked up: PostgreSQL refuses text with zero bytes or that is not UTF-8.
func keyText(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
}
