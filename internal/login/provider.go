package login

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
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

// Provider is an identity provider and what it is believed in.
type Provider struct {
	Name  string // ours for it: 1 to 32 lower-case letters, digits, - and _, beginning with a letter
	Title string // words for people who choose between several

	MetadataURL string // where its metadata are refreshed from; empty for a document that came as a file
	Metadata    []byte // the last good document

	Tenants    []tenant.ID // those it may speak for
	AllTenants bool        // it may speak for every tenant, those added later included

	Shape   Shape
	Mapping Mapping

	NameIDFormat string        // asked for; empty is transient
	Skew         time.Duration // how far its clock may differ; 0 is saml.DefaultSkew
	AllowCBC     bool          // accept assertions encrypted with AES-CBC

	IDP saml.IdentityProvider // what the metadata say

	AddedAt, RefreshedAt, CheckedAt time.Time
	LastError                       string // of the newest attempt to refresh; empty when it went well
	DisabledAt                      time.Time
}

// Enabled reports whether people can sign in through it.
func (p Provider) Enabled() bool { return p.DisabledAt.IsZero() }

// MaySpeakFor reports whether the provider may grant anything in a tenant.
func (p Provider) MaySpeakFor(id tenant.ID) bool {
	return p.AllTenants || slices.Contains(p.Tenants, id)
}

var providerName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// validate refuses what would not work, or would mean more than was meant.
func (p Provider) validate(roles access.RoleTable) error {
	switch {
	case !providerName.MatchString(p.Name):
		return fault.New(fault.Invalid, "the name %q: use 1 to 32 lower-case letters, digits, - and _, beginning with a letter", p.Name)
	case p.Name == DirectProvider:
		return fault.New(fault.Invalid, "the name %q is taken", p.Name)
	case p.Title == "":
		return fault.New(fault.Invalid, "the provider needs a title that people recognise")
	case p.AllTenants != (len(p.Tenants) == 0):
		return fault.New(fault.Invalid, "say for which tenants the provider may speak: name them, or all of them")
	case p.Skew < 0 || p.Skew > 10*time.Minute:
		return fault.New(fault.Invalid, "a clock may differ by 10 minutes at most")
	}
	if p.Mapping.UserID == NameIDAttribute && (p.NameIDFormat == "" || strings.HasSuffix(p.NameIDFormat, ":transient")) {
		return fault.New(fault.Invalid, "a transient name identifier is a new one at each sign-in, so it cannot be the user_id: ask for a persistent one (name-id-format %s)",
			"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")
	}
	if p.MetadataURL != "" {
		if err := CheckMetadataURL(p.MetadataURL); err != nil {
			return err
		}
	}
	return p.Mapping.Validate(p.Shape, roles)
}

// Providers stores identity providers. It is safe for concurrent use; a change is seen at the next sign-in, on every server.
type Providers struct {
	pool  *pgxpool.Pool
	roles access.RoleTable
	now   func() time.Time
}

// NewProviders returns the providers of a control database. nil roles are access.DefaultRoles, a nil now is time.Now.
func NewProviders(pool *pgxpool.Pool, roles access.RoleTable, now func() time.Time) *Providers {
	if roles == nil {
		roles = access.DefaultRoles()
	}
	if now == nil {
		now = time.Now
	}
	return &Providers{pool: pool, roles: roles, now: now}
}

// Add stores a provider with its metadata, which the caller has read from a file or with FetchMetadata. A name or an entity that is there
// already is a Conflict, an unknown tenant NotFound.
func (s *Providers) Add(ctx context.Context, p Provider) (Provider, error) {
	if err := p.validate(s.roles); err != nil {
		return p, err
	}
	if err := s.tenantsExist(ctx, p.Tenants); err != nil {
		return p, err
	}
	var err error
	p.Metadata = bytes.TrimPrefix(p.Metadata, byteOrderMark)
	if p.IDP, err = readMetadata(p.Metadata, s.now()); err != nil {
		return p, err
	}
	mapping, err := json.Marshal(p.Mapping)
	if err != nil {
		return p, fmt.Errorf("add provider: %w", err)
	}
	now := s.now()
	_, err = s.pool.Exec(ctx, `
		insert into login.provider (provider, title, entity_id, metadata, metadata_url, valid_until, tenants, all_tenants, shape, mapping,
			name_id_format, skew_seconds, allow_cbc, added_at, refreshed_at, checked_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $14)`,
		p.Name, p.Title, p.IDP.EntityID, string(p.Metadata), orNull(p.MetadataURL), orNull(p.IDP.ValidUntil), orEmpty(p.Tenants), p.AllTenants, p.Shape, mapping,
		p.NameIDFormat, int(p.Skew.Seconds()), p.AllowCBC, now)
	if pg.CodeOf(err) == "23505" {
		return p, fault.New(fault.Conflict, "there is a provider %s, or one with the entity id %s, already; `scorehouse provider list` shows them", p.Name, p.IDP.EntityID)
	}
	if err != nil {
		return p, fmt.Errorf("add provider %s: %w", p.Name, pg.Clean(err))
	}
	return s.Get(ctx, p.Name)
}

// Change replaces everything about a provider but its metadata and whether it is enabled. The sessions that it began end: what it may grant
// has changed. It returns them. NotFound when there is no such provider.
func (s *Providers) Change(ctx context.Context, sessions *Sessions, p Provider) ([]Session, error) {
	if err := p.validate(s.roles); err != nil {
		return nil, err
	}
	if err := s.tenantsExist(ctx, p.Tenants); err != nil {
		return nil, err
	}
	mapping, err := json.Marshal(p.Mapping)
	if err != nil {
		return nil, fmt.Errorf("change provider: %w", err)
	}
	return s.ending(ctx, sessions, p.Name, `update login.provider set title = $2, tenants = $3, all_tenants = $4, shape = $5, mapping = $6, name_id_format = $7,
		skew_seconds = $8, allow_cbc = $9 where provider = $1`,
		p.Title, orEmpty(p.Tenants), p.AllTenants, p.Shape, mapping, p.NameIDFormat, int(p.Skew.Seconds()), p.AllowCBC)
}

// Disable stops sign-ins through a provider and ends the sessions that it began, which it returns. NotFound when there is no such provider.
func (s *Providers) Disable(ctx context.Context, sessions *Sessions, name string) ([]Session, error) {
	return s.ending(ctx, sessions, name, `update login.provider set disabled_at = coalesce(disabled_at, $2) where provider = $1`, s.now())
}

// Enable lets people sign in through a provider again. NotFound when there is no such provider.
func (s *Providers) Enable(ctx context.Context, name string) error {
	tag, err := s.pool.Exec(ctx, `update login.provider set disabled_at = null where provider = $1`, name)
	if err != nil {
		return fmt.Errorf("enable provider %s: %w", name, pg.Clean(err))
	}
	if tag.RowsAffected() == 0 {
		return errNoProvider(name)
	}
	return nil
}

// Remove forgets a provider and ends the sessions that it began, which it returns. NotFound when there is no such provider.
func (s *Providers) Remove(ctx context.Context, sessions *Sessions, name string) ([]Session, error) {
	return s.ending(ctx, sessions, name, `delete from login.provider where provider = $1`)
}

// ending changes a provider and ends the sessions that it began, both or neither.
func (s *Providers) ending(ctx context.Context, sessions *Sessions, name, statement string, args ...any) (ended []Session, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, statement, append([]any{name}, args...)...)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return errNoProvider(name)
		}
		ended, err = sessions.collect(ctx, tx, `delete from login.session where provider = $1 returning `+columns, name)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("change provider %s: %w", name, pg.Clean(err))
	}
	return ended, nil
}

func errNoProvider(name string) error {
	return fault.New(fault.NotFound, "there is no identity provider %q; `scorehouse provider list` shows them", name)
}

func (s *Providers) tenantsExist(ctx context.Context, ids []tenant.ID) error {
	var missing *string
	err := s.pool.QueryRow(ctx, `select min(wanted) from unnest($1::text[]) as wanted where wanted not in (select tenant from tenant.tenant)`, orEmpty(ids)).Scan(&missing)
	if err != nil {
		return fmt.Errorf("look up tenants: %w", pg.Clean(err))
	}
	if missing != nil {
		return fault.New(fault.NotFound, "there is no tenant %q; `scorehouse tenant list` shows them", *missing)
	}
	return nil
}

const providerColumns = `provider, title, entity_id, metadata, coalesce(metadata_url, ''), tenants, all_tenants, shape, mapping, name_id_format, skew_seconds, allow_cbc,
	added_at, refreshed_at, checked_at, last_error, disabled_at`

// Get returns a provider. NotFound when there is none of the name.
func (s *Providers) Get(ctx context.Context, name string) (Provider, error) {
	return s.find(ctx, name, `provider = $1`)
}

// byEntity returns the provider of an entity id, NotFound when there is none.
func (s *Providers) byEntity(ctx context.Context, entity string) (Provider, error) {
	return s.find(ctx, entity, `entity_id = $1`)
}

func (s *Providers) find(ctx context.Context, key, condition string) (Provider, error) {
	rows, err := s.pool.Query(ctx, `select `+providerColumns+` from login.provider where `+condition, key)
	if err != nil {
		return Provider{}, fmt.Errorf("read provider: %w", pg.Clean(err))
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanProvider)
	if errors.Is(err, pgx.ErrNoRows) {
		return Provider{}, errNoProvider(key)
	}
	if err != nil {
		return Provider{}, fmt.Errorf("read provider: %w", pg.Clean(err))
	}
	return p, nil
}

// hold returns an enabled provider, which nobody can change until the transaction ends. The error is a *Refused when there is none.
func hold(ctx context.Context, tx pgx.Tx, name string) (Provider, error) {
	rows, err := tx.Query(ctx, `select `+providerColumns+` from login.provider where provider = $1 for share`, name)
	if err != nil {
		return Provider{}, err
	}
	p, err := pgx.CollectExactlyOneRow(rows, scanProvider)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return p, &Refused{Reason: ReasonUnknownProvider}
	case err == nil && !p.Enabled():
		return p, &Refused{Reason: ReasonDisabled}
	}
	return p, err
}

// List returns all providers in order of their names.
func (s *Providers) List(ctx context.Context) ([]Provider, error) {
	rows, err := s.pool.Query(ctx, `select `+providerColumns+` from login.provider order by provider`)
	if err != nil {
		return nil, fmt.Errorf("list providers: %w", pg.Clean(err))
	}
	all, err := pgx.CollectRows(rows, scanProvider)
	if err != nil {
		return nil, fmt.Errorf("list providers: %w", pg.Clean(err))
	}
	return all, nil
}

func scanProvider(row pgx.CollectableRow) (Provider, error) {
	var p Provider
	var mapping []byte
	var skew int
	var disabled *time.Time
	var entity string
	err := row.Scan(&p.Name, &p.Title, &entity, &p.Metadata, &p.MetadataURL, &p.Tenants, &p.AllTenants, &p.Shape, &mapping, &p.NameIDFormat, &skew, &p.AllowCBC,
		&p.AddedAt, &p.RefreshedAt, &p.CheckedAt, &p.LastError, &disabled)
	if err != nil {
		return p, err
	}
	if disabled != nil {
		p.DisabledAt = *disabled
	}
	p.Skew = time.Duration(skew) * time.Second
	decoder := json.NewDecoder(bytes.NewReader(mapping))
	decoder.DisallowUnknownFields() // of a newer version: what it means here would be a guess
	if err := decoder.Decode(&p.Mapping); err != nil {
		return p, fmt.Errorf("mapping of provider %s: %w", p.Name, err)
	}
	if p.IDP, err = saml.ParseMetadata(p.Metadata); err != nil { // good for an earlier version of ours, which was less strict
		p.IDP = saml.IdentityProvider{EntityID: entity} // believes nothing
		p.LastError = "the metadata in the table cannot be used: " + err.Error()
	}
	return p, nil
}

func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
