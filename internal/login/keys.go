package login

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"scorehouse/internal/fault"
	"scorehouse/internal/saml"
)

// keyLife is how long the certificate of a key that we make is valid. Identity providers know the certificate itself, so its end
// only reminds people to change it.
const keyLife = 5 * 365 * 24 * time.Hour

// signingFile names the key that signs; the others decrypt what was encrypted to them and stand in our metadata.
const signingFile = "signing"

// keyCommonName stands in the certificates of keys that we make.
const keyCommonName = "Scorehouse sign-in"

// Keys are the keys of the service provider in a directory: one file NAME.pem per key (private key and certificate, mode 0600), and a file
// that says which signs. Servers of one installation need the same. It is safe for concurrent use.
type Keys struct {
	dir string

	mu    sync.Mutex
	known map[string]keyFile
}

// keyFile is a file as it was last read.
type keyFile struct {
	text string
	key  saml.Key
}

// KeyInfo describes a key without its secret.
type KeyInfo struct {
	ID        string // the beginning of the SHA-256 of its certificate
	Signs     bool
	NotBefore time.Time
	NotAfter  time.Time
	Bits      int
}

// OpenKeys opens the directory, which is made when it is missing, together with a first key. Two servers that start at once end up with the
// same.
func OpenKeys(dir string, now time.Time) (*Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keys of the service provider: %w", err)
	}
	k := &Keys{dir: dir, known: map[string]keyFile{}}
	if _, err := os.Stat(k.path(signingFile)); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	first, err := saml.NewKey(keyCommonName, now, keyLife)
	if err != nil {
		return nil, err
	}
	id, err := k.store(first)
	if err != nil {
		return nil, err
	}
	temporary, err := k.temporary([]byte(id + "\n"))
	if err != nil {
		return nil, err
	}
	defer os.Remove(temporary)
	err = os.Link(temporary, k.path(signingFile)) // fails where another process was quicker
	if errors.Is(err, fs.ErrExist) {
		return k, os.Remove(k.path(id + ".pem"))
	}
	if err != nil {
		return nil, fmt.Errorf("keys of the service provider: %w", err)
	}
	return k, nil
}

// All returns the keys; the first signs.
func (k *Keys) All() ([]saml.Key, error) {
	ids, err := k.ids()
	if err != nil {
		return nil, err
	}
	var all []saml.Key
	for _, id := range ids {
		key, err := k.read(id)
		if err != nil {
			return nil, err
		}
		all = append(all, key)
	}
	return all, nil
}

// List describes the keys; the first signs.
func (k *Keys) List() ([]KeyInfo, error) {
	ids, err := k.ids()
	if err != nil {
		return nil, err
	}
	var all []KeyInfo
	for i, id := range ids {
		key, err := k.read(id)
		if err != nil {
			return nil, err
		}
		all = append(all, KeyInfo{id, i == 0, key.Certificate.NotBefore, key.Certificate.NotAfter, key.Private.N.BitLen()})
	}
	return all, nil
}

// Add stores a key and returns its id: one read from the PEM text, or a new one for nil. It decrypts and stands in our metadata from
// now on; Use makes it sign.
func (k *Keys) Add(text []byte, now time.Time) (string, error) {
	if text == nil {
		made, err := saml.NewKey(keyCommonName, now, keyLife)
		if err != nil {
			return "", err
		}
		return k.store(made)
	}
	key, err := saml.ParseKey(text)
	if err != nil {
		return "", fault.New(fault.Invalid, "the key cannot be used: %s", err)
	}
	return k.store(key)
}

// Use makes a key the one that signs. NotFound when there is none of the id.
func (k *Keys) Use(id string) error {
	ids, err := k.ids()
	if err != nil {
		return err
	}
	if !slices.Contains(ids, id) {
		return errNoKey(id)
	}
	return k.write(signingFile, []byte(id+"\n"))
}

// Remove forgets a key. The one that signs is a Conflict: make another sign first. NotFound when there is none of the id.
func (k *Keys) Remove(id string) error {
	ids, err := k.ids()
	switch {
	case err != nil:
		return err
	case !slices.Contains(ids, id):
		return errNoKey(id)
	case ids[0] == id:
		return fault.New(fault.Conflict, "key %s signs: make another one sign first (scorehouse provider key use)", id)
	}
	return os.Remove(k.path(id + ".pem"))
}

func errNoKey(id string) error {
	return fault.New(fault.NotFound, "there is no key %q; `scorehouse provider key list` shows them", id)
}

func (k *Keys) path(name string) string { return filepath.Join(k.dir, name) }

// ids returns the ids of the keys in order: the one that signs, then the others by id.
func (k *Keys) ids() ([]string, error) {
	text, err := os.ReadFile(k.path(signingFile))
	if err != nil {
		return nil, fmt.Errorf("keys of the service provider: %w", err)
	}
	signs := strings.TrimSpace(string(text))
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return nil, fmt.Errorf("keys of the service provider: %w", err)
	}
	ids := []string{signs}
	found := false
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".pem")
		switch {
		case !ok:
		case id == signs:
			found = true
		default:
			ids = append(ids, id)
		}
	}
	if !found {
		return nil, fault.New(fault.Invalid, "%s names the key %q, which is not in the directory", k.path(signingFile), signs)
	}
	return ids, nil
}

// read returns a key; its file is read each time, so that a change counts at once, and parsed when it has changed.
func (k *Keys) read(id string) (saml.Key, error) {
	text, err := os.ReadFile(k.path(id + ".pem"))
	if err != nil {
		return saml.Key{}, fmt.Errorf("keys of the service provider: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if f, ok := k.known[id]; ok && f.text == string(text) {
		return f.key, nil
	}
	key, err := saml.ParseKey(text)
	if err != nil {
		return saml.Key{}, fmt.Errorf("key file %s: %w", k.path(id+".pem"), err)
	}
	k.known[id] = keyFile{string(text), key}
	return key, nil
}

func (k *Keys) store(key saml.Key) (id string, err error) {
	text, err := key.PEM()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(key.Certificate.Raw)
	id = hex.EncodeToString(sum[:6])
	return id, k.write(id+".pem", text)
}

// write replaces a file, whole or not at all.
func (k *Keys) write(name string, text []byte) error {
	temporary, err := k.temporary(text)
	if err != nil {
		return err
	}
	defer os.Remove(temporary)
	if err := os.Rename(temporary, k.path(name)); err != nil {
		return fmt.Errorf("keys of the service provider: %w", err)
	}
	return k.syncDirectory()
}

// temporary writes a file that only its owner can read, durably, under a name that nobody looks at.
func (k *Keys) temporary(text []byte) (string, error) {
	f, err := os.CreateTemp(k.dir, ".new-*")
	if err != nil {
		return "", fmt.Errorf("keys of the service provider: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", fmt.Errorf("keys of the service provider: %w", err)
	}
	return f.Name(), nil
}

func (k *Keys) syncDirectory() error {
	d, err := os.Open(k.dir)
	if err != nil {
		return fmt.Errorf("keys of the service provider: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}
