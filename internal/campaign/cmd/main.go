// Command campaign runs one of the project's campaigns: make campaign NAME=... [N=...].
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"scorehouse/internal/campaign"
)

func main() {
	name := flag.String("name", "", "campaign to run")
	n := flag.Int("n", 0, "number of tries; the campaign's default when 0")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	failed, err := campaign.Run(ctx, *name, *n, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if failed > 0 {
		os.Exit(1)
	}
}
