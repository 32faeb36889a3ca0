package table

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Cell is one cell of a table: words or a whole number. The zero Cell is empty.
type Cell struct {
	text   string
	number bool
}

// Text is a cell of words. What a spreadsheet would take for a formula is written so that it does not.
func Text(s string) Cell { return Cell{text: s} }

// Number is a cell of a whole number, negative ones included.
func Number(n int) Cell { return Cell{text: strconv.Itoa(n), number: true} }

// Day is a cell of a date that every spreadsheet reads: 2026-04-14.
func Day(t time.Time) Cell { return Text(t.Format("2006-01-02")) }

// Table is a table as a file.
type Table struct {
	Name  string   // of the file, without time and ending
	About []About  // what the table is, for the lines before its head
	Head  []string // one for each column
	Rows  [][]Cell // as long as Head
}

// About is one line that says what a table is.
type About struct{ Label, Text string }

// aboutLines is how many lines stand before the head when they are asked for; the system before this one had ten, and programs skip them by number.
const aboutLines = 10

// Options are what a reader may choose about a CSV file.
type Options struct {
	Lines bool // begin with ten lines that say what the table is
	Mark  bool // begin with a byte order mark: old spreadsheets need it to read UTF-8
}

// byteOrderMark tells old spreadsheets that a file is UTF-8.
const byteOrderMark = "\uFEFF"

// CSV writes the table as RFC 4180 has it: commas, CR LF, quotes where needed, a head.
func (t Table) CSV(o Options) []byte {
	var b bytes.Buffer
	if o.Mark {
		b.WriteString(byteOrderMark)
	}
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	write := func(cells ...Cell) {
		record := make([]string, len(cells))
		for i, c := range cells {
			record[i] = c.harmless()
		}
		_ = w.Write(record) // into memory
	}
	if o.Lines {
		for i := range aboutLines {
			line := About{}
			if i < len(t.About) {
				line = t.About[i]
			}
			write(Text(line.Label), Text(line.Text))
		}
	}
	head := make([]Cell, len(t.Head))
	for i, h := range t.Head {
		head[i] = Text(h)
	}
	write(head...)
	for _, row := range t.Rows {
		write(row...)
	}
	w.Flush()
	return b.Bytes()
}

// formulas are the characters with which spreadsheets begin a formula, wide forms included.
const formulas = "=+-@\t\r\n\v\f＝＋－＠"

// harmless returns the text of a cell so that no spreadsheet runs it: words that would begin a formula, also after blanks of any script and signs that nobody sees, get an
// apostrophe in front, as OWASP recommends.
func (c Cell) harmless() string {
	if c.number {
		return c.text
	}
	unseen := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc, unicode.Mn) || r == '\u2800' || r == '\u3164' || r == utf8.RuneError
	}
	if strings.IndexAny(c.text, formulas) == 0 || strings.IndexAny(strings.TrimLeftFunc(c.text, unseen), formulas) == 0 {
		return "'" + c.text
	}
	return c.text
}

// FileName is what a browser calls the file: the table's name and the time it was made, as files of the system before this one are called.
func (t Table) FileName(made time.Time, ending string) string {
	return t.Name + "_" + made.Format("01-02-2006_15-04-05") + "." + ending
}
