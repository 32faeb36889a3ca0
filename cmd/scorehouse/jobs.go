package main

import (
	"fmt"
	"strconv"
	"time"

	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/jobs"
)

type jobsCommand struct {
	List   jobsListCommand   `cmd:"" help:"List jobs, newest first."`
	Retry  jobsRetryCommand  `cmd:"" help:"Make a job run now, also one that was given up."`
	Cancel jobsCancelCommand `cmd:"" help:"End a job that waits or runs."`
	Purge  jobsPurgeCommand  `cmd:"" help:"Delete jobs that are over."`
}

// queue opens the queue for operators: it takes no jobs.
func (a *app) queue() (*jobs.Client, error) {
	pool, err := a.control()
	if err != nil {
		return nil, err
	}
	return jobs.NewClient(jobs.Config{Pool: pool, Logger: a.logger()})
}

type jobsListCommand struct {
	State string `help:"Only jobs in this state: available, running, retryable, scheduled, pending, completed, discarded, cancelled."`
	Kind  string `help:"Only jobs of this kind, such as load.batch."`
	Limit int    `help:"At most this many; 0 means all." default:"50"`
	JSON  bool   `help:"Print an array of objects for machines."`
}

// Run prints the jobs.
func (c jobsListCommand) Run(a *app) error {
	client, err := a.queue()
	if err != nil {
		return err
	}
	list, err := client.List(a.ctx, jobs.Filter{State: c.State, Kind: c.Kind, Limit: c.Limit})
	if err != nil {
		return err
	}
	if c.JSON {
		if list == nil {
			list = []jobs.Job{}
		}
		return printJSON(a.stdout, list)
	}
	rows := make([][]string, 0, len(list))
	for _, j := range list {
		rows = append(rows, []string{
			strconv.FormatInt(j.ID, 10), j.Kind, j.State, fmt.Sprintf("%d of %d", j.Attempt, j.MaxAttempts), string(j.Args), moment(j.CreatedAt), j.LastError,
		})
	}
	printTable(a.stdout, []string{">ID", "KIND", "STATE", ">TRIES", "FOR", "CREATED", "LAST ERROR"}, rows)
	return nil
}

func jobEvent(kind audit.Kind, id int64) audit.Event {
	return audit.Event{Kind: kind, What: audit.What{Object: audit.ID(strconv.FormatInt(id, 10))}}
}

type jobsRetryCommand struct {
	ID int64 `arg:"" help:"Number of the job."`
}

// Run makes the job available.
func (c jobsRetryCommand) Run(a *app) error {
	client, err := a.queue()
	if err != nil {
		return err
	}
	if err := a.administer(jobEvent(audit.AdminJobRetry, c.ID), func(*audit.Event) error { return client.Retry(a.ctx, c.ID) }); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "job %d runs as soon as a worker is free\n", c.ID)
	return nil
}

type jobsCancelCommand struct {
	ID int64 `arg:"" help:"Number of the job."`
}

// Run cancels the job.
func (c jobsCancelCommand) Run(a *app) error {
	client, err := a.queue()
	if err != nil {
		return err
	}
	if err := a.administer(jobEvent(audit.AdminJobCancel, c.ID), func(*audit.Event) error { return client.Cancel(a.ctx, c.ID) }); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "job %d is cancelled (a running one ends at its next step)\n", c.ID)
	return nil
}

type jobsPurgeCommand struct {
	State     []string `help:"States to purge." default:"completed,discarded,cancelled"`
	OlderThan string   `help:"Only jobs that ended (waiting ones: were made) at least this long ago, such as 30d or 12h." default:"30d"`
	DryRun    bool     `help:"Only say how many jobs would be deleted."`
}

// Run deletes old jobs. Running jobs are never deleted; a batch whose waiting job is deleted gets another by the sweep.
func (c jobsPurgeCommand) Run(a *app) error {
	old, err := age(c.OlderThan)
	if err != nil || old < 0 {
		return fault.New(fault.Invalid, "--older-than %q: write 30d, 12h or 90m", c.OlderThan)
	}
	client, err := a.queue()
	if err != nil {
		return err
	}
	before := time.Now().Add(-old)
	if c.DryRun {
		n, err := client.CountPurge(a.ctx, c.State, before)
		if err == nil {
			fmt.Fprintf(a.stdout, "%d jobs would be deleted\n", n)
		}
		return err
	}
	var n int64
	err = a.administer(audit.Event{Kind: audit.AdminJobPurge}, func(e *audit.Event) error {
		n, err = client.Purge(a.ctx, c.State, before)
		e.What.Count = int(n)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%d jobs deleted\n", n)
	return nil
}
