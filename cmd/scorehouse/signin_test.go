package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/access"
	"scorehouse/internal/audit"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/saml"
)

// metadataFile writes the metadata of an identity provider.
func metadataFile(t *testing.T, dir, entity string) string {
	t.Helper()
	key, err := saml.NewKey("test", time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="%s"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">`+
		`<KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>%s</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`+
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="%s/sso"/></IDPSSODescriptor></EntityDescriptor>`,
		entity, base64.StdEncoding.EncodeToString(key.Certificate.Raw), entity)
	path := filepath.Join(dir, strings.NewReplacer("/", "", ":", "").Replace(entity)+".xml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func decoded[T any](t *testing.T, text string) T {
	t.Helper()
	var x T
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return x
}

func wants(t *testing.T, text string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestOperatorsManageIdentityProviders(t *testing.T) {
	t.Parallel()
	file, home := installation(t, "providers")
	do := func(exit int, args ...string) string {
		t.Helper()
		return command(t, exit, append(args, "--config", file)...)
	}
	do(0, "db", "upgrade")
	do(0, "tenant", "add", "tamarack", "--state", "TK", "--name", "State of Tamarack")
	first, second := metadataFile(t, home, "https://one.example.org"), metadataFile(t, home, "https://two.example.org")

	wants(t, do(2, "provider", "add", "one", "--metadata", first), "for which tenants")
	wants(t, do(3, "provider", "add", "one", "--metadata", first, "--tenant", "narnia"), "narnia")
	wants(t, do(2, "provider", "add", "one", "--metadata", "http://one.example.org/metadata", "--tenant", "tamarack"), "https")
	wants(t, do(0, "provider", "add", "one", "--metadata", first, "--tenant", "tamarack"), "https://one.example.org", "may grant in tamarack", "SHA-256")
	do(4, "provider", "add", "one", "--metadata", second, "--all-tenants")

	mapping := filepath.Join(home, "mapping.yaml")
	if err := os.WriteFile(mapping, []byte("user_id: '@nameid'\ngroups:\n  attribute: groups\n  grants:\n    Lakeside:\n      - {role: PII, tenant: tamarack, district: '0042', school: '0117'}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	do(2, "provider", "add", "two", "--metadata", second, "--all-tenants", "--shape", "mapped")
	wants(t, do(2, "provider", "add", "two", "--metadata", second, "--all-tenants", "--shape", "mapped", "--mapping", mapping), "transient")
	do(0, "provider", "add", "two", "--metadata", second, "--all-tenants", "--shape", "mapped", "--mapping", mapping, "--name-id-format", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "--allow-cbc", "--clock-skew", "2m")
	do(0, "provider", "change", "two", "--title", "Second", "--no-allow-cbc")
	do(0, "provider", "disable", "one")

	type line struct {
		Name, Title, Entity string
		Enabled             bool
		Shape               login.Shape
	}
	listed := func() (lines []line) {
		for _, p := range decoded[[]providerLine](t, do(0, "provider", "list", "--json")) {
			lines = append(lines, line{p.Name, p.Title, p.EntityID, p.Enabled, p.Shape})
		}
		return lines
	}
	want := []line{{"one", "one", "https://one.example.org", false, login.SBAC}, {"two", "Second", "https://two.example.org", true, login.Mapped}}
	if diff := cmp.Diff(want, listed()); diff != "" {
		t.Errorf("providers (-want +got):\n%s", diff)
	}
	wants(t, do(0, "provider", "list"), "disabled", "all tenants", "mapped")
	do(0, "provider", "enable", "one")
	wants(t, do(2, "provider", "refresh", "one"), "came as a file")
	wants(t, do(2, "provider", "refresh", "one", "--metadata", second), "another entity")
	wants(t, do(0, "provider", "refresh", "one", "--metadata", metadataFile(t, home, "https://one.example.org")), "changed")
	do(3, "provider", "disable", "three")
	do(0, "provider", "remove", "two")
	if diff := cmp.Diff([]line{{"one", "one", "https://one.example.org", true, login.SBAC}}, listed()); diff != "" {
		t.Errorf("providers at the end (-want +got):\n%s", diff)
	}
}

func TestOperatorsRollOurKeysOver(t *testing.T) {
	t.Parallel()
	file, home := installation(t, "rollover")
	do := func(exit int, args ...string) string {
		t.Helper()
		return command(t, exit, append(args, "--config", file)...)
	}
	do(0, "db", "upgrade")
	id := func(line string) string { return strings.Fields(line)[0] }
	lines := strings.Split(strings.TrimSpace(do(0, "provider", "key", "list")), "\n")
	if len(lines) != 2 || !strings.Contains(lines[1], "signs, opens") {
		t.Fatalf("keys:\n%s", strings.Join(lines, "\n"))
	}
	before := id(lines[1])
	do(0, "provider", "key", "add")
	lines = strings.Split(strings.TrimSpace(do(0, "provider", "key", "list")), "\n")
	if len(lines) != 3 || id(lines[1]) != before {
		t.Fatalf("keys:\n%s", strings.Join(lines, "\n"))
	}
	next := id(lines[2])
	do(4, "provider", "key", "remove", before)
	do(0, "provider", "key", "use", next)
	do(0, "provider", "key", "remove", before)
	wants(t, do(0, "provider", "key", "list"), next+"  signs, opens")
	entries, err := os.ReadDir(filepath.Join(home, "keys", "saml"))
	if err != nil || len(entries) != 2 {
		t.Errorf("files: %v, %v; want one key and which signs", entries, err)
	}
}

// studentSQL is a student with results in two schools.
const studentSQL = `
	insert into publication (version, batch_id, kind, rows_staged, rows_new) values (1, 1, 'publish', 2, 2);
	insert into district (district_id, code, name, batch_id, from_version) values (1, '0042', 'Cedar', 1, 1), (2, '0043', 'Birch', 1, 1);
	insert into school (school_id, district_id, code, name, batch_id, from_version) values (1, 1, '0117', 'Lakeside', 1, 1), (2, 2, '0117', 'Hilltop', 1, 1);
	insert into student (student_id, code, first_name, last_name, sex, batch_id, from_version) values (7, 'TK-CANARY', 'Canary', 'Bird', 0, 1, 1);
	insert into assessment_outcome (student_id, assessment_id, district_id, school_id, batch_id, from_version, taken_on, academic_year, type, grade, enrolled_grade,
		sex, ethnicity, race, iep, limited_english, section_504, economic_disadvantage, migrant, complete, condition, subject)
	select 7, n, n, n, 1, 1, '2026-04-01', 2026, 1, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'Math' from generate_series(1, 2) n`

func TestOperatorsExplainAndRevokeWhatPeopleHold(t *testing.T) {
	t.Parallel()
	file, _ := installation(t, "explained")
	do := func(exit int, args ...string) string {
		t.Helper()
		return command(t, exit, append(args, "--config", file)...)
	}
	do(0, "db", "upgrade")
	do(0, "tenant", "add", "tamarack", "--state", "TK", "--name", "State of Tamarack")
	databases, err := pg.Open(pg.Config{Server: pgtest.Cluster(t).DSN(""), Installation: "explained"})
	if err != nil {
		t.Fatal(err)
	}
	defer databases.Close()
	pool, err := databases.Control(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	warehouse, err := databases.Warehouse(t.Context(), "tamarack")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := warehouse.Exec(t.Context(), studentSQL); err != nil {
		t.Fatal(err)
	}
	sessions := login.OpenSessions(login.Config{Pool: pool})
	for name, grants := range map[string]access.Grants{
		"rosa": {{Role: access.PII, Tenant: "tamarack", District: "0042"}, {Role: access.General, Tenant: "tamarack", District: "0042"}},
		"ben":  {{Role: access.General, Tenant: "tamarack"}},
	} {
		who := login.Identity{Provider: "district", UserID: "guid-" + name, LoginName: name, Name: "Canary Bird", Grants: grants}
		if name == "ben" {
			who.Rejections = []access.Rejection{{Position: 2, Class: "no_district", Reason: "the chain names a school without its district"}}
		}
		if _, _, err := sessions.SignIn(t.Context(), who, ""); err != nil {
			t.Fatal(err)
		}
	}

	wants(t, do(0, "access", "explain", "--user", "rosa", "--student", "TK-CANARY"), "guid-rosa at district (rosa)", "1 session now",
		"may view_students at tamarack, district 0042, school 0117\n    PII for district 0042 in tamarack does: it holds for the whole district.",
		"may not view_students at tamarack, district 0043, school 0117", "is elsewhere")
	answer := decoded[explained](t, do(0, "access", "explain", "--user", "guid-ben", "--student", "TK-CANARY", "--json"))
	if len(answer.People) != 1 || len(answer.People[0].Places) != 2 || answer.People[0].Places[0].Permits || len(answer.People[0].Rejections) != 1 {
		t.Errorf("ben: %+v", answer)
	}
	wants(t, do(0, "access", "explain", "--user", "ben", "--district", "0042", "--permission", "view_aggregates"), "may view_aggregates at tamarack, district 0042")
	wants(t, do(3, "access", "explain", "--user", "nobody", "--student", "TK-CANARY"), "has signed in yet")
	wants(t, do(3, "access", "explain", "--user", "rosa", "--student", "TK-NONE"), "no student of that code")
	wants(t, do(2, "access", "explain", "--user", "rosa", "--school", "0117"), "--district")
	wants(t, do(2, "access", "explain", "--user", "rosa", "--permission", "everything"), "everything")

	listed := do(0, "session", "list")
	wants(t, listed, "guid-rosa", "guid-ben", "GENERAL, PII", "tamarack")
	if strings.Contains(listed, "Canary") {
		t.Errorf("the list shows names:\n%s", listed)
	}
	wants(t, do(2, "session", "revoke"), "say which sessions")
	wants(t, do(2, "session", "revoke", "--all", "--user", "rosa"), "say which sessions")
	wants(t, do(0, "session", "revoke", "--user", "rosa"), "1 session ended")
	wants(t, do(0, "session", "revoke", "--all"), "1 session ended")
	if left := decoded[[]sessionLine](t, do(0, "session", "list", "--json")); len(left) != 0 {
		t.Errorf("left %+v", left)
	}

	var explained, revoked []audit.Record
	for line := range strings.Lines(do(0, "audit", "show", "--json", "--limit", "0")) {
		if strings.Contains(line, "CANARY") || strings.Contains(line, "Canary") {
			t.Errorf("the trail names the student or a person: %s", line)
		}
		switch r := decoded[audit.Record](t, line); {
		case r.Kind == audit.AdminAccessExplain && r.Outcome == audit.Done:
			explained = append(explained, r)
		case r.Kind == audit.SessionRevoked && r.Outcome == audit.Done:
			revoked = append(revoked, r)
		}
	}
	if len(explained) != 3 || explained[0].Students != 1 || len(revoked) != 2 {
		t.Errorf("explained %+v\nrevoked %+v", explained, revoked)
	}
}
