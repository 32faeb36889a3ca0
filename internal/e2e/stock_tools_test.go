package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPackageMadeWithStockTools makes a package as a vendor without any of our code does: a CSV with bare CR line ends, tar,
// gzip, gpg with a key of its own, OpenSSH's sftp with an account of its own. The results are on the page within ten seconds
// of the upload's end.
//
// It measures, so it runs alone.
func TestPackageMadeWithStockTools(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	dir := t.TempDir()
	gpgHome := filepath.Join(dir, "gpg")
	if err := os.Mkdir(gpgHome, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command("gpgconf", "--homedir", gpgHome, "--kill", "all").Run() })
	run := func(stdin string, name string, args ...string) string {
		t.Helper()
		command := exec.CommandContext(ctx, name, args...)
		command.Dir, command.Stdin = dir, strings.NewReader(stdin)
		command.Env = append(os.Environ(), "GNUPGHOME="+gpgHome)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	operator := func(args ...string) string {
		t.Helper()
		out, err := shared.Run(ctx, args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}

	// The vendor makes its keys; the operator takes in the public ones, without a restart of anything.
	run("", "gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "Stock Vendor <stock@vendor.example>", "rsa3072", "sign,cert", "never")
	write(t, dir, "sender.asc", run("", "gpg", "--armor", "--export", "stock@vendor.example"))
	operator("key", "import", filepath.Join(dir, "sender.asc"), "--role", "sender", "--tenant", tenant)
	run("", "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "id")
	operator("landing", "user", "add", "stockvendor", "--tenant", tenant, "--authorized-key", filepath.Join(dir, "id.pub"))
	write(t, dir, "loader.asc", operator("key", "export", "--role", "loader"))
	run("", "gpg", "--batch", "--quiet", "--import", "loader.asc")

	// The package.
	sent := results{guid: "stock-tools"}
	sent.add("STOCK", "S1", "Breakwater Elementary", 2, 9)
	sent.add("STOCK", "S1", "Breakwater Elementary", 3, 21)
	write(t, dir, "results.csv", string(sent.csv(t, "\r")))
	write(t, dir, "results.json", string(sent.metadata()))
	run("", "tar", "--create", "--file", "stock.tar", "results.csv", "results.json")
	run("", "gzip", "stock.tar")
	run("", "gpg", "--batch", "--quiet", "--trust-model", "always", "--sign", "--encrypt", "--recipient-file", "loader.asc",
		"--output", "stock.tar.gz.gpg", "stock.tar.gz")

	// The upload.
	host, port, _ := strings.Cut(shared.SFTP, ":")
	run("put stock.tar.gz.gpg file_drop/\n", "sftp", "-q", "-b", "-", "-P", port, "-i", "id",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile="+filepath.Join(dir, "known_hosts"), "-o", "IdentitiesOnly=yes", "stockvendor@"+host)
	uploaded := time.Now()

	// The page.
	reader := signIn(t, shared, "state")
	for {
		page := reader.get("/s/TK/d/STOCK?year=2026")
		if row := byName(page, "table.comparison")["Breakwater Elementary"]; page.Status == 200 && len(row) > 1 && row[0] == "30" {
			if row[1] != "70%" {
				t.Errorf("at or above standard: got %q, want 70%%", row[1])
			}
			break
		}
		if took := time.Since(uploaded); took > 10*time.Second {
			list, _ := shared.Run(ctx, "batch", "list")
			t.Fatalf("not in the report after %v:\n%s", took, list)
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Logf("in the report %v after the upload's end", time.Since(uploaded).Round(10*time.Millisecond))
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
