package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCommandLines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good.yaml", "databases: {server: 'host=/nowhere user=x'}\n")
	for _, c := range []struct {
		name string
		args []string
		exit int
		out  string // part of the standard output
		err  string // part of the error output
	}{
		{"version", []string{"version"}, 0, "scorehouse ", ""},
		{"help lists roles and operators' commands", []string{"--help"}, 0, "batch", ""},
		{"an unknown command", []string{"frobnicate"}, 2, "", "frobnicate"},
		{"a missing argument", []string{"batch", "show"}, 2, "", "<id>"},
		{"a configuration that is right", []string{"config", "check", "--config", good}, 0, "is right", ""},
		{"a configuration that is not there", []string{"config", "check", "--config", filepath.Join(dir, "none.yaml")}, 3, "", "there is no configuration file"},
		{"a misspelt key", []string{"config", "check", "--config", file("key.yaml", "landng: {}\n")}, 2, "", "landng"},
		{"no server", []string{"config", "check", "--config", file("empty.yaml", "")}, 2, "", "databases: server is missing"},
		{"a wrong address", []string{"config", "check", "--config", file("address.yaml", "databases: {server: x=y}\nweb: {listen: nowhere}\n")}, 2, "", "web: listen"},
		{"a web server for everybody without TLS", []string{"config", "check", "--config", file("open.yaml", "databases: {server: x=y}\nweb: {listen: ':8443'}\n")}, 2, "", "reaches beyond the loopback"},
		{"a certificate without its key", []string{"config", "check", "--config", file("key-missing.yaml", "databases: {server: x=y}\nweb: {tls_certificate: a.pem}\n")}, 2, "", "belong together"},
		{"proxies without the address that browsers use", []string{"config", "check", "--config", file("nowhere.yaml", "databases: {server: x=y}\nweb: {trusted_proxies: [10.1.0.5]}\n")}, 2, "", "address is missing"},
		{"an address without TLS", []string{"config", "check", "--config", file("http.yaml", "databases: {server: x=y}\nweb: {trusted_proxies: [10.1.0.5], address: 'http://reports.example.gov'}\n")}, 2, "", "must begin with https://"},
		{"proxies that are everybody", []string{"config", "check", "--config", file("all.yaml", "databases: {server: x=y}\nweb: {trusted_proxies: [0.0.0.0/0], address: 'https://reports.example.gov'}\n")}, 2, "", "everybody"},
		{"a web server behind a proxy", []string{"config", "check", "--config", file("proxy.yaml", "databases: {server: x=y}\nweb: {listen: '10.1.0.9:8080', trusted_proxies: [10.1.0.5], address: 'https://reports.example.gov'}\n")}, 0, "is right", ""},
		{"a limit that lets nobody sign in", []string{"config", "check", "--config", file("limit.yaml", "databases: {server: x=y}\nweb: {sign_in_rate: 0}\n")}, 2, "", "sign_in_rate"},
		{"sessions that end while people read", []string{"config", "check", "--config", file("idle.yaml", "databases: {server: x=y}\nlogin: {idle: 1m}\n")}, 2, "", "login: idle"},
		{"a demo identity provider for everybody in the network", []string{"demo", "--sign-in-listen", "0.0.0.0:8081"}, 2, "", "loopback only"},
		{"a time-out too short", []string{"config", "check", "--config", file("timeout.yaml", "databases: {server: x=y}\nloader: {timeout: 1s}\n")}, 2, "", "loader: timeout"},
		{"a level of the log that is none", []string{"config", "check", "--config", file("level.yaml", "databases: {server: x=y}\nlog: {level: loud}\n")}, 2, "", "log: level"},
		{"a trail that is not there", []string{"audit", "show", "--config", file("trail.yaml", "databases: {server: x=y}\naudit: {directory: /nowhere}\n")}, 3, "", "no audit trail"},
		{"a day that is none", []string{"audit", "show", "--since", "soon", "--config", good}, 2, "", "--since"},
		{"describe explains every setting", []string{"config", "describe", "--config", good}, 0, "# How long a closed upload must stay untouched", ""},
		{"a demo for everybody in the network", []string{"demo", "--listen", "0.0.0.0:8080"}, 2, "", "loopback only"},
		{"a demo too small", []string{"demo", "--students", "5"}, 2, "", "at least 200"},
		{"a sender's key without a tenant", []string{"key", "import", good, "--role", "sender", "--config", good}, 2, "", "--tenant"},
		{"a loader's key with a tenant", []string{"key", "import", good, "--role", "loader", "--tenant", "x", "--config", good}, 2, "", "--tenant"},
		{"a database that does not answer", []string{"batch", "list", "--config", good}, 5, "", "does not answer"},
		{"a role that may not be", []string{"config", "check", "--config", file("role.yaml", "databases: {server: x=y}\naccess: {roles: {X: {permissions: [extract_items], level: school}}}\n")}, 2, "", "access: role X"},
		{"the roles", []string{"access", "roles", "--config", good}, 0, "view_aggregates, view_students; for schools, districts and states", ""},
		{"an age that is none", []string{"jobs", "purge", "--older-than", "soon", "--config", good}, 2, "", "30d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out, errs strings.Builder
			exit := run(c.args, &out, &errs)
			if exit != c.exit || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.err) {
				t.Errorf("scorehouse %s: exit %d, want %d\noutput, want %q:\n%s\nerrors, want %q:\n%s",
					strings.Join(c.args, " "), exit, c.exit, c.out, out.String(), c.err, errs.String())
			}
		})
	}
}

func TestADescribedConfigurationCanBeUsed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "scorehouse.yaml")
	if err := os.WriteFile(path, []byte("databases: {server: 'host=/run/postgresql'}\nlanding: {quiet_period: 5s}\nweb: {trusted_proxies: [10.1.0.5, 10.2.0.0/16], address: 'https://reports.example.gov'}\naccess: {roles: {COUNSELOR: {permissions: [view_aggregates, view_students], level: school}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var described, errs strings.Builder
	if exit := run([]string{"config", "describe", "--config", path}, &described, &errs); exit != 0 {
		t.Fatal(errs.String())
	}
	if !strings.Contains(described.String(), "quiet_period: 5s") || !strings.Contains(described.String(), "level: school") {
		t.Errorf("the value in force is missing:\n%s", described.String())
	}
	if err := os.WriteFile(path, []byte(described.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if exit := run([]string{"config", "check", "--config", path}, &described, &errs); exit != 0 {
		t.Error(errs.String())
	}
}

func TestTablesAlignWhateverTheScript(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	printTable(&out, []string{">ID", "NAME", ">ROWS"}, [][]string{{"1", "Thảo", "1,204"}, {"112", "José María", "–"}})
	want := " ID  NAME         ROWS\n  1  Thảo        1,204\n112  José María      –\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}
