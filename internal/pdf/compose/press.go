package compose

import (
	"io"
	"sync"

	"scorehouse/internal/draw"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/typeface"
)

// Press is what many documents are made with. It may be used by many goroutines.
type Press struct {
	fonts    *typeface.Set
	palettes [2]*palette
	cut      sync.Map // fonts cut down beforehand, by the characters they have
	set      shelf
	plain    bool
}

// NewPress returns a press with fonts.
func NewPress(fonts *typeface.Set) *Press {
	return &Press{fonts: fonts, palettes: [2]*palette{newPalette(Gray), newPalette(Colour)}}
}

// Plainly returns a press that sets every text anew and places nothing twice: what it prints looks and reads the same, which tests check.
func (p *Press) Plainly() *Press {
	return &Press{fonts: p.fonts, palettes: p.palettes, plain: true}
}

// cutDown returns the two fonts with some characters.
func (p *Press) cutDown(characters string) []*pdf.Font {
	if cut, ok := p.cut.Load(characters); ok {
		return cut.([]*pdf.Font)
	}
	cut := []*pdf.Font{pdf.NewFont(p.fonts.Face(typeface.Regular), characters), pdf.NewFont(p.fonts.Face(typeface.Semibold), characters)}
	p.cut.Store(characters, cut)
	return cut
}

// shelf keeps texts that have been set.
type shelf struct {
	sync.RWMutex
	texts map[shelfKey]*setText
}

type shelfKey struct {
	lead  string
	text  string
	style Style
	width float64
	tone  Tone
}

// mostKept is how many texts a press keeps. The texts of all languages are fewer.
const mostKept = 1 << 14

func (s *shelf) get(k shelfKey) *setText {
	s.RLock()
	defer s.RUnlock()
	return s.texts[k]
}

func (s *shelf) put(k shelfKey, t *setText) {
	s.Lock()
	defer s.Unlock()
	if s.texts == nil || len(s.texts) >= mostKept {
		s.texts = map[shelfKey]*setText{}
	}
	s.texts[k] = t
}

// Setter sets one document after another. It is for one goroutine.
type Setter struct {
	press  *Press
	shaper *typeface.Shaper

	// What a text is put together in.
	wording []*typeface.Shaped
	spoken  []string
	lined   []line
}

// NewSetter returns a setter.
func (p *Press) NewSetter() *Setter {
	return &Setter{press: p, shaper: typeface.NewShaper(p.fonts)}
}

// Options are how a document is set.
type Options struct {
	Paper pdf.Size
	Tone  Tone
	Info  pdf.Info
	// Characters are those that documents of the kind mostly use, where a document holds one report: fonts with them are cut down once, which
	// saves time, and texts are written where they are. Where a document holds many, leave it empty.
	Characters string
	Level      int  // of compression; 0 is a good one
	Repeats    bool // pages have much in common
}

// Job is one document being set.
type Job struct {
	*Setter
	Document *pdf.Document
	Paper    pdf.Size
	tone     Tone
	palette  *palette
	single   bool // holds one report
	// Missing reports whether a text had characters that no font has.
	Missing bool
	observe func(Mark)
	pages   int // of the document, without those in front
	fronts  int
	page    struct {
		number int     // of the page being painted, from 1; below 1 in front
		x, y   float64 // of the chart being painted
		edge   bool    // what is painted lies in head or foot
	}
}

// Mark is where something was painted, for tests of the geometry.
type Mark struct {
	Page                     int
	Kind, Text               string
	Edge                     bool // in the head or the foot of a page
	Left, Top, Right, Bottom float64
}

// Begin begins a document.
func (s *Setter) Begin(to io.Writer, o Options) *Job {
	j := &Job{Setter: s, Paper: o.Paper, tone: o.Tone, palette: s.press.palettes[o.Tone], single: o.Characters != ""}
	options := pdf.Options{Size: o.Paper, Patterns: j.palette.patterns, Level: o.Level, Repeats: o.Repeats}
	if o.Characters != "" {
		options.Fonts = s.press.cutDown(o.Characters)
	}
	j.Document = pdf.NewDocument(to, o.Info, options)
	return j
}

// see reports a mark, where somebody looks.
func (j *Job) see(kind, text string, x, y, w, h float64) {
	if j.observe != nil {
		j.observe(Mark{j.page.number, kind, text, j.page.edge, x, y, x + w, y + h})
	}
}

// Observe has every mark painted from now on reported.
func (j *Job) Observe(f func(Mark)) { j.observe = f }

// Paint returns what an ink is painted with.
func (j *Job) Paint(i draw.Ink) pdf.Paint { return j.palette.paints[i] }
