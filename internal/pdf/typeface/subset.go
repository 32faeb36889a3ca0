package typeface

import (
	"encoding/binary"
	"slices"
)

// Subset returns a TrueType file with the outlines of the glyphs named and of what they are composed of. Glyphs keep their numbers.
// Instructions for screens of few dots are left out. The same glyphs give the same bytes.
func (f *Face) Subset(glyphs []uint16) []byte {
	s, wanted := f.font, closure(f.font, glyphs)
	count := int(wanted[len(wanted)-1]) + 1
	var glyf []byte
	loca := make([]byte, 0, 4*(count+1))
	hmtx := make([]byte, 4*count)
	next := 0
	for glyph := range count {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		if int(wanted[next]) != glyph {
			continue
		}
		next++
		binary.BigEndian.PutUint16(hmtx[4*glyph:], uint16(s.width(glyph)))
		binary.BigEndian.PutUint16(hmtx[4*glyph+2:], uint16(s.bearing(glyph)))
		glyf = append(glyf, withoutInstructions(s.outline(glyph))...)
		for len(glyf)%4 != 0 {
			glyf = append(glyf, 0)
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(s.tables["head"]), slices.Clone(s.tables["hhea"]), slices.Clone(s.tables["maxp"])
	long := 1
	if len(glyf) < 1<<17 {
		long, loca = 0, halved(loca)
	}
	binary.BigEndian.PutUint32(head[8:], 0)
	binary.BigEndian.PutUint16(head[50:], uint16(long))
	binary.BigEndian.PutUint16(hhea[34:], uint16(count))
	binary.BigEndian.PutUint16(maxp[4:], uint16(count))
	if len(maxp) >= 32 {
		clear(maxp[14:28]) // what instructions would need
		binary.BigEndian.PutUint16(maxp[14:], 2)
	}
	return assemble([]table{{"glyf", glyf}, {"head", head}, {"hhea", hhea}, {"hmtx", hmtx}, {"loca", loca}, {"maxp", maxp}})
}

// halved turns offsets of four bytes into those of two, which count pairs of bytes.
func halved(loca []byte) []byte {
	short := make([]byte, 0, len(loca)/2)
	for i := 0; i < len(loca); i += 4 {
		short = binary.BigEndian.AppendUint16(short, uint16(u32(loca, i)/2))
	}
	return short
}

// bearing is the left side bearing of a glyph.
func (s *sfnt) bearing(glyph int) int {
	hmtx := s.tables["hmtx"]
	if glyph < s.metrics {
		return i16(hmtx, 4*glyph+2)
	}
	return i16(hmtx, 4*s.metrics+2*(glyph-s.metrics))
}

// closure adds glyph 0 and the parts of composed glyphs, in order.
func closure(s *sfnt, glyphs []uint16) []uint16 {
	seen := map[uint16]bool{0: true}
	all := []uint16{0}
	add := func(g uint16) {
		if !seen[g] && int(g) < s.glyphs {
			seen[g] = true
			all = append(all, g)
		}
	}
	for _, g := range glyphs {
		add(g)
	}
	for i := 0; i < len(all); i++ {
		eachPart(s.outline(int(all[i])), func(part uint16, _ int) { add(part) })
	}
	slices.Sort(all)
	return all
}

// Flags of the parts of a composed glyph, as the TrueType specification names them.
const (
	argsAreWords    = 0x0001
	haveScale       = 0x0008
	moreComponents  = 0x0020
	haveXYScale     = 0x0040
	haveTwoByTwo    = 0x0080
	haveInstruction = 0x0100
)

// eachPart calls f for each part of a composed glyph with the place of its flags, and returns where the parts end; 0 for simple glyphs.
func eachPart(outline []byte, f func(glyph uint16, flagsAt int)) int {
	if len(outline) < 10 || i16(outline, 0) >= 0 {
		return 0
	}
	at := 10
	for at+4 <= len(outline) {
		flags := u16(outline, at)
		f(uint16(u16(outline, at+2)), at)
		at += 6
		if flags&argsAreWords != 0 {
			at += 2
		}
		switch {
		case flags&haveScale != 0:
			at += 2
		case flags&haveXYScale != 0:
			at += 4
		case flags&haveTwoByTwo != 0:
			at += 8
		}
		if flags&moreComponents == 0 {
			break
		}
	}
	return min(at, len(outline))
}

// withoutInstructions copies an outline without its instructions.
func withoutInstructions(outline []byte) []byte {
	if len(outline) < 10 {
		return nil
	}
	outline = slices.Clone(outline)
	contours := i16(outline, 0)
	if contours < 0 {
		end := eachPart(outline, func(_ uint16, at int) {
			binary.BigEndian.PutUint16(outline[at:], uint16(u16(outline, at)&^haveInstruction))
		})
		return outline[:end]
	}
	at := 10 + 2*contours
	if at+2 > len(outline) {
		return outline
	}
	length := u16(outline, at)
	if at+2+length > len(outline) {
		return outline
	}
	binary.BigEndian.PutUint16(outline[at:], 0)
	return slices.Delete(outline, at+2, at+2+length)
}

type table struct {
	name string
	data []byte
}

// assemble writes a font file: its directory, its tables in the order given (which is that of their names), and their checksums.
func assemble(tables []table) []byte {
	n := len(tables)
	power := 1
	for 2*power <= n {
		power *= 2
	}
	shift := 0
	for p := power; p > 1; p /= 2 {
		shift++
	}
	file := []byte{0, 1, 0, 0}
	for _, v := range []int{n, 16 * power, shift, 16 * (n - power)} {
		file = binary.BigEndian.AppendUint16(file, uint16(v))
	}
	from, headAt := 12+16*n, 0
	for _, t := range tables {
		if t.name == "head" {
			headAt = from
		}
		file = append(file, t.name...)
		file = binary.BigEndian.AppendUint32(file, checksum(t.data))
		file = binary.BigEndian.AppendUint32(file, uint32(from))
		file = binary.BigEndian.AppendUint32(file, uint32(len(t.data)))
		from += (len(t.data) + 3) &^ 3
	}
	for _, t := range tables {
		file = append(file, t.data...)
		for len(file)%4 != 0 {
			file = append(file, 0)
		}
	}
	binary.BigEndian.PutUint32(file[headAt+8:], 0xB1B0AFBA-checksum(file))
	return file
}

func checksum(b []byte) uint32 {
	var sum uint32
	for len(b) >= 4 {
		sum += binary.BigEndian.Uint32(b)
		b = b[4:]
	}
	if len(b) > 0 {
		var last [4]byte
		copy(last[:], b)
		sum += binary.BigEndian.Uint32(last[:])
	}
	return sum
}
