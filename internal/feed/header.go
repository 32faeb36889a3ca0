package feed

import (
	"bytes"
	"fmt"
	"strings"
)

// Reject is one thing that is wrong with a file, or one row refused. Message names the place and what to do; it never
// repeats a value of a row.
type Reject struct {
	Line    int64  // physical line, from 1; 0 where the whole file is meant
	Column  string // header of the column, or path in the JSON file; "" where none is meant
	Code    int
	Message string
}

// Fatal reports whether the whole package is refused.
func (r Reject) Fatal() bool {
	c, ok := Describe(r.Code)
	return ok && c.Scope == RefusesPackage
}

// layout says where in a record each column of Columns stands; -1 where it is left out.
type layout struct {
	position [numberOfColumns]int16
	fields   int
}

// parseHeader reads the header. Every problem is answered, so that a sender can mend all at once.
func parseHeader(r *Reader) (layout, []Reject) {
	var l layout
	for i := range l.position {
		l.position[i] = -1
	}
	l.fields = r.Len()
	known := columnsByName()

	if !r.ValidUTF8() || bytes.HasPrefix(r.Field(0), []byte{0xff, 0xfe}) || bytes.HasPrefix(r.Field(0), []byte{0xfe, 0xff}) {
		return l, []Reject{{Line: r.Line(), Code: InvalidUTF8, Message: "The header is not encoded in UTF-8. Export the file as UTF-8."}}
	}
	if delimiter := otherDelimiter(r, known); delimiter != "" {
		return l, []Reject{{Line: r.Line(), Code: WrongDelimiter,
			Message: fmt.Sprintf("The columns are separated by a %s. Export the file with a comma as the separator.", delimiter)}}
	}

	var unknown, twice []string
	for i := range r.Len() {
		name := headerName(r.Field(i))
		column, ok := known[name]
		switch {
		case !ok:
			unknown = append(unknown, printable(string(bytes.TrimSpace(r.Field(i)))))
		case l.position[column] >= 0:
			twice = append(twice, Columns[column].Name)
		default:
			l.position[column] = int16(i)
		}
	}
	if len(unknown) == r.Len() {
		return l, []Reject{{Line: r.Line(), Code: NoHeader, Message: Sentence(NoHeader)}}
	}

	var problems []Reject
	for _, name := range twice {
		problems = append(problems, Reject{Line: r.Line(), Column: name, Code: DuplicateColumn, Message: "Column " + name + " occurs more than once. Keep one."})
	}
	var missing []string
	for i, c := range Columns {
		if !c.Optional && l.position[i] < 0 {
			missing = append(missing, c.Name)
		}
	}
	if len(missing) > 0 {
		problems = append(problems, Reject{Line: r.Line(), Column: missing[0], Code: HeaderMismatch,
			Message: "Missing " + nounColumns(missing) + ". Add what is missing."})
	}
	if len(unknown) > 0 {
		problems = append(problems, Reject{Line: r.Line(), Code: HeaderMismatch, Message: unknownColumns(unknown)})
	}
	return l, problems
}

// columnsByName maps lower-case headers to positions in Columns.
func columnsByName() map[string]int {
	m := make(map[string]int, len(Columns))
	for i, c := range Columns {
		m[strings.ToLower(c.Name)] = i
	}
	return m
}

func headerName(b []byte) string { return strings.ToLower(string(bytes.TrimSpace(b))) }

// otherDelimiter names the separator of a header that has no comma and would be one with it, else "".
func otherDelimiter(r *Reader, known map[string]int) string {
	if r.Len() > 2 {
		return ""
	}
	for _, d := range []struct{ sign, name string }{{";", "semicolon"}, {"\t", "tab"}, {"|", "vertical bar"}, {":", "colon"}} {
		found := 0
		for part := range strings.SplitSeq(string(r.Field(0)), d.sign) {
			if _, ok := known[headerName([]byte(part))]; ok {
				found++
			}
		}
		if found > 1 {
			return d.name
		}
	}
	return ""
}

// maxNamed is how many columns a message names.
const maxNamed = 10

// unknownColumns is the sentence about columns that the format does not have. Where there are many, the line is hardly a header,
// or has swallowed a row of results: then it names none, since their names may be values.
func unknownColumns(names []string) string {
	if len(names) > maxNamed {
		return fmt.Sprintf("%d columns of the header are unknown. Remove them, or correct their names; see that the header stands on a line of its own.", len(names))
	}
	return "Unknown " + nounColumns(names) + ". Remove it, or correct the name."
}

// nounColumns lists names in words, at most ten of them.
func nounColumns(names []string) string {
	noun := "column "
	if len(names) > 1 {
		noun = "columns "
	}
	if rest := len(names) - maxNamed; rest > 0 {
		return noun + strings.Join(names[:maxNamed], ", ") + fmt.Sprintf(" and %d more", rest)
	}
	return noun + strings.Join(names, ", ")
}

// printable returns a header cell fit for a message: at most 60 characters, without control characters.
func printable(s string) string {
	if s == "" {
		return "(blank)"
	}
	out := make([]rune, 0, 60)
	for _, c := range s {
		if len(out) == 60 {
			return string(out) + "…"
		}
		if c < ' ' || c >= 0x7f && c < 0xa0 {
			c = '�'
		}
		out = append(out, c)
	}
	return string(out)
}
