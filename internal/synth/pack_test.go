package synth_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/synth"
)

func newKeys(t testing.TB) synth.Keys {
	t.Helper()
	keys, err := synth.GenerateKeys()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func firstPackage(t testing.TB) synth.Package {
	t.Helper()
	for p := range synth.New(synth.Config{Seed: 3, Students: 600}).Packages() {
		return p
	}
	t.Fatal("no package")
	return synth.Package{}
}

// files reads a gzip tar.
func files(t *testing.T, r io.Reader) map[string]string {
	t.Helper()
	zip, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for archive := tar.NewReader(zip); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		out[h.Name] = string(b)
	}
}

func wanted(t *testing.T, p synth.Package) map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := p.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	return map[string]string{p.BaseName() + ".csv": b.String(), p.BaseName() + ".json": string(p.Metadata)}
}

func TestAPackageIsSignedEncryptedAndHoldsBothFiles(t *testing.T) {
	t.Parallel()
	keys, p := newKeys(t), firstPackage(t)
	var sealed bytes.Buffer
	if err := synth.Pack(&sealed, p, keys.Sender, keys.Loader); err != nil {
		t.Fatal(err)
	}
	m, err := openpgp.ReadMessage(&sealed, openpgp.EntityList{keys.Sender, keys.Loader}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(m.UnverifiedBody)
	if err != nil {
		t.Fatal(err)
	}
	if !m.IsEncrypted || m.SignatureError != nil || m.SignedBy == nil || m.SignedBy.PublicKey.KeyId != keys.Sender.PrimaryKey.KeyId {
		t.Errorf("encrypted %v, signed by %v, signature: %v", m.IsEncrypted, m.SignedBy, m.SignatureError)
	}
	if d := cmp.Diff(wanted(t, p), files(t, bytes.NewReader(plain))); d != "" {
		t.Error(d)
	}
}

// gnupg runs gpg in a directory of its own.
type gnupg struct{ home string }

func newGnuPG(t *testing.T) gnupg {
	t.Helper()
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Fatal("gpg is missing; make setup installs it")
	}
	home, err := os.MkdirTemp("", "gpg") // short: the agent's socket lies in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	return gnupg{home}
}

func (g gnupg) run(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	args = append([]string{"--homedir", g.home, "--batch", "--yes", "--quiet", "--trust-model", "always", "--pinentry-mode", "loopback"}, args...)
	cmd := exec.Command("gpg", args...)
	var out, problem bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &problem
	if err := cmd.Run(); err != nil {
		t.Fatalf("gpg %s: %v\n%s", strings.Join(args, " "), err, problem.String())
	}
	return out.Bytes()
}

func TestGnuPGOpensOurPackagesAndUsesOurKeys(t *testing.T) {
	t.Parallel()
	keys, p, gpg := newKeys(t), firstPackage(t), newGnuPG(t)
	const passphrase = "a passphrase with ünïcode"
	locked, err := synth.ArmorPrivate(keys.Loader, []byte(passphrase))
	if err != nil {
		t.Fatal(err)
	}
	open, err := synth.ArmorPrivate(keys.Sender, nil)
	if err != nil {
		t.Fatal(err)
	}
	gpg.run(t, locked, "--import")
	gpg.run(t, open, "--import")

	var sealed bytes.Buffer
	if err := synth.Pack(&sealed, p, keys.Sender, keys.Loader); err != nil {
		t.Fatal(err)
	}
	plain := gpg.run(t, sealed.Bytes(), "--passphrase", passphrase, "--decrypt")
	if d := cmp.Diff(wanted(t, p), files(t, bytes.NewReader(plain))); d != "" {
		t.Error(d)
	}

	theirs := gpg.run(t, []byte("from gpg"), "--sign", "--encrypt", "--recipient", "loader@scorehouse.example", "--local-user", "results@vendor.example")
	m, err := openpgp.ReadMessage(bytes.NewReader(theirs), openpgp.EntityList{keys.Sender, keys.Loader}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(m.UnverifiedBody); err != nil || m.SignatureError != nil || string(b) != "from gpg" {
		t.Errorf("read %q from gpg: %v, signature: %v", b, err, m.SignatureError)
	}
}

func TestAFileWithoutAKeyIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "empty.asc")
	text := "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n=twTO\n-----END PGP PUBLIC KEY BLOCK-----\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := synth.ReadKey(path); err == nil {
		t.Errorf("read %v", key)
	}
}

func TestArmouredKeysComeBack(t *testing.T) {
	t.Parallel()
	key := newKeys(t).Loader
	public, err := synth.ArmorPublic(key)
	if err != nil {
		t.Fatal(err)
	}
	locked, err := synth.ArmorPrivate(key, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"public": public, "private": locked} {
		block, err := armor.Decode(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		read, err := openpgp.ReadKeyRing(block.Body)
		if err != nil || len(read) != 1 || read[0].PrimaryKey.KeyId != key.PrimaryKey.KeyId {
			t.Fatalf("%s key: %d read: %v", name, len(read), err)
		}
		if private := read[0].PrivateKey; (private != nil) != (name == "private") || private != nil && !private.Encrypted {
			t.Errorf("%s key: has a private part %v", name, private != nil)
		}
	}
	if key.PrivateKey.Encrypted {
		t.Error("writing a locked copy locked the key itself")
	}
}

func TestWriteAllLeavesWholeFilesOnly(t *testing.T) {
	t.Parallel()
	s := synth.New(synth.Config{Students: 300, Years: []edu.AcademicYear{2026}, NoInterims: true})
	dir := filepath.Join(t.TempDir(), "out")
	var last synth.Progress
	calls := 0
	if err := synth.WriteAll(t.Context(), dir, s, newKeys(t), func(p synth.Progress) { last, calls = p, calls+1 }); err != nil {
		t.Fatal(err)
	}
	var want []string
	rows := 0
	for p := range s.Packages() {
		want, rows = append(want, p.Name), rows+p.Rows
	}
	got, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(got) != len(want) {
		t.Errorf("%d files, want %d: %v", len(got), len(want), err)
	}
	if last.Done != len(want) || last.Packages != len(want) || calls != len(want) || last.Rows != rows || last.Bytes == 0 {
		t.Errorf("last progress %+v after %d calls, want %d packages and %d rows", last, calls, len(want), rows)
	}

	ended, end := context.WithCancel(t.Context())
	end()
	empty := filepath.Join(t.TempDir(), "none")
	if err := synth.WriteAll(ended, empty, s, newKeys(t), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context ended: %v", err)
	}
	if got, _ := filepath.Glob(filepath.Join(empty, "*")); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}

func TestABenchPackageHasAsManyStudentsAsRows(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 500, 20_000} {
		p := synth.New(synth.Config{Seed: 2, Students: 300}).BenchPackage(n)
		seen := map[string]bool{}
		got := rows(t, p)
		for _, r := range got {
			seen[r.get("StudentIdentifier")] = true
		}
		if p.Rows != n || len(got) != n || len(seen) != n {
			t.Errorf("BenchPackage(%d) says %d rows, has %d of %d students", n, p.Rows, len(got), len(seen))
		}
	}
}

// BenchmarkPack measures making, compressing, signing and encrypting rows. Rows per second of processor time do
// not depend on what else the machine does.
func BenchmarkPack(b *testing.B) {
	benchmark(b, func(p synth.Package, keys synth.Keys) error {
		return synth.Pack(io.Discard, p, keys.Sender, keys.Loader)
	})
}

// BenchmarkCSV measures making rows only.
func BenchmarkCSV(b *testing.B) {
	benchmark(b, func(p synth.Package, _ synth.Keys) error { return p.WriteCSV(io.Discard) })
}

func benchmark(b *testing.B, write func(synth.Package, synth.Keys) error) {
	const rows = 50_000
	p, keys := synth.New(synth.Config{Seed: 1}).BenchPackage(rows), newKeys(b)
	before := processorSeconds(b)
	for b.Loop() {
		if err := write(p, keys); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(b.N*rows)/(processorSeconds(b)-before), "rows/cpu-s")
}

func processorSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
