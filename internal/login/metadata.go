package login

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/saml"
)

// Limits of fetching metadata. One provider's document has some ten thousand bytes; what has millions is a federation's.
const (
	maxMetadata     = 1 << 20
	metadataTimeout = 15 * time.Second
	maxRedirects    = 3
)

// DefaultRefresh is how often metadata are fetched anew, unless the configuration says otherwise.
const DefaultRefresh = time.Hour

// fetched is a metadata document, or that the one we have is still the newest.
type fetched struct {
	document           []byte
	unchanged          bool
	etag, lastModified string
}

// CheckMetadataURL refuses addresses from which a document would prove nothing: anything but https, save on the loopback.
func CheckMetadataURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return fault.New(fault.Invalid, "%q is not the address of metadata", address)
	}
	if u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) {
		return nil
	}
	return fault.New(fault.Invalid, "metadata are fetched by https only (http on the loopback): whoever can change them on the way can sign in as anybody")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// metadataClient follows redirects to addresses that are good enough for a first one.
var metadataClient = &http.Client{
	Timeout: metadataTimeout,
	CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return errors.New("too many redirects")
		}
		return CheckMetadataURL(r.URL.String())
	},
}

// FetchMetadata gets the metadata document at an address. An address that may not be used is Invalid, one that does not answer with a document
// Unavailable.
func FetchMetadata(ctx context.Context, address string) ([]byte, error) {
	got, err := fetch(ctx, address, "", "")
	return got.document, err
}

// fetch gets a document unless it has not changed since the given one.
func fetch(ctx context.Context, address, etag, lastModified string) (fetched, error) {
	if err := CheckMetadataURL(address); err != nil {
		return fetched{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fetched{}, fault.Wrap(fault.Invalid, err, "the address of the metadata")
	}
	request.Header.Set("Accept", "application/samlmetadata+xml, application/xml, text/xml;q=0.9, */*;q=0.1")
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	if lastModified != "" {
		request.Header.Set("If-Modified-Since", lastModified)
	}
	response, err := metadataClient.Do(request)
	if err != nil {
		return fetched{}, fault.Wrap(fault.Unavailable, err, "metadata could not be fetched")
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotModified && etag+lastModified != "" {
		return fetched{unchanged: true, etag: etag, lastModified: lastModified}, nil
	}
	if response.StatusCode != http.StatusOK {
		return fetched{}, fault.New(fault.Unavailable, "metadata could not be fetched: the server answers %s", response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxMetadata+1))
	switch {
	case err != nil:
		return fetched{}, fault.Wrap(fault.Unavailable, err, "metadata could not be fetched whole")
	case len(body) > maxMetadata:
		return fetched{}, fault.New(fault.Invalid, "the metadata have more than %d bytes: give the document of the one provider, not of a federation", maxMetadata)
	}
	return fetched{document: body, etag: response.Header.Get("ETag"), lastModified: response.Header.Get("Last-Modified")}, nil
}

// byteOrderMark begins files that some products write; it is no part of the document.
var byteOrderMark = []byte("\xef\xbb\xbf")

// readMetadata reads a document that is to come into force.
func readMetadata(document []byte, now time.Time) (saml.IdentityProvider, error) {
	if len(document) > maxMetadata {
		return saml.IdentityProvider{}, fault.New(fault.Invalid, "the metadata have more than %d bytes: give the document of the one provider, not of a federation", maxMetadata)
	}
	idp, err := saml.ParseMetadata(document)
	if err != nil {
		return idp, fault.New(fault.Invalid, "the metadata cannot be used: %s", err)
	}
	if !idp.ValidUntil.IsZero() && !now.Before(idp.ValidUntil) {
		return idp, fault.New(fault.Invalid, "the metadata were valid until %s only", idp.ValidUntil.UTC().Format(time.RFC3339))
	}
	return idp, nil
}

// Refresh fetches a provider's metadata from its address, or takes the given document, and puts them in force when they are good; otherwise the
// last good ones stay, with a note of what was wrong. It reports whether anything changed. A document of another entity is Invalid, as is none for
// a provider without an address.
func (s *Providers) Refresh(ctx context.Context, name string, document []byte) (changed bool, err error) {
	p, err := s.Get(ctx, name)
	if err != nil {
		return false, err
	}
	var etag, lastModified string
	err = s.pool.QueryRow(ctx, `select etag, last_modified from login.provider where provider = $1`, name).Scan(&etag, &lastModified)
	if err != nil {
		return false, fmt.Errorf("refresh provider %s: %w", name, pg.Clean(err))
	}
	got := fetched{document: document}
	switch {
	case document != nil:
	case p.MetadataURL == "":
		return false, fault.New(fault.Invalid, "the metadata of %s came as a file: give the new one with --metadata", name)
	default:
		got, err = fetch(ctx, p.MetadataURL, etag, lastModified)
	}
	if err == nil && !got.unchanged {
		changed, err = s.putInForce(ctx, p, got)
	}
	if noteErr := s.noteCheck(ctx, name, err); noteErr != nil {
		return changed, errors.Join(err, noteErr)
	}
	return changed, err
}

// putInForce stores a document, if it is one of the same entity and good.
func (s *Providers) putInForce(ctx context.Context, p Provider, got fetched) (changed bool, err error) {
	got.document = bytes.TrimPrefix(got.document, byteOrderMark)
	idp, err := readMetadata(got.document, s.now())
	if err != nil {
		return false, err
	}
	if idp.EntityID != p.IDP.EntityID {
		return false, fault.New(fault.Invalid, "the metadata are those of another entity, %s; to believe it, add it as a provider", idp.EntityID)
	}
	tag, err := s.pool.Exec(ctx, `update login.provider set metadata = $2, valid_until = $3, etag = $4, last_modified = $5 where provider = $1`,
		p.Name, string(got.document), orNull(idp.ValidUntil), got.etag, got.lastModified)
	if err != nil {
		return false, fmt.Errorf("refresh provider %s: %w", p.Name, pg.Clean(err))
	}
	return tag.RowsAffected() == 1 && string(p.Metadata) != string(got.document), nil
}

// noteCheck writes down how an attempt to refresh went.
func (s *Providers) noteCheck(ctx context.Context, name string, outcome error) error {
	said := ""
	if outcome != nil {
		said = clean(outcome.Error())
	}
	_, err := s.pool.Exec(ctx, `update login.provider set checked_at = $2, last_error = $3, refreshed_at = case when $3 = '' then $2 else refreshed_at end
		where provider = $1`, name, s.now(), said)
	if err != nil {
		return fmt.Errorf("refresh provider %s: %w", name, pg.Clean(err))
	}
	return nil
}

// claim takes the providers whose metadata were last asked for longer ago than every, so that only one server fetches them. A server that dies
// meanwhile leaves them to the next round.
func (s *Providers) claim(ctx context.Context, every time.Duration, name string) ([]string, error) {
	now := s.now()
	rows, err := s.pool.Query(ctx, `update login.provider set checked_at = $1 where checked_at <= $2 and metadata_url is not null and disabled_at is null
		and ($3 = '' or provider = $3) returning provider`, now, now.Add(-every), name)
	if err != nil {
		return nil, fmt.Errorf("claim providers: %w", pg.Clean(err))
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("claim providers: %w", pg.Clean(err))
	}
	return names, nil
}

// RefreshDue refreshes the providers whose metadata were last asked for longer ago than every. What goes wrong with one is logged and noted
// with it.
func (s *Providers) RefreshDue(ctx context.Context, every time.Duration, log *slog.Logger) error {
	names, err := s.claim(ctx, every, "")
	for _, name := range names {
		changed, err := s.Refresh(ctx, name, nil)
		switch {
		case err != nil && ctx.Err() == nil:
			log.Warn("metadata of an identity provider could not be refreshed; the last good ones stay in force", "provider", name, "error", err)
		case changed:
			log.Info("metadata of an identity provider have changed", "provider", name)
		}
	}
	return err
}

// Run keeps the metadata of all providers fresh until ctx ends.
func (s *Providers) Run(ctx context.Context, every time.Duration, log *slog.Logger) error {
	if every == 0 {
		every = DefaultRefresh
	}
	tick := time.NewTicker(min(every, time.Minute))
	defer tick.Stop()
	for {
		if err := s.RefreshDue(ctx, every, log); err != nil && ctx.Err() == nil {
			log.Warn("refresh identity providers", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
