package load_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"scorehouse/internal/batch"
	"scorehouse/internal/delivery"
	"scorehouse/internal/feed"
	"scorehouse/internal/keyring"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/synth"
)

const benchRows = 200_000

// benchPackage returns a synthetic package with the keys that open it.
func benchPackage(b *testing.B, rows int) ([]byte, synth.Package, delivery.Keys) {
	b.Helper()
	keys, err := synth.GenerateKeys()
	if err != nil {
		b.Fatal(err)
	}
	p := synth.New(synth.Config{Seed: 1}).BenchPackage(rows)
	var out bytes.Buffer
	if err := synth.Pack(&out, p, keys.Sender, keys.Loader); err != nil {
		b.Fatal(err)
	}
	private, err := synth.ArmorPrivate(keys.Loader, nil)
	if err != nil {
		b.Fatal(err)
	}
	public, err := synth.ArmorPublic(keys.Sender)
	if err != nil {
		b.Fatal(err)
	}
	one := func(armored []byte) []keyring.Key {
		list, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(armored))
		if err != nil {
			b.Fatal(err)
		}
		return []keyring.Key{{Entity: list[0]}}
	}
	return out.Bytes(), p, delivery.Keys{Loader: one(private), Senders: one(public)}
}

// report prints rows per second of wall clock and of this process's processor time (the server's is not in it).
func report(b *testing.B, rows int, cpuBefore float64) {
	b.ReportMetric(float64(b.N*rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(b.N*rows)/(processorSeconds(b)-cpuBefore), "rows/cpu-s")
}

func processorSeconds(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// serverSeconds returns the processor time that the test's PostgreSQL server has used, its finished processes included.
func serverSeconds(b *testing.B) float64 {
	b.Helper()
	postmaster := strconv.Itoa(pgtest.Cluster(b).PID())
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	ticks := 0
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, after, _ := strings.Cut(string(text), ") ")
		f := strings.Fields(after) // f[0] is the third field of proc(5)
		own := filepath.Base(filepath.Dir(name)) == postmaster
		if !own && f[1] != postmaster {
			continue
		}
		last := 13
		if own {
			last = 15
		}
		for _, field := range f[11:last] {
			n, err := strconv.Atoi(field)
			if err != nil {
				b.Fatal(err)
			}
			ticks += n
		}
	}
	return float64(ticks) / 100
}

// BenchmarkFileToStaged is the whole path of this package: from the encrypted file to sealed rows.
func BenchmarkFileToStaged(b *testing.B) {
	w := newWorld(b)
	content, _, keys := benchPackage(b, benchRows)
	w.keys.loader, w.keys.senders = keys.Loader, keys.Senders
	var last batch.ID
	before, server := processorSeconds(b), serverSeconds(b)
	for b.Loop() {
		b.StopTimer()
		id := w.arrive(content)
		last = id
		b.StartTimer()
		if err := w.work(b.Context(), id, 1); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if s := w.story(id).Batch; s.Status != batch.Staged || *s.RowsAccepted != benchRows {
			b.Fatalf("%s with %d rows: %s", s.Status, *s.RowsAccepted, s.Reason)
		} else if err := w.staging.Drop(b.Context(), s.StagingSchema); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	report(b, benchRows, before)
	b.ReportMetric(float64(b.N*benchRows)/(serverSeconds(b)-server), "rows/server-cpu-s")
	w.phases(b, last)
}

// phases prints how long the stages of the last batch took.
func (w *world) phases(b *testing.B, id batch.ID) {
	b.Helper()
	for _, e := range w.story(id).Events {
		b.Logf("%-6s %s", e.Stage, e.Finished.Sub(e.Started).Round(1e6))
	}
}

// BenchmarkInspect is pass 1.
func BenchmarkInspect(b *testing.B) {
	content, _, keys := benchPackage(b, benchRows)
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	before := processorSeconds(b)
	for b.Loop() {
		if _, err := delivery.Inspect(b.Context(), open, keys, delivery.Limits{}); err != nil {
			b.Fatal(err)
		}
	}
	report(b, benchRows, before)
}

// BenchmarkCheck is reading, checking and encoding rows, without OpenPGP and database.
func BenchmarkCheck(b *testing.B) {
	p := synth.New(synth.Config{Seed: 1}).BenchPackage(benchRows)
	var csv bytes.Buffer
	if err := p.WriteCSV(&csv); err != nil {
		b.Fatal(err)
	}
	m, problems := feed.ParseMetadata(p.Metadata)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	before := processorSeconds(b)
	var buf []byte
	b.SetBytes(int64(csv.Len()))
	for b.Loop() {
		result, err := feed.Check(bytes.NewReader(csv.Bytes()), feed.Options{Assessment: m.Assessment, State: "TK"}, func(r *feed.Row) error {
			buf = feed.AppendOutcome(buf[:0], r, 1, len(m.Assessment.Claims))
			buf = feed.AppendStudent(buf, r)
			return nil
		})
		if err != nil || result.Accepted != benchRows {
			b.Fatal(err, result)
		}
	}
	report(b, benchRows, before)
}
