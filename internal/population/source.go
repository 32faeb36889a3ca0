package population

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"

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
	supersededSettings = map[string]string{"enable_hashagg": "off", "enable_seqscan": "off", "work_mem": "64MB"} // students in order, out of the index
	followSettings     = map[string]string{"enable_mergejoin": "off", "work_mem": "64MB"}                        // few results, looked up by an index
)

// build reads all that counts in a version.
func (s source) build(ctx context.Context, version int) (*snapshot, error) {
	b := newBuilding()
	countable := resultDecoder(5, func(at place, p profile, _ [][]byte) error {
		b.add(at, p)
		return nil
	})
	superseded := resultDecoder(5, func(at place, p profile, _ [][]byte) error {
		b.takeAway(at, p)
		return nil
	})
	interims := interimDecoder(b.addInterim)
	err := s.copyTogether(ctx,
		reading{warehouse.Copying{Version: version}, []statement{{countableSQL, countable}, {interimsSQL, interims}}},
		reading{warehouse.Copying{Version: version, Settings: supersededSettings}, []statement{{supersededSQL, superseded}}})
	if err != nil {
		return nil, fmt.Errorf("build version %d: %w", version, err)
	}
	next, err := b.snapshot(version)
	if err != nil {
		return nil, fmt.Errorf("build version %d: %w", version, err)
	}
	return next, nil
}

// shares is how many connections share the students when the index follows.
const shares = 2

// follow reads what changed since a snapshot, and makes the version of it.
func (s source) follow(ctx context.Context, before *snapshot, version int) (*snapshot, error) {
	var parts [shares]*changes
	var readings []reading
	for i := range parts {
		c := newChanges()
		parts[i] = c
		results := resultDecoder(6, func(at place, p profile, f [][]byte) error {
			more, err := int4(f[5])
			c.add(at, p, more)
			return err
		})
		settings := maps.Clone(followSettings)
		settings["scope.share"], settings["scope.shares"] = strconv.Itoa(i), strconv.Itoa(shares)
		readings = append(readings, reading{warehouse.Copying{Version: version, Since: before.version, Settings: settings}, []statement{{changesSQL, results}}})
	}
	readings[0].statements = append(readings[0].statements, statement{interimChangesSQL, interimDecoder(parts[0].addInterim)})
	if err := s.copyTogether(ctx, readings...); err != nil {
		return nil, fmt.Errorf("follow from version %d to %d: %w", before.version, version, err)
	}
	for _, c := range parts[1:] {
		parts[0].addAll(c)
	}
	next, err := before.after(version, parts[0])
	if err != nil {
		return nil, fmt.Errorf("follow from version %d to %d: %w", before.version, version, err)
	}
	return next, nil
}

// reading is statements that are copied over one connection.
type reading struct {
	copying    warehouse.Copying
	statements []statement
}

// statement is one of them, and who reads its answer.
type statement struct {
	sql string
	to  *copyDecoder
}

// copyTogether does the readings at the same time. They see the same versions, however much is published meanwhile.
func (s source) copyTogether(ctx context.Context, readings ...reading) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	return inParallel(len(readings), len(readings), func(i int) error {
		err := s.copy(ctx, readings[i])
		if err != nil {
			stop() // the others
		}
		return err
	})
}

func (s source) copy(ctx context.Context, r reading) error {
	for _, x := range r.statements {
		r.copying.Statements = append(r.copying.Statements, warehouse.CopyStatement{SQL: x.sql, To: x.to})
	}
	if err := s.reader.CopyAggregates(ctx, r.copying); err != nil {
		return err
	}
	for _, x := range r.statements {
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

// resultDecoder returns the decoder of rows that begin with the five fields of a result.
func resultDecoder(columns int, note func(place, profile, [][]byte) error) *copyDecoder {
	subjects := subjectNames{}
	return &copyDecoder{columns: columns, row: func(f [][]byte) error {
		at, p, err := subjects.result(f)
		if err != nil {
			return err
		}
		return note(at, p, f)
	}}
}

func interimDecoder(note func(edu.AcademicYear, interim)) *copyDecoder {
	subjects := subjectNames{}
	return &copyDecoder{columns: 6, row: func(f [][]byte) error {
		y, x, err := subjects.interim(f)
		if err == nil {
			note(y, x)
		}
		return err
	}}
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
