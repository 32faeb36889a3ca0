package words

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"

	"scorehouse/internal/edu"
	"scorehouse/internal/words/text"
)

// key is the position of a message in keys.
type key int

// compiled is a message ready to be written.
type compiled struct {
	plain string                  // the text of a message without values
	forms [plural.Many + 1][]part // the others, by plural form
	count int                     // which value decides the form; -1 when none does
}

// part is literal text, or the value at a position.
type part struct {
	literal  string
	value    int // -1 for literal text
	modifier modifier
}

// modifier is how a value is written when it is not written as usual.
type modifier int

const (
	usual      modifier = iota
	title               // alone or at the beginning of a sentence
	possessive          // as the owner of what follows
)

// newCompiled prepares the forms of a message.
func newCompiled(d text.Definition, forms text.Forms) (compiled, error) {
	m := compiled{count: slices.IndexFunc(d.With, func(p text.Placeholder) bool { return p.Kind == text.Count })}
	if len(d.With) == 0 {
		m.plain = forms[text.Other]
		return m, nil
	}
	for form, name := range text.FormNames {
		source, ok := forms[name]
		if !ok {
			source = forms[text.Other]
		}
		parts, err := text.Parts(source)
		if err != nil {
			return compiled{}, err
		}
		for _, p := range parts {
			c := part{literal: p.Literal, value: -1}
			if p.Name != "" {
				if c.value = slices.IndexFunc(d.With, func(w text.Placeholder) bool { return w.Name == p.Name }); c.value < 0 {
					return compiled{}, fmt.Errorf("there is no placeholder {%s}", p.Name)
				}
			}
			switch p.Modifier {
			case "title":
				c.modifier = title
			case "possessive":
				c.modifier = possessive
			}
			m.forms[form] = append(m.forms[form], c)
		}
	}
	return m, nil
}

// value is what stands for a placeholder.
type value struct {
	kind  text.Kind
	n     int // also of a grade, a year
	s     string
	words []string
	day   time.Time
}

// The values of generated methods, by kind.
func textValue(s string) value           { return value{kind: text.Text, s: s} }
func numberValue(n int) value            { return value{kind: text.Number, n: n} }
func countValue(n int) value             { return value{kind: text.Count, n: n} }
func plainValue(n int) value             { return value{kind: text.Plain, n: n} }
func percentValue(n int) value           { return value{kind: text.Percent, n: n} }
func dayValue(t time.Time) value         { return value{kind: text.Day, day: t} }
func yearValue(y edu.AcademicYear) value { return value{kind: text.Year, n: int(y)} }
func gradeValue(g edu.Grade) value       { return value{kind: text.Grade, n: int(g)} }
func subjectValue(s edu.Subject) value   { return value{kind: text.Subject, s: string(s)} }
func listValue(words []string) value     { return value{kind: text.List, words: words} }

// text is a message without values.
func (w *Words) text(k key) string { return w.messages[k].plain }

// fill writes a message with its values.
func (w *Words) fill(k key, values ...value) string {
	m := &w.messages[k]
	form := plural.Other
	if m.count >= 0 {
		form = text.Form(w.tag, values[m.count].n)
	}
	var room [192]byte
	b := room[:0]
	for i := range m.forms[form] {
		p := &m.forms[form][i]
		if p.value < 0 {
			b = append(b, p.literal...)
			continue
		}
		b = w.append(b, &values[p.value], p.modifier)
	}
	return string(b)
}

// append writes a value.
func (w *Words) append(b []byte, v *value, m modifier) []byte {
	switch v.kind {
	case text.Number, text.Count:
		return w.manner.number(b, v.n)
	case text.Plain:
		return plain(b, v.n)
	case text.Percent:
		return w.manner.percent(b, v.n)
	case text.Day:
		return w.manner.longDay.append(b, v.day, w.manner.months)
	case text.Year:
		return append(b, w.Year(edu.AcademicYear(v.n))...)
	case text.Grade:
		if m == title {
			return append(b, w.Grade(edu.Grade(v.n))...)
		}
		return append(b, w.GradeInSentence(edu.Grade(v.n))...)
	case text.Subject:
		if m == title {
			return append(b, w.Subject(edu.Subject(v.s))...)
		}
		return append(b, w.SubjectInSentence(edu.Subject(v.s))...)
	case text.List:
		return append(b, w.List(v.words)...)
	}
	if m == possessive {
		return append(b, w.Possessive(v.s)...)
	}
	return append(b, v.s...)
}

// between is what stands in s between two pieces of it; empty when they are not there.
func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}
