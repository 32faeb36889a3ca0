package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"scorehouse/internal/config"
	"scorehouse/internal/pg"
)

func TestOnlyLandingZoneAndLoaderOpenWhatSendersSent(t *testing.T) {
	t.Parallel()
	file, home := installation(t, "parts")
	command(t, 0, "db", "upgrade", "--config", file)
	cfg := defaults(home)
	if err := config.Load(file, &cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Web.Listen, cfg.Landing.Listen, cfg.Metrics.Listen, cfg.Log.SyslogSocket = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0", ""
	cfg.Files.Directory = filepath.Join(home, "closed", "files")
	if err := os.WriteFile(filepath.Join(home, "closed"), nil, 0o600); err != nil { // in a file, so nobody can open it, root neither
		t.Fatal(err)
	}
	databases, err := pg.Open(cfg.Databases.config())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(databases.Close)
	for _, x := range allRoles {
		r, err := startRoles(t.Context(), databases, cfg, []role{x}, false, slog.New(slog.DiscardHandler))
		if err == nil {
			r.stop(context.WithoutCancel(t.Context()))
		}
		if opens := x == landingRole || x == loaderRole; (err != nil) != opens {
			t.Errorf("%s: %v; opens the files: %t", x, err, opens)
		}
	}
}
