package archtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testInDocs     = regexp.MustCompile("`((?:Test|Fuzz)[A-Z][A-Za-z0-9]*)`")
	campaignInDocs = regexp.MustCompile("campaign `([a-z]+)`")
	declaredTest   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
)

// TestSecurityNamesTestsThatExist keeps SECURITY.md honest: what it says a test shows, a test of that name shows.
func TestSecurityNamesTestsThatExist(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	declared, campaigns := map[string]bool{}, ""
	for _, s := range sources(t) {
		if s.test {
			for _, match := range declaredTest.FindAllStringSubmatch(s.text, -1) {
				declared[match[1]] = true
			}
		}
		if s.pkg == "internal/campaign" {
			campaigns += s.text
		}
	}
	named := testInDocs.FindAllStringSubmatch(string(text), -1)
	if len(named) < 50 {
		t.Errorf("SECURITY.md names %d tests: has its form changed?", len(named))
	}
	for _, match := range named {
		if !declared[match[1]] {
			t.Errorf("SECURITY.md names the test %s, which does not exist", match[1])
		}
	}
	for _, match := range campaignInDocs.FindAllStringSubmatch(string(text), -1) {
		if !regexp.MustCompile(`Name:\s+"` + match[1] + `"`).MatchString(campaigns) {
			t.Errorf("SECURITY.md names the campaign %s, which does not exist", match[1])
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.Join(root, link[1])); err != nil && !strings.Contains(link[1], "://") {
			t.Errorf("SECURITY.md links to %s: %v", link[1], err)
		}
	}
}
