package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"scorehouse/internal/config"
	"scorehouse/internal/fault"
	"scorehouse/internal/login"
	"scorehouse/internal/pg"
	"scorehouse/internal/web"
	"scorehouse/internal/web/meter"
)

// configuration is the whole configuration file. Every process of an installation reads the same file; each uses its sections.
type configuration struct {
	Databases databasesSection `yaml:"databases" doc:"Where PostgreSQL is. The control database and each tenant's staging and warehouse databases live there."`
	Files     filesSection     `yaml:"files" doc:"Where input files are kept as they arrived (encrypted), so that a batch can be loaded again."`
	Keys      keysSection      `yaml:"keys" doc:"Where the loader's private OpenPGP keys are kept, each encrypted to the installation's master key."`
	Landing   landingSection   `yaml:"landing" doc:"The SFTP landing zone (role landing)."`
	Loader    loaderSection    `yaml:"loader" doc:"Opening, checking, loading and staging (role loader)."`
	Migrator  migratorSection  `yaml:"migrator" doc:"Publishing to the warehouse (role migrator)."`
	Audit     auditSection     `yaml:"audit" doc:"Who saw which students' data and who did what (docs/operations/audit.md)."`
	Printing  printingSection  `yaml:"printing" doc:"Printed reports: requests, and what is printed ahead (role printer; docs/operations/printing.md)."`
	Log       logSection       `yaml:"log" doc:"The log of the roles. It holds no student data."`
	Web       webSection       `yaml:"web" doc:"The report web server (role web)."`
	Login     loginSection     `yaml:"login" doc:"How long people stay signed in. Identity providers are added with scorehouse provider add."`
	Metrics   metricsSection   `yaml:"metrics" doc:"What monitoring can read (docs/operations/metrics.md)."`
	Trigger   triggerSection   `yaml:"trigger" doc:"Work that begins by itself."`
	Access    accessSection    `yaml:"access" doc:"What roles permit (docs/operations/sign-in.md)."`
}

type databasesSection struct {
	Server       string `yaml:"server" doc:"Connection string of the server without a database name, for example: host=/run/postgresql user=scorehouse. Its user owns the databases: scorehouse db upgrade, tenant add and operators' commands connect as it, the roles below never. No default. A password belongs into a password file (passfile=...), not here."`
	Installation string `yaml:"installation" doc:"Name of this installation on its server. The PostgreSQL roles that landing, loader, migrator, printer and web connect as begin with it (scorehouse_web); db upgrade makes them, without passwords. Databases begin with it too, unless it is scorehouse. Change it only where several installations share a server, before the first db upgrade. Default scorehouse."`
	Landing      string `yaml:"landing" doc:"Connection string of the role landing, where that of server with the role's own user does not do, for example to name a password file. Default empty: that of server. The user is always the role's own."`
	Loader       string `yaml:"loader" doc:"Likewise of the role loader."`
	Migrator     string `yaml:"migrator" doc:"Likewise of the role migrator."`
	Printer      string `yaml:"printer" doc:"Likewise of the role printer."`
	Web          string `yaml:"web" doc:"Likewise of the role web."`
}

func (s databasesSection) config() pg.Config {
	c := pg.Config{Server: s.Server, Installation: pg.Installation(s.Installation), Roles: map[pg.Role]string{}}
	for r, server := range map[pg.Role]string{pg.Landing: s.Landing, pg.Loader: s.Loader, pg.Migrator: s.Migrator, pg.Printer: s.Printer, pg.Web: s.Web} {
		if server != "" {
			c.Roles[r] = server
		}
	}
	return c
}

// Validate says what is missing.
func (s databasesSection) Validate() error {
	if s.Server == "" {
		return fault.New(fault.Invalid, "server is missing: name the PostgreSQL server, for example host=/run/postgresql user=scorehouse")
	}
	if _, err := pg.Open(s.config()); err != nil {
		return fault.New(fault.Invalid, "%v", err)
	}
	return nil
}

type filesSection struct {
	Directory string `yaml:"directory" doc:"Directory of the file store. Must be on the same file system as landing.directory: a file that has arrived is linked, not copied. Default /var/lib/scorehouse/files."`
}

type keysSection struct {
	Directory string `yaml:"directory" doc:"Directory of the keys; readable by the loader only. Losing master.key in it makes the loader's keys unreadable: keep a copy in your vault. Default /var/lib/scorehouse/keys."`
}

type landingSection struct {
	Listen      string        `yaml:"listen" doc:"Address of the SFTP server. Default 127.0.0.1:2222."`
	Directory   string        `yaml:"directory" doc:"Where uploads lie until they are complete: one directory per tenant and account. Default /var/lib/scorehouse/landing."`
	HostKey     string        `yaml:"host_key" doc:"File of the server's SSH key, made at the first start. Changing it makes senders' clients refuse us until they accept the new one. Default /var/lib/scorehouse/landing/host_key."`
	QuietPeriod time.Duration `yaml:"quiet_period" doc:"How long a closed upload must stay untouched before it counts as complete, when its sender neither renames it from .partial nor sends a .done file. Default 2s; shorter risks taking half a file from clients that upload in pieces."`
}

// Validate checks the address and the period.
func (s landingSection) Validate() error {
	if _, _, err := net.SplitHostPort(s.Listen); err != nil {
		return fault.New(fault.Invalid, "listen %q is not an address such as 127.0.0.1:2222", s.Listen)
	}
	if s.QuietPeriod < 0 {
		return fault.New(fault.Invalid, "quiet_period must not be negative")
	}
	return nil
}

type loaderSection struct {
	Workers int           `yaml:"workers" doc:"Batches loaded at the same time by one process. Each uses about two processor cores and 100 MB. Default 2."`
	Timeout time.Duration `yaml:"timeout" doc:"How long one attempt to load a batch may take before it is given up and repeated. Default 2h."`
}

// Validate checks the numbers.
func (s loaderSection) Validate() error { return positive(s.Workers, s.Timeout) }

type migratorSection struct {
	Workers int           `yaml:"workers" doc:"Batches published at the same time by one process; those of one tenant always wait for each other. Default 2."`
	Timeout time.Duration `yaml:"timeout" doc:"How long one attempt to publish a batch may take before it is given up and repeated. Default 2h."`
}

// Validate checks the numbers.
func (s migratorSection) Validate() error { return positive(s.Workers, s.Timeout) }

func positive(workers int, timeout time.Duration) error {
	if workers < 1 {
		return fault.New(fault.Invalid, "workers must be at least 1")
	}
	if timeout < time.Minute {
		return fault.New(fault.Invalid, "timeout must be at least 1m: an attempt given up too early starts over each time")
	}
	return nil
}

// defaults returns the configuration of an installation whose files lie under home.
func defaults(home string) configuration {
	return configuration{
		Databases: databasesSection{Installation: string(pg.DefaultInstallation)},
		Files:     filesSection{Directory: filepath.Join(home, "files")},
		Keys:      keysSection{Directory: filepath.Join(home, "keys")},
		Landing: landingSection{
			Listen:      "127.0.0.1:2222",
			Directory:   filepath.Join(home, "landing"),
			HostKey:     filepath.Join(home, "landing", "host_key"),
			QuietPeriod: 2 * time.Second,
		},
		Loader:   loaderSection{Workers: 2, Timeout: 2 * time.Hour},
		Migrator: migratorSection{Workers: 2, Timeout: 2 * time.Hour},
		Printing: defaultPrinting(home),
		Audit:    auditSection{Directory: filepath.Join(home, "audit"), KeyFile: filepath.Join(home, "keys", "audit.key")},
		Log:      logSection{Level: "info", SyslogSocket: "/dev/log"},
		Web: webSection{
			Listen: "127.0.0.1:8080", SecretKey: filepath.Join(home, "keys", "web.key"),
			Cache:       web.DefaultCache >> 20,
			SignInBurst: meter.Default.Burst, SignInRate: meter.Default.PerSecond,
		},
		Trigger: defaultTrigger(),
		Metrics: metricsSection{Listen: "127.0.0.1:9464"},
		Login:   loginSection{Idle: login.DefaultIdle, Lifetime: login.DefaultLifetime},
	}
}

const (
	installedConfig = "/etc/scorehouse/scorehouse.yaml"
	installedHome   = "/var/lib/scorehouse"
	configName      = "scorehouse.yaml"
)

// findConfig returns the configuration file to read: the one named, else the installed one, else that of the demo.
func findConfig(named string) string {
	if named != "" {
		return named
	}
	if _, err := os.Stat(installedConfig); err == nil {
		return installedConfig
	}
	if demo := filepath.Join(demoHome(), configName); fileExists(demo) {
		return demo
	}
	return installedConfig
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

type configCommand struct {
	Check    configCheckCommand    `cmd:"" help:"Read the configuration file and say whether it is right."`
	Describe configDescribeCommand `cmd:"" help:"Print an annotated configuration file with the values in force (the defaults, where there is no file)."`
}

type configCheckCommand struct{}

// Run loads the configuration and says where it was.
func (configCheckCommand) Run(a *app) error {
	if _, err := a.configuration(); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s is right\n", findConfig(a.configFile))
	return nil
}

type configDescribeCommand struct{}

// Run prints every setting with its meaning.
func (configDescribeCommand) Run(a *app) error {
	cfg := defaults(installedHome)
	if path := findConfig(a.configFile); fileExists(path) {
		if err := config.Load(path, &cfg); err != nil {
			return err
		}
	}
	return config.Describe(a.stdout, cfg)
}
