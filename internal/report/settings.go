package report

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/edu"
	"scorehouse/internal/tenant"
)

//go:embed settings.sql
var settingsSQL string

// minNs are the smallest numbers of students shown: for a subject with an entry, and for all others.
type minNs struct {
	bySubject map[edu.Subject]int
	others    int
}

// of returns the smallest number shown for a subject.
func (m minNs) of(s edu.Subject) int {
	if n, ok := m.bySubject[s]; ok {
		return n
	}
	return m.others
}

// largest returns the number that holds for every subject: what a footnote says.
func (m minNs) largest() int {
	n := m.others
	for _, x := range m.bySubject {
		n = max(n, x)
	}
	return n
}

// settingsRow is a row of custom_metadata.
type settingsRow struct {
	subject, document string
}

// minN reads the operators' min_cell_size. Groups must be larger than it, so the smallest number shown is one more.
func (r *Reports) minN(ctx context.Context, version int) (minNs, error) {
	rows, err := aggregate(ctx, r.reader, version, "settings", settingsSQL, []any{r.tenant.StateCode}, func(row pgx.Rows) (s settingsRow, err error) {
		return s, row.Scan(&s.subject, &s.document)
	})
	if err != nil {
		return minNs{}, err
	}
	return parseMinN(rows)
}

// parseMinN understands both layouts: a row per subject, and one row for the state with "subjects" inside. A
// size of zero, or none, leaves the default. Text that is not JSON is an error: showing less protected numbers than
// the operator asked for would be worse than showing none.
func parseMinN(rows []settingsRow) (minNs, error) {
	type sized struct {
		MinCellSize int `json:"min_cell_size"`
	}
	m := minNs{bySubject: map[edu.Subject]int{}, others: tenant.DefaultMinN}
	set := func(subject string, size int) error {
		if size < 0 {
			return fmt.Errorf("custom_metadata: min_cell_size is %d: use 0 or more", size)
		}
		s, known := edu.ParseSubject(subject)
		if !known {
			s = edu.Subject(subject)
		}
		switch {
		case size == 0:
		case subject == "":
			m.others = size + 1
		default:
			m.bySubject[s] = size + 1
		}
		return nil
	}
	for _, row := range rows {
		var document struct {
			sized
			Subjects map[string]sized `json:"subjects"`
		}
		if err := json.Unmarshal([]byte(row.document), &document); err != nil {
			return m, fmt.Errorf("custom_metadata: subject %q: %w", row.subject, err)
		}
		if err := set(row.subject, document.MinCellSize); err != nil {
			return m, err
		}
		for subject, s := range document.Subjects {
			if err := set(subject, s.MinCellSize); err != nil {
				return m, err
			}
		}
	}
	return m, nil
}
