package landing

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// markPrefix begins the name of the mark beside a file whose upload has not ended well (yet). Senders cannot use or see such names.
const markPrefix = ".uploading."

func markOf(name string) string { return path.Join(path.Dir(name), markPrefix+path.Base(name)) }

// uploads knows which files are being written. Names are paths below the root of the landing zone. Everything that moves,
// removes or takes a file in a drop happens under its lock.
type uploads struct {
	root *os.Root

	mu       sync.Mutex
	open     map[string]*upload   // the newest handle on each file that is being written
	declared map[string]bool      // complete because their sender renamed them from a temporary name
	closed   map[string]time.Time // when the last upload of a file ended well
}

func newUploads(root *os.Root) *uploads {
	return &uploads{root: root, open: make(map[string]*upload), declared: make(map[string]bool), closed: make(map[string]time.Time)}
}

// begin opens a file for writing and marks it. An older handle on the same file, as of a connection that died unnoticed, can
// write no more.
func (u *uploads) begin(h *upload, flags int) error {
	name := h.name
	u.mu.Lock()
	defer u.mu.Unlock()
	switch info, err := u.root.Lstat(name); {
	case err == nil && !info.Mode().IsRegular():
		return fs.ErrPermission
	case err == nil && flags&os.O_EXCL != 0:
		return fs.ErrExist
	}
	marked := u.marked(name)
	if err := u.mark(name); err != nil {
		return err
	}
	if old := u.open[name]; old != nil { // before the file may be truncated
		old.supersede()
	}
	f, err := u.root.OpenFile(name, os.O_WRONLY|flags, 0o600)
	if err != nil {
		if !marked {
			err = errors.Join(err, u.unmark(name))
		}
		return err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return err
	}
	delete(u.declared, name)
	delete(u.closed, name)
	h.all, h.file, h.size = u, f, info.Size()
	u.open[name] = h
	return nil
}

// upload is one handle on a file that is being written.
type upload struct {
	name      string // path below the root
	limit     int64  // bytes
	appending bool
	ended     func() // called when the upload has ended well
	log       *slog.Logger

	all      *uploads
	file     *os.File
	size     int64 // when it was opened
	failed   atomic.Bool
	writing  sync.RWMutex // held for reading while a write is under way
	replaced bool         // by a newer handle
}

func (h *upload) supersede() {
	h.writing.Lock()
	defer h.writing.Unlock()
	h.replaced = true
}

var (
	errTooLarge = errors.New("the file is larger than this server accepts")
	errReplaced = errors.New("the upload was begun again by another connection")
	errStore    = errors.New("the server cannot store the file now")
	errAppend   = errors.New("an upload opened to append must go on at the end of the file")
)

// WriteAt writes a part of the file.
func (h *upload) WriteAt(p []byte, off int64) (int, error) {
	h.writing.RLock()
	defer h.writing.RUnlock()
	err := error(nil)
	switch {
	case h.replaced:
		err = errReplaced
	case off < 0 || off > h.limit-int64(len(p)):
		err = errTooLarge
	case h.appending && off < h.size:
		err = errAppend
	}
	n := 0
	if err == nil {
		n, err = h.file.WriteAt(p, off)
		err = h.hide("write", err)
	}
	if err != nil {
		h.failed.Store(true)
	}
	return n, err
}

// hide logs an error of the system and returns one that tells the sender nothing of it.
func (h *upload) hide(what string, err error) error {
	if err == nil {
		return nil
	}
	h.log.Error("upload cannot be stored", "step", what, "error", withoutNames(err))
	return errStore
}

// TransferError tells that the connection ended while the handle was open.
func (h *upload) TransferError(error) { h.failed.Store(true) }

// Close makes the file durable and, when all went well, takes its mark away; only then the sender gets its answer.
func (h *upload) Close() error {
	err := h.hide("sync", errors.Join(h.file.Sync(), h.file.Close()))
	u := h.all
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.open[h.name] != h { // replaced, removed
		return errors.Join(err, errReplaced)
	}
	delete(u.open, h.name)
	if err != nil || h.failed.Load() {
		return err
	}
	if err := u.unmark(h.name); err != nil {
		return h.hide("unmark", err)
	}
	u.closed[h.name] = time.Now()
	h.ended()
	return nil
}

// marked reports whether the newest upload of a file has not ended well.
func (u *uploads) marked(name string) bool {
	_, err := u.root.Lstat(markOf(name))
	return err == nil
}

// mark puts the mark beside a file, durably. The caller holds the lock.
func (u *uploads) mark(name string) error {
	f, err := u.root.OpenFile(markOf(name), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), syncDir(u.root, path.Dir(name)))
}

// unmark removes the mark of a file, durably. The caller holds the lock.
func (u *uploads) unmark(name string) error {
	if err := u.root.Remove(markOf(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return syncDir(u.root, path.Dir(name))
}

// forget drops what is known of a file that is gone, and its mark. The caller holds the lock.
func (u *uploads) forget(name string) error {
	if h := u.open[name]; h != nil {
		h.supersede()
	}
	delete(u.open, name)
	delete(u.declared, name)
	delete(u.closed, name)
	return u.unmark(name)
}

// remove deletes a file of a sender.
func (u *uploads) remove(name string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if info, err := u.root.Lstat(name); err != nil || info.IsDir() {
		return errors.Join(err, fs.ErrPermission)
	}
	if err := u.root.Remove(name); err != nil {
		return err
	}
	return u.forget(name)
}

// removeDir deletes an empty folder of a sender. Marks whose files are gone do not count.
func (u *uploads) removeDir(name string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	entries, err := readDir(u.root, name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), markPrefix) {
			return errors.New("the folder is not empty")
		}
	}
	for _, e := range entries {
		if err := u.root.Remove(path.Join(name, e.Name())); err != nil {
			return err
		}
	}
	return u.root.Remove(name)
}

var errBusy = errors.New("the file is still being uploaded")

// rename moves a file or folder of a sender. Without replace, an existing target is an error. A file that leaves a temporary
// name for a final one is declared complete by that.
func (u *uploads) rename(from, to string, replace bool) error {
	if from == to {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	info, err := u.root.Lstat(from)
	if err != nil {
		return err
	}
	target, err := u.root.Lstat(to)
	if err == nil && (!replace || target.IsDir() || info.IsDir()) {
		return fs.ErrExist
	}
	if info.IsDir() {
		return u.renameDir(from, to)
	}
	if u.open[from] != nil {
		return errBusy
	}
	if u.marked(to) { // a half file goes before its mark, so that it is never taken for a whole one
		if err := u.root.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := u.forget(to); err != nil {
		return err
	}
	declared := temporary(path.Base(from)) && !temporary(path.Base(to))
	if u.marked(from) && !declared {
		if err := u.mark(to); err != nil {
			return err
		}
	}
	if err := u.root.Rename(from, to); err != nil {
		return err
	}
	if declared {
		u.declared[to] = true
	}
	return errors.Join(u.forget(from), syncDir(u.root, path.Dir(to)))
}

// renameDir moves a folder. What was known of the files in it is forgotten: another folder may take its name.
func (u *uploads) renameDir(from, to string) error {
	inside := func(name string) bool { return strings.HasPrefix(name, from+"/") }
	for name := range u.open {
		if inside(name) {
			return errBusy
		}
	}
	maps.DeleteFunc(u.closed, func(name string, _ time.Time) bool { return inside(name) })
	maps.DeleteFunc(u.declared, func(name string, _ bool) bool { return inside(name) }) // they become complete by resting
	if err := u.root.Rename(from, to); err != nil {
		return err
	}
	return errors.Join(syncDir(u.root, path.Dir(from)), syncDir(u.root, path.Dir(to)))
}

// syncDir makes the entries of a directory durable.
func syncDir(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func readDir(root *os.Root, name string) ([]fs.DirEntry, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ReadDir(-1)
}
