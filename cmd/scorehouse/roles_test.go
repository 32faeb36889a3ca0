package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"scorehouse/internal/config"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/printing"
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
	start := func(x role) error {
		r, err := startRoles(t.Context(), databases, cfg, []role{x}, false, slog.New(slog.DiscardHandler))
		if err == nil {
			r.stop(context.WithoutCancel(t.Context()))
		}
		return err
	}
	// The printer makes no keys, and needs the public one only.
	if err := start(printerRole); !fault.Is(err, fault.Invalid) {
		t.Errorf("a printer without a key: %v", err)
	}
	private := cfg.Printing.PrivateKey
	if err := printing.MakeKeys(private, cfg.Printing.PublicKey); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(private, private+".elsewhere"); err != nil {
		t.Fatal(err)
	}
	if err := start(printerRole); err != nil {
		t.Errorf("a printer with the public key alone: %v", err)
	}
	if _, err := os.Stat(private); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the printer has made a private key: %v", err)
	}
	if err := os.Rename(private+".elsewhere", private); err != nil {
		t.Fatal(err)
	}
	for _, x := range allRoles {
		err := start(x)
		if opens := x == landingRole || x == loaderRole; (err != nil) != opens {
			t.Errorf("%s: %v; opens the files: %t", x, err, opens)
		}
	}
}
