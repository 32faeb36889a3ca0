package population

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// copyDecoder reads what PostgreSQL's binary COPY sends, and gives row the fields of each row, nil for null. They hold until row returns.
// It keeps no more than one row. Close says whether all of it came.
type copyDecoder struct {
	columns int
	row     func(fields [][]byte) error

	rest    []byte // received and not yet understood
	fields  [][]byte
	started bool
	ended   bool
	rows    int
	err     error // of row, or of the format
}

var copySignature = []byte("PGCOPY\n\xff\r\n\x00")

var errFormat = errors.New("what was received is not PostgreSQL's binary COPY of these columns")

// longest is how long a row may be. Rows of the index are much shorter.
const longest = 1 << 16

// Write takes the next bytes, cut anywhere.
func (d *copyDecoder) Write(b []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	in := b
	if len(d.rest) > 0 {
		d.rest = append(d.rest, b...)
		in = d.rest
	}
	for len(in) > 0 {
		n, err := d.next(in)
		if err != nil {
			d.err = err
			return 0, err
		}
		if n == 0 {
			break
		}
		in = in[n:]
	}
	if len(in) > longest {
		d.err = errFormat
		return 0, d.err
	}
	d.rest = append(d.rest[:0], in...)
	return len(b), nil
}

// next takes the header, a row or the end from the beginning of in and returns its length, 0 when it is not there as a whole.
func (d *copyDecoder) next(in []byte) (int, error) {
	switch {
	case d.ended:
		return 0, errFormat
	case !d.started:
		return d.header(in)
	case len(in) < 2:
		return 0, nil
	}
	n := int16(binary.BigEndian.Uint16(in))
	if n == -1 {
		d.ended = true
		return 2, nil
	}
	if int(n) != d.columns {
		return 0, errFormat
	}
	at := 2
	d.fields = d.fields[:0]
	for range d.columns {
		if len(in) < at+4 {
			return 0, nil
		}
		size := int(int32(binary.BigEndian.Uint32(in[at:])))
		at += 4
		switch {
		case size == -1:
			d.fields = append(d.fields, nil)
			continue
		case size < 0 || size > longest:
			return 0, errFormat
		case len(in) < at+size:
			return 0, nil
		}
		d.fields = append(d.fields, in[at:at+size:at+size])
		at += size
	}
	d.rows++
	return at, d.row(d.fields)
}

// header takes the signature, the flags and an extension, which may be anything but must be short.
func (d *copyDecoder) header(in []byte) (int, error) {
	known := min(len(in), len(copySignature))
	if !bytes.Equal(in[:known], copySignature[:known]) {
		return 0, errFormat
	}
	fixed := len(copySignature) + 8
	if len(in) < fixed {
		return 0, nil
	}
	flags := binary.BigEndian.Uint32(in[len(copySignature):])
	extension := binary.BigEndian.Uint32(in[len(copySignature)+4:])
	if flags != 0 || extension > longest {
		return 0, errFormat
	}
	if len(in) < fixed+int(extension) {
		return 0, nil
	}
	d.started = true
	return fixed + int(extension), nil
}

// Close returns an error when the end is missing.
func (d *copyDecoder) Close() error {
	if d.err == nil && !d.ended {
		d.err = io.ErrUnexpectedEOF
	}
	return d.err
}

// int2 and int4 read a field of such a column. Null is an error, as is another length.
func int2(b []byte) (int16, error) {
	if len(b) != 2 {
		return 0, errFormat
	}
	return int16(binary.BigEndian.Uint16(b)), nil
}

func int4(b []byte) (int32, error) {
	if len(b) != 4 {
		return 0, errFormat
	}
	return int32(binary.BigEndian.Uint32(b)), nil
}
