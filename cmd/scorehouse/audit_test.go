package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/audit"
	"scorehouse/internal/pgtest"
)

// installation is a configuration file of an installation on the tests' server.
func installation(t *testing.T, name string) (configFile, home string) {
	t.Helper()
	home = t.TempDir()
	text := fmt.Sprintf(`databases: {server: %q, installation: %s}
keys: {directory: %s/keys}
audit: {directory: %s/audit, key_file: %s/keys/audit.key}
`, pgtest.Cluster(t).DSN(""), name, home, home, home)
	configFile = filepath.Join(home, "scorehouse.yaml")
	if err := os.WriteFile(configFile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return configFile, home
}

// command runs a command line and wants an exit status; it returns both outputs.
func command(t *testing.T, exit int, args ...string) string {
	t.Helper()
	var out strings.Builder
	if got := run(args, &out, &out); got != exit {
		t.Fatalf("scorehouse %s: exit %d, want %d\n%s", strings.Join(args, " "), got, exit, out.String())
	}
	return out.String()
}

func TestAdministrativeActsAreRecordedBeforeAndAfter(t *testing.T) {
	t.Parallel()
	file, home := installation(t, "recorded")
	do := func(exit int, args ...string) string {
		t.Helper()
		return command(t, exit, append(args, "--config", file)...)
	}
	do(0, "db", "upgrade")
	do(0, "tenant", "add", "tamarack", "--state", "TK", "--name", "State of Tamarack")
	do(3, "landing", "user", "disable", "nobody")
	do(3, "jobs", "cancel", "99")
	do(0, "jobs", "purge")
	do(2, "tenant", "add", "tamarack", "--state", "Tamarack", "--name", "x") // understood by nobody, so not begun
	do(0, "release", "list", "--tenant", "tamarack")
	do(0, "public", "list", "--tenant", "tamarack")
	do(0, "release", "make", "--tenant", "tamarack", "--year", "2026", "--no-wait")
	do(0, "release", "withdraw", "1") // no printer decides it
	do(0, "audit", "thin")
	do(0, "db", "upgrade")

	type act struct {
		Kind    audit.Kind
		Outcome audit.Outcome
		Tenant  string
		Object  string
		Reason  audit.Reason
	}
	want := []act{
		{"admin.database.upgrade", "done", "", "", ""}, // the first one makes the tables that a beginning needs
		{"admin.tenant.add", "begun", "tamarack", "", ""}, {"admin.tenant.add", "done", "tamarack", "", ""},
		{"admin.sender.disable", "begun", "", "nobody", ""}, {"admin.sender.disable", "failed", "", "nobody", "not_found"},
		{"admin.job.cancel", "begun", "", "99", ""}, {"admin.job.cancel", "failed", "", "99", "not_found"},
		{"admin.job.purge", "begun", "", "", ""}, {"admin.job.purge", "done", "", "", ""},
		{"admin.release.read", "begun", "tamarack", "", ""}, {"admin.release.read", "done", "tamarack", "", ""},
		{"admin.release.read", "begun", "tamarack", "", ""}, {"admin.release.read", "done", "tamarack", "", ""},
		{"admin.release.make", "begun", "tamarack", "", ""}, {"admin.release.make", "done", "tamarack", "1", ""},
		{"admin.release.read", "begun", "tamarack", "1", ""}, {"admin.release.read", "done", "tamarack", "1", ""},
		{"admin.release.withdraw", "begun", "tamarack", "1", ""}, {"admin.release.withdraw", "done", "tamarack", "1", ""},
		{"admin.anchors.thin", "begun", "", "", ""}, {"admin.anchors.thin", "done", "", "", ""},
		{"admin.database.upgrade", "begun", "", "", ""}, {"admin.database.upgrade", "done", "", "", ""},
	}
	var got []act
	for line := range strings.Lines(do(0, "audit", "show", "--json")) {
		var r audit.Record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Operator == "" {
			t.Errorf("%s has no operator", r.Kind)
		}
		got = append(got, act{r.Kind, r.Outcome, string(r.Tenant), string(r.Object), r.Reason})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("acts (-want +got):\n%s", diff)
	}
	if text := do(0, "audit", "show", "--kind", "admin.tenant", "--since", "1h"); strings.Count(text, "\n") != 3 || !strings.Contains(text, "(operator)") {
		t.Errorf("show, filtered:\n%s", text)
	}
	if text := do(0, "audit", "verify"); !strings.Contains(text, "in order: 23 records in 12 chains") {
		t.Errorf("verify:\n%s", text)
	}
	tamper(t, filepath.Join(home, "audit"))
	if text := do(1, "audit", "verify"); !strings.Contains(text, "EDITED: ") || !strings.Contains(text, ".log:2 record 1 is not what was written") {
		t.Errorf("verify after an edit:\n%s", text)
	}
	if text := do(1, "audit", "verify", "--json"); !strings.Contains(text, `"class": "edited"`) {
		t.Errorf("verify --json after an edit:\n%s", text)
	}
}

// tamper blames somebody else in one record.
func tamper(t *testing.T, dir string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "audit.*.log"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	slices.Sort(names)
	text, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(names[0], bytes.Replace(text, []byte(`"operator":"`), []byte(`"operator":"not-`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsDoneThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	file, home := installation(t, "unrecorded")
	command(t, 0, "db", "upgrade", "--config", file)
	if err := os.RemoveAll(filepath.Join(home, "audit")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "audit"), nil, 0o600); err != nil { // a file where the directory should be
		t.Fatal(err)
	}
	if text := command(t, 1, "tenant", "add", "tamarack", "--state", "TK", "--name", "State of Tamarack", "--config", file); !strings.Contains(text, "nothing was done") {
		t.Errorf("tenant add:\n%s", text)
	}
	if text := command(t, 0, "tenant", "list", "--config", file); strings.Contains(text, "tamarack") {
		t.Errorf("the tenant was added without a record:\n%s", text)
	}
}
