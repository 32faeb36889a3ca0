package draw

// List is a chart: marks in the order they are painted, on a canvas of Width by Height. The unit is the CSS pixel
// (1/96 inch); y grows downwards.
type List struct {
	Width, Height float64
	Alt           string // what the chart says, in one or two sentences
	Marks         []Mark
}

// Mark is one thing painted: Rect, Line, Polygon, Circle or Text.
type Mark interface{ box() box }

// Rect is a rectangle with its upper left corner at X, Y.
type Rect struct {
	X, Y, W, H   float64
	Fill, Stroke Ink // a stroke is one unit wide and lies on the edge
}

// Line is a straight line. Its ends are cut square.
type Line struct {
	X1, Y1, X2, Y2 float64
	Width          float64
	Ink            Ink
	Dashed         bool
}

// Polygon is a closed shape.
type Polygon struct {
	Points       []Point
	Fill, Stroke Ink
}

// Point is a place on the canvas.
type Point struct{ X, Y float64 }

// Circle has its centre at X, Y. Its stroke is Width wide.
type Circle struct {
	X, Y, R      float64
	Fill, Stroke Ink
	Width        float64
}

// Text is one line of text; Y is its baseline.
type Text struct {
	X, Y     float64
	Anchor   Anchor
	Size     float64
	Semibold bool
	Ink      Ink
	Text     string
}

// Anchor says which part of a text lies at its X.
type Anchor int

// The anchors.
const (
	Start Anchor = iota
	Middle
	End
)

// Small is the size of texts in charts; Large that of the one number a chart is about.
const (
	Small = 13.0
	Large = 24.0
)

// box is the space a mark takes.
type box struct{ x1, y1, x2, y2 float64 }

func (r Rect) box() box {
	grow := 0.0
	if r.Stroke != None {
		grow = 0.5
	}
	return box{r.X - grow, r.Y - grow, r.X + r.W + grow, r.Y + r.H + grow}
}

func (l Line) box() box {
	x1, x2, y1, y2 := min(l.X1, l.X2), max(l.X1, l.X2), min(l.Y1, l.Y2), max(l.Y1, l.Y2)
	if x1 == x2 {
		return box{x1 - l.Width/2, y1, x2 + l.Width/2, y2}
	}
	return box{x1, y1 - l.Width/2, x2, y2 + l.Width/2}
}

func (p Polygon) box() box {
	b := box{p.Points[0].X, p.Points[0].Y, p.Points[0].X, p.Points[0].Y}
	for _, at := range p.Points[1:] {
		b = box{min(b.x1, at.X), min(b.y1, at.Y), max(b.x2, at.X), max(b.y2, at.Y)}
	}
	return b
}

func (c Circle) box() box {
	r := c.R + c.Width/2
	return box{c.X - r, c.Y - r, c.X + r, c.Y + r}
}

// ascent and descent are how far figures and letters reach from the baseline, as parts of the type size.
const ascent, descent = 0.73, 0.22

func (t Text) box() box {
	w := Measure(t.Text, t.Size, t.Semibold)
	x := t.X
	switch t.Anchor {
	case Middle:
		x -= w / 2
	case End:
		x -= w
	}
	return box{x, t.Y - ascent*t.Size, x + w, t.Y + descent*t.Size}
}

func (b box) overlaps(c box, gap float64) bool {
	return b.x1 < c.x2+gap && c.x1 < b.x2+gap && b.y1 < c.y2 && c.y1 < b.y2
}

// add appends marks.
func (l *List) add(marks ...Mark) { l.Marks = append(l.Marks, marks...) }

// label adds a text unless it leaves the canvas or comes within gap of a text already there, and reports whether
// it did. Texts are added in order of importance.
func (l *List) label(t Text, gap float64) bool {
	b := t.box()
	if t.Text == "" || b.x1 < 0 || b.y1 < 0 || b.x2 > l.Width || b.y2 > l.Height {
		return false
	}
	for _, m := range l.Marks {
		if other, ok := m.(Text); ok && b.overlaps(other.box(), gap) {
			return false
		}
	}
	l.add(t)
	return true
}

// nudge moves a centred text sideways so that it stays on the canvas.
func (l *List) nudge(t Text) Text {
	half := Measure(t.Text, t.Size, t.Semibold) / 2
	t.Anchor = Middle
	t.X = max(half, min(l.Width-half, t.X))
	return t
}
