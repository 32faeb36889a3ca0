// Package certificate keeps the TLS certificate of a server up to date with the files it comes from, so that a renewed
// certificate is used without a restart. It makes no certificates and asks no authority for one.
package certificate

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often, at most, a handshake looks at the files: a renewed certificate is in use that much later.
const lookEvery = time.Second

// Files is a certificate with its key, read from two PEM files and read again when they change. It is safe for concurrent use.
type Files struct {
	certificate, key string
	logger           *slog.Logger
	now              func() time.Time

	mu     sync.Mutex
	looked time.Time
	seen   [2]state // of the files that current, or the last failure, comes from
	failed bool
	loaded *tls.Certificate
}

// state tells one content of a file from the next. A file is replaced by renaming another over it, or written anew.
type state struct {
	changed time.Time
	size    int64
}

// Open reads the files. Files that are missing, or that do not belong together, are an error now; later they leave the certificate
// that was read before in use.
func Open(certificate, key string, logger *slog.Logger) (*Files, error) {
	f := &Files{certificate: certificate, key: key, logger: logger, now: time.Now}
	seen, err := f.look()
	if err != nil {
		return nil, err
	}
	if f.loaded, err = f.read(); err != nil {
		return nil, err
	}
	f.seen, f.looked = seen, f.now()
	return f, nil
}

// Config returns the settings of a TLS server that always shows the newest certificate. TLS 1.2 is the oldest version spoken.
func (f *Files) Config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.current(), nil },
	}
}

// current returns the newest certificate that could be read. While the files are being replaced they may not belong together for a
// moment, or be broken for longer: each failure is logged once per change and tried again at the next look.
func (f *Files) current() *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.now().Sub(f.looked) < lookEvery {
		return f.loaded
	}
	f.looked = f.now()
	seen, err := f.look()
	if err == nil && seen == f.seen && !f.failed {
		return f.loaded
	}
	known := f.failed && seen == f.seen
	if err == nil {
		var renewed *tls.Certificate
		if renewed, err = f.read(); err == nil {
			f.seen, f.failed, f.loaded = seen, false, renewed
			f.logger.Info("the TLS certificate was read again", "expires", renewed.Leaf.NotAfter)
			return f.loaded
		}
	}
	f.seen, f.failed = seen, true
	if !known {
		f.logger.Error("the TLS certificate cannot be read again; the one before stays in use", "expires", f.loaded.Leaf.NotAfter, "error", err)
	}
	return f.loaded
}

// look returns the states of the files.
func (f *Files) look() (seen [2]state, err error) {
	for i, name := range []string{f.certificate, f.key} {
		info, err := os.Stat(name) // follows the links that renewal tools turn
		if err != nil {
			return seen, fmt.Errorf("TLS certificate: %w", err)
		}
		seen[i] = state{info.ModTime(), info.Size()}
	}
	return seen, nil
}

// read returns what the files hold now.
func (f *Files) read() (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(f.certificate, f.key)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate %s with key %s: %w", f.certificate, f.key, err)
	}
	return &c, nil
}
