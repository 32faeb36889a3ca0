package pg

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Querier is a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// LogLeaks returns a sentence for each way in which the settings of the server let values of rows into its own log: the details of errors quote rows
// and keys, and logged statements come with their parameters. None means that what we send and store stays out of it. (Extensions that log statements are not
// looked at.) The private server of the demo has none; that of an installation is the operator's.
func LogLeaks(ctx context.Context, q Querier) ([]string, error) {
	rows, err := q.Query(ctx, `
		with s as (
			select current_setting('log_min_messages') in ('log', 'fatal', 'panic') as silent, current_setting('log_error_verbosity') = 'terse' as terse,
				current_setting('log_statement') in ('mod', 'all') as statements,
				current_setting('log_min_duration_statement') <> '-1' or current_setting('log_min_duration_sample') <> '-1'
					or current_setting('log_transaction_sample_rate')::float8 > 0 as slow,
				current_setting('log_parameter_max_length') <> '0' as parameters, current_setting('log_parameter_max_length_on_error') <> '0' as on_error
		)
		select 'log_error_verbosity is not terse: details of errors quote rows' from s where not terse and not silent
		union all
		select 'log_parameter_max_length is not 0: statements that are logged (log_statement, log_min_duration_*, log_transaction_sample_rate) show the values in them'
			from s where parameters and (statements or slow)
		union all
		select 'log_parameter_max_length_on_error is not 0: statements that fail show the values in them' from s where on_error`)
	if err != nil {
		return nil, fmt.Errorf("read settings of the log: %w", Clean(err))
	}
	leaks, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read settings of the log: %w", Clean(err))
	}
	return leaks, nil
}
