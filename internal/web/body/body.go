// Package body sends what the web server answers: bytes of this answer around a middle that many answers share, compressed where the reader takes it. The
// middle is compressed once: in a gzip file (RFC 1952) deflated pieces may follow each other, and its check sum follows from those of the pieces.
package body

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"
)

// Body is what is sent: bytes of this answer, around a middle that may be shared with others.
type Body struct {
	Head   []byte
	Middle *Piece // nil for none
	Tail   []byte

	buffer *bytes.Buffer // that head and tail lie in; nil for none
}

// buffers are where pages are rendered. They grow to the size of the pages and are used again.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render puts what render writes into the head of a body. Done must be called, after an error too.
func Render(render func(*bytes.Buffer) error) (Body, error) {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	err := render(b)
	return Body{Head: b.Bytes(), buffer: b}, err
}

// Done gives the buffer back. Nothing of the body is used after it.
func (b Body) Done() {
	if b.buffer != nil && b.buffer.Cap() <= largestBuffer {
		buffers.Put(b.buffer)
	}
}

// largestBuffer is the largest that is used again: rare pages shall not hold memory for ever.
const largestBuffer = 4 << 20

// Piece is a part of a body, compressed so that others may follow: deflate without a last block. Nothing changes it.
type Piece struct {
	data   []byte
	sum    uint32 // CRC-32 of the bytes it stands for
	length int    // of these
}

// deflaters compress at the lowest level: the highest that is worth a thought takes a third more time for a state page, and leaves 51 of its kilobytes instead of 53.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// deflate compresses a piece. The last one ends the stream.
func deflate(piece []byte, last bool) *Piece {
	c := compressor{last: last}
	c.begin()
	c.take(piece)
	return c.end()
}

// compressor makes a piece of chunks.
type compressor struct {
	last bool // the piece ends the stream
	to   bytes.Buffer
	w    *flate.Writer
	p    Piece
}

func (c *compressor) begin() {
	c.w = deflaters.Get().(*flate.Writer)
	c.w.Reset(&c.to)
}

func (c *compressor) take(chunk []byte) {
	_, _ = c.w.Write(chunk) // to memory
	c.p.sum = crc32.Update(c.p.sum, crc32.IEEETable, chunk)
	c.p.length += len(chunk)
}

func (c *compressor) end() *Piece {
	if c.last {
		_ = c.w.Close()
	} else {
		_ = c.w.Flush()
	}
	deflaters.Put(c.w)
	c.p.data = c.to.Bytes()
	return &c.p
}

// Compress renders a piece that many bodies share. What is long is compressed while the rest is rendered, on another processor.
func Compress(render func(io.Writer) error) (*Piece, error) {
	p := pipe{now: chunks.Get().(*chunk)}
	defer p.end() // when render panics, too
	err := render(&p)
	if p.full == nil {
		piece := deflate(p.now.taken(), false)
		p.now.length = 0
		chunks.Put(p.now)
		return piece, err
	}
	p.full <- p.now
	p.end()
	return <-p.done, err
}

// chunk is what goes to a compressor at a time.
type chunk struct {
	length int
	bytes  [64 << 10]byte
}

func (c *chunk) taken() []byte { return c.bytes[:c.length] }

// chunks are used again. Those that are not used are empty.
var chunks = sync.Pool{New: func() any { return new(chunk) }}

// pipe takes what is rendered to a compressor that runs beside.
type pipe struct {
	now   *chunk
	full  chan *chunk // nil until there is a first one
	done  chan *Piece
	ended bool
}

// Write copies b. It never fails.
func (p *pipe) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		if p.now.length == len(p.now.bytes) {
			p.hand()
		}
		n := copy(p.now.bytes[p.now.length:], rest)
		p.now.length, rest = p.now.length+n, rest[n:]
	}
	return len(b), nil
}

// end lets the compressor, if there is one, finish.
func (p *pipe) end() {
	if p.full != nil && !p.ended {
		p.ended = true
		close(p.full)
	}
}

// hand gives the chunk to the compressor, and takes an empty one.
func (p *pipe) hand() {
	if p.full == nil {
		p.full, p.done = make(chan *chunk, 4), make(chan *Piece, 1)
		go compress(p.full, p.done)
	}
	p.full <- p.now
	p.now = chunks.Get().(*chunk)
}

func compress(full <-chan *chunk, done chan<- *Piece) {
	var c compressor
	c.begin()
	for next := range full {
		c.take(next.taken())
		next.length = 0
		chunks.Put(next)
	}
	done <- c.end()
}

// Size is about how many bytes it takes in memory.
func (p *Piece) Size() int { return cap(p.data) + 64 }

// lastBlock ends a deflate stream, empty.
var lastBlock = []byte{3, 0}

// plain returns the bytes it stands for.
func (p *Piece) plain() ([]byte, error) {
	r := flate.NewReader(io.MultiReader(bytes.NewReader(p.data), bytes.NewReader(lastBlock)))
	out := bytes.NewBuffer(make([]byte, 0, p.length))
	_, err := io.Copy(out, r)
	return out.Bytes(), err
}

// plain returns the whole body, in memory of its own: over HTTP/2, what a reader has broken off may be read a moment longer than the handler runs.
func (b Body) plain() ([]byte, error) {
	if b.Middle == nil {
		return bytes.Clone(b.Head), nil
	}
	middle, err := b.Middle.plain()
	return append(append(append(make([]byte, 0, len(b.Head)+len(middle)+len(b.Tail)), b.Head...), middle...), b.Tail...), err
}

// gzipHead begins a gzip file (RFC 1952) of unknown time and system.
var gzipHead = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

// gzipped returns the whole body as gzip. A middle that is kept is not compressed again.
func (b Body) gzipped() []byte {
	head := deflate(b.Head, b.Middle == nil)
	pieces := []*Piece{head}
	if b.Middle != nil {
		pieces = append(pieces, b.Middle, deflate(b.Tail, true))
	}
	out := make([]byte, 0, len(gzipHead)+len(head.data)+8)
	out = append(out, gzipHead...)
	var sum uint32
	var length int
	for i, p := range pieces {
		out = append(out, p.data...)
		length += p.length
		if i == 0 {
			sum = p.sum
		} else {
			sum = joinedSum(sum, p.sum, p.length)
		}
	}
	out = binary.LittleEndian.AppendUint32(out, sum)
	return binary.LittleEndian.AppendUint32(out, uint32(length))
}

// joinedSum is the CRC-32 of two pieces after each other, from the sums of both and the length of the second: as many zero bits are put behind the first as
// the second has, by squaring the matrix that puts one there.
func joinedSum(first, second uint32, length int) uint32 {
	var matrix [32]uint32 // what one zero bit makes of each bit
	matrix[0] = crc32.IEEE
	for i := 1; i < 32; i++ {
		matrix[i] = 1 << (i - 1)
	}
	square := func() {
		old := matrix
		for i := range matrix {
			matrix[i] = times(&old, old[i])
		}
	}
	square() // two bits
	square() // four
	for n := length; n > 0; n >>= 1 {
		square() // one byte at first, then two, four...
		if n&1 == 1 {
			first = times(&matrix, first)
		}
	}
	return first ^ second
}

// times multiplies a matrix over GF(2) with a vector.
func times(matrix *[32]uint32, vector uint32) uint32 {
	var sum uint32
	for i := 0; vector != 0; i, vector = i+1, vector>>1 {
		if vector&1 == 1 {
			sum ^= matrix[i]
		}
	}
	return sum
}

// worthCompressing is how long a body must be to be compressed.
const worthCompressing = 1024

// compressible reports whether an answer of a media type is compressed for a request. What another site makes a browser ask for is not: whoever sees how long such
// answers are, and can put something into them, might guess the rest.
func compressible(r *http.Request, kind string, length int) bool {
	text := strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/json") || strings.HasPrefix(kind, "application/problem+json")
	return text && length >= worthCompressing && r.Header.Get("Sec-Fetch-Site") != "cross-site" && takesGzip(r.Header.Get("Accept-Encoding"))
}

// takesGzip reports whether an Accept-Encoding names gzip, or anything.
func takesGzip(accepted string) bool {
	for item := range strings.SplitSeq(accepted, ",") {
		name, parameters, _ := strings.Cut(item, ";")
		if name = strings.ToLower(strings.TrimSpace(name)); name != "gzip" && name != "*" {
			continue
		}
		_, q, weighed := strings.Cut(strings.ReplaceAll(parameters, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !weighed || err == nil && weight > 0
	}
	return false
}

// length is how many bytes a body has before it is compressed.
func (b Body) length() int {
	n := len(b.Head) + len(b.Tail)
	if b.Middle != nil {
		n += b.Middle.length
	}
	return n
}

// Write sends the body as the answer to a request, compressed where that is worth it. kind is its media type. An answer to HEAD, and one without content, has
// no bytes. An error says that nothing has been sent.
func (b Body) Write(w http.ResponseWriter, r *http.Request, kind string, status int) error {
	var out []byte
	var err error
	if compressible(r, kind, b.length()) {
		w.Header().Set("Content-Encoding", "gzip")
		out = b.gzipped()
	} else {
		out, err = b.plain()
	}
	if err != nil {
		return err
	}
	if status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(out)))
		w.Header().Add("Vary", "Accept-Encoding")
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out) // a reader who has gone is no error of ours
	}
	return nil
}
