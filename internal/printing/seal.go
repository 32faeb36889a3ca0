package printing

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"scorehouse/internal/filestore"
)

// MakeKeys makes the key pair of printed documents where it is missing: the private key in one file, for whoever gives documents out, the public one
// in another, for whoever prints. Whoever loses the private key loses documents that can be printed again.
func MakeKeys(private, public string) error {
	if _, err := os.Stat(private); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(public); err == nil {
		return nil // the private key is kept where this process does not see it
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return fmt.Errorf("keys of printed reports: %w", err)
	}
	// The private key first: it decides who was quicker. Whoever was not takes its public part.
	err = writeOnce(private, "# The private key of printed reports. Without it those that wait to be collected are lost, and can be printed again.\n"+identity.String()+"\n")
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keys of printed reports: %w", err)
	}
	if identity, err = OpenPrivate(private); err != nil {
		return err
	}
	err = writeOnce(public, identity.Recipient().String()+"\n")
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keys of printed reports: %w", err)
	}
	return nil
}

// writeOnce makes a file, whole and for its owner only, unless there is one.
func writeOnce(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	temporary := fmt.Sprintf("%s.%d", name, os.Getpid())
	if err := os.WriteFile(temporary, []byte(text), 0o600); err != nil {
		return err
	}
	defer os.Remove(temporary)
	return os.Link(temporary, name)
}

// OpenPrivate reads the private key.
func OpenPrivate(file string) (*age.X25519Identity, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("private key of printed reports: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			identity, err := age.ParseX25519Identity(line)
			if err != nil {
				return nil, fmt.Errorf("%s holds no key that can be read", file)
			}
			return identity, nil
		}
	}
	return nil, fmt.Errorf("%s holds no key", file)
}

// OpenPublic reads the public key.
func OpenPublic(file string) (*age.X25519Recipient, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("public key of printed reports: %w", err)
	}
	recipient, err := age.ParseX25519Recipient(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s holds no key that can be read", file)
	}
	return recipient, nil
}

// stored is what is known of a document in the store.
type stored struct {
	name   string
	bytes  int64
	digest []byte
}

// seal stores what write writes, encrypted. It appears whole or not at all.
func seal(files *filestore.Dir, to age.Recipient, name string, write func(io.Writer) error) (stored, error) {
	count := &counter{sum: sha256.New()}
	err := files.Create(name, func(out io.Writer) error {
		sealed, err := age.Encrypt(out, to)
		if err != nil {
			return err
		}
		if err := write(io.MultiWriter(sealed, count)); err != nil {
			return err
		}
		return sealed.Close()
	})
	return stored{name, count.bytes, count.sum.Sum(nil)}, err
}

// unseal opens a stored document. Reading fails at the first byte that is not as it was written.
func unseal(files *filestore.Dir, key age.Identity, name string) (io.ReadCloser, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	plain, err := age.Decrypt(f, key)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: the key does not fit, or the file is damaged", name), f.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{plain, f}, nil
}

// counter counts and sums up what is written to it.
type counter struct {
	bytes int64
	sum   hash.Hash
}

// Write never fails.
func (c *counter) Write(b []byte) (int, error) {
	c.bytes += int64(len(b))
	return c.sum.Write(b)
}
