package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"scorehouse/internal/audit"
	"scorehouse/internal/config"
	"scorehouse/internal/login"
	"scorehouse/internal/tenant"
)

type providerCommand struct {
	Add     providerAddCommand     `cmd:"" help:"Believe an identity provider when it says who somebody is."`
	List    providerListCommand    `cmd:"" help:"List identity providers."`
	Change  providerChangeCommand  `cmd:"" help:"Change what an identity provider may grant, or how it is read. The sessions it began end."`
	Refresh providerRefreshCommand `cmd:"" help:"Fetch metadata now, or take new ones from a file."`
	Disable providerDisableCommand `cmd:"" help:"Stop sign-ins through an identity provider, and end the sessions it began."`
	Enable  providerEnableCommand  `cmd:"" help:"Allow sign-ins through an identity provider again."`
	Remove  providerRemoveCommand  `cmd:"" help:"Forget an identity provider, and end the sessions it began."`
	Key     providerKeyCommand     `cmd:"" help:"Manage our own keys, with which we sign requests and open encrypted answers."`
}

// providers opens the identity providers of the installation.
func (a *app) providers() (*login.Providers, error) {
	pool, err := a.control()
	if err != nil {
		return nil, err
	}
	cfg, err := a.configuration()
	if err != nil {
		return nil, err
	}
	return login.NewProviders(pool, cfg.Access.table(), nil), nil
}

// metadataFrom reads metadata from a file, or fetches them and returns the address too.
func (a *app) metadataFrom(source string) (document []byte, address string, err error) {
	if !strings.Contains(source, "://") {
		document, err = readFile(source)
		return document, "", err
	}
	document, err = login.FetchMetadata(a.ctx, source)
	return document, source, err
}

// readMapping reads the file that says which attribute holds what.
func readMapping(path string) (login.Mapping, error) {
	var m login.Mapping
	if path == "" {
		return m, nil
	}
	text, err := readFile(path)
	if err != nil {
		return m, err
	}
	return m, config.Parse(path, text, &m)
}

func tenantIDs(names []string) []tenant.ID {
	var ids []tenant.ID
	for _, n := range names {
		ids = append(ids, tenant.ID(n))
	}
	return ids
}

type providerAddCommand struct {
	Name         string        `arg:"" help:"Short name for it here: lower-case letters, digits, - and _."`
	Metadata     string        `required:"" help:"Its SAML metadata: an address (https), which is then asked for news every hour, or a file." placeholder:"URL|FILE"`
	Title        string        `help:"Words by which people recognise it when they must choose. Default: its name."`
	Tenant       []string      `help:"A tenant in which it may grant something; may be given several times."`
	AllTenants   bool          `help:"It may grant something in every tenant, those added later included."`
	Shape        string        `help:"How its attributes are read: sbac, live, ldap or mapped." enum:"sbac,live,ldap,mapped" default:"sbac"`
	Mapping      string        `help:"YAML file that names attributes and says what members of groups are granted (docs/operations/sign-in.md)." placeholder:"FILE"`
	NameIDFormat string        `name:"name-id-format" help:"Kind of name identifier to ask for. Default: transient." placeholder:"URN"`
	ClockSkew    time.Duration `help:"How far its clock may differ from ours. Default: 1m." placeholder:"TIME"`
	AllowCBC     bool          `name:"allow-cbc" help:"Accept assertions encrypted with AES-CBC (older products), within signed responses only."`
}

// Run adds the provider. People can sign in through it at once.
func (c providerAddCommand) Run(a *app) error {
	providers, err := a.providers()
	if err != nil {
		return err
	}
	p := login.Provider{
		Name: c.Name, Title: c.Title, Tenants: tenantIDs(c.Tenant), AllTenants: c.AllTenants, Shape: login.Shape(c.Shape),
		NameIDFormat: c.NameIDFormat, Skew: c.ClockSkew, AllowCBC: c.AllowCBC,
	}
	if p.Title == "" {
		p.Title = p.Name
	}
	if p.Mapping, err = readMapping(c.Mapping); err != nil {
		return err
	}
	if p.Metadata, p.MetadataURL, err = a.metadataFrom(c.Metadata); err != nil {
		return err
	}
	return a.administer(audit.Event{Kind: audit.AdminProviderAdd, What: audit.What{Object: audit.ID(c.Name)}}, func(*audit.Event) error {
		added, err := providers.Add(a.ctx, p)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "people can sign in through %s (%s), which may grant in %s\n", added.Name, added.IDP.EntityID, speaksFor(added))
		printCertificates(a.stdout, added)
		return nil
	})
}

func speaksFor(p login.Provider) string {
	if p.AllTenants {
		return "all tenants"
	}
	return joined(p.Tenants)
}

// printCertificates prints the fingerprints, which an operator compares with what the provider's people say by another way.
func printCertificates(w io.Writer, p login.Provider) {
	for _, c := range p.IDP.Certificates {
		sum := sha256.Sum256(c.Raw)
		fmt.Fprintf(w, "  believes signatures of certificate SHA-256 %s, valid to %s\n", hex.EncodeToString(sum[:]), c.NotAfter.UTC().Format(time.DateOnly))
	}
}

type providerListCommand struct {
	JSON bool `help:"Print an array of objects for machines."`
}

type providerLine struct {
	Name         string      `json:"name"`
	Title        string      `json:"title"`
	EntityID     string      `json:"entity_id"`
	Enabled      bool        `json:"enabled"`
	Tenants      []tenant.ID `json:"tenants"`
	AllTenants   bool        `json:"all_tenants"`
	Shape        login.Shape `json:"shape"`
	MetadataURL  string      `json:"metadata_url,omitempty"`
	RefreshedAt  time.Time   `json:"refreshed_at"`
	ValidUntil   *time.Time  `json:"valid_until,omitempty"`
	LastError    string      `json:"last_error,omitempty"`
	Certificates []string    `json:"certificates_sha256"`
}

// Run prints the identity providers.
func (c providerListCommand) Run(a *app) error {
	providers, err := a.providers()
	if err != nil {
		return err
	}
	all, err := providers.List(a.ctx)
	if err != nil {
		return err
	}
	lines, rows := []providerLine{}, [][]string{}
	for _, p := range all {
		l := providerLine{Name: p.Name, Title: p.Title, EntityID: p.IDP.EntityID, Enabled: p.Enabled(), Tenants: append([]tenant.ID{}, p.Tenants...), AllTenants: p.AllTenants,
			Shape: p.Shape, MetadataURL: p.MetadataURL, RefreshedAt: p.RefreshedAt, LastError: p.LastError, Certificates: []string{}}
		if !p.IDP.ValidUntil.IsZero() {
			l.ValidUntil = &p.IDP.ValidUntil
		}
		for _, x := range p.IDP.Certificates {
			sum := sha256.Sum256(x.Raw)
			l.Certificates = append(l.Certificates, hex.EncodeToString(sum[:]))
		}
		lines = append(lines, l)
		rows = append(rows, []string{p.Name, stateOf(p), speaksFor(p), string(p.Shape), p.IDP.EntityID, moment(p.RefreshedAt), p.LastError})
	}
	if c.JSON {
		return printJSON(a.stdout, lines)
	}
	printTable(a.stdout, []string{"NAME", "STATE", "TENANTS", "SHAPE", "ENTITY", "METADATA FROM", "LAST ERROR"}, rows)
	return nil
}

func stateOf(p login.Provider) string {
	switch {
	case !p.Enabled():
		return "disabled"
	case !p.IDP.ValidUntil.IsZero() && !time.Now().Before(p.IDP.ValidUntil):
		return "expired"
	}
	return "enabled"
}

type providerChangeCommand struct {
	Name         string         `arg:"" help:"Name of the provider."`
	Title        string         `help:"New title."`
	Tenant       []string       `help:"The tenants in which it may grant something, instead of those before."`
	AllTenants   bool           `help:"It may grant something in every tenant."`
	Shape        string         `help:"How its attributes are read: sbac, live, ldap or mapped." enum:",sbac,live,ldap,mapped" default:""`
	Mapping      string         `help:"New mapping file, instead of the one before." placeholder:"FILE"`
	NameIDFormat *string        `name:"name-id-format" help:"Kind of name identifier to ask for; empty is transient." placeholder:"URN"`
	ClockSkew    *time.Duration `help:"How far its clock may differ from ours; 0 is 1m." placeholder:"TIME"`
	AllowCBC     *bool          `name:"allow-cbc" negatable:"" help:"Accept assertions encrypted with AES-CBC, or no longer."`
}

// Run changes what was named and leaves the rest.
func (c providerChangeCommand) Run(a *app) error {
	providers, err := a.providers()
	if err != nil {
		return err
	}
	p, err := providers.Get(a.ctx, c.Name)
	if err != nil {
		return err
	}
	if c.Title != "" {
		p.Title = c.Title
	}
	if len(c.Tenant) > 0 || c.AllTenants {
		p.Tenants, p.AllTenants = tenantIDs(c.Tenant), c.AllTenants
	}
	if c.Shape != "" {
		p.Shape = login.Shape(c.Shape)
	}
	if c.Mapping != "" {
		if p.Mapping, err = readMapping(c.Mapping); err != nil {
			return err
		}
	}
	if c.NameIDFormat != nil {
		p.NameIDFormat = *c.NameIDFormat
	}
	if c.ClockSkew != nil {
		p.Skew = *c.ClockSkew
	}
	if c.AllowCBC != nil {
		p.AllowCBC = *c.AllowCBC
	}
	return a.endingSessions(audit.AdminProviderChange, c.Name, "changed", func(sessions *login.Sessions) ([]login.Session, error) {
		return providers.Change(a.ctx, sessions, p)
	})
}

// endingSessions does something to a provider that ends the sessions it began.
func (a *app) endingSessions(kind audit.Kind, name, done string, act func(*login.Sessions) ([]login.Session, error)) error {
	sessions, err := a.sessions()
	if err != nil {
		return err
	}
	return a.administer(audit.Event{Kind: kind, What: audit.What{Object: audit.ID(name)}}, func(e *audit.Event) error {
		ended, err := act(sessions)
		if err != nil {
			return err
		}
		e.What.Count = len(ended)
		fmt.Fprintf(a.stdout, "%s is %s; %s ended\n", name, done, sessionsText(len(ended)))
		return nil
	})
}

type providerRefreshCommand struct {
	Name     string `arg:"" optional:"" help:"Name of the provider; all that have an address when left out."`
	Metadata string `help:"File with its new metadata, for one that has no address." placeholder:"FILE"`
}

// Validate wants a name with a file.
func (c *providerRefreshCommand) Validate() error {
	if c.Metadata != "" && c.Name == "" {
		return fmt.Errorf("say whose metadata the file holds")
	}
	return nil
}

// Run refreshes. What cannot be refreshed keeps its last good metadata; the first error is returned when all were tried.
func (c *providerRefreshCommand) Run(a *app) error {
	providers, err := a.providers()
	if err != nil {
		return err
	}
	names := []string{c.Name}
	if c.Name == "" {
		all, err := providers.List(a.ctx)
		if err != nil {
			return err
		}
		names = nil
		for _, p := range all {
			if p.MetadataURL != "" {
				names = append(names, p.Name)
			}
		}
	}
	var document []byte
	if c.Metadata != "" {
		if document, err = readFile(c.Metadata); err != nil {
			return err
		}
	}
	var first error
	for _, name := range names {
		err := a.administer(audit.Event{Kind: audit.AdminProviderChange, What: audit.What{Object: audit.ID(name)}}, func(*audit.Event) error {
			return a.refresh(providers, name, document)
		})
		if err != nil {
			fmt.Fprintf(a.stderr, "%s keeps its last good metadata: %s\n", name, err)
			if first == nil {
				first = err
			}
		}
	}
	return first
}

func (a *app) refresh(providers *login.Providers, name string, document []byte) error {
	changed, err := providers.Refresh(a.ctx, name, document)
	if err != nil {
		return err
	}
	p, err := providers.Get(a.ctx, name)
	if err != nil {
		return err
	}
	said := "unchanged"
	if changed {
		said = "changed"
	}
	fmt.Fprintf(a.stdout, "metadata of %s: %s\n", name, said)
	printCertificates(a.stdout, p)
	return nil
}

type providerDisableCommand struct {
	Name string `arg:"" help:"Name of the provider."`
}

// Run disables the provider.
func (c providerDisableCommand) Run(a *app) error {
	providers, err := a.providers()
	if err != nil {
		return err
	}
	return a.endingSessions(audit.AdminProviderChange, c.Name, "disabled", func(sessions *login.Sessions) ([]login.Session, error) {
		return providers.Disable(a.ctx, sessions, c.Name)
	})
}

type providerEnableCommand struct {
	Name string `arg:"" help:"Name of the provider."`
}

// Run enables the provider.
func (c providerEnableCommand) Run(a *app) error {
	providers, err := a.providers()
	if err != nil {
		return err
	}
	return a.administer(audit.Event{Kind: audit.AdminProviderChange, What: audit.What{Object: audit.ID(c.Name)}}, func(*audit.Event) error {
		if err := providers.Enable(a.ctx, c.Name); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "people can sign in through %s\n", c.Name)
		return nil
	})
}

type providerRemoveCommand struct {
	Name string `arg:"" help:"Name of the provider."`
}

// Run removes the provider.
func (c providerRemoveCommand) Run(a *app) error {
	providers, err := a.providers()
	if err != nil {
		return err
	}
	return a.endingSessions(audit.AdminProviderRemove, c.Name, "removed", func(sessions *login.Sessions) ([]login.Session, error) {
		return providers.Remove(a.ctx, sessions, c.Name)
	})
}

type providerKeyCommand struct {
	List   providerKeyListCommand   `cmd:"" help:"List our keys; the first signs."`
	Add    providerKeyAddCommand    `cmd:"" help:"Make or import a key. It stands in our metadata and opens what is encrypted to it; it does not sign yet."`
	Use    providerKeyUseCommand    `cmd:"" help:"Sign with a key from now on."`
	Remove providerKeyRemoveCommand `cmd:"" help:"Forget a key that does not sign."`
}

// samlKeys is the directory of our keys for signing in, below the one of all keys.
const samlKeys = "saml"

func (a *app) serviceKeys() (*login.Keys, error) {
	cfg, err := a.configuration()
	if err != nil {
		return nil, err
	}
	return login.OpenKeys(filepath.Join(cfg.Keys.Directory, samlKeys), time.Now())
}

type providerKeyListCommand struct{}

// Run prints the keys.
func (providerKeyListCommand) Run(a *app) error {
	keys, err := a.serviceKeys()
	if err != nil {
		return err
	}
	all, err := keys.List()
	if err != nil {
		return err
	}
	rows := [][]string{}
	for _, k := range all {
		use := "opens"
		if k.Signs {
			use = "signs, opens"
		}
		rows = append(rows, []string{k.ID, use, fmt.Sprintf("RSA %d", k.Bits), k.NotBefore.UTC().Format(time.DateOnly), k.NotAfter.UTC().Format(time.DateOnly)})
	}
	printTable(a.stdout, []string{"ID", "USE", "KEY", "FROM", "TO"}, rows)
	return nil
}

type providerKeyAddCommand struct {
	File string `help:"PEM file with an RSA key and its certificate, for one that identity providers know already. Default: a new key is made." placeholder:"FILE"`
}

// Run adds a key.
func (c providerKeyAddCommand) Run(a *app) error {
	keys, err := a.serviceKeys()
	if err != nil {
		return err
	}
	var text []byte
	if c.File != "" {
		if text, err = readFile(c.File); err != nil {
			return err
		}
	}
	return a.administer(audit.Event{Kind: audit.AdminSigningKey}, func(e *audit.Event) error {
		id, err := keys.Add(text, time.Now())
		if err != nil {
			return err
		}
		e.What.Object = audit.ID(id)
		fmt.Fprintf(a.stdout, "key %s stands in our metadata; when every identity provider has them: scorehouse provider key use %s\n", id, id)
		return nil
	})
}

type providerKeyUseCommand struct {
	ID string `arg:"" help:"Id of the key, as provider key list shows it."`
}

// Run makes the key the one that signs.
func (c providerKeyUseCommand) Run(a *app) error {
	return a.onKey(c.ID, "signs from now on", (*login.Keys).Use)
}

type providerKeyRemoveCommand struct {
	ID string `arg:"" help:"Id of the key, as provider key list shows it."`
}

// Run removes the key.
func (c providerKeyRemoveCommand) Run(a *app) error {
	return a.onKey(c.ID, "is removed", (*login.Keys).Remove)
}

func (a *app) onKey(id, done string, act func(*login.Keys, string) error) error {
	keys, err := a.serviceKeys()
	if err != nil {
		return err
	}
	return a.administer(audit.Event{Kind: audit.AdminSigningKey, What: audit.What{Object: audit.ID(id)}}, func(*audit.Event) error {
		if err := act(keys, id); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "key %s %s\n", id, done)
		return nil
	})
}
