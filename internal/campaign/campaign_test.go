package campaign_test

import (
	"strings"
	"testing"

	"scorehouse/internal/campaign"
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
// PostgreSQL just before its commit.
var shortTries = map[string][]int{"kill": {6, 19}}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

func TestAnUnknownCampaignIsAnError(t *testing.T) {
	if _, err := campaign.Run(t.Context(), "nothing", 1, new(strings.Builder)); err == nil {
		t.Error("got no error")
	}
}
