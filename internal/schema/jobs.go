package schema

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// jobsMigrator returns the job queue's own upgrade. Some of its versions cannot share a transaction, so it takes its
// connections from the pool itself.
func jobsMigrator(pool *pgxpool.Pool) (*rivermigrate.Migrator[pgx.Tx], error) {
	return rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{
		Schema: JobsSchema,
		Logger: slog.New(slog.DiscardHandler),
	})
}

// upgradeJobs brings the job queue's tables up to date. The caller holds the upgrade lock.
func upgradeJobs(ctx context.Context, conn *pgx.Conn, pool *pgxpool.Pool) ([]Version, error) {
	if _, err := conn.Exec(ctx, "create schema if not exists "+JobsSchema); err != nil {
		return nil, err
	}
	migrator, err := jobsMigrator(pool)
	if err != nil {
		return nil, err
	}
	result, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return nil, err
	}
	var applied []Version
	for _, v := range result.Versions {
		applied = append(applied, jobsVersion(v.Version, v.Name))
	}
	return applied, nil
}

// addJobs adds to a state what is pending of the job queue's versions, or newer than this binary.
func addJobs(ctx context.Context, pool *pgxpool.Pool, s *State) error {
	migrator, err := jobsMigrator(pool)
	if err != nil {
		return err
	}
	recorded, err := recordedJobsVersions(ctx, pool)
	if err != nil {
		return err
	}
	known := migrator.AllVersions()
	for _, v := range known {
		if !slices.Contains(recorded, v.Version) {
			s.Pending = append(s.Pending, jobsVersion(v.Version, v.Name))
		}
	}
	for _, number := range recorded {
		if !slices.ContainsFunc(known, func(v rivermigrate.Migration) bool { return v.Version == number }) {
			s.Newer = append(s.Newer, jobsVersion(number, "unknown"))
		}
	}
	return nil
}

// recordedJobsVersions reads the queue's own record; the library's reader fails on versions it does not know.
func recordedJobsVersions(ctx context.Context, q querier) ([]int, error) {
	var exists bool
	err := q.QueryRow(ctx, "select to_regclass('"+JobsSchema+".river_migration') is not null").Scan(&exists)
	if err != nil || !exists {
		return nil, err
	}
	rows, err := q.Query(ctx, "select version from "+JobsSchema+".river_migration order by version")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

func jobsVersion(number int, name string) Version {
	return Version{Kind: Control, Number: number, Name: strings.ReplaceAll(name, " ", "_"), Jobs: true}
}
