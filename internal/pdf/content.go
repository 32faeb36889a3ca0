package pdf

import (
	"strconv"

	"scorehouse/internal/pdf/typeface"
)

// Content is drawing: operators and the glyphs they use.
type Content struct {
	b    []byte
	uses *uses
	font *typeface.Face
	size float64
	fill string
}

// NewContent returns empty drawing, for a form or a pattern.
func NewContent() *Content { return &Content{uses: &uses{}} }

// Paint is what a shape is filled or stroked with.
type Paint struct{ fill, stroke string }

// None paints nothing.
var None = Paint{}

// RGB is a colour of the screen: 0x064977.
func RGB(hex uint32) Paint {
	var b []byte
	for shift := 16; shift >= 0; shift -= 8 {
		b = append(thousandth(b, int(hex>>shift&0xff)*1000/255), ' ')
	}
	return Paint{string(b) + "rg\n", string(b) + "RG\n"}
}

// Gray is a shade: 0 black, 1 white.
func Gray(level float64) Paint {
	b := string(append(thousandth(nil, int(level*1000+0.5)), ' '))
	return Paint{b + "g\n", b + "G\n"}
}

func thousandth(b []byte, n int) []byte {
	switch {
	case n <= 0:
		return append(b, '0')
	case n >= 1000:
		return append(b, '1')
	}
	b = append(b, '.', byte('0'+n/100))
	if n%100 != 0 {
		b = append(b, byte('0'+n/10%10))
		if n%10 != 0 {
			b = append(b, byte('0'+n%10))
		}
	}
	return b
}

// PatternPaint fills with a pattern of the document's options.
func PatternPaint(i int) Paint {
	return Paint{"/Pattern cs/P" + strconv.Itoa(i) + " scn\n", ""}
}

// Bytes is the operators, for comparisons.
func (c *Content) Bytes() []byte { return c.b }

func (c *Content) setFill(p Paint) {
	if c.fill != p.fill {
		c.b, c.fill = append(c.b, p.fill...), p.fill
	}
}

// paint ends a path.
func (c *Content) paint(fill, stroke Paint, closed bool) {
	switch {
	case fill != None && stroke != None:
		c.b = append(c.b, "B\n"...)
	case fill != None:
		c.b = append(c.b, "f\n"...)
	case stroke != None && closed:
		c.b = append(c.b, "s\n"...)
	case stroke != None:
		c.b = append(c.b, "S\n"...)
	default:
		c.b = append(c.b, "n\n"...)
	}
}

// begin sets what a path is painted with, in front of it.
func (c *Content) begin(fill, stroke Paint, width float64) {
	if fill != None {
		c.setFill(fill)
	}
	if stroke != None {
		c.b = append(append(nums(c.b, width), "w "...), stroke.stroke...)
	}
}

// Rectangle paints a rectangle with its upper left corner at x, y.
func (c *Content) Rectangle(x, y, w, h float64, fill, stroke Paint, width float64) {
	c.begin(fill, stroke, width)
	c.b = append(nums(c.b, x, y, w, h), "re "...)
	c.paint(fill, stroke, false)
}

// Line paints a straight line with square ends, dashed when dash is more than 0.
func (c *Content) Line(x1, y1, x2, y2 float64, stroke Paint, width, dash float64) {
	c.begin(None, stroke, width)
	if dash > 0 {
		c.b = append(nums(append(c.b, '['), dash, dash*1.5), "]0 d "...)
	}
	c.b = append(nums(c.b, x1, y1), "m "...)
	c.b = append(nums(c.b, x2, y2), "l "...)
	c.paint(None, stroke, false)
	if dash > 0 {
		c.b = append(c.b, "[]0 d\n"...)
	}
}

// Polygon paints a closed shape: x and y of each corner in turn.
func (c *Content) Polygon(points []float64, fill, stroke Paint, width float64) {
	c.begin(fill, stroke, width)
	for i := 0; i+1 < len(points); i += 2 {
		c.b = nums(c.b, points[i], points[i+1])
		if i == 0 {
			c.b = append(c.b, "m "...)
		} else {
			c.b = append(c.b, "l "...)
		}
	}
	c.b = append(c.b, "h "...)
	c.paint(fill, stroke, true)
}

// arc is how far the handles of a quarter of a circle reach, as a part of its radius.
const arc = 0.5523

// Circle paints a circle round x, y.
func (c *Content) Circle(x, y, r float64, fill, stroke Paint, width float64) {
	c.begin(fill, stroke, width)
	k := arc * r
	c.b = append(nums(c.b, x+r, y), "m "...)
	c.b = append(nums(c.b, x+r, y+k, x+k, y+r, x, y+r), "c "...)
	c.b = append(nums(c.b, x-k, y+r, x-r, y+k, x-r, y), "c "...)
	c.b = append(nums(c.b, x-r, y-k, x-k, y-r, x, y-r), "c "...)
	c.b = append(nums(c.b, x+k, y-r, x+r, y-k, x+r, y), "c h "...)
	c.paint(fill, stroke, false)
}

// Into runs a drawing with its origin moved to x, y.
func (c *Content) Into(x, y float64, draw func()) {
	c.b = append(nums(append(c.b, "q 1 0 0 1 "...), x, y), "cm\n"...)
	font, size, fill := c.font, c.size, c.fill
	draw()
	c.font, c.size, c.fill = font, size, fill
	c.b = append(c.b, "Q\n"...)
}

// Text paints words in one line, with a space of the shipped font between them, from x on the baseline y. More says that the text goes on
// in another line: a space ends this one, so that those who read aloud or copy keep the words apart.
func (c *Content) Text(x, y, size float64, face *typeface.Face, fill Paint, more bool, words ...*typeface.Shaped) {
	c.setFill(fill)
	c.b = append(c.b, "BT "...)
	c.setFont(face, size)
	c.b = append(nums(append(c.b, "1 0 0 -1 "...), x, y), "Tm["...)
	inside := false // a string of codes is open
	open := func() {
		if !inside {
			c.setFontInside(face, size)
			c.b, inside = append(c.b, '('), true
		}
	}
	for i, w := range words {
		if i > 0 {
			open()
			c.space(face)
		}
		if w.Codes != nil {
			open()
			c.b = append(c.b, w.Codes...)
			c.uses.word(face, w)
			continue
		}
		if inside {
			c.b, inside = append(c.b, ')'), false
		}
		for _, run := range w.Runs {
			c.run(run, size)
		}
	}
	if more {
		open()
		c.space(face)
	}
	if inside {
		c.b = append(c.b, ')')
	}
	c.b = append(c.b, "]TJ ET\n"...)
}

func (c *Content) space(face *typeface.Face) {
	c.uses.glyph(face, typeface.Glyph{ID: face.Space, Text: " "})
	c.b = typeface.AppendCode(c.b, face.Space)
}

func (c *Content) setFont(face *typeface.Face, size float64) {
	if c.font == face && c.size == size {
		return
	}
	c.font, c.size = face, size
	c.b = append(strconv.AppendInt(append(c.b, "/F"...), int64(face.Index), 10), ' ')
	c.b = append(nums(c.b, size), "Tf "...)
}

// setFontInside changes the font in the middle of an array of TJ.
func (c *Content) setFontInside(face *typeface.Face, size float64) {
	if c.font != face || c.size != size {
		c.b = append(c.b, "]TJ "...)
		c.setFont(face, size)
		c.b = append(c.b, '[')
	}
}

// run paints glyphs that need more than their widths to find their place, in the middle of an array of TJ.
func (c *Content) run(run typeface.Run, size float64) {
	c.setFontInside(run.Face, size)
	if run.Actual != "" {
		c.b = append(text(append(c.b, "]TJ/Span<</ActualText"...), run.Actual), ">>BDC["...)
	}
	rise := 0
	for _, g := range run.Glyphs {
		c.uses.glyph(run.Face, g)
		if g.Y != rise {
			rise = g.Y
			c.b = append(nums(append(c.b, "]TJ "...), float64(rise)*size/1000), "Ts["...)
		}
		if g.X != 0 {
			c.b = append(strconv.AppendInt(c.b, int64(-g.X), 10), ' ')
		}
		c.b = append(typeface.AppendCode(append(c.b, '('), g.ID), ')')
		if back := g.X + run.Face.Width(g.ID) - g.Advance; back != 0 {
			c.b = append(strconv.AppendInt(c.b, int64(back), 10), ' ')
		}
	}
	if rise != 0 {
		c.b = append(c.b, "]TJ 0 Ts["...)
	}
	if run.Actual != "" {
		c.b = append(c.b, "]TJ EMC["...)
	}
}
