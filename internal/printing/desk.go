package printing

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/filestore"
	"scorehouse/internal/pg"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
)

// channel is where the printer is told of requests.
const channel = "printing"

// What one person may have at a time.
const (
	MostUnfinished = 20      // jobs that wait or are printed
	MostReady      = 4 << 30 // bytes of documents that wait to be collected; a district of 50,000 students has some 600 MB in color
)

// What keeps somebody from asking for more. Both are Conflicts.
var (
	ErrTooMany = fault.New(fault.Conflict, "Too many of your print jobs are unfinished.")
	ErrTooMuch = fault.New(fault.Conflict, "Too many of your documents wait to be collected.")
)

// Desk takes requests and gives out what is ready: the side of the web server. It is safe for concurrent use.
type Desk struct {
	pool  *pgxpool.Pool
	files *filestore.Dir
	key   age.Identity
}

// NewDesk returns a desk over the control database, the store of printed documents and their private key.
func NewDesk(pool *pgxpool.Pool, files *filestore.Dir, key age.Identity) *Desk {
	return &Desk{pool, files, key}
}

// Request is what somebody asks for, and what the person may see.
type Request struct {
	ID        ID // from NewID; empty takes a new one
	Tenant    tenant.ID
	Requester Requester
	Once      string // made with the form: a second request with the same finds the job of the first
	Scope     scope.Scope
	Wish      Wish
	Place     Place
	Schools   []scope.School // in which the students are
	Students  int
}

// NewID returns the name for a job that is about to be ordered.
func NewID() ID { return ID(strings.ToLower(rand.Text())) }

// Find returns the job of a form, "" when it has none yet. What would keep Order from taking another is an error.
func (d *Desk) Find(ctx context.Context, who Requester, once string) (ID, error) {
	id, err := room(ctx, d.pool, who, once)
	if err != nil {
		return "", fmt.Errorf("order reports: %w", pg.Clean(err))
	}
	return id, nil
}

// Order takes a request and returns its job, which is another than the request's when its form has one already. The caller has seen to it that the scope holds
// every student. It is ErrTooMany or ErrTooMuch when the person must wait, and Invalid when the options are none.
func (d *Desk) Order(ctx context.Context, r Request) (ID, error) {
	if err := r.Wish.Options.Validate(); err != nil {
		return "", fault.Wrap(fault.Invalid, err, "The options cannot be read")
	}
	id := cmp.Or(r.ID, NewID())
	err := d.alone(ctx, r.Requester, func(tx pgx.Tx) error {
		known, err := room(ctx, tx, r.Requester, r.Once)
		if err != nil {
			return err
		}
		if known != "" {
			id = known
			return nil
		}
		_, err = tx.Exec(ctx, `
			insert into printing.job (job_id, tenant, provider, requester, requester_name, once, scope, wish, place, schools, students)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			id, r.Tenant, r.Requester.Provider, r.Requester.User, r.Requester.Name, r.Once, r.Scope, r.Wish, r.Place, listed(r.Schools), r.Students)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("order reports: %w", pg.Clean(err))
	}
	d.tell(ctx)
	return id, nil
}

// alone does something for a person while nothing else is done for the person.
func (d *Desk) alone(ctx context.Context, who Requester, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('printing ' || $1::text || ' ' || $2::text, 0))`, who.Provider, who.User); err != nil {
			return err
		}
		return do(tx)
	})
}

// room returns the job of a form, "" when it has none, and an error when the person may not have another.
func room(ctx context.Context, q querier, who Requester, once string) (known ID, err error) {
	var unfinished int
	var ready int64
	err = q.QueryRow(ctx, `
		select count(*) filter (where state in ('waiting', 'printing')), coalesce(max(job_id) filter (where once = $3), ''),
			coalesce(sum((select sum(p.bytes) from printing.part p where p.job_id = j.job_id)) filter (where state = 'ready' and expires_at > now()), 0)::bigint
		from printing.job j where provider = $1 and requester = $2`, who.Provider, who.User, once).Scan(&unfinished, &known, &ready)
	switch {
	case err != nil || known != "":
		return known, err
	case unfinished >= MostUnfinished:
		return "", ErrTooMany
	case ready >= MostReady:
		return "", ErrTooMuch
	}
	return "", nil
}

// listed is a list of schools that is not null in JSON.
func listed(schools []scope.School) []scope.School {
	if schools == nil {
		return []scope.School{}
	}
	return schools
}

var (
	formOfID     = regexp.MustCompile(`^[a-z2-7]{26}$`)
	errNoSuchJob = fault.New(fault.NotFound, "There is no such job.")
)

// tell tells the printer that there is something to do. Should it not hear, it looks by itself within moments.
func (d *Desk) tell(ctx context.Context) {
	_, _ = d.pool.Exec(ctx, "select pg_notify($1, '')", channel)
}

// Job returns a job of a person, with its parts when it is ready. NotFound for jobs of others, as for those that there are none of.
func (d *Desk) Job(ctx context.Context, who Requester, id ID) (Job, error) {
	if !formOfID.MatchString(string(id)) {
		return Job{}, errNoSuchJob
	}
	jobs, err := d.jobs(ctx, `where job_id = $1 and provider = $2 and requester = $3`, id, who.Provider, who.User)
	if err != nil {
		return Job{}, err
	}
	if len(jobs) == 0 {
		return Job{}, errNoSuchJob
	}
	return jobs[0], nil
}

// Jobs returns every job of a person, the newest first.
func (d *Desk) Jobs(ctx context.Context, who Requester) ([]Job, error) {
	return d.jobs(ctx, `where provider = $1 and requester = $2 order by requested_at desc, job_id limit 200`, who.Provider, who.User)
}

const jobColumns = `job_id, tenant, provider, requester, requester_name, scope, wish, place, schools, students, students_done, state, coalesce(reason, ''), attempt,
	requested_at, finished_at, expires_at`

func (d *Desk) jobs(ctx context.Context, where string, args ...any) ([]Job, error) {
	jobs, err := queryJobs(ctx, d.pool, where, args...)
	if err != nil {
		return nil, err
	}
	var ready []ID
	for i := range jobs {
		j := &jobs[i]
		if j.State == Ready && !j.ExpiresAt.After(time.Now()) {
			j.State = Expired // the sweep has not come by yet
		}
		if j.State == Ready {
			ready = append(ready, j.ID)
		}
	}
	parts, err := queryParts(ctx, d.pool, ready)
	for i := range jobs {
		jobs[i].Parts = parts[jobs[i].ID]
	}
	return jobs, err
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func queryJobs(ctx context.Context, q querier, where string, args ...any) ([]Job, error) {
	rows, err := q.Query(ctx, "select "+jobColumns+" from printing.job "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read print jobs: %w", pg.Clean(err))
	}
	jobs, err := pgx.CollectRows(rows, scanJob)
	if err != nil {
		return nil, fmt.Errorf("read print jobs: %w", pg.Clean(err))
	}
	return jobs, nil
}

func scanJob(row pgx.CollectableRow) (j Job, err error) {
	var seen, wish, place, schools []byte
	var finished, expires *time.Time
	err = row.Scan(&j.ID, &j.Tenant, &j.Requester.Provider, &j.Requester.User, &j.Requester.Name, &seen, &wish, &place, &schools, &j.Students, &j.Done, &j.State, &j.Reason,
		&j.Attempt, &j.RequestedAt, &finished, &expires)
	if err == nil {
		err = errors.Join(json.Unmarshal(seen, &j.Scope), json.Unmarshal(wish, &j.Wish), json.Unmarshal(place, &j.Place), json.Unmarshal(schools, &j.Schools))
	}
	j.FinishedAt, j.ExpiresAt = orZero(finished), orZero(expires)
	return j, err
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// queryParts reads the documents of jobs, in order.
func queryParts(ctx context.Context, q querier, ids []ID) (map[ID][]Part, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := q.Query(ctx, `
		select job_id, number, school, grade, piece, pieces, first_letters, last_letters, students, pages, bytes, digest, file_name, stored_as
		from printing.part where job_id = any($1) order by job_id, number`, ids)
	if err != nil {
		return nil, fmt.Errorf("read parts: %w", pg.Clean(err))
	}
	parts, id, p, grade := map[ID][]Part{}, ID(""), Part{}, (*int16)(nil)
	_, err = pgx.ForEachRow(rows, []any{&id, &p.Number, &p.School, &grade, &p.Piece, &p.Pieces, &p.First, &p.Last, &p.Students, &p.Pages, &p.Bytes, &p.digest, &p.FileName, &p.storedAs}, func() error {
		if p.Grade = nil; grade != nil {
			p.Grade = new(edu.Grade(*grade))
		}
		parts[id] = append(parts[id], p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read parts: %w", pg.Clean(err))
	}
	return parts, nil
}

// Cancel ends a job that waits or is being printed. It is a Conflict when the job is over.
func (d *Desk) Cancel(ctx context.Context, who Requester, id ID) error {
	return d.change(ctx, who, id, `update printing.job set state = 'cancelled', finished_at = now()
		where job_id = $1 and provider = $2 and requester = $3 and state in ('waiting', 'printing')`)
}

// MayRetry reports whether a job can be printed again.
func (j Job) MayRetry() bool { return j.State == Failed || j.State == Cancelled || j.State == Expired }

// Again is what somebody may see who asks for a job again, and what it holds by now.
type Again struct {
	Scope    scope.Scope
	Schools  []scope.School // in which the students are
	Students int
}

// Retry has a job printed again that has failed, was cancelled or has expired, with what the person may see now. It is a Conflict in other states, and with
// the errors of Order.
func (d *Desk) Retry(ctx context.Context, who Requester, id ID, a Again) error {
	if !formOfID.MatchString(string(id)) {
		return errNoSuchJob
	}
	err := d.alone(ctx, who, func(tx pgx.Tx) error {
		if _, err := room(ctx, tx, who, ""); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `update printing.job set state = 'waiting', reason = null, scope = $4, schools = $5, students = $6, students_done = 0,
			queued_at = null, finished_at = null, expires_at = null
			where job_id = $1 and provider = $2 and requester = $3 and (state in ('failed', 'cancelled', 'expired') or state = 'ready' and expires_at <= now())`,
			id, who.Provider, who.User, a.Scope, listed(a.Schools), a.Students)
		if err == nil && tag.RowsAffected() == 0 {
			err = errNoChange
		}
		return err
	})
	return d.changed(ctx, who, id, err)
}

// Delete forgets a job; the printer removes its documents within a minute.
func (d *Desk) Delete(ctx context.Context, who Requester, id ID) error {
	return d.change(ctx, who, id, `delete from printing.job where job_id = $1 and provider = $2 and requester = $3`)
}

var errNoChange = fault.New(fault.Conflict, "The job is not in a state for that any more.")

func (d *Desk) change(ctx context.Context, who Requester, id ID, sql string) error {
	if !formOfID.MatchString(string(id)) {
		return errNoSuchJob
	}
	tag, err := d.pool.Exec(ctx, sql, id, who.Provider, who.User)
	if err == nil && tag.RowsAffected() == 0 {
		err = errNoChange
	}
	return d.changed(ctx, who, id, err)
}

// changed tells the printer of a change, and whoever asked why there was none.
func (d *Desk) changed(ctx context.Context, who Requester, id ID, err error) error {
	if errors.Is(err, errNoChange) {
		if _, err := d.Job(ctx, who, id); err != nil {
			return err
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("change print job: %w", pg.Clean(err))
	}
	d.tell(ctx)
	return nil
}

// Open opens a document of a job that is ready. It is NotFound when the document has gone meanwhile.
func (d *Desk) Open(p Part) (io.ReadCloser, error) {
	f, err := unseal(d.files, d.key, p.storedAs)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Wrap(fault.NotFound, err, "The document is gone.")
	}
	return f, err
}
