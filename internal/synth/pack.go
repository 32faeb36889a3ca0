package synth

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/klauspost/compress/gzip"
)

// Pack writes the encrypted package: CSV and JSON in a gzip tar, signed and encrypted. It streams; nothing but
// the output leaves memory. The CSV is made twice, since a tar tells the size of a member before the member.
func Pack(w io.Writer, p Package, signer, recipient *openpgp.Entity) error {
	var size counter
	if err := p.WriteCSV(&size); err != nil {
		return err
	}
	err := Seal(w, signer, recipient, func(t *tar.Writer) error {
		if err := t.WriteHeader(member(p.BaseName()+".csv", int64(size))); err != nil {
			return err
		}
		if err := p.WriteCSV(t); err != nil {
			return err
		}
		if err := t.WriteHeader(member(p.BaseName()+".json", int64(len(p.Metadata)))); err != nil {
			return err
		}
		_, err := t.Write(p.Metadata)
		return err
	})
	if err != nil {
		return fmt.Errorf("pack %s: %w", p.Name, err)
	}
	return nil
}

// PackFiles writes the encrypted package of two files: base.csv and base.json.
func PackFiles(w io.Writer, base string, csv, metadata []byte, signer, recipient *openpgp.Entity) error {
	return Seal(w, signer, recipient, func(t *tar.Writer) error {
		for _, f := range []struct {
			name    string
			content []byte
		}{{base + ".csv", csv}, {base + ".json", metadata}} {
			if err := t.WriteHeader(member(f.name, int64(len(f.content)))); err != nil {
				return err
			}
			if _, err := t.Write(f.content); err != nil {
				return err
			}
		}
		return nil
	})
}

func member(name string, size int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: time.Unix(1_780_000_000, 0)}
}

// counter counts the bytes written to it.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// Seal writes an OpenPGP message, signed and encrypted, whose content is a gzip tar. fill writes the members.
// A nil signer leaves the message unsigned, as some bad packages of the tests are.
func Seal(w io.Writer, signer, recipient *openpgp.Entity, fill func(*tar.Writer) error) error {
	plain, err := openpgp.Encrypt(w, []*openpgp.Entity{recipient}, signer, &openpgp.FileHints{IsBinary: true}, pgpConfig())
	if err != nil {
		return fmt.Errorf("start the message: %w", err)
	}
	zip, err := gzip.NewWriterLevel(plain, gzip.BestSpeed)
	if err != nil {
		return err
	}
	t := tar.NewWriter(zip)
	if err := fill(t); err != nil {
		return err
	}
	for _, c := range []io.Closer{t, zip, plain} {
		if err := c.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Progress says how far WriteAll is, after each package.
type Progress struct {
	Package        string // just written
	Done, Packages int
	Rows           int   // so far
	Bytes          int64 // so far, encrypted
}

// WriteAll writes every package of a state into a directory, which it makes when missing. Each file appears
// under its name only when it is whole. progress may be nil. A second call replaces the files.
func WriteAll(ctx context.Context, dir string, s *State, keys Keys, progress func(Progress)) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var at Progress
	for t := range s.tests() {
		if s.count(t) > 0 {
			at.Packages++
		}
	}
	for p := range s.Packages() {
		size, err := writeFile(ctx, root, p, keys)
		if err != nil {
			return fmt.Errorf("write package %s: %w", p.Name, err)
		}
		at.Package, at.Done, at.Rows, at.Bytes = p.Name, at.Done+1, at.Rows+p.Rows, at.Bytes+size
		if progress != nil {
			progress(at)
		}
	}
	return nil
}

func writeFile(ctx context.Context, root *os.Root, p Package, keys Keys) (size int64, err error) {
	partial := p.Name + ".partial"
	f, err := root.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	var n counter
	err = Pack(io.MultiWriter(cancelled{ctx}, f, &n), p, keys.Sender, keys.Loader)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		root.Remove(partial)
		return 0, err
	}
	return int64(n), root.Rename(partial, p.Name)
}

// cancelled is a writer that fails once its context has ended.
type cancelled struct{ ctx context.Context }

func (c cancelled) Write(b []byte) (int, error) { return len(b), c.ctx.Err() }

func pgpConfig() *packet.Config {
	return &packet.Config{
		DefaultCipher:          packet.CipherAES256,
		DefaultCompressionAlgo: packet.CompressionNone,
	}
}
