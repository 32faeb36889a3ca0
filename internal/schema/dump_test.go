package schema_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

//go:generate go test -run TestDump -count=1 -update .

var update = flag.Bool("update", false, "write the dumped schema files anew")

// dumpMajor is the version of pg_dump that the dumped files are from. Others may put the same schema in other words.
const dumpMajor = 15

func TestDumpedSchemaIsWhatTheVersionsMake(t *testing.T) {
	t.Parallel()
	installed, err := pgcluster.Installed()
	if err != nil {
		t.Fatal(err)
	}
	if server := query1(t, pgtest.Empty(t), "select current_setting('server_version_num')::int / 10000 || ''"); server != strconv.Itoa(installed[0].Major) {
		t.Skipf("the server is PostgreSQL %s, pg_dump here is %d", server, installed[0].Major)
	}
	for _, kind := range schema.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			file := string(kind) + ".sql"
			got := dump(t, installed[0].Program("pg_dump"), kind)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n"))
			if diff != "" && installed[0].Major != dumpMajor {
				t.Skipf("%s was dumped by PostgreSQL %d; here it is %d, and differs:\n%s", file, dumpMajor, installed[0].Major, diff)
			}
			if diff != "" {
				t.Errorf("%s is out of date, make generate writes it anew (-file +versions):\n%s", file, diff)
			}
		})
	}
}

var (
	objectHead = regexp.MustCompile(`(?m)^--\n-- .*\n--\n\n?`)
	session    = regexp.MustCompile(`(?m)^(SET default_\w+ = .*;|\\(un)?restrict .*)\n\n?`)
	blankLines = regexp.MustCompile(`\n{3,}`)
)

// dump returns the schema of a kind as pg_dump writes it, without what depends on who dumped it, and when.
func dump(t *testing.T, pgDump string, kind schema.Kind) string {
	t.Helper()
	pool := pgtest.New(t, kind)
	cmd := exec.CommandContext(t.Context(), pgDump, "--schema-only", "--no-owner", "--dbname", pgtest.DSN(pool))
	cmd.Stderr = t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	_, text, found := strings.Cut(string(out), "\n--\n-- Name: ")
	if !found {
		t.Fatalf("pg_dump wrote no object:\n%s", out)
	}
	text = "--\n-- Name: " + strings.ReplaceAll(text, string(pgtest.Installation)+"_", string(pg.DefaultInstallation)+"_")
	for _, re := range []*regexp.Regexp{objectHead, session} {
		text = re.ReplaceAllString(text, "")
	}
	text = blankLines.ReplaceAllString(strings.TrimSpace(text), "\n\n")
	return fmt.Sprintf("-- The %s database after all its versions, for reading. Written by `make generate`; changes go into a new\n"+
		"-- version in %s/.\n\n%s\n", kind, kind, text)
}
