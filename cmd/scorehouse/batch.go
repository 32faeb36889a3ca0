package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/batch"
	"scorehouse/internal/fault"
	"scorehouse/internal/tenant"
)

type batchCommand struct {
	List batchListCommand `cmd:"" help:"List batches, newest first."`
	Show batchShowCommand `cmd:"" help:"Tell the whole story of a batch: stages, rows, reasons of rejection."`
}

type batchListCommand struct {
	Tenant string `help:"Only batches of this tenant."`
	Status string `help:"Only batches with this status."`
	Limit  int    `help:"At most this many; 0 means all." default:"0"`
	JSON   bool   `help:"Print an array of objects for machines."`
}

// Run prints the batches.
func (c batchListCommand) Run(a *app) error {
	pool, err := a.control()
	if err != nil {
		return err
	}
	if err := c.check(a); err != nil {
		return err
	}
	batches, err := batch.NewStore(pool).List(a.ctx, batch.Filter{Tenant: tenant.ID(c.Tenant), Status: batch.Status(c.Status), Limit: c.Limit})
	if err != nil {
		return err
	}
	if c.JSON {
		if batches == nil {
			batches = []batch.Batch{}
		}
		return printJSON(a.stdout, batches)
	}
	if len(batches) == 0 {
		fmt.Fprintln(a.stdout, "no batches")
		return nil
	}
	rows := make([][]string, 0, len(batches))
	for _, b := range batches {
		rows = append(rows, []string{
			strconv.Itoa(int(b.ID)), string(b.Tenant), b.File, string(b.Status), codeText(b.Code),
			count(b.RowsTotal), count(b.RowsAccepted), count(b.RowsRejected), moment(b.ReceivedAt), b.Sender, keyID(b.Signer), b.Digest[:12],
		})
	}
	printTable(a.stdout, []string{">ID", "TENANT", "FILE", "STATUS", ">CODE", ">ROWS", ">ACCEPTED", ">REJECTED", "RECEIVED", "SENDER", "SIGNED BY", "DIGEST"}, rows)
	return nil
}

// check refuses a tenant or a status that does not exist, which would otherwise look like "nothing arrived".
func (c batchListCommand) check(a *app) error {
	if c.Tenant != "" {
		tenants, err := a.tenants()
		if err != nil {
			return err
		}
		if _, err := tenants.Get(a.ctx, tenant.ID(c.Tenant)); err != nil {
			return err
		}
	}
	if c.Status != "" && !slices.Contains(batch.Statuses, batch.Status(c.Status)) {
		return fault.New(fault.Invalid, "there is no status %q; the statuses are %v", c.Status, batch.Statuses)
	}
	return nil
}

// keyID shortens a fingerprint to the 16 digits by which OpenPGP programs show keys.
func keyID(fingerprint string) string {
	if len(fingerprint) < 16 {
		return fingerprint
	}
	return fingerprint[len(fingerprint)-16:]
}

func codeText(code *int) string {
	if code == nil {
		return ""
	}
	return strconv.Itoa(*code)
}

type batchShowCommand struct {
	ID   string `arg:"" help:"Number of the batch."`
	JSON bool   `help:"Print an object for machines."`
}

// Run prints the story.
func (c batchShowCommand) Run(a *app) error {
	pool, err := a.control()
	if err != nil {
		return err
	}
	id, err := batch.ParseID(c.ID)
	if err != nil {
		return err
	}
	story, err := batch.NewStore(pool).Story(a.ctx, id)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, story)
	}
	c.print(a, story)
	return nil
}

func (c batchShowCommand) print(a *app, story batch.Story) {
	b := story.Batch
	fmt.Fprintf(a.stdout, "Batch %d · %s · %s\n\n", b.ID, b.Tenant, b.Status)
	facts := [][2]string{
		{"file", fmt.Sprintf("%s (%s)", b.File, bytesText(b.Size))},
		{"digest", "sha256 " + b.Digest},
		{"sender", b.Sender},
		{"signed by", b.Signer},
		{"received", moment(b.ReceivedAt)},
		{"assessment", assessmentText(b)},
		{"rows", fmt.Sprintf("%s in the file, %s accepted, %s rejected", count(b.RowsTotal), count(b.RowsAccepted), count(b.RowsRejected))},
	}
	if b.Version != nil {
		facts = append(facts, [2]string{"published", fmt.Sprintf("in version %d of the warehouse", *b.Version)})
	}
	if b.Reason != "" {
		facts = append(facts, [2]string{"reason", strings.TrimSpace(codeText(b.Code) + " " + b.Reason)})
	}
	for _, f := range facts {
		if f[1] != "" {
			fmt.Fprintf(a.stdout, "  %-11s %s\n", f[0], f[1])
		}
	}
	c.printEvents(a, story.Events)
	c.printRejects(a, story)
}

func (c batchShowCommand) printEvents(a *app, events []batch.Event) {
	if len(events) == 0 {
		return
	}
	fmt.Fprintln(a.stdout)
	rows := make([][]string, 0, len(events))
	for _, e := range events {
		rows = append(rows, []string{
			e.Started.Local().Format("15:04:05.000"), strconv.Itoa(e.Attempt), e.Stage, string(e.Outcome), span(e.Finished.Sub(e.Started)),
			count(e.RowsIn), count(e.RowsOut), count(e.RowsRejected), e.Detail,
		})
	}
	printTable(a.stdout, []string{"STARTED", ">ATTEMPT", "STAGE", "OUTCOME", ">TOOK", ">ROWS IN", ">OUT", ">REJECTED", "DETAIL"}, rows)
}

func (c batchShowCommand) printRejects(a *app, story batch.Story) {
	if len(story.FirstRejects) == 0 {
		return
	}
	var total int64
	for _, r := range story.RejectsByCode {
		total += r.Rows
	}
	fmt.Fprintln(a.stdout)
	if int64(len(story.FirstRejects)) < total {
		fmt.Fprintf(a.stdout, "The first %d of %s rejections (%s):\n", len(story.FirstRejects), count(&total), byCode(story.RejectsByCode))
	}
	rows := make([][]string, 0, len(story.FirstRejects))
	for _, r := range story.FirstRejects {
		line := ""
		if r.Line > 0 { // 0 means the whole file
			line = strconv.FormatInt(r.Line, 10)
		}
		rows = append(rows, []string{line, r.Column, strconv.Itoa(r.Code), r.Message})
	}
	printTable(a.stdout, []string{">LINE", "COLUMN", ">CODE", "REASON"}, rows)
}

func byCode(counts []batch.CodeCount) string {
	parts := make([]string, 0, len(counts))
	for _, c := range counts {
		parts = append(parts, english.Sprintf("%d × %d", c.Rows, c.Code))
	}
	return strings.Join(parts, ", ")
}

func assessmentText(b batch.Batch) string {
	if b.AssessmentGUID == "" {
		return ""
	}
	return fmt.Sprintf("%s, %s, %s (%s)", b.AssessmentType.Label(), b.Subject.Label(), b.AcademicYear, b.AssessmentGUID)
}

func bytesText(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// age reads 30d, 12h, 90m.
func age(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(text)
}
