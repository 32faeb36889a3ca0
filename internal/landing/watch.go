package landing

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the checksum that senders have always put beside their files; not a protection
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"scorehouse/internal/tenant"
)

const (
	watchEvery   = 400 * time.Millisecond
	doneSuffix   = ".done"
	maxDone      = 4 << 10        // bytes of a .done file that are looked at
	staleDoneAge = 24 * time.Hour // a .done whose file is gone is removed after it
)

// watch looks for complete files, again and again and whenever something happened, and takes them in.
func (s *Server) watch(ctx context.Context) {
	in := newIntake(s)
	defer in.working.Wait()
	in.recover(ctx)
	sums := &checksums{srv: s, known: make(map[string]*checksum)}
	defer sums.working.Wait()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		for _, f := range s.scan(ctx, sums) {
			if err := in.take(f); err != nil {
				s.log.ErrorContext(ctx, "complete file cannot be taken", "tenant", f.tenant, "account", f.account, "error", withoutNames(err))
			}
		}
		sums.prune()
		in.dispatch(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.poke:
		}
	}
}

// found is a file in a drop.
type found struct {
	name    string // path below the root
	tenant  tenant.ID
	account string
	file    string // path below file_drop
	info    fs.FileInfo
	since   time.Time // of its last change

	code   int // when it is complete, but refused
	reason string
}

// scan returns the complete files of all drops, in the order in which they became so.
func (s *Server) scan(ctx context.Context, sums *checksums) []found {
	var complete []found
	for _, id := range s.dirs(ctx, "drop") {
		for _, account := range s.dirs(ctx, path.Join("drop", id)) {
			base := path.Join("drop", id, account, dropFolder)
			s.files(ctx, base, 0, func(name string, info fs.FileInfo) {
				f := found{name: name, tenant: tenant.ID(id), account: account, file: strings.TrimPrefix(name, base+"/"), info: info, since: changed(info)}
				if s.complete(ctx, &f, sums) {
					complete = append(complete, f)
				}
			})
		}
	}
	slices.SortStableFunc(complete, func(a, b found) int { return a.since.Compare(b.since) })
	return complete
}

func (s *Server) dirs(ctx context.Context, name string) []string {
	entries, err := readDir(s.root, name)
	if err != nil {
		s.log.ErrorContext(ctx, "drop cannot be read", "path", name, "error", withoutNames(err))
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// files visits the regular files of a drop, whose names need no look at other files to be left out.
func (s *Server) files(ctx context.Context, dir string, depth int, visit func(string, fs.FileInfo)) {
	entries, err := readDir(s.root, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.ErrorContext(ctx, "folder of a sender cannot be read", "depth", depth, "error", withoutNames(err))
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir() && depth < maxDepth:
			s.files(ctx, name, depth+1, visit)
		case !e.Type().IsRegular() || temporary(e.Name()) || checkName(e.Name()) != nil:
		default:
			if info, err := e.Info(); err == nil {
				visit(name, info)
			}
		}
	}
}

// changed returns when a file was last written, or renamed: the inode's time, which senders cannot set.
func changed(info fs.FileInfo) time.Time {
	st := info.Sys().(*syscall.Stat_t)
	return time.Unix(st.Ctim.Unix())
}

// complete decides whether a file is all there, and whether it is refused. The rules, first match wins:
//
//	being written                                        not complete
//	.done beside it with its MD5 or SHA-256              complete
//	.done beside it that does not match                  not complete; refused (2110) after Config.ChecksumWait
//	renamed from a temporary name                        complete
//	its upload broke off                                 not complete
//	unchanged for Config.QuietPeriod                     complete
//
// A complete file whose name is not that of a package is refused (3010).
func (s *Server) complete(ctx context.Context, f *found, sums *checksums) bool {
	if strings.HasSuffix(f.name, doneSuffix) {
		s.dropStaleDone(ctx, f)
		return false
	}
	u := s.uploads
	u.mu.Lock()
	writing := u.open[f.name] != nil || u.open[f.name+doneSuffix] != nil
	declared, marked := u.declared[f.name], u.marked(f.name)
	doneMarked := u.marked(f.name + doneSuffix)
	if t := u.closed[f.name]; t.After(f.since) {
		f.since = t
	}
	u.mu.Unlock()
	if writing {
		return false
	}
	quiet := ago(f.since)
	if !accepted(f.name) {
		f.code, f.reason = CodeFileType, "The file's name does not end in .gpg. A package is a gzip-compressed tar archive, signed and encrypted with OpenPGP. The file was not kept."
		return declared || !marked && quiet >= s.cfg.QuietPeriod
	}
	if done, err := s.root.Lstat(f.name + doneSuffix); err == nil && done.Mode().IsRegular() && !doneMarked {
		known, match := sums.compare(ctx, f, done)
		if known && !match && min(quiet, ago(changed(done))) >= s.cfg.ChecksumWait {
			f.code, f.reason = CodeChecksumMismatch, fmt.Sprintf("The checksum in %s does not match the file.", path.Base(f.name)+doneSuffix)
			return true
		}
		return match
	}
	return declared || !marked && quiet >= s.cfg.QuietPeriod
}

// dropStaleDone removes a .done whose file has long been taken.
func (s *Server) dropStaleDone(ctx context.Context, f *found) {
	if ago(f.since) < staleDoneAge {
		return
	}
	if _, err := s.root.Lstat(strings.TrimSuffix(f.name, doneSuffix)); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err := s.uploads.remove(f.name); err != nil {
		s.log.WarnContext(ctx, "stale checksum file", "tenant", f.tenant, "account", f.account, "error", withoutNames(err))
	}
}

// checksums compares files with the .done files beside them, each state of the two once, away from the watch.
type checksums struct {
	srv     *Server
	working sync.WaitGroup

	mu    sync.Mutex
	known map[string]*checksum
}

type checksum struct {
	of      string // the state of the two files that was compared
	running bool
	match   bool
}

// compare returns the result when it is known for the present state of the files; else it begins to find out, and wakes the
// watch when done.
func (c *checksums) compare(ctx context.Context, f *found, done fs.FileInfo) (known, match bool) {
	state := fmt.Sprint(f.info.Size(), changed(f.info).UnixNano(), done.Size(), changed(done).UnixNano())
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.known[f.name]
	if x != nil && x.running {
		return false, false
	}
	if x != nil && x.of == state {
		return true, x.match
	}
	x = &checksum{of: state, running: true}
	c.known[f.name] = x
	name := f.name
	c.working.Go(func() {
		match, err := c.matches(ctx, name)
		c.mu.Lock()
		x.running, x.match = false, match
		if err != nil {
			delete(c.known, name)
		}
		c.mu.Unlock()
		if err == nil {
			c.srv.look()
		}
	})
	return false, false
}

// prune drops results for files that are gone.
func (c *checksums) prune() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, x := range c.known {
		if _, err := c.srv.root.Lstat(name); !x.running && errors.Is(err, fs.ErrNotExist) {
			delete(c.known, name)
		}
	}
}

func (c *checksums) matches(ctx context.Context, name string) (bool, error) {
	done, err := c.srv.root.Open(name + doneSuffix)
	if err != nil {
		return false, err
	}
	defer done.Close()
	text, err := io.ReadAll(io.LimitReader(done, maxDone))
	if err != nil {
		return false, err
	}
	f, err := c.srv.root.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	weak, strong := md5.New(), sha256.New() //nolint:gosec // see the import
	if _, err := io.Copy(io.MultiWriter(weak, strong), &interruptible{ctx, f}); err != nil {
		return false, err
	}
	return doneProves(text, weak.Sum(nil), strong.Sum(nil)), nil
}

// doneProves reports whether the text of a .done file holds one of the sums in hexadecimal, anywhere, in either case.
func doneProves(text, weak, strong []byte) bool {
	lower := bytes.ToLower(text)
	return bytes.Contains(lower, []byte(hex.EncodeToString(weak))) || bytes.Contains(lower, []byte(hex.EncodeToString(strong)))
}

// interruptible stops reading when its context ends.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

// Read reads unless the context has ended.
func (r *interruptible) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
