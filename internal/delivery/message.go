package delivery

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"scorehouse/internal/feed"
	"scorehouse/internal/keyring"
)

// Keys are the keys that a tenant's packages may be made with.
type Keys struct {
	Loader  []keyring.Key // with private parts
	Senders []keyring.Key
}

// ring offers both kinds of keys to the OpenPGP reader and nothing else.
type ring []keyring.Key

// KeysById returns the keys with an id.
func (r ring) KeysById(id uint64) []openpgp.Key { return r.list().KeysById(id) }

// EntitiesById returns the entities that hold a key with an id.
func (r ring) EntitiesById(id uint64) []*openpgp.Entity { return r.list().EntitiesById(id) }

func (r ring) list() openpgp.EntityList {
	list := make(openpgp.EntityList, len(r))
	for i, k := range r {
		list[i] = k.Entity
	}
	return list
}

// message is a decrypted message while it is read. The bytes it hands out may not be believed before verify has returned nil.
type message struct {
	src     *source
	details *openpgp.MessageDetails
	senders []keyring.Key
	armored *bufio.Reader // what follows the armor, nil when the message is binary
	digest  hash.Hash
	err     error // what ended the reading, io.EOF when all was read
	now     time.Time
}

// openMessage reads the beginning of a message: it must be encrypted to a key of the loader, with integrity protection, and
// claim to be signed by a sender's key.
func openMessage(src *source, keys Keys, limits Limits) (*message, error) {
	buffered := bufio.NewReaderSize(src, 64<<10)
	m := &message{src: src, senders: keys.Senders, digest: sha256.New(), now: time.Now()}
	body, plain, err := m.dearmor(buffered)
	if err != nil {
		return nil, err
	}
	config := keyring.Lenient()
	config.MaxDecompressedMessageSize = &limits.Archive
	// Both kinds of keys in one ring, because the reader takes one. A message signed by the loader is refused below.
	details, err := openpgp.ReadMessage(body, ring(append(append([]keyring.Key(nil), keys.Senders...), keys.Loader...)), nil, config)
	if err != nil {
		if src.err != nil {
			return nil, src.err
		}
		return nil, messageProblem(err, plain)
	}
	m.details = details
	switch {
	case !details.IsEncrypted:
		p := about(feed.NotForUs, "", "The message is not encrypted at all. Encrypt it to the loader's current public key, which the operator gives you.")
		p.Plain = true
		return nil, p
	case !details.IsSigned:
		return nil, problem(feed.Unsigned)
	}
	for _, candidate := range details.SignatureCandidates {
		if _, ok := m.sender(candidate.SignedByEntity); ok {
			return m, nil
		}
	}
	return nil, problem(feed.UnknownSigner)
}

// sender finds the registered key of an entity.
func (m *message) sender(e *openpgp.Entity) (keyring.Key, bool) {
	if e != nil {
		for _, k := range m.senders {
			if bytes.Equal(k.Entity.PrimaryKey.Fingerprint, e.PrimaryKey.Fingerprint) {
				return k, true
			}
		}
	}
	return keyring.Key{}, false
}

// Read hands out the content. Its errors are Problems or those of the source; the last one stays.
func (m *message) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.details.UnverifiedBody.Read(p)
	m.digest.Write(p[:n])
	if err != nil && err != io.EOF {
		err = problem(feed.Damaged)
		if m.src.err != nil { // the OpenPGP reader hides causes, so that nobody learns from them
			err = m.src.err
		}
	}
	m.err = err
	return n, err
}

// verify decides whether the message, read to its end, is what a registered sender signed. It returns the signer's fingerprint.
func (m *message) verify() (signer string, err error) {
	d := m.details
	if !d.IsVerified {
		return "", errors.New("verify called before the end of the message")
	}
	if d.SignatureError != nil {
		return "", signatureProblem(d.SignatureError)
	}
	key, ok := m.sender(d.SignedBy.Entity)
	if !ok {
		return "", problem(feed.UnknownSigner)
	}
	if why := key.Weakness(d.SignedBy.PublicKey, m.now); why != "" {
		return "", about(feed.WeakProtection, "", "The signing key is too weak: %s. %s", why, feed.Sentence(feed.WeakProtection))
	}
	// The signature was made while the key was good; whoever finds an old key later must not be able to date one back.
	if _, err := key.Entity.VerifyPrimaryKey(m.now, keyring.Lenient()); err != nil {
		return "", problem(feed.SignerExpired)
	}
	if m.armored != nil {
		if err := m.afterArmor(); err != nil {
			return "", err
		}
	}
	return key.Fingerprint(), nil
}

// sum returns the digest of the content read.
func (m *message) sum() [sha256.Size]byte { return [sha256.Size]byte(m.digest.Sum(nil)) }

// dearmor looks at the first bytes: an OpenPGP packet, an armor around some, or neither. plain says that the message does not begin as an
// encrypted one does.
func (m *message) dearmor(r *bufio.Reader) (body io.Reader, plain bool, err error) {
	first, _ := r.Peek(1)
	if m.src.err != nil {
		return nil, false, m.src.err
	}
	if len(first) == 0 {
		return nil, false, about(feed.NotOpenPGP, "", "The file is empty. %s", feed.Sentence(feed.NotOpenPGP))
	}
	if begin, _ := r.Peek(2048); bytes.Contains(begin, []byte("-----BEGIN PGP ")) {
		block, err := armor.Decode(r)
		if err != nil {
			return nil, false, problem(feed.Damaged)
		}
		if block.Type != "PGP MESSAGE" {
			p := about(feed.NotOpenPGP, "", "The file holds %s, not an encrypted message. %s", armorInWords(block.Type), feed.Sentence(feed.NotOpenPGP))
			p.Plain = true
			return nil, true, p
		}
		m.armored = r
		inner := bufio.NewReader(block.Body)
		first, _ = inner.Peek(1)
		return inner, len(first) > 0 && !beginsEncrypted(first[0]), nil
	}
	if !beginsMessage(first[0]) {
		p := problem(feed.NotOpenPGP)
		p.Plain = true
		return nil, true, p
	}
	return r, !beginsEncrypted(first[0]), nil
}

// armorInWords names what an armor says it holds. Other texts than OpenPGP's own are not repeated: they may be anything.
func armorInWords(kind string) string {
	switch kind {
	case "PGP PUBLIC KEY BLOCK", "PGP PRIVATE KEY BLOCK", "PGP SIGNATURE", "PGP SIGNED MESSAGE":
		return "a " + kind
	}
	return "something else in armor"
}

// beginsMessage reports whether a byte can be the tag of the first packet of a message.
func beginsMessage(b byte) bool {
	switch packetTag(b) {
	case 2, 4, 8, 11: // a signature, compressed or literal data
		return true
	}
	return beginsEncrypted(b)
}

// beginsEncrypted reports whether a byte can be the tag of the first packet of an encrypted message: a key, encrypted data, or a marker before them.
func beginsEncrypted(b byte) bool {
	switch packetTag(b) {
	case 1, 3, 9, 10, 18, 20:
		return true
	}
	return false
}

// packetTag returns the tag of an OpenPGP packet from its first byte, 0 when it is none.
func packetTag(b byte) byte {
	switch {
	case b&0x80 == 0:
		return 0
	case b&0x40 != 0:
		return b & 0x3f
	}
	return b >> 2 & 0xf
}

// afterArmor refuses text after the end of the armor. The armor's reader may have left its last line.
func (m *message) afterArmor() error {
	for {
		line, err := m.armored.ReadSlice('\n')
		if text := bytes.TrimSpace(line); len(text) > 0 && string(text) != "-----END PGP MESSAGE-----" {
			return about(feed.Damaged, "", "Text follows the end of the message. %s", feed.Sentence(feed.Damaged))
		}
		if m.src.err != nil {
			return m.src.err
		}
		if err != nil {
			return nil
		}
	}
}
