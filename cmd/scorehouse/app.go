package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/config"
	"scorehouse/internal/control"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
)

// app is what every command needs: a context that ends on Ctrl-C, the configuration and the databases, each opened when first asked for.
type app struct {
	ctx            context.Context
	configFile     string
	stdout, stderr io.Writer

	cfg       *configuration
	databases *pg.Databases
}

func (a *app) configuration() (configuration, error) {
	if a.cfg != nil {
		return *a.cfg, nil
	}
	cfg := defaults(installedHome)
	if err := config.Load(findConfig(a.configFile), &cfg); err != nil {
		return cfg, err
	}
	a.cfg = &cfg
	return cfg, nil
}

func (a *app) open() (*pg.Databases, error) {
	if a.databases != nil {
		return a.databases, nil
	}
	cfg, err := a.configuration()
	if err != nil {
		return nil, err
	}
	a.databases, err = pg.Open(cfg.Databases.config())
	return a.databases, err
}

// control opens the control database for an operator's command, as the owner, and says clearly when it does not answer.
func (a *app) control() (*pgxpool.Pool, error) {
	databases, err := a.open()
	if err != nil {
		return nil, err
	}
	if err := a.answers(databases); err != nil {
		return nil, err
	}
	return databases.Control(a.ctx)
}

// answers tries the control database.
func (a *app) answers(databases *pg.Databases) error {
	pool, err := databases.Control(a.ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(a.ctx, 5*time.Second)
	defer cancel()
	if err := pool.Ping(ctx); err != nil {
		return fault.Wrap(fault.Unavailable, pg.Clean(err), "the control database named in %s does not answer as %s (is the installation, or the demo, running?)",
			findConfig(a.configFile), pool.Config().ConnConfig.User)
	}
	return nil
}

func (a *app) tenants() (*control.Tenants, error) {
	if _, err := a.control(); err != nil {
		return nil, err
	}
	return control.NewTenants(a.databases), nil
}

func (a *app) close() {
	if a.databases != nil {
		a.databases.Close()
	}
}

// logger writes structured lines for an operator's log collector.
func (a *app) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(a.stderr, nil))
}

// demoHome is where the demo keeps everything unless --home says otherwise: a place that the unprivileged user PostgreSQL
// runs as may enter, so never below root's home.
func demoHome() string {
	if os.Geteuid() == 0 {
		return "/var/tmp/scorehouse-demo"
	}
	if state := os.Getenv("XDG_STATE_HOME"); state != "" {
		return filepath.Join(state, "scorehouse-demo")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return filepath.Join(os.TempDir(), "scorehouse-demo")
	}
	return filepath.Join(home, ".local", "state", "scorehouse-demo")
}
