package printing

import (
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

// MostUnfinished is how many jobs of one person may wait or be printed at a time.
const MostUnfinished = 20

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
	Tenant    tenant.ID
	Requester Requester
	Once      string // made with the form: a second request with the same finds the job of the first
	Scope     scope.Scope
	Wish      Wish
	Place     Place
	Schools   []scope.School
	Students  int
}

// Order takes a request and returns its job. The caller has seen to it that the scope holds every student. It is a Conflict when too many jobs of
// the person are unfinished, and Invalid when the options are none.
func (d *Desk) Order(ctx context.Context, r Request) (ID, error) {
	if err := r.Wish.Options.Validate(); err != nil {
		return "", fault.Wrap(fault.Invalid, err, "The options cannot be read")
	}
	id, schools := newID(), r.Schools
	if schools == nil {
		schools = []scope.School{}
	}
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		var unfinished int
		var known ID
		err := tx.QueryRow(ctx, `
			select count(*) filter (where state in ('waiting', 'printing')), coalesce(max(job_id) filter (where once = $3), '')
			from printing.job where provider = $1 and requester = $2`, r.Requester.Provider, r.Requester.User, r.Once).Scan(&unfinished, &known)
		switch {
		case err != nil:
			return err
		case known != "":
			id = known
			return nil
		case unfinished >= MostUnfinished:
			return fault.New(fault.Conflict, "Too many of your print jobs are unfinished.")
		}
		_, err = tx.Exec(ctx, `
			insert into printing.job (job_id, tenant, provider, requester, requester_name, once, scope, wish, place, schools, students)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			id, r.Tenant, r.Requester.Provider, r.Requester.User, r.Requester.Name, r.Once, r.Scope, r.Wish, r.Place, schools, r.Students)
		return err
	})
	if pg.CodeOf(err) == "23505" { // the same form, at the same moment
		return d.of(ctx, r.Requester, r.Once)
	}
	if err != nil {
		return "", fmt.Errorf("order reports: %w", pg.Clean(err))
	}
	d.tell(ctx)
	return id, nil
}

var (
	formOfID     = regexp.MustCompile(`^[a-z2-7]{26}$`)
	errNoSuchJob = fault.New(fault.NotFound, "There is no such job.")
)

func newID() ID { return ID(strings.ToLower(rand.Text())) }

// of returns the job of a form.
func (d *Desk) of(ctx context.Context, who Requester, once string) (id ID, err error) {
	err = d.pool.QueryRow(ctx, `select job_id from printing.job where provider = $1 and requester = $2 and once = $3`, who.Provider, who.User, once).Scan(&id)
	return id, pg.Clean(err)
}

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
	for i := range jobs {
		if j := &jobs[i]; j.State == Ready && !j.ExpiresAt.After(time.Now()) {
			j.State = Expired // the sweep has not come by yet
		}
		if jobs[i].State != Ready {
			continue
		}
		if jobs[i].Parts, err = queryParts(ctx, d.pool, jobs[i].ID); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
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

func queryParts(ctx context.Context, q querier, id ID) ([]Part, error) {
	rows, err := q.Query(ctx, `
		select number, school, grade, piece, pieces, first_letters, last_letters, students, pages, bytes, digest, file_name, stored_as
		from printing.part where job_id = $1 order by number`, id)
	if err != nil {
		return nil, fmt.Errorf("read parts: %w", pg.Clean(err))
	}
	parts, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Part, err error) {
		var grade *int16
		err = row.Scan(&p.Number, &p.School, &grade, &p.Piece, &p.Pieces, &p.First, &p.Last, &p.Students, &p.Pages, &p.Bytes, &p.digest, &p.FileName, &p.storedAs)
		if grade != nil {
			p.Grade = new(edu.Grade(*grade))
		}
		return p, err
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

// Retry has a job printed again that has failed, was cancelled or has expired. It is a Conflict in other states.
func (d *Desk) Retry(ctx context.Context, who Requester, id ID) error {
	return d.change(ctx, who, id, `update printing.job set state = 'waiting', reason = null, students_done = 0, queued_at = null, finished_at = null, expires_at = null
		where job_id = $1 and provider = $2 and requester = $3 and (state in ('failed', 'cancelled', 'expired') or state = 'ready' and expires_at <= now())`)
}

// Delete forgets a job; the printer removes its documents within a minute.
func (d *Desk) Delete(ctx context.Context, who Requester, id ID) error {
	return d.change(ctx, who, id, `delete from printing.job where job_id = $1 and provider = $2 and requester = $3`)
}

func (d *Desk) change(ctx context.Context, who Requester, id ID, sql string) error {
	if !formOfID.MatchString(string(id)) {
		return errNoSuchJob
	}
	tag, err := d.pool.Exec(ctx, sql, id, who.Provider, who.User)
	if err != nil {
		return fmt.Errorf("change print job: %w", pg.Clean(err))
	}
	if tag.RowsAffected() == 0 {
		if _, err := d.Job(ctx, who, id); err != nil {
			return err
		}
		return fault.New(fault.Conflict, "The job is not in a state for that any more.")
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
