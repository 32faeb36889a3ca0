package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/decide"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/tenant"
)

// Desk is for people who review and release: the web server's pages and operators' commands. Who may do what is decided, and recorded, by who calls. It is
// safe for concurrent use.
type Desk struct {
	pool  *pgxpool.Pool
	rules Rules

	previewing sync.Mutex // held by the one preview of the process
}

// NewDesk returns a desk over the control database, as the role pg.Web or the owner.
func NewDesk(pool *pgxpool.Pool, rules Rules) *Desk { return &Desk{pool: pool, rules: rules} }

// Wish is a release that somebody asks for.
type Wish struct {
	Tenant   tenant.ID
	Year     edu.AcademicYear
	Kind     Kind
	Subjects []edu.Subject // none is all that have results
	By       string        // who asks, for the record
}

// Make asks for a release of a year's summative results and returns its number. The newest version of the warehouse is counted as soon as a printer is free. It
// is a Conflict while another of the year is being decided, and Invalid for a correction of nothing.
func (d *Desk) Make(ctx context.Context, w Wish) (int64, error) {
	if _, err := ParseKind(string(w.Kind)); err != nil {
		return 0, fault.New(fault.Invalid, "%v", err)
	}
	if w.Year < 2000 || w.Year > 2100 {
		return 0, fault.New(fault.Invalid, "%d is no academic year", w.Year)
	}
	subjects := []string{}
	for _, s := range w.Subjects {
		subjects = append(subjects, string(s))
	}
	var id int64
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		var loading, released bool
		// Two who ask at the same moment ask one after the other.
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 0))`, fmt.Sprintf("release %s %d", w.Tenant, w.Year)); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `select coalesce(bool_or(state = 'loading'), false), coalesce(bool_or(released_at is not null), false) from release.release
			where tenant = $1 and academic_year = $2 and type = 1`, w.Tenant, w.Year).Scan(&loading, &released)
		if err != nil {
			return err
		}
		if loading {
			return ErrBeingDecided
		}
		if w.Kind == Correction && !released {
			return ErrCorrectsNothing
		}
		return tx.QueryRow(ctx, `insert into release.release (tenant, academic_year, kind, subjects, made_by) values ($1, $2, $3, $4, $5) returning release_id`,
			w.Tenant, w.Year, w.Kind, subjects, w.By).Scan(&id)
	})
	if pg.CodeOf(err) == "23503" {
		return 0, fault.New(fault.NotFound, "there is no tenant %q", w.Tenant)
	}
	if err != nil {
		return 0, fmt.Errorf("make a release: %w", pg.Clean(err))
	}
	return id, nil
}

// What keeps somebody from a release. They are Conflicts, but for the correction of nothing and what does not exist.
var (
	ErrBeingDecided    = fault.New(fault.Conflict, "Another release of that year is being decided.")
	ErrCorrectsNothing = fault.New(fault.Invalid, "Nothing of that year was released yet, so there is nothing to correct.")
	errNoSuchRelease   = fault.New(fault.NotFound, "There is no such release.")
	ErrNotReviewed     = fault.New(fault.Conflict, "Only a release that has been decided and waits for review can be released.")
	ErrOvertaken       = fault.New(fault.Conflict, "Another release of that year was released after this one was decided. Make it again: it must be decided together with that one.")
	ErrRulesChanged    = fault.New(fault.Conflict, "The state has set something else about small groups since this one was decided. Make it again.")
	ErrOver            = fault.New(fault.Conflict, "Only a release that is released, waits for review or is being decided can be withdrawn.")
	ErrPreviewing      = fault.New(fault.Conflict, "Another preview is being decided. Try again in a minute.")
	ErrNotDecided      = fault.New(fault.Conflict, "It is not decided, so there is nothing to preview.")
)

// Effect is how a release differs, in what is shown, from the newest one of its year before it. All are 0 for the first of a year.
type Effect struct {
	Exposed int `json:"exposed"` // cells that were hidden and are shown
	Lost    int `json:"lost"`    // cells that were shown and are hidden; their old numbers stay known
	Changed int `json:"changed"` // cells hidden because few students joined, left or changed level: wait, and release more of them together
}

// Entry is a release in lists of those who review.
type Entry struct {
	ID          int64            `json:"id"`
	Tenant      tenant.ID        `json:"tenant"`
	Year        edu.AcademicYear `json:"year"`
	Kind        Kind             `json:"kind"`
	Subjects    []edu.Subject    `json:"subjects"` // that were asked for; none is all
	State       State            `json:"state"`
	MadeBy      string           `json:"made_by"`
	MadeAt      time.Time        `json:"made_at"`
	DecidedAt   *time.Time       `json:"decided_at"`
	Version     int              `json:"version"` // of the warehouse; 0 while it is loading, or refused
	Earlier     []int64          `json:"earlier"` // releases it was decided together with
	Effect      Effect           `json:"effect"`
	Reasons     []string         `json:"reasons"` // why it is refused
	ReleasedBy  string           `json:"released_by"`
	ReleasedAt  *time.Time       `json:"released_at"`
	WithdrawnBy string           `json:"withdrawn_by"`
	WithdrawnAt *time.Time       `json:"withdrawn_at"`
}

const entryColumns = `release_id, tenant, academic_year, kind, subjects, state, made_by, made_at, decided_at, coalesce(version, 0), coalesce(earlier, '{}'), forecast, reasons,
	coalesce(released_by, ''), released_at, coalesce(withdrawn_by, ''), withdrawn_at`

func scanEntry(row pgx.Row, more ...any) (Entry, error) {
	var e Entry
	var subjects []string
	var effect []byte
	err := row.Scan(append([]any{&e.ID, &e.Tenant, &e.Year, &e.Kind, &subjects, &e.State, &e.MadeBy, &e.MadeAt, &e.DecidedAt, &e.Version, &e.Earlier, &effect, &e.Reasons,
		&e.ReleasedBy, &e.ReleasedAt, &e.WithdrawnBy, &e.WithdrawnAt}, more...)...)
	e.Subjects = []edu.Subject{}
	for _, s := range subjects {
		e.Subjects = append(e.Subjects, edu.Subject(s))
	}
	if err == nil && effect != nil {
		err = json.Unmarshal(effect, &e.Effect)
	}
	return e, err
}

// List returns the releases of tenants, the newest first.
func (d *Desk) List(ctx context.Context, tenants ...tenant.ID) ([]Entry, error) {
	rows, err := d.pool.Query(ctx, `select `+entryColumns+` from release.release where tenant = any($1) order by release_id desc`, texts(tenants))
	if err != nil {
		return nil, fmt.Errorf("list releases: %w", pg.Clean(err))
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Entry, error) { return scanEntry(row) })
	if err != nil {
		return nil, fmt.Errorf("list releases: %w", pg.Clean(err))
	}
	return all, nil
}

func texts(ids []tenant.ID) []string {
	all := []string{}
	for _, id := range ids {
		all = append(all, string(id))
	}
	return all
}

// Get returns one release. NotFound when there is none.
func (d *Desk) Get(ctx context.Context, id int64) (Entry, error) {
	e, err := scanEntry(d.pool.QueryRow(ctx, `select `+entryColumns+` from release.release where release_id = $1`, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return e, errNoSuchRelease
	}
	if err != nil {
		return e, fmt.Errorf("read release %d: %w", id, pg.Clean(err))
	}
	return e, nil
}

// Review is a release with what it exposes and hides. It holds numbers of cells, never of students.
type Review struct {
	Entry
	Policy   disclosure.Policy            `json:"policy"`
	Decision []disclosure.SubjectDecision `json:"decision"` // what is hidden by rule and kind of row; none while it is not decided
	Shares   []ShareText                  `json:"shares"`   // and by question
}

// ShareText is how many rows of a kind a question hides, with the question's key.
type ShareText struct {
	Subject  edu.Subject `json:"subject"`
	Question string      `json:"question"`
	Kind     string      `json:"kind"` // state, district, school
	Rows     int         `json:"rows"` // with students
	Small    int         `json:"small"`
	Further  int         `json:"further"`
}

// Review returns a release as reviewers see it. NotFound when there is none.
func (d *Desk) Review(ctx context.Context, id int64) (Review, error) {
	e, answers, err := d.read(ctx, id)
	r := Review{Entry: e, Decision: []disclosure.SubjectDecision{}, Shares: []ShareText{}}
	if err != nil || answers == nil {
		return r, err
	}
	r.Policy, r.Decision = answers.Decision.Catalogue.Policy(), answers.Decision.Subjects
	r.Shares = textsOf(answers.Decision.Catalogue, answers.Shares())
	return r, nil
}

func textsOf(c *disclosure.Catalogue, shares []disclosure.Share) []ShareText {
	all := make([]ShareText, 0, len(shares))
	for _, s := range shares {
		all = append(all, ShareText{s.Subject, c.Key(s.Question), s.Kind.String(), s.Rows, s.Small, s.Further})
	}
	return all
}

// read reads a release with its answers, which are nil while it is not decided.
func (d *Desk) read(ctx context.Context, id int64) (Entry, *disclosure.Release, error) {
	var decision, counts []byte
	e, err := scanEntry(d.pool.QueryRow(ctx, `select `+entryColumns+`, decision, counts from release.release where release_id = $1`, id), &decision, &counts)
	if errors.Is(err, pgx.ErrNoRows) {
		return e, nil, errNoSuchRelease
	}
	var answers *disclosure.Release
	if err == nil && decision != nil {
		answers, err = openAnswers(decision, counts)
	}
	if err != nil {
		return e, nil, fmt.Errorf("read release %d: %w", id, pg.Clean(err))
	}
	return e, answers, nil
}

// Preview is what a release would be with another smallest number of students shown.
type Preview struct {
	MinN     int                          `json:"min_n"`
	Effect   Effect                       `json:"effect"`
	Decision []disclosure.SubjectDecision `json:"decision"`
	Shares   []ShareText                  `json:"shares"`
	Refused  []string                     `json:"refused"` // why it would be refused; empty when it would not
}

// MostMinN is the largest smallest number that can be previewed.
const MostMinN = 1000

// Preview decides a release again with another smallest number, from the same counts and together with the same earlier releases, and stores nothing. To
// release with it, set it for the state and make another. It is Invalid for a number that makes no sense and a Conflict while the release is not decided, or another preview
// is under way: it takes every processor for seconds of a large state, so there is one at a time in a process, and nobody waits in line for it.
func (d *Desk) Preview(ctx context.Context, id int64, minN int) (Preview, error) {
	p := Preview{MinN: minN, Decision: []disclosure.SubjectDecision{}, Shares: []ShareText{}, Refused: []string{}}
	if minN < 1 || minN > MostMinN {
		return p, fault.New(fault.Invalid, "The smallest number shown must be 1 to %d.", MostMinN)
	}
	if !d.previewing.TryLock() {
		return p, ErrPreviewing
	}
	defer d.previewing.Unlock()
	e, err := d.Get(ctx, id)
	if err != nil {
		return p, err
	}
	var counts []byte
	if err := d.pool.QueryRow(ctx, `select counts from release.release where release_id = $1`, id).Scan(&counts); err != nil {
		return p, fmt.Errorf("preview release %d: %w", id, pg.Clean(err))
	}
	if counts == nil {
		return p, ErrNotDecided
	}
	n, err := disclosure.DecodeCounts(counts)
	if err != nil {
		return p, fmt.Errorf("preview release %d: %w", id, err)
	}
	earlier, _, err := readEarlier(ctx, d.pool, `release_id = any($1)`, e.Earlier)
	if err != nil {
		return p, fmt.Errorf("preview release %d: %w", id, err)
	}
	if ctx.Err() != nil { // the last moment to turn back
		return p, ctx.Err()
	}
	forecasts, err := decide.Preview(n.WithMinN(minN), earlier)
	if err != nil {
		p.Refused = append(p.Refused, err.Error())
		return p, nil
	}
	f := forecasts[0]
	p.Effect = Effect{f.Exposed, f.Lost, f.Changed}
	p.Decision, p.Shares = f.Decision.Subjects, textsOf(f.Decision.Catalogue, f.Shares)
	if !slices.ContainsFunc(p.Decision, func(s disclosure.SubjectDecision) bool { return !s.Withheld }) {
		for _, s := range p.Decision {
			p.Refused = append(p.Refused, s.Reasons...)
		}
	}
	return p, nil
}

// Publish releases what waits for review: from now on strict audiences read it, within Age of every server. It is a Conflict when the release is in another
// state, when it was not decided together with every release of its year that was ever released, or by rules that the state has changed since.
func (d *Desk) Publish(ctx context.Context, id int64, by string) error {
	if err := d.hold(ctx, id); err != nil {
		return err
	}
	tag, err := d.pool.Exec(ctx, `update release.release set state = 'released', released_by = $2 where release_id = $1 and state = 'reviewing'`, id, by)
	if pg.CodeOf(err) == "RL001" {
		return ErrOvertaken
	}
	return d.done(ctx, id, tag.RowsAffected(), err, ErrNotReviewed)
}

// Withdraw ends a release: strict audiences read the one before it again, or nothing. One that waits for review, or is still being decided, is dropped. What was released stays known to
// whoever read it, so later releases of the year are decided together with it all the same.
func (d *Desk) Withdraw(ctx context.Context, id int64, by string) error {
	tag, err := d.pool.Exec(ctx, `update release.release set state = 'withdrawn', withdrawn_by = $2, withdrawn_at = now() where release_id = $1 and state in ('loading', 'reviewing', 'released')`, id, by)
	return d.done(ctx, id, tag.RowsAffected(), err, ErrOver)
}

// done is the end of a change of state that may have found none to change.
func (d *Desk) done(ctx context.Context, id, changed int64, err, otherwise error) error {
	if err != nil {
		return fmt.Errorf("release %d: %w", id, pg.Clean(err))
	}
	if changed > 0 {
		return nil
	}
	if _, err := d.Get(ctx, id); err != nil {
		return err
	}
	return otherwise
}

// Wait returns when a release is decided, or refused, or the context ends.
func (d *Desk) Wait(ctx context.Context, id int64) (Entry, error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		e, err := d.Get(ctx, id)
		if err != nil || e.State != StateLoading {
			return e, err
		}
		select {
		case <-ctx.Done():
			return e, ctx.Err()
		case <-tick.C:
		}
	}
}

// Operator names somebody at a command line, and Person somebody at an identity provider, as a release's By.
func Operator(name string) string         { return "operator " + name }
func Person(provider, user string) string { return strings.TrimSpace(user + " at " + provider) }
