package report

import (
	"cmp"
	"context"
	_ "embed"
	"slices"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
	"scorehouse/internal/scope"
)

var (
	//go:embed classes_gone.sql
	classesGoneSQL string
	//go:embed classes_changed.sql
	classesChangedSQL string
)

// Class is the students of one school and grade with results of one academic year and type of assessment.
type Class struct {
	District, School string // codes
	Grade            edu.Grade
	Year             edu.AcademicYear
	Type             edu.AssessmentType
}

// classRow is a class with the school's id.
type classRow struct {
	school int
	grade  edu.Grade
	year   edu.AcademicYear
	kind   edu.AssessmentType
}

// ChangedClasses returns the classes of whose students' reports anything has changed from one version to a later one, in order; all classes when the
// first is 0. Classes that have no students any more are among them, and so are those whose school or district has another code now or none, under the
// codes that they had.
func (r *Reports) ChangedClasses(ctx context.Context, s scope.Scope, since, until int) ([]Class, error) {
	if err := r.mine(s); err != nil {
		return nil, err
	}
	var rows []classRow
	gone := []int{}
	if since > 0 {
		_, err := students(ctx, r.reader, since, s, "classes gone", classesGoneSQL, []any{until}, func(row pgx.Rows) (c classRow, err error) {
			var student int
			err = row.Scan(&student, &c.school, &c.grade, &c.year, &c.kind)
			gone, rows = append(gone, student), append(rows, c)
			return c, err
		})
		if err != nil {
			return nil, err
		}
	}
	changed, err := students(ctx, r.reader, until, s, "classes changed", classesChangedSQL, []any{since, distinctInts(gone)}, func(row pgx.Rows) (c classRow, err error) {
		return c, row.Scan(&c.school, &c.grade, &c.year, &c.kind)
	})
	if err != nil {
		return nil, err
	}
	rows = append(rows, changed...)
	classes, err := r.classes(ctx, until, rows)
	if err == nil && since > 0 {
		var before []Class
		before, err = r.classes(ctx, since, rows)
		classes = append(classes, before...)
	}
	slices.SortFunc(classes, func(a, b Class) int {
		return cmp.Or(compareNames(a.District, b.District), compareNames(a.School, b.School), cmp.Compare(b.Year, a.Year), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Grade, b.Grade))
	})
	return slices.Compact(classes), err
}

// classes names the schools of classes as a version knows them.
func (r *Reports) classes(ctx context.Context, version int, rows []classRow) ([]Class, error) {
	var schools []int
	for _, c := range rows {
		schools = append(schools, c.school)
	}
	places, err := r.placesOf(ctx, version, schools)
	if err != nil {
		return nil, err
	}
	all := make([]Class, 0, len(rows))
	for _, c := range rows {
		if p, ok := places[c.school]; ok {
			all = append(all, Class{p.District.ID, p.School.ID, c.grade, c.year, c.kind})
		}
	}
	return all, nil
}
