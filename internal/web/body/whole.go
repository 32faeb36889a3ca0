package body

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// Whole is a body that is the same for many readers: it is compressed once, and sent as it is kept. Nothing changes it.
type Whole struct {
	packed []byte // gzip
	length int    // before
	tag    string
}

// Keep renders a body to be kept.
func Keep(render func(io.Writer) error) (*Whole, error) {
	b, err := Render(func(to *bytes.Buffer) error { return render(to) })
	defer b.Done()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b.Head)
	return &Whole{packed: b.gzipped(), length: len(b.Head), tag: `W/"` + hex.EncodeToString(sum[:12]) + `"`}, nil
}

// Size is about how many bytes it takes in memory.
func (b *Whole) Size() int { return cap(b.packed) + 128 }

// Tag is an entity tag of its bytes: the same on every server.
func (b *Whole) Tag() string { return b.tag }

// Write sends the body as the answer to a request, packed where the reader takes it. kind is its media type. An answer to HEAD has no bytes. An error says that
// nothing has been sent.
func (b *Whole) Write(w http.ResponseWriter, r *http.Request, kind string) error {
	out := b.packed
	if compressible(r, kind, b.length) {
		w.Header().Set("Content-Encoding", "gzip")
	} else {
		unpacked, err := gzip.NewReader(bytes.NewReader(b.packed))
		if err == nil {
			out, err = io.ReadAll(unpacked)
		}
		if err != nil {
			return fmt.Errorf("unpack a kept body: %w", err)
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	w.Header().Add("Vary", "Accept-Encoding")
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out) // a reader who has gone is no error of ours
	}
	return nil
}
