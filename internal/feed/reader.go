package feed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"unicode/utf8"
)

// Errors of a Reader that are the file's fault. Records after the faulty one cannot be told apart.
var (
	ErrBareQuote     = errors.New("a quote stands inside a value without being doubled")
	ErrUnclosedQuote = errors.New("a quote is not closed")
	ErrRecordTooLong = errors.New("a record is too long")
)

const (
	readerBuffer = 256 << 10
	maxRecord    = 1 << 20 // bytes of one record; more means a quote that is not closed
)

// Reader reads the records of a comma-separated file as slices of bytes, without allocating. It reads what encoding/csv
// reads, with these differences: a bare CR ends a record like LF and CRLF do, and records may differ in their number of
// fields. Blank lines are skipped and a byte order mark at the start is ignored.
//
// A record's fields are valid until the next call of Next.
type Reader struct {
	src    io.Reader
	buf    []byte
	pos    int // start of the unread bytes in buf
	end    int // end of the bytes read into buf
	eof    bool
	skipLF bool // a CR ended the last record and its LF, if any, is still to come
	begun  bool

	line    int64 // physical line on which the next record starts, from 1
	started int64 // physical line on which the current record started

	data   []byte // what fields are positions in: part of buf, or scratch
	fields []span
	ascii  bool

	scratch []byte
	err     error
}

// span is a field's place in Reader.data.
type span struct{ start, end uint32 }

// NewReader returns a Reader of src.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, buf: make([]byte, readerBuffer), line: 1, fields: make([]span, 0, 128)}
}

// Next goes to the next record. It returns false at the end of the file and at an error; Err tells which.
func (r *Reader) Next() bool {
	if r.err != nil || !r.skipBlank() {
		return false
	}
	r.started = r.line
	for {
		n, err := r.scan(r.buf[r.pos:r.end])
		if err != nil {
			r.err = err
			return false
		}
		if n > 0 {
			r.pos += n
			return true
		}
		if !r.more() {
			return false
		}
	}
}

// Err returns what ended the reading: nil at the end of the file, one of the errors above, or an error of the source.
func (r *Reader) Err() error {
	if r.err == io.EOF {
		return nil
	}
	return r.err
}

// Line returns the physical line on which the current record starts, as an editor counts it: the first is 1, and CR, LF and
// CRLF end a line, also inside quotes.
func (r *Reader) Line() int64 { return r.started }

// Len returns the number of fields of the current record.
func (r *Reader) Len() int { return len(r.fields) }

// Field returns field i of the current record, without its quotes.
func (r *Reader) Field(i int) []byte {
	f := r.fields[i]
	return r.data[f.start:f.end]
}

// ValidUTF8 reports whether every field of the current record is valid UTF-8.
func (r *Reader) ValidUTF8() bool {
	if r.ascii {
		return true
	}
	// What stands between fields is ASCII, so the record is valid when its fields are.
	return utf8.Valid(r.data[r.fields[0].start:r.fields[len(r.fields)-1].end])
}

// more reads on. It returns false at the end of the file and at an error.
func (r *Reader) more() bool {
	if r.eof {
		r.err = io.EOF
		return false
	}
	if r.pos > 0 {
		copy(r.buf, r.buf[r.pos:r.end])
		r.end -= r.pos
		r.pos = 0
	}
	if r.end == len(r.buf) {
		if len(r.buf) >= maxRecord {
			r.err = ErrRecordTooLong
			return false
		}
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	// Fill the buffer: a record is scanned from its start each time that more of it comes.
	n, err := io.ReadFull(r.src, r.buf[r.end:])
	r.end += n
	switch err {
	case nil:
		return true
	case io.EOF, io.ErrUnexpectedEOF:
		r.eof = true
		return true
	}
	r.err = err
	return false
}

// skipBlank goes to the first byte of the next record.
func (r *Reader) skipBlank() bool {
	if !r.begun {
		r.begun = true
		for r.end-r.pos < 3 && !r.eof {
			if !r.more() {
				return false
			}
		}
		if bytes.HasPrefix(r.buf[r.pos:r.end], []byte("\xef\xbb\xbf")) {
			r.pos += 3
		}
	}
	for {
		for r.pos < r.end {
			switch c := r.buf[r.pos]; {
			case c == '\n' && r.skipLF:
				r.skipLF = false
			case c == '\n':
				r.line++
			case c == '\r':
				r.line++
				r.skipLF = true
			default:
				r.skipLF = false
				return true
			}
			r.pos++
		}
		if !r.more() || r.eof && r.pos == r.end {
			return false
		}
	}
}

const (
	ones  = 0x0101010101010101
	lows  = 0x7f7f7f7f7f7f7f7f
	highs = 0x8080808080808080
)

// zeros has the high bit of each byte set where w has a zero byte, and no other bit.
func zeros(w uint64) uint64 { return ^((w&lows + lows) | w | lows) }

// scan splits the record at the start of b and returns its length with its line end, or 0 when b holds only a part of it.
func (r *Reader) scan(b []byte) (int, error) {
	fields := r.fields[:0]
	start := 0
	var seen uint64 // may hold bytes of the next record: then UTF-8 is checked for nothing
	i := 0
words:
	for i+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[i:])
		seen |= w
		found := zeros(w^(ones*',')) | zeros(w^(ones*'\n')) | zeros(w^(ones*'\r')) | zeros(w^(ones*'"'))
		for ; found != 0; found &= found - 1 {
			k := i + bits.TrailingZeros64(found)>>3
			switch b[k] {
			case ',':
				fields = append(fields, span{uint32(start), uint32(k)})
				start = k + 1
			case '"':
				end := plainQuoted(b, k)
				if k != start || end < 0 {
					return r.scanQuoted(b)
				}
				fields = append(fields, span{uint32(k + 1), uint32(end)})
				seen |= union(b[k:end])
				if b[end+1] != ',' {
					return r.finish(b, fields, end+1, seen&highs == 0), nil
				}
				start, i = end+2, end+2
				continue words
			default:
				return r.finish(b, append(fields, span{uint32(start), uint32(k)}), k, seen&highs == 0), nil
			}
		}
		i += 8
	}
	for ; i < len(b); i++ {
		c := b[i]
		seen |= uint64(c)
		switch c {
		case ',':
			fields = append(fields, span{uint32(start), uint32(i)})
			start = i + 1
		case '"':
			return r.scanQuoted(b)
		case '\n', '\r':
			return r.finish(b, append(fields, span{uint32(start), uint32(i)}), i, seen&highs == 0), nil
		}
	}
	r.fields = fields
	if !r.eof {
		return 0, nil
	}
	return r.finish(b, append(fields, span{uint32(start), uint32(len(b))}), len(b), seen&highs == 0), nil
}

// plainQuoted returns the place of the quote that closes the one at b[open], or -1 when the value needs more care: it holds
// quotes or line breaks, or its end is not in b.
func plainQuoted(b []byte, open int) int {
	n := bytes.IndexByte(b[open+1:], '"')
	end := open + 1 + n
	if n < 0 || end+1 >= len(b) || b[end+1] != ',' && b[end+1] != '\n' && b[end+1] != '\r' {
		return -1
	}
	value := b[open+1 : end]
	if bytes.IndexByte(value, '\n') >= 0 || bytes.IndexByte(value, '\r') >= 0 {
		return -1
	}
	return end
}

// union returns the bytes of b, one on top of the other.
func union(b []byte) (seen uint64) {
	for ; len(b) >= 8; b = b[8:] {
		seen |= binary.LittleEndian.Uint64(b)
	}
	for _, c := range b {
		seen |= uint64(c)
	}
	return seen
}

// finish notes a complete record that ends before b[end].
func (r *Reader) finish(b []byte, fields []span, end int, ascii bool) int {
	r.data, r.fields, r.ascii = b, fields, ascii
	return r.endLine(b, end)
}

// endLine steps over the line end at b[end], if any, and returns the position behind it.
func (r *Reader) endLine(b []byte, end int) int {
	if end == len(b) {
		return end
	}
	r.line++
	r.skipLF = b[end] == '\r'
	return end + 1
}

// scanQuoted is scan for records with quotes. It copies the values, without their quotes, to scratch.
func (r *Reader) scanQuoted(b []byte) (int, error) {
	out, fields := r.scratch[:0], r.fields[:0]
	var breaks int64
	i := 0
	for {
		start := len(out)
		if i < len(b) && b[i] == '"' {
			var err error
			var complete bool
			if out, i, complete, err = r.quoted(out, b, i+1, &breaks); err != nil || !complete {
				return 0, err
			}
		} else {
			from := i
			for i < len(b) && b[i] != ',' && b[i] != '\n' && b[i] != '\r' {
				if b[i] == '"' {
					return 0, ErrBareQuote
				}
				i++
			}
			if i == len(b) && !r.eof {
				return 0, nil
			}
			out = append(out, b[from:i]...)
		}
		fields = append(fields, span{uint32(start), uint32(len(out))})
		if i < len(b) && b[i] == ',' {
			i++
			continue
		}
		r.line += breaks
		r.scratch, r.data, r.fields, r.ascii = out, out, fields, false
		return r.endLine(b, i), nil
	}
}

// quoted appends the value whose opening quote lies before b[i] to out and returns the position behind its closing quote. A
// CRLF inside becomes LF. complete is false when b ends too early.
func (r *Reader) quoted(out, b []byte, i int, breaks *int64) (_ []byte, _ int, complete bool, err error) {
	for {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 || i+n+1 == len(b) && !r.eof {
			if n < 0 && r.eof {
				return out, 0, false, ErrUnclosedQuote
			}
			return out, 0, false, nil
		}
		out = appendLines(out, b[i:i+n], breaks)
		i += n + 1
		switch {
		case i < len(b) && b[i] == '"':
			out = append(out, '"')
			i++
		case i == len(b) || b[i] == ',' || b[i] == '\n' || b[i] == '\r':
			return out, i, true, nil
		default:
			return out, 0, false, ErrBareQuote
		}
	}
}

// appendLines appends part to out with CRLF made LF, and counts line breaks.
func appendLines(out, part []byte, breaks *int64) []byte {
	for {
		n := bytes.IndexAny(part, "\r\n")
		if n < 0 {
			return append(out, part...)
		}
		*breaks++
		if part[n] == '\r' && n+1 < len(part) && part[n+1] == '\n' {
			out = append(out, part[:n]...)
			out = append(out, '\n')
			part = part[n+2:]
			continue
		}
		out = append(out, part[:n+1]...)
		part = part[n+1:]
	}
}
