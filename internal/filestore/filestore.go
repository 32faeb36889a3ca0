// Package filestore keeps files that outlive a process under names of our own making, in one directory tree.
//
// A file appears under its name whole and durable, or not at all: data are written beside it, synced, then renamed, and the directory is
// synced. Names cannot leave the tree (os.Root, and a narrow alphabet). The package does not encrypt: what is put in is encrypted already, packages as
// their senders encrypted them, printed reports by the printer.
//
// Files are their owner's only. A store that is shared (OpenShared) may be read by the group as well, where its directory may be.
//
// Names in use, each kind in a store of its own: arrivals/<tenant>/<yyyy>/<uuid>.gpg; jobs/<job>/<attempt>/<number>.age and ahead/<tenant>/<name>.age.
package filestore

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// temporary is the directory, below the root, of files that are being written. No valid name begins with a dot.
const temporary = ".temporary"

// Dir is a file store in a directory. It is safe for concurrent use, also by several processes.
type Dir struct {
	root *os.Root
	// Modes of what is made.
	file, folder fs.FileMode
}

// Open opens the store in a directory and makes the directory when it is missing. It removes what writers that died left
// behind more than a day ago.
func Open(dir string) (*Dir, error) { return open(dir, false) }

// OpenShared is Open for a store that others read (OpenReadOnly): when the group may read its directory, it may read all that is put there. Which group that is
// the directory says too, when its set-group-ID bit is set.
func OpenShared(dir string) (*Dir, error) { return open(dir, true) }

// OpenReadOnly opens a store of somebody else's, for Open, Stat, List and Walk. It makes and removes nothing; that there is none is fs.ErrNotExist.
func OpenReadOnly(dir string) (*Dir, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("file store: %w", err)
	}
	return &Dir{root: root}, nil
}

func open(dir string, shared bool) (*Dir, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("file store: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("file store: %w", err)
	}
	d := &Dir{root: root, file: 0o600, folder: 0o700}
	info, err := root.Lstat(".")
	if err == nil && shared && info.Mode().Perm()&0o050 == 0o050 {
		d.file, d.folder = 0o640, 0o750
	}
	if err == nil {
		err = d.makeDir(temporary)
	}
	if err == nil {
		err = d.tidy(time.Now().Add(-24 * time.Hour))
	}
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("file store %s: %w", dir, err)
	}
	return d, nil
}

// Close lets go of the directory. Files already opened stay usable.
func (d *Dir) Close() error { return d.root.Close() }

// CheckName returns an error unless name is one of a file: one to eight parts separated by slashes, each of 1 to 128
// letters, digits, '.', '_' and '-', beginning with a letter or digit.
func CheckName(name string) error {
	parts := strings.Split(name, "/")
	if len(parts) > 8 {
		return fmt.Errorf("file name %q has more than eight parts", name)
	}
	for _, part := range parts {
		if !plainPart(part) {
			return fmt.Errorf("file name %q: use letters, digits, '.', '_' and '-', with slashes between parts", name)
		}
	}
	return nil
}

func plainPart(s string) bool {
	if len(s) == 0 || len(s) > 128 {
		return false
	}
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && (i == 0 || c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return true
}

// Open opens a file for reading. The error matches fs.ErrNotExist when there is none.
func (d *Dir) Open(name string) (io.ReadSeekCloser, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	f, err := d.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open stored file: %w", err)
	}
	return f, nil
}

// Stat describes a file. The error matches fs.ErrNotExist when there is none.
func (d *Dir) Stat(name string) (fs.FileInfo, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	info, err := d.root.Lstat(name)
	if err != nil {
		return nil, fmt.Errorf("stored file: %w", err)
	}
	return info, nil
}

// Create stores what write writes under the name, replacing a file of that name. When write fails, or the process dies, nothing changes.
func (d *Dir) Create(name string, write func(io.Writer) error) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if err := d.create(name, write); err != nil {
		return fmt.Errorf("store %s: %w", name, err)
	}
	return nil
}

func (d *Dir) create(name string, write func(io.Writer) error) error {
	tmp := path.Join(temporary, strings.ToLower(rand.Text()))
	f, err := d.root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, d.file)
	if err != nil {
		return err
	}
	err = f.Chmod(d.file) // whatever the umask
	if err == nil {
		err = write(f)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.makeDir(path.Dir(name))
	}
	if err == nil {
		err = d.root.Rename(tmp, name)
	}
	if err != nil {
		return errors.Join(err, d.root.Remove(tmp))
	}
	return d.syncDir(path.Dir(name))
}

// Link stores the regular file at the path from, which must be synced and change no more, under the name. The two share
// their data when they lie on one file system; else the data are copied. Repeating a Link is harmless; another file under
// the name gives an error that matches fs.ErrExist.
func (d *Dir) Link(name, from string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if err := d.link(name, from); err != nil {
		return fmt.Errorf("store %s: %w", name, err)
	}
	return nil
}

func (d *Dir) link(name, from string) error {
	if info, err := os.Lstat(from); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, fmt.Errorf("%s is not a regular file", from))
	}
	if err := d.makeDir(path.Dir(name)); err != nil {
		return err
	}
	dir, err := d.root.Open(path.Dir(name))
	if err != nil {
		return err
	}
	defer dir.Close()
	err = unix.Linkat(unix.AT_FDCWD, from, int(dir.Fd()), path.Base(name), 0)
	switch {
	case err == nil:
		return dir.Sync()
	case errors.Is(err, syscall.EEXIST):
		return d.same(name, from)
	case errors.Is(err, syscall.EXDEV), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.EMLINK):
		return d.copy(name, from)
	}
	return &os.LinkError{Op: "link", Old: from, New: name, Err: err}
}

func (d *Dir) copy(name, from string) error {
	if _, err := d.root.Lstat(name); err == nil {
		return d.same(name, from)
	}
	return d.create(name, func(w io.Writer) error {
		f, err := os.Open(from)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.Copy(w, f)
		return err
	})
}

// same returns nil when the stored file is the file at from, or holds the same data.
func (d *Dir) same(name, from string) error {
	a, err := d.root.Open(name)
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := os.Open(from)
	if err != nil {
		return err
	}
	defer b.Close()
	ai, err := a.Stat()
	if err != nil {
		return err
	}
	bi, err := b.Stat()
	if err != nil {
		return err
	}
	if os.SameFile(ai, bi) {
		return nil
	}
	if ai.Size() == bi.Size() {
		equal, err := equalData(a, b)
		if equal || err != nil {
			return err
		}
	}
	return fmt.Errorf("another file has the name: %w", fs.ErrExist)
}

// Remove deletes a file. It is no error when there is none.
func (d *Dir) Remove(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	err := d.root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = d.syncDir(path.Dir(name))
	}
	if err != nil {
		return fmt.Errorf("remove stored file: %w", err)
	}
	return nil
}

// List returns the names of what lies directly in a folder, such as "jobs", in order. A folder that does not exist holds nothing.
func (d *Dir) List(folder string) ([]string, error) {
	if err := CheckName(folder); err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(d.root.FS(), folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list stored files: %w", err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// RemoveFolder deletes a folder with all that is in it. It is no error when there is none.
func (d *Dir) RemoveFolder(folder string) error {
	if err := CheckName(folder); err != nil {
		return err
	}
	if err := d.root.RemoveAll(folder); err != nil {
		return fmt.Errorf("remove stored files: %w", err)
	}
	if err := d.syncDir(path.Dir(folder)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove stored files: %w", err)
	}
	return nil
}

// Walk calls visit for every file whose name begins with the prefix, a directory such as "arrivals/tamarack" or "" for all,
// in the order of names. An error of visit ends the walk and is returned. A prefix that does not exist has no files.
func (d *Dir) Walk(prefix string, visit func(name string, info fs.FileInfo) error) error {
	start := "."
	if prefix != "" {
		if err := CheckName(prefix); err != nil {
			return err
		}
		start = prefix
	}
	return fs.WalkDir(d.root.FS(), start, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // removed meanwhile
			return nil
		case err != nil:
			return err
		case name == temporary:
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return visit(name, info)
	})
}
