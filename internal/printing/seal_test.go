package printing_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"scorehouse/internal/fault"
	"scorehouse/internal/printing"
)

func TestKeysAreMadeOnceAndWhatIsMissingOfThemIsMade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	private, public := filepath.Join(dir, "keys", "printing.key"), filepath.Join(dir, "elsewhere", "printing.pub")
	if _, err := printing.OpenPublic(public); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "scorehouse pdf key") {
		t.Errorf("a printer without a key is told %v", err)
	}
	var processes sync.WaitGroup
	for range 8 {
		processes.Go(func() {
			if err := printing.MakeKeys(private, public); err != nil {
				t.Error(err)
			}
		})
	}
	processes.Wait()
	pair := func() string {
		t.Helper()
		key, err := printing.OpenPrivate(private)
		if err != nil {
			t.Fatal(err)
		}
		recipient, err := printing.OpenPublic(public)
		if err != nil || recipient.String() != key.Recipient().String() {
			t.Fatalf("no pair: %v", err)
		}
		return recipient.String()
	}
	first := pair()
	for file, want := range map[string]os.FileMode{private: 0o600, public: 0o644} {
		if info, err := os.Stat(file); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", file, info, err)
		}
	}
	// Lost, or a process ended between the two.
	if err := os.Remove(public); err != nil {
		t.Fatal(err)
	}
	if err := printing.MakeKeys(private, public); err != nil || pair() != first {
		t.Errorf("the public key alone was lost: %v", err)
	}
	other := filepath.Join(dir, "other.key")
	if err := printing.MakeKeys(other, filepath.Join(dir, "other.pub")); err != nil {
		t.Fatal(err)
	}
	if err := printing.MakeKeys(other, public); !fault.Is(err, fault.Invalid) {
		t.Errorf("keys that are no pair: %v", err)
	}
	if err := printing.MakeKeys(filepath.Join(dir, "missing.key"), public); !fault.Is(err, fault.Invalid) {
		t.Errorf("a public key alone: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*", "printing.*")); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
