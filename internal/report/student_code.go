package report

import (
	"context"
	_ "embed"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/scope"
)

//go:embed student_code.sql
var studentCodeSQL string

// StudentOfCode returns the number here of the student whom the state knows by a code, and whether there is one with a result within the
// scope.
func (r *Reports) StudentOfCode(ctx context.Context, s scope.Scope, code string) (id int, found bool, err error) {
	if err := r.mine(s); err != nil {
		return 0, false, err
	}
	version, err := r.reader.Version(ctx)
	if err != nil {
		return 0, false, err
	}
	ids, err := students(ctx, r.reader, version, s, "student of a code", studentCodeSQL, []any{code}, func(row pgx.Rows) (id int, err error) {
		return id, row.Scan(&id)
	})
	if err != nil || len(ids) == 0 {
		return 0, false, err
	}
	return ids[0], true, nil
}
