package release_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/release"
	"scorehouse/internal/schema"
	"scorehouse/internal/tenant"
)

// stateSQL is a state with three districts of two schools, each with 30 students of grade 4 and one of grade 5, in mathematics and in English, of one
// year and the year before. Some have an IEP; three in each school have no stated sex.
const stateSQL = `
insert into publication (version, batch_id, kind) values (1, 1, 'publish');
insert into district (district_id, code, name, batch_id, from_version) select n, 'D' || n, 'District ' || n, 1, 1 from generate_series(1, 3) as n;
insert into school (school_id, district_id, code, name, batch_id, from_version) select n, (n + 1) / 2, 'S' || n, 'School ' || n, 1, 1 from generate_series(1, 6) as n;
insert into assessment (assessment_id, guid, type, subject, academic_year, form_version, effective_on, score_min, score_max, level_names, cut_points,
  claim_numbers, claim_names, claim_score_min, claim_score_max, claim_level_names, batch_id, from_version)
select (y - 2025) * 2 + s, 'guid-' || y || s, 1, case s when 1 then 'Math' else 'ELA' end, y, '1', '2026-04-01', 1200, 2400, '{Minimal,Partial,Proficient,Advanced}', '{1400,1800,2100}',
  '{1}', '{Concepts & Procedures}', '{1200}', '{2400}', '{Below Standard,At/Near Standard,Above Standard}', 1, 1 from generate_series(2025, 2026) as y, generate_series(1, 2) as s;
insert into student (student_id, code, first_name, last_name, sex, group_ids, group_names, batch_id, from_version)
select n, 'TK' || n, 'Ana', 'Zqx' || n, 1, '{}', '{}', 1, 1 from generate_series(1, 200) as n;` + "\n" + resultsSQL + `(1, 1, 186);
analyze`

// resultsSQL brings results of students first to last in a version: results(version, first, last).
const resultsSQL = `
create function pg_temp.results(int, int, int) returns void language sql as $$
insert into assessment_outcome (student_id, assessment_id, district_id, school_id, batch_id, from_version, taken_on, academic_year, type, grade, enrolled_grade,
  score, score_low, score_high, performance_level, sex, ethnicity, race, iep, limited_english, section_504, economic_disadvantage, migrant, complete, condition, subject, claims)
select n, (y - 2025) * 2 + s, ((n - 1) % 6) / 2 + 1, (n - 1) % 6 + 1, $1, $1, make_date(y, 5, 1), y, 1, 4 + (n between 181 and 186)::int, 4 + (n between 181 and 186)::int,
  1500 + n, 1480 + n, 1520 + n, 1 + n % 4, case when n > 168 then 0 else 1 + n % 2 end, 1, 1, (n % 9 = 0)::int, 1 - (n % 2), 0, 1, 0, 1, 0,
  case s when 1 then 'Math' else 'ELA' end, '{1500,1480,1520,2}'
from generate_series($2, $3) as n, generate_series(2025, 2026) as y, generate_series(1, 2) as s $$;
select pg_temp.results`

const (
	tamarack tenant.ID        = "tamarack"
	year     edu.AcademicYear = 2026
	reviewer                  = "operator reviewer"
)

// house is an installation in which releases are made.
type house struct {
	control   *pgxpool.Pool // as the owner
	warehouse *pgxpool.Pool // as the owner
	web       *pgxpool.Pool // of the control database
	desk      *release.Desk
	config    release.Config
}

// warehouses are the warehouse of every state.
type warehouses struct{ one *pgxpool.Pool }

func (w warehouses) Warehouse(context.Context, tenant.ID) (*pgxpool.Pool, error) { return w.one, nil }

func newHouse(t testing.TB) *house {
	t.Helper()
	owned := stateOf(t)
	control := pgtest.New(t, schema.Control)
	run(t, control, tenantsSQL)
	return houseOn(control, pgtest.As(t, control, pg.Web), pgtest.As(t, control, pg.Printer), owned, pgtest.As(t, owned, pg.Printer))
}

const tenantsSQL = `insert into tenant.tenant (tenant, state_code, name) values ('tamarack', 'TK', 'State of Tamarack'), ('hemlock', 'HM', 'State of Hemlock')`

// reviewed is a house with one release of the year, its first, that waits for review: it is decided once for all tests that begin so.
func reviewed(t testing.TB) (*house, release.Entry) {
	t.Helper()
	owned := stateOf(t)
	read := pgtest.As(t, owned, pg.Printer)
	control := pgtest.Filled(t, schema.Control, "reviewed", func(ctx context.Context, control *pgxpool.Pool) error {
		if _, err := control.Exec(ctx, tenantsSQL); err != nil {
			return err
		}
		h := houseOn(control, control, control, owned, read)
		id, err := h.desk.Make(ctx, release.Wish{Tenant: tamarack, Year: year, Kind: release.Final, By: reviewer})
		if err != nil {
			return err
		}
		return h.workIn(ctx, id, h.config)
	})
	h := houseOn(control, pgtest.As(t, control, pg.Web), pgtest.As(t, control, pg.Printer), owned, read)
	return h, h.get(t, 1)
}

// stateOf is a warehouse with the state in it, as its owner.
func stateOf(t testing.TB) *pgxpool.Pool {
	t.Helper()
	return pgtest.Filled(t, schema.Warehouse, "state", func(ctx context.Context, p *pgxpool.Pool) error {
		_, err := p.Exec(ctx, stateSQL)
		return err
	})
}

// houseOn is a house over pools of the control database as its owner, the web server and the printer, and of the warehouse as its owner and the printer.
func houseOn(control, web, printer, owned, read *pgxpool.Pool) *house {
	h := &house{control: control, warehouse: owned, web: web}
	h.config = release.Config{
		Pool: printer, Logger: slog.New(slog.DiscardHandler),
		Tenant: func(_ context.Context, id tenant.ID) (tenant.Tenant, error) {
			return tenant.Tenant{ID: id, StateCode: "TK", Name: "State of Tamarack"}, nil
		},
		Reader: release.ReaderOf(warehouses{read}),
	}
	h.desk = release.NewDesk(h.web, release.RulesOf(h.config.Tenant, h.config.Reader))
	return h
}

func run(t testing.TB, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// make asks for a release, has it decided, and returns it.
func (h *house) make(t testing.TB, k release.Kind, y edu.AcademicYear) release.Entry {
	t.Helper()
	id := h.ask(t, k, y)
	must(t, h.work(t, id, h.config))
	return h.get(t, id)
}

func (h *house) ask(t testing.TB, k release.Kind, y edu.AcademicYear) int64 {
	t.Helper()
	id, err := h.desk.Make(t.Context(), release.Wish{Tenant: tamarack, Year: y, Kind: k, By: reviewer})
	must(t, err)
	return id
}

// work does what the queue has a worker do at its only try.
func (h *house) work(t testing.TB, id int64, c release.Config) error {
	t.Helper()
	return h.workIn(t.Context(), id, c)
}

func (h *house) workIn(ctx context.Context, id int64, c release.Config) error {
	return release.NewWorker(c).Work(ctx, &river.Job[release.Args]{JobRow: &rivertype.JobRow{Attempt: 1, MaxAttempts: 1}, Args: release.Args{Release: id}})
}

func (h *house) get(t testing.TB, id int64) release.Entry {
	t.Helper()
	e, err := h.desk.Get(t.Context(), id)
	must(t, err)
	return e
}

// publish brings results of students first to last as a new version of the warehouse.
func (h *house) publish(t testing.TB, version, first, last int) {
	t.Helper()
	conn, err := h.warehouse.Acquire(t.Context())
	must(t, err)
	defer conn.Release()
	tx, err := conn.Begin(t.Context())
	must(t, err)
	_, err = tx.Exec(t.Context(), `insert into publication (version, batch_id, kind) values ($1, $1, 'publish')`, version)
	must(t, err)
	_, err = tx.Conn().Exec(t.Context(), resultsSQL+pgArgs(version, first, last))
	must(t, err)
	must(t, tx.Commit(t.Context()))
}
