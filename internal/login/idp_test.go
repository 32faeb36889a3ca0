package login_test

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/jackc/pgx/v5/pgxpool"
	dsig "github.com/russellhaering/goxmldsig"

	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/saml"
	"scorehouse/internal/tenant"
)

// Keys take long to make, so that all tests share a few.
var testKeys = sync.OnceValue(func() (keys [3]saml.Key) {
	var wait sync.WaitGroup
	for i := range keys {
		wait.Go(func() {
			var err error
			if keys[i], err = saml.NewKey("test", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 10*365*24*time.Hour); err != nil {
				panic(err)
			}
		})
	}
	wait.Wait()
	return keys
})

// idp is an identity provider that says whatever a test wants.
type idp struct {
	entity string
	key    saml.Key
	clock  *clock
}

func (p idp) metadata() []byte {
	return fmt.Appendf(nil, `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="%s">
		<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
		<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
		<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="%s/slo"/>
		<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="%s/sso"/>
		</IDPSSODescriptor></EntityDescriptor>`, p.entity, base64.StdEncoding.EncodeToString(p.key.Certificate.Raw), p.entity, p.entity)
}

// asked reads what a redirect to the provider asks for.
func asked(t *testing.T, redirect string) (requestID, relayState string) {
	t.Helper()
	u, err := url.Parse(redirect)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := base64.StdEncoding.DecodeString(u.Query().Get("SAMLRequest"))
	if err != nil {
		t.Fatalf("%s: %v", redirect, err)
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(packed)))
	if err != nil {
		t.Fatal(err)
	}
	var message struct {
		ID string `xml:"ID,attr"`
	}
	if err := xml.Unmarshal(text, &message); err != nil || message.ID == "" {
		t.Fatalf("%s: %v", text, err)
	}
	return message.ID, u.Query().Get("RelayState")
}

// answers signs a response to a request, with an assertion about somebody.
func (p idp) answers(t *testing.T, requestID, assertionID string, attributes map[string][]string) string {
	t.Helper()
	now := p.clock.now().UTC()
	stamp := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }
	var statement bytes.Buffer
	for name, values := range attributes {
		fmt.Fprintf(&statement, `<saml:Attribute Name="%s">`, html.EscapeString(name))
		for _, v := range values {
			fmt.Fprintf(&statement, `<saml:AttributeValue>%s</saml:AttributeValue>`, html.EscapeString(v))
		}
		statement.WriteString(`</saml:Attribute>`)
	}
	document := etree.NewDocument()
	err := document.ReadFromString(fmt.Sprintf(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"`+
		` ID="_r%[1]s" Version="2.0" IssueInstant="%[2]s" Destination="%[5]s" InResponseTo="%[6]s"><saml:Issuer>%[7]s</saml:Issuer>`+
		`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>`+
		`<saml:Assertion ID="%[1]s" Version="2.0" IssueInstant="%[2]s"><saml:Issuer>%[7]s</saml:Issuer>`+
		`<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">_name-1</saml:NameID>`+
		`<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="%[4]s" Recipient="%[5]s" InResponseTo="%[6]s"/>`+
		`</saml:SubjectConfirmation></saml:Subject>`+
		`<saml:Conditions NotBefore="%[3]s" NotOnOrAfter="%[4]s"><saml:AudienceRestriction><saml:Audience>%[8]s</saml:Audience></saml:AudienceRestriction></saml:Conditions>`+
		`<saml:AuthnStatement AuthnInstant="%[2]s" SessionIndex="index-1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password`+
		`</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`+
		`<saml:AttributeStatement>%[9]s</saml:AttributeStatement></saml:Assertion></samlp:Response>`,
		assertionID, stamp(0), stamp(-time.Minute), stamp(5*time.Minute), consumerURL, requestID, p.entity, ourEntity, statement.String()))
	if err != nil {
		t.Fatal(err)
	}
	signing, err := dsig.NewSigningContext(p.key.Private, [][]byte{p.key.Certificate.Raw})
	if err != nil {
		t.Fatal(err)
	}
	signing.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	signature, err := signing.ConstructSignature(document.Root(), true)
	if err != nil {
		t.Fatal(err)
	}
	document.Root().InsertChildAt(1, signature)
	text, err := document.WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(text)
}

// speaker sends logout messages of the provider.
func (p idp) speaker() saml.ServiceProvider {
	return saml.ServiceProvider{EntityID: p.entity, Keys: []saml.Key{p.key}}
}

// us is how the provider knows us.
func us() saml.IdentityProvider {
	return saml.IdentityProvider{EntityID: ourEntity, SingleLogout: saml.Endpoint{Binding: saml.RedirectBinding, Location: logoutURL, ResponseLocation: logoutURL}}
}

const (
	ourEntity   = "https://reports.example.org/saml/metadata"
	consumerURL = "https://reports.example.org/saml_post"
	logoutURL   = "https://reports.example.org/saml/logout"
)

// eventLog keeps events, or fails.
type eventLog struct {
	mu   sync.Mutex
	all  []login.Event
	fail bool
}

// Record keeps an event.
func (l *eventLog) Record(_ context.Context, e login.Event) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail {
		return errors.New("the disk is full")
	}
	l.all = append(l.all, e)
	return nil
}

func (l *eventLog) setFail(fail bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail = fail
}

// last returns the newest event.
func (l *eventLog) last() login.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return login.Event{}
	}
	return l.all[len(l.all)-1]
}

type tenantList []tenant.Tenant

// List returns the tenants.
func (l tenantList) List(context.Context) ([]tenant.Tenant, error) { return l, nil }

var bothTenants = tenantList{{ID: "hemlock", StateCode: "HM", Name: "State of Hemlock"}, {ID: "tamarack", StateCode: "TK", Name: "State of Tamarack"}}

// house is an installation with one identity provider, "district", which may speak for tamarack.
type house struct {
	*login.SignOn
	idp      idp
	clock    *clock
	events   *eventLog
	pool     *pgxpool.Pool    // as the owner; the servers run as the role of the web server
	operator *login.Providers // likewise
}

func newHouse(t *testing.T) *house {
	t.Helper()
	pool := control(t)
	h := &house{clock: &clock{at: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC)}, events: &eventLog{}, pool: pool}
	h.idp = idp{"https://idp.example.org/district", testKeys()[0], h.clock}
	h.operator = login.NewProviders(pool, nil, h.clock.now)
	h.SignOn = h.server(pgtest.As(t, pool, pg.Web), ourKeys(t))
	h.add(t, "district", h.idp)
	return h
}

// server is one server of the installation.
func (h *house) server(pool *pgxpool.Pool, keys *login.Keys) *login.SignOn {
	return login.NewSignOn(login.SignOnConfig{
		Pool: pool, Sessions: login.OpenSessions(login.Config{Pool: pool, Now: h.clock.now}), Providers: login.NewProviders(pool, nil, h.clock.now),
		Keys: keys, Tenants: bothTenants, Events: h.events, Logger: slog.New(slog.DiscardHandler), Now: h.clock.now,
		EntityID: ourEntity, AssertionConsumer: consumerURL, SingleLogout: logoutURL,
	})
}

// ourKeys is a directory with one key.
func ourKeys(t *testing.T) *login.Keys {
	t.Helper()
	dir := t.TempDir()
	text, err := testKeys()[2].PEM()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"first.pem": text, "signing": []byte("first\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := login.OpenKeys(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func (h *house) add(t *testing.T, name string, p idp) {
	t.Helper()
	if _, err := h.operator.Add(t.Context(), login.Provider{Name: name, Title: name, Metadata: p.metadata(), Tenants: []tenant.ID{"tamarack"}, Shape: login.SBAC}); err != nil {
		t.Fatal(err)
	}
}

// rosaSays are attributes in the usual shape.
func rosaSays(chains ...string) map[string][]string {
	if chains == nil {
		chains = []string{"||PII|||SBAC|||tamarack|TK|||0042|Cedar|||0117|Lakeside|"}
	}
	return map[string][]string{
		"guid": {"guid-1"}, "uid": {"rosa"}, "fullName": {"Rosa Delgado"}, "mail": {"rosa@example.org"}, "memberOf": chains,
	}
}

// visit is one browser on its way through a sign-in.
type visit struct {
	cookie, requestID, relayState, response string
}

// begin goes as far as the identity provider's answer.
func (h *house) begin(t *testing.T, assertionID string, attributes map[string][]string) visit {
	t.Helper()
	redirect, cookie, err := h.Begin(t.Context(), "district", "/s/TK?year=2026", "")
	if err != nil {
		t.Fatal(err)
	}
	v := visit{cookie: cookie}
	v.requestID, v.relayState = asked(t, redirect)
	v.response = h.idp.answers(t, v.requestID, assertionID, attributes)
	return v
}
