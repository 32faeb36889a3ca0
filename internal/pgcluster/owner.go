package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// owner is the user that the server runs as, and to whom the data directory belongs.
type owner struct {
	name     string
	uid, gid int
	switched bool // not the user of this process: root starts the server as somebody else
}

// owner returns who runs the server here: this process's own user, or when that is root, the owner of the data
// directory if there is one, else an unprivileged user. PostgreSQL refuses to run as root.
func (h *home) owner(ctx context.Context) (owner, error) {
	self := owner{uid: os.Geteuid(), gid: os.Getegid()}
	uid, gid, exists, err := h.dataOwner()
	switch {
	case err != nil:
		return owner{}, err
	case self.uid != 0 && exists && uid != self.uid:
		return owner{}, fmt.Errorf("the data belongs to user %s; run as that user or as root", userName(uid))
	case self.uid != 0:
		self.name = userName(self.uid)
		return self, nil
	}
	o := owner{name: userName(uid), uid: uid, gid: gid, switched: true}
	if !exists {
		if o, err = unprivileged(); err != nil {
			return owner{}, err
		}
	}
	return o, o.canEnter(ctx, h.dir)
}

// dataOwner returns who owns the data directory, if there is one.
func (h *home) dataOwner() (uid, gid int, exists bool, err error) {
	info, err := h.root.Lstat(dataDir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, false, nil
	}
	if err != nil {
		return 0, 0, false, err
	}
	stat := info.Sys().(*syscall.Stat_t)
	return int(stat.Uid), int(stat.Gid), true, nil
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}

// unprivileged is the user that root starts servers as.
func unprivileged() (owner, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return owner{}, err
		}
		return owner{name: name, uid: uid, gid: gid, switched: true}, nil
	}
	return owner{}, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as; " +
		"add one, or run as an ordinary user")
}

// canEnter checks that the server's user can enter dir and everything above it, by trying.
func (o owner) canEnter(ctx context.Context, dir string) error {
	if !o.switched {
		return nil
	}
	path := []string{dir}
	for dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		path = append([]string{dir}, path...)
	}
	cmd := o.command("/bin/sh", append([]string{"-c",
		`for d in "$@"; do cd "$d" 2>/dev/null || { printf %s "$d"; exit 1; }; done`, "sh"}, path...)...)
	cmd.Dir = "/"
	out, err := run(ctx, cmd)
	if err != nil && len(out) > 0 {
		return fmt.Errorf("user %s, who runs the server, cannot enter %s; choose a directory elsewhere, or: chmod o+x %s",
			o.name, out, out)
	}
	return err
}

// command returns a command that runs as the owner, with nothing of this process's environment and in a session of its
// own, so that Ctrl-C at the terminal reaches this process and not the server behind its back.
func (o owner) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"PATH=" + strings.Join([]string{filepath.Dir(program), "/usr/bin", "/bin"}, ":"), "LC_ALL=C.UTF-8", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if o.switched {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
	return cmd
}
