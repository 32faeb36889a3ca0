package bench

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"

	"scorehouse/internal/samltest"
)

// signIn measures what deciding about one SAML response costs: a typical one, an encrypted one, and one of 200 kB with 1,500 chains.
func signIn(_ context.Context, _ *slog.Logger, print func(Figure)) error {
	dir, err := os.MkdirTemp("", "scorehouse-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	now := time.Now()
	actors, err := samltest.NewActors(dir, now)
	if err != nil {
		return err
	}
	chains := []samltest.Attribute{samltest.Chains(1500)}
	for _, c := range []struct {
		name       string
		kind       samltest.Kind
		attributes []samltest.Attribute
		times      int
	}{
		{"access.saml_typical", samltest.SignedBoth, samltest.Shapes["memberOf"], 400},
		{"access.saml_encrypted", samltest.EncryptedBoth, samltest.Shapes["memberOf"], 400},
		{"access.saml_200kB", samltest.SignedBoth, chains, 30},
	} {
		scene := samltest.NewScene(actors, now)
		b, err := samltest.NewBase(c.kind.String(), scene, actors, c.kind, samltest.NewMessage(scene, samltest.SimpleSAMLphp, c.attributes))
		if err != nil {
			return err
		}
		if err := b.Case().Check(); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		encoded := base64.StdEncoding.EncodeToString(b.Document)
		began := processorTime()
		for range c.times {
			if _, err := scene.SP.Accept(scene.IdP, encoded, scene.RequestID, now); err != nil {
				return err
			}
		}
		spent := processorTime() - began
		print(Figure{Name: c.name, Value: float64(spent.Microseconds()) / float64(c.times) / 1000, Unit: "ms",
			Detail: fmt.Sprintf("CPU time of one response of %.1f kB (%s), mean of %d", float64(len(b.Document))/1000, c.kind, c.times)})
	}
	return nil
}

// processorTime is what this process has used so far, garbage collection included.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0 // never, for oneself
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
