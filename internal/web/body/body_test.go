package body

import (
	"bytes"
	"compress/gzip"
	"hash/crc32"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// shared renders a piece in steps.
func shared(t *rapid.T, middle []byte) *Piece {
	step := rapid.IntRange(1, 100_000).Draw(t, "step")
	p, err := Compress(func(w io.Writer) error {
		for rest := middle; len(rest) > 0; rest = rest[min(step, len(rest)):] {
			if n, err := w.Write(rest[:min(step, len(rest))]); err != nil || n != min(step, len(rest)) {
				t.Fatalf("wrote %d, %v", n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestABodyIsTheSameHoweverItIsSent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		piece := func(name string) []byte {
			return bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(rt, name), rapid.IntRange(0, 40).Draw(rt, "times"))
		}
		b := Body{Head: piece("head")}
		want := b.Head
		if rapid.Bool().Draw(rt, "shared") {
			middle := bytes.Repeat(piece("middle"), rapid.IntRange(1, 200).Draw(rt, "long"))
			b.Tail, b.Middle = piece("tail"), shared(rt, middle)
			want = bytes.Join([][]byte{b.Head, middle, b.Tail}, nil)
		}
		plain, err := b.plain()
		if err != nil || !bytes.Equal(plain, want) || b.length() != len(want) {
			rt.Fatalf("plain: %d bytes, %v; want %d", len(plain), err, len(want))
		}
		r, err := gzip.NewReader(bytes.NewReader(b.gzipped()))
		if err != nil {
			rt.Fatal(err)
		}
		got, err := io.ReadAll(r) // checks sum and length, too
		if err != nil || !bytes.Equal(got, want) {
			rt.Fatalf("gzip: %d bytes, %v; want %d", len(got), err, len(want))
		}
		if got, want := joinedSum(crc32.ChecksumIEEE(b.Head), crc32.ChecksumIEEE(b.Tail), len(b.Tail)), crc32.ChecksumIEEE(append(bytes.Clone(b.Head), b.Tail...)); got != want {
			rt.Fatalf("sum %x, want %x", got, want)
		}
	})
}

func TestAnswersAreCompressedForThoseWhoTakeIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accept, site, kind string
		length             int
		want               bool
	}{
		{"gzip, deflate, br, zstd", "same-origin", "text/html; charset=utf-8", 5000, true},
		{"gzip", "none", "application/json", 5000, true},
		{"br;q=1.0, gzip;q=0.8", "", "text/csv; charset=utf-8", 5000, true},
		{"*", "", "text/html", 5000, true},
		{"GZIP ; q=1", "", "text/html", 5000, true},
		{"gzip;q=0", "", "text/html", 5000, false},
		{"br", "", "text/html", 5000, false},
		{"", "", "text/html", 5000, false},
		{"gzip", "cross-site", "text/html", 5000, false}, // what another site asks for
		{"gzip", "", "image/png", 5000, false},
		{"gzip", "", "text/html", 500, false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Encoding", c.accept)
		r.Header.Set("Sec-Fetch-Site", c.site)
		if got := compressible(r, c.kind, c.length); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
		w := httptest.NewRecorder()
		text := strings.Repeat("a", c.length)
		if err := (Body{Head: []byte(text)}).Write(w, r, c.kind, 200); err != nil {
			t.Fatal(err)
		}
		if (w.Header().Get("Content-Encoding") == "gzip") != c.want || (w.Body.String() == text) == c.want || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%+v: %v, %d bytes", c, w.Header(), w.Body.Len())
		}
	}
}

func TestAPageThatPanicsLeavesNothingRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // fails when a goroutine waits for ever
		defer func() { _ = recover() }()
		_, _ = Compress(func(w io.Writer) error {
			_, _ = w.Write(make([]byte, 1<<20))
			panic("in the middle of a page")
		})
	})
}
