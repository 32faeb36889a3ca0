package samltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// idAttributes tell xmlsec1 which attributes are ids.
var idAttributes = []string{
	"--id-attr:ID", assertionNS + ":Assertion",
	"--id-attr:ID", protocolNS + ":Response",
	"--id-attr:ID", protocolNS + ":LogoutRequest",
	"--id-attr:ID", protocolNS + ":LogoutResponse",
}

// runXmlsec runs xmlsec1 on files and returns what it writes.
func runXmlsec(args ...string) ([]byte, error) {
	if lax() {
		args = append([]string{args[0], "--lax-key-search"}, args[1:]...)
	}
	command := exec.CommandContext(context.Background(), "xmlsec1", args...)
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("xmlsec1 is not installed: run make setup")
	}
	if err != nil {
		return nil, fmt.Errorf("xmlsec1 %s: %w: %s", args[0], err, bytes.TrimSpace(problems.Bytes()))
	}
	return out, nil
}

// lax reports whether this xmlsec1 must be told to use the key it is given: from 1.3 on.
var lax = sync.OnceValue(func() bool {
	out, err := exec.CommandContext(context.Background(), "xmlsec1", "--version").Output()
	return err == nil && !strings.HasPrefix(string(out), "xmlsec1 1.2")
})

// SignatureOf says which signature is meant: that under the Response (or logout message), or that under the Assertion.
type SignatureOf string

// The signatures of a message.
const (
	OfRoot      SignatureOf = "/*/*[local-name()='Signature']"
	OfAssertion SignatureOf = "//*[local-name()='Assertion']/*[local-name()='Signature']"
)

// Verify has xmlsec1 check one signature of a message with the certificate in a file.
func Verify(document []byte, which SignatureOf, certificateFile string) error {
	return inFiles([][]byte{document}, func(files []string) error {
		_, err := runXmlsec(append(append([]string{"--verify", "--pubkey-cert-pem", certificateFile, "--node-xpath", string(which)}, idAttributes...), files...)...)
		return err
	})
}

// Decrypt has xmlsec1 decrypt what is encrypted in a message with the private key in a file.
func Decrypt(document []byte, privateFile string) (plain []byte, err error) {
	err = inFiles([][]byte{document}, func(files []string) error {
		plain, err = runXmlsec(append([]string{"--decrypt", "--privkey-pem", privateFile}, files...)...)
		return err
	})
	return plain, err
}

// encrypt has xmlsec1 encrypt a document into an EncryptedData template.
func encrypt(document, template []byte, certificateFile, sessionKey string) (data []byte, err error) {
	err = inFiles([][]byte{document, template}, func(files []string) error {
		data, err = runXmlsec("--encrypt", "--pubkey-cert-pem", certificateFile, "--session-key", sessionKey, "--xml-data", files[0], files[1])
		return err
	})
	return data, err
}

// inFiles writes documents to files for as long as do runs.
func inFiles(documents [][]byte, do func(files []string) error) error {
	dir, err := os.MkdirTemp("", "scorehouse-xmlsec-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var files []string
	for i, document := range documents {
		files = append(files, filepath.Join(dir, strconv.Itoa(i)+".xml"))
		if err := os.WriteFile(files[i], document, 0o600); err != nil {
			return err
		}
	}
	return do(files)
}

// order is one signature that xmlsec1 is to compute, standing in the document as a template.
type order struct {
	document []byte
	args     string // arguments, joined; orders with the same arguments can be filled by one process
	filled   chan filled
}

type filled struct {
	document []byte
	err      error
}

// signer fills orders. Starting xmlsec1 costs more than signing, so one process takes all the orders that have come in while another ran.
type signer struct {
	mutex   sync.Mutex
	waiting []order
	running int
}

var orders signer

// fillSignature has xmlsec1 compute a signature.
func fillSignature(document []byte, which SignatureOf, keyArgs ...string) ([]byte, error) {
	args := append(append(keyArgs, "--node-xpath", string(which)), idAttributes...)
	o := order{document: document, args: strings.Join(args, "\x00"), filled: make(chan filled, 1)}
	orders.take(o)
	f := <-o.filled
	return f.document, f.err
}

func (s *signer) take(o order) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.waiting = append(s.waiting, o)
	if s.running < 2 {
		s.running++
		go s.run()
	}
}

// run fills orders until none is waiting.
func (s *signer) run() {
	for {
		s.mutex.Lock()
		if len(s.waiting) == 0 {
			s.running--
			s.mutex.Unlock()
			return
		}
		var batch, rest []order
		for _, o := range s.waiting {
			if o.args == s.waiting[0].args && len(batch) < 100 {
				batch = append(batch, o)
			} else {
				rest = append(rest, o)
			}
		}
		s.waiting = rest
		s.mutex.Unlock()
		fill(batch)
	}
}

// fill runs one process for a batch. When one of its documents cannot be signed, each gets a process of its own.
func fill(batch []order) {
	var documents [][]byte
	for _, o := range batch {
		documents = append(documents, o.document)
	}
	var signed [][]byte
	err := inFiles(documents, func(files []string) error {
		out, err := runXmlsec(append(append([]string{"--sign"}, strings.Split(batch[0].args, "\x00")...), files...)...)
		if err == nil {
			signed = bytes.Split(out, []byte("<?xml version="))[1:]
		}
		return err
	})
	if err == nil && len(signed) != len(batch) {
		err = fmt.Errorf("xmlsec1 --sign: %d documents for %d", len(signed), len(batch))
	}
	for i, o := range batch {
		switch {
		case err == nil:
			o.filled <- filled{document: append([]byte("<?xml version="), signed[i]...)}
		case len(batch) == 1:
			o.filled <- filled{err: err}
		default:
			fill([]order{o})
		}
	}
}
