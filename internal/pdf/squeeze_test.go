package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
	"math/rand/v2"
	"testing"
)

// inflated reads a stream with the standard library.
func inflated(t testing.TB, b []byte) []byte {
	t.Helper()
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhatIsSqueezedComesBack(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 1))
	s := &squeezer{base: 1}
	s.base = 1<<30 - 100000 // so that it begins anew in the middle of the test
	for i := range 400 {
		b := make([]byte, rng.IntN(1<<(1+i%17)))
		letters := 1 + rng.IntN(256)
		for k := range b {
			b[k] = byte(rng.IntN(letters))
			if d := 1 + rng.IntN(40000); k > d && rng.IntN(3) == 0 {
				b[k] = b[k-d]
			}
		}
		for _, c := range []*codes{pageCodes, objectCodes} {
			if got := inflated(t, s.squeeze([]byte("before"), b, c)[len("before"):]); !bytes.Equal(got, b) {
				t.Fatalf("%d bytes of %d letters come back as %d others", len(b), letters, len(got))
			}
		}
	}
}

func FuzzSqueeze(f *testing.F) {
	f.Add([]byte("aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbb"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := inflated(t, (&squeezer{base: 1}).squeeze(nil, b, pageCodes)); !bytes.Equal(got, b) {
			t.Errorf("%q comes back as %q", b, got)
		}
	})
}
