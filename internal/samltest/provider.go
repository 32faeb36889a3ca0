package samltest

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Person is somebody whom the identity provider knows.
type Person struct {
	User, Password string
	Attributes     []Attribute
}

// Registration is a service provider as the identity provider knows it: its metadata, and how messages for it are made.
type Registration struct {
	Metadata      []byte // as served by the service provider
	SignResponse  bool
	SignAssertion bool
	Encrypt       bool // with AES-128-CBC, which is all this identity provider can
	SHA1          bool // sign with SHA-1, which must be refused
	LogoutByPost  bool // send logout messages by form, not by redirect

	// AsXML has the identity provider read the metadata itself, without the choices above.
	AsXML bool
}

// IdentityProvider is a running SimpleSAMLphp, an identity provider that we did not write. It listens on localhost, so that a service provider on
// 127.0.0.1 is another site.
type IdentityProvider struct {
	EntityID string
	URL      string // http://localhost:PORT/

	dir      string
	software string // where it is unpacked
	people   []Person
	keys     []Keys // the first signs; all are in the metadata
	process  *os.Process
	ended    chan struct{}
	output   *bytes.Buffer
}

// software finds what scripts/setup unpacked.
func software() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "scorehouse", "simplesamlphp", "usr", "share", "simplesamlphp")
	if _, err := os.Stat(filepath.Join(dir, "lib", "_autoload.php")); err != nil {
		return "", fmt.Errorf("SimpleSAMLphp is not unpacked in %s: run make setup", dir)
	}
	if _, err := exec.LookPath("php"); err != nil {
		return "", errors.New("php is not installed: run make setup")
	}
	return dir, nil
}

// StartIdentityProvider starts an identity provider with its files in dir. Stop must be called.
func StartIdentityProvider(ctx context.Context, dir string, people ...Person) (*IdentityProvider, error) {
	path, err := software()
	if err != nil {
		return nil, err
	}
	p := &IdentityProvider{dir: dir, software: path, people: people}
	for _, name := range []string{"cert", "log", "data", "temp", "sessions", "metadata"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	keys, err := NewKeys(filepath.Join(dir, "cert"), "idp", time.Now())
	if err != nil {
		return nil, err
	}
	p.keys = []Keys{keys}
	for range 3 { // another program may take the port between looking for one and using it
		if err = p.start(ctx); err == nil {
			return p, nil
		}
		p.Stop()
	}
	return nil, fmt.Errorf("start SimpleSAMLphp: %w\n%s", err, p.output)
}

func (p *IdentityProvider) start(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "localhost:0")
	if err != nil {
		return err
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	p.URL = fmt.Sprintf("http://localhost:%d/", port)
	p.EntityID = p.URL + "saml2/idp/metadata.php"
	if err := p.Register(); err != nil {
		return err
	}
	www := filepath.Join(p.software, "www")
	if _, err := os.Stat(www); err != nil {
		www = filepath.Join(p.software, "public") // its name from version 2 on
	}
	// Without its cache of files, PHP sees at once what Register writes.
	command := exec.Command("php", "-d", "display_errors=0", "-d", "opcache.enable=0", "-S", fmt.Sprintf("localhost:%d", port), "-t", www)
	command.Env = append(os.Environ(), "SIMPLESAMLPHP_CONFIG_DIR="+p.dir)
	p.output = new(bytes.Buffer)
	command.Stdout, command.Stderr = p.output, p.output
	// A group of its own, to end it whole; and it ends with us, however we end.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.ended = make(chan struct{})
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the death signal is bound to the thread that starts the child
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait()
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		return err
	}
	p.process = command.Process
	return p.waitReady(ctx)
}

// waitReady asks for the metadata until they come.
func (p *IdentityProvider) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		if metadata, err := p.Metadata(ctx); err == nil && bytes.Contains(metadata, []byte("IDPSSODescriptor")) {
			return nil
		}
		select {
		case <-p.ended:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return errors.New("its metadata do not come")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the identity provider and waits until it has ended.
func (p *IdentityProvider) Stop() {
	if p.process == nil {
		return
	}
	_ = syscall.Kill(-p.process.Pid, syscall.SIGKILL)
	<-p.ended
	p.process = nil
}

// Metadata returns what the identity provider says about itself.
func (p *IdentityProvider) Metadata(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.EntityID, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("metadata: %s", response.Status)
	}
	return io.ReadAll(response.Body)
}

// Log returns the last lines that the identity provider has written to its log, for messages of tests.
func (p *IdentityProvider) Log() string {
	text, err := os.ReadFile(filepath.Join(p.dir, "log", "simplesamlphp.log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(text), "\n")
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

// Announce adds a key to the metadata, which signs nothing yet: the first step of a rollover.
func (p *IdentityProvider) Announce() error {
	keys, err := NewKeys(filepath.Join(p.dir, "cert"), "next", time.Now())
	if err != nil {
		return err
	}
	p.keys = []Keys{p.keys[0], keys}
	return p.writeHosted()
}

// SwapKeys makes the announced key sign and keeps the old one in the metadata: the second step.
func (p *IdentityProvider) SwapKeys() error {
	slices.Reverse(p.keys)
	return p.writeHosted()
}

// Keys returns the key that signs.
func (p *IdentityProvider) Keys() Keys { return p.keys[0] }

// Register makes these the service providers that the identity provider knows, instead of those before.
func (p *IdentityProvider) Register(registrations ...Registration) error {
	if err := p.writeConfig(registrations); err != nil {
		return err
	}
	if err := p.writeHosted(); err != nil {
		return err
	}
	var b strings.Builder
	for i, r := range registrations {
		if r.AsXML {
			if err := os.WriteFile(p.xmlFile(i), r.Metadata, 0o600); err != nil {
				return err
			}
			continue
		}
		entity, err := describe(r.Metadata)
		if err != nil {
			return fmt.Errorf("register a service provider: %w", err)
		}
		b.WriteString(entity.php(r))
	}
	return p.write(filepath.Join("metadata", "saml20-sp-remote.php"), b.String())
}

func (p *IdentityProvider) xmlFile(i int) string {
	return filepath.Join(p.dir, fmt.Sprintf("sp%d.xml", i))
}

// write writes a PHP file in one step: the server may be reading it.
func (p *IdentityProvider) write(name, body string) error {
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path+".new", []byte("<?php\n"+body), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

var salt = sync.OnceValue(func() string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d", time.Now().UnixNano()))
})

func (p *IdentityProvider) writeConfig(registrations []Registration) error {
	domains := []string{quote(strings.TrimSuffix(strings.TrimPrefix(p.URL, "http://"), "/"))}
	sources := fmt.Sprintf("['type' => 'flatfile', 'directory' => %s]", quote(filepath.Join(p.dir, "metadata")))
	for i, r := range registrations {
		if r.AsXML {
			sources += fmt.Sprintf(", ['type' => 'xml', 'file' => %s]", quote(p.xmlFile(i)))
		}
		if entity, err := describe(r.Metadata); err == nil {
			if u, err := url.Parse(entity.consumer); err == nil {
				domains = append(domains, quote(u.Host))
			}
		}
	}
	settings := []string{
		"'baseurlpath' => " + quote(p.URL),
		"'metadata.sources' => [" + sources + "]",
		"'secretsalt' => " + quote(salt()),
		"'auth.adminpassword' => " + quote(salt()),
		"'technicalcontact_email' => 'nobody@tamarack.example'",
		"'timezone' => 'UTC'",
		"'enable.saml20-idp' => true",
		"'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true]",
		// The defaults of the cookies work with https only.
		"'session.cookie.secure' => false", "'session.cookie.samesite' => null", "'language.cookie.secure' => false",
		"'session.phpsession.savepath' => " + quote(filepath.Join(p.dir, "sessions")),
		"'store.type' => 'phpsession'",
		"'logging.handler' => 'file'", "'logging.level' => 7",
		"'trusted.url.domains' => [" + strings.Join(domains, ", ") + "]",
		"'authproc.idp' => []",
		"'admin.checkforupdates' => false",
	}
	for name, dir := range map[string]string{"certdir": "cert", "loggingdir": "log", "datadir": "data", "tempdir": "temp", "metadatadir": "metadata"} {
		settings = append(settings, quote(name)+" => "+quote(filepath.Join(p.dir, dir)+"/"))
	}
	if err := p.write("config.php", "$config = [\n"+strings.Join(settings, ",\n")+",\n];\n"); err != nil {
		return err
	}
	var people strings.Builder
	for _, person := range p.people {
		fmt.Fprintf(&people, "%s => [", quote(person.User+":"+person.Password))
		for _, a := range person.Attributes {
			fmt.Fprintf(&people, "%s => [", quote(a.Name))
			for _, value := range a.Values {
				people.WriteString(quote(value) + ", ")
			}
			people.WriteString("], ")
		}
		people.WriteString("],\n")
	}
	return p.write("authsources.php", "$config = ['people' => ['exampleauth:UserPass',\n"+people.String()+"]];\n")
}

func (p *IdentityProvider) writeHosted() error {
	next := ""
	if len(p.keys) > 1 {
		next = fmt.Sprintf("'new_privatekey' => %s, 'new_certificate' => %s, ", quote(filepath.Base(p.keys[1].PrivateFile)), quote(filepath.Base(p.keys[1].CertificateFile)))
	}
	return p.write(filepath.Join("metadata", "saml20-idp-hosted.php"), fmt.Sprintf(
		"$metadata[%s] = ['host' => '__DEFAULT__', 'privatekey' => %s, 'certificate' => %s, %s'auth' => 'people', 'redirect.sign' => true, 'redirect.validate' => true, "+
			"'signature.algorithm' => '%srsa-sha256', 'SingleLogoutServiceBinding' => ['%s', '%s']];\n",
		quote(p.EntityID), quote(filepath.Base(p.keys[0].PrivateFile)), quote(filepath.Base(p.keys[0].CertificateFile)), next, moreNS, redirectBinding, postBinding))
}

const (
	redirectBinding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	postBinding     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// quote writes a PHP string.
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// described is what the identity provider must know of a service provider.
type described struct {
	entityID, consumer, logout string
	certificates               []*x509.Certificate
}

// describe reads the metadata of a service provider.
func describe(metadata []byte) (described, error) {
	root, err := parsed(string(metadata))
	if err != nil {
		return described{}, err
	}
	d := described{entityID: root.SelectAttrValue("entityID", "")}
	if e := root.FindElement("./SPSSODescriptor/AssertionConsumerService"); e != nil {
		d.consumer = e.SelectAttrValue("Location", "")
	}
	if e := root.FindElement("./SPSSODescriptor/SingleLogoutService"); e != nil {
		d.logout = e.SelectAttrValue("Location", "")
	}
	for _, e := range root.FindElements("./SPSSODescriptor/KeyDescriptor[@use='signing']//X509Certificate") {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.Text()), ""))
		if err != nil {
			return described{}, err
		}
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return described{}, err
		}
		d.certificates = append(d.certificates, certificate)
	}
	if d.entityID == "" || d.consumer == "" || len(d.certificates) == 0 {
		return described{}, errors.New("these are not the metadata of a service provider")
	}
	return d, nil
}

func (d described) php(r Registration) string {
	var keys strings.Builder
	for _, certificate := range d.certificates {
		fmt.Fprintf(&keys, "['encryption' => true, 'signing' => true, 'type' => 'X509Certificate', 'X509Certificate' => '%s'], ",
			base64.StdEncoding.EncodeToString(certificate.Raw))
	}
	algorithm := moreNS + "rsa-sha256"
	if r.SHA1 {
		algorithm = signatureNS + "rsa-sha1"
	}
	logoutBinding := redirectBinding
	if r.LogoutByPost {
		logoutBinding = postBinding
	}
	return fmt.Sprintf("$metadata[%s] = ['AssertionConsumerService' => [['Binding' => '%s', 'Location' => %s, 'index' => 0, 'isDefault' => true]], "+
		"'SingleLogoutService' => [['Binding' => '%s', 'Location' => %s]], 'saml20.sign.response' => %t, 'saml20.sign.assertion' => %t, 'assertion.encryption' => %t, "+
		"'signature.algorithm' => '%s', 'validate.authnrequest' => true, 'validate.logout' => true, 'keys' => [%s]];\n",
		quote(d.entityID), postBinding, quote(d.consumer), logoutBinding, quote(d.logout), r.SignResponse, r.SignAssertion, r.Encrypt, algorithm, keys.String())
}
