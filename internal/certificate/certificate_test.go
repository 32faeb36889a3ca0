package certificate_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"scorehouse/internal/certificate"
)

// pair makes a certificate with a serial number, and its key, as files.
func pair(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs})
}

type world struct {
	*testing.T
	cert, key string
	log       bytes.Buffer
	clock     time.Time
	files     *certificate.Files
	server    *httptest.Server
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, cert: filepath.Join(t.TempDir(), "tls.crt"), clock: time.Now()}
	w.key = filepath.Join(filepath.Dir(w.cert), "tls.key")
	w.put(pair(t, 1))
	var err error
	if w.files, err = certificate.Open(w.cert, w.key, slog.New(slog.NewTextHandler(&w.log, nil))); err != nil {
		t.Fatal(err)
	}
	certificate.SetClock(w.files, func() time.Time { return w.clock })
	w.server = httptest.NewUnstartedServer(http.NotFoundHandler())
	w.server.Listener = tls.NewListener(w.server.Listener, w.files.Config())
	w.server.Start()
	t.Cleanup(w.server.Close)
	return w
}

// put replaces both files as renewal tools do, with times that differ.
func (w *world) put(cert, key []byte) {
	w.Helper()
	w.clock = w.clock.Add(time.Minute)
	for name, text := range map[string][]byte{w.cert: cert, w.key: key} {
		if text == nil {
			continue
		}
		if err := os.WriteFile(name+".new", text, 0o600); err != nil {
			w.Fatal(err)
		}
		if err := os.Chtimes(name+".new", w.clock, w.clock); err != nil {
			w.Fatal(err)
		}
		if err := os.Rename(name+".new", name); err != nil {
			w.Fatal(err)
		}
	}
}

// shown is the serial number of the certificate that a new connection is shown.
func (w *world) shown() int64 {
	w.Helper()
	w.clock = w.clock.Add(2 * time.Second)
	conn, err := tls.Dial("tcp", w.server.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true}) // it signs itself
	if err != nil {
		w.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestARenewedCertificateIsShownWithoutARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.shown(); got != 1 {
		t.Fatalf("at first: %d", got)
	}
	w.put(pair(t, 2))
	if got := w.shown(); got != 2 {
		t.Errorf("after the renewal: %d, want 2", got)
	}
}

func TestFilesThatDoNotBelongTogetherLeaveTheOldCertificateInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cert, key := pair(t, 3)
	w.put(cert, nil) // its key follows
	for range 3 {
		if got := w.shown(); got != 1 {
			t.Errorf("between the files: %d, want 1", got)
		}
	}
	if n := strings.Count(w.log.String(), "cannot be read again"); n != 1 {
		t.Errorf("said %d times: %s", n, w.log.String())
	}
	w.put(nil, key)
	if got := w.shown(); got != 3 {
		t.Errorf("with both: %d, want 3", got)
	}
	if err := os.Remove(w.cert); err != nil {
		t.Fatal(err)
	}
	if got := w.shown(); got != 3 {
		t.Errorf("with one missing: %d, want 3", got)
	}
	w.put(pair(t, 4))
	if got := w.shown(); got != 4 {
		t.Errorf("back: %d, want 4", got)
	}
	if strings.Contains(w.log.String(), "PRIVATE") {
		t.Error("the log holds a key")
	}
}

func TestAServerDoesNotStartWithoutACertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := certificate.Open(filepath.Join(dir, "none"), filepath.Join(dir, "none"), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("it does")
	}
}

func TestOldVersionsOfTLSAreNotSpoken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := tls.Dial("tcp", w.server.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is")
	}
}
