package access_test

import (
	"strings"
	"testing"

	"scorehouse/internal/access"
)

func TestAnExplanationNamesTheGrantThatShowsAndWhyOthersDoNot(t *testing.T) {
	t.Parallel()
	grants := access.Grants{
		{Role: access.General, Tenant: "tamarack", District: "0042", School: "0117"},
		{Role: access.PII, Tenant: "tamarack", District: "0043"},
		{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0118"},
		{Role: access.PII, Tenant: "hemlock"},
		{Role: access.SRSExtracts, Tenant: "tamarack", District: "0042"},
		{Role: access.PII, Tenant: "tamarack", District: "0042", School: "0117"},
	}
	reasons := access.Explain(grants, "tamarack", "0042", "0117", access.ViewStudents)
	want := []string{
		"PII for school 0117 of district 0042 in tamarack does: it is for this school.",
		"GENERAL for school 0117 of district 0042 in tamarack does not: the role does not permit view_students.",
		"PII for district 0043 in tamarack does not: school 0117 of district 0042 is elsewhere.",
		"PII for school 0118 of district 0042 in tamarack does not: school 0117 of district 0042 is not that school.",
		"PII for the whole state in hemlock does not: it is for another tenant than tamarack.",
		"SRSEXTRACTS for district 0042 in tamarack does not: the role does not permit view_students.",
	}
	var got []string
	for i, r := range reasons {
		got = append(got, r.Why)
		if r.Shows != (i == 0) {
			t.Errorf("%q: shows is %v", r.Why, r.Shows)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, r := range access.Explain(grants, "tamarack", "", "", access.ExtractRegistration) {
		if r.Grant.Role == access.SRSExtracts && !strings.Contains(r.Why, "needs a grant for the whole state") {
			t.Errorf("got %q", r.Why)
		}
	}
}
