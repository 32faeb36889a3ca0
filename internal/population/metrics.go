package population

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// What is told to monitoring. docs/operations/metrics.md explains it to operators.
var (
	bytesMetric     = prometheus.NewDesc("scorehouse_population_bytes", "Memory of a year in the newest version of a tenant's index.", []string{"tenant", "year"}, nil)
	resultsMetric   = prometheus.NewDesc("scorehouse_population_results", "Results that count in a year in the newest version of a tenant's index.", []string{"tenant", "year"}, nil)
	heldBytesMetric = prometheus.NewDesc("scorehouse_population_held_bytes", "Memory of all versions that a tenant's index holds.", []string{"tenant"}, nil)
	versionMetric   = prometheus.NewDesc("scorehouse_population_version", "Newest version of the warehouse that a tenant's index holds, 0 when SQL answers everything.", []string{"tenant"}, nil)
	questionsMetric = prometheus.NewDesc("scorehouse_population_questions_total", "Questions about a tenant's numbers, by what answered: index, or sql where the index could not.", []string{"tenant", "by"}, nil)
	makingMetric    = prometheus.NewDesc("scorehouse_population_making_seconds", "Time that making versions of a tenant's index took: build out of all results, follow out of what was published.", []string{"tenant", "how"}, nil)
	lastMetric      = prometheus.NewDesc("scorehouse_population_last_making_seconds", "Time that the last version made in this way took.", []string{"tenant", "how"}, nil)
	failuresMetric  = prometheus.NewDesc("scorehouse_population_failures_total", "Attempts to bring a tenant's index up to date that failed.", []string{"tenant"}, nil)
	freshMetric     = prometheus.NewDesc("scorehouse_population_fresh_timestamp_seconds", "When a tenant's index was last seen to hold the newest version; 0 before the first time.", []string{"tenant"}, nil)
)

// Describe implements prometheus.Collector.
func (x *Indexes) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{bytesMetric, resultsMetric, heldBytesMetric, versionMetric, questionsMetric, makingMetric, lastMetric, failuresMetric, freshMetric} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (x *Indexes) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	for id, s := range x.Stats() {
		tenant := string(id)
		for _, y := range s.Years {
			year := strconv.Itoa(int(y.Year))
			gauge(bytesMetric, float64(y.Bytes), tenant, year)
			gauge(resultsMetric, float64(y.Results), tenant, year)
		}
		gauge(heldBytesMetric, float64(s.Bytes), tenant)
		gauge(versionMetric, float64(s.Version), tenant)
		counter(questionsMetric, float64(s.Answered), tenant, "index")
		counter(questionsMetric, float64(s.PassedOn), tenant, "sql")
		for how, m := range map[string]Making{"build": s.Build, "follow": s.Follow} {
			to <- prometheus.MustNewConstSummary(makingMetric, uint64(m.Times), m.Took.Seconds(), nil, tenant, how)
			gauge(lastMetric, m.Last.Seconds(), tenant, how)
		}
		counter(failuresMetric, float64(s.Failures), tenant)
		fresh := 0.0
		if !s.Fresh.IsZero() {
			fresh = float64(s.Fresh.UnixMilli()) / 1000
		}
		gauge(freshMetric, fresh, tenant)
	}
}
