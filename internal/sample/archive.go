package sample

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"testing"
	"time"
)

// Member is one member of an archive. Type is a tar type flag, 0 for a plain file; Link is the target of a link.
type Member struct {
	Name string
	Body string
	Type byte
	Link string
}

// Files returns the two members of a package.
func Files(csv, json string) []Member {
	return []Member{{Name: "results.csv", Body: csv}, {Name: "results.json", Body: json}}
}

// TarGz returns a gzip-compressed tar archive.
func TarGz(t testing.TB, members ...Member) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, m := range members {
		h := &tar.Header{Name: m.Name, Typeflag: m.Type, Linkname: m.Link, Mode: 0o644, Size: int64(len(m.Body)), ModTime: time.Unix(1_770_000_000, 0)}
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.Body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
