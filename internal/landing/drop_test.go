package landing_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"scorehouse/internal/fault"
	"scorehouse/internal/feed"
	"scorehouse/internal/landing"
	"scorehouse/internal/tenant"
)

// session opens an SFTP session on a connection that the test closes itself.
func (z *zone) session(conn *ssh.Client) *sftp.Client {
	z.t.Helper()
	c, err := sftp.NewClient(conn)
	if err != nil {
		z.t.Fatal(err)
	}
	z.t.Cleanup(func() { conn.Close() })
	return c
}

func errorsUnwrapAll(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}

func listing(t *testing.T, c *sftp.Client, dir string) []string {
	t.Helper()
	infos, err := c.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, i := range infos {
		names = append(names, i.Name()+" "+i.Mode().String())
	}
	return names
}

func TestASenderSeesFileDropAndNothingElse(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	c := z.login("vendor")
	if d := cmp.Diff([]string{"file_drop drwx------"}, listing(t, c, "/")); d != "" {
		t.Error(d)
	}
	f, err := c.Create("/file_drop/a.gpg.partial")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"a.gpg.partial -rw-------"}, listing(t, c, "/file_drop")); d != "" {
		t.Error(d) // the mark is hidden
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Chmod("/file_drop/a.gpg.partial", 0o4777); err != nil { // accepted and ignored
		t.Error(err)
	}
	info, err := os.Stat(filepath.Join(z.cfg.Root, "drop/tamarack/vendor/file_drop/a.gpg.partial"))
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := c.Remove("/file_drop/a.gpg.partial"); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff([]string{}, listing(t, c, "/file_drop")); d != "" {
		t.Error(d)
	}
	z.wantEmpty()
}

func TestASenderCannotLeaveItsDrop(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	z.account("other", "tamarack")
	z.account("far", "cedar")
	other := z.login("other")
	put(t, other, "file_drop/theirs.gpg.partial", []byte("x"))
	z.login("far")
	if err := os.WriteFile(filepath.Join(z.cfg.Root, "secret"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := z.login("vendor")
	put(t, c, "file_drop/mine.gpg.partial", []byte("x"))
	for _, p := range []string{
		"/secret", "../secret", "/../../../secret", "/etc/passwd", "file_drop/../../../../secret", "/other", "/../other/file_drop/theirs.gpg.partial",
		"/file_drop/../../other/file_drop/theirs.gpg.partial", "/drop/tamarack/other/file_drop/theirs.gpg.partial", "/file_dropx", "file_drop/a\nb.gpg",
		"file_drop/" + landing.MarkPrefix + "mine.gpg.partial", "file_drop/\x00", "file_drop/a\xff.gpg", "file_drop/" + strings.Repeat("a", 201),
		"file_drop/1/2/3/4/5/6/7/8/9/10",
	} {
		if _, err := c.Stat(p); err == nil {
			t.Errorf("stat %q succeeds", p)
		}
		if f, err := c.Create(p); err == nil {
			f.Close()
			t.Errorf("create %q succeeds", p)
		}
		if err := c.Mkdir(p); err == nil {
			t.Errorf("mkdir %q succeeds", p)
		}
		if err := c.Remove(p); err == nil {
			t.Errorf("remove %q succeeds", p)
		}
		if err := c.Rename("file_drop/mine.gpg.partial", p); err == nil {
			t.Errorf("rename to %q succeeds", p)
		}
		if err := c.PosixRename(p, "file_drop/stolen.gpg.partial"); err == nil {
			t.Errorf("rename from %q succeeds", p)
		}
		if err := c.Symlink(p, "file_drop/way.gpg"); err == nil {
			t.Errorf("symlink to %q succeeds", p)
		}
		if err := c.Link(p, "file_drop/way.gpg"); err == nil {
			t.Errorf("link to %q succeeds", p)
		}
	}
	for what, err := range map[string]error{
		"remove file_drop": c.RemoveDirectory("file_drop"),
		"rename file_drop": c.Rename("file_drop", "file_drop2"),
		"create in /":      second(c.Create("/a.gpg")),
		"truncate":         c.Truncate("file_drop/mine.gpg.partial", 1<<40),
		"chown":            c.Chown("file_drop/mine.gpg.partial", 0, 0),
		"read back":        readBack(c, "file_drop/mine.gpg.partial"),
		"rename over a file": func() error {
			put(t, c, "file_drop/b.partial", nil)
			return c.Rename("file_drop/mine.gpg.partial", "file_drop/b.partial")
		}(),
		"open without creating": second(c.OpenFile("file_drop/none.gpg", os.O_WRONLY)),
	} {
		if err == nil {
			t.Errorf("%s succeeds", what)
		} else if strings.Contains(err.Error(), "drop/tamarack") || strings.Contains(err.Error(), z.dir) {
			t.Errorf("%s: the answer tells of our directories: %v", what, err)
		}
	}
	if d := cmp.Diff([]string{"b.partial -rw-------", "mine.gpg.partial -rw-------"}, listing(t, c, "file_drop")); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"theirs.gpg.partial -rw-------"}, listing(t, other, "file_drop")); d != "" {
		t.Error(d)
	}
}

func second[T any](_ T, err error) error { return err }

func readBack(c *sftp.Client, name string) error {
	f, err := c.Open(name)
	if err != nil {
		return err
	}
	_, err = io.ReadAll(f)
	return err
}

func TestSymbolicLinksInTheDropAreNotFollowed(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	c := z.login("vendor")
	secret := filepath.Join(z.dir, "secret.gpg")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	drop := filepath.Join(z.cfg.Root, "drop/tamarack/vendor/file_drop")
	for target, name := range map[string]string{secret: "way.gpg", z.dir: "folder"} {
		if err := os.Symlink(target, filepath.Join(drop, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []string{"file_drop/way.gpg", "file_drop/folder/secret.gpg"} {
		if f, err := c.OpenFile(p, os.O_WRONLY); err == nil {
			f.Close()
			t.Errorf("%s was opened", p)
		}
		if _, err := c.Stat(p); err == nil {
			t.Errorf("%s is visible", p)
		}
	}
	z.settled(c)
	if n := len(z.batches()); n != 0 {
		t.Errorf("%d batches", n)
	}
}

func TestADisabledAccountIsShownOut(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	z.account("other", "cedar")
	vendor, err := z.connect("vendor")
	if err != nil {
		t.Fatal(err)
	}
	defer vendor.Close()
	other, err := z.connect("other")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := landing.NewAccounts(z.pool).Disable(t.Context(), "vendor"); err != nil {
		t.Fatal(err)
	}
	closed := make(chan struct{})
	go func() { _ = vendor.Wait(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(30 * time.Second):
		t.Error("a connection outlives its account")
	}
	if s, err := other.NewSession(); err != nil {
		t.Errorf("another account lost its connection: %v", err)
	} else {
		s.Close()
	}
}

func TestOnlyKnownKeysOfEnabledAccountsSignIn(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := z.keys["vendor"]
	z.keys["vendor"], z.keys["nobody"], z.keys["../x"] = stranger, stranger, stranger
	for _, account := range []string{"vendor", "nobody", "../x"} {
		if conn, err := z.connect(account); err == nil {
			conn.Close()
			t.Errorf("%s signed in with an unknown key", account)
		}
	}
	if _, err := ssh.Dial("tcp", z.cfg.Listen, &ssh.ClientConfig{
		User: "vendor", Auth: []ssh.AuthMethod{ssh.Password("secret")}, HostKeyCallback: ssh.FixedHostKey(z.server.HostKey()),
	}); err == nil {
		t.Error("a password was accepted")
	}
	z.keys["vendor"] = good
	accounts := landing.NewAccounts(z.pool)
	if err := accounts.Disable(t.Context(), "vendor"); err != nil {
		t.Fatal(err)
	}
	if conn, err := z.connect("vendor"); err == nil {
		conn.Close()
		t.Error("a disabled account signed in")
	}
	if err := accounts.Enable(t.Context(), "vendor"); err != nil {
		t.Fatal(err)
	}
	conn, err := z.connect("vendor")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if s, err := conn.NewSession(); err != nil {
		t.Error(err)
	} else if err := s.Run("id"); err == nil {
		t.Error("a command was run")
	}
	if c, err := conn.Dial("tcp", z.cfg.Listen); err == nil {
		c.Close()
		t.Error("a connection was forwarded")
	}
}

func TestAccountsAreCheckedWhenAdded(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	accounts, ctx := landing.NewAccounts(z.pool), t.Context()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	weakPublic, err := ssh.NewPublicKey(weak.Public())
	if err != nil {
		t.Fatal(err)
	}
	usual, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	usualPublic, err := ssh.NewPublicKey(usual.Public())
	if err != nil {
		t.Fatal(err)
	}
	list, err := accounts.List(ctx)
	if err != nil || len(list) != 1 || list[0].Name != "vendor" || !strings.HasPrefix(list[0].Keys[0], "SHA256:") {
		t.Fatalf("accounts %+v, %v", list, err)
	}
	public, err := ssh.NewPublicKey(z.keys["vendor"].Public())
	if err != nil {
		t.Fatal(err)
	}
	line := string(ssh.MarshalAuthorizedKey(public))
	for _, c := range []struct {
		name   string
		tenant string
		lines  []string
		want   fault.Kind
	}{
		{"Vendor", "tamarack", []string{line}, fault.Invalid},
		{"../vendor", "tamarack", []string{line}, fault.Invalid},
		{"second", "tamarack", nil, fault.Invalid},
		{"second", "tamarack", []string{"# only a comment\n"}, fault.Invalid},
		{"second", "tamarack", []string{"not a key"}, fault.Invalid},
		{"second", "tamarack", []string{`command="sh" ` + line}, fault.Invalid},
		{"second", "tamarack", []string{string(ssh.MarshalAuthorizedKey(weakPublic))}, fault.Invalid},
		{"second", "nowhere", []string{line}, fault.NotFound},
		{"vendor", "tamarack", []string{line}, fault.Conflict},
	} {
		if err := accounts.AddAccount(ctx, c.name, tenant.ID(c.tenant), c.lines); !fault.Is(err, c.want) {
			t.Errorf("add %s of %s with %q: %v, want %s", c.name, c.tenant, c.lines, err, c.want)
		}
	}
	if err := accounts.AddAccount(ctx, "usual", "tamarack", []string{string(ssh.MarshalAuthorizedKey(usualPublic))}); err != nil {
		t.Errorf("an RSA key of 2048 bits is refused: %v", err)
	}
	if err := accounts.Disable(ctx, "nobody"); !fault.Is(err, fault.NotFound) {
		t.Errorf("disable an unknown account: %v", err)
	}
}

func TestItsCodesAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	if landing.CodeChecksumMismatch != feed.BadChecksum || landing.CodeFileType != feed.UnknownFileType {
		t.Errorf("codes %d and %d", landing.CodeChecksumMismatch, landing.CodeFileType)
	}
}

func FuzzResolve(f *testing.F) {
	for _, p := range []string{"", "/", "/file_drop", "file_drop/a.gpg", "/file_drop/../../x", "/file_drop/./a//b", "..", "/file_drop/\x00"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		rel, err := landing.Resolve(p)
		if err != nil {
			return
		}
		if rel != "." && rel != "file_drop" && !strings.HasPrefix(rel, "file_drop/") || !filepath.IsLocal(rel) || path.Clean(rel) != rel ||
			strings.Contains(rel, "/"+landing.MarkPrefix) || strings.ContainsAny(rel, "\x00\n\r") {
			t.Errorf("%q leads to %q", p, rel)
		}
	})
}

func FuzzDoneProves(f *testing.F) {
	f.Add([]byte("00ff a.gpg\n"), []byte{0x00, 0xff}, []byte{0xab})
	f.Fuzz(func(t *testing.T, text, weak, strong []byte) {
		if len(weak) > 0 && len(strong) > 0 && len(text) == 0 && landing.DoneProves(text, weak, strong) {
			t.Error("an empty file proves something")
		}
	})
}
