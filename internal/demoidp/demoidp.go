// Package demoidp is the identity provider of the demo: a small SAML 2.0 identity provider where anybody may be one of a few invented
// people without a password. The product trusts it as it trusts any other, through its metadata, its signatures and the product's own gate, so
// that the demo shows real single sign-on and real single logout.
//
// It is for the demo and for tests only. It has no place in a configuration file, New refuses any address that is not of this machine, its pages say
// what it is, and internal/archtest keeps it out of everything but the demo. Its key is made anew at each start.
//
// Read demoidp.go (who, where), messages.go (what is read and signed), pages.go (what a browser sees).
package demoidp

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Person is somebody a visitor may be.
type Person struct {
	Key    string // short and stable, in addresses and as the user's id: "teacher"
	Name   string // "Amina Okafor"
	Title  string // "Teacher, Lakeside Elementary"
	Sees   string // one sentence: which results this person may see
	Chains []string
}

// Config says who may be chosen and for whom. Address is the base address under which browsers reach the provider; Service is the address of
// the service provider's metadata. Both must lead to this machine, and their host names must differ, or browsers would share cookies between them and
// hide mistakes.
type Config struct {
	Address string // http://localhost:8081
	Service string // http://127.0.0.1:8080/saml/metadata
	People  []Person
	Logger  *slog.Logger
}

// Server is the identity provider. It is an http.Handler, safe for concurrent use.
type Server struct {
	config      Config
	key         *rsa.PrivateKey
	certificate []byte
	handler     http.Handler
	http        *http.Client
	now         func() time.Time

	mu       sync.Mutex
	pending  map[string]request
	sessions map[string]session
}

// request is a sign-in that the service provider has asked for and nobody has been chosen for yet.
type request struct {
	id, relayState string
	service        service
	until          time.Time
}

// session is a person chosen in a browser.
type session struct {
	person        Person
	nameID, index string
	until         time.Time
}

// How long things are remembered, and how many.
const (
	requestTime = 10 * time.Minute
	sessionTime = 8 * time.Hour
	most        = 1000
)

// New returns a provider with a key of its own. Addresses of other machines are refused: whoever reaches this provider can be anybody.
func New(c Config) (*Server, error) {
	var hosts []string
	for _, address := range []string{c.Address, c.Service} {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" || !loopback(u.Hostname()) {
			return nil, fmt.Errorf("demo identity provider: %q is not an address of this machine; it exists for the demo only", address)
		}
		hosts = append(hosts, u.Hostname())
	}
	if hosts[0] == hosts[1] {
		return nil, errors.New("demo identity provider: give it another host name than the service provider (localhost, 127.0.0.1)")
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("demo identity provider: make a key: %w", err)
	}
	s := &Server{config: c, key: key, http: &http.Client{Timeout: 10 * time.Second}, now: time.Now, pending: map[string]request{}, sessions: map[string]session{}}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Scorehouse demo identity provider"},
		NotBefore: s.now().Add(-time.Hour), NotAfter: s.now().AddDate(1, 0, 0)}
	if s.certificate, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key); err != nil {
		return nil, fmt.Errorf("demo identity provider: sign a certificate: %w", err)
	}
	s.handler = s.routes()
	return s, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// EntityID is the provider's name, and the address of its metadata.
func (s *Server) EntityID() string { return s.config.Address + "/metadata" }

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers requests on a listener of the loopback until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return fmt.Errorf("demo identity provider: %s is not on the loopback; whoever reaches it can be anybody", l.Addr())
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
		ErrorLog: slog.NewLogLogger(s.config.Logger.Handler(), slog.LevelWarn)}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// service asks the service provider who it is, each time anew: keys of the demo may have changed.
func (s *Server) service(ctx context.Context) (service, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.config.Service, nil)
	if err != nil {
		return service{}, err
	}
	response, err := s.http.Do(r)
	if err != nil {
		return service{}, fmt.Errorf("metadata of the service provider: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil || response.StatusCode != http.StatusOK {
		return service{}, fmt.Errorf("metadata of the service provider: %s, %w", response.Status, err)
	}
	return parseService(text)
}

// remember keeps something for a time under a new name, and forgets what is over.
func remember[T any](s *Server, in map[string]T, value T, until func(T) time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, v := range in {
		if until(v).Before(s.now()) || len(in) >= most {
			delete(in, k)
		}
	}
	name := rand.Text()
	in[name] = value
	return name
}

// sign signs text as the redirect binding wants it.
func (s *Server) sign(text string) ([]byte, error) {
	sum := sha256.Sum256([]byte(text))
	return rsa.SignPKCS1v15(rand.Reader, s.key, crypto.SHA256, sum[:])
}
