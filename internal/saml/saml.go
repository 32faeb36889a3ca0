package saml

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// Defaults of ServiceProvider.
const (
	DefaultSkew   = time.Minute
	DefaultMaxAge = 5 * time.Minute
)

// ServiceProvider is us, as one identity provider sees us. It is a value: a caller may change Skew, MaxAge or AllowCBC for one provider.
type ServiceProvider struct {
	EntityID          string // our name for identity providers, by custom the address of our metadata
	AssertionConsumer string // where responses are posted; the Destination and Recipient that a response must name
	SingleLogout      string // where logout messages arrive, by redirect or by POST
	Keys              []Key  // the first signs; each decrypts and stands in our metadata

	Skew   time.Duration // how far the clocks may differ; 0 is DefaultSkew
	MaxAge time.Duration // how old a message may be, besides Skew; 0 is DefaultMaxAge

	// AllowCBC permits assertions encrypted with AES-CBC, which does not protect them from being changed. They are decrypted only within a signed
	// response, so that nobody but the identity provider can make us decrypt.
	AllowCBC bool

	// NameIDFormat is the kind of name we ask for; empty is transient.
	NameIDFormat string
}

func (sp ServiceProvider) skew() time.Duration {
	if sp.Skew == 0 {
		return DefaultSkew
	}
	return sp.Skew
}

func (sp ServiceProvider) maxAge() time.Duration {
	if sp.MaxAge == 0 {
		return DefaultMaxAge
	}
	return sp.MaxAge
}

// Key is a private key of ours with the certificate by which identity providers know it.
type Key struct {
	Private     *rsa.PrivateKey
	Certificate *x509.Certificate
}

// keyBits is the size of our RSA keys; minRSABits the smallest accepted from identity providers.
const (
	keyBits    = 3072
	minRSABits = 2048
)

// NewKey makes a key with a self-signed certificate, valid for that long from an hour before now.
func NewKey(commonName string, now time.Time, valid time.Duration) (Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return Key{}, fmt.Errorf("make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Key{}, fmt.Errorf("make a serial number: %w", err)
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: commonName}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(valid)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return Key{}, fmt.Errorf("sign a certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return Key{}, fmt.Errorf("read the certificate back: %w", err)
	}
	return Key{Private: private, Certificate: certificate}, nil
}

// PEM returns the private key (PKCS 8) and the certificate as two PEM blocks, in this order. It is a secret.
func (k Key) PEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.Private)
	if err != nil {
		return nil, fmt.Errorf("write a private key: %w", err)
	}
	out := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate.Raw})...), nil
}

// ParseKey reads what PEM writes: an RSA private key (PKCS 8 or PKCS 1) and its certificate, in any order. A pair that does not belong together, or
// an RSA key under 2048 bits, is an error.
func ParseKey(data []byte) (Key, error) {
	var k Key
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if err := k.add(block); err != nil {
			return Key{}, fmt.Errorf("read a key of the service provider: %w", err)
		}
	}
	switch {
	case k.Private == nil || k.Certificate == nil:
		return Key{}, errors.New("read a key of the service provider: the private key or the certificate is missing")
	case !k.Private.PublicKey.Equal(k.Certificate.PublicKey):
		return Key{}, errors.New("read a key of the service provider: the certificate belongs to another key")
	case k.Private.N.BitLen() < minRSABits:
		return Key{}, fmt.Errorf("read a key of the service provider: RSA keys have at least %d bits", minRSABits)
	}
	return k, nil
}

func (k *Key) add(block *pem.Block) (err error) {
	switch block.Type {
	case "CERTIFICATE":
		k.Certificate, err = x509.ParseCertificate(block.Bytes)
	case "RSA PRIVATE KEY":
		k.Private, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "PRIVATE KEY":
		var any crypto.PrivateKey
		if any, err = x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			var isRSA bool
			if k.Private, isRSA = any.(*rsa.PrivateKey); !isRSA {
				return errors.New("the private key is not RSA")
			}
		}
	}
	return err
}

// IdentityProvider is one identity provider, as its metadata describe it.
type IdentityProvider struct {
	EntityID     string
	Certificates []*x509.Certificate // each may sign; several while keys are rolled over
	SingleSignOn string              // where the browser is redirected to sign in
	SingleLogout Endpoint            // where logout messages go; zero when the provider has none
	ValidUntil   time.Time           // afterwards nothing of it is believed; zero when the metadata do not say
}

// Endpoint is an address with the way in which messages are brought there.
type Endpoint struct {
	Binding          string // RedirectBinding or PostBinding
	Location         string // for requests
	ResponseLocation string // for responses; Location when the metadata do not say
}

// The bindings that are spoken.
const (
	RedirectBinding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	PostBinding     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// NameID is how an identity provider calls somebody. It is handed back unchanged when we sign that person out.
type NameID struct {
	Value           string
	Format          string
	NameQualifier   string
	SPNameQualifier string
}

// Assertion is what an identity provider said about somebody and what we have reason to believe.
type Assertion struct {
	ID           string // unique per Issuer; the caller refuses it a second time until RememberUntil
	Issuer       string // the provider's entity id
	InResponseTo string // the request id that was given to Accept
	NameID       NameID
	SessionIndex string              // of the session at the identity provider; may be empty
	Attributes   map[string][]string // by Name, values in order and unchanged; attributes with structured values are left out

	AuthnInstant        time.Time
	SessionNotOnOrAfter time.Time // when the provider wants the session to end; zero when it does not say
	RememberUntil       time.Time // from then on Accept refuses this assertion by its age
}
