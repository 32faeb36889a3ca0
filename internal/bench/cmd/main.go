// Command bench runs the project's benches: make bench [NAME=...].
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"

	"scorehouse/internal/bench"
)

func main() {
	name := flag.String("name", "", "bench to run; all when empty")
	flag.IntVar(&bench.WebLoad.Rate, "rate", bench.WebLoad.Rate, "bench web: requests a second")
	flag.DurationVar(&bench.WebLoad.Duration, "duration", bench.WebLoad.Duration, "bench web: how long")
	flag.IntVar(&bench.WebLoad.Students, "students", bench.WebLoad.Students, "bench web: students of the state")
	flag.IntVar(&bench.WebLoad.People, "people", bench.WebLoad.People, "bench web: people who are signed in")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := bench.Run(ctx, *name, os.Stdout, log); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
