package pgcluster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ensureData makes the data directory unless there is one, and returns the programs that fit it. A new one appears
// under its name only when it is complete.
func (c *Cluster) ensureData(ctx context.Context) (Installation, error) {
	installed, err := Installed()
	if err != nil {
		return Installation{}, err
	}
	version, err := c.home.root.ReadFile(dataDir + "/PG_VERSION")
	if err == nil {
		return pick(installed, strings.TrimSpace(string(version)))
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return Installation{}, err
	}
	if _, err := c.home.root.Lstat(dataDir); err == nil {
		return Installation{}, fmt.Errorf("%s exists but holds no PostgreSQL data; move it away", c.home.path(dataDir))
	}
	return installed[0], c.makeData(ctx, installed[0])
}

// pick returns the installation that can read data of a major version.
func pick(installed []Installation, version string) (Installation, error) {
	at := slices.IndexFunc(installed, func(i Installation) bool { return strconv.Itoa(i.Major) == version })
	if at < 0 {
		return Installation{}, fmt.Errorf("the data was made by PostgreSQL %s, which is not installed (newest here: %s); "+
			"apt-get install postgresql-%s, or move the directory away to begin anew", version, installed[0].Version, version)
	}
	return installed[at], nil
}

func (c *Cluster) makeData(ctx context.Context, install Installation) error {
	name := strings.Replace(newDirs, "*", strconv.FormatUint(rand.Uint64(), 36), 1)
	if err := c.home.root.Mkdir(name, 0o700); err != nil {
		return err
	}
	if err := c.home.root.Lchown(name, c.owner.uid, c.owner.gid); err != nil {
		return err
	}
	if err := c.fillData(ctx, install, c.home.path(name)); err != nil {
		return err
	}
	return c.home.root.Rename(name, dataDir)
}

// fillData fills the empty directory with a new cluster, from a template when there is a sound one.
func (c *Cluster) fillData(ctx context.Context, install Installation, dir string) error {
	args := []string{"--username", Superuser, "--encoding=UTF8", "--locale=C.UTF-8",
		"--auth-local=trust", "--auth-host=reject", "--no-instructions"}
	if c.config.Durable {
		return c.initdb(ctx, install, dir, append(args, "--data-checksums")...)
	}
	args = append(args, "--no-sync")
	if c.config.Template == "" {
		return c.initdb(ctx, install, dir, args...)
	}
	key := sha256.Sum256([]byte(install.Dir + install.Version + strings.Join(args, " ")))
	t := template{owner: c.owner, prefix: filepath.Join(c.config.Template, fmt.Sprintf("scorehouse-initdb-%d-%x-", c.owner.uid, key[:6]))}
	if t.copyTo(ctx, dir) {
		return nil
	}
	if err := c.initdb(ctx, install, dir, args...); err != nil {
		return err
	}
	if err := t.keep(ctx, dir); err != nil {
		c.config.Logger.Warn("cannot keep a template of the new cluster", "error", err)
	}
	return nil
}

func (c *Cluster) initdb(ctx context.Context, install Installation, dir string, args ...string) error {
	cmd := c.owner.command(install.Program("initdb"), append(args, "--pgdata", dir)...)
	cmd.Dir = dir
	if out, err := run(ctx, cmd); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

// template is a data directory kept for copying. It is never changed once it has its name, which ends in the number of
// files it holds: a cleaner of temporary directories may have taken some away since.
type template struct {
	owner  owner
	prefix string
}

// copyTo fills the empty directory from the template and reports whether it could.
func (t template) copyTo(ctx context.Context, dir string) bool {
	kept, _ := filepath.Glob(t.prefix + "[0-9]*")
	for _, from := range kept {
		if !t.isOurs(from) {
			continue
		}
		if err := t.cp(ctx, from, dir); err == nil && t.prefix+strconv.Itoa(countFiles(dir)) == from {
			return true
		}
		os.RemoveAll(from)
		if emptyDir(dir) != nil {
			return false
		}
	}
	return false
}

// keep makes the template from a fresh data directory, unless another process has.
func (t template) keep(ctx context.Context, dir string) error {
	const partials = "scorehouse-initdb-partial-"
	dead, _ := filepath.Glob(filepath.Join(filepath.Dir(t.prefix), partials+"*"))
	for _, path := range dead {
		if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > time.Hour && t.isOurs(path) {
			os.RemoveAll(path)
		}
	}
	partial, err := os.MkdirTemp(filepath.Dir(t.prefix), partials)
	if err != nil {
		return err
	}
	defer os.RemoveAll(partial)
	if err := os.Lchown(partial, t.owner.uid, t.owner.gid); err != nil {
		return err
	}
	if err := t.cp(ctx, dir, partial); err != nil {
		return err
	}
	err = os.Rename(partial, t.prefix+strconv.Itoa(countFiles(dir)))
	if errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTEMPTY) {
		return nil
	}
	return err
}

// cp copies what is in one directory to another, sharing the blocks where the file system can.
func (t template) cp(ctx context.Context, from, to string) error {
	cmd := t.owner.command("/bin/cp", "-a", "--reflink=auto", "--", from+"/.", to)
	cmd.Dir = "/"
	if out, err := run(ctx, cmd); err != nil {
		return fmt.Errorf("copy %s: %w\n%s", from, err, out)
	}
	return nil
}

// isOurs refuses what another user may have put in a directory that all can write to.
func (t template) isOurs(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.IsDir() && info.Mode().Perm() == 0o700 && int(info.Sys().(*syscall.Stat_t).Uid) == t.owner.uid
}

// countFiles counts everything below dir.
func countFiles(dir string) int {
	n := 0
	filepath.WalkDir(dir, func(string, fs.DirEntry, error) error { n++; return nil })
	return n
}

// emptyDir removes what is in dir and leaves the directory itself.
func emptyDir(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
