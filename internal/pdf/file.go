package pdf

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"io"
	"math"
	"strconv"
	"sync"
	"unicode/utf16"

	"github.com/klauspost/compress/zlib"
)

// file is the bytes of a document: objects, the streams that objects without streams of their own are packed into, and the table of where
// everything is.
type file struct {
	to     io.Writer
	hash   hash.Hash
	at     int64
	err    error
	places []place // by object number

	packed     []int // numbers of the objects in the stream being filled
	packedAt   []int // where each begins
	packedBody []byte
	packedHead []byte // room for what is in front of them

	level    int
	deflated bytes.Buffer
	line     []byte
}

// deflaters keep what compression works with, by level: it is large.
var deflaters [10]sync.Pool

// deflater is one that writes to a buffer.
func deflater(to *bytes.Buffer, level int) *zlib.Writer {
	if w, ok := deflaters[level].Get().(*zlib.Writer); ok {
		w.Reset(to)
		return w
	}
	w, err := zlib.NewWriterLevel(to, level)
	if err != nil {
		panic(err) // a level there is not: a mistake in the program
	}
	return w
}

// place is where an object is: its offset, or less than 0 when it is packed in a stream with others: -(number of the stream * perStream + its
// index there). 0 is nowhere.
type place int64

func packedIn(stream, index int) place { return place(-(stream*perStream + index)) }

// perStream is how many objects share a stream: viewers read a whole one for each object they want.
const perStream = 200

func newFile(to io.Writer, level int) *file {
	f := &file{to: to, hash: sha256.New(), places: make([]place, 1, 1024), level: level}
	f.write([]byte("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"))
	return f
}

// number takes the next object number.
func (f *file) number() int {
	f.places = append(f.places, 0)
	return len(f.places) - 1
}

func (f *file) write(b []byte) {
	if f.err != nil {
		return
	}
	f.hash.Write(b)
	n, err := f.to.Write(b)
	f.at, f.err = f.at+int64(n), err
}

// object packs an object without a stream.
func (f *file) object(number int, body []byte) {
	f.packed = append(f.packed, number)
	f.packedAt = append(f.packedAt, len(f.packedBody))
	f.packedBody = append(append(f.packedBody, body...), '\n')
	if len(f.packed) == perStream {
		f.flush()
	}
}

// flush writes the stream of packed objects.
func (f *file) flush() {
	if len(f.packed) == 0 {
		return
	}
	stream := f.number()
	head := f.packedHead[:0]
	for i, number := range f.packed {
		f.places[number] = packedIn(stream, i)
		head = strconv.AppendInt(head, int64(number), 10)
		head = append(head, ' ')
		head = strconv.AppendInt(head, int64(f.packedAt[i]), 10)
		head = append(head, ' ')
	}
	dict := "/Type/ObjStm/N " + strconv.Itoa(len(f.packed)) + "/First " + strconv.Itoa(len(head))
	f.packedHead = append(head, f.packedBody...)
	f.stream(stream, dict, f.packedHead)
	f.packed, f.packedAt, f.packedBody = f.packed[:0], f.packedAt[:0], f.packedBody[:0]
}

// stream writes a stream, deflated. The parts are its content one after another.
func (f *file) stream(number int, dict string, parts ...[]byte) {
	f.deflated.Reset()
	w := deflater(&f.deflated, f.level)
	for _, p := range parts {
		_, _ = w.Write(p) // into memory
	}
	_ = w.Close()
	deflaters[f.level].Put(w)
	f.raw(number, dict+"/Filter/FlateDecode", f.deflated.Bytes())
}

// raw writes a stream as it is.
func (f *file) raw(number int, dict string, content []byte) {
	f.places[number] = place(f.at)
	b := f.line[:0]
	b = strconv.AppendInt(b, int64(number), 10)
	b = append(b, " 0 obj\n<<"...)
	b = append(b, dict...)
	b = append(b, "/Length "...)
	b = strconv.AppendInt(b, int64(len(content)), 10)
	b = append(b, ">>\nstream\n"...)
	f.line = b
	f.write(b)
	f.write(content)
	f.write([]byte("\nendstream\nendobj\n"))
}

// finish writes the table of objects and the end of the file.
func (f *file) finish(catalog, info int) error {
	f.flush()
	number, start := f.number(), f.at
	f.places[number] = place(f.at)
	id := f.hash.Sum(nil)[:16]
	dict := []byte("/Type/XRef/Size " + strconv.Itoa(len(f.places)) + "/W[1 5 2]/DecodeParms<</Predictor 12/Columns 8>>/Root ")
	dict = append(ref(dict, catalog), "/Info "...)
	dict = append(ref(dict, info), "/ID["...)
	dict = hex(hex(dict, id), id)
	f.stream(number, string(append(dict, ']')), f.table())
	f.write([]byte("startxref\n" + strconv.FormatInt(start, 10) + "\n%%EOF\n"))
	return f.err
}

// table is the rows of the table of objects, each as its difference from the row before, which compresses well.
func (f *file) table() []byte {
	var before [8]byte
	all := make([]byte, 0, 9*len(f.places))
	for number, p := range f.places {
		row := [8]byte{1, byte(p >> 32), byte(p >> 24), byte(p >> 16), byte(p >> 8), byte(p)}
		switch {
		case number == 0 || p == 0:
			row = [8]byte{6: 0xff, 7: 0xff}
		case p < 0:
			in, index := -p/perStream, -p%perStream
			row = [8]byte{2, 0, byte(in >> 24), byte(in >> 16), byte(in >> 8), byte(in), byte(index >> 8), byte(index)}
		}
		all = append(all, 2) // the predictor named Up
		for i := range row {
			all = append(all, row[i]-before[i])
		}
		before = row
	}
	return all
}

// ref writes a reference to an object.
func ref(b []byte, number int) []byte {
	return append(strconv.AppendInt(b, int64(number), 10), " 0 R"...)
}

// num writes a length with at most two decimals.
func num(b []byte, v float64) []byte {
	n := int64(math.Round(v * 100))
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendInt(b, n/100, 10)
	switch n %= 100; {
	case n == 0:
		return b
	case n%10 == 0:
		return append(b, '.', byte('0'+n/10))
	}
	return append(b, '.', byte('0'+n/10), byte('0'+n%10))
}

// nums writes several lengths with a space after each.
func nums(b []byte, values ...float64) []byte {
	for _, v := range values {
		b = append(num(b, v), ' ')
	}
	return b
}

func hex(b, bytes []byte) []byte {
	const digits = "0123456789ABCDEF"
	b = append(b, '<')
	for _, c := range bytes {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return append(b, '>')
}

// text writes a text string: in ASCII where that is enough, else in UTF-16.
func text(b []byte, s string) []byte {
	ascii := true
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] >= ' ' && s[i] < 0x7f
	}
	b = append(b, '(')
	if ascii {
		for i := range len(s) {
			b = literal(b, s[i])
		}
		return append(b, ')')
	}
	b = append(b, 0xFE, 0xFF)
	for _, r := range s {
		high, low := utf16.EncodeRune(r)
		if high == 0xFFFD && low == 0xFFFD {
			high, low = r, -1
		}
		b = literal(literal(b, byte(high>>8)), byte(high))
		if low >= 0 {
			b = literal(literal(b, byte(low>>8)), byte(low))
		}
	}
	return append(b, ')')
}

func literal(b []byte, c byte) []byte {
	switch c {
	case '(', ')', '\\':
		return append(b, '\\', c)
	case '\r':
		return append(b, '\\', 'r')
	}
	return append(b, c)
}
