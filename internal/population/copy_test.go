package population

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
)

// copied is a small binary COPY of two columns: a number, and a text or null.
func copied() []byte {
	b := append(bytes.Clone(copySignature), 0, 0, 0, 0, 0, 0, 0, 2, 'x', 'y') // an extension of two bytes
	b = append(b, 0, 2, 0, 0, 0, 2, 0, 7, 0, 0, 0, 4, 'M', 'a', 't', 'h')
	b = append(b, 0, 2, 0, 0, 0, 2, 0, 8, 0xff, 0xff, 0xff, 0xff)
	return append(b, 0xff, 0xff)
}

// read decodes b, cut into pieces of a length, and returns the rows as text.
func read(b []byte, columns, piece int) (rows []string, err error) {
	d := &copyDecoder{columns: columns, row: func(f [][]byte) error {
		rows = append(rows, fmt.Sprintf("%q", f))
		return nil
	}}
	for p := range slices.Chunk(b, piece) {
		if _, err := d.Write(p); err != nil {
			return rows, err
		}
	}
	return rows, d.Close()
}

func TestACopyIsReadHoweverItIsCut(t *testing.T) {
	t.Parallel()
	b := copied()
	want := []string{`["\x00\a" "Math"]`, `["\x00\b" ""]`}
	for piece := 1; piece <= len(b); piece++ {
		if got, err := read(b, 2, piece); err != nil || !slices.Equal(got, want) {
			t.Errorf("in pieces of %d: got %q, %v, want %q", piece, got, err, want)
		}
	}
}

func TestACopyThatIsCutShortOrForeignIsAnError(t *testing.T) {
	t.Parallel()
	b := copied()
	for n := range len(b) {
		if _, err := read(b[:n], 2, len(b)); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("the first %d bytes: got %v, want an unexpected end", n, err)
		}
	}
	flags := bytes.Clone(b)
	flags[len(copySignature)+1] = 1 // ids of rows, which no server sends any more
	for name, b := range map[string][]byte{
		"text":                 []byte("1\tMath\n2\t\\N\n"),
		"flags":                flags,
		"something afterwards": append(bytes.Clone(b), 0),
		"a huge field":         append(bytes.Clone(b[:len(b)-2]), 0, 2, 0x7f, 0xff, 0xff, 0xff),
		"a negative length":    append(bytes.Clone(b[:len(b)-2]), 0, 2, 0xff, 0xff, 0xff, 0xfe),
	} {
		if _, err := read(b, 2, len(b)); !errors.Is(err, errFormat) {
			t.Errorf("%s: got %v, want an error of the format", name, err)
		}
	}
	if _, err := read(b, 3, len(b)); !errors.Is(err, errFormat) {
		t.Errorf("with another number of columns: got %v, want an error of the format", err)
	}
}

func FuzzCopy(f *testing.F) {
	f.Add(copied(), 3)
	f.Add(copied()[:30], 30)
	f.Add(binary.BigEndian.AppendUint32(bytes.Clone(copySignature), 1<<31), 1)
	f.Fuzz(func(t *testing.T, b []byte, piece int) {
		whole, wholeErr := read(b, 2, max(len(b), 1))
		pieces, piecesErr := read(b, 2, max(piece, 1))
		if (wholeErr == nil) != (piecesErr == nil) || !slices.Equal(whole, pieces) {
			t.Errorf("whole: %q, %v; in pieces of %d: %q, %v", whole, wholeErr, piece, pieces, piecesErr)
		}
	})
}
