package harness

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"scorehouse/internal/synth"
)

// StudentsInLogs searches everything that the run has logged (the application's log, the audit trail, PostgreSQL's log, what the process has
// printed) for the students of a tenant's warehouse: their codes and other identifiers, their names where first and last stand side by side,
// and the unmistakable surnames of synthetic students alone. It returns what was found and where; nothing should be.
func (s *System) StudentsInLogs(ctx context.Context, tenant string) ([]string, error) {
	words, err := s.studentWords(ctx, tenant)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{"output": s.Output()}
	err = filepath.WalkDir(s.Home, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == filepath.Join(s.Home, "postgres", "data"):
			return fs.SkipDir
		case !entry.Type().IsRegular() || !strings.Contains(entry.Name(), ".log"):
			return nil
		}
		text, err := os.ReadFile(path)
		texts[path] = string(text)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read logs: %w", err)
	}
	var found []string
	for where, text := range texts {
		for _, w := range words.in(text) {
			found = append(found, where+": "+w)
		}
	}
	slices.Sort(found)
	return found, nil
}

// studentWords are words, and pairs of words, by which a student is known.
type studentWords struct {
	alone map[string]bool
	pairs map[[2]string]bool
}

func (s *System) studentWords(ctx context.Context, tenant string) (studentWords, error) {
	w := studentWords{alone: map[string]bool{}, pairs: map[[2]string]bool{}}
	for _, name := range synth.Canaries() {
		w.alone[name] = true
	}
	conn, err := pgx.Connect(ctx, s.Database("warehouse_"+tenant))
	if err != nil {
		return w, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, `select code, coalesce(external_id, ''), coalesce(first_name, ''), coalesce(last_name, '') from student`)
	if err != nil {
		return w, err
	}
	var code, external, first, last string
	_, err = pgx.ForEachRow(rows, []any{&code, &external, &first, &last}, func() error {
		w.alone[code], w.alone[external] = true, true
		firsts, lasts := wordPattern.FindAllString(first, -1), wordPattern.FindAllString(last, -1)
		if len(firsts) > 0 && len(lasts) > 0 {
			w.pairs[[2]string{firsts[len(firsts)-1], lasts[0]}] = true
			w.pairs[[2]string{lasts[len(lasts)-1], firsts[0]}] = true
		}
		return nil
	})
	delete(w.alone, "")
	return w, err
}

var wordPattern = regexp.MustCompile(`[\pL\pN]+`)

func (w studentWords) in(text string) (found []string) {
	before := ""
	for _, word := range wordPattern.FindAllString(text, -1) {
		if w.alone[word] || w.pairs[[2]string{before, word}] {
			found = append(found, strings.TrimSpace(before+" "+word))
		}
		before = word
	}
	slices.Sort(found)
	return slices.Compact(found)
}
