package bench

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"scorehouse/internal/control"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/harness"
	"scorehouse/internal/pg"
	"scorehouse/internal/pgcluster"
	"scorehouse/internal/population"
	"scorehouse/internal/report"
	"scorehouse/internal/tenant"
	"scorehouse/internal/warehouse"
)

// countPopulation counts the districts of a state of two million students with all kinds of filters: by the index, and the same questions as SQL on the same warehouse.
// It fails when the two differ. SCOREHOUSE_BENCH_STUDENTS makes the state smaller.
var countPopulation = Bench{Name: "population", Help: "state comparisons by the index against SQL; building and following it", Run: runPopulation}

const (
	populationQuestions = 1000 // asked of the index
	populationSQL       = 8    // of them asked as SQL too: each takes seconds
	populationBuilds    = 3
	populationPublishes = 3
)

func runPopulation(ctx context.Context, log *slog.Logger, print func(Figure)) error {
	students := bigStudents()
	p, stop, err := startPopulation(ctx, newBigState(students), log)
	if err != nil {
		return err
	}
	defer stop()
	built, used, err := p.build(ctx, log)
	if err != nil {
		return err
	}
	s := p.index.Stats()
	results := s.Years[0].Results
	detail := fmt.Sprintf("%d students, %d results that count, %d districts, %d schools", students, results, bigDistricts, len(p.state.schools))
	print(Figure{Name: "population.build", Value: built.Seconds(), Unit: "s", Detail: fmt.Sprintf("%s; median of %d; the last: %s", detail, populationBuilds, used)})
	print(Figure{Name: "population.memory", Value: float64(s.Years[0].Bytes) / float64(results), Unit: "bytes/result", Detail: detail})
	if err := p.compare(ctx, detail, log, print); err != nil {
		return err
	}
	return p.follow(ctx, detail, log, print)
}

// bigStudents is how many students the state of a bench has.
func bigStudents() int {
	if n, err := strconv.Atoi(os.Getenv("SCOREHOUSE_BENCH_STUDENTS")); err == nil && n > 0 {
		return n
	}
	return 2_000_000
}

// bigPopulation is a warehouse with a state in it, and its index.
type bigPopulation struct {
	home      string
	databases *pg.Databases
	state     *bigState
	owner     *pgxpool.Pool
	reader    *warehouse.Reader
	sql       report.Counter
	index     *population.Index
	server    int // process
}

var bigTenant = tenant.Tenant{ID: "tamarack", StateCode: "TK", Name: "State of Tamarack"}

func startPopulation(ctx context.Context, state *bigState, log *slog.Logger) (*bigPopulation, func(), error) {
	home, err := harness.TempHome()
	if err != nil {
		return nil, nil, err
	}
	cluster, err := pgcluster.Start(ctx, pgcluster.Config{Dir: filepath.Join(home, "postgres"), Settings: map[string]string{"shared_buffers": "2GB"}})
	if err != nil {
		return nil, nil, err
	}
	stop := func() {
		_ = cluster.Kill()
		_ = os.RemoveAll(home)
	}
	databases, err := pg.Open(pg.Config{Server: cluster.DSN("")})
	if err != nil {
		stop()
		return nil, nil, err
	}
	p := &bigPopulation{home: home, databases: databases, state: state, server: cluster.PID()}
	if err := p.fill(ctx, databases, log); err != nil {
		databases.Close()
		stop()
		return nil, nil, err
	}
	return p, func() { databases.Close(); stop() }, nil
}

func (p *bigPopulation) fill(ctx context.Context, databases *pg.Databases, log *slog.Logger) error {
	tenants := control.NewTenants(databases)
	if _, err := tenants.Upgrade(ctx); err != nil {
		return err
	}
	t := bigTenant
	if err := tenants.Add(ctx, t); err != nil {
		return err
	}
	var err error
	if p.owner, err = databases.Warehouse(ctx, t.ID); err != nil {
		return err
	}
	began := time.Now()
	if err := p.state.store(ctx, p.owner); err != nil {
		return err
	}
	log.Info("filled the warehouse", "took", time.Since(began))
	web, err := databases.As(pg.Web).Warehouse(ctx, t.ID)
	if err != nil {
		return err
	}
	p.reader = warehouse.NewReader(web).For(t.ID)
	p.sql = report.SQLCounter(p.reader)
	return nil
}

func (p *bigPopulation) newIndex() *population.Index {
	return population.New(population.Config{Reader: p.reader, SQL: p.sql, Log: slog.New(slog.DiscardHandler), Keep: 1})
}

// build builds the index several times and returns the median, and what the last took.
func (p *bigPopulation) build(ctx context.Context, log *slog.Logger) (time.Duration, processors, error) {
	var took []time.Duration
	var used processors
	for range populationBuilds {
		p.index = p.newIndex()
		before, began := usedBy(p.server), time.Now()
		if err := p.index.Refresh(ctx); err != nil {
			return 0, used, err
		}
		took, used = append(took, time.Since(began)), usedBy(p.server).since(before)
		log.Info("built the index", "took", took[len(took)-1], "used", used)
	}
	return middle(took), used, nil
}

func middle(took []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(took))[len(took)/2]
}

// numbers are all exact numbers of a page that compares the districts of the state.
type numbers struct {
	counts    []report.Count
	interim   []report.Presence
	notStated report.NotStatedCounts
}

func askNumbers(ctx context.Context, c report.Counter, version int, q report.CountQuestion) (numbers, time.Duration, error) {
	var n numbers
	var err error
	began := time.Now()
	if n.counts, err = c.Counts(ctx, version, q); err != nil {
		return n, 0, err
	}
	if !q.Filters.Any() {
		if n.interim, err = c.Interim(ctx, version, q); err != nil {
			return n, 0, err
		}
	}
	n.notStated, err = c.NotStated(ctx, version, q)
	return n, time.Since(began), err
}

func (n numbers) equal(m numbers) bool {
	for _, x := range []numbers{n, m} {
		slices.SortFunc(x.counts, func(a, b report.Count) int {
			return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Level, b.Level))
		})
		slices.SortFunc(x.interim, func(a, b report.Presence) int {
			return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Subject, b.Subject))
		})
	}
	return slices.Equal(n.counts, m.counts) && slices.Equal(n.interim, m.interim) && n.notStated == m.notStated
}

// populationQuestion draws filters of every kind, up to all nine at once; one question in ten has none.
func populationQuestion(r *rand.Rand) report.CountQuestion {
	q := report.CountQuestion{Parts: report.DistrictsOfState, Year: bigYear}
	if r.IntN(10) == 0 {
		return q
	}
	f := &q.Filters
	often := 1 + r.IntN(9) // of nine
	if r.IntN(9) < often {
		f.Grades = some(r, edu.TestedGrades)
	}
	for _, flags := range []*[]edu.Flag{&f.LimitedEnglish, &f.IEP, &f.Section504, &f.EconomicDisadvantage, &f.Migrant, &f.Complete} {
		if r.IntN(9) < often {
			*flags = some(r, []edu.Flag{edu.NotStated, edu.No, edu.Yes})
		}
	}
	if r.IntN(9) < often {
		f.Ethnicities = some(r, edu.Ethnicities)
	}
	if r.IntN(9) < often {
		f.Sexes = some(r, []edu.Sex{edu.SexNotStated, edu.Male, edu.Female})
	}
	return q
}

// some returns one to all but one of the values.
func some[T any](r *rand.Rand, values []T) []T {
	kept := slices.Clone(values)
	r.Shuffle(len(kept), func(i, j int) { kept[i], kept[j] = kept[j], kept[i] })
	return kept[:1+r.IntN(len(kept)-1)]
}

// compare asks the index all questions, and SQL some of the same.
func (p *bigPopulation) compare(ctx context.Context, detail string, log *slog.Logger, print func(Figure)) error {
	r := rand.New(rand.NewPCG(1, 2))
	var index, used, both, sql []time.Duration
	agreed := 0
	for i := range populationQuestions {
		q := populationQuestion(r)
		before := processorTime()
		n, took, err := askNumbers(ctx, p.index, 1, q)
		if err != nil {
			return err
		}
		index = append(index, took)
		used = append(used, processorTime()-before)
		if i%(populationQuestions/populationSQL) != 0 || len(sql) == populationSQL {
			continue
		}
		began := time.Now()
		m, tookSQL, err := askNumbers(ctx, p.sql, 1, q)
		switch {
		case fault.Is(err, fault.Unavailable): // it took longer than a page may
			tookSQL = time.Since(began)
		case err != nil:
			return err
		case !n.equal(m):
			return fmt.Errorf("the index and SQL differ about %+v", q)
		default:
			agreed++
		}
		both, sql = append(both, took), append(sql, tookSQL)
		log.Info("compared", "index", took, "SQL", tookSQL)
	}
	if agreed == 0 {
		return fmt.Errorf("SQL did not answer in time")
	}
	if s := p.index.Stats(); s.PassedOn > 0 {
		return fmt.Errorf("the index passed %d questions on", s.PassedOn)
	}
	slices.Sort(index)
	ratio := float64(middle(sql)) / float64(middle(both))
	for _, percent := range []int{50, 95, 99} {
		print(Figure{Name: fmt.Sprintf("population.state.p%d", percent), Value: float64(index[len(index)*percent/100].Microseconds()) / 1000, Unit: "ms", Against: "the same questions as SQL on the same warehouse",
			Ratio: ratio, Detail: fmt.Sprintf("%s; %d questions with up to nine filters, nothing kept; p95 of processor time %.2f ms; SQL: p50 of %d of them %d ms",
				detail, len(index), float64(slices.Sorted(slices.Values(used))[len(used)*95/100].Microseconds())/1000, len(sql), middle(sql).Milliseconds())})
	}
	return nil
}

// publishSQL makes version VERSION of results of mathematics all over the state, 100,000 when it has two million students: half replace others, and half are newer ones of
// students who are elsewhere now. The rows are those that a publication leaves.
const publishSQL = `
update assessment_outcome set to_version = VERSION
where to_version = 2147483647 and type = 1 and subject = 'Math' and from_version = 1 and student_id % 40 = 2 * VERSION;

insert into assessment_outcome_current (from_version, batch_id, performance_level, student_id, assessment_id, district_id, school_id, taken_on, COLUMNS)
select VERSION, VERSION, performance_level % 4 + 1, student_id, assessment_id, district_id, school_id, taken_on, COLUMNS
from assessment_outcome where to_version = VERSION
order by district_id, school_id, student_id;

insert into assessment_outcome_current (from_version, batch_id, performance_level, student_id, assessment_id, district_id, school_id, taken_on, COLUMNS)
select VERSION, VERSION, performance_level, student_id, assessment_id, s.district_id, s.school_id, taken_on + 90, COLUMNS
from assessment_outcome_current o
join school s on s.school_id = 1 + student_id::bigint * 13 % SCHOOLS
where type = 1 and subject = 'Math' and o.from_version = 1 and student_id % 40 = 2 * VERSION + 1 and taken_on < '2026-06-01'
order by s.district_id, s.school_id, student_id;

insert into publication (version, batch_id, kind, rows_staged, rows_new)
select VERSION, VERSION, 'publish', count(*), count(*) from assessment_outcome_current where from_version = VERSION`

func (p *bigPopulation) publish(ctx context.Context, version int) (rows int, err error) {
	sql := strings.NewReplacer("VERSION", strconv.Itoa(version), "SCHOOLS", strconv.Itoa(len(p.state.schools)),
		"COLUMNS", `academic_year, type, grade, enrolled_grade, score, score_low, score_high, sex, ethnicity, race, iep, limited_english, section_504,
		economic_disadvantage, migrant, complete, condition, subject, claims`).Replace(publishSQL)
	err = pgx.BeginFunc(ctx, p.owner, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, sql)
		return err
	})
	if err != nil {
		return 0, err
	}
	return rows, p.owner.QueryRow(ctx, `select rows_staged from publication where version = $1`, version).Scan(&rows)
}

// follow publishes several times and lets the index follow each.
func (p *bigPopulation) follow(ctx context.Context, detail string, log *slog.Logger, print func(Figure)) error {
	var took []time.Duration
	var used processors
	var rows int
	for version := 2; version < 2+populationPublishes; version++ {
		var err error
		if rows, err = p.publish(ctx, version); err != nil {
			return err
		}
		before, began := usedBy(p.server), time.Now()
		if err := p.index.Refresh(ctx); err != nil {
			return err
		}
		took, used = append(took, time.Since(began)), usedBy(p.server).since(before)
		log.Info("followed", "rows", rows, "took", took[len(took)-1], "used", used)
	}
	if s := p.index.Stats(); s.Follow.Times != populationPublishes {
		return fmt.Errorf("the index followed %d publications and was built %d times", s.Follow.Times, s.Build.Times)
	}
	print(Figure{Name: "population.refresh", Value: middle(took).Seconds(), Unit: "s",
		Detail: fmt.Sprintf("%s; after a publication of %d rows all over the state, half of them replacing others; median of %d; the last: %s", detail, rows, len(took), used)})
	return p.checkFollowed(ctx, 1+populationPublishes)
}

// checkFollowed compares the index that followed with one made anew.
func (p *bigPopulation) checkFollowed(ctx context.Context, version int) error {
	anew := p.newIndex()
	if err := anew.Refresh(ctx); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		q := populationQuestion(r)
		q.Parts = report.InstitutionLevel(r.IntN(3))
		n, _, err := askNumbers(ctx, p.index, version, q)
		if err != nil {
			return err
		}
		m, _, err := askNumbers(ctx, anew, version, q)
		if err != nil {
			return err
		}
		if !n.equal(m) {
			return fmt.Errorf("the index that followed and one made anew differ about %+v", q)
		}
	}
	return nil
}
