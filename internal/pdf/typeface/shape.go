package typeface

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	textbidi "golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// Box is shown for characters that no font has.
const Box = '□'

// Glyph is a shape in its place. Measures are thousandths of the type size.
type Glyph struct {
	ID      uint16
	Advance int    // to the next glyph
	X, Y    int    // offset from where the pen is; Y grows upwards
	Text    string // what it stands for; empty when the glyph before stands for it as well
}

// Run is glyphs of one font, from left to right.
type Run struct {
	Face   *Face
	Glyphs []Glyph
	// Actual is the text of the run when the texts of its glyphs, one after another, do not give it.
	Actual string
}

// Shaped is a text made ready to be painted, from left to right. It does not change.
type Shaped struct {
	Runs    []Run
	Width   int  // in thousandths of the type size
	Missing bool // some of its characters are shown as boxes
	// Codes are the glyphs as the inside of a string in an array for the PDF operator TJ, when they are all of the shipped font and stand on
	// the line; else nil.
	Codes []byte
}

// remembered is how many words a Shaper keeps.
const remembered = 1 << 14

// Shaper turns text into glyphs. It is for one goroutine.
type Shaper struct {
	set   *Set
	words [weights]map[string]*Shaped
	faces map[*Face]*font.Face
	harf  shaping.HarfbuzzShaper
	para  bidi.Paragraph
}

// NewShaper returns a shaper for a set.
func NewShaper(set *Set) *Shaper {
	s := &Shaper{set: set, faces: map[*Face]*font.Face{}}
	for w := range s.words {
		s.words[w] = map[string]*Shaped{}
	}
	return s
}

// Set returns the fonts the shaper works with.
func (s *Shaper) Set() *Set { return s.set }

// Clean composes a text and takes out what does not belong on paper: control characters, marks of direction, broken bytes. Line ends and
// other spaces become spaces; spaces that do not break stay.
func Clean(text string) string {
	plain := true
	for i := 0; i < len(text) && plain; i++ {
		plain = text[i] >= ' ' && text[i] < 0x7f
	}
	if plain {
		return text
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return '\uFFFD'
		case r == 0x200C || r == 0x200D || r == 0x2068 || r == 0x2069:
			return r // joiners and isolates
		case r == 0x85 || r == 0x2028 || r == 0x2029 || r < ' ' && unicode.IsSpace(r) || unicode.Is(unicode.Zs, r) && r != 0xA0 && r != 0x202F:
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs) || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0000 || r&0xFFFE == 0xFFFE:
			return -1
		}
		return r
	}, text)
	return norm.NFC.String(text)
}

// Directed reports whether a text has letters that are written from right to left.
func Directed(text string) bool {
	for _, r := range text {
		if r < 0x590 {
			continue
		}
		if p, _ := textbidi.LookupRune(r); p.Class() == textbidi.R || p.Class() == textbidi.AL {
			return true
		}
	}
	return false
}

// Word shapes a clean text that stays on one line and is remembered. Letters are in the order of the language they belong to.
func (s *Shaper) Word(w Weight, text string) *Shaped {
	if known, ok := s.words[w][text]; ok {
		return known
	}
	if len(s.words[w]) >= remembered {
		clear(s.words[w])
	}
	shaped := s.Line(w, text)
	s.words[w][strings.Clone(text)] = shaped
	return shaped
}

// Line shapes a clean text whose main direction is from left to right, with whatever it has from right to left in the order of paper.
func (s *Shaper) Line(w Weight, text string) *Shaped {
	shaped := &Shaped{}
	if Directed(text) {
		s.bothWays(shaped, w, []rune(text))
	} else {
		s.oneWay(shaped, w, isolates([]rune(text)), di.DirectionLTR)
	}
	for _, run := range shaped.Runs {
		for _, g := range run.Glyphs {
			shaped.Width += g.Advance
		}
	}
	shaped.Codes = codes(s.set.shipped[w], shaped.Runs)
	return shaped
}

// isolates takes out the marks that set off a name of the other direction.
func isolates(text []rune) []rune {
	return slices.DeleteFunc(text, func(r rune) bool { return r == 0x2068 || r == 0x2069 })
}

// leftToRight is a mark in front of a text that makes its main direction from left to right.
const leftToRight = '\u200E'

// bothWays shapes the runs of a text and puts them in the order of paper.
func (s *Shaper) bothWays(shaped *Shaped, w Weight, text []rune) {
	text = append([]rune{leftToRight}, text...)
	segments := s.para.Segment(text, bidi.LeftToRight)
	var runs []bidi.Run
	for i := range segments.NumRuns() {
		runs = append(runs, segments.Run(i))
	}
	reorder(runs)
	for _, r := range runs {
		part := slices.DeleteFunc(isolates(slices.Clone(text[r.Start:r.End])), func(r rune) bool { return r == leftToRight })
		direction := di.DirectionLTR
		if !r.IsLeftToRight() {
			direction = di.DirectionRTL
		}
		s.oneWay(shaped, w, part, direction)
	}
}

// reorder puts runs in the order in which they are painted: rule L2 of the bidirectional algorithm.
func reorder(runs []bidi.Run) {
	highest := bidi.Level(0)
	for _, r := range runs {
		highest = max(highest, r.Level)
	}
	for level := highest; level > 0; level-- {
		for from := 0; from < len(runs); from++ {
			to := from
			for to < len(runs) && runs[to].Level >= level {
				to++
			}
			if to > from {
				slices.Reverse(runs[from:to])
				from = to
			}
		}
	}
}

// piece is characters of one script and one font.
type piece struct {
	face     *Face
	script   language.Script
	from, to int
}

// oneWay shapes text of one direction. Pieces of a text from right to left are painted last to first.
func (s *Shaper) oneWay(shaped *Shaped, w Weight, text []rune, direction di.Direction) {
	shown, pieces := s.pieces(shaped, w, text)
	if direction == di.DirectionRTL {
		slices.Reverse(pieces)
	}
	for _, p := range pieces {
		shaped.Runs = append(shaped.Runs, s.shape(p, shown, text, direction)...)
	}
}

// pieces cuts a text where script or font change. Characters without a font become boxes in the text shown.
func (s *Shaper) pieces(shaped *Shaped, w Weight, text []rune) (shown []rune, pieces []piece) {
	shown = text
	var last *piece
	for i, r := range text {
		script, face := language.LookupScript(r), (*Face)(nil)
		if !script.Strong() && last != nil {
			script = last.script
		}
		joins := r == 0x200C || r == 0x200D || unicode.Is(unicode.Mn, r)
		if last != nil && (joins || !unicode.IsLetter(r)) && (last.face.Has(r) || r == 0x200C || r == 0x200D) {
			face = last.face
		} else if face = s.set.find(w, r); face == nil {
			face, shaped.Missing = s.set.shipped[w], true
			if &shown[0] == &text[0] {
				shown = slices.Clone(text)
			}
			shown[i] = Box
		}
		if last != nil && last.face == face && (last.script == script || !last.script.Strong()) && (shown[i] != Box || text[i] == Box) {
			last.to, last.script = i+1, script
			continue
		}
		pieces = append(pieces, piece{face, script, i, i + 1})
		last = &pieces[len(pieces)-1]
	}
	return shown, pieces
}

// plainLetters are the features of letters that always stand for themselves.
var plainLetters = []shaping.FontFeature{{Tag: opentype.MustNewTag("liga")}, {Tag: opentype.MustNewTag("clig")}}

// shape shapes one piece: one run, or several where part of it needs its actual text.
func (s *Shaper) shape(p piece, shown, text []rune, direction di.Direction) []Run {
	face, ok := s.faces[p.face]
	if !ok {
		face = font.NewFace(p.face.shaping)
		s.faces[p.face] = face
	}
	in := shaping.Input{Text: shown, RunStart: p.from, RunEnd: p.to, Direction: direction, Face: face,
		Size: fixed.Int26_6(p.face.font.units << 6), Script: p.script, Language: "en"}
	if p.script == language.Latin || p.script == language.Cyrillic || p.script == language.Greek || !p.script.Strong() {
		in.FontFeatures = plainLetters
	}
	out := s.harf.ShapeNoExtents(in)
	var runs []Run
	for i := 0; i < len(out.Glyphs); {
		g := out.Glyphs[i]
		n := max(1, g.GlyphsCount())
		n = min(n, len(out.Glyphs)-i)
		from := g.TextIndex()
		stands := string(text[from:min(from+max(1, g.RunesCount()), len(text))])
		cluster, actual := s.cluster(p.face, out.Glyphs[i:i+n], stands)
		i += n
		if last := len(runs) - 1; last >= 0 && actual == "" && runs[last].Actual == "" {
			runs[last].Glyphs = append(runs[last].Glyphs, cluster...)
			continue
		}
		runs = append(runs, Run{Face: p.face, Glyphs: cluster, Actual: actual})
	}
	return runs
}

// cluster converts the glyphs that together stand for some text. Actual is that text when the glyph's own character differs, or when
// there are several glyphs.
func (s *Shaper) cluster(f *Face, glyphs []shaping.Glyph, stands string) (all []Glyph, actual string) {
	for i, g := range glyphs {
		one := Glyph{ID: uint16(g.GlyphID), Advance: f.thousandths(int(g.Advance) >> 6), X: f.thousandths(int(g.XOffset) >> 6), Y: f.thousandths(int(g.YOffset) >> 6)}
		if i == 0 {
			one.Text = stands
		}
		all = append(all, one)
	}
	letter := f.Letter(all[0].ID)
	if len(glyphs) > 1 || letter != 0 && string(letter) != stands {
		actual = stands
	}
	return all, actual
}

// codes writes glyphs as the inside of a string in an array for TJ: two bytes a glyph. Where the next glyph is not where the width would put
// it, the string ends, a number follows and another string begins. It answers nil when the runs need more than that.
func codes(face *Face, runs []Run) []byte {
	b := []byte{}
	for _, run := range runs {
		if run.Face != face || run.Actual != "" {
			return nil
		}
		for _, g := range run.Glyphs {
			if g.X != 0 || g.Y != 0 || g.Text == "" {
				return nil
			}
			b = AppendCode(b, g.ID)
			if kern := face.Width(g.ID) - g.Advance; kern != 0 {
				b = append(b, ')')
				b = appendInt(b, kern)
				b = append(b, '(')
			}
		}
	}
	return b
}

// AppendCode writes the code of a glyph inside a literal string.
func AppendCode(b []byte, glyph uint16) []byte {
	for _, c := range [2]byte{byte(glyph >> 8), byte(glyph)} {
		switch c {
		case '(', ')', '\\':
			b = append(b, '\\', c)
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, c)
		}
	}
	return b
}

func appendInt(b []byte, n int) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	if n >= 10 {
		b = appendInt(b, n/10)
	}
	return append(b, byte('0'+n%10))
}
