package saml_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"scorehouse/internal/saml"
)

func TestTheDocumentationNamesEveryReason(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/formats/saml.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(data), "<!-- reasons -->")
	table, _, _ = strings.Cut(table, "<!-- end -->")
	var named []saml.Reason
	for _, match := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(table, -1) {
		named = append(named, saml.Reason(match[1]))
	}
	if !slices.Equal(named, saml.Reasons) {
		t.Errorf("docs/formats/saml.md names\n%v, want\n%v", named, saml.Reasons)
	}
}
