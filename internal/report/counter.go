package report

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
	"scorehouse/internal/warehouse"
)

// Counter counts results for comparisons. Its numbers are exact: they never leave this package except through
// told.go. Plain SQL over the warehouse is one implementation; every other must answer the same.
//
// What counts: summative results that are valid or standardized and have a level. A student counts once per year and
// subject, by the newest such result in the whole state; demographics as they were then.
type Counter interface {
	// Counts returns how many students each part of an institution has on each level. Parts, subjects and levels
	// without students are absent.
	Counts(ctx context.Context, version int, q CountQuestion) ([]Count, error)
	// Interim returns which parts have any interim result, whatever its condition. Filters are not applied.
	Interim(ctx context.Context, version int, q CountQuestion) ([]Presence, error)
	// NotStated returns how many counted results of the whole institution lack an attribute. Filters are not applied.
	NotStated(ctx context.Context, version int, q CountQuestion) (NotStatedCounts, error)
}

// CountQuestion names the institution by the warehouse's ids, 0 where not chosen, and what its parts are.
type CountQuestion struct {
	Parts      InstitutionLevel
	DistrictID int
	SchoolID   int
	Year       edu.AcademicYear
	Filters    Filters
}

// Count is the number of students of one part on one level: all of them, and those that pass the filters (all of
// them when none is set).
type Count struct {
	Part               int // district id, school id or grade
	Subject            edu.Subject
	Level              int
	Students, Filtered int
}

// Presence says that a part has interim results in a subject.
type Presence struct {
	Part    int
	Subject edu.Subject
}

// NotStatedCounts are results without an attribute, out of Results.
type NotStatedCounts struct {
	Results                                                                        int
	LimitedEnglish, IEP, Section504, EconomicDisadvantage, Migrant, Ethnicity, Sex int
}

var (
	//go:embed counts.sql
	countsSQL string
	//go:embed interim.sql
	interimSQL string
	//go:embed not_stated.sql
	notStatedSQL string
)

// sqlCounter counts with SQL.
type sqlCounter struct {
	reader *warehouse.Reader
}

// SQLCounter returns the Counter that asks the warehouse anew each time.
func SQLCounter(reader *warehouse.Reader) Counter { return sqlCounter{reader} }

func (c sqlCounter) Counts(ctx context.Context, version int, q CountQuestion) ([]Count, error) {
	f := q.Filters
	args := []any{
		q.Year, int(q.Parts), idOrNull(q.DistrictID), idOrNull(q.SchoolID),
		numbers(f.Grades), numbers(f.LimitedEnglish), numbers(f.IEP), numbers(f.Section504), numbers(f.EconomicDisadvantage),
		numbers(f.Migrant), numbers(f.Ethnicities), numbers(f.Sexes), numbers(f.Complete),
	}
	return aggregate(ctx, c.reader, version, "counts", countsSQL, args, func(row pgx.Rows) (n Count, err error) {
		return n, row.Scan(&n.Part, &n.Subject, &n.Level, &n.Students, &n.Filtered)
	})
}

func (c sqlCounter) Interim(ctx context.Context, version int, q CountQuestion) ([]Presence, error) {
	args := []any{q.Year, int(q.Parts), idOrNull(q.DistrictID), idOrNull(q.SchoolID)}
	return aggregate(ctx, c.reader, version, "interim", interimSQL, args, func(row pgx.Rows) (p Presence, err error) {
		return p, row.Scan(&p.Part, &p.Subject)
	})
}

func (c sqlCounter) NotStated(ctx context.Context, version int, q CountQuestion) (NotStatedCounts, error) {
	args := []any{q.Year, idOrNull(q.DistrictID), idOrNull(q.SchoolID)}
	all, err := aggregate(ctx, c.reader, version, "not stated", notStatedSQL, args, func(row pgx.Rows) (n NotStatedCounts, err error) {
		return n, row.Scan(&n.Results, &n.LimitedEnglish, &n.IEP, &n.Section504, &n.EconomicDisadvantage, &n.Migrant, &n.Ethnicity, &n.Sex)
	})
	if err != nil || len(all) == 0 {
		return NotStatedCounts{}, err
	}
	return all[0], nil
}

// idOrNull gives an id that is not chosen to PostgreSQL as null.
func idOrNull(id int) *int {
	if id == 0 {
		return nil
	}
	return &id
}

// numbers gives the values of a filter to PostgreSQL as smallint[], null when the filter is not set.
func numbers[T ~int8 | ~int16](values []T) []int16 {
	if len(values) == 0 {
		return nil
	}
	ns := make([]int16, len(values))
	for i, v := range values {
		ns[i] = int16(v)
	}
	return ns
}
