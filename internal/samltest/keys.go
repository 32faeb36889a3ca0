package samltest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"

	"scorehouse/internal/saml"
)

// Keys is a key with its certificate, also as files for xmlsec1 and PHP.
type Keys struct {
	saml.Key
	PrivateFile     string // PEM
	CertificateFile string // PEM
}

// NewKeys makes an RSA key of 2048 bits and writes its files into dir. The certificate is valid for a day around now.
func NewKeys(dir, name string, now time.Time) (Keys, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return Keys{}, err
	}
	return certify(dir, name, private, now.Add(-12*time.Hour), now.Add(12*time.Hour))
}

// certify makes a certificate for a key and writes both.
func certify(dir, name string, private *rsa.PrivateKey, from, until time.Time) (Keys, error) {
	template := &x509.Certificate{SerialNumber: big.NewInt(from.UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return Keys{}, fmt.Errorf("certify %s: %w", name, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return Keys{}, fmt.Errorf("certify %s: %w", name, err)
	}
	return WriteKeys(dir, name, saml.Key{Private: private, Certificate: certificate})
}

// WriteKeys writes the files of a key.
func WriteKeys(dir, name string, key saml.Key) (Keys, error) {
	private, err := x509.MarshalPKCS8PrivateKey(key.Private)
	if err != nil {
		return Keys{}, err
	}
	k := Keys{Key: key, PrivateFile: filepath.Join(dir, name+".key"), CertificateFile: filepath.Join(dir, name+".crt")}
	if err := os.WriteFile(k.PrivateFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		return Keys{}, err
	}
	return k, os.WriteFile(k.CertificateFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: key.Certificate.Raw}), 0o600)
}

// Actors are the keys of everybody who takes part. Making them takes a moment, so tests share them.
type Actors struct {
	IdP, Next Keys // of the identity provider, now and after its next rollover
	Expired   Keys // of the identity provider, of last year
	Other     Keys // of somebody else
	SP        Keys // ours
	SPNext    Keys // ours, after the next rollover
}

// NewActors makes all keys and writes their files into dir, which is made if need be and holds one set of actors.
func NewActors(dir string, now time.Time) (a Actors, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Actors{}, err
	}
	var group sync.WaitGroup
	made := []*Keys{&a.IdP, &a.Next, &a.Other, &a.SP, &a.SPNext}
	errs := make([]error, len(made))
	for i, name := range []string{"idp", "next", "other", "sp", "spnext"} {
		group.Go(func() { *made[i], errs[i] = NewKeys(dir, name, now) })
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return Actors{}, err
	}
	a.Expired, err = certify(dir, "expired", a.IdP.Private, now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0))
	return a, err
}
