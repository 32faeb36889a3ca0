package filestore_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/filestore"
)

func open(t *testing.T) (*filestore.Dir, string) {
	t.Helper()
	root := filepath.Join(t.TempDir(), "store")
	d, err := filestore.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, root
}

func writer(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func read(t *testing.T, d *filestore.Dir, name string) string {
	t.Helper()
	f, err := d.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func names(t *testing.T, d *filestore.Dir, prefix string) []string {
	t.Helper()
	list := []string{}
	err := d.Walk(prefix, func(name string, info fs.FileInfo) error {
		if info.Mode() != 0o600 {
			t.Errorf("%s has mode %s", name, info.Mode())
		}
		list = append(list, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAFileAppearsWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	d, root := open(t)
	const name = "arrivals/tamarack/2026/a.gpg"
	if err := d.Create(name, writer("first")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := d.Create(name, func(w io.Writer) error { return errors.Join(writer("half")(w), broken) })
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the writer", err)
	}
	if got := read(t, d, name); got != "first" {
		t.Errorf("file holds %q, want what was there before", got)
	}
	if left, err := os.ReadDir(filepath.Join(root, ".temporary")); len(left) != 0 || err != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if info, err := os.Stat(filepath.Join(root, "arrivals")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v, %v", info, err)
	}
}

func TestLinkingStoresAFileOnceHoweverOftenItIsRepeated(t *testing.T) {
	t.Parallel()
	d, root := open(t)
	const name = "arrivals/tamarack/2026/a.gpg"
	from := filepath.Join(filepath.Dir(root), "upload")
	if err := os.WriteFile(from, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Link(name, from); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := d.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if source, err := os.Stat(from); err != nil || !os.SameFile(source, stored) {
		t.Errorf("the stored file is a copy (%v)", err)
	}
	copied := filepath.Join(filepath.Dir(root), "copy") // as after a copy across file systems
	if err := os.WriteFile(copied, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Link(name, copied); err != nil {
		t.Errorf("the same data again: %v", err)
	}
	if err := os.WriteFile(copied, []byte("tada"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.Link(name, copied); !errors.Is(err, fs.ErrExist) {
		t.Errorf("other data: %v, want fs.ErrExist", err)
	}
	if err := os.Symlink(from, from+".symlink"); err != nil {
		t.Fatal(err)
	}
	if err := d.Link("arrivals/b", from+".symlink"); err == nil {
		t.Error("a symbolic link was stored")
	}
}

func TestLinkingAcrossFileSystemsCopies(t *testing.T) {
	t.Parallel()
	const shm = "/dev/shm"
	other, err := os.MkdirTemp(shm, "filestore-test-")
	if err != nil {
		t.Skipf("no second file system at %s: %v", shm, err)
	}
	t.Cleanup(func() { os.RemoveAll(other) })
	d, _ := open(t)
	from := filepath.Join(other, "upload")
	if err := os.WriteFile(from, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Link("arrivals/a.gpg", from); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, d, "arrivals/a.gpg"); got != "data" {
		t.Errorf("stored %q", got)
	}
}

func TestWalkingListsTheFilesBelowAPrefix(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	for _, name := range []string{"arrivals/b/2026/2.gpg", "arrivals/a/2026/1.gpg", "other/x"} {
		if err := d.Create(name, writer("x")); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string][]string{
		"":           {"arrivals/a/2026/1.gpg", "arrivals/b/2026/2.gpg", "other/x"},
		"arrivals/a": {"arrivals/a/2026/1.gpg"},
		"nothing":    {},
	} {
		if d := cmp.Diff(want, names(t, d, prefix)); d != "" {
			t.Errorf("below %q (-want +got):\n%s", prefix, d)
		}
	}
	for range 2 {
		if err := d.Remove("arrivals/a/2026/1.gpg"); err != nil {
			t.Error(err)
		}
	}
	if _, err := d.Open("arrivals/a/2026/1.gpg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open a removed file: %v", err)
	}
}

func TestWhatADeadWriterLeftIsRemovedAfterADay(t *testing.T) {
	t.Parallel()
	_, root := open(t)
	temporary := filepath.Join(root, ".temporary")
	for name, age := range map[string]time.Duration{"old": 25 * time.Hour, "new": time.Hour} {
		p := filepath.Join(temporary, name)
		if err := os.WriteFile(p, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(p, then, then); err != nil {
			t.Fatal(err)
		}
	}
	again, err := filestore.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) != 1 || left[0].Name() != "new" {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestNamesCannotLeaveTheStore(t *testing.T) {
	t.Parallel()
	d, root := open(t)
	outside := filepath.Join(filepath.Dir(root), "outside")
	if err := os.Mkdir(outside, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "/etc/passwd", "../outside/x", "a/../../outside/x", "a//b", "a/", ".hidden", "a/.b", "a\x00b", "ä", "a b", strings.Repeat("a", 129), "a/b/c/d/e/f/g/h/i"} {
		_, openErr := d.Open(name)
		_, statErr := d.Stat(name)
		for what, err := range map[string]error{"open": openErr, "stat": statErr, "create": d.Create(name, writer("x")), "link": d.Link(name, os.Args[0]), "remove": d.Remove(name)} {
			if err == nil {
				t.Errorf("%s %q is allowed", what, name)
			}
		}
	}
	if err := os.Symlink(outside, filepath.Join(root, "way")); err != nil {
		t.Fatal(err)
	}
	if err := d.Create("way/x", writer("x")); err == nil {
		t.Error("a symbolic link leads out of the store")
	}
}
