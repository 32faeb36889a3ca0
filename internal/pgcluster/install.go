package pgcluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// oldestMajor is the oldest major version of PostgreSQL that the project supports.
const oldestMajor = 15

// ErrNotInstalled is returned when the machine has no PostgreSQL server of a supported version.
var ErrNotInstalled = errors.New("no PostgreSQL server programs of version " + strconv.Itoa(oldestMajor) +
	" or newer found on PATH or in /usr/lib/postgresql; on Debian or Ubuntu: apt-get install postgresql")

// Installation is one set of PostgreSQL programs on this machine.
type Installation struct {
	Dir     string // where the programs are
	Version string // the server's own words, as "15.18 (Debian 15.18-0+deb12u1)"
	Major   int    // 15
}

// Program returns the path of one of the programs, as "pg_dump".
func (i Installation) Program(name string) string { return filepath.Join(i.Dir, name) }

// Installed returns the PostgreSQL servers of supported versions on this machine, newest first; of the same version the
// one on PATH. It returns ErrNotInstalled when there is none.
func Installed() ([]Installation, error) {
	var found []Installation
	for _, dir := range programDirs() {
		i, err := inspect(dir)
		if err != nil {
			return nil, err
		}
		if i.Major >= oldestMajor {
			found = append(found, i)
		}
	}
	if len(found) == 0 {
		return nil, ErrNotInstalled
	}
	slices.SortStableFunc(found, func(a, b Installation) int { return b.Major - a.Major })
	return found, nil
}

// programDirs returns the directories with a server and an initdb in them. Debian keeps these off PATH.
func programDirs() []string {
	var candidates []string
	for _, name := range []string{"postgres", "initdb"} {
		if path, err := exec.LookPath(name); err == nil {
			candidates = append(candidates, path)
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin/postgres", "/usr/pgsql-*/bin/postgres"} {
		paths, _ := filepath.Glob(pattern) // the only error is a bad pattern
		candidates = append(candidates, paths...)
	}
	var dirs []string
	for _, path := range candidates {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			continue
		}
		if dir := filepath.Dir(real); !slices.Contains(dirs, dir) && hasPrograms(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func hasPrograms(dir string) bool {
	for _, name := range []string{"postgres", "initdb"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// inspect asks a server for its version.
func inspect(dir string) (Installation, error) {
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return Installation{}, fmt.Errorf("ask %s/postgres for its version: %w", dir, err)
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(out)), "postgres (PostgreSQL) ")
	digits := strings.IndexFunc(version, func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		digits = len(version)
	}
	major, err := strconv.Atoi(version[:digits]) // "15.18 (Debian …)", "19beta1"
	if err != nil {
		return Installation{}, fmt.Errorf("%s/postgres says its version is %q, which has no number", dir, version)
	}
	return Installation{Dir: dir, Version: version, Major: major}, nil
}
