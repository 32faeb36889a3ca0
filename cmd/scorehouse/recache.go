package main

import (
	"context"
	"os"

	"scorehouse/internal/fault"
	"scorehouse/internal/web"
)

// triggerSection has the names of the runbook's settings (7.8).
type triggerSection struct {
	Recache recacheSection `yaml:"recache" doc:"The cache warmer: each web server computes comparisons before anybody asks, after each publication and once a day."`
}

type recacheSection struct {
	Enable   bool           `yaml:"enable" doc:"Whether it does. Default true; without it the first who asks after a publication waits some milliseconds longer."`
	Schedule recacheCron    `yaml:"schedule" doc:"When it does so besides."`
	Filter   recacheFilters `yaml:"filter" doc:"With which filters."`
}

type recacheCron struct {
	Cron struct {
		Hour   int `yaml:"hour" doc:"Hour of the day, in the machine's time zone; -1: only after publications. Default 4."`
		Minute int `yaml:"minute" doc:"Minute of the hour. Default 15."`
	} `yaml:"cron" doc:"A time of the day."`
}

type recacheFilters struct {
	File string `yaml:"file" doc:"File with lists of filters: comparing_populations_precache_filters.json (docs/operations/settings.md). It is read at the start. Default empty: comparisons without filters only."`
}

func defaultTrigger() triggerSection {
	t := triggerSection{Recache: recacheSection{Enable: true}}
	t.Recache.Schedule.Cron.Hour, t.Recache.Schedule.Cron.Minute = 4, 15
	return t
}

// Validate checks the time and the file.
func (s triggerSection) Validate() error {
	if at := s.Recache.Schedule.Cron; at.Hour < -1 || at.Hour > 23 || at.Minute < 0 || at.Minute > 59 {
		return fault.New(fault.Invalid, "recache.schedule.cron: hour is 0 to 23, or -1 for never; minute is 0 to 59")
	}
	_, err := s.Recache.warming()
	return err
}

// warming reads the file of filters.
func (s recacheSection) warming() (web.Warming, error) {
	w := web.Warming{Hour: s.Schedule.Cron.Hour, Minute: s.Schedule.Cron.Minute}
	if s.Filter.File == "" {
		return w, nil
	}
	text, err := os.ReadFile(s.Filter.File)
	if err != nil {
		return w, fault.Wrap(fault.Invalid, err, "recache.filter.file cannot be read")
	}
	w.Filters, err = web.ParseWarmFilters(text)
	return w, err
}

// startWarming computes comparisons ahead for as long as the web server runs.
func (r *roles) startWarming(ctx context.Context, server *web.Server) error {
	if !r.cfg.Trigger.Recache.Enable {
		return nil
	}
	w, err := r.cfg.Trigger.Recache.warming()
	if err != nil {
		return err
	}
	r.run("cache warmer", func() error { return server.Warm(ctx, w) })
	return nil
}
