package draw

import "strconv"

// Interval is a share in percent of which only a range is known: Low to High, both inclusive; equal where it is known.
type Interval struct{ Low, High int }

func (v Interval) middle() float64 { return float64(v.Low+v.High) / 2 }

// text is how an interval is written where there is little room: 37, 21–30, ≤5, ≥95.
func (v Interval) text() string {
	switch {
	case v.Low == v.High:
		return strconv.Itoa(v.Low)
	case v.Low <= 0:
		return "≤" + strconv.Itoa(v.High)
	case v.High >= 100:
		return "≥" + strconv.Itoa(v.Low)
	}
	return strconv.Itoa(v.Low) + "–" + strconv.Itoa(v.High)
}

// Banded is how a group of students is spread over the performance levels, as far as readers are told: an interval for each level, lowest first, and one for all
// levels at or above the standard, whose lowest level is Standard.
type Banded struct {
	Levels   []Interval
	Above    Interval
	Standard int
}

// rough is how many points wide an interval is from which on a bar is drawn pale: its segments are where they are only about.
const rough = 5

// thick is how thick a pale bar must be for its bands to be written in it, beside the thin bar with ends.
const thick = 24

// Pale reports whether the segments of the bar are only about where they are drawn.
func (b Banded) Pale() bool {
	for _, v := range append([]Interval{b.Above}, b.Levels...) {
		if v.High-v.Low > rough {
			return true
		}
	}
	return false
}

// shares returns how wide the segments are drawn, in percent: from the middles of the intervals, made to fit the middle of the share at or above the standard.
func (b Banded) shares() []float64 {
	all := make([]float64, len(b.Levels))
	fit := func(from, to int, total float64) {
		sum := 0.0
		for i := from; i < to; i++ {
			all[i] = b.Levels[i].middle()
			sum += all[i]
		}
		for i := from; i < to; i++ {
			if sum > 0 {
				all[i] *= total / sum
			} else {
				all[i] = total / float64(to-from)
			}
		}
	}
	fit(0, b.Standard-1, 100-b.Above.middle())
	fit(b.Standard-1, len(b.Levels), b.Above.middle())
	return all
}

// FullBandedBar draws bands over the whole width: segments from their middles, pale where they are rough, with the bands written in those that have room; a line
// at the standard, and where that is not known exactly a thin bar with ends that says between what it lies. Height includes the ends of the line.
func FullBandedBar(b Banded, width, height float64, alt string) List {
	l := List{Width: width, Height: height, Alt: alt}
	unit, shares := (width-2)/100, b.shares()
	l.banded(b, shares, 1, unit, 4, height-4)
	at := func(above float64) float64 { return 1 + unit*(100-above) }
	l.standard(at(b.Above.middle()), 0, height)
	if b.Above.High > b.Above.Low {
		l.width(at(float64(b.Above.High)), at(float64(b.Above.Low)), height-8, 4)
	}
	return l
}

// NewBandedAxis returns an axis that holds all the bars, with the ends of their bands, as NewAxis does.
func NewBandedAxis(width, height float64, reference int, all ...Banded) Axis {
	a := Axis{Width: width, Height: height, Below: 10, Above: 10, Reference: reference}
	for _, b := range all {
		a.Below = max(a.Below, (100-b.Above.Low+9)/10*10)
		a.Above = max(a.Above, (b.Above.High+9)/10*10)
	}
	a.Above = max(a.Above, min(100, (reference+9)/10*10))
	a.Below, a.Above = max(a.Below, a.Above/3), max(a.Above, a.Below/3)
	return a
}

// BandedBar draws bands with the standard on the axis. Where the share at or above it is not known exactly, a thin bar with ends at the right end of the bar says
// between what it lies, and one at the left end the same of the share below.
func (a Axis) BandedBar(b Banded, thickness float64, alt string) List {
	l := List{Width: a.Width, Height: a.Height, Alt: alt, Marks: make([]Mark, 0, 20)}
	top, unit := (a.Height-thickness)/2, a.unit()
	a.reference(&l, 0, a.Height)
	l.banded(b, b.shares(), a.origin()-unit*(100-b.Above.middle()), unit, top, top+thickness)
	l.standard(a.origin(), 0, a.Height)
	if b.Above.High > b.Above.Low {
		right, left := a.origin(), a.origin()-100*unit
		l.width(right+unit*float64(b.Above.Low), right+unit*float64(b.Above.High), a.Height/2, 4)
		l.width(left+unit*float64(b.Above.Low), left+unit*float64(b.Above.High), a.Height/2, 4)
	}
	return l
}

// width paints a thin bar with ends between two places, in a halo.
func (l *List) width(low, high, y, reach float64) {
	low, high = max(low, 2.5), min(high, l.Width-2.5)
	if high-low < 2 {
		return // narrower than its own ends
	}
	l.errorBar(low, high, y, reach)
}

// banded paints the segments from x on, with an outline round them all.
func (l *List) banded(b Banded, shares []float64, x, unit, top, bottom float64) {
	left, pale := x, b.Pale()
	for i, share := range shares {
		w := unit * share
		if w < 0.05 {
			continue
		}
		ink := LevelInk(i+1, len(shares), b.Standard)
		r, text := Rect{X: x, Y: top, W: w, H: bottom - top, Fill: ink}, Text{x + w/2, (top+bottom)/2 + 4.5, Middle, Small, false, ink.On(), b.Levels[i].text()}
		if pale {
			r.Fill, text.Ink = ink.Tint(), Dark
		}
		if x > left {
			r.X, r.W = r.X+gap/2, r.W-gap/2
		}
		if i+1 < len(shares) {
			r.W -= gap / 2
		}
		r.W = max(r.W, min(1, w))
		l.add(r)
		if (!pale || bottom-top > thick) && Measure(text.Text, Small, false)+8 <= r.W {
			l.label(text, 2)
		}
		x += w
	}
	l.add(Rect{X: left, Y: top, W: x - left, H: bottom - top, Stroke: Rule})
}
