// Command scorehouse is the whole system in one binary: the assessment data warehouse and reporting system that state
// education agencies run themselves. Each file of this package is one sub-command and only wires packages together;
// the roles of an installation (landing, loader, migrator, printer, web) are sub-commands too, and `scorehouse demo` runs all of
// them in one process. Read docs/flow.md for what they do with a file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"scorehouse/internal/fault"
)

// commands is the table of sub-commands: roles first, then operators' commands in the form noun verb.
type commands struct {
	Config string `help:"Configuration file. Default: the first that exists of /etc/scorehouse/scorehouse.yaml and the demo's own." env:"SCOREHOUSE_CONFIG" placeholder:"FILE" short:"c"`

	Demo     demoCommand     `cmd:"" group:"roles" help:"Run the whole system in one process, with a synthetic state."`
	Landing  landingCommand  `cmd:"" group:"roles" help:"Run the SFTP landing zone, or manage its accounts."`
	Loader   loaderCommand   `cmd:"" group:"roles" help:"Run the loader: open, check, load and stage what has arrived."`
	Migrator migratorCommand `cmd:"" group:"roles" help:"Run the migrator: publish staged batches to the warehouse."`
	Printer  printerCommand  `cmd:"" group:"roles" help:"Run the printer: reports of students for whoever asks, and ahead."`
	Web      webCommand      `cmd:"" group:"roles" help:"Run the web server of the reports."`

	Batch    batchCommand    `cmd:"" group:"operate" help:"List batches and tell the story of one."`
	Tenant   tenantCommand   `cmd:"" group:"operate" help:"Add and list tenants."`
	Settings settingsCommand `cmd:"" group:"operate" help:"Show, check and set what a state has set for itself: smallest numbers, colours, branding."`
	Text     textCommand     `cmd:"" group:"operate" help:"List, check and set texts of a state's own."`
	Key      keyCommand      `cmd:"" group:"operate" help:"Import, list and export OpenPGP keys."`
	Jobs     jobsCommand     `cmd:"" group:"operate" help:"List, retry, cancel and purge queued jobs."`
	PDF      pdfCommand      `cmd:"" name:"pdf" group:"operate" help:"Printed reports: status, verify, purge, regenerate."`
	Release  releaseCommand  `cmd:"" group:"operate" help:"Releases: make, review, preview, publish, withdraw."`
	Public   publicCommand   `cmd:"" group:"operate" help:"Links to the public pages: issue, list, revoke."`
	Provider providerCommand `cmd:"" group:"operate" help:"Manage identity providers and our keys for signing in."`
	Session  sessionCommand  `cmd:"" group:"operate" help:"List who is signed in, and end sessions."`
	Access   accessCommand   `cmd:"" group:"operate" help:"Explain who may see what."`
	Audit    auditCommand    `cmd:"" group:"operate" help:"Read and verify the audit trail."`
	DB       dbCommand       `cmd:"" name:"db" group:"operate" help:"Bring the databases to the schema version of this binary."`
	Conf     configCommand   `cmd:"" name:"config" group:"operate" help:"Check and describe the configuration."`
	Check    checkCommand    `cmd:"" group:"operate" help:"Ask a running web server whether all is well."`

	Synth   synthCommand   `cmd:"" group:"develop" help:"Write packages of a synthetic state, as a test vendor would."`
	Dev     devCommand     `cmd:"" group:"develop" help:"Tools for whoever changes the look."`
	Version versionCommand `cmd:"" group:"develop" help:"Print the version."`
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run executes one command line and returns its exit status: 0, or the status of the fault's kind (see fault.Kind.ExitCode).
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var table commands
	exited := -1
	parser, err := kong.New(&table,
		kong.Name("scorehouse"),
		kong.Description("Assessment data warehouse and reporting for state education agencies.\n\nStart with `scorehouse demo`."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "roles", Title: "Roles of an installation"},
			{Key: "operate", Title: "Operators' commands"},
			{Key: "develop", Title: "For developers and senders"},
		}),
		kong.Vars{"demo_home": demoHome()},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
	)
	if err != nil {
		panic(err)
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "scorehouse: %s\n\nSee scorehouse --help.\n", err)
		return fault.Invalid.ExitCode()
	}
	app := &app{ctx: ctx, configFile: table.Config, stdout: stdout, stderr: stderr}
	defer app.close()
	err = parsed.Run(app)
	if err == nil || errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return 0
	}
	fmt.Fprintf(stderr, "scorehouse: %s\n", err)
	return fault.KindOf(err).ExitCode()
}
