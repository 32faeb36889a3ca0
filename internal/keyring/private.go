package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"filippo.io/age"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
)

const (
	masterKeyFile = "master.key"
	loaderDir     = "loader"
)

// Init makes the directory of the keys and the master key in it, and leaves what exists as it is. Whoever loses the master
// key loses the loader's private keys: keep a copy of it apart.
func Init(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keys directory: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("keys directory: %w", err)
	}
	defer root.Close()
	if err := root.Mkdir(loaderDir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keys directory: %w", err)
	}
	if _, err := root.Stat(masterKeyFile); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return fmt.Errorf("make master key: %w", err)
	}
	text := "# The master key of this installation. Without it the loader's private keys cannot be read.\n" + identity.String() + "\n"
	return writeFile(root, masterKeyFile, []byte(text))
}

// master reads the master key.
func (r *Ring) master() (*age.X25519Identity, error) {
	text, err := r.root.ReadFile(masterKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the keys directory %s has no %s: initialise it, or restore it from your vault", r.root.Name(), masterKeyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("read master key: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		identity, err := age.ParseX25519Identity(line)
		if err != nil {
			return nil, fmt.Errorf("the master key in %s/%s is not readable", r.root.Name(), masterKeyFile)
		}
		return identity, nil
	}
	return nil, fmt.Errorf("%s/%s holds no key", r.root.Name(), masterKeyFile)
}

func privateName(fingerprint string) string { return path.Join(loaderDir, fingerprint+".age") }

// storePrivate keeps an unlocked private key, encrypted to the master key.
func (r *Ring) storePrivate(fingerprint string, e *openpgp.Entity) error {
	identity, err := r.master()
	if err != nil {
		return err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, identity.Recipient())
	if err != nil {
		return fmt.Errorf("encrypt private key: %w", err)
	}
	if err := e.SerializePrivateWithoutSigning(w, Lenient()); err != nil {
		return fmt.Errorf("serialize private key: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("encrypt private key: %w", err)
	}
	if err := writeFile(r.root, privateName(fingerprint), sealed.Bytes()); err != nil {
		return fmt.Errorf("store private key: %w", err)
	}
	return nil
}

// loadPrivate reads a private key, unlocked, as OpenPGP packets.
func (r *Ring) loadPrivate(fingerprint string) ([]byte, error) {
	identity, err := r.master()
	if err != nil {
		return nil, err
	}
	sealed, err := r.root.ReadFile(privateName(fingerprint))
	if err != nil {
		return nil, fmt.Errorf("read private key %s: %w", fingerprint, err)
	}
	opened, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		return nil, fmt.Errorf("open private key %s: the master key does not fit or the file is damaged", fingerprint)
	}
	plain, err := io.ReadAll(opened)
	if err != nil {
		return nil, fmt.Errorf("open private key %s: the file is damaged", fingerprint)
	}
	return plain, nil
}

// parsePrivate makes an entity of a private key's packets.
func parsePrivate(fingerprint string, packets []byte) (*openpgp.Entity, error) {
	list, err := openpgp.ReadKeyRing(bytes.NewReader(packets))
	if err != nil || len(list) != 1 {
		return nil, fmt.Errorf("open private key %s: not a key", fingerprint)
	}
	return list[0], nil
}

// writeFile replaces a file: temporary name, synced, renamed.
func writeFile(root *os.Root, name string, content []byte) (err error) {
	temporary := name + ".new"
	f, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, root.Remove(temporary))
	}
	if err := root.Rename(temporary, name); err != nil {
		return err
	}
	dir, err := root.Open(path.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
