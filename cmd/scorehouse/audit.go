package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/logging"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

type auditSection struct {
	Directory string        `yaml:"directory" doc:"Directory of the audit trail on this machine. The processes of one machine share it. Leave its files alone: scorehouse audit verify reports whatever changes them. Default /var/lib/scorehouse/audit."`
	KeyFile   string        `yaml:"key_file" doc:"File with the key that seals the trail, made at the first start. Without it the trail can no longer be verified: keep a copy in your vault. Default /var/lib/scorehouse/keys/audit.key."`
	Syslog    bool          `yaml:"syslog" doc:"Copy each record to the syslog service: audit records to local0, security events to local2. Default false."`
	Retention time.Duration `yaml:"retention" doc:"How old files of the trail must be before verify accepts that they are gone, such as 26280h for three years. Nothing is deleted by itself. Default 0: never."`
}

// Validate checks the retention.
func (s auditSection) Validate() error {
	if s.Retention < 0 {
		return fault.New(fault.Invalid, "retention must not be negative")
	}
	return nil
}

type logSection struct {
	Level        string `yaml:"level" doc:"What the roles log: debug, info, warn or error and what is worse. Default info."`
	File         string `yaml:"file" doc:"File of the log, appended to. Default empty: standard error."`
	Syslog       bool   `yaml:"syslog" doc:"Send the log to the syslog service too, as local1. Default false."`
	SyslogSocket string `yaml:"syslog_socket" doc:"Socket of the machine's syslog service, for this log and for audit.syslog. Default /dev/log."`
}

// Validate checks the level.
func (s logSection) Validate() error {
	_, err := s.level()
	return err
}

func (s logSection) level() (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.Level)); err != nil || !slices.Contains([]string{"debug", "info", "warn", "error"}, s.Level) {
		return 0, fault.New(fault.Invalid, "level %q: use debug, info, warn or error", s.Level)
	}
	return level, nil
}

// open returns the log of a role, which writes to out when no file is named, and what ends it.
func (s logSection) open(out io.Writer) (*slog.Logger, func() error, error) {
	level, err := s.level()
	if err != nil {
		return nil, nil, err
	}
	o := logging.Options{Level: level, File: s.File, Out: out}
	if s.Syslog {
		o.Syslog = s.SyslogSocket
	}
	return logging.New(o)
}

// openTrail opens the audit trail for a process.
func openTrail(ctx context.Context, cfg configuration, pool *pgxpool.Pool, role string, log *slog.Logger) (*audit.Log, error) {
	keys, err := audit.OpenKey(cfg.Audit.KeyFile)
	if err != nil {
		return nil, err
	}
	c := audit.Config{Directory: cfg.Audit.Directory, Key: keys[0], Pool: pool, Role: role, Logger: log}
	if cfg.Audit.Syslog {
		c.Syslog = cfg.Log.SyslogSocket
	}
	return audit.Open(ctx, c)
}

// administer does what an operator asked for and leaves a record before and after it: what cannot be recorded is not done. act may add to
// the event what is known only afterwards. Nobody's flags or files are in the record, only what the event holds.
func (a *app) administer(e audit.Event, act func(e *audit.Event) error) error {
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	e.Who.Operator = operator()
	begin := func() (*audit.Log, error) {
		pool, err := a.control()
		if err != nil {
			return nil, err
		}
		return openTrail(a.ctx, cfg, pool, "command", slog.New(slog.NewJSONHandler(a.stderr, nil)))
	}
	trail, err := begin()
	if err == nil {
		begun := e
		begun.Outcome = audit.Begun
		err = trail.Record(a.ctx, begun)
	}
	early := e.Kind == audit.AdminDatabaseUpgrade && missing(err) // it makes the tables that its own record needs
	if err != nil && !early {
		return notDone(trail, err)
	}
	done := act(&e)
	if e.Outcome = audit.Done; done != nil {
		e.Outcome, e.Reason = audit.Failed, audit.Reason(fault.KindOf(done))
	}
	if trail == nil {
		if trail, err = begin(); err != nil {
			return errors.Join(done, err)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.ctx), 10*time.Second)
	defer cancel()
	err = errors.Join(trail.Record(ctx, e), trail.Close())
	if err != nil && done == nil {
		return fault.Wrap(fault.KindOf(err), err, "it is done, but its end is not in the audit trail")
	}
	return done
}

func notDone(trail *audit.Log, err error) error {
	if trail != nil {
		_ = trail.Close() // there is nothing in it that anybody was promised
	}
	return fault.Wrap(fault.KindOf(err), err, "nothing was done, because it cannot be recorded")
}

// missing reports whether the control database has no audit trail yet, or does not exist.
func missing(err error) bool {
	return slices.Contains([]string{"3D000", "3F000", "42P01"}, pg.CodeOf(err))
}

// operator is the user of the operating system who runs the command, with the one before sudo.
func operator() audit.Person {
	name := strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if before := os.Getenv("SUDO_USER"); before != "" && before != name {
		name = before + ":" + name
	}
	return audit.Person(name)
}

type auditCommand struct {
	Show   auditShowCommand   `cmd:"" help:"Print records: who saw what, who did what, who was refused."`
	Verify auditVerifyCommand `cmd:"" help:"Find out whether the trail was edited, cut, reordered or forged. Exit status 1 when it was."`
	Thin   auditThinCommand   `cmd:"" help:"Delete old anchors that prove nothing more."`
}

type auditShowCommand struct {
	Tenant    string `help:"Only records of this tenant."`
	User      string `help:"Only records of this person (the id that the identity provider sends) or operator."`
	Kind      string `help:"Only records of this kind, such as student.read, or group of kinds, such as student, signin, admin."`
	Since     string `help:"Only records since then: 2026-11-24, or an age such as 7d, 12h."`
	Limit     int    `help:"At most this many, the newest; 0 means all." default:"50"`
	Directory string `help:"Directory of the trail. Default: that of the configuration." placeholder:"DIR"`
	JSON      bool   `help:"Print one object a line for machines."`
}

// Run prints the records, oldest first.
func (c auditShowCommand) Run(a *app) error {
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	filter := audit.Filter{User: c.User, Kind: c.Kind, Limit: c.Limit}
	if filter.Since, err = since(c.Since); err != nil {
		return err
	}
	if c.Tenant != "" {
		if filter.Tenant, err = tenant.ParseID(c.Tenant); err != nil {
			return fault.New(fault.Invalid, "%s", err)
		}
	}
	if c.Directory == "" {
		c.Directory = cfg.Audit.Directory
	}
	if !fileExists(c.Directory) {
		return fault.New(fault.NotFound, "there is no audit trail in %s yet", c.Directory)
	}
	var keys [][]byte // to find users that are recorded as digests
	if c.User != "" && fileExists(cfg.Audit.KeyFile) {
		if keys, err = audit.OpenKey(cfg.Audit.KeyFile); err != nil {
			return err
		}
	}
	records, err := audit.Read(c.Directory, keys, filter)
	if err != nil {
		return err
	}
	if c.JSON {
		lines := json.NewEncoder(a.stdout)
		for _, r := range records {
			if err := lines.Encode(r); err != nil {
				return err
			}
		}
		return nil
	}
	rows := make([][]string, 0, len(records))
	for _, r := range records {
		rows = append(rows, []string{
			moment(r.Time), string(r.Kind), string(r.Outcome), string(r.Tenant), whoText(r), whatText(r), studentsText(r), r.Client, string(r.Reason), string(r.Request),
		})
	}
	printTable(a.stdout, []string{"TIME", "KIND", "OUTCOME", "TENANT", "WHO", "WHAT", ">STUDENTS", "FROM", "REASON", "REQUEST"}, rows)
	return nil
}

func since(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return t, nil
		}
	}
	if old, err := age(text); err == nil && old >= 0 {
		return time.Now().Add(-old), nil
	}
	return time.Time{}, fault.New(fault.Invalid, "--since %q: write 2026-11-24, 7d or 12h", text)
}

func whoText(r audit.Record) string {
	if r.Operator != "" {
		return string(r.Operator) + " (operator)"
	}
	if r.User != "" && r.Provider != "" {
		return string(r.User) + " of " + string(r.Provider)
	}
	return string(r.User)
}

func whatText(r audit.Record) string {
	var parts []string
	add := func(format string, present bool, args ...any) {
		if present {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	if r.Operator != "" { // whom the act was about
		add("of %s", r.User != "", r.User)
		add("session %s", r.Session != "", r.Session)
		add("provider %s", r.Provider != "", r.Provider)
	}
	add("%s", r.Object != "", r.Object)
	add("%d", r.Count > 0, r.Count)
	add("student %d", r.Student > 0, r.Student)
	add("district %s", r.District != "", r.District)
	add("school %s", r.School != "", r.School)
	add("grade %s", r.Grade != "", r.Grade)
	add("%s", r.Subject != "", r.Subject)
	add("%d", r.Year > 0, r.Year)
	add("%s", r.Type != "", r.Type)
	add("as %s", r.Format != "" && r.Format != audit.Page, r.Format)
	if len(parts) == 0 {
		return string(r.Route)
	}
	return strings.Join(parts, ", ")
}

func studentsText(r audit.Record) string {
	if r.Kind != audit.StudentRead && r.Kind != audit.StudentExport {
		return ""
	}
	return english.Sprintf("%d", r.Students)
}

type auditVerifyCommand struct {
	Directory []string `help:"Directories with the trail. Default: that of the configuration." placeholder:"DIR"`
	All       bool     `help:"The directories hold the trail of every machine: chains that are in none of them are missing."`
	JSON      bool     `help:"Print the report for machines."`
}

// errTampered is an error, so that the exit status is 1.
var errTampered = errors.New("the audit trail is not what was written")

// Run verifies the trail.
func (c auditVerifyCommand) Run(a *app) error {
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	verify := audit.VerifyConfig{Directories: c.Directory, All: c.All}
	if len(verify.Directories) == 0 {
		verify.Directories = []string{cfg.Audit.Directory}
	}
	for i, dir := range verify.Directories {
		if verify.Directories[i], err = filepath.Abs(dir); err != nil {
			return err
		}
		if !fileExists(dir) {
			return fault.New(fault.NotFound, "there is no audit trail in %s", dir)
		}
	}
	if !fileExists(cfg.Audit.KeyFile) {
		return fault.New(fault.NotFound, "there is no key %s: without it the trail cannot be verified", cfg.Audit.KeyFile)
	}
	if verify.Keys, err = audit.OpenKey(cfg.Audit.KeyFile); err != nil {
		return err
	}
	if verify.Pool, err = a.control(); err != nil {
		return err
	}
	if cfg.Audit.Retention > 0 {
		verify.Since = time.Now().Add(-cfg.Audit.Retention)
	}
	report, err := audit.Verify(a.ctx, verify)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(a.stdout, report)
	} else {
		printReport(a.stdout, report)
	}
	switch {
	case err != nil:
		return err
	case !report.OK():
		return errTampered
	case report.Records() == 0: // nothing to be wrong is not everything in order
		return fault.New(fault.NotFound, "no record of this machine lies in %s: in a copy, or on another machine, verify with --all", strings.Join(verify.Directories, ", "))
	}
	return nil
}

func printReport(w io.Writer, report audit.Report) {
	var rows [][]string
	problems := slices.Clone(report.Problems)
	for _, c := range report.Chains {
		for _, p := range c.Problems {
			p.Text += fmt.Sprintf(" (%s chain %s)", c.Stream, c.Chain)
			problems = append(problems, p)
		}
		rows = append(rows, []string{string(c.Stream), c.Chain, c.Host, english.Sprintf("%d", c.Records), moment(c.First), moment(c.Last), standing(c)})
	}
	printTable(w, []string{"STREAM", "CHAIN", "HOST", ">RECORDS", "FIRST", "LAST", "STANDING"}, rows)
	fmt.Fprintln(w)
	for _, p := range problems {
		place := p.File
		if p.Line > 0 {
			place += ":" + strconv.Itoa(p.Line)
		}
		fmt.Fprintf(w, "%s: %s %s\n", strings.ToUpper(string(p.Class)), place, p.Text)
	}
	if report.Elsewhere > 0 {
		fmt.Fprintf(w, "%d chains of other machines or directories were not looked at (see --all)\n", report.Elsewhere)
	}
	if len(problems) == 0 && report.Records() > 0 {
		english.Fprintf(w, "in order: %d records in %d chains are as they were written\n", report.Records(), len(report.Chains))
	}
}

// standing says in a few words how a chain ended.
func standing(c audit.ChainReport) string {
	parts := []string{"not closed"}
	switch {
	case len(c.Problems) > 0:
		parts[0] = fmt.Sprintf("WRONG (%d)", len(c.Problems))
	case c.Closed:
		parts[0] = "closed"
	}
	if c.Loose > 0 {
		parts = append(parts, fmt.Sprintf("%d after the last anchor", c.Loose))
	}
	if c.Torn {
		parts = append(parts, "last line cut off")
	}
	if c.Expired {
		parts = append(parts, "older files expired")
	}
	return strings.Join(parts, ", ")
}

type auditThinCommand struct{}

// Run thins out the anchors.
func (auditThinCommand) Run(a *app) error {
	pool, err := a.control()
	if err != nil {
		return err
	}
	return a.administer(audit.Event{Kind: audit.AdminAnchorsThin}, func(e *audit.Event) error {
		n, err := audit.Thin(a.ctx, pool)
		if err != nil {
			return err
		}
		e.What.Count = int(n)
		english.Fprintf(a.stdout, "%d anchors deleted; the trail can still be verified\n", n)
		return nil
	})
}
