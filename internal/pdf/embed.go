package pdf

import (
	"bytes"
	"crypto/sha256"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"scorehouse/internal/pdf/typeface"
)

// uses are the glyphs used of each font.
type uses []use

type use struct {
	face  *typeface.Face
	bits  []uint64          // by glyph
	texts map[uint16]string // of glyphs that are no character's own
}

func (u *uses) of(face *typeface.Face) *use {
	for i := range *u {
		if (*u)[i].face == face {
			return &(*u)[i]
		}
	}
	*u = append(*u, use{face: face})
	return &(*u)[len(*u)-1]
}

func (u *uses) glyph(face *typeface.Face, g typeface.Glyph) {
	one := u.of(face)
	if one.set(g.ID) && face.Letter(g.ID) == 0 && g.Text != "" {
		if one.texts == nil {
			one.texts = map[uint16]string{}
		}
		if one.texts[g.ID] == "" {
			one.texts[g.ID] = g.Text
		}
	}
}

// word notes the glyphs of a word of one font.
func (u *uses) word(face *typeface.Face, w *typeface.Shaped) {
	one := u.of(face)
	for r := range w.Runs {
		glyphs := w.Runs[r].Glyphs
		for i := range glyphs {
			id := glyphs[i].ID
			if at := int(id) >> 6; at >= len(one.bits) || one.bits[at]>>(id&63)&1 == 0 || face.Letter(id) == 0 {
				u.glyph(face, glyphs[i])
			}
		}
	}
}

// set notes a glyph and reports whether its text may be unknown still.
func (u *use) set(glyph uint16) bool {
	word := int(glyph) >> 6
	for len(u.bits) <= word {
		u.bits = append(u.bits, 0)
	}
	was := u.bits[word]
	u.bits[word] = was | 1<<(glyph&63)
	return u.bits[word] != was || u.texts[glyph] == ""
}

// add notes what a form uses.
func (u *uses) add(more uses) {
	for _, m := range more {
		one := u.of(m.face)
		for len(one.bits) < len(m.bits) {
			one.bits = append(one.bits, 0)
		}
		for i, w := range m.bits {
			one.bits[i] |= w
		}
		for glyph, text := range m.texts {
			if one.texts == nil {
				one.texts = map[uint16]string{}
			}
			if one.texts[glyph] == "" {
				one.texts[glyph] = text
			}
		}
	}
}

func (u uses) sort() {
	slices.SortFunc(u, func(a, b use) int { return a.face.Index - b.face.Index })
}

func (u *use) glyphs() []uint16 {
	var all []uint16
	for i, w := range u.bits {
		for ; w != 0; w &= w - 1 {
			all = append(all, uint16(i*64+bits.TrailingZeros64(w)))
		}
	}
	return all
}

// Font is a font cut down and compressed, ready for documents.
type Font struct {
	face                  *typeface.Face
	bits                  []uint64
	name, widths          string
	program, characterMap []byte // deflated
	length                int    // of the program
}

// NewFont cuts a font down to the glyphs of some characters, beforehand.
func NewFont(face *typeface.Face, characters string) *Font {
	u := &use{face: face}
	for _, g := range face.Glyphs(characters) {
		u.set(g)
	}
	return newFont(u, 9)
}

// serves reports whether the font has all the glyphs.
func (f *Font) serves(u *use) bool {
	if len(u.texts) > 0 {
		return false
	}
	for i, w := range u.bits {
		if w != 0 && (i >= len(f.bits) || w&^f.bits[i] != 0) {
			return false
		}
	}
	return true
}

func newFont(u *use, level int) *Font {
	glyphs := u.glyphs()
	program := u.face.Subset(glyphs)
	f := &Font{face: u.face, bits: slices.Clone(u.bits), length: len(program), program: deflate(program, level),
		characterMap: deflate(characterMap(u, glyphs), level)}
	f.name = "/" + tag(program) + "+" + u.face.Name
	b := []byte{'['}
	for i := 0; i < len(glyphs); {
		b = append(strconv.AppendInt(b, int64(glyphs[i]), 10), '[')
		for first := i; i < len(glyphs) && int(glyphs[i]) == int(glyphs[first])+i-first; i++ {
			b = append(strconv.AppendInt(b, int64(u.face.Width(glyphs[i])), 10), ' ')
		}
		b = append(b, ']')
	}
	f.widths = string(append(b, ']'))
	return f
}

// tag is the six letters in front of the name of a font that is not whole.
func tag(program []byte) string {
	sum := sha256.Sum256(program)
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = 'A' + sum[i]%26
	}
	return string(letters)
}

func deflate(b []byte, level int) []byte {
	var out bytes.Buffer
	w := deflater(&out, level)
	_, _ = w.Write(b) // into memory
	_ = w.Close()
	deflaters[level].Put(w)
	return out.Bytes()
}

// characterMap says which text each glyph stands for. Glyphs that others speak for are an invisible space. Neighbours that stand for neighbours
// are written together.
func characterMap(u *use, glyphs []uint16) []byte {
	b := []byte("/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def" +
		"/CMapName/Adobe-Identity-UCS def/CMapType 2 def 1 begincodespacerange<0000><FFFF>endcodespacerange\n")
	var lines []string
	for len(glyphs) > 0 {
		n := 1
		stands := u.stands(glyphs[0])
		for n < len(glyphs) && glyphs[n] == glyphs[0]+uint16(n) && glyphs[n]&0xff != 0 && follows(stands, u.stands(glyphs[n]), n) {
			n++
		}
		line := hex(nil, []byte{byte(glyphs[0] >> 8), byte(glyphs[0])})
		line = hex(line, []byte{byte(glyphs[n-1] >> 8), byte(glyphs[n-1])})
		var units []byte
		for _, unit := range utf16.Encode([]rune(stands)) {
			units = append(units, byte(unit>>8), byte(unit))
		}
		lines, glyphs = append(lines, string(hex(line, units))), glyphs[n:]
	}
	for len(lines) > 0 {
		n := min(100, len(lines))
		b = append(strconv.AppendInt(b, int64(n), 10), " beginbfrange\n"...)
		b = append(append(b, strings.Join(lines[:n], "\n")...), "\nendbfrange\n"...)
		lines = lines[n:]
	}
	return append(b, "endcmap CMapName currentdict/CMap defineresource pop end end"...)
}

// stands is the text that a glyph stands for.
func (u *use) stands(g uint16) string {
	if r := u.face.Letter(g); r != 0 {
		return string(r)
	}
	if u.texts[g] == "" {
		return "\u200B"
	}
	return u.texts[g]
}

// follows reports whether a text is the character n after another one, in the same 256.
func follows(first, text string, n int) bool {
	a, b := []rune(first), []rune(text)
	return len(a) == 1 && len(b) == 1 && b[0] == a[0]+rune(n) && b[0] < 0x10000 && b[0]>>8 == a[0]>>8
}

// write writes the objects of the font and returns the number of the one that resources name.
func (f *Font) write(to *file) int {
	font, descendant, descriptor, program, cmap := to.number(), to.number(), to.number(), to.number(), to.number()
	to.raw(program, "/Length1 "+strconv.Itoa(f.length)+"/Filter/FlateDecode", f.program)
	to.raw(cmap, "/Filter/FlateDecode", f.characterMap)
	m := f.face.Metrics()
	b := []byte("<</Type/FontDescriptor/FontName" + f.name + "/Flags 4/FontBBox[")
	for _, v := range m.Box {
		b = append(strconv.AppendInt(b, int64(v), 10), ' ')
	}
	for _, v := range []struct {
		key   string
		value int
	}{{"]/ItalicAngle ", m.ItalicAngle}, {"/Ascent ", m.Ascent}, {"/Descent ", m.Descent}, {"/CapHeight ", m.Capitals}, {"/StemV ", 10 + m.Weight/5}} {
		b = strconv.AppendInt(append(b, v.key...), int64(v.value), 10)
	}
	to.object(descriptor, append(ref(append(b, "/FontFile2 "...), program), ">>"...))
	b = ref([]byte("<</Type/Font/Subtype/CIDFontType2/BaseFont"+f.name+"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity/DW 0/W"+f.widths+"/FontDescriptor "), descriptor)
	to.object(descendant, append(b, ">>"...))
	b = ref([]byte("<</Type/Font/Subtype/Type0/BaseFont"+f.name+"/Encoding/Identity-H/DescendantFonts["), descendant)
	to.object(font, append(ref(append(b, "]/ToUnicode "...), cmap), ">>"...))
	return font
}
