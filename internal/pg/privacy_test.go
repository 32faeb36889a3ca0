package pg_test

import (
	"strings"
	"testing"

	"scorehouse/internal/pg"
	"scorehouse/internal/pgtest"
)

func TestSettingsThatLetDataIntoTheServersLogAreNamed(t *testing.T) {
	t.Parallel()
	conn, err := pgtest.Empty(t).Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	for name, c := range map[string]struct {
		settings []string
		want     []string // parts of the sentences
	}{
		"the private server's": {nil, nil},
		"PostgreSQL's defaults": {[]string{"log_min_messages = warning", "log_error_verbosity = 'default'", "log_parameter_max_length = -1"},
			[]string{"log_error_verbosity"}},
		"errors without details":            {[]string{"log_min_messages = error", "log_error_verbosity = terse"}, nil},
		"slow statements with their values": {[]string{"log_min_duration_statement = 500", "log_parameter_max_length = 100"}, []string{"log_parameter_max_length is"}},
		"slow statements without":           {[]string{"log_min_duration_statement = 500"}, nil},
		"samples":                           {[]string{"log_transaction_sample_rate = 0.1", "log_parameter_max_length = -1"}, []string{"log_parameter_max_length is"}},
		"every change":                      {[]string{"log_statement = mod", "log_parameter_max_length = -1"}, []string{"log_parameter_max_length is"}},
		"schema changes only":               {[]string{"log_statement = ddl", "log_parameter_max_length = -1"}, nil},
		"values of what fails":              {[]string{"log_parameter_max_length_on_error = 64"}, []string{"log_parameter_max_length_on_error"}},
	} {
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range c.settings {
			if _, err := tx.Exec(t.Context(), "set local "+s); err != nil {
				t.Fatal(err)
			}
		}
		got, err := pg.LogLeaks(t.Context(), tx)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		} else {
			for i, part := range c.want {
				if !strings.Contains(got[i], part) {
					t.Errorf("%s: %q does not name %s", name, got[i], part)
				}
			}
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
