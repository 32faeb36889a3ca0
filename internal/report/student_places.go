package report

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/scope"
)

//go:embed student_places.sql
var studentPlacesSQL string

// PlacesOfStudent returns the schools in which a student has results within the scope, and nothing else of the student. A student who does not
// exist, or has none there, has no places.
func (r *Reports) PlacesOfStudent(ctx context.Context, s scope.Scope, studentID int) ([]scope.School, error) {
	if err := r.mine(s); err != nil {
		return nil, err
	}
	version, err := r.reader.Version(ctx)
	if err != nil {
		return nil, err
	}
	return students(ctx, r.reader, version, s, "student places", studentPlacesSQL, []any{studentID}, func(row pgx.Rows) (at scope.School, err error) {
		return at, row.Scan(&at.District, &at.School)
	})
}
