package report

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/scope"
	"scorehouse/internal/warehouse"
)

// aggregate runs a statement over aggregates and dimensions and collects its rows.
func aggregate[T any](ctx context.Context, r *warehouse.Reader, version int, what, sql string, args []any, scan func(pgx.Rows) (T, error)) ([]T, error) {
	var all []T
	err := r.Aggregate(ctx, version, sql, args, func(row pgx.Rows) error {
		x, err := scan(row)
		all = append(all, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("report: %s: %w", what, err)
	}
	return all, nil
}

// students runs a statement over student rows inside a scope and collects its rows.
func students[T any](ctx context.Context, r *warehouse.Reader, version int, s scope.Scope, what, sql string, args []any, scan func(pgx.Rows) (T, error)) ([]T, error) {
	var all []T
	err := r.Students(ctx, version, s, sql, args, func(row pgx.Rows) error {
		x, err := scan(row)
		all = append(all, x)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("report: %s: %w", what, err)
	}
	return all, nil
}
