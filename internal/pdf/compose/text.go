package compose

import (
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"scorehouse/internal/draw"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/typeface"
)

// Style is how a text is set. Sizes are in the unit of the page.
type Style struct {
	Size, Leading float64 // Leading is from one baseline to the next
	Weight        typeface.Weight
	Ink           draw.Ink
}

// setText is a text in lines of some width. It does not change.
type setText struct {
	style Style
	lines []line
	width float64   // of the longest line
	form  *pdf.Form // the whole text, when it is kept for many documents
	boxed bool
	more  bool // what follows on the page goes on where this ends
	text  string
}

// line is words, or a whole line whose words are not in the order of reading.
type line struct {
	words  []*typeface.Shaped
	strong int // how many of them are semibold, though the style is not
	width  float64
}

func (t *setText) height() float64 { return float64(len(t.lines)) * t.style.Leading }

// baseline is how far below the top of its line box a text stands.
func (s Style) baseline() float64 { return s.Leading/2 + 0.34*s.Size }

// longForm is from how many bytes on a kept text is a form of its own. Shorter ones cost more as objects than they save.
const longForm = 60

// kept sets a text that many documents have: once.
func (j *Job) kept(text Text, width float64) *setText {
	if j.press.plain {
		return j.once(text, width)
	}
	k := shelfKey{text.Lead, text.Text, text.Style, width, j.tone}
	if t := j.press.set.get(k); t != nil {
		j.Missing = j.Missing || t.boxed
		return t
	}
	t := j.once(text, width)
	if len(text.Text) >= longForm {
		c := pdf.NewContent()
		j.lines(c, t, 0, 0)
		t.form = pdf.NewForm(c, -2, -2, width+2, t.height()+text.Style.Size)
	}
	j.press.set.put(k, t)
	return t
}

// once sets a text that belongs to one document.
func (j *Job) once(text Text, width float64) *setText {
	s := setting{Job: j, set: &setText{style: text.Style, text: text.said()}, room: width * 1000 / text.Style.Size, now: line{words: j.wording[:0]}}
	j.lined = j.lined[:0]
	if text.Lead != "" {
		s.words(text.Lead, typeface.Semibold)
	}
	s.words(text.Text, text.Style.Weight)
	s.end()
	j.wording = s.now.words
	if s.set.lines = slices.Clone(j.lined); len(s.set.lines) == 0 {
		s.set.lines = []line{{}}
	}
	j.Missing = j.Missing || s.set.boxed
	return s.set
}

// said is the whole text.
func (t Text) said() string {
	if t.Lead == "" {
		return t.Text
	}
	return t.Lead + " " + t.Text
}

// setting is a text on its way into lines.
type setting struct {
	*Job
	set  *setText
	room float64 // thousandths of the type size
	now  line
}

// words puts words on lines.
func (s *setting) words(text string, w typeface.Weight) {
	face := s.press.fonts.Face(w)
	space := float64(face.Width(face.Space))
	for word := range strings.FieldsSeq(typeface.Clean(text)) {
		for len(word) > 0 {
			shaped := s.shaper.Word(w, word)
			if len(s.now.words) > 0 {
				if s.now.width+space+float64(shaped.Width) <= s.room {
					s.put(shaped, word, space, w)
					break
				}
				s.end()
			}
			if float64(shaped.Width) <= s.room {
				s.put(shaped, word, 0, w)
				break
			}
			n := s.fitting(word, w, s.room)
			s.put(s.shaper.Word(w, word[:n]), word[:n], 0, w)
			if word = word[n:]; len(word) > 0 {
				s.end()
			}
		}
	}
}

// put puts a word on the line, after a space.
func (s *setting) put(shaped *typeface.Shaped, word string, space float64, w typeface.Weight) {
	s.now.words = append(s.now.words, shaped)
	s.now.width += space + float64(shaped.Width)
	s.spoken = append(s.spoken, word)
	s.set.boxed = s.set.boxed || shaped.Missing
	if w != s.set.style.Weight {
		s.now.strong++
	}
}

// end ends a line.
func (s *setting) end() {
	if len(s.now.words) == 0 {
		return
	}
	if slices.ContainsFunc(s.spoken, typeface.Directed) {
		whole := s.shaper.Line(s.set.style.Weight, strings.Join(s.spoken, " "))
		s.now.words, s.now.strong, s.now.width = append(s.now.words[:0], whole), 0, float64(whole.Width)
	}
	words := s.now.words
	s.now.words = slices.Clone(words)
	s.lined = append(s.lined, s.now)
	s.set.width = max(s.set.width, s.now.width*s.set.style.Size/1000)
	s.now, s.spoken = line{words: words[:0]}, s.spoken[:0]
}

// fitting is how many bytes of a word too long for its line go on it: to the last hyphen where there is one, else as many letters as fit,
// and at least one.
func (j *Job) fitting(word string, w typeface.Weight, room float64) int {
	var ends []int // of letters with their marks
	for at, r := range word {
		if at > 0 && !unicode.In(r, unicode.Mn, unicode.Mc, unicode.Me) && r != 0x200C && r != 0x200D {
			ends = append(ends, at)
		}
	}
	ends = append(ends, len(word))
	n := sort.Search(len(ends), func(i int) bool { return float64(j.shaper.Word(w, word[:ends[i]]).Width) > room })
	if n == 0 {
		return ends[0]
	}
	if hyphen := strings.LastIndexAny(word[:ends[n-1]], "-–/"); hyphen > 0 && ends[n-1] < len(word) {
		_, size := utf8.DecodeRuneInString(word[hyphen:])
		return hyphen + size
	}
	return ends[n-1]
}

// Clip shortens a text to what fits on one line, by whole words where that leaves any.
func (j *Job) Clip(t Text, width float64) Text {
	if len(j.once(t, width).lines) == 1 {
		return t
	}
	clean := strings.Join(strings.Fields(typeface.Clean(t.Text)), " ")
	room := width * 1000 / t.Style.Size
	wide := func(s string) bool { return float64(j.shaper.Word(t.Style.Weight, s).Width) > room }
	letters := []rune(clean)
	n := sort.Search(len(letters), func(n int) bool { return wide(string(letters[:n]) + " …") }) - 1
	short := string(letters[:max(0, n)])
	if space := strings.LastIndexByte(short, ' '); space > len(short)/2 {
		short = short[:space]
	}
	t.Text = short + " …"
	return t
}

// lines paints a text with the top of its first line box at y.
func (j *Job) lines(c *pdf.Content, t *setText, x, y float64) {
	for i := range t.lines {
		j.line(c, t, i, x, y)
	}
}

// line paints line i of a text.
func (j *Job) line(c *pdf.Content, t *setText, i int, x, y float64) {
	l, style := &t.lines[i], t.style
	if len(l.words) == 0 {
		return
	}
	y += float64(i)*style.Leading + style.baseline()
	words, more := l.words, t.more || i < len(t.lines)-1
	if l.strong > 0 {
		face := j.press.fonts.Face(typeface.Semibold)
		c.Text(x, y, style.Size, face, j.palette.paints[style.Ink], more || l.strong < len(words), words[:l.strong]...)
		width := 0
		for _, w := range words[:l.strong] {
			width += w.Width + face.Width(face.Space)
		}
		words, x = words[l.strong:], x+float64(width)*style.Size/1000
	}
	if len(words) > 0 {
		c.Text(x, y, style.Size, j.press.fonts.Face(style.Weight), j.palette.paints[style.Ink], more, words...)
	}
}

// paint paints a text on a page.
func (j *Job) paint(p *pdf.Page, t *setText, x, y float64) {
	x, y = hundredth(x), hundredth(y) // so that a form lies exactly where its lines would
	j.see("text", t.text, x, y, t.width, t.height())
	if t.form != nil && !j.single { // an object of its own costs more than it saves where it is placed once
		p.Place(t.form, x, y)
	} else {
		j.lines(&p.Content, t, x, y)
	}
}

// rightward paints a text whose lines end at x.
func (j *Job) rightward(p *pdf.Page, t *setText, right, y float64) {
	for i := range t.lines {
		if l := &t.lines[i]; len(l.words) > 0 {
			x := right - l.width*t.style.Size/1000
			j.see("text", t.text, x, y+float64(i)*t.style.Leading, right-x, t.style.Leading)
			j.line(&p.Content, t, i, x, y)
		}
	}
}

func hundredth(v float64) float64 { return math.Round(v*100) / 100 }
