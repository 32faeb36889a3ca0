package delivery_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"scorehouse/internal/delivery"
	"scorehouse/internal/sample"
)

func halfAnHourAgo() time.Time { return time.Now().Add(-30 * time.Minute) }

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// smallLimits keep the fuzzer from spending its time on bombs.
var smallLimits = delivery.Limits{Archive: 1 << 20, Metadata: 1 << 10, Members: 8}

// FuzzInspect reads anything for a file: whatever comes, it ends as a problem of the sender, and never as a panic.
func FuzzInspect(f *testing.F) {
	f.Add([]byte("-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n"))
	f.Add([]byte{0xc1, 0xc0, 0x4c, 0x03})
	f.Add([]byte{0x85, 0x01})
	f.Add(sample.Seal(f, sample.TarGz(f, sample.Files(csvText, jsonText)...), sample.Sealing{}))
	f.Add(sample.Seal(f, sample.TarGz(f, sample.Files(csvText, jsonText)...), sample.Sealing{Armor: true}))
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := delivery.Inspect(context.Background(), opener(content), keys(), smallLimits)
		var p *delivery.Problem
		if err != nil && !errors.As(err, &p) {
			t.Fatalf("not a problem: %v", err)
		}
	})
}

// FuzzArchive seals anything as if it were an archive.
func FuzzArchive(f *testing.F) {
	whole := sample.TarGz(f, sample.Files(csvText, jsonText)...)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff})
	f.Add(sample.TarGz(f, sample.Member{Name: "x.csv", Body: csvText}, sample.Member{Name: "../x.json", Body: jsonText}))
	f.Fuzz(func(t *testing.T, archive []byte) {
		c, err := delivery.Inspect(context.Background(), opener(sample.Seal(t, archive, sample.Sealing{})), keys(), smallLimits)
		var p *delivery.Problem
		if err != nil {
			if !errors.As(err, &p) {
				t.Fatalf("not a problem: %v", err)
			}
			return
		}
		var csv bytes.Buffer
		if err := c.Stream(context.Background(), func(r io.Reader) error { _, err := io.Copy(&csv, r); return err }); err != nil {
			t.Fatalf("accepted in pass 1, refused in pass 2: %v", err)
		}
		if int64(csv.Len()) != c.CSVSize {
			t.Fatalf("%d bytes of CSV announced, %d read", c.CSVSize, csv.Len())
		}
	})
}
