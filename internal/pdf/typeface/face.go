package typeface

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-text/typesetting/font"
)

// Face is one font. It may be used by many goroutines.
type Face struct {
	Name  string // PostScript name
	Index int    // its place in the set, the same whenever the set is opened with the same files
	Space uint16 // the glyph between words; 0 when there is none

	font    *sfnt
	shaping *font.Font
	letters []rune // by glyph: the character whose glyph it is; 0 for others
}

// NewFace reads a TrueType font.
func NewFace(file []byte, index int) (*Face, error) {
	s, err := parse(file)
	if err != nil {
		return nil, fmt.Errorf("read font: %w", err)
	}
	parsed, err := font.ParseTTF(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("read font %s: %w", s.name, err)
	}
	f := &Face{Name: s.name, Index: index, font: s, shaping: parsed.Font, letters: make([]rune, s.glyphs)}
	for it := parsed.Cmap.Iter(); it.Next(); {
		r, glyph := it.Char()
		if int(glyph) < len(f.letters) && (f.letters[glyph] == 0 || r < f.letters[glyph]) && r >= ' ' && !presentation(r) {
			f.letters[glyph] = r
		}
	}
	if space, ok := parsed.NominalGlyph(' '); ok {
		f.Space = uint16(space)
	}
	return f, nil
}

// presentation reports whether a character is only the form that an Arabic letter takes in a word.
func presentation(r rune) bool { return r >= 0xFB50 && r <= 0xFDFF || r >= 0xFE70 && r <= 0xFEFE }

// Letter returns the character whose glyph it is, 0 for glyphs that stand for several or for a form of one.
func (f *Face) Letter(glyph uint16) rune {
	if int(glyph) >= len(f.letters) {
		return 0
	}
	return f.letters[glyph]
}

// Glyphs returns the numbers of the glyphs of characters, in order, without those the font lacks.
func (f *Face) Glyphs(letters string) []uint16 {
	var all []uint16
	for _, r := range letters {
		if g, ok := f.shaping.NominalGlyph(r); ok {
			all = append(all, uint16(g))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Has reports whether the font has a glyph for a character.
func (f *Face) Has(r rune) bool {
	_, ok := f.shaping.NominalGlyph(r)
	return ok
}

// Width is the advance width of a glyph in thousandths of the type size.
func (f *Face) Width(glyph uint16) int { return f.thousandths(f.font.width(int(glyph))) }

// thousandths converts units of the font, rounded.
func (f *Face) thousandths(units int) int {
	n := 2000*units + f.font.units
	if n < 0 {
		return -((-2000*units + f.font.units) / (2 * f.font.units))
	}
	return n / (2 * f.font.units)
}

// Metrics are what the description of a font in a document says, in thousandths of the type size.
type Metrics struct {
	Ascent, Descent, Capitals, Weight, ItalicAngle int
	Box                                            [4]int
}

// Metrics returns the measures of the font.
func (f *Face) Metrics() Metrics {
	m := Metrics{Ascent: f.thousandths(f.font.ascent), Descent: f.thousandths(f.font.descent), Capitals: f.thousandths(f.font.capitals),
		Weight: f.font.weight, ItalicAngle: f.font.italicAngle}
	for i, v := range f.font.box {
		m.Box[i] = f.thousandths(v)
	}
	return m
}
