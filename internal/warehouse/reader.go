package warehouse

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
)

// readTimeout is how long a statement of a report or an extract may run.
const readTimeout = 30 * time.Second

// Reader reads a warehouse: statements that belong to reports and extracts, in read-only transactions with a time
// limit, each at the version it is given. It is safe for concurrent use; the pool may lead to the primary or to a
// replica.
//
// It takes, for each transaction, one of two roles of PostgreSQL: for aggregates one that sees views without identifiers, for rows of students
// one that sees those of the scope. What it may do otherwise is next to nothing.
type Reader struct {
	pool    *pgxpool.Pool
	tenant  tenant.ID     // "" when not named
	checked sync.Map      // statement -> error of its check, nil included
	codes   *institutions // shared by the Readers that For made
}

// NewReader returns a reader of the warehouse that the pool leads to, as the role pg.Web; reads through the pool of another role fail.
func NewReader(pool *pgxpool.Pool) *Reader {
	return &Reader{pool: pool, codes: &institutions{districts: map[string]int32{}, schools: map[scope.School]int32{}}}
}

// For returns a reader of the same warehouse that knows whose it is: Students then refuses a scope of another tenant.
func (r *Reader) For(id tenant.ID) *Reader { return &Reader{pool: r.pool, tenant: id, codes: r.codes} }

// Version returns the newest version that can be read here, 0 when nothing has been published. A replica answers with
// what it has replayed.
func (r *Reader) Version(ctx context.Context) (int, error) {
	var v int
	if err := r.pool.QueryRow(ctx, `select coalesce(max(version), 0) from publication`).Scan(&v); err != nil {
		return 0, fmt.Errorf("read warehouse version: %w", pg.Clean(err))
	}
	return v, nil
}

// Aggregate runs a statement that returns no student: the statement sees the version as $1 and args from $2. It sees dimensions, and of results
// what the views counted_outcome and interim_outcome show at the version. scan is called once for each row of the answer, in order; it
// reads the row with rows.Scan and must not call Next or Close. A statement that does not use $1, or that names a table of students or
// results, is refused.
func (r *Reader) Aggregate(ctx context.Context, version int, sql string, args []any, scan func(pgx.Rows) error) error {
	if err := r.check(sql, "aggregate", CheckAggregate); err != nil {
		return err
	}
	return r.read(ctx, sight{role: pg.Aggregate, version: version}, sql, append([]any{version}, args...), scan)
}

// Students runs a statement that returns rows of students, within a scope: it sees the version as $1, whether the
// scope holds all students of the tenant as $2, the ids of its districts as $3 and of its schools as $4 (int arrays,
// never null), and args from $5. scan is called as Aggregate says. A statement that leaves out one of the four is
// refused; so is a scope of another tenant, as Forbidden. A scope without students gets no rows.
//
// The statement filters by $2 to $4, which also lets PostgreSQL use its indexes; row-level security filters by the same scope again.
func (r *Reader) Students(ctx context.Context, version int, s scope.Scope, sql string, args []any, scan func(pgx.Rows) error) error {
	if err := r.check(sql, "students", CheckStudents); err != nil {
		return err
	}
	if r.tenant != "" && s.Tenant != r.tenant {
		return fault.New(fault.Forbidden, "the scope is not one of this tenant")
	}
	districts, schools, err := r.Resolve(ctx, s.Districts, s.Schools)
	if err != nil {
		return err
	}
	seen := sight{role: pg.Reader, version: version, all: s.AllStudents, districts: districts, schools: schools}
	return r.read(ctx, seen, sql, append([]any{version, s.AllStudents || scope.Unfiltered(), districts, schools}, args...), scan)
}

func (r *Reader) check(sql, kind string, check func(string) error) error {
	key := kind + "\x00" + sql
	if v, ok := r.checked.Load(key); ok {
		err, _ := v.(error)
		return err
	}
	err := check(sql)
	if err != nil {
		err = fmt.Errorf("read warehouse: %w", err)
	}
	r.checked.Store(key, err)
	return err
}

// sight is how far a transaction sees: what PostgreSQL is told, which enforces it.
type sight struct {
	role      pg.Role
	version   int
	all       bool
	districts []int32
	schools   []int32
}

// settings hold to the end of the transaction. Before and after it the role of the pool is in force, which sees no student.
const sightSQL = `select set_config('role', $1, true), set_config('transaction_read_only', 'on', true), set_config('statement_timeout', $2, true),
	set_config('scope.version', $3, true), set_config('scope.students', $4, true),
	set_config('scope.districts', $5, true), set_config('scope.schools', $6, true)`

func (s sight) settings(role string) []any {
	all := ""
	if s.all {
		all = "all"
	}
	return []any{role, strconv.FormatInt(readTimeout.Milliseconds(), 10), strconv.Itoa(s.version), all, arrayText(s.districts), arrayText(s.schools)}
}

// arrayText writes ids as PostgreSQL writes an array.
func arrayText(ids []int32) string {
	if len(ids) == 0 {
		return ""
	}
	b := []byte{'{'}
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(id), 10)
	}
	return string(append(b, '}'))
}

// read sends the settings and the statement together: one round trip, one implicit transaction that is read-only,
// and nothing to roll back when it fails.
func (r *Reader) read(ctx context.Context, s sight, sql string, args []any, scan func(pgx.Rows) error) (err error) {
	role, err := pg.RoleBeside(r.pool, s.role)
	if err != nil {
		return fmt.Errorf("read warehouse: %w", err)
	}
	var b pgx.Batch
	b.Queue(sightSQL, s.settings(role)...)
	b.Queue(sql, args...)
	results := r.pool.SendBatch(ctx, &b)
	defer func() { err = errors.Join(err, wrapRead(results.Close(), err)) }()
	if _, err := results.Exec(); err != nil {
		return wrapRead(err, nil)
	}
	rows, err := results.Query()
	if err != nil {
		return wrapRead(err, nil)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("read warehouse: scan: %w", pg.Clean(err))
		}
	}
	return wrapRead(rows.Err(), nil)
}

// wrapRead dresses an error of a read, unless one was found already: what follows the first only echoes it.
func wrapRead(err, already error) error {
	switch {
	case err == nil || already != nil:
		return nil
	case pg.CodeOf(err) == "57014" && !errors.Is(err, context.Canceled):
		return fault.Wrap(fault.Unavailable, pg.Clean(err), "The answer took too long; try again or ask for less")
	}
	return fmt.Errorf("read warehouse: %w", pg.Clean(err))
}

// institutions remembers the ids of districts and schools. An id never changes once given.
type institutions struct {
	mu        sync.RWMutex
	districts map[string]int32
	schools   map[scope.School]int32
}

// Resolve returns the ids of districts and schools, in ascending order. Codes that the warehouse does not know are
// left out: they have no students. The slices are never nil.
func (r *Reader) Resolve(ctx context.Context, districts []string, schools []scope.School) (districtIDs, schoolIDs []int32, err error) {
	districtIDs, schoolIDs, missing := r.codes.find(districts, schools)
	if missing {
		if err := r.codes.learn(ctx, r.pool, districts, schools); err != nil {
			return nil, nil, fmt.Errorf("resolve scope: %w", pg.Clean(err))
		}
		districtIDs, schoolIDs, _ = r.codes.find(districts, schools)
	}
	slices.Sort(districtIDs)
	slices.Sort(schoolIDs)
	return districtIDs, schoolIDs, nil
}

func (c *institutions) find(districts []string, schools []scope.School) (districtIDs, schoolIDs []int32, missing bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	districtIDs, schoolIDs = make([]int32, 0, len(districts)), make([]int32, 0, len(schools))
	for _, d := range districts {
		if id, ok := c.districts[d]; ok {
			districtIDs = append(districtIDs, id)
		} else {
			missing = true
		}
	}
	for _, s := range schools {
		if id, ok := c.schools[s]; ok {
			schoolIDs = append(schoolIDs, id)
		} else {
			missing = true
		}
	}
	return districtIDs, schoolIDs, missing
}

func (c *institutions) learn(ctx context.Context, pool *pgxpool.Pool, districts []string, schools []scope.School) error {
	var inDistricts, codes []string
	for _, s := range schools {
		inDistricts, codes = append(inDistricts, s.District), append(codes, s.School)
	}
	var b pgx.Batch
	b.Queue(`select code, district_id from district where to_version = 2147483647 and code = any($1)`, districts).
		Query(func(rows pgx.Rows) error {
			var code string
			var id int32
			_, err := pgx.ForEachRow(rows, []any{&code, &id}, func() error {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.districts[code] = id
				return nil
			})
			return err
		})
	b.Queue(`select d.code, s.code, s.school_id
		from unnest($1::text[], $2::text[]) as wanted (district, school)
		join district d on d.code = wanted.district and d.to_version = 2147483647
		join school s on s.district_id = d.district_id and s.code = wanted.school and s.to_version = 2147483647`, inDistricts, codes).
		Query(func(rows pgx.Rows) error {
			var x scope.School
			var id int32
			_, err := pgx.ForEachRow(rows, []any{&x.District, &x.School, &id}, func() error {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.schools[x] = id
				return nil
			})
			return err
		})
	return pool.SendBatch(ctx, &b).Close()
}
