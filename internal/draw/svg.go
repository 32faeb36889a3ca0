package draw

import (
	"html"
	"math"
	"strconv"
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
func SVG(l List, o Options) string { return string(AppendSVG(nil, l, o)) }

// AppendSVG appends what SVG returns: pages have hundreds of charts.
func AppendSVG(b []byte, l List, o Options) []byte {
	b = append(b, `<svg class="draw`...)
	if o.Class != "" {
		b = append(append(b, ' '), html.EscapeString(o.Class)...)
	}
	b = append(b, '"')
	b = attr(attr(b, "width", l.Width), "height", l.Height)
	b = append(b, ` viewBox="0 0 `...)
	b = append(number(b, l.Width), ' ')
	b = append(number(b, l.Height), '"')
	if o.Crop {
		b = append(b, ` preserveAspectRatio="xMidYMid slice"`...)
	}
	if o.Hidden || l.Alt == "" {
		b = append(b, ` aria-hidden="true" focusable="false">`...)
	} else {
		b = append(b, ` role="img" aria-label="`...)
		b = append(b, html.EscapeString(l.Alt)...)
		b = append(b, `">`...)
	}
	for _, m := range l.Marks {
		b = emit(b, m)
	}
	return append(b, "</svg>"...)
}

func emit(b []byte, m Mark) []byte {
	switch m := m.(type) {
	case Rect:
		b = append(b, "<rect"...)
		b = attr(attr(attr(attr(b, "x", m.X), "y", m.Y), "width", m.W), "height", m.H)
		b = paint(b, m.Fill, m.Stroke, 1)
	case Line:
		b = append(b, "<line"...)
		b = attr(attr(attr(attr(b, "x1", m.X1), "y1", m.Y1), "x2", m.X2), "y2", m.Y2)
		b = append(append(append(b, ` class="s-`...), m.Ink...), '"')
		if m.Width != 1 {
			b = attr(b, "stroke-width", m.Width)
		}
		if m.Dashed {
			b = append(b, ` stroke-dasharray="2 3"`...)
		}
	case Polygon:
		b = append(b, `<polygon points="`...)
		for i, p := range m.Points {
			if i > 0 {
				b = append(b, ' ')
			}
			b = number(append(number(b, p.X), ','), p.Y)
		}
		b = paint(append(b, '"'), m.Fill, m.Stroke, 1)
	case Circle:
		b = append(b, "<circle"...)
		b = attr(attr(attr(b, "cx", m.X), "cy", m.Y), "r", m.R)
		b = paint(b, m.Fill, m.Stroke, m.Width)
	case Text:
		return emitText(b, m)
	}
	return append(b, "/>"...)
}

func emitText(b []byte, t Text) []byte {
	b = append(b, "<text"...)
	b = attr(attr(b, "x", t.X), "y", t.Y)
	b = append(append(b, ` class="t-`...), t.Ink...)
	if t.Semibold {
		b = append(b, " semibold"...)
	}
	b = append(b, '"')
	if t.Size != Small {
		b = attr(b, "font-size", t.Size)
	}
	switch t.Anchor {
	case Middle:
		b = append(b, ` text-anchor="middle"`...)
	case End:
		b = append(b, ` text-anchor="end"`...)
	}
	b = append(append(b, '>'), html.EscapeString(t.Text)...)
	return append(b, "</text>"...)
}

// paint appends the class and the attributes of a fill and a stroke.
func paint(b []byte, fill, stroke Ink, width float64) []byte {
	b = append(b, ` class="`...)
	if fill != None {
		b = append(append(b, "f-"...), fill...)
	}
	if stroke != None {
		if fill != None {
			b = append(b, ' ')
		}
		b = append(append(b, "s-"...), stroke...)
	}
	b = append(b, '"')
	switch {
	case fill == None:
		b = append(b, ` fill="none"`...)
	case fill.patterned():
		b = append(append(append(b, ` fill="url(#p-`...), fill...), `)"`...)
	}
	if stroke != None && width != 1 {
		b = attr(b, "stroke-width", width)
	}
	return b
}

func attr(b []byte, name string, v float64) []byte {
	b = append(append(append(b, ' '), name...), `="`...)
	return append(number(b, v), '"')
}

// number appends a measure with at most two decimals.
func number(b []byte, v float64) []byte {
	hundredths := int64(math.Round(v * 100))
	if hundredths < 0 {
		b, hundredths = append(b, '-'), -hundredths
	}
	b = strconv.AppendInt(b, hundredths/100, 10)
	if rest := hundredths % 100; rest != 0 {
		b = append(b, '.', byte('0'+rest/10))
		if rest%10 != 0 {
			b = append(b, byte('0'+rest%10))
		}
	}
	return b
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
