package audit_test

import (
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/audit"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
)

// BenchmarkRecord tells what a record costs when 50 people ask as fast as they are answered, when 50 people ask for 1,000 a second together, and
// when one person asks. Anchors go to a PostgreSQL that syncs as it does in production.
func BenchmarkRecord(b *testing.B) {
	b.Run("50 people", func(b *testing.B) { benchmark(b, 50, 0) })
	b.Run("50 people, 1000 a second", func(b *testing.B) { benchmark(b, 50, 50*time.Millisecond) })
	b.Run("one person", func(b *testing.B) { benchmark(b, 1, 0) })
}

// durable returns a control database on the tests' server, which it makes sync as in production.
func durable(b *testing.B) *pgxpool.Pool {
	pgtest.Cluster(b) // no other server is changed
	pool := pgtest.New(b, schema.Control)
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		if _, err := pool.Exec(b.Context(), "alter system set "+setting+" to on"); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := pool.Exec(b.Context(), "select pg_reload_conf()"); err != nil {
		b.Fatal(err)
	}
	for on := ""; on != "on on"; {
		if err := pool.QueryRow(b.Context(), "select current_setting('fsync') || ' ' || current_setting('synchronous_commit')").Scan(&on); err != nil {
			b.Fatal(err)
		}
	}
	return pool
}

func benchmark(b *testing.B, people int, pause time.Duration) {
	keys, err := audit.OpenKey(filepath.Join(b.TempDir(), "audit.key"))
	if err != nil {
		b.Fatal(err)
	}
	l, err := audit.Open(b.Context(), audit.Config{Directory: b.TempDir(), Key: keys[0], Pool: durable(b), Role: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	if err := l.Record(b.Context(), reading(0)); err != nil { // the first begins the chain
		b.Fatal(err)
	}
	took := make([][]time.Duration, people)
	var all sync.WaitGroup
	b.ResetTimer()
	for p := range people {
		all.Go(func() {
			var tick <-chan time.Time
			if pause > 0 {
				ticker := time.NewTicker(pause)
				defer ticker.Stop()
				tick = ticker.C
			}
			for i := p; i < b.N; i += people {
				if tick != nil {
					<-tick
				}
				started := time.Now()
				if err := l.Record(b.Context(), reading(i)); err != nil {
					b.Error(err)
					return
				}
				took[p] = append(took[p], time.Since(started))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	waits := slices.Sorted(slices.Values(slices.Concat(took...)))
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "ms/median")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "ms/p99")
}
