package population

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
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

// Statements of build and follow, whose columns the functions below read.
var (
	countableSQL  = "select academic_year, subject, district_id, school_id, " + packedSQL + " from countable_outcome"
	supersededSQL = "select academic_year, subject, district_id, school_id, " + packedSQL + " from superseded_outcome"
	interimsSQL   = "select academic_year, subject, district_id, school_id, grade, count(*)::int from interim_outcome group by 1, 2, 3, 4, 5"

	changesSQL        = "select academic_year, subject, district_id, school_id, " + packedSQL + ", more from counted_change"
	interimChangesSQL = "select academic_year, subject, district_id, school_id, grade, sum(more)::int from interim_change group by 1, 2, 3, 4, 5 having sum(more) <> 0"
)

// What the planner is not to try: it knows little about a version that was just published.
var (
	supersededSettings = map[string]string{"enable_hashagg": "off", "enable_seqscan": "off", "work_mem": "64MB"}    // students in order, out of the index
	followSettings     = map[string]string{"enable_hashjoin": "off", "enable_mergejoin": "off", "work_mem": "64MB"} // few results, each looked up by an index
)

// build reads all that counts in a version, over two connections. A version is the same in both, however much is published meanwhile.
func (s source) build(ctx context.Context, version int) (*snapshot, error) {
	b := newBuilding()
	subjects, others := subjectNames{}, subjectNames{}
	countable := &copyDecoder{columns: 5, row: func(f [][]byte) error {
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
	superseded := &copyDecoder{columns: 5, row: func(f [][]byte) error {
		at, p, err := others.result(f)
		if err == nil {
			b.takeAway(at, p)
		}
		return err
	}}
	var otherErr error
	var other sync.WaitGroup
	copying, stop := context.WithCancel(ctx)
	defer stop()
	other.Go(func() {
		otherErr = s.copy(copying, warehouse.Copying{Version: version, Settings: supersededSettings}, statement{supersededSQL, superseded})
		if otherErr != nil {
			stop()
		}
	})
	err := s.copy(copying, warehouse.Copying{Version: version}, statement{countableSQL, countable}, statement{interimsSQL, interims})
	if err != nil {
		stop()
	}
	other.Wait()
	if otherErr != nil && (err == nil || errors.Is(err, context.Canceled)) {
		err = otherErr
	}
	if err != nil {
		return nil, fmt.Errorf("build version %d: %w", version, err)
	}
	next, err := b.snapshot(version)
	if err != nil {
		return nil, fmt.Errorf("build version %d: %w", version, err)
	}
	return next, nil
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
	if err := s.copy(ctx, copying, statement{changesSQL, results}, statement{interimChangesSQL, interims}); err != nil {
		return nil, fmt.Errorf("follow from version %d to %d: %w", before.version, version, err)
	}
	next, err := before.after(version, c)
	if err != nil {
		return nil, fmt.Errorf("follow from version %d to %d: %w", before.version, version, err)
	}
	return next, nil
}

// statement is one to be copied, and who reads its answer.
type statement struct {
	sql string
	to  *copyDecoder
}

func (s source) copy(ctx context.Context, c warehouse.Copying, statements ...statement) error {
	for _, x := range statements {
		c.Statements = append(c.Statements, warehouse.CopyStatement{SQL: x.sql, To: x.to})
	}
	if err := s.reader.CopyAggregates(ctx, c); err != nil {
		return err
	}
	for _, x := range statements {
		if err := x.to.Close(); err != nil {
			return err
		}
	}
	return nil
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
