package printing_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"scorehouse/internal/edu"
	"scorehouse/internal/filestore"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
	"scorehouse/internal/printing"
	"scorehouse/internal/report"
	"scorehouse/internal/schema"
	"scorehouse/internal/scope"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// districtSQL is a district D1 with two schools, S1 and S2, of 12 students in grades 4 and 5 each (24 a school), and a district D2 with a school S1 of 6
// in grade 4. Last names are Zqx and a number, so that they can be found anywhere.
const districtSQL = `
insert into publication (version, batch_id, kind) values (1, 1, 'publish');
insert into district (district_id, code, name, batch_id, from_version) values (1, 'D1', 'Alder Falls', 1, 1), (2, 'D2', 'Birch Bay', 1, 1);
insert into school (school_id, district_id, code, name, batch_id, from_version) values (1, 1, 'S1', 'Otter Lake', 1, 1), (2, 1, 'S2', 'Étoile du Nord', 1, 1), (3, 2, 'S1', 'Heron', 1, 1);
insert into assessment (assessment_id, guid, type, subject, academic_year, form_version, effective_on, score_min, score_max, level_names, cut_points,
  claim_numbers, claim_names, claim_score_min, claim_score_max, claim_level_names, batch_id, from_version)
select y - 2024, 'guid-' || y, 1, 'Math', y, '1', '2026-04-01', 1200, 2400, '{Minimal,Partial,Proficient,Advanced}', '{1400,1800,2100}',
  '{1}', '{Concepts & Procedures}', '{1200}', '{2400}', '{Below Standard,At/Near Standard,Above Standard}', 1, 1 from generate_series(2025, 2026) as y;
insert into student (student_id, code, first_name, last_name, sex, group_ids, group_names, batch_id, from_version)
select n, 'TK' || n, 'Ana', 'Zqx' || lpad(n::text, 4, '0'), 1, array['g' || n % 2], array['Room ' || n % 2], 1, 1 from generate_series(1, 54) as n;
insert into assessment_outcome (student_id, assessment_id, district_id, school_id, batch_id, from_version, taken_on, academic_year, type, grade, enrolled_grade,
  score, score_low, score_high, performance_level, sex, ethnicity, race, iep, limited_english, section_504, economic_disadvantage, migrant, complete, condition, subject, claims)
select n, y - 2024, case when n > 48 then 2 else 1 end, case when n > 48 then 3 when n > 24 then 2 else 1 end, 1, 1, make_date(y, 5, 1), y, 1,
  4 + (n <= 48 and (n - 1) % 24 >= 12)::int - 2026 + y, 4, 1500 + n, 1480 + n, 1520 + n, 2, 1, 1, 0, 1, 1, 1, 1, 1, 2, 0, 'Math', '{1500,1480,1520,2}'
from generate_series(1, 54) as n, generate_series(2025, 2026) as y;
analyze`

const tamarack tenant.ID = "tamarack"

// house is an installation in which reports are printed.
type house struct {
	control   *pgxpool.Pool // as the owner
	warehouse *pgxpool.Pool // as the owner
	dir       string        // of the documents
	files     *filestore.Dir
	key       *age.X25519Identity
	desk      *printing.Desk
	config    printing.Config
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{control: pgtest.New(t, schema.Control), warehouse: pgtest.New(t, schema.Warehouse), dir: t.TempDir()}
	run(t, h.control, `insert into tenant.tenant (tenant, state_code, name) values ('tamarack', 'TK', 'State of Tamarack')`)
	run(t, h.warehouse, districtSQL)
	var err error
	if h.files, err = filestore.Open(h.dir); err != nil {
		t.Fatal(err)
	}
	if h.key, err = age.GenerateX25519Identity(); err != nil {
		t.Fatal(err)
	}
	h.desk = printing.NewDesk(pgtest.As(t, h.control, pg.Web), h.files, h.key)
	h.config = configOf(t, pgtest.As(t, h.control, pg.Printer), pgtest.As(t, h.warehouse, pg.Printer), h.files, h.key.Recipient())
	return h
}

func configOf(t testing.TB, control, store *pgxpool.Pool, files *filestore.Dir, key age.Recipient) printing.Config {
	t.Helper()
	reports := report.New(warehouse.NewReader(store).For(tamarack), report.Settings{Tenant: tenant.Tenant{ID: tamarack, StateCode: "TK", Name: "State of Tamarack"}})
	return printing.Config{
		Pool: control, Files: files, Key: key, Press: newPress(t), Logger: slog.New(slog.DiscardHandler),
		Reports: func(context.Context, tenant.ID) (*report.Reports, error) { return reports, nil },
	}
}

var press = sync.OnceValues(func() (*printing.Press, error) {
	p, _, err := printing.NewPress("", func(context.Context, tenant.ID) (printing.Look, error) {
		return printing.Look{Brand: "State of Tamarack"}, nil
	})
	return p, err
})

func newPress(t testing.TB) *printing.Press {
	t.Helper()
	p, err := press()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func run(t testing.TB, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

var (
	rosa      = printing.Requester{Provider: "tamarack", User: "rosa-1", Name: "Rosa Delgado"}
	everybody = scope.Scope{Tenant: tamarack, AllStudents: true}
)

// of asks for the reports of a place in the newest year.
func of(district, school string) printing.Wish {
	return printing.Wish{Of: report.BundleQuestion{Type: edu.Summative, Year: 2026, District: district, School: school}, Options: printing.Usual}
}

// order asks for something, and returns its job.
func (h *house) order(t testing.TB, w printing.Wish, s scope.Scope, students int) printing.ID {
	t.Helper()
	id, err := h.desk.Order(t.Context(), printing.Request{Tenant: tamarack, Requester: rosa, Once: t.Name() + string(rune('a'+len(w.Of.School)+students)), Scope: s, Wish: w,
		Place: printing.Place{District: "Alder Falls"}, Students: students})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// work has a worker work on a job, as the queue does.
func (h *house) work(t testing.TB, id printing.ID) error {
	t.Helper()
	return printing.NewWorker(h.config).Work(t.Context(), queued(printing.Args{Job: id}, 1))
}

func queued[A river.JobArgs](args A, attempt int) *river.Job[A] {
	return &river.Job[A]{JobRow: &rivertype.JobRow{Attempt: attempt, MaxAttempts: 3}, Args: args}
}

func (h *house) job(t testing.TB, id printing.ID) printing.Job {
	t.Helper()
	j, err := h.desk.Job(t.Context(), rosa, id)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// collect reads a document.
func (h *house) collect(t testing.TB, p printing.Part) []byte {
	t.Helper()
	f, err := h.desk.Open(p)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	document, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(document)) != p.Bytes {
		t.Errorf("%s has %d bytes, its part says %d", p.FileName, len(document), p.Bytes)
	}
	return document
}

// onDisk returns the names of all files of the store, those being written too, and whether any holds the text.
func (h *house) onDisk(t testing.TB, text string) (names []string, found bool) {
	t.Helper()
	err := filepath.WalkDir(h.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(h.dir, path)
		names, found = append(names, name), found || bytes.Contains(content, []byte(text))
		return err
	})
	if err != nil && !strings.Contains(err.Error(), "no such file") {
		t.Fatal(err)
	}
	return names, found
}
