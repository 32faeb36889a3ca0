package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/tenant"
	"scorehouse/internal/words"
)

// Settings are a state's own. They do not change and may be used by many at once.
type Settings struct {
	Version  string // a digest of everything below: the same text, the same settings
	MinN     MinN
	Palettes map[edu.Subject]Palette // colours of the levels; under "" those of subjects without an entry
	Brand    Brand
	Problems []Problem // what was wrong, and how it was taken

	disclosure disclosure.Policy // its smallest numbers are those that it names itself, 0 for none; what holds is in MinN
	unread     []string          // what there is about small groups that cannot be read

	words map[string]*words.Words // of languages with texts of the state's own
	rows  []Row                   // they were read from
}

// Words returns the words of a language with the state's own texts in place, ours where it has none.
func (s *Settings) Words(language string) *words.Words {
	if w := s.words[language]; w != nil {
		return w
	}
	return words.For(language)
}

// Palette returns the colours of a subject's levels, nil for ours.
func (s *Settings) Palette(subject edu.Subject) Palette {
	if p, ok := s.Palettes[subject]; ok {
		return p
	}
	return s.Palettes[""]
}

// Policy returns the state's disclosure policy about some subjects: what it has set, the defaults for all else. Where something of it cannot be read everybody is the
// strict audience, and Releasable says that nothing may be released.
func (s *Settings) Policy(subjects ...edu.Subject) disclosure.Policy {
	p := s.disclosure
	p.MinN, p.MinNOf = s.MinN.Of(""), nil
	for _, subject := range subjects {
		if n := s.MinN.Of(subject); n != p.MinN {
			if p.MinNOf == nil {
				p.MinNOf = map[edu.Subject]int{}
			}
			p.MinNOf[subject] = n
		}
	}
	return p
}

// Releasable returns what must be mended before anything may be released, nil for nothing: what the state has set about small groups and cannot be read. What was asked for
// cannot be known, and what has been released cannot be taken back.
func (s *Settings) Releasable() error {
	if len(s.unread) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "What the state has set about small groups cannot be read: %s.", strings.Join(s.unread, "; "))
}

// Problem is something wrong in what was set.
type Problem struct {
	Where   string // "custom_metadata of Math: colors", "text es comparison.tested"
	Text    string
	Warning bool // it is used all the same
}

// String is a line for operators.
func (p Problem) String() string {
	if p.Warning {
		return fmt.Sprintf("warning: %s: %s", p.Where, p.Text)
	}
	return fmt.Sprintf("%s: %s", p.Where, p.Text)
}

// Wrong returns the problems that are not warnings.
func (s *Settings) Wrong() []Problem {
	return slices.DeleteFunc(slices.Clone(s.Problems), func(p Problem) bool { return p.Warning })
}

// nothingShown is larger than any group.
const nothingShown = 1_000_000_000

// MinN are the smallest numbers of students shown: for a subject with an entry, and for all others.
type MinN struct {
	bySubject map[edu.Subject]int
	others    int
}

// Of returns the smallest number shown for a subject.
func (m MinN) Of(s edu.Subject) int {
	if n, ok := m.bySubject[s]; ok {
		return n
	}
	return max(m.others, 1)
}

// Largest returns the number that holds for every subject: what a footnote says.
func (m MinN) Largest() int {
	n := m.others
	for _, x := range m.bySubject {
		n = max(n, x)
	}
	return n
}

// String lists the numbers, for operators.
func (m MinN) String() string {
	text := []string{fmt.Sprintf("%d", m.others)}
	for _, s := range slices.Sorted(maps.Keys(m.bySubject)) {
		text = append(text, fmt.Sprintf("%s %d", s, m.bySubject[s]))
	}
	return strings.Join(text, ", ")
}

// Default are the settings of a state that has set nothing.
func Default() *Settings { return Parse("", nil, nil) }

// Parse understands what a state has set. Rows of another state are left out, as a problem.
func Parse(state edu.StateCode, rows []Row, texts []Text) *Settings {
	s := &Settings{MinN: MinN{bySubject: map[edu.Subject]int{}, others: tenant.DefaultMinN}, Palettes: map[edu.Subject]Palette{}, Version: digest(rows, texts), disclosure: disclosure.DefaultPolicy()}
	s.rows, s.disclosure.MinN = rows, 0
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return strings.Compare(a.Subject, b.Subject) }) // what holds for all subjects comes first
	for _, row := range rows {
		if !strings.EqualFold(row.State, string(state)) {
			s.warn("custom_metadata", "the row of state %q is not this state's (%s) and means nothing", row.State, state)
			continue
		}
		s.read(row)
	}
	s.raise()
	s.lay(texts)
	return s
}

// digest tells settings apart.
func digest(rows []Row, texts []Text) string {
	h := sha256.New()
	for _, r := range rows {
		fmt.Fprintf(h, "%q %q %q\n", r.State, r.Subject, r.Document)
	}
	for _, t := range texts {
		fmt.Fprintf(h, "%q %q %q\n", t.Language, t.Key, t.Text)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// lay puts the state's own texts in place. One that does not fit, perhaps since an upgrade, is left out.
func (s *Settings) lay(texts []Text) {
	byLanguage := map[string]map[string]string{}
	for _, t := range texts {
		if !words.Speaks(t.Language) {
			s.fail("text "+t.Language+" "+t.Key, "there is no language %q", t.Language)
			continue
		}
		if byLanguage[t.Language] == nil {
			byLanguage[t.Language] = map[string]string{}
		}
		byLanguage[t.Language][t.Key] = t.Text
	}
	s.words = map[string]*words.Words{}
	for _, language := range slices.Sorted(maps.Keys(byLanguage)) {
		w, wrong := words.For(language).Fitting(byLanguage[language])
		s.words[language] = w
		for _, key := range slices.Sorted(maps.Keys(wrong)) {
			s.fail("text "+language+" "+key, "%v", wrong[key])
		}
	}
}

func (s *Settings) fail(where, format string, args ...any) {
	s.Problems = append(s.Problems, Problem{Where: where, Text: fmt.Sprintf(format, args...)})
}

func (s *Settings) warn(where, format string, args ...any) {
	s.Problems = append(s.Problems, Problem{Where: where, Text: fmt.Sprintf(format, args...), Warning: true})
}
