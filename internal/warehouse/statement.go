package warehouse

import (
	"fmt"
	"strings"
)

// CheckAggregate tells whether a statement may run through Reader.Aggregate: it must use $1, the version, and must
// not name a table of students or results. The error says what is missing. PostgreSQL would refuse the latter too.
func CheckAggregate(sql string) error {
	s := scanStatement(sql)
	if !s.uses(1) {
		return fmt.Errorf("statement does not say which version it reads: $1 is missing")
	}
	return s.namesNoRows()
}

// checkNoRows tells whether a statement may be copied: it must not name a table of students or results.
func checkNoRows(sql string) error { return scanStatement(sql).namesNoRows() }

func (s scanned) namesNoRows() error {
	for _, table := range []string{"student", "assessment_outcome"} {
		if s.words[table] || s.words[table+"_current"] || s.words[table+"_closed"] {
			return fmt.Errorf("statement for aggregates reads table %s: use the views counted_outcome and interim_outcome, or run it through Students, with a scope", table)
		}
	}
	return nil
}

// CheckStudents tells whether a statement may run through Reader.Students: it must use $1, the version, and all
// of $2, $3 and $4, the scope. The error says what is missing. Using them is not the same as using them well: this
// catches a forgotten filter only.
func CheckStudents(sql string) error {
	s := scanStatement(sql)
	if !s.uses(1) {
		return fmt.Errorf("statement does not say which version it reads: $1 is missing")
	}
	for _, p := range []struct {
		number int
		what   string
	}{{2, "all students"}, {3, "district ids"}, {4, "school ids"}} {
		if !s.uses(p.number) {
			return fmt.Errorf("statement reads students outside the scope: $%d (%s) is missing", p.number, p.what)
		}
	}
	return nil
}

// scanned is what the guard knows of a statement: its parameters and bare words, outside comments, strings and
// quoted names. Quoted names count as words.
type scanned struct {
	parameters map[string]bool
	words      map[string]bool
}

func (s scanned) uses(parameter int) bool { return s.parameters[fmt.Sprintf("$%d", parameter)] }

func scanStatement(sql string) scanned {
	s := scanned{parameters: map[string]bool{}, words: map[string]bool{}}
	for i := 0; i < len(sql); {
		rest := sql[i:]
		switch c := sql[i]; {
		case strings.HasPrefix(rest, "--"):
			i += lengthTo(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			i += commentLength(rest)
		case c == '\'':
			i += quotedLength(rest, '\'', i > 0 && (sql[i-1] == 'e' || sql[i-1] == 'E'))
		case c == '"':
			n := quotedLength(rest, '"', false)
			s.words[strings.Trim(rest[:n], `"`)] = true
			i += n
		case c == '$' && dollarTag(rest) != "":
			tag := dollarTag(rest)
			i += len(tag) + lengthTo(rest[len(tag):], tag)
		case c == '$':
			n := 1 + wordLength(rest[1:])
			s.parameters[rest[:n]] = true
			i += n
		case isWordByte(c):
			n := wordLength(rest)
			s.words[strings.ToLower(rest[:n])] = true
			i += n
		default:
			i++
		}
	}
	return s
}

// lengthTo returns the length of s up to and with the first end, all of s when there is none.
func lengthTo(s, end string) int {
	if n := strings.Index(s, end); n >= 0 {
		return n + len(end)
	}
	return len(s)
}

// commentLength returns the length of the comment that s begins with. Comments nest.
func commentLength(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// quotedLength returns the length of the quoted string that s begins with; a doubled quote is part of it.
func quotedLength(s string, quote byte, backslashes bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case backslashes && s[i] == '\\':
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

// dollarTag returns the opening $tag$ that s begins with, "" when it begins with something else, such as $1.
func dollarTag(s string) string {
	n := wordLength(s[1:])
	if 1+n >= len(s) || s[1+n] != '$' || n > 0 && s[1] >= '0' && s[1] <= '9' {
		return ""
	}
	return s[:n+2]
}

func wordLength(s string) int {
	n := 0
	for n < len(s) && isWordByte(s[n]) {
		n++
	}
	return n
}

func isWordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
