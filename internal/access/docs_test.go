package access_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/access"
)

func TestThePageForOperatorsTellsTheRolesAndTheRejections(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations/sign-in.md")
	if err != nil {
		t.Fatal(err)
	}
	want, got := map[string]string{}, map[string]string{}
	for role, d := range access.DefaultRoles() {
		permits, levels := "nothing", "–"
		for i, p := range d.Permissions {
			if i == 0 {
				permits = ""
			} else {
				permits += ", "
			}
			permits += "`" + string(p) + "`"
			levels = map[access.Level]string{access.SchoolLevel: "schools, districts, states", access.StateLevel: "states"}[d.Level]
		}
		want["`"+string(role)+"`"] = fmt.Sprintf("%s for %s", permits, levels)
	}
	_, table, _ := strings.Cut(string(text), "\n## Roles\n")
	table, _, _ = strings.Cut(table, "\n\n`view_aggregates`")
	for _, row := range regexp.MustCompile("(?m)^\\| (`[A-Z_]+`) \\| (.+) \\| (.+) \\|$").FindAllStringSubmatch(table, -1) {
		got[row[1]] = row[2] + " for " + row[3]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("roles (-code +page):\n%s", diff)
	}
	for _, class := range access.Classes {
		if !strings.Contains(string(text), "`"+class+"`") {
			t.Errorf("the page does not explain the class %s", class)
		}
	}
}
