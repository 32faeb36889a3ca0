package web

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func keysOf(t testing.TB, secret string) *studentKeys {
	t.Helper()
	k, err := newStudentKeys(bytes.Repeat([]byte(secret), 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestIDsOfStudentsComeBack(t *testing.T) {
	t.Parallel()
	keys := keysOf(t, "x").of("tamarack")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1<<31-1).Draw(t, "student")
		id := keys.encode(n)
		if len(id) != 22 {
			t.Fatalf("%q has %d characters, want 22", id, len(id))
		}
		if got, ok := keys.decode(id); !ok || got != n {
			t.Fatalf("%d became %q and came back as %d, %v", n, id, got, ok)
		}
	})
}

func TestIDsHoldOnlyInTheirTenantAndInstallation(t *testing.T) {
	t.Parallel()
	id := keysOf(t, "x").of("tamarack").encode(7)
	if _, ok := keysOf(t, "x").of("hemlock").decode(id); ok {
		t.Error("the id holds in another tenant")
	}
	if _, ok := keysOf(t, "y").of("tamarack").decode(id); ok {
		t.Error("the id holds in another installation")
	}
	if _, err := newStudentKeys(make([]byte, SecretBytes-1)); err == nil {
		t.Error("a short secret is accepted")
	}
}

func FuzzIDsOfStudents(f *testing.F) {
	keys := keysOf(f, "x").of("tamarack")
	f.Add(keys.encode(1))
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("AAAAAAAAAAAAAAAAAAAAAB")
	f.Add("7w5ETWgnFSRWt6-YNofD\nZA")
	f.Fuzz(func(t *testing.T, id string) {
		if n, ok := keys.decode(id); ok && keys.encode(n) != id {
			t.Errorf("%q stands for %d, whose id is %q: one student has two addresses", id, n, keys.encode(n))
		}
	})
}

func FuzzAddressesToGoBackTo(f *testing.F) {
	for _, s := range []string{"/", "/s/TK?year=2026", "//x", "/\\x", "http://x/", "/%2F/x", "/a\nb", "/? ", "/%2F\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := localAddress(s)
		if got == "" {
			return
		}
		if got[0] != '/' || len(got) > 1 && (got[1] == '/' || got[1] == '\\') || bytes.ContainsAny([]byte(got), "\\\r\n\t ") {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}
