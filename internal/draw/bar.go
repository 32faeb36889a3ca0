package draw

import "strconv"

// Spread is how a group of students is spread over the performance levels: whole percents that add up to 100,
// lowest level first. Standard is the lowest level that meets the standard.
type Spread struct {
	Percents []int
	Standard int
}

func (s Spread) below() int {
	sum := 0
	for _, p := range s.Percents[:s.Standard-1] {
		sum += p
	}
	return sum
}

func (s Spread) above() int {
	sum := 0
	for _, p := range s.Percents[s.Standard-1:] {
		sum += p
	}
	return sum
}

// gap is the white space between two segments; standardWidth that of the line at the standard.
const gap, standardWidth = 2.0, 3.0

// FullBar draws a spread over the whole width, with the percents in the segments that have room and a line at the
// standard. Height includes the ends of that line.
func FullBar(s Spread, width, height float64, alt string) List {
	l := List{Width: width, Height: height, Alt: alt}
	top, bottom := 4.0, height-4
	unit := (width - 2) / 100
	l.segments(s, 1, unit, top, bottom)
	l.standard(1+unit*float64(s.below()), 0, height)
	return l
}

// Axis is the common scale of the bars in a column that are aligned at the standard: how many percent it reaches
// to either side.
type Axis struct {
	Width, Height float64
	Below, Above  int
	Reference     int // percent at or above the standard of the group to compare with; negative draws no line
}

// NewAxis returns an axis that holds all the spreads, rounded up to the next ten percent, and at least a quarter
// of the width to either side.
func NewAxis(width, height float64, reference int, spreads ...Spread) Axis {
	a := Axis{Width: width, Height: height, Below: 10, Above: 10, Reference: reference}
	for _, s := range spreads {
		a.Below = max(a.Below, (s.below()+9)/10*10)
		a.Above = max(a.Above, (s.above()+9)/10*10)
	}
	a.Above = max(a.Above, min(100, (reference+9)/10*10))
	a.Below, a.Above = max(a.Below, a.Above/3), max(a.Above, a.Below/3)
	return a
}

// Wider returns an axis that holds what either of two holds.
func (a Axis) Wider(b Axis) Axis {
	a.Below, a.Above = max(a.Below, b.Below), max(a.Above, b.Above)
	return a
}

func (a Axis) unit() float64   { return (a.Width - 4) / float64(a.Below+a.Above) }
func (a Axis) origin() float64 { return 2 + a.unit()*float64(a.Below) }

// Bar draws a spread with its standard on the axis. The line at the standard and the one at the reference reach
// from top to bottom, so that rows beneath each other share them.
func (a Axis) Bar(s Spread, thickness float64, alt string) List {
	l := List{Width: a.Width, Height: a.Height, Alt: alt, Marks: make([]Mark, 0, 16)}
	top := (a.Height - thickness) / 2
	a.reference(&l, 0, a.Height)
	l.segments(s, a.origin()-a.unit()*float64(s.below()), a.unit(), top, top+thickness)
	l.standard(a.origin(), 0, a.Height)
	return l
}

// Empty draws the lines of the axis without a bar, for rows that have nothing to show.
func (a Axis) Empty() List {
	l := List{Width: a.Width, Height: a.Height}
	a.reference(&l, 0, a.Height)
	l.add(Line{a.origin(), 0, a.origin(), a.Height, standardWidth, Dark, false})
	return l
}

// Head draws the head of the column: what lies to either side of the standard, and where the reference is.
func (a Axis) Head(below, standard, above string) List {
	const height, baseline = 28, 13
	l := List{Width: a.Width, Height: height, Alt: below + ", " + above}
	l.add(Line{a.origin(), 4, a.origin(), height, standardWidth, Dark, false})
	left := l.label(Text{a.origin() - 8, baseline, End, Small, false, Muted, below}, 4)
	right := l.label(Text{a.origin() + 8, baseline, Start, Small, false, Muted, above}, 4)
	if !left && !right {
		l.label(Text{a.origin() + 8, baseline, Start, Small, false, Muted, standard}, 4)
	}
	return l
}

func (a Axis) reference(l *List, top, bottom float64) {
	if a.Reference >= 0 {
		x := a.origin() + a.unit()*float64(a.Reference)
		l.add(Line{x, top, x, bottom, 1, Rule, true})
	}
}

// segments paints the levels from x on, one unit per percent, with an outline round them all.
func (l *List) segments(s Spread, x, unit, top, bottom float64) {
	left := x
	for i, p := range s.Percents {
		if p == 0 {
			continue
		}
		level := i + 1
		w := unit * float64(p)
		r := Rect{X: x, Y: top, W: w, H: bottom - top, Fill: LevelInk(level, len(s.Percents), s.Standard)}
		if x > left {
			r.X, r.W = r.X+gap/2, r.W-gap/2
		}
		if level < len(s.Percents) {
			r.W -= gap / 2
		}
		r.W = max(r.W, min(1, w))
		l.add(r)
		text := Text{x + w/2, (top+bottom)/2 + 4.5, Middle, Small, false, r.Fill.On(), strconv.Itoa(p)}
		if Measure(text.Text, Small, false)+8 <= r.W {
			l.label(text, 2)
		}
		x += w
	}
	l.add(Rect{X: left, Y: top, W: x - left, H: bottom - top, Stroke: Rule})
}

// standard paints the line at the standard with a white gap to either side.
func (l *List) standard(x, top, bottom float64) {
	x = max(standardWidth/2, min(l.Width-standardWidth/2, x))
	halo := min(standardWidth+2, 2*x, 2*(l.Width-x))
	l.add(Line{x, top, x, bottom, halo, Paper, false}, Line{x, top, x, bottom, standardWidth, Dark, false})
}
