package printing

import (
	"crypto/rand"
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

	"scorehouse/internal/fault"
	"scorehouse/internal/filestore"
)

// MakeKeys makes what is missing of the key pair of printed documents: the private key in one file, for whoever gives documents out, the public one in
// another, for whoever prints. It is for those who may read the private key; a printer calls OpenPublic only. Whoever loses the private key loses documents that
// can be printed again. Keys that are no pair, and a public key alone, are Invalid: nobody could open what is printed.
func MakeKeys(private, public string) error {
	identity, err := OpenPrivate(private)
	if errors.Is(err, fs.ErrNotExist) {
		_, alone := os.Stat(public)
		if identity, err = OpenPrivate(private); alone == nil && errors.Is(err, fs.ErrNotExist) { // looked again: another process may be at it
			return fault.New(fault.Invalid, "the private key of printed reports, %s, is missing, while %s is there: put it back, or delete the public key too to have a new pair made; then what waits to be collected is printed again", private, public)
		}
		if err != nil {
			identity, err = makePrivate(private)
		}
	}
	if err != nil {
		return err
	}
	err = writeOnce(public, identity.Recipient().String()+"\n", 0o644)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keys of printed reports: %w", err)
	}
	recipient, err := OpenPublic(public)
	if err == nil && recipient.String() != identity.Recipient().String() {
		return fault.New(fault.Invalid, "%s is not the public key of %s, so that nobody could open what is printed: delete it and run scorehouse pdf key", public, private)
	}
	return err
}

// makePrivate makes a private key. Of several processes that do so at once one is quicker, and all return its key.
func makePrivate(file string) (*age.X25519Identity, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("keys of printed reports: %w", err)
	}
	err = writeOnce(file, "# The private key of printed reports. Without it those that wait to be collected are lost, and can be printed again.\n"+identity.String()+"\n", 0o600)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("keys of printed reports: %w", err)
	}
	return OpenPrivate(file)
}

// writeOnce makes a file, whole, unless there is one: then the error is fs.ErrExist.
func writeOnce(name, text string, mode fs.FileMode) error {
	if _, err := os.Lstat(name); err == nil {
		return fs.ErrExist
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	temporary := fmt.Sprintf("%s.%s", name, strings.ToLower(rand.Text()))
	if err := os.WriteFile(temporary, []byte(text), 0o600); err != nil {
		return err
	}
	defer os.Remove(temporary)
	if err := os.Chmod(temporary, mode); err != nil { // whatever the umask
		return err
	}
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

// OpenPublic reads the public key. That there is none is Invalid, and says what to do.
func OpenPublic(file string) (*age.X25519Recipient, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.Invalid, err, "the public key of printed reports is not there: run scorehouse pdf key as the user of the web server, and copy the file to where printing.public_key says")
	}
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
