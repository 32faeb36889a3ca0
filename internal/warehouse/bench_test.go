package warehouse_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/schema"
	"scorehouse/internal/warehouse"
)

// BenchmarkPublish publishes 200,000 rows of 100,000 known students, half of them superseding, into a warehouse of two
// million results, and then the same rows again. SCOREHOUSE_BENCH_PLANS=file writes the plans of slow statements there.
//
//	go test -run '^$' -bench Publish -benchtime 1x ./internal/warehouse
func BenchmarkPublish(b *testing.B) {
	owner := pgtest.New(b, schema.Warehouse)
	scratchPool := pgtest.Empty(b)
	pool := benchPool(b, pgtest.AsDSN(pgtest.DSN(owner), pg.Migrator))
	defer pool.Close()
	w := warehouse.NewWriter(pool)
	const known = 1_000_000
	id := int32(0)
	publish := func(name string, d bulk) {
		id++
		s := stageBulk(b, scratchPool, d)
		start, before := time.Now(), backendSeconds(b, pool)
		p, err := w.Publish(b.Context(), warehouse.Batch{ID: id, Rows: int64(d.students * 2)}, s)
		if err != nil {
			b.Fatal(err)
		}
		wall, cpu := time.Since(start).Seconds(), backendSeconds(b, pool)-before
		b.Logf("%s: %.2f s, %.2f s of the server's CPU, %s", name, wall, cpu, counts(p))
		b.ReportMetric(float64(p.Staged)/wall, name+"-rows/s")
		b.ReportMetric(float64(p.Staged)/cpu, name+"-rows/cpu-s")
	}
	for n := range 10 {
		publish("load", bulk{guid: "math", from: n * known / 10, students: known / 10, score: 1500})
	}
	if _, err := owner.Exec(b.Context(), "vacuum analyze"); err != nil {
		b.Fatal(err)
	}
	publish("half", bulk{guid: "math", from: 300_000, students: 100_000, score: 1510, half: true})
	publish("same", bulk{guid: "math", from: 300_000, students: 100_000, score: 1510, half: true})
	publish("all", bulk{guid: "math", from: 500_000, students: 100_000, score: 1520})
	publish("new", bulk{guid: "ela", from: 700_000, students: 100_000, score: 1520})
	publish("strangers", bulk{guid: "ela", from: 2_000_000, students: 100_000, score: 1520})
	publish("small", bulk{guid: "math", from: 400_000, students: 500, score: 1520})
	b.ReportMetric(0, "ns/op")
}

// backendSeconds returns the processor time of the pool's one connection on the server: what counts on a machine that others use too.
func backendSeconds(b *testing.B, pool *pgxpool.Pool) float64 {
	var pid int
	if err := pool.QueryRow(b.Context(), "select pg_backend_pid()").Scan(&pid); err != nil {
		b.Fatal(err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skip(err)
	}
	var user, system float64
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	return (user + system) / 100
}

func benchPool(b *testing.B, dsn string) *pgxpool.Pool {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		b.Fatal(err)
	}
	cfg.MaxConns = 1
	if plans := os.Getenv("SCOREHOUSE_BENCH_PLANS"); plans != "" {
		f, err := os.Create(plans)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { f.Close() })
		for name, value := range map[string]string{"session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "20", "auto_explain.log_analyze": "on",
			"auto_explain.log_timing": "off", "client_min_messages": "log"} {
			cfg.ConnConfig.RuntimeParams[name] = value
		}
		cfg.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { fmt.Fprintln(f, n.Message) }
	}
	pool, err := pgxpool.NewWithConfig(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	return pool
}

// bulk is a delivery of two results per student, on two days. In half of them, every other student's are on days not seen yet.
type bulk struct {
	guid           string
	from, students int
	score          int
	half           bool
}

func stageBulk(b *testing.B, pool *pgxpool.Pool, d bulk) *scratch {
	b.Helper()
	s := &scratch{pool: pool, schema: fmt.Sprintf("scratch_%d", schemas.Add(1))}
	a := math7
	a.GUID = d.guid
	document, err := json.Marshal(a)
	if err != nil {
		b.Fatal(err)
	}
	later := "0"
	if d.half {
		later = "n % 2 * 10"
	}
	sql := "create schema SCHEMA;"
	for table, columns := range stagedColumns {
		sql += fmt.Sprintf("create table SCHEMA.%s (%s);", table, columns)
	}
	sql += `insert into SCHEMA.assessment values ('DOCUMENT');
		insert into SCHEMA.school select n, 'D' || n / 10, 'District ' || n / 10, 'S' || n, 'School ' || n from generate_series(AT / 500, (AT + STUDENTS - 1) / 500) n;
		insert into SCHEMA.student select n * 2 + 2, md5(n::text), null, 'First' || n % 1000, null, 'Last' || n % 3000, date '2010-01-01' + n % 3000, 1 + n % 2, '{g1,g2}', '{Orchestra,Chess}'
			from generate_series(AT, AT + STUDENTS - 1) n;
		insert into SCHEMA.outcome select n * 2 + 2 + k, 1, md5(n::text), n / 500, date '2026-05-01' + k + LATER, 'L' || n / 500, 'Room', 3 + n % 6, 3 + n % 6,
			SCORE + n % 600, SCORE + n % 600 - 20, SCORE + n % 600 + 20, 1 + n % 4, 1 + n % 2, n % 8, 1, 1, 1, 1, 1 + n % 2, 1, 2, 0,
			array[1500, 1480, 1520, 2, 1600, 1580, 1620, 3, 1500, 1480, 1520, 2, 1600, 1580, 1620, 3]::smallint[], null
			from generate_series(AT, AT + STUDENTS - 1) n, generate_series(0, 1) k;`
	sql = strings.NewReplacer("SCHEMA", s.schema, "DOCUMENT", string(document), "AT", fmt.Sprint(d.from), "STUDENTS", fmt.Sprint(d.students),
		"LATER", later, "SCORE", fmt.Sprint(d.score)).Replace(sql)
	if _, err := pool.Exec(b.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		b.Fatal(err)
	}
	return s
}
