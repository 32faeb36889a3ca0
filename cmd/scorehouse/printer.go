package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"scorehouse/internal/control"
	"scorehouse/internal/fault"
	"scorehouse/internal/filestore"
	"scorehouse/internal/jobs"
	"scorehouse/internal/printing"
	"scorehouse/internal/release"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
	"scorehouse/internal/web"
)

type printingSection struct {
	Directory  string        `yaml:"directory" doc:"Where printed reports wait to be collected, and those printed ahead lie, encrypted. Written by the role printer, read by the role web: where they run as different users, make it beforehand for the printer's user and web's group, mode 2750. Default /var/lib/scorehouse/printed."`
	PrivateKey string        `yaml:"private_key" doc:"File with the key that opens them, for the role web only. Made by web at its first start, or by scorehouse pdf key; without it what waits is lost, and can be printed again. Default /var/lib/scorehouse/keys/printing.key."`
	PublicKey  string        `yaml:"public_key" doc:"File with the key that they are encrypted to, for the role printer, which makes none. Made with private_key; where the roles run as different users, run scorehouse pdf key as the user of web and copy this file to where the printer reads it. Default /var/lib/scorehouse/keys/printing.pub."`
	Fonts      string        `yaml:"fonts" doc:"Directory with TrueType fonts for names in other scripts than Latin, Greek and Cyrillic, such as Debian's /usr/share/fonts/truetype/noto. Default empty: such letters are printed as boxes."`
	A4         []string      `yaml:"a4" doc:"Tenants whose reports are printed on A4. Default none: everybody's are printed on Letter."`
	Address    []string      `yaml:"address_block" doc:"Tenants whose reports show, where the window of an envelope is, whom they are for: student, grade, school and district, since results come without addresses of families. Default none."`
	Workers    int           `yaml:"workers" doc:"Jobs printed at the same time by one process. Each uses every processor for seconds. Default 2."`
	Timeout    time.Duration `yaml:"timeout" doc:"How long one attempt to print a job may take before it is given up and repeated. Default 30m."`
	Keep       time.Duration `yaml:"keep" doc:"How long documents wait to be collected before they are deleted; pages say it in whole days. Default 168h, a week."`
	Ahead      aheadSection  `yaml:"ahead" doc:"Printing classes ahead of requests when their results have changed (docs/operations/printing.md)."`
}

type aheadSection struct {
	Enable       bool `yaml:"enable" doc:"Whether classes are printed ahead. Default true."`
	Hour         int  `yaml:"hour" doc:"The hour of each day at which it is done, 0 to 23, local time. Default 20."`
	Minute       int  `yaml:"minute" doc:"And the minute. Default 15."`
	AfterPublish bool `yaml:"after_publish" doc:"Whether it is also done soon after each publication, which costs work where packages come all day. Default false."`
}

// Validate checks the numbers.
func (s printingSection) Validate() error {
	if s.Keep < 24*time.Hour {
		return fault.New(fault.Invalid, "keep must be at least 24h")
	}
	if s.Ahead.Hour < 0 || s.Ahead.Hour > 23 || s.Ahead.Minute < 0 || s.Ahead.Minute > 59 {
		return fault.New(fault.Invalid, "ahead: hour must be 0 to 23 and minute 0 to 59")
	}
	return positive(s.Workers, s.Timeout)
}

func defaultPrinting(home string) printingSection {
	return printingSection{
		Directory: filepath.Join(home, "printed"), PrivateKey: filepath.Join(home, "keys", "printing.key"), PublicKey: filepath.Join(home, "keys", "printing.pub"),
		A4: []string{}, Address: []string{}, Workers: 2, Timeout: printing.DefaultTimeout, Keep: printing.DefaultKeep, Ahead: aheadSection{Enable: true, Hour: 20, Minute: 15},
	}
}

func (r *roles) press(p *part) (*printing.Press, error) {
	c := r.cfg.Printing
	looks := &printing.Looks{
		Tenant: control.NewTenants(p.databases).Get, A4: c.A4, AddressBlock: c.Address,
		Reader: func(ctx context.Context, id tenant.ID) (*warehouse.Reader, error) {
			pool, err := p.databases.Warehouse(ctx, id)
			if err != nil {
				return nil, err
			}
			return warehouse.NewReader(pool).For(id), nil
		},
	}
	press, refused, err := printing.NewPress(c.Fonts, looks.Of)
	for _, name := range refused {
		r.log.Warn("a font cannot be used for printing", "font", name)
	}
	return press, err
}

// openPrinter prepares the queue's side of the printer.
func (r *roles) openPrinter(p *part, config *jobs.Config) error {
	c := r.cfg.Printing
	if slices.Contains(r.which, webRole) { // in the same process: then the keys are for it to make
		if err := printing.MakeKeys(c.PrivateKey, c.PublicKey); err != nil {
			return err
		}
	}
	key, err := printing.OpenPublic(c.PublicKey)
	if err != nil {
		return err
	}
	if p.printed, err = filestore.OpenShared(c.Directory); err != nil {
		return err
	}
	press, err := r.press(p)
	if err != nil {
		return err
	}
	with := printing.Config{Pool: p.control, Files: p.printed, Key: key, Reports: p.reports, Press: press, Logger: r.log, Keep: c.Keep, Timeout: c.Timeout}
	config.Workers = river.NewWorkers()
	river.AddWorker(config.Workers, printing.NewWorker(with))
	river.AddWorker(config.Workers, printing.NewAheadWorker(with))
	config.Queues = map[string]int{printing.Queue: c.Workers, printing.AheadQueue: 1}
	config.Kinds = map[string]jobs.Kind{
		printing.Args{}.Kind():      {Timeout: c.Timeout, MaxAttempts: 3},
		printing.AheadArgs{}.Kind(): {Timeout: printing.AheadTimeout, MaxAttempts: 3},
	}
	r.openReleases(p, config)
	return nil
}

// reports opens a tenant's reports. Nothing in them leads to pages, so students need no addresses.
func (p *part) reports(ctx context.Context, id tenant.ID) (*report.Reports, error) {
	t, err := control.NewTenants(p.databases).Get(ctx, id)
	if err != nil {
		return nil, err
	}
	pool, err := p.databases.Warehouse(ctx, id)
	if err != nil {
		return nil, err
	}
	return report.New(warehouse.NewReader(pool).For(id), report.Settings{Tenant: t, StudentKey: func(int) string { return "" }}), nil
}

// startPrinter takes jobs, and does what happens by the clock.
func (r *roles) startPrinter(ctx context.Context, p *part) error {
	if err := p.queue.Start(ctx); err != nil {
		return err
	}
	a := r.cfg.Printing.Ahead
	clerk := &printing.Clerk{
		Pool: p.control, Queue: p.queue, Files: p.printed, Tenants: control.NewTenants(p.databases).List, Reports: p.reports, Logger: r.log,
		Ahead: printing.Schedule{Enable: a.Enable, Hour: a.Hour, Minute: a.Minute, AfterPublish: a.AfterPublish},
	}
	r.run("clerk of printing", func() error { return clerk.Run(ctx) })
	releases := &release.Clerk{Pool: p.control, Queue: p.queue, Logger: r.log}
	r.run("clerk of releases", func() error { return releases.Run(ctx) })
	return nil
}

// printingOptions is the web server's side: taking requests, giving out documents, printing single reports.
func (r *roles) printingOptions(p *part, o *web.Options) error {
	c := r.cfg.Printing
	if err := printing.MakeKeys(c.PrivateKey, c.PublicKey); err != nil {
		return err
	}
	key, err := printing.OpenPrivate(c.PrivateKey)
	if err != nil {
		return err
	}
	files, err := openPrinted(c.Directory)
	if err != nil {
		return err
	}
	o.Desk, o.Keep = printing.NewDesk(p.control, files, key), c.Keep
	o.Press, err = r.press(p)
	return err
}

// openPrinted opens the store of printed documents to read it. The printer makes its directory; whoever comes first where there is none yet makes it too.
func openPrinted(directory string) (*filestore.Dir, error) {
	files, err := filestore.OpenReadOnly(directory)
	if errors.Is(err, fs.ErrNotExist) {
		return filestore.OpenShared(directory)
	}
	return files, err
}

type printerCommand struct{}

// Run runs the printer until it is told to end.
func (printerCommand) Run(a *app) error { return a.serve(printerRole) }
