package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"scorehouse/internal/audit"
	"scorehouse/internal/control"
	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/jobs"
	"scorehouse/internal/release"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
)

type releaseCommand struct {
	List     releaseListCommand     `cmd:"" help:"List releases of a tenant, the newest first."`
	Make     releaseMakeCommand     `cmd:"" help:"Count and decide a release of a year. Nobody sees it before it is published."`
	Show     releaseShowCommand     `cmd:"" help:"Show what a release shows and hides, and why, or why it was refused."`
	Preview  releasePreviewCommand  `cmd:"" help:"Decide a release with another smallest number of students shown, without storing anything."`
	Publish  releasePublishCommand  `cmd:"" help:"Release what was decided: strict audiences and the public read it from now on."`
	Withdraw releaseWithdrawCommand `cmd:"" help:"Withdraw a release, or drop one that waits for review or is still being decided."`
}

// releases opens the desk of releases for an operator's command.
func (a *app) releases() (*release.Desk, error) {
	pool, err := a.control()
	if err != nil {
		return nil, err
	}
	return release.NewDesk(pool, func(_ context.Context, id tenant.ID) (*settings.Settings, error) {
		_, own, err := a.currentSettings(string(id)) // the owner of the tables does not read them as readers do
		return own, err
	}), nil
}

// onTenant opens the desk and does something about a tenant of the command line, between the two lines of its record.
func (a *app) onTenant(name string, e audit.Event, act func(*release.Desk, tenant.Tenant, *audit.Event) error) error {
	t, err := a.tenantNamed(name)
	if err != nil {
		return err
	}
	desk, err := a.releases()
	if err != nil {
		return err
	}
	e.Tenant = t.ID
	return a.administer(e, func(e *audit.Event) error { return act(desk, t, e) })
}

// onRelease opens the desk and does something about a release, between the two lines of its record.
func (a *app) onRelease(id int64, k audit.Kind, act func(*release.Desk, release.Entry) error) error {
	desk, err := a.releases()
	if err != nil {
		return err
	}
	e, err := desk.Get(a.ctx, id)
	if err != nil {
		return err
	}
	return a.administer(ofRelease(k, e), func(*audit.Event) error { return act(desk, e) })
}

// tenantNamed returns a tenant of the command line. One that does not exist is NotFound.
func (a *app) tenantNamed(name string) (tenant.Tenant, error) {
	tenants, err := a.tenants()
	if err != nil {
		return tenant.Tenant{}, err
	}
	id, err := tenant.ParseID(name)
	if err != nil {
		return tenant.Tenant{}, fault.New(fault.Invalid, "%s", err)
	}
	return tenants.Get(a.ctx, id)
}

// byOperator is whoever runs the command, as releases and links name them.
func byOperator() string { return release.Operator(string(operator())) }

// ofRelease is the record of an act on a release.
func ofRelease(k audit.Kind, e release.Entry) audit.Event {
	return audit.Event{Kind: k, Tenant: e.Tenant, What: audit.What{Object: numberID(e.ID), Year: e.Year, Type: edu.Summative}}
}

func numberID(n int64) audit.ID { return audit.ID(strconv.FormatInt(n, 10)) }

type releaseListCommand struct {
	ofTenant
	JSON bool `help:"Print an array of objects for machines."`
}

// Run lists releases.
func (c releaseListCommand) Run(a *app) error {
	return a.onTenant(c.Tenant, audit.Event{Kind: audit.AdminReleaseRead}, func(desk *release.Desk, t tenant.Tenant, event *audit.Event) error {
		list, err := desk.List(a.ctx, t.ID)
		if err != nil {
			return err
		}
		event.What.Count = len(list)
		if c.JSON {
			return printJSON(a.stdout, append([]release.Entry{}, list...))
		}
		var rows [][]string
		for _, e := range list {
			rows = append(rows, []string{fmt.Sprint(e.ID), fmt.Sprint(e.Year), string(e.Kind), string(e.State), subjectsText(e.Subjects), versionOf(e), moment(e.MadeAt), releasedText(e)})
		}
		printTable(a.stdout, []string{">NUMBER", ">YEAR", "KIND", "STATE", "SUBJECTS", ">VERSION", "MADE", "RELEASED"}, rows)
		return nil
	})
}

func subjectsText(subjects []edu.Subject) string {
	if len(subjects) == 0 {
		return "all"
	}
	var all []string
	for _, s := range subjects {
		all = append(all, string(s))
	}
	return strings.Join(all, ", ")
}

func versionOf(e release.Entry) string {
	if e.Version == 0 {
		return "–"
	}
	return strconv.Itoa(e.Version)
}

func releasedText(e release.Entry) string {
	if e.ReleasedAt == nil {
		return "–"
	}
	return moment(*e.ReleasedAt)
}

type releaseMakeCommand struct {
	ofTenant
	Year    int      `required:"" help:"Academic year: the one in which it ends."`
	Kind    string   `help:"preliminary, final or correction." default:"final" enum:"preliminary,final,correction"`
	Subject []string `help:"Only this subject; may be given several times. Default: all that have results."`
	NoWait  bool     `help:"Do not wait until it is decided."`
	JSON    bool     `help:"Print one object for machines."`
}

// Run asks for the release and waits until a printer has decided it.
func (c releaseMakeCommand) Run(a *app) error {
	w := release.Wish{Year: edu.AcademicYear(c.Year), Kind: release.Kind(c.Kind), By: byOperator()}
	for _, name := range c.Subject {
		s, ok := edu.ParseSubject(name)
		if !ok {
			s = edu.Subject(name)
		}
		w.Subjects = append(w.Subjects, s)
	}
	var id int64
	err := a.onTenant(c.Tenant, audit.Event{Kind: audit.AdminReleaseMake, What: audit.What{Year: w.Year, Type: edu.Summative}}, func(desk *release.Desk, t tenant.Tenant, e *audit.Event) (err error) {
		w.Tenant = t.ID
		id, err = desk.Make(a.ctx, w)
		e.What.Object = numberID(id)
		return err
	})
	if err != nil {
		return err
	}
	var decided release.Entry
	if !c.NoWait {
		if !c.JSON {
			fmt.Fprintf(a.stdout, "release %d is being counted and decided by the printer (Ctrl-C stops waiting, not the release)\n", id)
		}
		desk, err := a.releases()
		if err != nil {
			return err
		}
		if decided, err = desk.Wait(a.ctx, id); err != nil {
			return err
		}
	}
	if err := (releaseShowCommand{Release: id, JSON: c.JSON}).Run(a); err != nil {
		return err
	}
	if decided.State == release.StateRefused {
		return fault.New(fault.Conflict, "Release %d was refused: nothing of it can be published.", id)
	}
	return nil
}

type releaseShowCommand struct {
	Release int64 `arg:"" name:"number" help:"Number of the release."`
	JSON    bool  `help:"Print one object for machines, with what is hidden by question."`
}

// Run shows a release.
func (c releaseShowCommand) Run(a *app) error {
	return a.onRelease(c.Release, audit.AdminReleaseRead, func(desk *release.Desk, _ release.Entry) error {
		return showRelease(a, desk, c.Release, c.JSON)
	})
}

func showRelease(a *app, desk *release.Desk, id int64, asJSON bool) error {
	r, err := desk.Review(a.ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(a.stdout, r)
	}
	fmt.Fprintf(a.stdout, "release %d of %s, %d, %s: %s\n", r.ID, r.Tenant, r.Year, r.Kind, r.State)
	fmt.Fprintf(a.stdout, "asked for     %s by %s\n", moment(r.MadeAt), r.MadeBy)
	if r.Version > 0 {
		fmt.Fprintf(a.stdout, "counted       version %d of the warehouse, smallest number shown %d\n", r.Version, r.Policy.MinN)
		fmt.Fprintf(a.stdout, "together with %s\n", earlierText(r.Earlier))
	}
	if r.ReleasedAt != nil {
		fmt.Fprintf(a.stdout, "released      %s by %s\n", moment(*r.ReleasedAt), r.ReleasedBy)
	}
	if r.WithdrawnAt != nil {
		fmt.Fprintf(a.stdout, "withdrawn     %s by %s\n", moment(*r.WithdrawnAt), r.WithdrawnBy)
	}
	for _, reason := range r.Reasons {
		fmt.Fprintf(a.stdout, "refused       %s\n", reason)
	}
	if len(r.Decision) > 0 {
		printDecision(a.stdout, r.Decision, r.Effect, len(r.Earlier) > 0)
	}
	if r.State == release.StateReviewing {
		fmt.Fprintf(a.stdout, "\nnobody sees it yet; next: scorehouse release publish %d (or withdraw)\n", r.ID)
	}
	return nil
}

func earlierText(ids []int64) string {
	if len(ids) == 0 {
		return "no earlier release of the year"
	}
	var all []string
	for _, id := range ids {
		all = append(all, fmt.Sprint(id))
	}
	return "release " + strings.Join(all, ", ")
}

// printDecision prints what is hidden by rule, and what changed beside the release before.
func printDecision(w io.Writer, subjects []disclosure.SubjectDecision, e release.Effect, compared bool) {
	head := []string{"SUBJECT", "ROWS", ">CELLS", ">HIDDEN"}
	for r := range disclosure.Rules {
		head = append(head, ">"+strings.ToUpper(r.String()))
	}
	var rows [][]string
	for _, s := range subjects {
		for kind, t := range s.Tallies {
			row, sum := []string{string(s.Subject), disclosure.Kind(kind).String(), english.Sprintf("%d", t.Cells), ""}, 0
			for _, n := range t.Hidden {
				row, sum = append(row, english.Sprintf("%d", n)), sum+n
			}
			row[3] = english.Sprintf("%d", sum)
			rows = append(rows, row)
		}
	}
	fmt.Fprintln(w)
	printTable(w, head, rows)
	for _, s := range subjects {
		for _, reason := range s.Reasons {
			fmt.Fprintf(w, "note: %s\n", reason)
		}
	}
	if compared {
		fmt.Fprint(w, english.Sprintf("beside the newest release before it: %d cells newly shown, %d no longer shown (their old numbers stay known), %d hidden because few students changed\n", e.Exposed, e.Lost, e.Changed))
	}
}

type releasePreviewCommand struct {
	Release int64 `arg:"" name:"number" help:"Number of a release that is decided."`
	MinN    int   `name:"min-n" required:"" help:"Smallest number of students shown."`
	JSON    bool  `help:"Print one object for machines."`
}

// Run previews. It is recorded, for it decides with exact numbers.
func (c releasePreviewCommand) Run(a *app) error {
	return a.onRelease(c.Release, audit.AdminReleaseRead, func(desk *release.Desk, e release.Entry) error {
		p, err := desk.Preview(a.ctx, c.Release, c.MinN)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(a.stdout, p)
		}
		fmt.Fprintf(a.stdout, "release %d with a smallest number shown of %d; nothing is stored\n", c.Release, p.MinN)
		for _, reason := range p.Refused {
			fmt.Fprintf(a.stdout, "would be refused: %s\n", reason)
		}
		printDecision(a.stdout, p.Decision, p.Effect, len(e.Earlier) > 0)
		return nil
	})
}

type releasePublishCommand struct {
	Release int64 `arg:"" name:"number" help:"Number of a release that waits for review."`
}

// Run publishes.
func (c releasePublishCommand) Run(a *app) error {
	err := a.onRelease(c.Release, audit.AdminReleasePublish, func(desk *release.Desk, e release.Entry) error { return desk.Publish(a.ctx, e.ID, byOperator()) })
	if err == nil {
		fmt.Fprintf(a.stdout, "release %d is released: every server answers with it within two seconds, browsers and proxies on the way within five minutes more\n", c.Release)
	}
	return err
}

type releaseWithdrawCommand struct {
	Release int64 `arg:"" name:"number" help:"Number of a release that is released, waits for review or is being decided."`
}

// Run withdraws.
func (c releaseWithdrawCommand) Run(a *app) error {
	err := a.onRelease(c.Release, audit.AdminReleaseWithdraw, func(desk *release.Desk, e release.Entry) error { return desk.Withdraw(a.ctx, e.ID, byOperator()) })
	if err == nil {
		fmt.Fprintf(a.stdout, "release %d is withdrawn. No server answers with it after two seconds; browsers and proxies on the way may show what they keep for five minutes more. What was read of it stays known to its readers\n", c.Release)
	}
	return err
}

type publicCommand struct {
	Link   publicLinkCommand   `cmd:"" help:"Issue a link to the public pages of a state: who has it needs no sign-in."`
	List   publicListCommand   `cmd:"" help:"List the links of a tenant."`
	Revoke publicRevokeCommand `cmd:"" help:"Revoke a link."`
}

type publicLinkCommand struct {
	ofTenant
	Days  int    `help:"For how many days it opens something." default:"366"`
	Index bool   `help:"Let search engines keep the pages. Default: they are asked not to."`
	Note  string `help:"Whom or what it is for, for the list."`
	JSON  bool   `help:"Print one object for machines."`
}

// Run issues a link. Its address is printed once and stored nowhere.
func (c publicLinkCommand) Run(a *app) error {
	cfg, err := a.configuration()
	if err != nil {
		return err
	}
	var token string
	var l release.Link
	err = a.onTenant(c.Tenant, audit.Event{Kind: audit.AdminLinkIssue}, func(desk *release.Desk, t tenant.Tenant, e *audit.Event) (err error) {
		token, l, err = desk.Issue(a.ctx, release.LinkWish{Tenant: t.ID, Note: c.Note, Indexable: c.Index, For: time.Duration(c.Days) * 24 * time.Hour, By: byOperator()})
		e.What.Object = numberID(l.ID)
		return err
	})
	if err != nil {
		return err
	}
	address := cfg.Web.publicAddress(cfg.Web.Listen) + release.PublicPath + token
	if c.JSON {
		return printJSON(a.stdout, struct {
			linkLine
			Address string `json:"address"`
		}{linkLineOf(l), address})
	}
	fmt.Fprintf(a.stdout, "link %d opens until %s, and is told only once:\n%s\n", l.ID, moment(l.Expires), address)
	return nil
}

type publicListCommand struct {
	ofTenant
	JSON bool `help:"Print an array of objects for machines."`
}

// linkLine is a link for machines.
type linkLine struct {
	ID        int64      `json:"id"`
	Tenant    tenant.ID  `json:"tenant"`
	Note      string     `json:"note"`
	Indexable bool       `json:"indexable"`
	By        string     `json:"by"`
	Issued    time.Time  `json:"issued"`
	Expires   time.Time  `json:"expires"`
	Revoked   *time.Time `json:"revoked"`
	RevokedBy string     `json:"revoked_by"`
	Opens     bool       `json:"opens"`
}

func linkLineOf(l release.Link) linkLine {
	line := linkLine{l.ID, l.Tenant, l.Note, l.Indexable, l.By, l.Issued, l.Expires, nil, l.RevokedBy, l.Opens(time.Now())}
	if !l.Revoked.IsZero() {
		line.Revoked = &l.Revoked
	}
	return line
}

// Run lists links.
func (c publicListCommand) Run(a *app) error {
	return a.onTenant(c.Tenant, audit.Event{Kind: audit.AdminReleaseRead}, func(desk *release.Desk, t tenant.Tenant, e *audit.Event) error {
		links, err := desk.Links(a.ctx, t.ID)
		if err != nil {
			return err
		}
		e.What.Count = len(links)
		lines, rows := []linkLine{}, [][]string{}
		for _, l := range links {
			lines = append(lines, linkLineOf(l))
			rows = append(rows, []string{fmt.Sprint(l.ID), linkState(l), moment(l.Issued), moment(l.Expires), map[bool]string{true: "yes", false: "no"}[l.Indexable], l.By, l.Note})
		}
		if c.JSON {
			return printJSON(a.stdout, lines)
		}
		printTable(a.stdout, []string{">NUMBER", "STATE", "ISSUED", "EXPIRES", "INDEXED", "BY", "NOTE"}, rows)
		return nil
	})
}

func linkState(l release.Link) string {
	switch {
	case !l.Revoked.IsZero():
		return "revoked"
	case !l.Opens(time.Now()):
		return "expired"
	}
	return "opens"
}

type publicRevokeCommand struct {
	Link int64 `arg:"" name:"number" help:"Number of the link."`
}

// Run revokes a link.
func (c publicRevokeCommand) Run(a *app) error {
	desk, err := a.releases()
	if err != nil {
		return err
	}
	l, err := desk.LinkOf(a.ctx, c.Link)
	if err != nil {
		return err
	}
	err = a.administer(audit.Event{Kind: audit.AdminLinkRevoke, Tenant: l.Tenant, What: audit.What{Object: numberID(l.ID)}}, func(*audit.Event) error {
		return desk.Revoke(a.ctx, c.Link, byOperator())
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "link %d opens nothing any more, on every server after two seconds; browsers and proxies on the way may show what they keep for five minutes more\n", c.Link)
	return nil
}

// openReleases prepares the printer to decide releases.
func (r *roles) openReleases(p *part, config *jobs.Config) {
	river.AddWorker(config.Workers, release.NewWorker(release.Config{
		Pool: p.control, Tenant: control.NewTenants(p.databases).Get, Reader: release.ReaderOf(p.databases), Logger: r.log,
	}))
	config.Queues[release.Queue] = 1
	config.Kinds[release.Args{}.Kind()] = jobs.Kind{Timeout: release.Timeout, MaxAttempts: 3}
}
