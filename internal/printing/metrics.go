package printing

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"scorehouse/internal/pg"
)

// Collector tells monitoring how printing stands. It asks the control database each time, as the role of a web server may.
type Collector struct {
	pool   *pgxpool.Pool
	logger *slog.Logger
}

// NewCollector returns a collector over the control database.
func NewCollector(pool *pgxpool.Pool, logger *slog.Logger) *Collector {
	return &Collector{pool, logger}
}

func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("scorehouse_printing_"+name, help, append([]string{"tenant"}, labels...), nil)
}

var (
	jobsDesc    = described("jobs", "Bundles that people have asked for, by state.", "state")
	oldestDesc  = described("oldest_unfinished_timestamp_seconds", "When the oldest bundle that is not printed yet was asked for; absent when there is none.")
	readyDesc   = described("ready_bytes", "Size of the documents that wait to be collected.")
	classesDesc = described("ahead_classes", "Classes printed ahead: there, due, or failed in the last run.", "state")
	aheadDesc   = described("ahead_bytes", "Size of the documents printed ahead.")
	begunDesc   = described("ahead_begun_timestamp_seconds", "When the last run of printing ahead began; absent when there was none.")
	endedDesc   = described("ahead_finished_timestamp_seconds", "When the last run ended; absent while it runs.")
)

// Describe names the metrics.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobsDesc, oldestDesc, readyDesc, classesDesc, aheadDesc, begunDesc, endedDesc} {
		to <- d
	}
}

// statusTime is how long the database may take.
const statusTime = 5 * time.Second

// Collect gives the numbers; none when the database does not answer.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), statusTime)
	defer cancel()
	all, err := Stands(ctx, c.pool)
	if err != nil {
		c.logger.WarnContext(ctx, "printing: not counted for monitoring", "error", pg.Clean(err))
		return
	}
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	moment := func(d *prometheus.Desc, at *time.Time, tenant string) {
		if at != nil {
			gauge(d, float64(at.UnixMilli())/1000, tenant)
		}
	}
	for _, s := range all {
		tenant := string(s.Tenant)
		for state, n := range map[State]int{Waiting: s.Waiting, Printing: s.Printing, Ready: s.Ready, Failed: s.JobsFailed} {
			gauge(jobsDesc, float64(n), tenant, string(state))
		}
		for state, n := range map[string]int{"there": s.Kept, "due": s.Due, "failed": s.Failed} {
			gauge(classesDesc, float64(n), tenant, state)
		}
		gauge(readyDesc, float64(s.ReadyBytes), tenant)
		gauge(aheadDesc, float64(s.Bytes), tenant)
		moment(oldestDesc, s.Oldest, tenant)
		moment(begunDesc, s.BegunAt, tenant)
		moment(endedDesc, s.FinishedAt, tenant)
	}
}
