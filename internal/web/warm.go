package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"scorehouse/internal/fault"
	"scorehouse/internal/report"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/web/layout"
)

// Warming says what is computed before anybody asks for it, and when besides after each publication.
type Warming struct {
	Filters      WarmFilters
	Hour, Minute int // of the day, local time; an Hour below 0 leaves it at publications
}

// WarmFilters are the filters of comparisons that are computed ahead: of states ("state"), of their districts ("district"), and instead of these of single
// tenants ("tamarack.state").
type WarmFilters map[string][]report.Filters

// ParseWarmFilters reads the file comparing_populations_precache_filters.json (runbook 7.8): lists of filters, which have the names and values of page addresses.
func ParseWarmFilters(file []byte) (WarmFilters, error) {
	var lists map[string][]map[string][]string
	if err := json.Unmarshal(file, &lists); err != nil {
		return nil, fault.New(fault.Invalid, "filters to compute ahead: the file is not lists of filters, such as {\"state\": [{\"grade\": [\"03\"]}]}: %v", err)
	}
	all := WarmFilters{}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		if name != "state" && name != "district" && !strings.HasSuffix(name, ".state") && !strings.HasSuffix(name, ".district") {
			return nil, fault.New(fault.Invalid, "filters to compute ahead: %q is neither state, district nor one of them after the name of a tenant and a full stop", name)
		}
		all[name] = []report.Filters{}
		for _, set := range lists[name] {
			for parameter := range set {
				if !slices.Contains(filterParameters, parameter) {
					return nil, fault.New(fault.Invalid, "filters to compute ahead: %s: there is no filter %q; there are %s", name, parameter, strings.Join(filterParameters, ", "))
				}
			}
			f, err := parseFilters(layout.Address{Query: url.Values(set)})
			if err != nil {
				return nil, fault.New(fault.Invalid, "filters to compute ahead: %s: a value of %v means nothing", name, set)
			}
			all[name] = append(all[name], f)
		}
	}
	return all, nil
}

// of returns the filters for a level of a tenant: its own list, else that of all.
func (w WarmFilters) of(id tenant.ID, level string) []report.Filters {
	if own, ok := w[string(id)+"."+level]; ok {
		return own
	}
	return w[level]
}

// lookForVersions is how often the warmer looks for publications. A version is warmed when it was the newest at two looks, so that it does not run after each of many.
const lookForVersions = 2 * time.Second

// Warm computes comparisons ahead, after each publication and once a day, until ctx ends. What fails is logged, and computed when somebody asks.
func (s *Server) Warm(ctx context.Context, w Warming) error {
	type state struct{ seen, warmed int }
	states := map[tenant.ID]*state{}
	daily := w.next(time.Now())
	tick := time.NewTicker(lookForVersions)
	defer tick.Stop()
	for {
		all, err := s.tenants.all(ctx)
		if err != nil && ctx.Err() == nil {
			s.logger.Warn("cache warmer: tenants are not known", "error", err)
		}
		due := !daily.IsZero() && time.Now().After(daily)
		for _, t := range all {
			if states[t.ID] == nil {
				states[t.ID] = &state{-1, -1}
			}
			known := states[t.ID]
			version, err := s.versionOf(ctx, t)
			if err == nil && (due || version == known.seen && version != known.warmed) {
				if err = s.warm(ctx, t, w); err == nil {
					known.warmed = version
				}
			}
			known.seen = version
			if err != nil && ctx.Err() == nil {
				s.logger.Warn("cache warmer", "tenant", t.ID, "error", err)
			}
		}
		if due {
			daily = w.next(time.Now())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// next is when the day's run is due after an instant; zero for never.
func (w Warming) next(now time.Time) time.Time {
	if w.Hour < 0 {
		return time.Time{}
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), w.Hour, w.Minute, 0, 0, now.Location())
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

func (s *Server) versionOf(ctx context.Context, t tenant.Tenant) (int, error) {
	reports, _, err := s.reports.of(ctx, t)
	if err != nil {
		return 0, err
	}
	return reports.Version(ctx)
}

// warm computes the comparisons of a tenant: of the state in each year, and with each filter; then of each district likewise, in the newest year, as long as
// there is room. It ends early when a newer version has come.
func (s *Server) warm(ctx context.Context, t tenant.Tenant, w Warming) error {
	reports, _, err := s.reports.of(ctx, t)
	if err != nil {
		return err
	}
	began, computed := time.Now(), 0
	exact := scope.Scope{Tenant: t.ID, Aggregates: true, AllStudents: true} // what is kept is the same for all
	first, err := reports.ComparingPopulations(ctx, exact, report.ComparisonQuestion{})
	if err != nil || first.Version == 0 {
		return err
	}
	for q := range s.ahead(t.ID, first, w) {
		r, err := reports.ComparingPopulations(ctx, exact, q)
		if err != nil {
			return fmt.Errorf("computed %d: %w", computed, err)
		}
		computed++
		if stats := s.cache.Stats(); r.Version != first.Version || stats.Bytes > stats.Limit/2 {
			break
		}
	}
	s.logger.LogAttrs(ctx, slog.LevelInfo, "comparisons computed ahead", slog.String("tenant", string(t.ID)), slog.Int("version", first.Version),
		slog.Int("comparisons", computed), slog.Duration("took", time.Since(began)))
	return nil
}

// ahead yields what is asked most first.
func (s *Server) ahead(id tenant.ID, state report.Comparison, w Warming) func(func(report.ComparisonQuestion) bool) {
	return func(yield func(report.ComparisonQuestion) bool) {
		var questions []report.ComparisonQuestion
		for _, year := range state.Years {
			questions = append(questions, report.ComparisonQuestion{Year: year})
		}
		for _, f := range w.Filters.of(id, "state") {
			questions = append(questions, report.ComparisonQuestion{Filters: f})
		}
		for _, district := range state.Rows {
			questions = append(questions, report.ComparisonQuestion{District: district.ID})
		}
		for _, f := range w.Filters.of(id, "district") {
			for _, district := range state.Rows {
				questions = append(questions, report.ComparisonQuestion{District: district.ID, Filters: f})
			}
		}
		for _, q := range questions {
			if !yield(q) {
				return
			}
		}
	}
}
