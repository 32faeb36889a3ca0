package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestPeopleOfTheDemoSeeWhatTheyAreTold signs in as each of them, by SAML at the demo's identity provider, and opens what the sign-in page
// promises and what it denies.
func TestPeopleOfTheDemoSeeWhatTheyAreTold(t *testing.T) {
	t.Parallel()
	const class = "/s/TK/d/STORY/sc/S2/g/04?year=2026"
	for person, want := range map[string]struct {
		status int    // of the start page
		says   string // its heading
		admin  int
	}{
		"teacher": {404, "", 403}, "principal": {404, "", 403}, "district": {404, "", 403}, // their places are not there before data are
		"state": {200, "How do the districts of", 403}, "general": {200, "How do the districts of", 403},
		"states": {200, "Choose a state", 403}, "super": {200, "Choose a state", 200}, "none": {403, "No results are open to you yet", 403},
	} {
		v := signIn(t, shared, person)
		start := v.get("/")
		if start.Status != want.status || !strings.Contains(start.Text("h1"), want.says) {
			t.Errorf("%s starts with %d, %q; want %d, %q", person, start.Status, start.Text("h1"), want.status, want.says)
		}
		if got := v.get("/admin/access"); got.Status != want.admin {
			t.Errorf("%s gets %d of who sees what, want %d", person, got.Status, want.admin)
		}
		if person != "state" && v.get(class).Status == http.StatusOK {
			t.Errorf("%s sees a class of another school", person)
		}
	}
	both := signIn(t, shared, "states")
	if got := both.get("/").Link("State of Hemlock"); got != "/s/HM" || both.get("/s/HM").Status != http.StatusOK || both.get("/s/TK").Status != http.StatusOK {
		t.Errorf("several states: Hemlock leads to %s", got)
	}

	// The operator sees who is signed in, and the audit trail what each has opened.
	out, err := shared.Run(t.Context(), "session", "list", "--json")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "demo-teacher") || !json.Valid([]byte(out)) {
		t.Errorf("session list: %s", out)
	}
	if out, err = shared.Run(t.Context(), "audit", "verify"); err != nil {
		t.Errorf("audit verify: %v\n%s", err, out)
	}
	if out, err = shared.Run(t.Context(), "audit", "show", "--user", "demo-none", "--json"); err != nil || !strings.Contains(out, "access.refused") || !strings.Contains(out, `"signin"`) {
		t.Errorf("audit show: %v\n%s", err, out)
	}
}
