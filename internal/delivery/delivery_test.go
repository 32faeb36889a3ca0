package delivery_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"scorehouse/internal/delivery"
	"scorehouse/internal/feed"
	"scorehouse/internal/keyring"
	"scorehouse/internal/sample"
)

func keys() delivery.Keys {
	return delivery.Keys{Loader: []keyring.Key{{Entity: sample.LoaderKey()}}, Senders: []keyring.Key{{Entity: sample.SenderKey()}}}
}

func opener(content []byte) delivery.Opener {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
}

// code returns the code of a Problem, 0 for no error.
func code(t *testing.T, err error) int {
	t.Helper()
	if err == nil {
		return 0
	}
	var p *delivery.Problem
	if !errors.As(err, &p) {
		t.Fatalf("not a problem of the sender: %v", err)
	}
	return p.Code
}

const csvText, jsonText = "a,b\n1,2\n", `{"Content":"assessment"}`

func TestAPackageIsReadTwiceAndGivesBothFiles(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]sample.Sealing{
		"binary":           {},
		"armored":          {Armor: true},
		"ZIP":              {Config: &packet.Config{DefaultCompressionAlgo: packet.CompressionZIP}},
		"ZLIB and armored": {Armor: true, Config: &packet.Config{DefaultCompressionAlgo: packet.CompressionZLIB}},
		"AEAD":             {Config: &packet.Config{AEADConfig: &packet.AEADConfig{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive := sample.TarGz(t, sample.Member{Name: "a/", Type: '5'}, sample.Member{Name: "./a/Results.CSV", Body: csvText},
				sample.Member{Name: "a/results.Json", Body: jsonText}, sample.Member{Name: "a/results.err", Body: "{}"})
			content := sample.Seal(t, archive, s)
			c, err := delivery.Inspect(t.Context(), opener(content), keys(), delivery.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(archive)
			if string(c.JSON) != jsonText || c.CSVName != "Results.CSV" || c.CSVSize != int64(len(csvText)) || c.Digest() != hex.EncodeToString(sum[:]) ||
				c.Signer != (keyring.Key{Entity: sample.SenderKey()}).Fingerprint() {
				t.Errorf("got %q, %s, %d bytes, signed by %s", c.JSON, c.CSVName, c.CSVSize, c.Signer)
			}
			var csv []byte
			err = c.Stream(t.Context(), func(r io.Reader) (err error) { csv, err = io.ReadAll(r); return err })
			if err != nil || string(csv) != csvText {
				t.Errorf("got %q, %v", csv, err)
			}
		})
	}
}

func TestStreamEndsWithTheErrorOfItsReader(t *testing.T) {
	t.Parallel()
	c, err := delivery.Inspect(t.Context(), opener(sample.Pack(t, csvText, jsonText)), keys(), delivery.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	stop := errors.New("enough")
	if err := c.Stream(t.Context(), func(io.Reader) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Stream(ctx, func(io.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatChangesBetweenTheReadingsIsNotBelieved(t *testing.T) {
	t.Parallel()
	first := sample.Pack(t, csvText, jsonText)
	damaged := bytes.Clone(first)
	damaged[len(damaged)-20] ^= 1
	for name, second := range map[string][]byte{
		"another sound package": sample.Pack(t, "a,b\n3,4\n", jsonText),
		"damaged":               damaged,
		"cut":                   first[:len(first)-40],
		"something else":        []byte("hello"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			readings := [][]byte{first, second}
			open := func() (io.ReadCloser, error) {
				r := io.NopCloser(bytes.NewReader(readings[0]))
				readings = readings[1:]
				return r, nil
			}
			c, err := delivery.Inspect(t.Context(), open, keys(), delivery.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			err = c.Stream(t.Context(), func(r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
			var p *delivery.Problem
			if err == nil || errors.As(err, &p) {
				t.Errorf("got %v, want an error that is ours", err)
			}
		})
	}
}

func TestAnErrorOfTheFileStoreIsNotTheSendersProblem(t *testing.T) {
	t.Parallel()
	content := sample.Pack(t, strings.Repeat(csvText, 1000), jsonText)
	broken := errors.New("disk on fire")
	for _, at := range []int{0, 1, 50, 300, len(content) - 1} {
		open := func() (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(bytes.NewReader(content[:at]), iotest.ErrReader(broken))), nil
		}
		if _, err := delivery.Inspect(t.Context(), open, keys(), delivery.Limits{}); !errors.Is(err, broken) {
			t.Errorf("broken after %d bytes: got %v", at, err)
		}
	}
}

func TestEveryTruncationAndEveryFlippedByteIsRefused(t *testing.T) {
	t.Parallel()
	content := sample.Pack(t, csvText, jsonText)
	whole, err := delivery.Inspect(t.Context(), opener(content), keys(), delivery.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range content {
		if _, err := delivery.Inspect(t.Context(), opener(content[:i]), keys(), delivery.Limits{}); code(t, err) == 0 {
			t.Fatalf("the first %d of %d bytes are accepted", i, len(content))
		}
		flipped := bytes.Clone(content)
		flipped[i] ^= 0x10
		// Some bits of the outermost packets' headers mean the same either way; what is inside must be what was signed.
		if c, err := delivery.Inspect(t.Context(), opener(flipped), keys(), delivery.Limits{}); code(t, err) == 0 && c.Digest() != whole.Digest() {
			t.Fatalf("accepted with byte %d flipped", i)
		}
	}
}

func TestExpiredAndRevokedSendersAreRefused(t *testing.T) {
	t.Parallel()
	old := sample.NewKeyWith(t, "old", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, KeyLifetimeSecs: 2, Time: halfAnHourAgo})
	revoked := sample.NewKey(t, "revoked")
	sealedByRevoked := sample.Seal(t, sample.TarGz(t, sample.Files(csvText, jsonText)...), sample.Sealing{By: revoked})
	if err := revoked.Revoke(packet.KeyCompromised, "", nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key     *openpgp.Entity
		content []byte
	}{
		"expired": {old, sample.Seal(t, sample.TarGz(t, sample.Files(csvText, jsonText)...), sample.Sealing{By: old, Config: &packet.Config{Time: halfAnHourAgo}})},
		"revoked": {revoked, sealedByRevoked},
	} {
		k := keys()
		k.Senders = []keyring.Key{{Entity: c.key}}
		_, err := delivery.Inspect(t.Context(), opener(c.content), k, delivery.Limits{})
		if code(t, err) != feed.SignerExpired {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestLimitsHold(t *testing.T) {
	t.Parallel()
	content := sample.Pack(t, strings.Repeat("x", 100_000), jsonText)
	for name, limits := range map[string]delivery.Limits{
		"archive":  {Archive: 50_000},
		"metadata": {Metadata: 5},
		"members":  {Members: 1},
	} {
		_, err := delivery.Inspect(t.Context(), opener(content), keys(), limits)
		if code(t, err) != feed.TooLarge {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestGnuPGsPackagesAreRead uses the tools that senders use: tar, gzip and gpg with its defaults.
func TestGnuPGsPackagesAreRead(t *testing.T) {
	t.Parallel()
	gpg, err := exec.LookPath("gpg")
	if err != nil {
		t.Skip("gpg is not installed")
	}
	dir := t.TempDir()
	run := func(stdin []byte, args ...string) []byte {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), gpg, append([]string{"--homedir", dir, "--batch", "--yes", "--quiet", "--trust-model", "always"}, args...)...)
		cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), t.Output()
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("gpg %v: %v", args, err)
		}
		return out
	}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", dir, "--kill", "all").Run() })
	if err := exec.Command("chmod", "700", dir).Run(); err != nil {
		t.Fatal(err)
	}
	run(nil, "--passphrase", "", "--quick-gen-key", "Vendor <vendor@example.org>", "rsa2048", "default", "never")
	run(sample.PublicKey(t, sample.LoaderKey()), "--import")
	sender, err := openpgp.ReadKeyRing(bytes.NewReader(run(nil, "--export", "vendor@example.org")))
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(dir, "results.tar.gz")
	writeFiles(t, dir, map[string]string{"results.csv": csvText, "results.json": jsonText})
	if out, err := exec.CommandContext(t.Context(), "tar", "-czf", archive, "-C", dir, "results.csv", "results.json").CombinedOutput(); err != nil {
		t.Fatalf("tar: %v %s", err, out)
	}
	for name, args := range map[string][]string{
		"default":      nil,
		"armored":      {"--armor"},
		"ZLIB":         {"--compress-algo", "zlib", "-z", "6"},
		"ZIP":          {"--compress-algo", "zip", "-z", "6"},
		"BZIP2":        {"--compress-algo", "bzip2", "-z", "6"},
		"uncompressed": {"--compress-algo", "none"},
		"SHA-512":      {"--digest-algo", "SHA512", "--cipher-algo", "AES128"},
		"hidden":       {"--throw-keyids"},
	} {
		content := run(nil, append(args, "--output", "-", "--recipient", "loader@example.org", "--local-user", "vendor@example.org", "--sign", "--encrypt", archive)...)
		k := keys()
		k.Senders = []keyring.Key{{Entity: sender[0]}}
		c, err := delivery.Inspect(t.Context(), opener(content), k, delivery.Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if string(c.JSON) != jsonText {
			t.Errorf("%s: got %q", name, c.JSON)
		}
	}
	unsigned := run(nil, "--output", "-", "--recipient", "loader@example.org", "--encrypt", archive)
	if _, err := delivery.Inspect(t.Context(), opener(unsigned), keys(), delivery.Limits{}); code(t, err) != feed.Unsigned {
		t.Errorf("unsigned: got %v", err)
	}
	bare := run(nil, "--output", "-", "--local-user", "vendor@example.org", "--sign", archive)
	if _, err := delivery.Inspect(t.Context(), opener(bare), keys(), delivery.Limits{}); code(t, err) != feed.NotForUs {
		t.Errorf("not encrypted: got %v", err)
	}
	old := run(nil, "--output", "-", "--rfc2440", "--disable-mdc", "--cipher-algo", "3DES", "--recipient", "loader@example.org", "--local-user", "vendor@example.org", "--sign", "--encrypt", archive)
	if _, err := delivery.Inspect(t.Context(), opener(old), keys(), delivery.Limits{}); err != nil && code(t, err) != feed.WeakProtection {
		t.Errorf("without integrity protection: got %v", err)
	}
}

func TestAMessageWithoutIntegrityProtectionIsRefused(t *testing.T) {
	t.Parallel()
	content := sample.Pack(t, csvText, jsonText)
	r := bytes.NewReader(content)
	if p, err := packet.Read(r); err != nil {
		t.Fatalf("%T, %v", p, err)
	}
	data := len(content) - r.Len() // where the packet of encrypted data begins
	if content[data] != 0xc0|18 {
		t.Fatalf("packet %x", content[data])
	}
	content[data] = 0xc0 | 9
	_, err := delivery.Inspect(t.Context(), opener(content), keys(), delivery.Limits{})
	if code(t, err) != feed.WeakProtection {
		t.Errorf("got %v", err)
	}
}

func TestAWeakKeyIsAcceptedForItselfOnly(t *testing.T) {
	t.Parallel()
	k := keys()
	weak := sample.NewKeyWith(t, "weak", &packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 1024, MinRSABits: 1024})
	content := sample.Seal(t, sample.TarGz(t, sample.Files(csvText, jsonText)...), sample.Sealing{By: weak, Config: &packet.Config{MinRSABits: 1024}})
	k.Senders[0].AllowWeak = true // another sender's exception
	k.Senders = append(k.Senders, keyring.Key{Entity: weak})
	if _, err := delivery.Inspect(t.Context(), opener(content), k, delivery.Limits{}); code(t, err) != feed.WeakProtection {
		t.Errorf("got %v", err)
	}
}
