package settings

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.yaml.in/yaml/v3"

	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/pg"
	"scorehouse/internal/words"
)

// Store reads and changes what a state has set, for operators: its pool leads to the state's warehouse as its owner.
type Store struct {
	pool  *pgxpool.Pool
	state edu.StateCode
}

// NewStore returns the store of a state.
func NewStore(pool *pgxpool.Pool, state edu.StateCode) *Store {
	return &Store{pool: pool, state: state}
}

// Read returns what is set, as it is stored.
func (s *Store) Read(ctx context.Context) ([]Row, []Text, error) { return readIn(ctx, s.pool) }

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func readIn(ctx context.Context, q querier) (metadata []Row, texts []Text, err error) {
	rows, err := q.Query(ctx, settingsSQL, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("read settings: %w", pg.Clean(err))
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows, &metadata, &texts); err != nil {
			return nil, nil, fmt.Errorf("read settings: %w", pg.Clean(err))
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("read settings: %w", pg.Clean(err))
	}
	return metadata, texts, nil
}

// Change is what an operator changes in the document of a subject, or of all subjects. Nil fields stay as they are.
type Change struct {
	Subject     string
	Document    *string // replaces the whole document
	MinCellSize *int
	Theme       *string
	Label       *string
	Image       *Image // one without data removes it
}

// Apply changes a document. What is then wrong with the settings, apart from what was wrong before in other documents, is Invalid and changes nothing. The
// settings that hold afterwards are returned, with warnings.
func (s *Store) Apply(ctx context.Context, c Change) (after *Settings, err error) {
	err = s.transact(ctx, func(tx pgx.Tx) error {
		rows, texts, err := readIn(ctx, tx)
		if err != nil {
			return err
		}
		if after, err = s.with(rows, texts, c); err != nil {
			return err
		}
		i := slices.IndexFunc(after.rows, s.isRow(c.Subject))
		_, err = tx.Exec(ctx, `insert into custom_metadata (state_code, asmt_subject, asmt_custom_metadata) values ($1, $2, $3)
			on conflict (state_code, asmt_subject) do update set asmt_custom_metadata = excluded.asmt_custom_metadata`,
			after.rows[i].State, after.rows[i].Subject, after.rows[i].Document)
		return err
	})
	return after, err
}

// Check is Apply without changing anything.
func (s *Store) Check(ctx context.Context, c Change) (*Settings, error) {
	rows, texts, err := s.Read(ctx)
	if err != nil {
		return nil, err
	}
	return s.with(rows, texts, c)
}

// isRow finds the row of a subject, however its name is written.
func (s *Store) isRow(subject string) func(Row) bool {
	return func(r Row) bool {
		return strings.EqualFold(r.State, string(s.state)) && subjectNamed(r.Subject) == subjectNamed(subject)
	}
}

// with returns the settings as a change would make them.
func (s *Store) with(rows []Row, texts []Text, c Change) (*Settings, error) {
	i := slices.IndexFunc(rows, s.isRow(c.Subject))
	if i < 0 {
		rows, i = append(rows, Row{string(s.state), string(subjectNamed(c.Subject)), "{}"}), len(rows)
	}
	document, err := c.apply(rows[i].Document)
	if err != nil {
		return nil, err
	}
	rows[i].Document = document
	alone := Parse(s.state, rows[i:i+1], nil)
	if wrong := alone.Wrong(); len(wrong) > 0 {
		return nil, Invalid(wrong)
	}
	return Parse(s.state, rows, texts), nil
}

// Invalid is the fault of problems, a line each.
func Invalid(problems []Problem) error {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return fault.New(fault.Invalid, "nothing was changed:\n  %s", strings.Join(lines, "\n  "))
}

// apply changes the text of a document.
func (c Change) apply(document string) (string, error) {
	if c.Document != nil {
		document = *c.Document
	}
	parts := map[string]any{}
	if c.MinCellSize == nil && c.Theme == nil && c.Label == nil && c.Image == nil {
		return document, nil
	}
	if err := json.Unmarshal([]byte(document), &parts); err != nil || parts == nil {
		return "", fault.New(fault.Invalid, "the document that is there is not a JSON object; replace it whole with --file")
	}
	if c.MinCellSize != nil {
		parts[sizeName] = *c.MinCellSize
	}
	if c.Theme != nil {
		parts["theme"] = *c.Theme
	}
	brand, _ := parts["branding"].(map[string]any)
	if brand == nil {
		brand = map[string]any{}
	}
	if c.Label != nil {
		put(brand, "display", *c.Label)
	}
	if c.Image != nil {
		uri := ""
		if len(c.Image.Data) > 0 {
			uri = c.Image.DataURI()
		}
		put(brand, "image", uri)
	}
	if delete(parts, "branding"); len(brand) > 0 {
		parts["branding"] = brand
	}
	text, err := json.MarshalIndent(parts, "", "  ")
	return string(text), err
}

// put sets a text, or removes it when it is empty.
func put(parts map[string]any, name, text string) {
	if text == "" {
		delete(parts, name)
		return
	}
	parts[name] = text
}

// Remove removes the document of a subject, or of all subjects. One that is not there is NotFound.
func (s *Store) Remove(ctx context.Context, subject string) error {
	rows, _, err := s.Read(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(rows, s.isRow(subject))
	if i < 0 {
		return fault.New(fault.NotFound, "there is no such document; `scorehouse settings show` lists them")
	}
	_, err = s.pool.Exec(ctx, `delete from custom_metadata where state_code = $1 and asmt_subject = $2`, rows[i].State, rows[i].Subject)
	return pg.Clean(err)
}

// ReadTexts reads a file of texts: YAML or JSON, by key and language.
//
//	comparison.tested:
//	  en: Tested students
//	  es: Estudiantes evaluados
func ReadTexts(file []byte) ([]Text, error) {
	var byKey map[string]map[string]string
	if err := yaml.Unmarshal(file, &byKey); err != nil {
		return nil, fault.New(fault.Invalid, "the file is not as it should be, a text for each key and language:\n  comparison.tested:\n    en: Tested students\n%s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var texts []Text
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		for _, language := range slices.Sorted(maps.Keys(byKey[key])) {
			texts = append(texts, Text{language, key, byKey[key][language]})
		}
	}
	return texts, nil
}

// CheckTexts returns what is wrong with texts.
func CheckTexts(texts []Text) []Problem {
	s := &Settings{}
	s.lay(texts)
	return s.Problems
}

// PutTexts stores texts, each in place of the one before it. Anything wrong with one is Invalid and changes nothing.
func (s *Store) PutTexts(ctx context.Context, texts []Text) error {
	if wrong := CheckTexts(texts); len(wrong) > 0 {
		return Invalid(wrong)
	}
	return s.transact(ctx, func(tx pgx.Tx) error {
		for _, t := range texts {
			if _, err := tx.Exec(ctx, `insert into own_text (language, key, text) values ($1, $2, $3)
				on conflict (language, key) do update set text = excluded.text, changed_at = now()`, t.Language, t.Key, t.Text); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveTexts removes the state's own texts: of a language, or of all when it is empty; of the keys, or every one when there are none. It returns how many.
func (s *Store) RemoveTexts(ctx context.Context, language string, keys []string) (int, error) {
	if language != "" && !words.Speaks(language) {
		return 0, fault.New(fault.Invalid, "there is no language %q", language)
	}
	tag, err := s.pool.Exec(ctx, `delete from own_text where ($1 = '' or language = $1) and (cardinality($2::text[]) = 0 or key = any($2))`, language, append([]string{}, keys...))
	if err != nil {
		return 0, fmt.Errorf("remove texts: %w", pg.Clean(err))
	}
	return int(tag.RowsAffected()), nil
}

// transact changes settings in one transaction, one operator after the other.
func (s *Store) transact(ctx context.Context, change func(pgx.Tx) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "lock table custom_metadata, own_text in share row exclusive mode"); err != nil {
			return err
		}
		return change(tx)
	})
	if fault.KindOf(err) == fault.Internal && err != nil {
		return fmt.Errorf("change settings: %w", pg.Clean(err))
	}
	return err
}
