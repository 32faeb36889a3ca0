package keyring

import (
	"crypto"
	"errors"
	"fmt"
	"time"

	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// strict is what a key must satisfy that no operator has accepted: RSA of 2048 bits, no DSA or Elgamal, nothing that
// rests on SHA-1.
func strict() *packet.Config {
	return &packet.Config{
		MinRSABits:           2048,
		RejectHashAlgorithms: map[crypto.Hash]bool{crypto.MD5: true, crypto.RIPEMD160: true, crypto.SHA1: true},
	}
}

// Lenient is what every key must satisfy: it lets weak keys pass that an operator may have accepted. Whoever uses it must then ask
// Key.Weakness.
func Lenient() *packet.Config {
	return &packet.Config{
		MinRSABits:                1024,
		RejectPublicKeyAlgorithms: map[packet.PublicKeyAlgorithm]bool{},
	}
}

// Weakness says in words why the use of this key is refused, although it works: "" when it is strong or an operator has
// accepted it. signing tells the part of the key that a message was signed with.
func (k Key) Weakness(signing *packet.PublicKey, at time.Time) string {
	if k.AllowWeak {
		return ""
	}
	if w := weakAlgorithm(signing); w != "" {
		return w
	}
	return weakness(k.Entity, Sender, at)
}

// weakness says in words why a usable key is weak, "" when it is not.
func weakness(e *openpgp.Entity, role Role, now time.Time) string {
	if usable(e, role, now, strict()) == nil || usable(e, role, now, Lenient()) != nil {
		return ""
	}
	for _, p := range parts(e) {
		if w := weakAlgorithm(p); w != "" {
			return w
		}
	}
	return "it vouches for itself with SHA-1 only"
}

func weakAlgorithm(p *packet.PublicKey) string {
	switch p.PubKeyAlgo {
	case packet.PubKeyAlgoDSA:
		return "it is a DSA key"
	case packet.PubKeyAlgoElGamal:
		return "it is an Elgamal key"
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSAEncryptOnly, packet.PubKeyAlgoRSASignOnly:
		if bits, err := p.BitLength(); err != nil || bits < 2047 { // 2048-bit keys may have a leading zero bit
			return fmt.Sprintf("it is an RSA key of %d bits", bits)
		}
	}
	return ""
}

// parts returns the primary key and the subkeys.
func parts(e *openpgp.Entity) []*packet.PublicKey {
	list := []*packet.PublicKey{e.PrimaryKey}
	for _, s := range e.Subkeys {
		list = append(list, s.PublicKey)
	}
	return list
}

// usable reports whether a key can do now what its role needs: decrypt for the loader, sign for a sender.
func usable(e *openpgp.Entity, role Role, now time.Time, config *packet.Config) error {
	if role == Loader {
		_, err := e.EncryptionKeyWithError(now, config)
		return err
	}
	if _, err := e.VerifyPrimaryKey(now, config); err != nil {
		return err
	}
	if _, ok := e.SigningKey(now, config); !ok {
		return errors.New("no signing key")
	}
	return nil
}

// trouble says in words why a key cannot be used at all.
func trouble(e *openpgp.Entity, role Role, now time.Time) string {
	err := usable(e, role, now, Lenient())
	if err == nil {
		return ""
	}
	var selection pgperrors.ErrEncryptionKeySelection
	if errors.As(err, &selection) && selection.PrimaryKeyErr != nil {
		err = selection.PrimaryKeyErr
	} else if errors.As(err, &selection) && selection.EncSelectionErr != nil {
		err = selection.EncSelectionErr
	}
	switch {
	case errors.Is(err, pgperrors.ErrKeyExpired):
		if at := expiry(e); at != nil {
			return "it expired on " + at.Format(time.DateOnly)
		}
		return "it has expired"
	case errors.Is(err, pgperrors.ErrKeyRevoked) || e.Revoked(now):
		return "its owner has revoked it"
	case e.PrimaryKey.CreationTime.After(now):
		return "it was made in the future: check the clocks"
	case role == Loader:
		return "it cannot decrypt: it has no valid part for encryption"
	}
	return "it cannot sign: it has no valid part for signatures"
}

// expiry returns when the primary key ends, nil when it does not.
func expiry(e *openpgp.Entity) *time.Time {
	sig, err := e.PrimarySelfSignature(time.Time{}, Lenient())
	if err != nil || sig == nil || sig.KeyLifetimeSecs == nil || *sig.KeyLifetimeSecs == 0 {
		return nil
	}
	at := e.PrimaryKey.CreationTime.Add(time.Duration(*sig.KeyLifetimeSecs) * time.Second).UTC()
	return &at
}

// algorithm names the algorithm of the primary key for people.
func algorithm(p *packet.PublicKey) string {
	switch p.PubKeyAlgo {
	case packet.PubKeyAlgoRSA, packet.PubKeyAlgoRSAEncryptOnly, packet.PubKeyAlgoRSASignOnly:
		return "RSA"
	case packet.PubKeyAlgoDSA:
		return "DSA"
	case packet.PubKeyAlgoElGamal:
		return "Elgamal"
	case packet.PubKeyAlgoECDSA:
		return "ECDSA"
	case packet.PubKeyAlgoEdDSA, packet.PubKeyAlgoEd25519:
		return "Ed25519"
	case packet.PubKeyAlgoEd448:
		return "Ed448"
	}
	return fmt.Sprintf("algorithm %d", p.PubKeyAlgo)
}
