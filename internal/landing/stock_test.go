package landing_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// stock returns OpenSSH's sftp client, signed in as an account, that reads commands from a text.
func (z *zone) stock(ctx context.Context, account, commands string, options ...string) *exec.Cmd {
	z.t.Helper()
	tool, err := exec.LookPath("sftp")
	if err != nil {
		z.t.Fatal("the OpenSSH client is missing: `make setup` installs it (Debian: openssh-client)")
	}
	host, port, err := net.SplitHostPort(z.cfg.Listen)
	if err != nil {
		z.t.Fatal(err)
	}
	known := filepath.Join(z.t.TempDir(), "known_hosts")
	line := fmt.Sprintf("[%s]:%s %s", host, port, ssh.MarshalAuthorizedKey(z.server.HostKey()))
	if err := os.WriteFile(known, []byte(line), 0o600); err != nil {
		z.t.Fatal(err)
	}
	args := append(options, "-F", "none", "-b", "-", "-P", port, "-i", z.keyFile(account), "-o", "IdentitiesOnly=yes",
		"-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile="+known, "-o", "PasswordAuthentication=no", account+"@"+host)
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Stdin = strings.NewReader(commands)
	return cmd
}

func TestTheStockClientDropsPackages(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	local := t.TempDir()
	data := packet("stock", 500_000)
	for _, name := range []string{"a.gpg", "b.gpg"} {
		if err := os.WriteFile(filepath.Join(local, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := z.stock(t.Context(), "vendor", strings.ReplaceAll(`
		cd /
		cd file_drop
		put LOCAL/a.gpg
		put -p LOCAL/b.gpg b.gpg.partial
		rename b.gpg.partial b.gpg
		mkdir june
		ls -l
		-ls /etc
		-get a.gpg LOCAL/stolen
		-rmdir /file_drop
		-symlink /etc/passwd x.gpg
		-chmod 4777 a.gpg
		put LOCAL/a.gpg june/c.gpg
		bye
		`, "LOCAL", local)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	for _, want := range []string{"drwx------", "june", `ls: "/etc" not found`, "Permission denied"} {
		if !strings.Contains(string(out), want) && !strings.Contains(string(out), strings.ReplaceAll(want, `ls: "/etc" not found`, "Can't ls")) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(local, "stolen")); err == nil {
		t.Error("the file was given back")
	}
	list := z.arrived(3)
	seen := make(map[string]bool)
	for _, b := range list {
		z.wantArrived(b, b.File, data)
		seen[b.File] = true
	}
	if !seen["a.gpg"] || !seen["b.gpg"] || !seen["june/c.gpg"] {
		t.Errorf("arrived: %v", seen)
	}
}

func TestTheStockClientResumesAnUploadThatBrokeOff(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	local := filepath.Join(t.TempDir(), "a.gpg")
	data := packet("resumed", 2_000_000)
	if err := os.WriteFile(local, data, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	slow := z.stock(ctx, "vendor", "put "+local+" /file_drop/a.gpg\n", "-l", "2000") // Kbit/s
	if err := slow.Start(); err != nil {
		t.Fatal(err)
	}
	c := z.login("vendor")
	within(t, 20*time.Second, "some of the file is there", func() bool {
		info, err := c.Stat("file_drop/a.gpg")
		return err == nil && info.Size() > 100_000
	})
	cancel() // kills it
	_ = slow.Wait()
	z.settled(c)
	if n := len(z.batches()); n != 0 {
		t.Fatalf("%d batches of a part of a file", n)
	}
	out, err := z.stock(t.Context(), "vendor", "reput "+local+" /file_drop/a.gpg\n").CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	z.wantArrived(z.arrived(1)[0], "a.gpg", data)
	z.wantEmpty()
}

func TestTheStockClientWithAnUnknownKeyIsRefused(t *testing.T) {
	t.Parallel()
	z := start(t, nil)
	z.account("other", "cedar")
	z.keys["vendor"] = z.keys["other"]
	out, err := z.stock(t.Context(), "vendor", "ls\n").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Permission denied") {
		t.Errorf("%v:\n%s", err, out)
	}
}
