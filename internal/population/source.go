package population

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
	"scorehouse/internal/pg"
	"scorehouse/internal/warehouse"
)

// source is the warehouse that an index is made from. Of students it sees nothing but the profiles of their results.
type source struct{ reader *warehouse.Reader }

// packedSQL makes a profile of a row of counted_outcome or counted_change, in PostgreSQL: one number crosses instead of ten. It is null when a value has no
// room in it.
var packedSQL = func() string {
	var beyond, parts []string
	for a, f := range fields {
		beyond = append(beyond, fmt.Sprintf("(%s & %d)", columns[a], -1<<f.bits))
		parts = append(parts, fmt.Sprintf("(%s::int << %d)", columns[a], f.shift))
	}
	return "case when " + strings.Join(beyond, " | ") + " = 0 then " + strings.Join(parts, " | ") + " end"
}()

var columns = [attributes]string{
	grade: "grade", level: "performance_level", limitedEnglish: "limited_english", iep: "iep", section504: "section_504",
	economicDisadvantage: "economic_disadvantage", migrant: "migrant", complete: "complete", sex: "sex", ethnicity: "ethnicity",
}

// Statements of build and follow, whose columns the scan functions below read.
var (
	allSQL = "select academic_year, subject, district_id, school_id, " + packedSQL + " from counted_outcome"

	allInterimsSQL = "select academic_year, subject, district_id, school_id, grade, count(*)::int from interim_outcome group by 1, 2, 3, 4, 5"

	changesSQL = "select academic_year, subject, district_id, school_id, " + packedSQL + ", more from counted_change"

	interimChangesSQL = "select academic_year, subject, district_id, school_id, grade, sum(more)::int from interim_change group by 1, 2, 3, 4, 5 having sum(more) <> 0"
)

// Every result is compared with all others of its student: one pass over both in memory. The planner, which knows little about a version that was just
// published, must not look each up.
var (
	buildSettings = map[string]string{"enable_nestloop": "off", "enable_mergejoin": "off", "work_mem": "256MB"}

	// Few results are looked up, each by an index.
	followSettings = map[string]string{"enable_hashjoin": "off", "enable_mergejoin": "off", "work_mem": "64MB"}
)

// build reads all that counts in a version.
func (s source) build(ctx context.Context, version int) (*snapshot, error) {
	b := newBuilding()
	err := s.copyAll(ctx, version, b, buildSettings)
	if noMemory(err) { // for a hash table that several processes share
		b = newBuilding()
		settings := map[string]string{"max_parallel_workers_per_gather": "0"}
		for name, value := range buildSettings {
			settings[name] = value
		}
		err = s.copyAll(ctx, version, b, settings)
	}
	if err != nil {
		return nil, fmt.Errorf("build version %d: %w", version, err)
	}
	return b.snapshot(version)
}

// noMemory reports whether PostgreSQL lacked resources (class 53). Containers often have little shared memory.
func noMemory(err error) bool { return strings.HasPrefix(pg.CodeOf(err), "53") }

func (s source) copyAll(ctx context.Context, version int, b *building, settings map[string]string) error {
	subjects := subjectNames{}
	results := &copyDecoder{columns: 5, row: func(f [][]byte) error {
		at, p, err := subjects.result(f)
		if err == nil {
			b.add(at, p)
		}
		return err
	}}
	interims := &copyDecoder{columns: 6, row: func(f [][]byte) error {
		y, x, err := subjects.interim(f)
		if err == nil {
			b.addInterim(y, x)
		}
		return err
	}}
	return s.copy(ctx, warehouse.Copying{Version: version, Settings: settings}, allSQL, results, allInterimsSQL, interims)
}

// follow reads what changed since a snapshot, and makes the version of it.
func (s source) follow(ctx context.Context, before *snapshot, version int) (*snapshot, error) {
	c := newChanges()
	subjects := subjectNames{}
	results := &copyDecoder{columns: 6, row: func(f [][]byte) error {
		at, p, err := subjects.result(f)
		if err != nil {
			return err
		}
		more, err := int4(f[5])
		if err == nil {
			c.add(at, p, more)
		}
		return err
	}}
	interims := &copyDecoder{columns: 6, row: func(f [][]byte) error {
		y, x, err := subjects.interim(f)
		if err == nil {
			c.addInterim(y, x)
		}
		return err
	}}
	copying := warehouse.Copying{Version: version, Since: before.version, Settings: followSettings}
	if err := s.copy(ctx, copying, changesSQL, results, interimChangesSQL, interims); err != nil {
		return nil, fmt.Errorf("follow from version %d to %d: %w", before.version, version, err)
	}
	next, err := before.after(version, c)
	if err != nil {
		return nil, fmt.Errorf("follow from version %d to %d: %w", before.version, version, err)
	}
	return next, nil
}

func (s source) copy(ctx context.Context, c warehouse.Copying, resultsSQL string, results *copyDecoder, interimsSQL string, interims *copyDecoder) error {
	c.Statements = []warehouse.CopyStatement{{SQL: resultsSQL, To: results}, {SQL: interimsSQL, To: interims}}
	if err := s.reader.CopyAggregates(ctx, c); err != nil {
		return err
	}
	if err := results.Close(); err != nil {
		return err
	}
	return interims.Close()
}

// rebuildFrom is which part of the results must have changed for reading all of them to be quicker than looking the changed ones up.
const rebuildFrom = 8 // one in

// fewChanged reports whether following is quicker than building.
func (s source) fewChanged(ctx context.Context, before *snapshot, version int) (bool, error) {
	changed, all := 0, 0
	for _, y := range before.years {
		all += y.results()
	}
	err := s.reader.Aggregate(ctx, version, `
		select coalesce(sum(rows_new + rows_changed + rows_deleted), 0)::bigint from publication where version > $2 and version <= $1`,
		[]any{before.version}, func(row pgx.Rows) error { return row.Scan(&changed) })
	if err != nil {
		return false, fmt.Errorf("population index: changes from version %d to %d: %w", before.version, version, err)
	}
	return changed < max(all/rebuildFrom, 1000), nil
}

// subjectNames keeps one copy of each name of a subject.
type subjectNames map[string]edu.Subject

func (n subjectNames) name(b []byte) edu.Subject {
	s, ok := n[string(b)]
	if !ok {
		s = edu.Subject(b)
		n[string(s)] = s
	}
	return s
}

// where reads the first four fields of a row: year, subject, district and school.
func (n subjectNames) where(f [][]byte) (place, error) {
	y, err := int2(f[0])
	if err != nil {
		return place{}, err
	}
	at := place{branch: branch{edu.AcademicYear(y), n.name(f[1])}}
	if at.district, err = int4(f[2]); err != nil {
		return place{}, err
	}
	at.school, err = int4(f[3])
	return at, err
}

// result reads a result of five fields.
func (n subjectNames) result(f [][]byte) (place, profile, error) {
	at, err := n.where(f)
	if err != nil {
		return at, 0, err
	}
	if f[4] == nil {
		return at, 0, errNoRoom
	}
	p, err := int4(f[4])
	return at, profile(p), err
}

// interim reads interim results of a grade of a school, of six fields.
func (n subjectNames) interim(f [][]byte) (edu.AcademicYear, interim, error) {
	at, err := n.where(f)
	if err != nil {
		return 0, interim{}, err
	}
	g, err := int2(f[4])
	if err != nil {
		return 0, interim{}, err
	}
	results, err := int4(f[5])
	return at.year, interim{at.subject, at.district, at.school, int32(g), results}, err
}
