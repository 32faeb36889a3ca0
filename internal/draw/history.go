package draw

import (
	"math"
	"strconv"
)

// Slot is a place on the time axis of a history: a year or a day. Without a Score it is a gap.
type Slot struct {
	Label, Sub           string // "2024–25", "Grade 4"
	ShortLabel, ShortSub string // used for all slots when the labels of one do not fit its column
	Scale                Scale
	Score                *Score
}

// Measures of the history chart.
const (
	historyLeft   = 44.0 // room for the numbers of the vertical scale
	historyTop    = 14.0
	historyBottom = 48.0  // room under the bands for two lines of labels
	historyHeight = 264.0 // of the whole
	valueRoom     = 26.0  // above an error bar, for the score in figures
	dotRadius     = 5.0
)

// History draws results over time on one vertical scale: behind each the bands of its own scale, since cut scores
// move from grade to grade, the line at the standard in steps, error bars, and a thin line between neighbours. A
// gap keeps its place and says so with the word none. The word standard names the line.
func History(slots []Slot, width float64, standard, none, alt string) List {
	l := List{Width: width, Height: historyHeight, Alt: alt}
	if len(slots) == 0 {
		return l
	}
	h := newHistoryPlot(slots, width, standard)
	for i := range slots {
		h.bands(&l, i)
	}
	h.grid(&l)
	for i := range slots {
		h.standardStep(&l, i)
	}
	h.joins(&l)
	for i := range slots {
		h.mark(&l, i)
	}
	h.names(&l, standard)
	short := h.short()
	for i := range slots {
		h.labels(&l, i, none, short)
	}
	return l
}

// historyPlot knows where things lie.
type historyPlot struct {
	slots                    []Slot
	left, right, top, bottom float64
	low, high                float64 // scores at bottom and top
}

func newHistoryPlot(slots []Slot, width float64, standard string) historyPlot {
	h := historyPlot{slots: slots, left: historyLeft, top: historyTop, bottom: historyHeight - historyBottom}
	h.right = width - max(Measure(standard, Small, true)+10, 24)
	h.low, h.high = math.Inf(1), math.Inf(-1)
	reach := func(v float64) { h.low, h.high = min(h.low, v), max(h.high, v) }
	for _, s := range slots {
		if s.Score == nil {
			continue
		}
		for _, v := range []float64{s.Score.Low, s.Score.Value, s.Score.High} {
			reach(v)
		}
		for _, level := range s.Scale.Levels[1:] {
			reach(level.Cut)
		}
	}
	if h.low > h.high {
		h.low, h.high = 0, 1
	}
	room := max((h.high-h.low)/10, 20)
	h.low, h.high = h.low-room, h.high+room
	h.high = max(h.high, h.roomForValues())
	return h
}

// roomForValues returns the score at the top of the plot from which on the number above the highest error bar has room.
func (h historyPlot) roomForValues() float64 {
	high := math.Inf(-1)
	for _, s := range h.slots {
		if s.Score != nil {
			high = max(high, s.Score.High)
		}
	}
	plot := h.bottom - h.top
	return h.low + (high-h.low)*plot/(plot-valueRoom)
}

func (h historyPlot) y(score float64) float64 {
	score = min(max(score, h.low), h.high)
	return h.bottom - (h.bottom-h.top)*(score-h.low)/(h.high-h.low)
}

// column returns the left and right edge of a slot.
func (h historyPlot) column(i int) (float64, float64) {
	w := (h.right - h.left) / float64(len(h.slots))
	return h.left + w*float64(i), h.left + w*float64(i+1)
}

func (h historyPlot) middle(i int) float64 {
	x1, x2 := h.column(i)
	return (x1 + x2) / 2
}

func (h historyPlot) bands(l *List, i int) {
	slot := h.slots[i]
	if slot.Score == nil {
		return
	}
	x1, x2 := h.column(i)
	for k := range slot.Scale.Levels {
		from, to := slot.Scale.Levels[k].Cut, slot.Scale.end(k)
		if k == 0 {
			from = h.low
		}
		if k == len(slot.Scale.Levels)-1 {
			to = h.high
		}
		if y1, y2 := h.y(to), h.y(from); y2-y1 > gap {
			l.add(Rect{X: x1 + gap/2, Y: y1 + gap/2, W: x2 - x1 - gap, H: y2 - y1 - gap, Fill: slot.Scale.ink(k).Tint()})
		}
	}
}

// grid writes the numbers of the vertical scale with a tick each.
func (h historyPlot) grid(l *List) {
	step := niceStep(h.high-h.low, 5)
	for v := math.Ceil(h.low/step) * step; v <= h.high; v += step {
		y := h.y(v)
		if l.label(Text{h.left - 10, y + 4.5, End, Small, false, Muted, strconv.FormatFloat(v, 'f', -1, 64)}, 2) {
			l.add(Line{h.left - 6, y, h.left, y, 1, Rule, false})
		}
	}
}

// niceStep divides a span into about n steps of 1, 2 or 5 times a power of ten, and no less than 1.
func niceStep(span float64, n int) float64 {
	raw := span / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if raw <= m*power {
			return max(1, m*power)
		}
	}
	return max(1, 10*power)
}

func (h historyPlot) standardStep(l *List, i int) {
	slot := h.slots[i]
	if slot.Score == nil {
		return
	}
	x1, x2 := h.column(i)
	for _, level := range slot.Scale.Levels[1:] {
		if level.Number == slot.Scale.Standard {
			y := h.y(level.Cut)
			l.add(Line{x1, y, x2, y, standardWidth, Dark, false})
		}
	}
}

// joins draws a thin line between neighbours that both have a score.
func (h historyPlot) joins(l *List) {
	for i := 1; i < len(h.slots); i++ {
		a, b := h.slots[i-1].Score, h.slots[i].Score
		if a != nil && b != nil {
			l.add(Line{h.middle(i - 1), h.y(a.Value), h.middle(i), h.y(b.Value), 1, Muted, false})
		}
	}
}

func (h historyPlot) mark(l *List, i int) {
	score := h.slots[i].Score
	if score == nil {
		return
	}
	x, low, high := h.middle(i), h.y(score.Low), h.y(score.High)
	x1, x2 := h.column(i)
	reach := min(5, (x2-x1)/4)
	l.add(Line{x, high, x, low, 2 + haloWidth, Paper, false}, Line{x, high, x, low, 2, Dark, false},
		Line{x - reach, high, x + reach, high, 2, Dark, false}, Line{x - reach, low, x + reach, low, 2, Dark, false},
		Circle{x, h.y(score.Value), dotRadius, Dark, Paper, 2})
}

// names writes the word for the standard at the right end of its line, and the numbers of the levels around it.
func (h historyPlot) names(l *List, standard string) {
	last := len(h.slots) - 1
	for last >= 0 && h.slots[last].Score == nil {
		last--
	}
	if last < 0 {
		return
	}
	scale := h.slots[last].Scale
	_, x := h.column(last)
	for k, level := range scale.Levels[1:] {
		if level.Number == scale.Standard && scale.Levels[k+1].Cut >= h.low {
			l.label(Text{x + 6, h.y(level.Cut) + 4.5, Start, Small, true, Dark, standard}, 2)
		}
	}
	for k, level := range scale.Levels {
		from, to := max(level.Cut, h.low), min(scale.end(k), h.high)
		if k == 0 {
			from = h.low
		}
		if k == len(scale.Levels)-1 {
			to = h.high
		}
		l.label(Text{x + 6, (h.y(from)+h.y(to))/2 + 4.5, Start, Small, false, Muted, strconv.Itoa(level.Number)}, 2)
	}
}

// labels writes what a slot is beneath it, and its score beside its mark.
func (h historyPlot) labels(l *List, i int, none string, short bool) {
	slot, x := h.slots[i], h.middle(i)
	label, sub := slot.Label, slot.Sub
	if short {
		label, sub = slot.ShortLabel, slot.ShortSub
	}
	l.label(l.nudge(Text{x, h.bottom + 20, Middle, Small, false, Dark, label}), 4)
	l.label(l.nudge(Text{x, h.bottom + 37, Middle, Small, false, Muted, sub}), 4)
	if slot.Score != nil {
		h.value(l, i)
		return
	}
	if x1, x2 := h.column(i); Measure(none, Small, false)+8 <= x2-x1 {
		l.label(Text{x, (h.top + h.bottom) / 2, Middle, Small, false, Muted, none}, 4)
	}
}

// short reports whether the labels of some slot are too wide for its column.
func (h historyPlot) short() bool {
	x1, x2 := h.column(0)
	for _, s := range h.slots {
		if max(Measure(s.Label, Small, false), Measure(s.Sub, Small, false))+4 > x2-x1 {
			return true
		}
	}
	return false
}

// value writes a score above its error bar, or below or beside it where the line at the standard is in the way.
func (h historyPlot) value(l *List, i int) {
	slot, x := h.slots[i], h.middle(i)
	x1, x2 := h.column(i)
	text := strconv.FormatFloat(slot.Score.Value, 'f', -1, 64)
	for _, t := range []Text{
		{x, h.y(slot.Score.High) - 7, Middle, Small, true, Dark, text},
		{x, h.y(slot.Score.Low) + 16, Middle, Small, true, Dark, text},
		{x + 10, h.y(slot.Score.Value) - 6, Start, Small, true, Dark, text},
		{x + 10, h.y(slot.Score.Value) + 14, Start, Small, true, Dark, text},
	} {
		b := t.box()
		if b.x1 < x1 || b.x2 > x2 || b.y1 < h.top || b.y2 > h.bottom || h.onStandard(slot.Scale, b) {
			continue
		}
		if l.label(t, 2) {
			return
		}
	}
}

// onStandard reports whether a box lies on the line at the standard.
func (h historyPlot) onStandard(s Scale, b box) bool {
	for _, level := range s.Levels {
		if y := h.y(level.Cut); level.Number == s.Standard && b.y1 < y+2 && y-2 < b.y2 {
			return true
		}
	}
	return false
}
