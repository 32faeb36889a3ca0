package landing

import (
	"bytes"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/crypto/ssh"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// Accounts are the SFTP accounts of senders, in the control database. The server reads them at each sign-in, so changes need no restart.
type Accounts struct{ pool *pgxpool.Pool }

// NewAccounts returns the accounts of the control database behind pool.
func NewAccounts(pool *pgxpool.Pool) *Accounts { return &Accounts{pool: pool} }

// Account is one SFTP account.
type Account struct {
	Name       string     `json:"name"`
	Tenant     tenant.ID  `json:"tenant"`
	Keys       []string   `json:"keys"` // fingerprints, with the comments of their lines
	CreatedAt  time.Time  `json:"created_at"`
	DisabledAt *time.Time `json:"disabled_at"`
}

var accountName = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,63}$`)

// AddAccount adds an account whose owner signs in with any of the keys; the lines have the form of OpenSSH's authorized_keys,
// without options. It returns fault.Invalid for a name or line that cannot be used, fault.NotFound when there is no such tenant
// and fault.Conflict when the account exists.
func (a *Accounts) AddAccount(ctx context.Context, name string, id tenant.ID, authorizedKeys []string) error {
	if !accountName.MatchString(name) {
		return fault.New(fault.Invalid, "%q is not an account name: use 1 to 64 lower-case letters, digits, '_', '.' and '-', beginning with a letter.", name)
	}
	lines, err := checkKeys(authorizedKeys)
	if err != nil {
		return err
	}
	_, err = a.pool.Exec(ctx, "insert into landing.account (account, tenant, authorized_keys) values ($1, $2, $3)", name, id, lines)
	switch pg.CodeOf(err) {
	case "":
	case "23503":
		return fault.New(fault.NotFound, "There is no tenant %s.", id)
	case "23505":
		return fault.New(fault.Conflict, "There is an account %s already.", name)
	}
	if err != nil {
		return fmt.Errorf("add account %s: %w", name, pg.Clean(err))
	}
	return nil
}

// checkKeys returns one line per key. Empty lines and comments are left out.
func checkKeys(authorizedKeys []string) ([]string, error) {
	var lines []string
	for line := range strings.Lines(strings.Join(authorizedKeys, "\n")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(line))
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "A line is not an OpenSSH public key (such as the line in id_ed25519.pub)")
		}
		if len(options) > 0 {
			return nil, fault.New(fault.Invalid, "A key's line begins with options, which are not supported; remove them.")
		}
		if err := checkKey(key); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return nil, fault.New(fault.Invalid, "There is no public key.")
	}
	return lines, nil
}

func checkKey(key ssh.PublicKey) error {
	switch key.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256:
		return nil
	case ssh.KeyAlgoRSA:
		if bits := rsaBits(key); bits < 2048 {
			return fault.New(fault.Invalid, "The RSA key has %d bits; use one of 2048 or more.", bits)
		}
		return nil
	}
	return fault.New(fault.Invalid, "Keys of type %s are not accepted; use ed25519, ECDSA or RSA.", key.Type())
}

// rsaBits returns the size of an RSA key, 0 when it does not tell.
func rsaBits(key ssh.PublicKey) int {
	if k, ok := key.(ssh.CryptoPublicKey); ok {
		if public, ok := k.CryptoPublicKey().(*rsa.PublicKey); ok {
			return public.N.BitLen()
		}
	}
	return 0
}

// List returns every account, by name.
func (a *Accounts) List(ctx context.Context) ([]Account, error) {
	rows, err := a.pool.Query(ctx, "select account, tenant, authorized_keys, created_at, disabled_at from landing.account order by account")
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", pg.Clean(err))
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Account])
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", pg.Clean(err))
	}
	for _, x := range list {
		for i, line := range x.Keys {
			if key, comment, _, _, err := ssh.ParseAuthorizedKey([]byte(line)); err == nil {
				x.Keys[i] = strings.TrimSpace(ssh.FingerprintSHA256(key) + " " + comment)
			}
		}
	}
	return list, nil
}

// Disable keeps an account from signing in; a running server closes its connections within seconds. It returns fault.NotFound when there is no such account.
func (a *Accounts) Disable(ctx context.Context, name string) error {
	return a.set(ctx, name, "update landing.account set disabled_at = coalesce(disabled_at, now()) where account = $1")
}

// Enable lets a disabled account sign in again. It returns fault.NotFound when there is no such account.
func (a *Accounts) Enable(ctx context.Context, name string) error {
	return a.set(ctx, name, "update landing.account set disabled_at = null where account = $1")
}

func (a *Accounts) set(ctx context.Context, name, sql string) error {
	tag, err := a.pool.Exec(ctx, sql, name)
	if err != nil {
		return fmt.Errorf("account %s: %w", name, pg.Clean(err))
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.NotFound, "There is no account %s.", name)
	}
	return nil
}

// signIn returns the account's tenant when the key is one of an account that is not disabled; else fault.Forbidden.
func (a *Accounts) signIn(ctx context.Context, name string, key ssh.PublicKey) (tenant.ID, error) {
	var id tenant.ID
	var lines []string
	err := a.pool.QueryRow(ctx, "select tenant, authorized_keys from landing.account where account = $1 and disabled_at is null", name).Scan(&id, &lines)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("sign in: %w", pg.Clean(err))
	}
	offered := key.Marshal()
	for _, line := range lines {
		if known, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line)); err == nil && bytes.Equal(known.Marshal(), offered) {
			return id, nil
		}
	}
	return "", fault.New(fault.Forbidden, "unknown account or key")
}
