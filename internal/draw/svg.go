package draw

import (
	"html"
	"math"
	"strconv"
	"strings"
)

// Options say how a list is emitted.
type Options struct {
	// Hidden leaves the alternative out and hides the chart from assistive technology, because the same numbers
	// stand beside it.
	Hidden bool
	Class  string // of the svg element, beside "draw"
	// Crop lets a style sheet make the chart less high than it is: the middle shows. For charts in rows of tables,
	// which are lower on paper.
	Crop bool
}

// SVG returns the list as an inline SVG element without style attributes: inks are class names, which the style
// sheet colours. Level inks also name their pattern, which shows where no style sheet sets a fill (print); Patterns
// must then be on the page once.
func SVG(l List, o Options) string {
	var b strings.Builder
	class := "draw"
	if o.Class != "" {
		class += " " + o.Class
	}
	w, h := number(l.Width), number(l.Height)
	b.WriteString(`<svg class="` + html.EscapeString(class) + `" width="` + w + `" height="` + h + `" viewBox="0 0 ` + w + " " + h + `"`)
	if o.Crop {
		b.WriteString(` preserveAspectRatio="xMidYMid slice"`)
	}
	if o.Hidden || l.Alt == "" {
		b.WriteString(` aria-hidden="true" focusable="false">`)
	} else {
		b.WriteString(` role="img" aria-label="` + html.EscapeString(l.Alt) + `">`)
	}
	for _, m := range l.Marks {
		emit(&b, m)
	}
	b.WriteString("</svg>")
	return b.String()
}

func emit(b *strings.Builder, m Mark) {
	switch m := m.(type) {
	case Rect:
		b.WriteString(`<rect` + attr("x", m.X) + attr("y", m.Y) + attr("width", m.W) + attr("height", m.H) + paint(m.Fill, m.Stroke, 1) + "/>")
	case Line:
		b.WriteString(`<line` + attr("x1", m.X1) + attr("y1", m.Y1) + attr("x2", m.X2) + attr("y2", m.Y2) + paint(None, m.Ink, m.Width))
		if m.Dashed {
			b.WriteString(` stroke-dasharray="2 3"`)
		}
		b.WriteString("/>")
	case Polygon:
		b.WriteString(`<polygon points="`)
		for i, p := range m.Points {
			if i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(number(p.X) + "," + number(p.Y))
		}
		b.WriteString(`"` + paint(m.Fill, m.Stroke, 1) + "/>")
	case Circle:
		b.WriteString(`<circle` + attr("cx", m.X) + attr("cy", m.Y) + attr("r", m.R) + paint(m.Fill, m.Stroke, m.Width) + "/>")
	case Text:
		emitText(b, m)
	}
}

func emitText(b *strings.Builder, t Text) {
	class := "t-" + string(t.Ink)
	if t.Semibold {
		class += " semibold"
	}
	b.WriteString(`<text` + attr("x", t.X) + attr("y", t.Y) + ` class="` + class + `"`)
	if t.Size != Small {
		b.WriteString(attr("font-size", t.Size))
	}
	switch t.Anchor {
	case Middle:
		b.WriteString(` text-anchor="middle"`)
	case End:
		b.WriteString(` text-anchor="end"`)
	}
	b.WriteString(">" + html.EscapeString(t.Text) + "</text>")
}

// paint returns the class and the attributes of a fill and a stroke.
func paint(fill, stroke Ink, width float64) string {
	class, more := "", ""
	switch {
	case fill == None:
		more = ` fill="none"`
	case fill.patterned():
		class, more = "f-"+string(fill), ` fill="url(#p-`+string(fill)+`)"`
	default:
		class = "f-" + string(fill)
	}
	if stroke != None {
		class = strings.TrimSpace(class + " s-" + string(stroke))
		if width != 1 {
			more += attr("stroke-width", width)
		}
	}
	return ` class="` + class + `"` + more
}

func attr(name string, v float64) string { return " " + name + `="` + number(v) + `"` }

// number writes a measure with at most two decimals.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// Patterns returns the patterns of the level inks, to be placed once on a page.
func Patterns() string {
	return `<svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false"><defs>` +
		`<pattern id="p-bf" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="5" height="5" class="f-paper"/><rect width="2.6" height="5" class="f-bf"/></pattern>` +
		`<pattern id="p-bm" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="4" height="4" class="f-paper"/><rect width="1.2" height="4" class="f-bm"/></pattern>` +
		`<pattern id="p-bn" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" class="f-paper"/><circle cx="2.5" cy="2.5" r="1" class="f-dots"/></pattern>` +
		`<pattern id="p-an" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="4" height="4" class="f-an"/></pattern>` +
		`<pattern id="p-am" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="4" height="4" class="f-am"/></pattern>` +
		`<pattern id="p-af" width="4" height="4" patternUnits="userSpaceOnUse"><rect width="4" height="4" class="f-af"/></pattern>` +
		`</defs></svg>`
}
