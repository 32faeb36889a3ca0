// Package bench measures Scorehouse against real alternatives and prints figures, one JSON object a line.
//
// `make bench NAME=ingest` runs one bench, `make bench` all. A bench never fails because the machine is slow; it fails when
// what it measures gives wrong results. Figures that compare name what they compare against and the ratio (bigger is better
// for us), measured in the same run. docs/performance.md keeps the figures with the command that made them.
package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// Figure is one measured number.
type Figure struct {
	Name    string  `json:"name"`              // "ingest.staged"
	Value   float64 `json:"value"`             // in Unit
	Unit    string  `json:"unit"`              // "rows/s"
	Against string  `json:"against,omitempty"` // what it is compared with
	Ratio   float64 `json:"ratio,omitempty"`   // how many times better than Against
	Detail  string  `json:"detail,omitempty"`  // size of the input, seconds
}

// Bench is one measurement, which may print several figures.
type Bench struct {
	Name string
	Help string
	Run  func(ctx context.Context, log *slog.Logger, print func(Figure)) error
}

// All lists the benches in the order of the path of data.
var All = []Bench{ingest, access, countPopulation, pages, publicPages, webLoad, printing, bundled, disclosing}

// Run runs the named bench, or all when name is empty, and writes each figure as a line of JSON as soon as it is known.
func Run(ctx context.Context, name string, w io.Writer, log *slog.Logger) error {
	chosen := All
	if name != "" {
		i := slices.IndexFunc(All, func(b Bench) bool { return b.Name == name })
		if i < 0 {
			return fmt.Errorf("there is no bench %q", name)
		}
		chosen = All[i : i+1]
	}
	encoder := json.NewEncoder(w)
	for _, b := range chosen {
		var failed error
		err := b.Run(ctx, log, func(f Figure) {
			if err := encoder.Encode(f); err != nil {
				failed = err
			}
		})
		if err == nil {
			err = failed
		}
		if err != nil {
			return fmt.Errorf("bench %s: %w", b.Name, err)
		}
	}
	return nil
}
