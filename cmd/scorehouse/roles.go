package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"scorehouse/internal/audit"
	"scorehouse/internal/batch"
	"scorehouse/internal/control"
	"scorehouse/internal/fault"
	"scorehouse/internal/filestore"
	"scorehouse/internal/jobs"
	"scorehouse/internal/keyring"
	"scorehouse/internal/landing"
	"scorehouse/internal/load"
	"scorehouse/internal/migrate"
	"scorehouse/internal/pg"
	"scorehouse/internal/staging"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web"
)

// role is one part of an installation; a process runs one or several.
type role string

const (
	landingRole  role = "landing"
	loaderRole   role = "loader"
	migratorRole role = "migrator"
	printerRole  role = "printer"
	webRole      role = "web"
)

// Queues of jobs: one per role, so that a role's machines take only its work.
const (
	loadQueue    = "load"
	migrateQueue = "migrate"
)

// attemptGrace is how long after an attempt's time-out the sweep of batches waits for it to end.
const attemptGrace = 10 * time.Minute

var allRoles = []role{landingRole, loaderRole, migratorRole, printerRole, webRole}

// roles are the running parts of this process.
type roles struct {
	cfg     configuration
	which   []role
	parts   map[role]*part
	files   *filestore.Dir // nil without landing and loader
	migrate *migrate.Worker
	log     *slog.Logger

	landing         *landing.Server
	web             *http.Server
	webListener     net.Listener
	metricsListener net.Listener // nil when metrics are served nowhere
	trail           *audit.Log

	ctx     context.Context // ends with stop
	cancel  context.CancelFunc
	running sync.WaitGroup
	ended   chan error // receives why a part has ended by itself
}

// part is what one role works with: the databases, as the role of PostgreSQL that has its name, and its end of the queue. In the demo, too, no
// part can do what another may.
type part struct {
	databases *pg.Databases
	control   *pgxpool.Pool
	batches   *batch.Store
	queue     *jobs.Client
	printed   *filestore.Dir // of the printer

	mu     sync.Mutex
	stores map[tenant.ID]*staging.Store
}

// databaseRoles are the roles of PostgreSQL.
var databaseRoles = map[role]pg.Role{landingRole: pg.Landing, loaderRole: pg.Loader, migratorRole: pg.Migrator, printerRole: pg.Printer, webRole: pg.Web}

// startRoles starts the named roles; stop ends them. demo says that everything in them is invented.
func startRoles(ctx context.Context, databases *pg.Databases, cfg configuration, which []role, demo bool, log *slog.Logger) (*roles, error) {
	if err := refuseUnfiltered(); err != nil {
		return nil, err
	}
	r := &roles{cfg: cfg, which: which, parts: map[role]*part{}, log: log, ended: make(chan error, 8)}
	var err error
	if slices.Contains(which, landingRole) || slices.Contains(which, loaderRole) { // the others have no business with what senders sent
		if r.files, err = filestore.Open(cfg.Files.Directory); err != nil {
			return nil, err
		}
	}
	ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	r.ctx = ctx
	for _, role := range which {
		p := &part{databases: databases.As(databaseRoles[role]), stores: map[tenant.ID]*staging.Store{}}
		if err = r.open(ctx, role, p); err == nil {
			r.parts[role] = p
			err = r.start(ctx, role, p, demo)
		}
		if err != nil {
			r.stop(ctx)
			return nil, err
		}
	}
	return r, nil
}

// open opens what a part works with. Nothing of it runs yet.
func (r *roles) open(ctx context.Context, role role, p *part) error {
	var err error
	if p.control, err = p.databases.Control(ctx); err != nil {
		return err
	}
	// An attempt ends by its own time-out, before the sweep gives its batch to another.
	deadlines := batch.Deadlines{Loading: r.cfg.Loader.Timeout + attemptGrace, Migrating: r.cfg.Migrator.Timeout + attemptGrace}
	p.batches = batch.NewStore(p.control).WithDeadlines(deadlines)
	config := jobs.Config{Pool: p.control, Logger: r.log}
	switch role {
	case loaderRole:
		ring, err := keyring.Open(p.control, r.cfg.Keys.Directory)
		if err != nil {
			return err
		}
		config.Workers = river.NewWorkers()
		river.AddWorker(config.Workers, load.NewWorker(load.Config{
			Batches: p.batches, Files: r.files, Keys: ring, Tenant: control.NewTenants(p.databases).Get, Staging: p.staging,
			Migrate: p.enqueueMigrate, Timeout: r.cfg.Loader.Timeout, Logger: r.log,
		}))
		config.Queues = map[string]int{loadQueue: r.cfg.Loader.Workers}
		config.Kinds = map[string]jobs.Kind{load.LoadArgs{}.Kind(): {Timeout: r.cfg.Loader.Timeout}}
	case printerRole:
		if err := r.openPrinter(p, &config); err != nil {
			return err
		}
	case migratorRole:
		r.migrate = migrate.NewWorker(migrate.Config{
			Batches: p.batches, Open: p.openTenant, Reload: p.enqueueLoad, Timeout: r.cfg.Migrator.Timeout, Logger: r.log,
		})
		config.Workers = river.NewWorkers()
		river.AddWorker(config.Workers, r.migrate)
		config.Queues = map[string]int{migrateQueue: r.cfg.Migrator.Workers}
		config.Kinds = map[string]jobs.Kind{migrate.PublishArgs{}.Kind(): {Timeout: r.cfg.Migrator.Timeout}}
	}
	p.queue, err = jobs.NewClient(config)
	return err
}

// start starts a part and what it does besides: sweeps that settle what stands too long.
func (r *roles) start(ctx context.Context, role role, p *part, demo bool) error {
	switch role {
	case landingRole:
		return r.startLanding(ctx, p)
	case printerRole:
		return r.startPrinter(ctx, p)
	case webRole:
		return r.startWeb(ctx, p, demo)
	}
	if err := p.queue.Start(ctx); err != nil {
		return err
	}
	sweeper := &batch.Sweeper{Store: p.batches, Job: p.jobState, Enqueue: p.enqueueFor, Logger: r.log}
	r.run("sweep of batches", func() error { return sweeper.Run(ctx) })
	if role == loaderRole {
		r.run("sweep of staging", func() error { return r.sweepStaging(ctx, p) })
	} else {
		r.run("sweep of publications", func() error { return r.sweepPublications(ctx) })
	}
	return nil
}

// sweepPublications lets the status of batches follow the warehouse, at the start and then every minute.
func (r *roles) sweepPublications(ctx context.Context) error {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if _, err := r.migrate.Sweep(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("sweep of publications", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sweepStaging drops what attempts that died have left in the staging databases.
func (r *roles) sweepStaging(ctx context.Context, p *part) error {
	tick := time.NewTicker(leftoverAge)
	defer tick.Stop()
	for {
		tenants, err := control.NewTenants(p.databases).List(ctx)
		for _, x := range tenants {
			store, openErr := p.staging(ctx, x.ID)
			if openErr == nil {
				_, openErr = load.SweepStaging(ctx, store, p.batches, leftoverAge)
			}
			err = errors.Join(err, openErr)
		}
		if err != nil && ctx.Err() == nil {
			r.log.Warn("sweep of staging", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// leftoverAge is how old a schema must be for the sweep of staging to look at it: long enough for an attempt to register what it begins.
const leftoverAge = 10 * time.Second

// openTenant opens what the migrator moves between.
func (p *part) openTenant(ctx context.Context, id tenant.ID) (*staging.Store, *warehouse.Writer, error) {
	store, err := p.staging(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	pool, err := p.databases.Warehouse(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	return store, warehouse.NewWriter(pool), nil
}

func (p *part) staging(ctx context.Context, id tenant.ID) (*staging.Store, error) {
	pool, err := p.databases.Staging(ctx, id)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stores[id] == nil {
		p.stores[id] = staging.New(pool)
	}
	return p.stores[id], nil
}

func (p *part) enqueueLoad(ctx context.Context, tx pgx.Tx, id batch.ID) error {
	_, err := p.queue.Insert(ctx, tx, load.LoadArgs{BatchID: id}, &river.InsertOpts{Queue: loadQueue})
	return err
}

func (p *part) enqueueMigrate(ctx context.Context, tx pgx.Tx, id batch.ID) error {
	_, err := p.queue.Insert(ctx, tx, migrate.PublishArgs{BatchID: id}, &river.InsertOpts{Queue: migrateQueue})
	return err
}

// enqueueFor inserts the job that a batch's status waits for.
func (p *part) enqueueFor(ctx context.Context, tx pgx.Tx, b batch.Batch) error {
	if b.Status == batch.Staged || b.Status == batch.Migrating {
		return p.enqueueMigrate(ctx, tx, b.ID)
	}
	return p.enqueueLoad(ctx, tx, b.ID)
}

func (p *part) jobState(ctx context.Context, b batch.Batch) (batch.JobState, error) {
	var args river.JobArgs = load.LoadArgs{BatchID: b.ID}
	if b.Status == batch.Staged || b.Status == batch.Migrating {
		args = migrate.PublishArgs{BatchID: b.ID}
	}
	fate, err := p.queue.Fate(ctx, args)
	return batch.JobState(fate), err
}

func (r *roles) startLanding(ctx context.Context, p *part) error {
	server, err := landing.New(landing.Config{
		Listen: r.cfg.Landing.Listen, HostKeyFile: r.cfg.Landing.HostKey, Root: r.cfg.Landing.Directory, QuietPeriod: r.cfg.Landing.QuietPeriod,
	}, landing.Deps{Pool: p.control, Batches: p.batches, Files: r.files, Enqueue: p.enqueueLoad, Logger: r.log})
	if err != nil {
		return explainListen(err, r.cfg.Landing.Listen, "--sftp-listen")
	}
	r.landing = server
	r.run("landing zone", func() error { return server.Run(ctx) })
	return nil
}

// checks are what the heartbeat tries: what the web server needs, and the queue of every part in this process.
func (r *roles) checks(p *part) []web.Check {
	return []web.Check{
		{Name: "control database", Probe: p.control.Ping},
		{Name: "queue", Probe: func(ctx context.Context) error {
			var errs []error
			for _, p := range r.parts {
				errs = append(errs, p.queue.Check(ctx))
			}
			return errors.Join(errs...)
		}},
		{Name: "warehouse databases", Probe: p.probeWarehouses},
	}
}

func (p *part) probeWarehouses(ctx context.Context) error {
	tenants, err := control.NewTenants(p.databases).List(ctx)
	if err != nil {
		return err
	}
	for _, x := range tenants {
		pool, err := p.databases.Warehouse(ctx, x.ID)
		if err != nil {
			return err
		}
		if err := pool.Ping(ctx); err != nil {
			return fmt.Errorf("warehouse of %s: %w", x.ID, err)
		}
	}
	return nil
}

// run runs a part and tells why, should it end before it is told to.
func (r *roles) run(name string, part func() error) {
	r.running.Go(func() {
		if err := part(); err != nil && !errors.Is(err, context.Canceled) {
			r.log.Error("a part has ended", "part", name, "error", err)
			select {
			case r.ended <- fmt.Errorf("%s: %w", name, err):
			default:
			}
		}
	})
}

// stop ends the parts: no new work, running requests and jobs get the time that ctx leaves them.
func (r *roles) stop(ctx context.Context) {
	if r.web != nil {
		if err := r.web.Shutdown(ctx); err != nil {
			r.log.Warn("web server did not end in time", "error", err)
		}
	}
	for _, p := range r.parts {
		r.running.Go(func() {
			if err := p.queue.Stop(ctx); err != nil {
				r.log.Warn("jobs did not end in time; they will be repeated", "error", err)
			}
		})
	}
	r.cancel()
	r.running.Wait()
	if r.trail != nil {
		if err := r.trail.Close(); err != nil {
			r.log.Error("the audit trail did not end in order", "error", err)
		}
	}
}

// wait runs the parts until ctx ends or one of them does.
func (r *roles) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-r.ended:
		return err
	}
}

func (r *roles) webAddress() string     { return r.webListener.Addr().String() }
func (r *roles) landingAddress() string { return r.landing.Addr().String() }

func explainListen(err error, address, flag string) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fault.New(fault.Unavailable, "the address %s is in use; choose another in the configuration (the demo: with %s)", address, flag)
	}
	return fault.Wrap(fault.Unavailable, err, "cannot serve on %s", address)
}

// secretKey reads the key that makes addresses of students opaque, and makes it when there is none.
func secretKey(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	key = make([]byte, web.SecretBytes)
	_, _ = rand.Read(key)
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(temporary, key, 0o600); err != nil {
		return nil, fmt.Errorf("make key %s: %w", path, err)
	}
	defer os.Remove(temporary)
	if err := os.Link(temporary, path); err != nil && !errors.Is(err, os.ErrExist) { // another process may have been quicker
		return nil, fmt.Errorf("make key %s: %w", path, err)
	}
	return os.ReadFile(path)
}

// serve runs roles of an installation until the process is told to end.
func (a *app) serve(which ...role) error {
	if err := refuseUnfiltered(); err != nil {
		return err
	}
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	databases, err := a.open()
	if err != nil {
		return err
	}
	for _, role := range which {
		if err := a.answers(databases.As(databaseRoles[role])); err != nil {
			return err
		}
	}
	log, closeLog, err := cfg.Log.open(a.stderr)
	if err != nil {
		return err
	}
	defer closeLog()
	r, err := startRoles(a.ctx, databases, cfg, which, false, log)
	if err != nil {
		return err
	}
	log.Info("started", "roles", which, "version", versionText())
	err = r.wait(a.ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.ctx), 30*time.Second)
	defer cancel()
	r.stop(ctx)
	return err
}

type loaderCommand struct{}

// Run runs the loader until it is told to end.
func (loaderCommand) Run(a *app) error { return a.serve(loaderRole) }

type migratorCommand struct{}

// Run runs the migrator until it is told to end.
func (migratorCommand) Run(a *app) error { return a.serve(migratorRole) }
