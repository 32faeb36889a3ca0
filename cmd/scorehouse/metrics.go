package main

import (
	"context"
	"errors"
	"net"
	"syscall"

	"scorehouse/internal/control"
	"scorehouse/internal/fault"
	"scorehouse/internal/metrics"
	"scorehouse/internal/population"
	"scorehouse/internal/printing"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web"
)

type metricsSection struct {
	Listen string `yaml:"listen" doc:"Address at which a process with a web server answers GET /metrics, for Prometheus. Whoever reaches it reads it without signing in (memory, times, names of tenants; nothing about a person): beyond the loopback only in a network of operators. Empty answers nowhere. When the address is in use already, the process says so in its log and goes on without: give each of several web servers on a machine an address of its own. Default 127.0.0.1:9464."`
}

// Validate checks the address.
func (s metricsSection) Validate() error {
	if _, _, err := net.SplitHostPort(s.Listen); err != nil && s.Listen != "" {
		return fault.New(fault.Invalid, "listen %q is not an address such as 127.0.0.1:9464", s.Listen)
	}
	return nil
}

// startCounting keeps the population index of every tenant, and answers /metrics. The web server does not wait for either: SQL counts until an index is built.
func (r *roles) startCounting(ctx context.Context, p *part, o *web.Options) error {
	numbers := metrics.New(versionText())
	indexes := population.NewIndexes(population.IndexesConfig{Tenants: control.NewTenants(p.databases), Warehouses: p.databases, Log: r.log})
	numbers.Register(indexes)
	numbers.Register(o.Cache)
	numbers.Register(printing.NewCollector(p.control, r.log))
	o.Observe = numbers.Request
	o.Counter = func(id tenant.ID, reader *warehouse.Reader) report.Counter { return indexes.Of(id, reader) }
	if r.cfg.Metrics.Listen != "" {
		listener, err := net.Listen("tcp", r.cfg.Metrics.Listen)
		switch {
		case errors.Is(err, syscall.EADDRINUSE): // monitoring stops no product: another web server of this machine has it, as a rule
			r.log.WarnContext(ctx, "no metrics from this process", "error", explainListen(err, r.cfg.Metrics.Listen, "--metrics-listen"))
		case err != nil:
			return explainListen(err, r.cfg.Metrics.Listen, "--metrics-listen")
		default:
			r.metricsListener = listener
			r.run("metrics", func() error { return numbers.Serve(ctx, listener, r.log) })
		}
	}
	r.run("population indexes", func() error { return indexes.Run(ctx) })
	return nil
}
