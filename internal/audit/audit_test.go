package audit_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
)

func TestARecordSaysWhoSawWhatByWhichGrant(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	l := tr.open()
	tr.record(l, 1)
	tr.close(l)
	want := []audit.Record{{
		Seq: 1, Kind: audit.StudentRead, Outcome: audit.Done, Tenant: "tamarack", User: "rosa.delgado@example.org", Session: "s1", Provider: "state",
		Roles: []audit.Role{"PII", "GENERAL"}, Grants: []audit.GrantText{"PII@tamarack/D01/S0102"}, Route: "GET /s/{state}/d/{district}/sc/{school}/g/{grade}",
		District: "D01", School: "S0102", Grade: "KG", Subject: "Math", Year: 2026, Type: "summative", Format: audit.Page, Students: 1,
		Client: "192.0.2.7", Request: "ABCDEFGHIJKL",
	}}
	got := tr.read(audit.Filter{})
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(audit.Record{}, "Chain", "Time", "MAC")); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	r := tr.wantClean()
	if len(r.Chains) != 1 || !r.Chains[0].Closed || r.Chains[0].Loose != 0 || r.Records() != 1 {
		t.Errorf("report: %+v", r)
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	l := tr.open()
	tr.record(l, 1)
	if info, err := os.Stat(tr.dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v %v", info.Mode(), err)
	}
	for _, name := range tr.files() {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("file: %v %v", info.Mode(), err)
		}
	}
	key := filepath.Join(t.TempDir(), "audit.key")
	first, err := audit.OpenKey(key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := audit.OpenKey(key)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(key)
	if err != nil || info.Mode().Perm() != 0o600 || !cmp.Equal(first, again) {
		t.Errorf("key file: mode %v, %v; the same when read again: %v", info.Mode(), err, cmp.Equal(first, again))
	}
}

func TestAProcessThatRecordsNothingLeavesNothing(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.close(tr.open())
	if files := tr.files(); len(files) > 0 {
		t.Errorf("files: %v", files)
	}
	if r := tr.wantClean(); len(r.Chains) > 0 {
		t.Errorf("chains: %+v", r.Chains)
	}
}

func TestProcessesShareADirectory(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	var all sync.WaitGroup
	for range 3 {
		l := tr.open(small)
		for g := range 8 {
			all.Go(func() {
				for i := range 10 {
					e := reading(i)
					if g%4 == 0 {
						e = audit.Event{Kind: audit.AccessRefused, Outcome: audit.Refused, Reason: "not_granted"}
					}
					if err := l.Record(t.Context(), e); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	r := tr.wantClean() // also while they are open
	if r.Records() != 240 || len(r.Chains) != 6 {
		t.Errorf("%d records in %d chains, want 240 in 6", r.Records(), len(r.Chains))
	}
	if n := len(tr.read(audit.Filter{Kind: "access"})); n != 60 {
		t.Errorf("%d refusals, want 60", n)
	}
}

func TestNothingIsWrittenWhileTheControlDatabaseCannotAnchor(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	l := tr.open()
	tr.record(l, 2)
	if _, err := tr.pool.Exec(t.Context(), "alter table audit.anchor rename to away"); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		err := l.Record(t.Context(), reading(0))
		if !fault.Is(err, fault.Unavailable) {
			t.Fatalf("without anchors: %v, want unavailable", err)
		}
		if strings.Contains(fault.Message(err), "anchor") {
			t.Errorf("people are told: %s", fault.Message(err))
		}
	}
	if n := len(tr.read(audit.Filter{})); n != 3 {
		t.Errorf("%d records, want the two good ones and the first that could not be anchored", n)
	}
	if _, err := tr.pool.Exec(t.Context(), "alter table audit.away rename to anchor"); err != nil {
		t.Fatal(err)
	}
	tr.record(l, 1)
	tr.close(l)
	if r := tr.wantClean(); len(r.Chains) != 1 || r.Records() != 4 {
		t.Errorf("after the recovery: %d records in %d chains, want 4 in 1", r.Records(), len(r.Chains))
	}
}

func TestAFileThatIsRemovedWhileItIsWrittenIsNoticed(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	l := tr.open()
	tr.record(l, 2)
	for _, name := range tr.files() {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Record(t.Context(), reading(0)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("recorded into a file that is gone: %v", err)
	}
	tr.record(l, 1) // in another chain
	tr.wantProblem(audit.Deleted)
}

func TestWhoeverDoesNotWaitSendsNoData(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	l := tr.open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Record(ctx, reading(0)); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	tr.close(l)
	if err := l.Record(t.Context(), reading(0)); !errors.Is(err, audit.ErrClosed) {
		t.Errorf("a closed log: %v", err)
	}
	tr.wantClean()
}

func TestADatabaseWithoutTheTablesIsRefused(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	if _, err := tr.pool.Exec(t.Context(), "drop schema audit cascade"); err != nil {
		t.Fatal(err)
	}
	if _, err := audit.Open(t.Context(), tr.config()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("open: %v, want unavailable", err)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	l := tr.open()
	tr.record(l, 3)
	for _, e := range []audit.Event{
		{Kind: audit.AdminTenantAdd, Tenant: "other", Who: audit.Who{Operator: "root"}},
		{Kind: audit.SignInRefused, Outcome: audit.Refused, Who: audit.Who{User: "name with spaces"}, Reason: "signature"},
		{Kind: audit.SignIn, Time: time.Now().Add(-48 * time.Hour)},
	} {
		if err := l.Record(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		filter audit.Filter
		want   int
	}{
		{"all", audit.Filter{}, 6},
		{"by tenant", audit.Filter{Tenant: "other"}, 1},
		{"by user", audit.Filter{User: "rosa.delgado@example.org"}, 3},
		{"by operator", audit.Filter{User: "root"}, 1},
		{"by user, recorded as a digest", audit.Filter{User: "name with spaces"}, 1},
		{"by kind", audit.Filter{Kind: "signin"}, 2},
		{"by group of kinds", audit.Filter{Kind: "admin"}, 1},
		{"since", audit.Filter{Since: time.Now().Add(-time.Hour)}, 5},
		{"the newest", audit.Filter{Limit: 2}, 2},
	} {
		if got := len(tr.read(c.filter)); got != c.want {
			t.Errorf("%s: %d records, want %d", c.name, got, c.want)
		}
	}
}

func TestAnchorsAreOnlyEverAdded(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	l := tr.open()
	tr.record(l, 2)
	for _, statement := range []string{
		"update audit.anchor set mac = sha256('x')", "delete from audit.anchor", "truncate audit.anchor",
		"update audit.chain set host = 'x'", "delete from audit.chain", "truncate audit.chain cascade",
	} {
		if _, err := tr.pool.Exec(t.Context(), statement); err == nil {
			t.Errorf("allowed: %s", statement)
		}
	}
	tr.close(l)
	tr.wantClean()
}

func TestTheWebServersRoleAddsAnchorsAndNothingElse(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	owner := tr.pool
	tr.pool = pgtest.As(t, owner, pg.Web)
	l := tr.open()
	tr.record(l, 2)
	tr.close(l)
	for _, statement := range []string{
		"update audit.anchor set mac = sha256('x')", "delete from audit.anchor", "truncate audit.anchor", "delete from audit.chain",
		"insert into audit.anchor (chain_id, seq, mac, anchored_at) values (1, 99, sha256('x'), 'epoch')",
		"alter table audit.anchor disable trigger user", "drop table audit.anchor",
	} {
		if _, err := tr.pool.Exec(t.Context(), statement); pg.CodeOf(err) != "42501" {
			t.Errorf("%s: %v, want a lack of privilege", statement, err)
		}
	}
	tr.pool = owner
	tr.wantClean()
}

func TestOldAnchorsAreThinnedWithoutLosingWhatTheyProve(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	l := tr.open(small)
	tr.record(l, 20)
	tr.close(l)
	before := tr.anchors()
	if n, err := audit.Thin(t.Context(), tr.pool); err != nil || n != 0 {
		t.Fatalf("young anchors: %d deleted, %v", n, err)
	}
	tr.age(40 * 24 * time.Hour)
	n, err := audit.Thin(t.Context(), tr.pool)
	if err != nil || n == 0 || int64(before)-n != int64(tr.anchors()) {
		t.Fatalf("of %d old anchors %d deleted, %d left, %v", before, n, tr.anchors(), err)
	}
	tr.wantClean()
	tr.lines(tr.files()[0], func(lines [][]byte) [][]byte { return slices.Delete(lines, 2, 3) })
	tr.wantProblem(audit.Deleted)
}

func (tr *trail) anchors() (n int) {
	tr.t.Helper()
	if err := tr.pool.QueryRow(tr.t.Context(), "select count(*) from audit.anchor").Scan(&n); err != nil {
		tr.t.Fatal(err)
	}
	return n
}

// age makes every anchor older, as only time does.
func (tr *trail) age(by time.Duration) {
	tr.t.Helper()
	_, err := tr.pool.Exec(tr.t.Context(), fmt.Sprintf(`alter table audit.anchor disable trigger user;
		update audit.anchor set anchored_at = anchored_at - interval '%d seconds';
		alter table audit.anchor enable trigger user`, int(by.Seconds())))
	if err != nil {
		tr.t.Fatal(err)
	}
}

func TestExpiredFilesMayBeGone(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	old := tr.open()
	tr.record(old, 1)
	tr.close(old)
	gone := tr.files()
	l := tr.open(small)
	tr.record(l, 20)
	tr.age(100 * 24 * time.Hour)
	tr.record(l, 20)
	files := slices.DeleteFunc(tr.files(), func(name string) bool { return slices.Contains(gone, name) })
	for _, name := range append(gone, files[:2]...) {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	tr.wantProblem(audit.Deleted)
	since := func(cfg *audit.VerifyConfig) { cfg.Since = time.Now().Add(-90 * 24 * time.Hour) }
	if r := tr.verify(since); !r.OK() {
		t.Errorf("within the retention: %s", list(r))
	}
	if err := os.Remove(files[len(files)-2]); err != nil {
		t.Fatal(err)
	}
	if r := tr.verify(since); r.OK() {
		t.Error("a young file is missing, and verify says nothing")
	}
}

func TestRecordsFromBeforeAChangeOfKeyVerify(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	l := tr.open()
	tr.record(l, 2)
	tr.close(l)
	tr.keys = [][]byte{slices.Repeat([]byte{7}, 32), tr.keys[0]}
	l = tr.open()
	tr.record(l, 2)
	tr.close(l)
	tr.wantClean()
	tr.keys = tr.keys[:1]
	tr.wantProblem(audit.Edited) // the old key is lost
}

func TestChainsOfOtherMachinesAreNotMissedHere(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	elsewhere := &trail{t: t, dir: filepath.Join(t.TempDir(), "there"), keys: tr.keys, pool: tr.pool}
	for _, x := range []*trail{tr, elsewhere} {
		l := x.open()
		x.record(l, 1)
		x.close(l)
	}
	if r := tr.wantClean(); r.Elsewhere != 1 || len(r.Chains) != 1 {
		t.Errorf("%d chains elsewhere, %d here, want one each", r.Elsewhere, len(r.Chains))
	}
	if r := tr.verify(func(cfg *audit.VerifyConfig) { cfg.All = true }); r.OK() {
		t.Error("the directory does not hold every chain, and verify with All says nothing")
	}
	if r := tr.verify(func(cfg *audit.VerifyConfig) { cfg.All, cfg.Directories = true, []string{tr.dir, elsewhere.dir} }); !r.OK() {
		t.Errorf("both directories: %s", list(r))
	}
}

func TestSyslogGetsACopyOfEachLine(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	socket := filepath.Join(t.TempDir(), "log")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	l := tr.open(func(cfg *audit.Config) { cfg.Syslog = socket })
	tr.record(l, 1)
	if err := l.Record(t.Context(), audit.Event{Kind: audit.SignIn}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct{ priority, tag, kind string }{{"<134>", "scorehouse-audit", "student.read"}, {"<150>", "scorehouse-security", "signin"}} {
		buf := make([]byte, 16<<10)
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got := string(buf[:n])
		_, line, _ := strings.Cut(got, "]: ")
		if !strings.HasPrefix(got, want.priority) || !strings.Contains(got, want.tag+"[") || !strings.Contains(line, `"kind":"`+want.kind+`"`) {
			t.Errorf("syslog got %q, want priority %s, tag %s, kind %s", got, want.priority, want.tag, want.kind)
		}
		if !tr.hasLine(line) {
			t.Errorf("the copy is not a line of the files: %s", line)
		}
	}
}

func (tr *trail) hasLine(want string) bool {
	for _, name := range tr.files() {
		f, err := os.Open(name)
		if err != nil {
			tr.t.Fatal(err)
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if lines.Text() == want {
				return true
			}
		}
	}
	return false
}

func TestEveryKindIsExplainedToAuditors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/operations/audit.md")
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatal("docs/operations/audit.md is missing")
	}
	for kind, stream := range audit.Kinds() {
		if !strings.Contains(string(text), fmt.Sprintf("| `%s` | %s |", kind, stream)) {
			t.Errorf("docs/operations/audit.md has no line for %s of stream %s", kind, stream)
		}
	}
}
