package sample

import (
	"bytes"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

// NewKey makes an elliptic-curve key that can sign and decrypt.
func NewKey(t testing.TB, name string) *openpgp.Entity {
	t.Helper()
	return NewKeyWith(t, name, &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
}

// NewKeyWith makes a key of another kind.
func NewKeyWith(t testing.TB, name string, config *packet.Config) *openpgp.Entity {
	t.Helper()
	e, err := openpgp.NewEntity(name, "", name+"@example.org", config)
	if err != nil {
		t.Fatalf("make key %s: %v", name, err)
	}
	return e
}

// people are the keys that most tests share, as packets: making keys costs time.
var people = sync.OnceValue(func() map[string][]byte {
	config := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return time.Now().Add(-time.Hour) }}
	keys := map[string][]byte{}
	for _, name := range []string{"loader", "sender", "stranger"} {
		e, err := openpgp.NewEntity(name, "", name+"@example.org", config)
		if err != nil {
			panic(err)
		}
		var out bytes.Buffer
		if err := e.SerializePrivateWithoutSigning(&out, nil); err != nil {
			panic(err)
		}
		keys[name] = out.Bytes()
	}
	return keys
})

// person returns a copy of a shared key: entities remember what they have verified, without a lock, so parallel tests must not share one.
func person(name string) *openpgp.Entity {
	list, err := openpgp.ReadKeyRing(bytes.NewReader(people()[name]))
	if err != nil {
		panic(err)
	}
	return list[0]
}

// LoaderKey is the private key to which samples are encrypted.
func LoaderKey() *openpgp.Entity { return person("loader") }

// SenderKey is the private key with which samples are signed.
func SenderKey() *openpgp.Entity { return person("sender") }

// StrangerKey is a key that nobody has registered.
func StrangerKey() *openpgp.Entity { return person("stranger") }

// Sealing says how a message is made. The zero value makes a sound one.
type Sealing struct {
	To       *openpgp.Entity // recipient; default LoaderKey
	By       *openpgp.Entity // signer; default SenderKey
	Unsigned bool
	Plain    bool // signed only: whoever has it can read it
	Armor    bool
	Config   *packet.Config // default: AES-256
}

// Seal encrypts and signs content.
func Seal(t testing.TB, content []byte, s Sealing) []byte {
	t.Helper()
	if s.To == nil {
		s.To = LoaderKey()
	}
	if s.By == nil {
		s.By = SenderKey()
	}
	if s.Config == nil {
		s.Config = &packet.Config{DefaultCipher: packet.CipherAES256}
	}
	var signers []*openpgp.Entity
	if !s.Unsigned {
		signers = append(signers, s.By)
	}
	var out bytes.Buffer
	var sink io.Writer = &out
	var armored io.WriteCloser
	if s.Armor {
		var err error
		if armored, err = armor.Encode(&out, "PGP MESSAGE", nil); err != nil {
			t.Fatal(err)
		}
		sink = armored
	}
	var w io.WriteCloser
	var err error
	if s.Plain {
		w, err = openpgp.Sign(sink, signers, &openpgp.FileHints{IsUTF8: false}, s.Config)
	} else {
		w, err = openpgp.Encrypt(sink, []*openpgp.Entity{s.To}, nil, signers, &openpgp.FileHints{IsUTF8: false}, s.Config)
	}
	if err != nil {
		t.Fatalf("encrypt: %v", err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatalf("sign: %v", err)
	}
	if armored != nil {
		if err := armored.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// Pack returns a sound package of two texts.
func Pack(t testing.TB, csv, json string) []byte {
	t.Helper()
	return Seal(t, TarGz(t, Files(csv, json)...), Sealing{})
}

// PublicKey returns the armored public part of a key.
func PublicKey(t testing.TB, e *openpgp.Entity) []byte {
	t.Helper()
	return armored(t, openpgp.PublicKeyType, e.Serialize)
}

// PrivateKey returns the armored key with its private part.
func PrivateKey(t testing.TB, e *openpgp.Entity) []byte {
	t.Helper()
	return armored(t, openpgp.PrivateKeyType, func(w io.Writer) error { return e.SerializePrivateWithoutSigning(w, nil) })
}

func armored(t testing.TB, kind string, write func(io.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := armor.Encode(&out, kind, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := write(w); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
