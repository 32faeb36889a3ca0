package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"scorehouse/internal/config"
	"scorehouse/internal/control"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/synth"
	"scorehouse/internal/tenant"
)

// demoTenant is the synthetic state; secondTenant a small one beside it, for people who work with several.
var (
	demoTenant   = tenant.Tenant{ID: "tamarack", StateCode: synth.StateCode, Name: synth.StateName}
	secondTenant = tenant.Tenant{ID: "hemlock", StateCode: synth.HemlockCode, Name: synth.HemlockName}
)

// secondStudents is how many students the second state has.
const secondStudents = 300

type demoCommand struct {
	Students   int    `help:"Students of the synthetic state; 0 makes a state without data." default:"30000"`
	Seed       uint64 `help:"Which state: the same seed gives the same data." default:"1"`
	Home       string `help:"Directory of everything the demo keeps. Default: ${demo_home}." placeholder:"DIR"`
	Listen     string `help:"Address of the web server; loopback only." default:"127.0.0.1:8080"`
	SFTPListen string `name:"sftp-listen" help:"Address of the SFTP landing zone; loopback only." default:"127.0.0.1:2222"`

	MetricsListen string `help:"Address of GET /metrics; loopback only. Default: nowhere." placeholder:"ADDRESS"`
	SignInListen  string `name:"sign-in-listen" help:"Address of the demo's identity provider; localhost only, and reached by that name." default:"localhost:8081"`

	Fresh bool `help:"Begin anew: delete what an earlier demo kept in the home directory."`
}

// Validate refuses what would show the demo's sign-in, which asks for no password, to other machines.
func (c *demoCommand) Validate() error {
	for flag, address := range map[string]string{"--listen": c.Listen, "--sftp-listen": c.SFTPListen, "--sign-in-listen": c.SignInListen, "--metrics-listen": c.MetricsListen} {
		if address == "" && flag == "--metrics-listen" {
			continue
		}
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return fmt.Errorf("%s %q is not an address such as 127.0.0.1:8080", flag, address)
		}
		if !isLoopback(host) {
			return fmt.Errorf("%s %s: the demo lets anybody in who can reach it, so it listens on the loopback only (127.0.0.1)", flag, address)
		}
	}
	if c.Students != 0 && c.Students < synth.MinStudents {
		return fmt.Errorf("--students %d: use 0 or at least %d", c.Students, synth.MinStudents)
	}
	return nil
}

// Run prepares the demo, says ready, and keeps accepting files until it is told to end.
func (c *demoCommand) Run(a *app) error {
	if err := refuseUnfiltered(); err != nil {
		return err
	}
	if c.Home == "" {
		c.Home = demoHome()
	}
	home, err := filepath.Abs(c.Home)
	if err != nil {
		return err
	}
	d := &demo{app: a, command: c, home: home, show: newProgress(a.stdout)}
	defer d.close()
	fmt.Fprintf(a.stdout, "Scorehouse %s · demo of %s · %s\n\n", versionText(), demoTenant.Name, home)
	if err := d.prepare(a.ctx); err != nil {
		return d.explain(err)
	}
	d.sayReady()
	if err := d.wait(a.ctx); err != nil {
		return d.explain(err)
	}
	fmt.Fprintln(a.stdout, "\nstopping: finishing what is under way (data are kept; the next start is quick)")
	return nil
}

// demo is the whole system in one process.
type demo struct {
	app     *app
	command *demoCommand
	home    string
	show    *progress

	log     *slog.Logger
	logFile *os.File
	cluster *pgcluster.Cluster
	roles   *roles
	vendor  *vendor
	people  []synth.Person
	seed    uint64
	notes   []string
	public  string // path of the public pages; empty without data
}

func (d *demo) prepare(ctx context.Context) error {
	if err := d.openHome(ctx); err != nil {
		return err
	}
	if err := d.startPostgres(ctx); err != nil {
		return err
	}
	cfg, err := d.writeConfig()
	if err != nil {
		return err
	}
	if err := d.upgrade(ctx); err != nil {
		return err
	}
	d.show.step("keys and accounts")
	if d.vendor, err = openVendor(ctx, d); err != nil {
		return err
	}
	d.show.done("loader and vendor keys, SFTP account %s", vendorAccount)
	state, err := d.state()
	if err != nil {
		return err
	}
	d.show.step("roles")
	if d.roles, err = startRoles(ctx, d.app.databases, cfg, allRoles, true, d.log); err != nil {
		return err
	}
	if cfg, err = d.rewriteConfig(cfg); err != nil {
		return err
	}
	if err := d.vendor.writeSSHConfig(cfg.Landing.Listen, d.roles.landing.HostKey()); err != nil {
		return err
	}
	if err := d.startSignIn(ctx); err != nil {
		return err
	}
	d.show.done("landing zone, loader, migrator, printer, web server, identity provider")
	if state == nil {
		return nil
	}
	if err := d.deliver(ctx, state); err != nil {
		return err
	}
	return d.release(ctx, state)
}

// openHome makes the home directory, or empties it when --fresh asks for it and it is a demo's.
func (d *demo) openHome(ctx context.Context) error {
	marker := filepath.Join(d.home, configName)
	if d.command.Fresh && fileExists(d.home) {
		if entries, err := os.ReadDir(d.home); err == nil && len(entries) > 0 && !fileExists(marker) {
			return fault.New(fault.Invalid, "%s is not the home of a demo (it has no %s): not deleting it", d.home, configName)
		}
		if err := pgcluster.Remove(ctx, filepath.Join(d.home, "postgres")); err != nil {
			return err
		}
		if err := os.RemoveAll(d.home); err != nil {
			return fault.Wrap(fault.Invalid, err, "empty the home directory %s", d.home)
		}
	}
	if err := os.MkdirAll(d.home, 0o755); err != nil {
		return fault.Wrap(fault.Invalid, err, "make the home directory %s", d.home)
	}
	var err error
	d.logFile, err = os.OpenFile(filepath.Join(d.home, "scorehouse.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "open the log in %s", d.home)
	}
	d.log = slog.New(slog.NewJSONHandler(d.logFile, nil))
	return nil
}

func (d *demo) startPostgres(ctx context.Context) error {
	d.show.step("PostgreSQL")
	var err error
	d.cluster, err = pgcluster.Start(ctx, pgcluster.Config{
		Dir: filepath.Join(d.home, "postgres"), Durable: true, Logger: d.log,
		Settings: map[string]string{"max_connections": "200"}, // every part has pools of its own, for each state
	})
	if err != nil {
		return err
	}
	d.show.done("private server on a socket, data in %s", filepath.Join(d.home, "postgres"))
	return nil
}

// writeConfig writes the configuration that the operators' commands use. Addresses with port 0 are filled in by rewriteConfig.
func (d *demo) writeConfig() (configuration, error) {
	cfg := defaults(d.home)
	cfg.Databases.Server = d.cluster.DSN("")
	cfg.Log.File = d.logFile.Name()
	cfg.Web.Listen, cfg.Landing.Listen, cfg.Metrics.Listen = d.command.Listen, d.command.SFTPListen, d.command.MetricsListen
	return cfg, d.saveConfig(cfg)
}

func (d *demo) rewriteConfig(cfg configuration) (configuration, error) {
	cfg.Web.Listen, cfg.Landing.Listen = d.roles.webAddress(), d.roles.landingAddress()
	if l := d.roles.metricsListener; l != nil {
		cfg.Metrics.Listen = l.Addr().String()
	}
	return cfg, d.saveConfig(cfg)
}

func (d *demo) saveConfig(cfg configuration) error {
	path := filepath.Join(d.home, configName)
	temporary, err := os.CreateTemp(d.home, ".config-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	fmt.Fprintln(temporary, "# Written by `scorehouse demo` at each start; changes are lost.")
	err = errors.Join(config.Describe(temporary, cfg), temporary.Chmod(0o644), temporary.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	d.app.cfg = &cfg
	return nil
}

func (d *demo) upgrade(ctx context.Context) error {
	d.show.step("databases")
	databases, err := pg.Open(pg.Config{Server: d.cluster.DSN("")})
	if err != nil {
		return err
	}
	d.app.databases = databases
	tenants := control.NewTenants(databases)
	if _, err := tenants.Upgrade(ctx); err != nil {
		return err
	}
	for _, t := range []tenant.Tenant{demoTenant, secondTenant} {
		if err := tenants.Add(ctx, t); err != nil {
			return err
		}
	}
	d.show.done("%s; staging and warehouse of %s and %s", pg.ControlDatabase, demoTenant.ID, secondTenant.ID)
	return nil
}

// demoData says which synthetic state a home holds. It is written before the first package is sent.
type demoData struct {
	Students int    `json:"students"`
	Seed     uint64 `json:"seed"`
}

// secondState is the small state beside it, of the newest year only.
func (d *demo) secondState() *synth.State {
	return synth.New(synth.Config{Code: synth.HemlockCode, Name: synth.HemlockName, Seed: d.seed + 1, Students: secondStudents, Years: []edu.AcademicYear{2026}, NoInterims: true})
}

// state returns the synthetic state to deliver, nil for a demo without data. A home that holds another state than the flags
// ask for keeps it.
func (d *demo) state() (*synth.State, error) {
	data := demoData{Students: d.command.Students, Seed: d.command.Seed}
	path := filepath.Join(d.home, "data.json")
	text, err := os.ReadFile(path)
	switch {
	case err == nil:
		wanted := data
		if err := json.Unmarshal(text, &data); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		if data != wanted {
			d.notes = append(d.notes, english.Sprintf("this home holds a state of %d students (seed %d), and keeps it; --fresh begins anew", data.Students, data.Seed))
		}
	case errors.Is(err, os.ErrNotExist):
		if text, err = json.Marshal(data); err == nil {
			err = os.WriteFile(path, text, 0o600)
		}
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", path, err)
		}
	default:
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	s := synth.New(synth.Config{Seed: data.Seed, Students: max(data.Students, synth.MinStudents)})
	d.people, d.seed = s.People(), data.Seed
	if data.Students == 0 {
		return nil, nil
	}
	return s, nil
}

// wait returns when the context ends (nil) or when a part of the system has ended by itself (why).
func (d *demo) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-d.cluster.Done():
		return fault.New(fault.Unavailable, "the private PostgreSQL has ended by itself; see %s. Start the demo again: nothing is lost",
			filepath.Join(d.home, "postgres", "server.log"))
	case err := <-d.roles.ended:
		return err
	}
}

// explain adds where to look to an error that people cannot act on otherwise.
func (d *demo) explain(err error) error {
	if d.cluster != nil {
		select {
		case <-d.cluster.Done():
			return fault.New(fault.Unavailable, "the private PostgreSQL has ended by itself; see %s. Start the demo again: nothing is lost",
				filepath.Join(d.home, "postgres", "server.log"))
		default:
		}
	}
	if errors.Is(err, context.Canceled) || d.logFile == nil {
		return err
	}
	return fmt.Errorf("%w (log: %s)", err, d.logFile.Name())
}

func (d *demo) close() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.app.ctx), 20*time.Second)
	defer cancel()
	if d.roles != nil {
		d.roles.stop(ctx)
	}
	d.app.close()
	d.app.databases = nil
	if d.cluster != nil {
		if err := d.cluster.Stop(ctx); err != nil && d.log != nil {
			d.log.Error("stop PostgreSQL", "error", err)
		}
	}
	if d.logFile != nil {
		_ = d.logFile.Close()
	}
}

func (d *demo) sayReady() {
	w := d.app.stdout
	cfg := *d.app.cfg
	fmt.Fprintln(w)
	for _, p := range d.notes {
		fmt.Fprintf(w, "  note: %s\n", p)
	}
	d.sayPeople(w)
	_, port, _ := net.SplitHostPort(cfg.Landing.Listen)
	command, _ := os.Executable()
	fmt.Fprintf(w, "\nThree things to try\n\n")
	fmt.Fprintf(w, "  1  Open http://%s and sign in as one of them, by SAML, at the demo's own identity provider. Sign out, and be somebody else.\n", cfg.Web.Listen)
	fmt.Fprintf(w, "  2  Send a package as a test vendor does: grade 4 mathematics of %s's school, scored again. Seconds later\n", d.people[0].Name)
	fmt.Fprintf(w, "     its percentage at or above the standard has changed on http://%s%s\n", cfg.Web.Listen, d.teacherPage())
	fmt.Fprintf(w, "       echo 'put %s file_drop/' | sftp -F %s scorehouse\n", d.vendor.path(examplePackage), d.vendor.path("ssh_config"))
	fmt.Fprintf(w, "  3  Read the story of what arrived (that package has three rows that are refused, and it says why):\n")
	fmt.Fprintf(w, "       %s batch list --limit 5 --config %s\n", command, filepath.Join(d.home, configName))
	fmt.Fprintf(w, "       %s batch show NUMBER --config %s\n", command, filepath.Join(d.home, configName))
	if d.public != "" {
		fmt.Fprintf(w, "  Published results, as everybody reads them without signing in: http://%s%s\n", cfg.Web.Listen, d.public)
	}
	fmt.Fprintf(w, "\n  Keys and an SSH configuration to send your own: %s\n", d.vendor.dir)
	fmt.Fprintf(w, "  Configuration: %s   Log: %s\n", filepath.Join(d.home, configName), d.logFile.Name())
	fmt.Fprintf(w, "  Ctrl-C stops; the data stay.\n\n")
	fmt.Fprintf(w, "ready  http://%s  sftp://%s@127.0.0.1:%s\n", cfg.Web.Listen, vendorAccount, port)
}

// teacherPage is the address of the demo teacher's school.
func (d *demo) teacherPage() string {
	return fmt.Sprintf("/s/%s/d/%s/sc/%s", demoTenant.StateCode, d.people[0].DistrictID, d.people[0].SchoolID)
}

func (d *demo) sayPeople(w io.Writer) {
	fmt.Fprintf(w, "People you can sign in as\n\n")
	for _, p := range signInPeople(d.people) {
		fmt.Fprintf(w, "  %-16s %-10s %s\n", p.Name, p.Key, p.Sees)
	}
}
