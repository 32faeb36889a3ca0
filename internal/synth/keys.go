package synth

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Keys are the OpenPGP keys of a demo or test: the vendor who signs, and the loader for whom files are encrypted.
// Both have their private parts, unlocked.
type Keys struct {
	Sender, Loader *openpgp.Entity
}

// GenerateKeys makes new keys. They are random: a seed has no part in them.
func GenerateKeys() (Keys, error) {
	sender, err := NewKey("Tamarack Assessment Vendor", "results@vendor.example")
	if err != nil {
		return Keys{}, err
	}
	loader, err := NewKey("State of Tamarack Loader", "loader@scorehouse.example")
	return Keys{sender, loader}, err
}

// NewKey makes a key that signs and has a subkey that encrypts, on Curve25519: made in a millisecond, and
// GnuPG 2.1 or newer can use it.
func NewKey(name, email string) (*openpgp.Entity, error) {
	e, err := openpgp.NewEntity(name, "", email, &packet.Config{
		Algorithm:     packet.PubKeyAlgoEdDSA,
		Curve:         packet.Curve25519,
		DefaultHash:   crypto.SHA256,
		DefaultCipher: packet.CipherAES256,
		Time:          func() time.Time { return time.Now().Add(-time.Minute) }, // other clocks may be slow
	})
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return e, nil
}

// ReadKey reads the first key of a file in ASCII armour.
func ReadKey(path string) (*openpgp.Entity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ring, err := openpgp.ReadArmoredKeyRing(f)
	if err == nil && len(ring) == 0 {
		err = errors.New("no key in it")
	}
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", path, err)
	}
	return ring[0], nil
}

// ArmorPublic returns the public key in ASCII armour.
func ArmorPublic(e *openpgp.Entity) ([]byte, error) {
	return armored(openpgp.PublicKeyType, e.Serialize)
}

// ArmorPrivate returns the private key in ASCII armour, locked with a passphrase unless that is empty. The key
// itself stays unlocked.
func ArmorPrivate(e *openpgp.Entity, passphrase []byte) ([]byte, error) {
	write := func(w io.Writer) error { return e.SerializePrivateWithoutSigning(w, nil) }
	if len(passphrase) == 0 {
		return armored(openpgp.PrivateKeyType, write)
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return nil, fmt.Errorf("copy a key: %w", err)
	}
	locked, err := openpgp.ReadEntity(packet.NewReader(&b))
	if err != nil {
		return nil, fmt.Errorf("copy a key: %w", err)
	}
	if err := locked.EncryptPrivateKeys(passphrase, nil); err != nil {
		return nil, fmt.Errorf("lock a key: %w", err)
	}
	return armored(openpgp.PrivateKeyType, func(w io.Writer) error { return locked.SerializePrivateWithoutSigning(w, nil) })
}

func armored(kind string, write func(io.Writer) error) ([]byte, error) {
	var b bytes.Buffer
	w, err := armor.Encode(&b, kind, nil)
	if err != nil {
		return nil, err
	}
	if err := write(w); err != nil {
		return nil, fmt.Errorf("write a key: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
