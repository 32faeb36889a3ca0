package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

// trail is a directory and a control database.
type trail struct {
	t    *testing.T
	dir  string
	keys [][]byte
	pool *pgxpool.Pool
}

func newTrail(t *testing.T) *trail {
	t.Helper()
	keys, err := audit.OpenKey(filepath.Join(t.TempDir(), "keys", "audit.key"))
	if err != nil {
		t.Fatal(err)
	}
	return &trail{t: t, dir: filepath.Join(t.TempDir(), "audit"), keys: keys, pool: pgtest.New(t, schema.Control)}
}

func (tr *trail) config() audit.Config {
	return audit.Config{Directory: tr.dir, Key: tr.keys[0], Pool: tr.pool, Role: "web"}
}

func (tr *trail) open(change ...func(*audit.Config)) *audit.Log {
	tr.t.Helper()
	cfg := tr.config()
	for _, f := range change {
		f(&cfg)
	}
	l, err := audit.Open(tr.t.Context(), cfg)
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.t.Cleanup(func() { _ = l.Close() }) // a second time does nothing
	return l
}

// small makes files that hold a few records each.
func small(cfg *audit.Config) { cfg.FileSize = 1500 }

func (tr *trail) record(l *audit.Log, n int) {
	tr.t.Helper()
	for i := range n {
		if err := l.Record(tr.t.Context(), reading(i)); err != nil {
			tr.t.Fatal(err)
		}
	}
}

func (tr *trail) close(l *audit.Log) {
	tr.t.Helper()
	if err := l.Close(); err != nil {
		tr.t.Fatal(err)
	}
}

func reading(i int) audit.Event {
	return audit.Event{
		Kind: audit.StudentRead, Tenant: "tamarack", Students: i + 1, RequestID: "ABCDEFGHIJKL", Client: netip.MustParseAddr("192.0.2.7"),
		Who:    audit.Who{User: "rosa.delgado@example.org", Session: "s1", Provider: "state", Roles: []audit.Role{"PII", "GENERAL"}},
		Grants: []audit.Grant{{Role: "PII", Tenant: "tamarack", District: "D01", School: "S0102"}},
		What: audit.What{Route: "GET /s/{state}/d/{district}/sc/{school}/g/{grade}", District: "D01", School: "S0102", Grade: new(edu.Kindergarten),
			Subject: edu.Math, Year: 2026, Type: edu.Summative, Format: audit.Page},
	}
}

func (tr *trail) verify(change ...func(*audit.VerifyConfig)) audit.Report {
	tr.t.Helper()
	cfg := audit.VerifyConfig{Directories: []string{tr.dir}, Keys: tr.keys, Pool: tr.pool}
	for _, f := range change {
		f(&cfg)
	}
	r, err := audit.Verify(context.Background(), cfg)
	if err != nil {
		tr.t.Fatal(err)
	}
	return r
}

func (tr *trail) wantClean() audit.Report {
	tr.t.Helper()
	r := tr.verify()
	if !r.OK() {
		tr.t.Errorf("an untouched trail has problems: %s", list(r))
	}
	return r
}

func (tr *trail) wantProblem(class audit.Class) {
	tr.t.Helper()
	r := tr.verify()
	found := slices.ContainsFunc(problems(r), func(p audit.Problem) bool { return p.Class == class })
	if !found {
		tr.t.Errorf("want something %s, got: %s", class, list(r))
	}
}

func problems(r audit.Report) []audit.Problem {
	all := slices.Clone(r.Problems)
	for _, c := range r.Chains {
		all = append(all, c.Problems...)
	}
	return all
}

func list(r audit.Report) string {
	var b strings.Builder
	for _, p := range problems(r) {
		fmt.Fprintf(&b, "\n  %s %s:%d %s", p.Class, filepath.Base(p.File), p.Line, p.Text)
	}
	if b.Len() == 0 {
		return "nothing"
	}
	return b.String()
}

// files lists the trail's files.
func (tr *trail) files() []string {
	tr.t.Helper()
	names, err := filepath.Glob(filepath.Join(tr.dir, "*.log"))
	if err != nil {
		tr.t.Fatal(err)
	}
	return names
}

func (tr *trail) read(filter audit.Filter) []audit.Record {
	tr.t.Helper()
	records, err := audit.Read(tr.dir, tr.keys, filter)
	if err != nil {
		tr.t.Fatal(err)
	}
	return records
}

// lines changes a file line by line.
func (tr *trail) lines(path string, change func([][]byte) [][]byte) {
	tr.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		tr.t.Fatal(err)
	}
	lines := change(bytes.SplitAfter(text, []byte("\n")))
	if err := os.WriteFile(path, bytes.Join(lines, nil), 0o600); err != nil {
		tr.t.Fatal(err)
	}
}
