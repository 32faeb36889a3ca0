package landing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pkg/sftp"

	"scorehouse/internal/tenant"
)

const (
	dropFolder = "file_drop"
	maxDepth   = 8   // folders below file_drop
	maxName    = 200 // bytes; leaves room for a mark's prefix
)

// drop is what one sender sees: "/" with the folder file_drop in it. It serves the requests of the SFTP library.
type drop struct {
	srv  *Server
	base string // path below the root that the sender sees as "/"
	log  *slog.Logger
}

func (s *Server) openDrop(id tenant.ID, account string, log *slog.Logger) (*drop, error) {
	base := path.Join("drop", string(id), account)
	if err := s.root.MkdirAll(path.Join(base, dropFolder), 0o700); err != nil {
		return nil, err
	}
	return &drop{srv: s, base: base, log: log}, nil
}

// resolve turns a path of the sender into one below base: ".", "file_drop", or a name below it. Anything else does not exist.
func resolve(p string) (string, error) {
	parts := strings.Split(strings.Trim(path.Clean("/"+p), "/"), "/")
	if len(parts) == 1 && parts[0] == "" {
		return ".", nil
	}
	if parts[0] != dropFolder {
		return "", fs.ErrNotExist
	}
	if len(parts) > maxDepth+2 {
		return "", errors.New("the path is too deep")
	}
	for _, part := range parts[1:] {
		if err := checkName(part); err != nil {
			return "", err
		}
	}
	return path.Join(parts...), nil
}

// checkName refuses what cannot be shown on a line, or is ours.
func checkName(name string) error {
	if name == "" || name == "." || name == ".." || len(name) > maxName || !utf8.ValidString(name) || strings.HasPrefix(name, markPrefix) {
		return errors.New("the name cannot be used")
	}
	for _, c := range name {
		if !unicode.IsPrint(c) || c == '/' {
			return errors.New("the name cannot be used")
		}
	}
	return nil
}

// visible returns the path below the root of something the sender may look at.
func (d *drop) visible(p string) (string, error) {
	rel, err := resolve(p)
	return path.Join(d.base, rel), err
}

// own returns the path below the root of something that the sender may make, change and delete: all below file_drop.
func (d *drop) own(p string) (string, error) {
	rel, err := resolve(p)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !strings.HasPrefix(rel, dropFolder+"/") {
		return "", fs.ErrPermission
	}
	return path.Join(d.base, rel), err
}

// answer is the error that the sender sees: never a path of ours.
func (d *drop) answer(what string, err error) error {
	var ofSystem *fs.PathError
	var ofLink *os.LinkError
	switch {
	case err == nil, errors.Is(err, sftp.ErrSSHFxOpUnsupported):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return sftp.ErrSSHFxNoSuchFile
	case errors.Is(err, fs.ErrPermission):
		return sftp.ErrSSHFxPermissionDenied
	case errors.Is(err, fs.ErrExist):
		return errors.New("it exists already")
	case errors.As(err, &ofSystem), errors.As(err, &ofLink):
		d.log.WarnContext(context.Background(), "request of a sender failed", "request", what, "error", withoutNames(err))
		return sftp.ErrSSHFxFailure
	}
	return err
}

// withoutNames is an error of the system without the names of files in it: senders choose them, and the log must hold nothing of
// a student.
func withoutNames(err error) error {
	var ofSystem *fs.PathError
	var ofLink *os.LinkError
	switch {
	case errors.As(err, &ofSystem):
		return fmt.Errorf("%s: %w", ofSystem.Op, ofSystem.Err)
	case errors.As(err, &ofLink):
		return fmt.Errorf("%s: %w", ofLink.Op, ofLink.Err)
	}
	return err
}

// Fileread is refused: what was dropped is not given back.
func (d *drop) Fileread(*sftp.Request) (io.ReaderAt, error) {
	return nil, sftp.ErrSSHFxPermissionDenied
}

// Filewrite opens a file for upload.
func (d *drop) Filewrite(r *sftp.Request) (io.WriterAt, error) {
	name, err := d.own(r.Filepath)
	if err != nil {
		return nil, d.answer("open", err)
	}
	want, flags := r.Pflags(), 0
	if want.Creat {
		flags |= os.O_CREATE
	}
	if want.Trunc {
		flags |= os.O_TRUNC
	}
	if want.Excl {
		flags |= os.O_EXCL
	}
	h := &upload{name: name, limit: d.srv.cfg.MaxFileSize, appending: want.Append, ended: d.srv.look, log: d.log}
	if err := d.srv.uploads.begin(h, flags); err != nil {
		return nil, d.answer("open", err)
	}
	d.log.InfoContext(r.Context(), "upload begins", "at", h.size)
	return h, nil
}

// Filecmd moves, removes and makes; it ignores modes and times, and refuses links.
func (d *drop) Filecmd(r *sftp.Request) error {
	return d.answer(strings.ToLower(r.Method), d.command(r))
}

// PosixRename is Rename that replaces a target.
func (d *drop) PosixRename(r *sftp.Request) error {
	return d.answer("rename", d.rename(r, true))
}

func (d *drop) command(r *sftp.Request) error {
	switch r.Method {
	case "Rename":
		return d.rename(r, false)
	case "Setstat":
		return d.setstat(r)
	case "Remove", "Rmdir", "Mkdir":
	default:
		return sftp.ErrSSHFxOpUnsupported
	}
	name, err := d.own(r.Filepath)
	if err != nil {
		return err
	}
	switch r.Method {
	case "Remove":
		return d.srv.uploads.remove(name)
	case "Rmdir":
		return d.srv.uploads.removeDir(name)
	}
	return d.srv.root.Mkdir(name, 0o700)
}

func (d *drop) rename(r *sftp.Request, replace bool) error {
	from, err := d.own(r.Filepath)
	if err != nil {
		return err
	}
	to, err := d.own(r.Target)
	if err != nil {
		return err
	}
	if err := d.srv.uploads.rename(from, to, replace); err != nil {
		return err
	}
	d.srv.look()
	return nil
}

// setstat takes modes and times politely and does nothing with them: files here belong to the server, with one mode.
func (d *drop) setstat(r *sftp.Request) error {
	name, err := d.own(r.Filepath)
	if err != nil {
		return err
	}
	if _, err := d.srv.root.Lstat(name); err != nil {
		return err
	}
	switch f := r.AttrFlags(); {
	case f.Size:
		return sftp.ErrSSHFxOpUnsupported
	case f.UidGid:
		return fs.ErrPermission
	}
	return nil
}

// Filelist lists a folder, or describes one file or folder.
func (d *drop) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	name, err := d.visible(r.Filepath)
	var list []fs.FileInfo
	if err == nil {
		switch r.Method {
		case "List":
			list, err = d.list(name)
		case "Stat", "Lstat":
			list, err = d.describe(name)
		default:
			err = sftp.ErrSSHFxOpUnsupported
		}
	}
	if err != nil {
		return nil, d.answer(strings.ToLower(r.Method), err)
	}
	return lister(list), nil
}

func (d *drop) list(name string) ([]fs.FileInfo, error) {
	entries, err := readDir(d.srv.root, name)
	if err != nil {
		return nil, err
	}
	var list []fs.FileInfo
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), markPrefix) || !e.IsDir() && !e.Type().IsRegular() {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) { // taken meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, entry{info, e.Name()})
	}
	return list, nil
}

func (d *drop) describe(name string) ([]fs.FileInfo, error) {
	info, err := d.srv.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	if name == d.base {
		return []fs.FileInfo{entry{info, "/"}}, nil
	}
	return []fs.FileInfo{entry{info, info.Name()}}, nil
}

// entry shows a file or folder without owners, inode or links.
type entry struct {
	fs.FileInfo
	name string
}

// Name returns the name as the sender knows it.
func (e entry) Name() string { return e.name }

// Sys returns nothing of the system.
func (e entry) Sys() any { return nil }

// Mode returns one mode for files and one for folders.
func (e entry) Mode() fs.FileMode {
	if e.IsDir() {
		return fs.ModeDir | 0o700
	}
	return 0o600
}

// LookupUserName names the owner that listings show.
func (d *drop) LookupUserName(string) string { return "sender" }

// LookupGroupName names the group that listings show.
func (d *drop) LookupGroupName(string) string { return "sender" }

type lister []fs.FileInfo

// ListAt returns entries from an offset on.
func (l lister) ListAt(into []os.FileInfo, offset int64) (int, error) {
	if offset >= int64(len(l)) {
		return 0, io.EOF
	}
	n := copy(into, l[offset:])
	if n < len(into) {
		return n, io.EOF
	}
	return n, nil
}

// temporarySuffixes mark files that their senders will rename when complete.
var temporarySuffixes = []string{".partial", ".filepart", ".part", ".tmp"}

// temporary reports whether a file's name says that it is not meant yet.
func temporary(base string) bool {
	if strings.HasPrefix(base, ".") {
		return true
	}
	lower := strings.ToLower(base)
	for _, s := range temporarySuffixes {
		if strings.HasSuffix(lower, s) {
			return true
		}
	}
	return false
}

// accepted reports whether a file's name is that of a package.
func accepted(base string) bool {
	switch strings.ToLower(path.Ext(base)) {
	case ".gpg", ".pgp", ".asc":
		return true
	}
	return false
}

// ago returns the time since an instant. An instant in the future, as after the clock was set back, counts as long ago.
func ago(t time.Time) time.Duration {
	d := time.Since(t)
	if d < -time.Second {
		return 1<<63 - 1
	}
	return d
}

func storedName(id tenant.ID, uuid string, at time.Time) string {
	return fmt.Sprintf("arrivals/%s/%04d/%s.gpg", id, at.UTC().Year(), uuid)
}
