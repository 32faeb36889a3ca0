package login_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"scorehouse/internal/access"
	"scorehouse/internal/config"
	"scorehouse/internal/login"
)

func TestTheMappingsOnThePageForOperatorsWork(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations/sign-in.md")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(block[1], "user_id") {
			continue
		}
		checked++
		var m login.Mapping
		if err := config.Parse("mapping", []byte(block[1]), &m); err != nil {
			t.Errorf("%v\n%s", err, block[1])
			continue
		}
		if err := m.Validate(login.Mapped, access.DefaultRoles()); err != nil {
			t.Errorf("%v\n%s", err, block[1])
		}
	}
	if checked != 3 {
		t.Errorf("checked %d mappings, want 3", checked)
	}
	for _, reason := range []string{login.ReasonUnknownRequest, login.ReasonOtherBrowser, login.ReasonUsed, login.ReasonReplayed, login.ReasonUnknownProvider, login.ReasonDisabled,
		login.ReasonNoUserID, login.ReasonLoop} {
		if !strings.Contains(string(text), "`"+reason+"`") {
			t.Errorf("the page does not explain the reason %s", reason)
		}
	}
}
