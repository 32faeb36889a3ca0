package words

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"scorehouse/internal/edu"
	"scorehouse/internal/words/text"
)

// manner is how a language writes numbers, days and lists, ready for use.
type manner struct {
	thousands, beforePercent, afterPercent string
	months, shortMonths                    []string
	longDay, shortDay                      pattern
	academicYear, span                     pattern
	text                                   text.Manner
}

func newManner(tag language.Tag, m text.Manner) (manner, error) {
	f := manner{months: m.Months, shortMonths: m.ShortMonths, text: m}
	f.thousands, f.beforePercent, f.afterPercent = separators(tag)
	for _, p := range []struct {
		into *pattern
		from string
	}{{&f.longDay, m.Day}, {&f.shortDay, m.ShortDay}, {&f.academicYear, m.AcademicYear}, {&f.span, m.Range}} {
		parts, err := text.Parts(p.from)
		if err != nil {
			return manner{}, err
		}
		*p.into = parts
	}
	return f, nil
}

// pattern is a text in which names stand for values.
type pattern []text.Part

// append writes a day.
func (p pattern) append(b []byte, t time.Time, months []string) []byte {
	year, month, day := t.Date()
	for _, part := range p {
		switch part.Name {
		case "day":
			b = strconv.AppendInt(b, int64(day), 10)
		case "month":
			b = append(b, months[month-1]...)
		case "year":
			b = strconv.AppendInt(b, int64(year), 10)
		default:
			b = append(b, part.Literal...)
		}
	}
	return b
}

// fill writes the values of names.
func (p pattern) fill(value func(name string) string) string {
	var b strings.Builder
	for _, part := range p {
		if part.Name == "" {
			b.WriteString(part.Literal)
		} else {
			b.WriteString(value(part.Name))
		}
	}
	return b.String()
}

// Number writes a whole number with separators between the thousands: 12,480.
func (w *Words) Number(n int) string {
	var room [32]byte
	return string(w.manner.number(room[:0], n))
}

// Percent writes a whole number of percent: 54%.
func (w *Words) Percent(n int) string {
	var room [16]byte
	return string(w.manner.percent(room[:0], n))
}

func plain(b []byte, n int) []byte { return strconv.AppendInt(b, int64(n), 10) }

func (m *manner) number(b []byte, n int) []byte {
	var room [20]byte
	digits := plain(room[:0], n)
	if n < 0 {
		b, digits = append(b, '-'), digits[1:]
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b = append(b, m.thousands...)
		}
		b = append(b, d)
	}
	return b
}

func (m *manner) percent(b []byte, n int) []byte {
	b = append(b, m.beforePercent...)
	return append(m.number(b, n), m.afterPercent...)
}

// Range writes two scores as a range: 2451–2490.
func (w *Words) Range(low, high int) string {
	return w.manner.span.fill(func(name string) string {
		if name == "low" {
			return strconv.Itoa(low)
		}
		return strconv.Itoa(high)
	})
}

// LongDay writes a day for sentences: April 10, 2026.
func (w *Words) LongDay(t time.Time) string {
	return string(w.manner.longDay.append(nil, t, w.manner.months))
}

// ShortDay writes a day for tables: Apr 10, 2026.
func (w *Words) ShortDay(t time.Time) string {
	return string(w.manner.shortDay.append(nil, t, w.manner.shortMonths))
}

// ShortMonth writes the month of a day where there is little room: Apr.
func (w *Words) ShortMonth(t time.Time) string { return w.manner.shortMonths[t.Month()-1] }

// Year writes an academic year: 2025–26.
func (w *Words) Year(y edu.AcademicYear) string {
	return w.manner.academicYear.fill(func(name string) string {
		switch name {
		case "from":
			return strconv.Itoa(int(y) - 1)
		case "until":
			return strconv.Itoa(int(y))
		}
		return strconv.Itoa(100 + int(y)%100)[1:]
	})
}

// List joins words for a sentence: "a", "a and b", "a, b and c".
func (w *Words) List(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := words[len(words)-1]
	return strings.Join(words[:len(words)-1], ", ") + " " + w.manner.and(last) + " " + last
}

// and is the word between the last two of a list: Spanish says e instead of y before the sound of i.
func (m *manner) and(next string) string {
	next = strings.ToLower(next)
	begins := func(beginnings []string) bool {
		for _, b := range beginnings {
			if strings.HasPrefix(next, b) {
				return true
			}
		}
		return false
	}
	if m.text.AndChanged != "" && begins(m.text.ChangeBefore) && !begins(m.text.ChangeExcept) {
		return m.text.AndChanged
	}
	return m.text.And
}

// Possessive writes a name as the owner of what follows: Ana’s, James’. A language without such a form answers with the name.
func (w *Words) Possessive(name string) string {
	form := w.manner.text.Possessive
	if s := w.manner.text.PossessiveOfS; s != "" && (strings.HasSuffix(name, "s") || strings.HasSuffix(name, "S")) {
		form = s
	}
	if form == "" || name == "" {
		return name
	}
	return strings.Replace(form, "{name}", name, 1)
}
