package pdf

import (
	"encoding/binary"
	"hash/adler32"
	"math/bits"
	"sync"
)

// A squeezer deflates quickly: it looks back once for each place, and writes with codes that were counted beforehand on what reports are made
// of, so that none are made for each stream.
type squeezer struct {
	seen [1 << squeezeBits]int32 // by hash of four bytes: where they were last, plus base
	base int32
}

const squeezeBits = 13

var squeezers = sync.Pool{New: func() any { return &squeezer{base: 1} }}

// squeeze appends a zlib stream of b with some codes.
func (s *squeezer) squeeze(to, b []byte, c *codes) []byte {
	from := len(to)
	need := from + 2*len(b) + len(c.head) + 64
	if cap(to) < need {
		to = append(make([]byte, 0, need+need/4), to...)
	}
	w := squeezing{codes: c, out: to[:need], at: from}
	w.begin()
	s.find(b, &w)
	w.end(b)
	return w.out[:w.at]
}

func load32(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
func load64(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// find writes what is new as it is and what was there before as its distance and length.
func (s *squeezer) find(b []byte, w *squeezing) {
	if s.base > 1<<30 {
		clear(s.seen[:])
		s.base = 1
	}
	base, done, i := s.base, 0, 0
	for i+8 < len(b) {
		now := load32(b, i)
		slot := &s.seen[now*2654435761>>(32-squeezeBits)]
		before := int(*slot - base)
		*slot = int32(i) + base
		if before < 0 || i-before > 32768 || load32(b, before) != now {
			i += 1 + (i-done)>>6
			continue
		}
		n := 4
		for i+n+8 <= len(b) && n < 250 {
			if x := load64(b, i+n) ^ load64(b, before+n); x != 0 {
				n += bits.TrailingZeros64(x) >> 3
				break
			}
			n += 8
		}
		n = min(n, 258)
		w.literals(b[done:i])
		w.match(n, i-before)
		if end := i + n; end+8 < len(b) {
			s.seen[load32(b, end-2)*2654435761>>(32-squeezeBits)] = int32(end-2) + base
		}
		i += n
		done = i
	}
	w.literals(b[done:])
	s.base += int32(len(b)) + 1
}

// squeezing is a stream being written.
type squeezing struct {
	*codes
	out  []byte
	at   int
	bits uint64
	n    uint
}

func (w *squeezing) begin() {
	w.at += copy(w.out[w.at:], "\x78\x01")
	w.at += copy(w.out[w.at:], w.head)
	w.bits, w.n = w.headBits, w.headRest
}

// flush writes whole bytes; at most 7 bits stay.
func (w *squeezing) flush() {
	binary.LittleEndian.PutUint64(w.out[w.at:], w.bits)
	w.at += int(w.n >> 3)
	w.bits >>= w.n &^ 7
	w.n &= 7
}

func (w *squeezing) literals(b []byte) {
	if w.counted != nil {
		w.counted.literals(b)
	}
	for len(b) >= 3 { // three of at most 15 bits
		for _, v := range b[:3] {
			c := w.letter[v]
			w.bits |= uint64(c.bits) << w.n
			w.n += uint(c.n)
		}
		w.flush()
		b = b[3:]
	}
	for _, v := range b {
		c := w.letter[v]
		w.bits |= uint64(c.bits) << w.n
		w.n += uint(c.n)
	}
	w.flush()
}

func (w *squeezing) match(length, distance int) {
	c := w.length[length-3]
	w.bits |= uint64(c.bits) << w.n
	w.n += uint(c.n)
	k, extra := distanceCode(distance)
	if w.counted != nil {
		w.counted.match(length, k)
	}
	d := w.distance[k]
	w.bits |= (uint64(d.bits) | uint64(distance-distanceBase[k])<<d.n) << w.n
	w.n += uint(d.n) + extra
	w.flush() // 7 + 15 + 5 + 15 + 13 bits at the most
}

func (w *squeezing) end(b []byte) {
	c := w.letter[endOfBlock]
	w.bits |= uint64(c.bits) << w.n
	w.n += uint(c.n)
	w.flush()
	if w.n > 0 {
		w.out[w.at] = byte(w.bits)
		w.at++
	}
	binary.BigEndian.PutUint32(w.out[w.at:], adler32.Checksum(b))
	w.at += 4
}
