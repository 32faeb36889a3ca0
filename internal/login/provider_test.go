package login_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/tenant"
)

func providers(t *testing.T) (*login.Providers, *clock) {
	t.Helper()
	c := &clock{at: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)}
	return login.NewProviders(control(t), nil, c.now), c
}

func TestAProviderIsKeptAsItWasAdded(t *testing.T) {
	t.Parallel()
	s, c := providers(t)
	document := idp{"https://idp.example.org", testKeys()[0], c}.metadata()
	want := login.Provider{
		Name: "agency", Title: "State agency", Metadata: document, MetadataURL: "https://idp.example.org/metadata", Tenants: []tenant.ID{"tamarack", "hemlock"},
		Shape: login.Mapped, NameIDFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", Skew: 2 * time.Minute, AllowCBC: true,
		Mapping: login.Mapping{UserID: "id", Groups: login.GroupMapping{Attribute: "groups",
			Grants: map[string][]login.GroupGrant{"x": {{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"}}}}},
	}
	added := want
	added.Metadata = append([]byte("\xef\xbb\xbf"), document...) // as Entra ID writes its files
	if _, err := s.Add(t.Context(), added); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(t.Context(), "agency")
	if err != nil {
		t.Fatal(err)
	}
	if got.IDP.EntityID != "https://idp.example.org" || len(got.IDP.Certificates) != 1 || !got.Enabled() || !got.AddedAt.Equal(c.at) {
		t.Errorf("got %+v", got)
	}
	want.IDP, want.AddedAt, want.RefreshedAt, want.CheckedAt = got.IDP, got.AddedAt, got.RefreshedAt, got.CheckedAt
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("provider (-want +got):\n%s", diff)
	}
	all, err := s.List(t.Context())
	if err != nil || len(all) != 1 {
		t.Errorf("listed %v, %v", all, err)
	}
}

func TestAProviderThatWouldGrantMoreThanWasMeantIsRefused(t *testing.T) {
	t.Parallel()
	s, c := providers(t)
	good := login.Provider{Name: "one", Title: "One", Metadata: idp{"https://one.example.org", testKeys()[0], c}.metadata(), AllTenants: true, Shape: login.SBAC}
	if _, err := s.Add(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	expired := bytes.Replace(good.Metadata, []byte("entityID="), []byte(`validUntil="2026-05-04T08:00:00Z" entityID=`), 1)
	for name, x := range map[string]struct {
		change func(*login.Provider)
		want   fault.Kind
	}{
		"the same name":           {func(p *login.Provider) { p.Metadata = idp{"https://two.example.org", testKeys()[0], c}.metadata() }, fault.Conflict},
		"the same entity":         {func(p *login.Provider) { p.Name = "two" }, fault.Conflict},
		"a name for paths":        {func(p *login.Provider) { p.Name = "../x" }, fault.Invalid},
		"the name of no provider": {func(p *login.Provider) { p.Name = login.DirectProvider }, fault.Invalid},
		"no title":                {func(p *login.Provider) { p.Title = "" }, fault.Invalid},
		"no tenant":               {func(p *login.Provider) { p.AllTenants = false }, fault.Invalid},
		"some and all tenants":    {func(p *login.Provider) { p.Tenants = []tenant.ID{"tamarack"} }, fault.Invalid},
		"an unknown tenant":       {func(p *login.Provider) { p.AllTenants, p.Tenants = false, []tenant.ID{"tamarack", "narnia"} }, fault.NotFound},
		"no shape":                {func(p *login.Provider) { p.Shape = "" }, fault.Invalid},
		"no metadata":             {func(p *login.Provider) { p.Name, p.Metadata = "two", []byte("<a/>") }, fault.Invalid},
		"expired metadata":        {func(p *login.Provider) { p.Name, p.Metadata = "two", expired }, fault.Invalid},
		"a user id that changes":  {func(p *login.Provider) { p.Mapping.UserID = login.NameIDAttribute }, fault.Invalid},
		"metadata by plain http":  {func(p *login.Provider) { p.MetadataURL = "http://one.example.org/" }, fault.Invalid},
		"a clock far off":         {func(p *login.Provider) { p.Skew = time.Hour }, fault.Invalid},
	} {
		p := good
		x.change(&p)
		if _, err := s.Add(t.Context(), p); !fault.Is(err, x.want) {
			t.Errorf("%s: %v, want %s", name, err, x.want)
		}
	}
}

func TestAChangedOrRemovedProviderLosesItsSessions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	p, err := h.operator.Get(t.Context(), "district")
	if err != nil {
		t.Fatal(err)
	}
	for i, act := range []func() ([]login.Session, error){
		func() ([]login.Session, error) {
			p.Title = "New"
			return h.operator.Change(t.Context(), h.Sessions, p)
		},
		func() ([]login.Session, error) { return h.operator.Remove(t.Context(), h.Sessions, "district") },
	} {
		token, _, err := h.finish(t, h.begin(t, fmt.Sprintf("_a%d", i), rosaSays()))
		if err != nil {
			t.Fatal(err)
		}
		if ended, err := act(); err != nil || len(ended) != 1 {
			t.Errorf("act %d ended %v, %v", i, ended, err)
		}
		gone(t, h.Sessions, token, "afterwards")
	}
	for name, err := range map[string]error{
		"get":     func() error { _, err := h.operator.Get(t.Context(), "district"); return err }(),
		"change":  func() error { _, err := h.operator.Change(t.Context(), h.Sessions, p); return err }(),
		"disable": func() error { _, err := h.operator.Disable(t.Context(), h.Sessions, "district"); return err }(),
		"enable":  h.operator.Enable(t.Context(), "district"),
		"remove":  func() error { _, err := h.operator.Remove(t.Context(), h.Sessions, "district"); return err }(),
		"refresh": func() error { _, err := h.operator.Refresh(t.Context(), "district", nil); return err }(),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("%s of a removed provider: %v, want not found", name, err)
		}
	}
}

// library serves a metadata document as web servers do.
type library struct {
	mu       sync.Mutex
	document []byte
	etag     string
	status   int
	asked    []string // If-None-Match of each request
}

// ServeHTTP answers with the document, or that it has not changed.
func (l *library) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = append(l.asked, r.Header.Get("If-None-Match"))
	if l.status != 0 {
		w.WriteHeader(l.status)
		return
	}
	w.Header().Set("ETag", l.etag)
	if r.Header.Get("If-None-Match") == l.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(l.document)
}

func (l *library) set(status int, etag string, document []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status, l.etag, l.document = status, etag, document
}

func TestMetadataAreRefreshedAndTheLastGoodOnesKept(t *testing.T) {
	t.Parallel()
	s, c := providers(t)
	first := idp{"https://idp.example.org", testKeys()[0], c}
	second := idp{"https://idp.example.org", testKeys()[1], c}
	l := &library{etag: `"1"`, document: first.metadata()}
	server := httptest.NewServer(l)
	defer server.Close()
	document, err := login.FetchMetadata(t.Context(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Add(t.Context(), login.Provider{Name: "agency", Title: "Agency", Metadata: document, MetadataURL: server.URL, AllTenants: true, Shape: login.SBAC}); err != nil {
		t.Fatal(err)
	}
	certificate := func() []byte {
		p, err := s.Get(t.Context(), "agency")
		if err != nil {
			t.Fatal(err)
		}
		return p.IDP.Certificates[0].Raw
	}
	expired := bytes.Replace(second.metadata(), []byte("entityID="), []byte(`validUntil="2026-05-04T08:00:00Z" entityID=`), 1)
	for _, step := range []struct {
		name     string
		status   int
		etag     string
		document []byte
		changed  bool
		fails    bool
		sends    string
	}{
		{"the first refresh", 0, `"1"`, first.metadata(), false, false, ""},
		{"unchanged", 0, `"1"`, first.metadata(), false, false, `"1"`},
		{"down", http.StatusInternalServerError, "", nil, false, true, `"1"`},
		{"nonsense", 0, `"x"`, []byte("<html>"), false, true, `"1"`},
		{"another entity", 0, `"y"`, idp{"https://other.example.org", testKeys()[1], c}.metadata(), false, true, `"1"`},
		{"expired", 0, `"z"`, expired, false, true, `"1"`},
		{"too large", 0, `"l"`, bytes.Repeat([]byte(" "), 2<<20), false, true, `"1"`},
	} {
		l.set(step.status, step.etag, step.document)
		changed, err := s.Refresh(t.Context(), "agency", nil)
		if changed != step.changed || (err != nil) != step.fails {
			t.Errorf("%s: changed %v, %v", step.name, changed, err)
		}
		p, getErr := s.Get(t.Context(), "agency")
		if getErr != nil || (p.LastError != "") != step.fails || !bytes.Equal(certificate(), first.key.Certificate.Raw) {
			t.Errorf("%s: last error %q, %v", step.name, p.LastError, getErr)
		}
		if got := l.asked[len(l.asked)-1]; got != step.sends {
			t.Errorf("%s: asked with %q, want %q", step.name, got, step.sends)
		}
	}
	l.set(0, `"2"`, second.metadata())
	if changed, err := s.Refresh(t.Context(), "agency", nil); !changed || err != nil || !bytes.Equal(certificate(), second.key.Certificate.Raw) {
		t.Errorf("the new key: changed %v, %v", changed, err)
	}
	if changed, err := s.Refresh(t.Context(), "agency", append([]byte("\xef\xbb\xbf"), first.metadata()...)); !changed || err != nil || !bytes.Equal(certificate(), first.key.Certificate.Raw) {
		t.Errorf("from a file: changed %v, %v", changed, err)
	}
}

func TestOneServerRefreshesWhatIsDue(t *testing.T) {
	t.Parallel()
	s, c := providers(t)
	l := &library{etag: `"1"`, document: idp{"https://idp.example.org", testKeys()[0], c}.metadata()}
	server := httptest.NewServer(l)
	defer server.Close()
	for name, p := range map[string]login.Provider{
		"agency": {MetadataURL: server.URL, Metadata: l.document},
		"file":   {Metadata: idp{"https://file.example.org", testKeys()[0], c}.metadata()},
		"off":    {MetadataURL: server.URL, Metadata: idp{"https://off.example.org", testKeys()[0], c}.metadata()},
	} {
		p.Name, p.Title, p.AllTenants, p.Shape = name, name, true, login.SBAC
		if _, err := s.Add(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	sessions := login.OpenSessions(login.Config{Pool: control(t)})
	if _, err := s.Disable(t.Context(), sessions, "off"); err != nil {
		t.Fatal(err)
	}
	due := func() {
		var servers sync.WaitGroup
		for range 4 {
			servers.Go(func() {
				if err := s.RefreshDue(t.Context(), time.Hour, slog.New(slog.DiscardHandler)); err != nil {
					t.Error(err)
				}
			})
		}
		servers.Wait()
	}
	due()
	if len(l.asked) != 0 {
		t.Errorf("asked %d times although nothing is due", len(l.asked))
	}
	c.at = c.at.Add(time.Hour)
	due()
	if len(l.asked) != 1 {
		t.Errorf("asked %d times, want once", len(l.asked))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Run(ctx, time.Hour, slog.New(slog.DiscardHandler)); err != nil {
		t.Errorf("run: %v", err)
	}
}

func TestMetadataComeFromPlacesThatProveSomething(t *testing.T) {
	t.Parallel()
	for address, good := range map[string]bool{
		"https://idp.example.org/metadata": true, "http://127.0.0.1:8080/metadata": true, "http://localhost/metadata": true, "http://[::1]/m": true,
		"http://idp.example.org/metadata": false, "ftp://idp.example.org/": false, "file:///etc/passwd": false, "/etc/passwd": false, "": false,
		"https://user:secret@idp.example.org/": false, "http://localhost.example.org/": false,
	} {
		if err := login.CheckMetadataURL(address); (err == nil) != good {
			t.Errorf("%q: %v", address, err)
		}
	}
	server := httptest.NewServer(http.RedirectHandler("http://idp.example.org/metadata", http.StatusFound))
	defer server.Close()
	if _, err := login.FetchMetadata(t.Context(), server.URL); err == nil || !strings.Contains(err.Error(), "https") {
		t.Errorf("a redirect to plain http: %v", err)
	}
}
