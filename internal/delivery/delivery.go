package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// Opener opens the stored file from its start; it is called once for each pass.
type Opener func() (io.ReadCloser, error)

// Contents is a package whose signature was verified and whose archive has the right members.
type Contents struct {
	Signer   string // fingerprint of the sender's key, upper-case hex
	JSON     []byte // the JSON member
	JSONName string
	CSVName  string
	CSVSize  int64 // bytes

	open   Opener
	keys   Keys
	limits Limits
	digest [sha256.Size]byte // of the archive as it was signed
}

// Digest returns the SHA-256 of the decrypted archive, lower-case hex.
func (c *Contents) Digest() string { return hex.EncodeToString(c.digest[:]) }

// Inspect is pass 1: it reads the whole message, verifies its integrity and signature, checks the archive, and keeps the JSON
// file. It may be repeated. Errors are *Problem for what the sender must mend; others are ours or the context's.
func Inspect(ctx context.Context, open Opener, keys Keys, limits Limits) (*Contents, error) {
	c := &Contents{open: open, keys: keys, limits: limits.withDefaults()}
	p, err := c.pass(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("inspect package: %w", err)
	}
	c.Signer, c.digest = p.signer, p.digest
	c.JSON, c.JSONName, c.CSVName, c.CSVSize = p.archive.json, p.archive.jsonName, p.archive.csvName, p.archive.csvSize
	return c, nil
}

// Stream is pass 2: it calls csv with the content of the CSV file, then verifies the message again. What csv made of the content may
// be kept only when Stream returns nil. An error of csv ends the reading and is returned. csv need not read to the end.
// The package was good in pass 1, so no error is the sender's to mend.
func (c *Contents) Stream(ctx context.Context, csv func(io.Reader) error) error {
	p, err := c.pass(ctx, csv)
	var called callerError
	if errors.As(err, &called) {
		return called.error
	}
	var bad *Problem
	if errors.As(err, &bad) || err == nil && p.digest != c.digest {
		return errors.New("read package: the stored file is not the one that was inspected")
	}
	if err != nil {
		return fmt.Errorf("read package: %w", err)
	}
	return nil
}

// pass is what one reading of a message found.
type pass struct {
	archive archive
	signer  string
	digest  [sha256.Size]byte
}

// pass reads the file once. A bad archive is told only after the signature has been verified: until then it may be
// anybody's. With csv, the first error ends the reading.
func (c *Contents) pass(ctx context.Context, csv func(io.Reader) error) (pass, error) {
	file, err := c.open()
	if err != nil {
		return pass{}, fmt.Errorf("open stored file: %w", err)
	}
	defer file.Close()
	src := &source{ctx: ctx, r: file}
	m, err := openMessage(src, c.keys, c.limits)
	if err != nil {
		return pass{}, err
	}
	ahead := newReadAhead(m)
	found, archiveErr := readArchive(ahead, c.limits, src.received, csv)
	ahead.Close()
	if m.err != nil && m.err != io.EOF {
		return pass{}, m.err
	}
	if archiveErr != nil && csv != nil {
		return pass{}, archiveErr
	}
	if err := c.drain(m); err != nil {
		return pass{}, err
	}
	signer, err := m.verify()
	if err != nil {
		return pass{}, err
	}
	return pass{archive: found, signer: signer, digest: m.sum()}, archiveErr
}

// drain reads the rest of a message, so that it can be verified.
func (c *Contents) drain(m *message) error {
	buf := make([]byte, 64<<10)
	for {
		_, err := m.Read(buf)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
