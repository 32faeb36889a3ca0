package cache

import "github.com/prometheus/client_golang/prometheus"

var (
	bytesMetric   = prometheus.NewDesc("scorehouse_cache_bytes", "Memory of comparisons and pages that are kept, about.", nil, nil)
	limitMetric   = prometheus.NewDesc("scorehouse_cache_limit_bytes", "How much may be kept.", nil, nil)
	entriesMetric = prometheus.NewDesc("scorehouse_cache_entries", "Comparisons and pages that are kept.", nil, nil)
	askedMetric   = prometheus.NewDesc("scorehouse_cache_questions_total", "Questions to the cache, by whether it had the answer: hit or miss.", []string{"result"}, nil)
)

// Describe is part of prometheus.Collector.
func (c *Cache) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{bytesMetric, limitMetric, entriesMetric, askedMetric} {
		to <- d
	}
}

// Collect is part of prometheus.Collector.
func (c *Cache) Collect(to chan<- prometheus.Metric) {
	s := c.Stats()
	for d, n := range map[*prometheus.Desc]int{bytesMetric: s.Bytes, limitMetric: s.Limit, entriesMetric: s.Entries} {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(n))
	}
	to <- prometheus.MustNewConstMetric(askedMetric, prometheus.CounterValue, float64(s.Hits), "hit")
	to <- prometheus.MustNewConstMetric(askedMetric, prometheus.CounterValue, float64(s.Misses), "miss")
}
