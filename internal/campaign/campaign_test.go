package campaign_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"scorehouse/internal/campaign"
	"scorehouse/internal/harness"
)

// TestAFewTriesOfEachCampaignSucceed is the short version of `make campaign`. A campaign visits its accidents in order, so
// this covers the first of them; the long version covers all.
func TestAFewTriesOfEachCampaignSucceed(t *testing.T) {
	if testing.Short() {
		t.Skip("campaigns build and run the binary")
	}
	for _, c := range campaign.All {
		t.Run(c.Name, func(t *testing.T) {
			if len(shortTries[c.Name]) == 0 {
				t.Skip("what it tries is in the tests of the package that it is about")
			}
			var out strings.Builder
			failed, err := campaign.RunSome(t.Context(), c.Name, shortTries[c.Name], &out)
			if err != nil {
				t.Fatal(err)
			}
			if failed > 0 {
				t.Errorf("%d tries failed:\n%s", failed, out.String())
			}
			if last := lastLine(out.String()); !strings.HasPrefix(last, "campaign "+c.Name+": ") || !strings.HasSuffix(last, " 0 failed") {
				t.Errorf("last line: %q", last)
			}
		})
	}
}

// shortTries are the numbers of the tries that `make test` makes: for kill the process mid-COPY and
// PostgreSQL just before its commit; for access the first requests; for numbers a few states; for print a few students; for disclosure small
// states.
var shortTries = map[string][]int{"kill": {6, 19}, "access": upTo(accessTries), "numbers": upTo(2), "print": upTo(4), "disclosure": upTo(25)}

const accessTries = 400

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// TestRowLevelSecurityAloneHidesStudents runs the campaign access in a binary whose application filters nothing.
func TestRowLevelSecurityAloneHidesStudents(t *testing.T) {
	if testing.Short() {
		t.Skip("builds another binary")
	}
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "campaign")
	if err := harness.BuildCommand(t.Context(), "./internal/campaign/cmd", binary, harness.Unfiltered); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), binary, "-name", "access", "-n", strconv.Itoa(accessTries)).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "with row-level security alone") || !strings.HasSuffix(strings.TrimSpace(string(out)), " 0 failed") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestABinaryWithoutTheFilterServesNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("builds another binary")
	}
	t.Parallel()
	dir := t.TempDir()
	binary, err := harness.Build(t.Context(), dir, harness.Unfiltered)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), binary, "version").Output(); err != nil || !strings.Contains(string(out), "UNFILTERED, for tests only") {
		t.Errorf("version: %s, %v", out, err)
	}
	config := filepath.Join(dir, "scorehouse.yaml")
	if err := os.WriteFile(config, []byte("databases: {server: 'host=/nowhere user=x'}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"demo", "--home", filepath.Join(dir, "demo")}, {"web", "--config", config}, {"loader", "--config", config}} {
		out, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "linked unfiltered") {
			t.Errorf("scorehouse %v: %v\n%s", args, err, out)
		}
	}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func TestAnUnknownCampaignIsAnError(t *testing.T) {
	if _, err := campaign.Run(t.Context(), "nothing", 1, new(strings.Builder)); err == nil {
		t.Error("got no error")
	}
}
