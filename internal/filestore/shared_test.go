package filestore_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/filestore"
)

// Users and a group that nobody else has.
const (
	writerUser, readerUser, otherUser = 64021, 64022, 64023
	sharingGroup, otherGroup          = 64024, 64025
)

// as does something as another user, on a thread of its own that ends with it.
func as(t *testing.T, user, group int, do func() error) error {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked
		if err := errors.Join(syscall.Setfsgid(group), syscall.Setfsuid(user)); err != nil {
			done <- err
			return
		}
		done <- do()
	}()
	return <-done
}

// sharedDirectory is a directory as an operator makes it: of the writer, for the group to read.
func sharedDirectory(t *testing.T, mode fs.FileMode) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can be several users")
	}
	above := t.TempDir()
	dir := filepath.Join(above, "store")
	for _, d := range []string{filepath.Dir(above), above} {
		if err := os.Chmod(d, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, writerUser, sharingGroup), os.Chmod(dir, mode)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheGroupReadsASharedStoreAndNobodyElseDoes(t *testing.T) {
	t.Parallel()
	dir := sharedDirectory(t, 0o750|fs.ModeSetgid)
	const name = "jobs/a/1/0001.age"
	err := as(t, writerUser, otherGroup, func() error { // the group comes from the directory, not from the writer
		d, err := filestore.OpenShared(dir)
		if err != nil {
			return err
		}
		return d.Create(name, writer("sealed"))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = as(t, readerUser, sharingGroup, func() error {
		d, err := filestore.OpenReadOnly(dir)
		if err != nil {
			return err
		}
		f, err := d.Open(name)
		if err != nil {
			return err
		}
		if err := d.Create("jobs/b", writer("x")); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("the group writes: %v", err)
		}
		if err := d.Remove(name); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("the group removes: %v", err)
		}
		return f.Close()
	})
	if err != nil {
		t.Errorf("the group: %v", err)
	}
	err = as(t, otherUser, otherGroup, func() error {
		_, err := os.Stat(filepath.Join(dir, name))
		return err
	})
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("others: %v", err)
	}
}

func TestAStoreIsItsOwnersWhereNobodyHasSharedIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode fs.FileMode
		open func(string) (*filestore.Dir, error)
	}{
		"a store that is not shared, in a directory that the group reads": {0o750 | fs.ModeSetgid, filestore.Open},
		"a shared one in a directory of the owner's":                      {0o700, filestore.OpenShared},
	} {
		dir := sharedDirectory(t, c.mode)
		err := as(t, writerUser, sharingGroup, func() error {
			d, err := c.open(dir)
			if err != nil {
				return err
			}
			return d.Create("a/b", writer("sealed"))
		})
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]fs.FileMode{"a": 0o700, "a/b": 0o600, ".temporary": 0o700} {
			info, err := os.Stat(filepath.Join(dir, path))
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %s: %v, %v", name, path, info, err)
			}
		}
	}
}

func TestFoldersAreListedAndRemoved(t *testing.T) {
	t.Parallel()
	d, root := open(t)
	for _, name := range []string{"jobs/b/1/1.age", "jobs/a/1/1.age", "jobs/a/2/1.age"} {
		if err := d.Create(name, writer("x")); err != nil {
			t.Fatal(err)
		}
	}
	list := func(folder string) []string {
		t.Helper()
		names, err := d.List(folder)
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	if diff := cmp.Diff([]string{"a", "b"}, list("jobs")); diff != "" {
		t.Error(diff)
	}
	for _, folder := range []string{"jobs/a/1", "jobs/b", "jobs/c", "none/at/all"} {
		if err := d.RemoveFolder(folder); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"2"}, list("jobs/a")); diff != "" {
		t.Error(diff)
	}
	if names := list("none"); len(names) != 0 {
		t.Errorf("nothing holds %v", names)
	}
	if err := d.RemoveFolder("../" + filepath.Base(root)); err == nil {
		t.Error("a folder outside is removed")
	}
	if _, err := filestore.OpenReadOnly(filepath.Join(root, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a store that there is not: %v", err)
	}
}
