package text

import (
	"fmt"
	"slices"
	"strings"
)

// Kind says what a placeholder stands for and so how its value is written in a language.
type Kind int

// The kinds of placeholders, by the names message files give them.
const (
	Text    Kind = iota // text: words or a name, as they are
	Number              // number: a whole number, with separators between thousands
	Count               // count: a number that decides between singular and plural
	Plain               // plain: a whole number without separators, as scores and codes are written
	Percent             // percent: a whole number of percent, with its sign
	Day                 // day: a date written for sentences
	Year                // year: an academic year
	Grade               // grade: a grade written in the middle of a sentence
	Subject             // subject: a subject written in the middle of a sentence
	List                // list: several words, joined as the language joins them
)

var kindNames = []string{"text", "number", "count", "plain", "percent", "day", "year", "grade", "subject", "list"}

// String returns the name message files use.
func (k Kind) String() string { return kindNames[k] }

// Placeholder is a value that a message needs.
type Placeholder struct {
	Name string
	Kind Kind
}

// modifiers change how a value is written, by kind: {grade.title} is a grade at the beginning of a sentence or alone, {student.possessive}
// a name as the owner of what follows.
var modifiers = map[Kind][]string{Grade: {"title"}, Subject: {"title"}, Text: {"possessive"}}

// Part is a piece of a message: literal text, or a placeholder.
type Part struct {
	Literal  string // when Name is empty
	Name     string
	Modifier string // after the dot; may be empty
}

// Parts cuts a message at its placeholders. Braces stand for nothing else: there is no way to write one as text.
func Parts(s string) ([]Part, error) {
	var parts []Part
	for s != "" {
		open := strings.IndexAny(s, "{}")
		if open < 0 {
			return append(parts, Part{Literal: s}), nil
		}
		if open > 0 {
			parts = append(parts, Part{Literal: s[:open]})
		}
		inside, rest, closed := strings.Cut(s[open+1:], "}")
		name, modifier, _ := strings.Cut(inside, ".")
		if s[open] == '}' || !closed || !isName(name) || strings.HasSuffix(inside, ".") {
			return nil, fmt.Errorf("%q: braces must enclose the name of a placeholder", s)
		}
		parts, s = append(parts, Part{Name: name, Modifier: modifier}), rest
	}
	return parts, nil
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// Fits says what is wrong with a text that is to stand for a message with these placeholders: one that does not exist, one that is
// missing, a form that its kind does not have. A text for a single number may leave the count out ("one district").
func Fits(s string, with []Placeholder, single bool) error {
	parts, err := Parts(s)
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, p := range parts {
		if p.Name == "" {
			continue
		}
		i := slices.IndexFunc(with, func(w Placeholder) bool { return w.Name == p.Name })
		if i < 0 {
			return fmt.Errorf("%q: there is no placeholder {%s} here", s, p.Name)
		}
		if p.Modifier != "" && !slices.Contains(modifiers[with[i].Kind], p.Modifier) {
			return fmt.Errorf("%q: {%s} has no form %q", s, p.Name, p.Modifier)
		}
		used[p.Name] = true
	}
	for _, w := range with {
		if !used[w.Name] && !(single && w.Kind == Count) {
			return fmt.Errorf("%q: the placeholder {%s} is missing", s, w.Name)
		}
	}
	return nil
}
