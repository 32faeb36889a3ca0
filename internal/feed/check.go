package feed

import (
	"errors"
	"fmt"
	"io"

	"scorehouse/internal/edu"
)

// Options say what the rows of a file must agree with.
type Options struct {
	Assessment edu.Assessment
	State      edu.StateCode // of the tenant
	MaxRejects int           // rejects kept; more are counted. Default 100,000
}

// maxFatalRejects is how many rejects of one code that refuses the whole package are kept: the file may have one a row.
const maxFatalRejects = 1000

// maxLines is the last line that a row may stand on: staging keeps lines in 32 bits.
const maxLines = 1<<31 - 1

// Result says what a file's check found.
type Result struct {
	Total    int64 // rows, without the header
	Accepted int64
	Rejected int64 // rows with at least one reject

	Rejects []Reject // in the order of the file
	Dropped int64    // rejects found beyond the number kept
	Fatal   *Reject  // the first that refuses the whole package, else nil
}

// Check reads a CSV file of assessment results to its end and calls accept with each row that keeps the rules. The Row is
// valid until accept returns. Once the whole package is refused (Result.Fatal), accept is not called any more, but
// the reading goes on so that all rejects are found at once. The error is accept's or the source's, never about the content.
func Check(csv io.Reader, o Options, accept func(*Row) error) (Result, error) {
	c := newChecker(NewReader(csv), o)
	if !c.reader.Next() {
		if err := c.reader.Err(); !ofTheFile(err) && err != nil {
			return Result{}, err
		} else if err != nil {
			c.broken(err)
			return c.result, nil
		}
		c.reject(Reject{Code: NoData, Message: Sentence(NoData)})
		return c.result, nil
	}
	layout, problems := parseHeader(c.reader)
	c.layout = layout
	for _, p := range problems {
		c.reject(p)
	}
	if len(problems) > 0 {
		return c.result, nil
	}
	err := c.rows(accept)
	return c.result, err
}

// ofTheFile reports whether a Reader's error is about the file's content.
func ofTheFile(err error) bool {
	return errors.Is(err, ErrBareQuote) || errors.Is(err, ErrUnclosedQuote) || errors.Is(err, ErrRecordTooLong)
}

func (c *checker) rows(accept func(*Row) error) error {
	for c.reader.Next() {
		c.result.Total++
		if c.reader.Line() > maxLines {
			c.reject(Reject{Line: c.reader.Line(), Code: TooLarge, Message: fmt.Sprintf("The file has more than %d lines. Split it.", maxLines)})
			return nil
		}
		if !c.check() {
			c.result.Rejected++
			continue
		}
		if c.result.Fatal != nil {
			continue
		}
		if err := accept(&c.row); err != nil {
			return err
		}
		c.result.Accepted++
	}
	err := c.reader.Err()
	if err != nil && !ofTheFile(err) {
		return err
	}
	switch {
	case err != nil:
		c.result.Total++
		c.result.Rejected++
		c.broken(err)
	case c.result.Total == 0:
		c.reject(Reject{Code: NoData, Message: Sentence(NoData)})
	}
	if c.result.Fatal != nil {
		c.result.Accepted = 0
	}
	return nil
}

// broken rejects the file for quotes that leave it unclear where its records end.
func (c *checker) broken(err error) {
	message := "From this line on it is unclear where values end: " + err.Error() + ". Write a quote inside a quoted value as two quotes."
	c.reject(Reject{Line: c.reader.Line(), Code: BrokenQuotes, Message: message})
}

// reject notes one reject.
func (c *checker) reject(r Reject) {
	fatal := r.Fatal()
	if fatal {
		if c.result.Fatal == nil {
			first := r
			c.result.Fatal = &first
		}
		if c.fatals++; c.fatals > maxFatalRejects {
			c.result.Dropped++
			return
		}
	} else if len(c.result.Rejects) >= c.options.MaxRejects {
		c.result.Dropped++
		return
	}
	c.result.Rejects = append(c.result.Rejects, r)
}

// refuse rejects the current row for a value of one column.
func (c *checker) refuse(column, code int) {
	c.refuseWith(column, code, "")
}

// refuseWith rejects the current row; detail is a sentence about the rule that stands for the general one.
func (c *checker) refuseWith(column, code int, detail string) {
	c.ok = false
	c.reject(Reject{Line: c.reader.Line(), Column: Columns[column].Name, Code: code, Message: c.message(column, code, detail)})
}

// message makes the sentence of a reject once per column and code, so that a file of bad rows does not fill the memory.
func (c *checker) message(column, code int, detail string) string {
	key := messageKey{column, code, detail}
	m, ok := c.messages[key]
	if !ok {
		m = Columns[column].Name + ": "
		switch {
		case detail != "":
			m += detail
		case code == TooLong:
			m += fmt.Sprintf("The value is longer than %d characters. Shorten it.", Columns[column].MaxLen)
		default:
			m += Sentence(code)
		}
		c.messages[key] = m
	}
	return m
}

type messageKey struct {
	column, code int
	detail       string
}
