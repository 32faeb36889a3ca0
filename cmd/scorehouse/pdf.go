package main

import (
	"fmt"
	"os"
	"strconv"

	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/filestore"
	"scorehouse/internal/printing"
	"scorehouse/internal/tenant"
)

type pdfCommand struct {
	Status     pdfStatusCommand     `cmd:"" help:"Show what is printed ahead and the last run, and how many requests there are, by tenant."`
	Verify     pdfVerifyCommand     `cmd:"" help:"Open every document that waits or was printed ahead. Exit status 1 when one is not whole."`
	Purge      pdfPurgeCommand      `cmd:"" help:"Delete documents printed ahead."`
	Regenerate pdfRegenerateCommand `cmd:"" help:"Have documents printed ahead anew; until then the old ones are given to nobody."`
	Key        pdfKeyCommand        `cmd:"" help:"Make the keys of printed documents where they are missing, and print the public one."`
}

// ofDocuments chooses documents printed ahead on the command line.
type ofDocuments struct {
	Tenant   string `help:"Only of this tenant."`
	District string `help:"Only of the district with this code; needs --tenant."`
	School   string `help:"Only of the school with this code; needs --district."`
	Grade    string `help:"Only of this grade, such as 05."`
	Year     int    `help:"Only of this academic year, named by its spring."`
}

func (o ofDocuments) selection() (printing.Selection, error) {
	s := printing.Selection{Tenant: tenant.ID(o.Tenant), District: o.District, School: o.School, Year: edu.AcademicYear(o.Year)}
	if o.District != "" && o.Tenant == "" || o.School != "" && o.District == "" {
		return s, fault.New(fault.Invalid, "codes of districts and schools hold within their tenant and district only: name those too")
	}
	if o.Grade != "" {
		g, ok := edu.ParseGrade(o.Grade)
		if !ok {
			return s, fault.New(fault.Invalid, "--grade %q: write 03, 11 or KG", o.Grade)
		}
		s.Grade = &g
	}
	return s, nil
}

// event is the record of an act on documents.
func (o ofDocuments) event(kind audit.Kind, s printing.Selection) audit.Event {
	return audit.Event{Kind: kind, Tenant: s.Tenant, What: audit.What{District: audit.Code(s.District), School: audit.Code(s.School), Grade: s.Grade, Year: s.Year}}
}

// printed opens the store of printed documents, one that is there.
func (a *app) printed(open func(string) (*filestore.Dir, error)) (*filestore.Dir, error) {
	cfg, err := a.configuration()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(cfg.Printing.Directory); err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "there are no printed documents in %s", cfg.Printing.Directory)
	}
	return open(cfg.Printing.Directory)
}

type pdfStatusCommand struct {
	JSON bool `help:"Print an array of objects for machines."`
}

// Run prints a line for each tenant.
func (c pdfStatusCommand) Run(a *app) error {
	pool, err := a.control()
	if err != nil {
		return err
	}
	all, err := printing.Stands(a.ctx, pool)
	if err != nil {
		return err
	}
	if c.JSON {
		if all == nil {
			all = []printing.Standing{}
		}
		return printJSON(a.stdout, all)
	}
	var rows [][]string
	for _, s := range all {
		run := "never"
		switch {
		case s.BegunAt != nil && s.FinishedAt == nil:
			run = english.Sprintf("began %s: %d printed, %d failed", moment(*s.BegunAt), s.Printed, s.Failed)
		case s.BegunAt != nil:
			run = english.Sprintf("%s, %s: %d printed, %d failed", moment(*s.BegunAt), span(s.FinishedAt.Sub(*s.BegunAt)), s.Printed, s.Failed)
		}
		if s.Wanted {
			run += "; another is wanted"
		}
		rows = append(rows, []string{string(s.Tenant), english.Sprintf("%d", s.Kept), english.Sprintf("%d", s.Students), inMegabytes(s.Bytes), english.Sprintf("%d", s.Due), strconv.Itoa(s.CheckedVersion), run,
			english.Sprintf("%d", s.Waiting+s.Printing), english.Sprintf("%d (%s)", s.Ready, inMegabytes(s.ReadyBytes)), english.Sprintf("%d", s.JobsFailed)})
	}
	printTable(a.stdout, []string{"TENANT", ">AHEAD", ">STUDENTS", ">SIZE", ">DUE", ">CHECKED", "LAST RUN", ">UNFINISHED", ">READY", ">FAILED"}, rows)
	return nil
}

func inMegabytes(n int64) string { return english.Sprintf("%.1f MB", float64(n)/1e6) }

type pdfVerifyCommand struct {
	JSON bool `help:"Print an array of objects for machines."`
}

// Run opens every document and tells which are not whole.
func (c pdfVerifyCommand) Run(a *app) error {
	pool, err := a.control()
	if err != nil {
		return err
	}
	files, err := a.printed(filestore.OpenReadOnly)
	if err != nil {
		return err
	}
	key, err := printing.OpenPrivate(a.cfg.Printing.PrivateKey)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "printed documents cannot be opened")
	}
	read, faults, err := printing.Verify(a.ctx, pool, files, key)
	if err != nil {
		return err
	}
	if c.JSON {
		if faults == nil {
			faults = []printing.Fault{}
		}
		err = printJSON(a.stdout, faults)
	} else {
		var rows [][]string
		for _, f := range faults {
			rows = append(rows, []string{f.What, f.Problem, f.File})
		}
		if len(rows) > 0 {
			printTable(a.stdout, []string{"DOCUMENT", "PROBLEM", "FILE"}, rows)
		}
		english.Fprintf(a.stdout, "%d documents read, %d not whole\n", read, len(faults))
	}
	if err == nil && len(faults) > 0 {
		return fault.New(fault.Internal, "%d documents are not whole: people can print their requests again; `scorehouse pdf regenerate` prints those printed ahead anew", len(faults))
	}
	return err
}

type pdfPurgeCommand struct {
	ofDocuments
}

// Run deletes documents printed ahead.
func (c pdfPurgeCommand) Run(a *app) error {
	s, err := c.selection()
	if err != nil {
		return err
	}
	pool, err := a.control()
	if err != nil {
		return err
	}
	files, err := a.printed(filestore.OpenShared)
	if err != nil {
		return err
	}
	n := 0
	err = a.administer(c.event(audit.AdminPDFPurge, s), func(e *audit.Event) error {
		n, err = printing.Purge(a.ctx, pool, files, s)
		e.What.Count = n
		return err
	})
	if err != nil {
		return err
	}
	english.Fprintf(a.stdout, "%d documents deleted; the next run prints them ahead again (`scorehouse pdf regenerate` begins one)\n", n)
	return nil
}

type pdfRegenerateCommand struct {
	ofDocuments
}

// Run makes documents due.
func (c pdfRegenerateCommand) Run(a *app) error {
	s, err := c.selection()
	if err != nil {
		return err
	}
	pool, err := a.control()
	if err != nil {
		return err
	}
	n := 0
	err = a.administer(c.event(audit.AdminPDFRegenerate, s), func(e *audit.Event) error {
		n, err = printing.Regenerate(a.ctx, pool, s)
		e.What.Count = n
		return err
	})
	if err != nil {
		return err
	}
	english.Fprintf(a.stdout, "%d documents are due, and whatever has changed; a printer begins within seconds (`scorehouse pdf status` shows how far it is)\n", n)
	return nil
}

type pdfKeyCommand struct{}

// Run makes the keys.
func (pdfKeyCommand) Run(a *app) error {
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	if err := printing.MakeKeys(cfg.Printing.PrivateKey, cfg.Printing.PublicKey); err != nil {
		return err
	}
	key, err := printing.OpenPublic(cfg.Printing.PublicKey)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, key)
	return nil
}
