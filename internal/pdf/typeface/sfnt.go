package typeface

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
)

// sfnt is a TrueType file as tables, with the few numbers from them that a PDF needs.
type sfnt struct {
	tables                    map[string][]byte
	glyphs                    int // how many there are
	units                     int // to the em
	metrics                   int // glyphs with an advance width of their own; the others have the last one's
	longOffsets               bool
	ascent, descent, capitals int // in units
	weight                    int // 400 regular, 700 bold
	italicAngle               int
	box                       [4]int
	name                      string // PostScript name
}

var errNoTrueType = errors.New("not a TrueType font with outlines")

func u16(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
func i16(b []byte, at int) int { return int(int16(binary.BigEndian.Uint16(b[at:]))) }
func u32(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }

// parse reads a font file. Fonts whose licence bits forbid embedding are refused.
func parse(file []byte) (*sfnt, error) {
	if len(file) < 12 || u32(file, 0) != 0x00010000 && string(file[:4]) != "true" {
		return nil, errNoTrueType
	}
	s := &sfnt{tables: map[string][]byte{}}
	for i := range u16(file, 4) {
		at := 12 + 16*i
		if at+16 > len(file) {
			return nil, errNoTrueType
		}
		from, length := u32(file, at+8), u32(file, at+12)
		if from > len(file) || length > len(file)-from {
			return nil, fmt.Errorf("table %q lies beyond the end of the file", file[at:at+4])
		}
		s.tables[string(file[at:at+4])] = file[from : from+length]
	}
	for table, least := range map[string]int{"head": 54, "hhea": 36, "maxp": 6, "hmtx": 4, "loca": 4, "glyf": 0, "cmap": 4} {
		if t, ok := s.tables[table]; !ok || len(t) < least {
			return nil, errNoTrueType
		}
	}
	return s, s.numbers()
}

func (s *sfnt) numbers() error {
	head, hhea, os2 := s.tables["head"], s.tables["hhea"], s.tables["OS/2"]
	s.units, s.longOffsets = u16(head, 18), u16(head, 50) == 1
	for i := range s.box {
		s.box[i] = i16(head, 36+2*i)
	}
	s.ascent, s.descent = i16(hhea, 4), i16(hhea, 6)
	s.metrics, s.glyphs = u16(hhea, 34), u16(s.tables["maxp"], 4)
	if s.units == 0 || s.glyphs == 0 || s.metrics == 0 || s.metrics > s.glyphs || len(s.tables["hmtx"]) < 4*s.metrics+2*(s.glyphs-s.metrics) {
		return errNoTrueType
	}
	if width := 2; len(s.tables["loca"]) < (s.glyphs+1)*width<<boolInt(s.longOffsets) {
		return errNoTrueType
	}
	s.weight, s.capitals = 400, s.ascent*7/10
	if len(os2) >= 78 {
		s.weight = u16(os2, 4)
		if u16(os2, 8)&0x0002 != 0 {
			return errors.New("its licence forbids embedding")
		}
		if u16(os2, 0) >= 2 && len(os2) >= 90 && i16(os2, 88) > 0 {
			s.capitals = i16(os2, 88)
		}
	}
	if post := s.tables["post"]; len(post) >= 8 {
		s.italicAngle = i16(post, 4)
	}
	s.name = s.postScriptName()
	return nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// postScriptName is the name of the font in documents: letters, digits and hyphens.
func (s *sfnt) postScriptName() string {
	table, name := s.tables["name"], []byte(nil)
	if len(table) >= 6 {
		for i := range u16(table, 2) {
			at := 6 + 12*i
			if at+12 > len(table) {
				break
			}
			from, length := u16(table, 4)+u16(table, at+10), u16(table, at+8)
			if u16(table, at+6) != 6 || from+length > len(table) {
				continue
			}
			name = table[from : from+length]
			if platform := u16(table, at); platform == 3 || platform == 0 {
				var units []uint16
				for i := 0; i+1 < len(name); i += 2 {
					units = append(units, uint16(u16(name, i)))
				}
				name = []byte(string(utf16.Decode(units)))
				break
			}
		}
	}
	var clean []byte
	for _, c := range name {
		if c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			clean = append(clean, c)
		}
	}
	if len(clean) == 0 {
		return "Unnamed"
	}
	return string(clean)
}

// width is the advance width of a glyph in units.
func (s *sfnt) width(glyph int) int {
	return u16(s.tables["hmtx"], 4*min(glyph, s.metrics-1))
}

// outline is the description of a glyph, empty when there is nothing to paint.
func (s *sfnt) outline(glyph int) []byte {
	if glyph >= s.glyphs {
		return nil
	}
	loca, glyf := s.tables["loca"], s.tables["glyf"]
	var from, to int
	if s.longOffsets {
		from, to = u32(loca, 4*glyph), u32(loca, 4*glyph+4)
	} else {
		from, to = 2*u16(loca, 2*glyph), 2*u16(loca, 2*glyph+2)
	}
	if from >= to || to > len(glyf) {
		return nil
	}
	return glyf[from:to]
}
