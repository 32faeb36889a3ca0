package compose

import (
	"scorehouse/internal/draw"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/typeface"
)

// Chart paints a display list with its upper left corner at x, y.
func (j *Job) Chart(c *pdf.Content, l draw.List, x, y float64) {
	j.page.x, j.page.y = x, y
	c.Into(x, y, func() {
		for _, m := range l.Marks {
			j.mark(c, m)
		}
	})
}

func (j *Job) mark(c *pdf.Content, m draw.Mark) {
	inks := j.palette.paints
	switch m := m.(type) {
	case draw.Rect:
		c.Rectangle(m.X, m.Y, m.W, m.H, inks[m.Fill], inks[m.Stroke], 1)
	case draw.Line:
		dash := 0.0
		if m.Dashed {
			dash = 2
		}
		c.Line(m.X1, m.Y1, m.X2, m.Y2, inks[m.Ink], m.Width, dash)
	case draw.Polygon:
		points := make([]float64, 0, 2*len(m.Points))
		for _, p := range m.Points {
			points = append(points, p.X, p.Y)
		}
		c.Polygon(points, inks[m.Fill], inks[m.Stroke], 1)
	case draw.Circle:
		c.Circle(m.X, m.Y, m.R, inks[m.Fill], inks[m.Stroke], m.Width)
	case draw.Text:
		j.label(c, m)
	}
}

// patterned are the inks of texts that stand on a pattern; paper behind them keeps them legible.
var patterned = map[draw.Ink]bool{draw.BelowFar.On(): true, draw.BelowMid.On(): true, draw.BelowNear.On(): true}

func (j *Job) label(c *pdf.Content, t draw.Text) {
	weight := typeface.Regular
	if t.Semibold || patterned[t.Ink] {
		weight = typeface.Semibold
	}
	shaped := j.shaper.Word(weight, typeface.Clean(t.Text))
	j.Missing = j.Missing || shaped.Missing
	w, x := float64(shaped.Width)*t.Size/1000, t.X
	switch t.Anchor {
	case draw.Middle:
		x -= w / 2
	case draw.End:
		x -= w
	}
	j.see("label", t.Text, j.page.x+x, j.page.y+t.Y-0.73*t.Size, w, 0.95*t.Size)
	if patterned[t.Ink] {
		c.Rectangle(x-2.5, t.Y-0.72*t.Size-1, w+5, 0.78*t.Size+2, j.palette.paints[draw.Paper], pdf.None, 0)
	}
	c.Text(x, t.Y, t.Size, j.press.fonts.Face(weight), j.palette.paints[t.Ink], false, shaped)
}
