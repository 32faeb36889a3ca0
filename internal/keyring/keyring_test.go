package keyring_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/fault"
	"scorehouse/internal/keyring"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/sample"
	"scorehouse/internal/schema"
)

func newRing(t *testing.T) (*keyring.Ring, string, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.New(t, schema.Control)
	if _, err := pool.Exec(t.Context(), "insert into tenant.tenant (tenant, state_code, name) values ('tamarack', 'TK', 'State of Tamarack'), ('other', 'OT', 'Other')"); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "keys")
	for range 2 { // the second time changes nothing
		if err := keyring.Init(dir); err != nil {
			t.Fatal(err)
		}
	}
	return openRing(t, pool, dir), dir, pool
}

func openRing(t *testing.T, pool *pgxpool.Pool, dir string) *keyring.Ring {
	t.Helper()
	r, err := keyring.Open(pool, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func locked(t *testing.T, e *openpgp.Entity, passphrase string) []byte {
	t.Helper()
	list, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(sample.PrivateKey(t, e)))
	if err != nil {
		t.Fatal(err)
	}
	if err := list[0].EncryptPrivateKeys([]byte(passphrase), nil); err != nil {
		t.Fatal(err)
	}
	return sample.PrivateKey(t, list[0])
}

func prints(keys []keyring.Key) []string {
	var all []string
	for _, k := range keys {
		all = append(all, k.Fingerprint())
	}
	return all
}

func print(e *openpgp.Entity) string { return keyring.Key{Entity: e}.Fingerprint() }

func TestALoaderKeyIsKeptUnlockedButEncryptedToTheMasterKey(t *testing.T) {
	t.Parallel()
	r, dir, pool := newRing(t)
	key := sample.NewKey(t, "loader")
	file := locked(t, key, "open sesame")
	if _, err := r.Import(t.Context(), keyring.ImportRequest{Key: file, Role: keyring.Loader, Passphrase: []byte("open sesame\n")}); err != nil {
		t.Fatal(err)
	}
	for _, ring := range []*keyring.Ring{r, openRing(t, pool, dir)} {
		keys, err := ring.LoaderKeys(t.Context())
		if err != nil || len(keys) != 1 || keys[0].Fingerprint() != print(key) || keys[0].Entity.PrivateKey.Encrypted || keys[0].Entity.Subkeys[0].PrivateKey.Encrypted {
			t.Fatalf("got %v, %v", keys, err)
		}
	}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		content, err := os.ReadFile(path)
		if strings.HasSuffix(path, ".age") && (!bytes.HasPrefix(content, []byte("age-encryption.org")) || bytes.Contains(content, key.PrimaryKey.Fingerprint)) {
			t.Errorf("%s is not encrypted", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	public, err := r.PublicKeys(t.Context())
	if err != nil || bytes.Contains(public, []byte("PRIVATE")) || !bytes.Contains(public, []byte("PUBLIC KEY BLOCK")) {
		t.Errorf("public keys: %s, %v", public, err)
	}
}

func TestKeysImportedWhileTheLoaderRunsAreSeen(t *testing.T) {
	t.Parallel()
	r, dir, pool := newRing(t)
	operator := openRing(t, pool, dir)
	if keys, err := r.LoaderKeys(t.Context()); err != nil || len(keys) != 0 {
		t.Fatalf("got %v, %v", keys, err)
	}
	var want []string
	for range 2 {
		key := sample.NewKey(t, "loader")
		want = append(want, print(key))
		if _, err := operator.Import(t.Context(), keyring.ImportRequest{Key: sample.PrivateKey(t, key), Role: keyring.Loader}); err != nil {
			t.Fatal(err)
		}
		keys, err := r.LoaderKeys(t.Context())
		if diff := cmp.Diff(want, prints(keys)); diff != "" || err != nil {
			t.Fatalf("%v (-want +got)\n%s", err, diff)
		}
	}
}

func TestASendersKeyCountsForItsTenantOnlyAndItsPrivatePartIsNotKept(t *testing.T) {
	t.Parallel()
	r, dir, _ := newRing(t)
	a, b := sample.NewKey(t, "a"), sample.NewKey(t, "b")
	file := append(sample.PrivateKey(t, a), sample.PublicKey(t, b)...) // two blocks in one file
	imported, err := r.Import(t.Context(), keyring.ImportRequest{Key: file, Role: keyring.Sender, Tenant: "tamarack"})
	if err != nil || len(imported) != 2 {
		t.Fatalf("got %v, %v", imported, err)
	}
	if !strings.Contains(imported[0].Note, "public part") || imported[1].Note != "" {
		t.Errorf("notes: %q, %q", imported[0].Note, imported[1].Note)
	}
	keys, err := r.SenderKeys(t.Context(), "tamarack")
	if diff := cmp.Diff([]string{print(a), print(b)}, prints(keys)); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	for _, k := range keys {
		if k.Entity.PrivateKey != nil {
			t.Error("a sender's private key is kept")
		}
	}
	if other, err := r.SenderKeys(t.Context(), "other"); err != nil || len(other) != 0 {
		t.Errorf("another tenant has %v, %v", other, err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "loader", "*")); len(files) != 0 {
		t.Errorf("files %v", files)
	}
}

func TestBinaryKeyFilesAndRepeatedImportsWork(t *testing.T) {
	t.Parallel()
	r, _, _ := newRing(t)
	var file bytes.Buffer
	if err := sample.SenderKey().Serialize(&file); err != nil {
		t.Fatal(err)
	}
	for _, weak := range []bool{false, true} {
		if _, err := r.Import(t.Context(), keyring.ImportRequest{Key: file.Bytes(), Role: keyring.Sender, Tenant: "tamarack", AllowWeak: weak}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := r.List(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v, %v", list, err)
	}
	k := list[0]
	if !k.AllowWeak || k.Role != keyring.Sender || k.Tenant != "tamarack" || k.Algorithm != "Ed25519" || k.Fingerprint != print(sample.SenderKey()) ||
		len(k.UserIDs) != 1 || k.UserIDs[0] != "sender <sender@example.org>" || k.ExpiresAt != nil || time.Since(k.ImportedAt) > time.Hour {
		t.Errorf("got %+v", k)
	}
}

func TestWeakKeysAreRefusedUnlessAccepted(t *testing.T) {
	t.Parallel()
	r, _, _ := newRing(t)
	key := sample.NewKeyWith(t, "old", &packet.Config{Algorithm: packet.PubKeyAlgoRSA, RSABits: 1024, MinRSABits: 1024})
	for role, file := range map[keyring.Role][]byte{keyring.Loader: sample.PrivateKey(t, key), keyring.Sender: sample.PublicKey(t, key)} {
		request := keyring.ImportRequest{Key: file, Role: role}
		if role == keyring.Sender {
			request.Tenant = "tamarack"
		}
		_, err := r.Import(t.Context(), request)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "RSA key of 1024 bits") || !strings.Contains(err.Error(), "--allow-weak") {
			t.Errorf("%s: got %v", role, err)
		}
		request.AllowWeak = true
		imported, err := r.Import(t.Context(), request)
		if err != nil || !strings.Contains(imported[0].Note, "weak") || imported[0].Bits != 1024 || imported[0].Algorithm != "RSA" {
			t.Errorf("%s: got %+v, %v", role, imported, err)
		}
	}
	keys, err := r.LoaderKeys(t.Context())
	if err != nil || len(keys) != 1 || !keys[0].AllowWeak {
		t.Errorf("got %v, %v", keys, err)
	}
}

// emptyArmor is a key block without a key.
const emptyArmor = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n=twTO\n-----END PGP PUBLIC KEY BLOCK-----\n"

func TestWhatCannotBeImportedIsRefusedWithASentence(t *testing.T) {
	t.Parallel()
	r, _, _ := newRing(t)
	key := sample.NewKey(t, "k")
	revoked := sample.NewKey(t, "revoked")
	if err := revoked.Revoke(packet.KeyCompromised, "", nil); err != nil {
		t.Fatal(err)
	}
	old := sample.NewKeyWith(t, "old", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, KeyLifetimeSecs: 60, Time: func() time.Time { return time.Now().Add(-time.Hour) }})
	for name, c := range map[string]struct {
		request keyring.ImportRequest
		kind    fault.Kind
		says    string
	}{
		"public key for the loader": {keyring.ImportRequest{Key: sample.PublicKey(t, key), Role: keyring.Loader}, fault.Invalid, "this file holds a public key"},
		"no passphrase":             {keyring.ImportRequest{Key: locked(t, key, "x"), Role: keyring.Loader}, fault.Invalid, "--passphrase-file"},
		"wrong passphrase":          {keyring.ImportRequest{Key: locked(t, key, "x"), Role: keyring.Loader, Passphrase: []byte("y")}, fault.Invalid, "does not open"},
		"revoked":                   {keyring.ImportRequest{Key: sample.PublicKey(t, revoked), Role: keyring.Sender, Tenant: "tamarack"}, fault.Invalid, "revoked"},
		"revoked loader":            {keyring.ImportRequest{Key: sample.PrivateKey(t, revoked), Role: keyring.Loader}, fault.Invalid, "revoked"},
		"expired":                   {keyring.ImportRequest{Key: sample.PublicKey(t, old), Role: keyring.Sender, Tenant: "tamarack"}, fault.Invalid, "expired"},
		"expired loader":            {keyring.ImportRequest{Key: sample.PrivateKey(t, old), Role: keyring.Loader}, fault.Invalid, "expired"},
		"armor around nothing":      {keyring.ImportRequest{Key: []byte(emptyArmor), Role: keyring.Loader}, fault.Invalid, "no OpenPGP key"},
		"not a key":                 {keyring.ImportRequest{Key: []byte("hello"), Role: keyring.Loader}, fault.Invalid, "no OpenPGP key"},
		"a message":                 {keyring.ImportRequest{Key: sample.Seal(t, nil, sample.Sealing{Armor: true}), Role: keyring.Loader}, fault.Invalid, "PGP MESSAGE"},
		"half a key":                {keyring.ImportRequest{Key: sample.PublicKey(t, key)[:200], Role: keyring.Sender, Tenant: "tamarack"}, fault.Invalid, "OpenPGP key"},
		"no tenant":                 {keyring.ImportRequest{Key: sample.PublicKey(t, key), Role: keyring.Sender}, fault.Invalid, "needs a tenant"},
		"unknown tenant":            {keyring.ImportRequest{Key: sample.PublicKey(t, key), Role: keyring.Sender, Tenant: "nowhere"}, fault.NotFound, "no tenant nowhere"},
		"unknown role":              {keyring.ImportRequest{Key: sample.PublicKey(t, key), Role: "boss"}, fault.Invalid, "loader or sender"},
	} {
		_, err := r.Import(t.Context(), c.request)
		if !fault.Is(err, c.kind) || !strings.Contains(fault.Message(err), c.says) {
			t.Errorf("%s: got %v, want %s with %q", name, err, c.kind, c.says)
		}
	}
	if list, err := r.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("imported nevertheless: %v, %v", list, err)
	}
}

// FuzzImport reads anything for a key file.
func FuzzImport(f *testing.F) {
	f.Add(sample.PublicKey(f, sample.SenderKey()))
	f.Add([]byte("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n=\n"))
	f.Add([]byte{0x99, 0x01, 0x0d})
	f.Fuzz(func(_ *testing.T, file []byte) { keyring.CheckKeys(file) })
}
