package compose

import (
	"math"
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
	text  string
}

// line is words, or a whole line whose words are not in the order of reading.
type line struct {
	words []*typeface.Shaped
	width float64
}

func (t *setText) height() float64 { return float64(len(t.lines)) * t.style.Leading }

// baseline is how far below the top of its line box a text stands.
func (s Style) baseline() float64 { return s.Leading/2 + 0.34*s.Size }

// longForm is from how many bytes on a kept text is a form of its own. Shorter ones cost more as objects than they save.
const longForm = 60

// kept sets a text that many documents have: once.
func (j *Job) kept(text string, style Style, width float64) *setText {
	if j.press.plain {
		return j.once(text, style, width)
	}
	k := shelfKey{text, style, width, j.tone}
	if t := j.press.set.get(k); t != nil {
		j.Missing = j.Missing || t.boxed
		return t
	}
	t := j.once(text, style, width)
	if len(text) >= longForm {
		c := pdf.NewContent()
		j.lines(c, t, 0, 0)
		t.form = pdf.NewForm(c, -2, -2, width+2, t.height()+style.Size)
	}
	j.press.set.put(k, t)
	return t
}

// once sets a text that belongs to one document.
func (j *Job) once(text string, style Style, width float64) *setText {
	t := &setText{style: style, text: text}
	clean := typeface.Clean(text)
	space := float64(j.press.fonts.Face(style.Weight).Width(j.press.fonts.Face(style.Weight).Space))
	room := width * 1000 / style.Size
	var now line
	var said []string
	end := func() {
		if len(now.words) > 0 {
			if typeface.Directed(strings.Join(said, " ")) {
				whole := j.shaper.Line(style.Weight, strings.Join(said, " "))
				now = line{[]*typeface.Shaped{whole}, float64(whole.Width)}
			}
			t.lines = append(t.lines, now)
			t.width = max(t.width, now.width*style.Size/1000)
		}
		now, said = line{}, said[:0]
	}
	for _, word := range strings.Fields(clean) {
		for len(word) > 0 {
			shaped := j.shaper.Word(style.Weight, word)
			t.boxed = t.boxed || shaped.Missing
			w := float64(shaped.Width)
			if len(now.words) > 0 {
				if now.width+space+w <= room {
					now.words, now.width, said = append(now.words, shaped), now.width+space+w, append(said, word)
					break
				}
				end()
			}
			if w <= room {
				now, said = line{[]*typeface.Shaped{shaped}, w}, append(said, word)
				break
			}
			n := j.fitting(word, style.Weight, room)
			part := j.shaper.Word(style.Weight, word[:n])
			now, said = line{[]*typeface.Shaped{part}, float64(part.Width)}, append(said, word[:n])
			if word = word[n:]; len(word) > 0 {
				end()
			}
		}
	}
	end()
	if len(t.lines) == 0 {
		t.lines = []line{{}}
	}
	j.Missing = j.Missing || t.boxed
	return t
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
	if len(j.once(t.Text, t.Style, width).lines) == 1 {
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
	face := j.press.fonts.Face(t.style.Weight)
	for i, l := range t.lines {
		if len(l.words) > 0 {
			c.Text(x, y+float64(i)*t.style.Leading+t.style.baseline(), t.style.Size, face, j.palette.paints[t.style.Ink], i < len(t.lines)-1, l.words...)
		}
	}
}

// paint paints a text on a page.
func (j *Job) paint(p *pdf.Page, t *setText, x, y float64) {
	x, y = hundredth(x), hundredth(y) // so that a form lies exactly where its lines would
	j.see("text", t.text, x, y, t.width, t.height())
	if t.form != nil {
		p.Place(t.form, x, y)
	} else {
		j.lines(&p.Content, t, x, y)
	}
}

// rightward paints a text of one line that ends at x.
func (j *Job) rightward(p *pdf.Page, t *setText, right, y float64) {
	face := j.press.fonts.Face(t.style.Weight)
	for i, l := range t.lines {
		if len(l.words) > 0 {
			x := right - l.width*t.style.Size/1000
			j.see("text", t.text, x, y+float64(i)*t.style.Leading, right-x, t.style.Leading)
			p.Text(x, y+float64(i)*t.style.Leading+t.style.baseline(), t.style.Size, face, j.palette.paints[t.style.Ink], i < len(t.lines)-1, l.words...)
		}
	}
}

func hundredth(v float64) float64 { return math.Round(v*100) / 100 }
