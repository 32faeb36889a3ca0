package filestore

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"time"
)

// makeDir makes a directory and its parents, and syncs each directory that got a new entry.
func (d *Dir) makeDir(name string) error {
	if name == "." {
		return nil
	}
	if info, err := d.root.Lstat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := d.makeDir(path.Dir(name)); err != nil {
		return err
	}
	if err := d.root.Mkdir(name, d.folder); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := d.admit(name); err != nil {
		return err
	}
	return d.syncDir(path.Dir(name))
}

// admit gives a directory of a shared store its mode, where the umask has taken from it. The set-group-ID bit stays, which it has from the directory above.
func (d *Dir) admit(name string) error {
	info, err := d.root.Lstat(name)
	if err != nil || info.Mode().Perm() == d.folder {
		return err
	}
	return d.root.Chmod(name, d.folder|info.Mode()&fs.ModeSetgid)
}

// syncDir makes the entries of a directory durable.
func (d *Dir) syncDir(name string) error {
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// tidy removes temporary files that were last written before a time.
func (d *Dir) tidy(before time.Time) error {
	entries, err := fs.ReadDir(d.root.FS(), temporary)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.ModTime().Before(before) {
			err = d.root.Remove(path.Join(temporary, e.Name()))
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func equalData(a, b io.Reader) (bool, error) {
	left, right := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, errA := io.ReadFull(a, left)
		m, errB := io.ReadFull(b, right)
		if !bytes.Equal(left[:n], right[:m]) {
			return false, nil
		}
		if done(errA) || done(errB) {
			return done(errA) && done(errB), nil
		}
		if err := errors.Join(errA, errB); err != nil {
			return false, err
		}
	}
}

func done(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
