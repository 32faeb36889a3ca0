package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestAnOperatorSeesAndEndsASession signs a person in through the demo's identity provider, asks as an operator what the person may do, and
// ends the session. It does not run beside tests that sign in as the same person.
func TestAnOperatorSeesAndEndsASession(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	type session struct {
		ID       string   `json:"id"`
		UserID   string   `json:"user_id"`
		Provider string   `json:"provider"`
		Tenants  []string `json:"tenants"`
		Roles    []string `json:"roles"`
	}
	list := func() (sessions []session) {
		out, err := shared.Run(ctx, "session", "list", "--user", "general", "--json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(out), &sessions); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return sessions
	}
	before := list()
	member := signIn(t, shared, "general")
	member.get("/s/TK").OK()
	sessions := list() // the newest first
	if len(sessions) != len(before)+1 || sessions[0].UserID != "demo-general" || strings.Join(sessions[0].Roles, " ") != "GENERAL" || strings.Join(sessions[0].Tenants, " ") != tenant {
		t.Fatalf("listed %+v", sessions)
	}

	explained, err := shared.Run(ctx, "access", "explain", "--user", "general", "--district", "0001", "--tenant", tenant)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"demo-general at " + sessions[0].Provider, "may not view_students", "GENERAL for the whole state in tamarack does not"} {
		if !strings.Contains(explained, want) {
			t.Errorf("access explain does not say %q:\n%s", want, explained)
		}
	}

	if _, err := shared.Run(ctx, "session", "revoke", "--id", sessions[0].ID); err != nil {
		t.Fatal(err)
	}
	member.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if page := member.get("/s/TK"); page.Status != http.StatusSeeOther || !strings.HasPrefix(page.Header.Get("Location"), "/login") {
		t.Errorf("after revoking, the page answers %d, %s; want a way to sign in", page.Status, page.Header.Get("Location"))
	}
}
