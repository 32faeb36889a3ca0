package draw

import "strconv"

// Scale is what scores are measured on: levels from Min to Max, each beginning at its cut.
type Scale struct {
	Min, Max float64
	Levels   []Level // ascending
	Standard int     // number of the lowest level that meets the standard
}

// Level is a band of a scale. The cut of the lowest level is the scale's minimum.
type Level struct {
	Number int
	Name   string
	Cut    float64
}

// Score is a measured score with the ends of its error band, which need not be equally far away.
type Score struct{ Value, Low, High float64 }

// end returns where a level ends.
func (s Scale) end(i int) float64 {
	if i+1 < len(s.Levels) {
		return s.Levels[i+1].Cut
	}
	return s.Max
}

// ink returns the ink of the i-th level.
func (s Scale) ink(i int) Ink { return LevelInk(s.Levels[i].Number, len(s.Levels), s.Standard) }

// place returns the position of a score between from and to; scores outside the scale lie at its ends.
func (s Scale) place(score, from, to float64) float64 {
	if s.Max <= s.Min {
		return from
	}
	return from + (to-from)*(min(max(score, s.Min), s.Max)-s.Min)/(s.Max-s.Min)
}

// Measures of the score figure, from the top.
const (
	figureTop      = 44.0 // upper edge of the segments
	figureBottom   = 76.0
	figureLevels   = 93.0  // first baseline of the names of the levels
	lineOfText     = 16.0  // from one baseline to the next
	figureEdge     = 20.0  // room to either side for half a number
	longestNameRow = 3     // lines a level's name may take
	capHeight      = 8.0   // half the height of the ends of an error bar
	haloWidth      = 3.0   // how much wider the halo of a mark is than the mark
	standardBeyond = 6.0   // how far the line at the standard reaches above the segments
	markerRadius   = 6.5   // of the score's marker
	narrowestName  = 600.0 // widths from here on show names, below only numbers
)

// ScoreFigure draws one score on its scale: a segment per level with its name, the cut scores, the standard as the
// strongest line, the score as a marker with its value, and the error band with its ends. The word standard names
// the line. Height depends on the names of the levels.
func ScoreFigure(s Scale, score Score, width float64, standard, alt string) List {
	names := s.names(width)
	below := figureLevels + lineOfText*float64(longest(names)-1) + 22 // baseline of the cut scores
	l := List{Width: width, Height: below + lineOfText + 6, Alt: alt}
	from, to := figureEdge, width-figureEdge
	for i := range s.Levels {
		x1, x2 := s.place(s.Levels[i].Cut, from, to), s.place(s.end(i), from, to)
		l.segment(x1, x2, figureTop, figureBottom, i > 0, i+1 < len(s.Levels), s.ink(i))
	}
	l.add(Rect{X: from, Y: figureTop, W: to - from, H: figureBottom - figureTop, Stroke: Rule})
	l.cuts(s, from, to, below-12)
	l.scoreMark(s, score, from, to)
	l.cutLabels(s, from, to, below, standard)
	for i := range s.Levels {
		x := (s.place(s.Levels[i].Cut, from, to) + s.place(s.end(i), from, to)) / 2
		for line, text := range names[i] {
			l.label(Text{x, figureLevels + lineOfText*float64(line), Middle, Small, false, Muted, text}, 2)
		}
	}
	return l
}

// names returns the lines to write under each segment: names where all of them fit, else numbers.
func (s Scale) names(width float64) [][]string {
	numbers, names := make([][]string, len(s.Levels)), make([][]string, len(s.Levels))
	fit := true
	for i, level := range s.Levels {
		numbers[i] = []string{strconv.Itoa(level.Number)}
		room := s.place(s.end(i), figureEdge, width-figureEdge) - s.place(level.Cut, figureEdge, width-figureEdge) - 8
		lines, ok := wrap(level.Name, Small, room, longestNameRow)
		names[i], fit = lines, fit && ok
	}
	if fit {
		return names
	}
	return numbers
}

func longest(lines [][]string) int {
	most := 1
	for _, l := range lines {
		most = max(most, len(l))
	}
	return most
}

// segment paints one level between x1 and x2, leaving half a gap at sides that have a neighbour.
func (l *List) segment(x1, x2, top, bottom float64, before, after bool, ink Ink) {
	if before {
		x1 += gap / 2
	}
	if after {
		x2 -= gap / 2
	}
	if x2 > x1 {
		l.add(Rect{X: x1, Y: top, W: x2 - x1, H: bottom - top, Fill: ink})
	}
}

// cuts paints a tick at each end and cut of the scale and the line at the standard.
func (l *List) cuts(s Scale, from, to, bottom float64) {
	l.add(Line{from, figureBottom, from, bottom, 1, Rule, false}, Line{to, figureBottom, to, bottom, 1, Rule, false})
	for _, level := range s.Levels[1:] {
		x := s.place(level.Cut, from, to)
		if level.Number != s.Standard {
			l.add(Line{x, figureBottom, x, bottom, 1, Rule, false})
			continue
		}
		l.add(Line{x, figureTop - standardBeyond, x, figureBottom, standardWidth + 2, Paper, false},
			Line{x, figureTop - standardBeyond, x, bottom, standardWidth, Dark, false})
	}
}

// cutLabels writes the scores of the cuts and ends, the standard first, as far as they have room.
func (l *List) cutLabels(s Scale, from, to, y float64, standard string) {
	number := func(score float64) string { return strconv.FormatFloat(score, 'f', -1, 64) }
	for _, level := range s.Levels {
		if level.Number == s.Standard {
			x := s.place(level.Cut, from, to)
			l.label(l.nudge(Text{x, y, Middle, Small, true, Dark, number(level.Cut)}), 6)
			l.label(l.nudge(Text{x, y + lineOfText, Middle, Small, true, Dark, standard}), 6)
		}
	}
	l.label(l.nudge(Text{from, y, Middle, Small, false, Muted, number(s.Min)}), 6)
	l.label(l.nudge(Text{to, y, Middle, Small, false, Muted, number(s.Max)}), 6)
	for _, level := range s.Levels[1:] {
		l.label(l.nudge(Text{s.place(level.Cut, from, to), y, Middle, Small, false, Muted, number(level.Cut)}), 6)
	}
}

// scoreMark paints the error band over the segments, the marker, and the score above it.
func (l *List) scoreMark(s Scale, score Score, from, to float64) {
	x, middle := s.place(score.Value, from, to), (figureTop+figureBottom)/2
	l.errorBar(s.place(score.Low, from, to), s.place(score.High, from, to), middle, capHeight)
	l.add(Circle{x, middle, markerRadius, Paper, Dark, 3},
		Polygon{[]Point{{x - 6, 29}, {x + 6, 29}, {x, 37}}, Dark, None})
	l.label(l.nudge(Text{x, 23, Middle, Large, true, Dark, strconv.FormatFloat(score.Value, 'f', -1, 64)}), 6)
}

// errorBar paints a thin horizontal bar with ends, in a halo that sets it off from what lies behind.
func (l *List) errorBar(low, high, y, reach float64) {
	for _, pass := range []struct {
		width float64
		ink   Ink
	}{{2 + haloWidth, Paper}, {2, Dark}} {
		grow := (pass.width - 2) / 2
		l.add(Line{low - grow, y, high + grow, y, pass.width, pass.ink, false},
			Line{low, y - reach - grow, low, y + reach + grow, pass.width, pass.ink, false},
			Line{high, y - reach - grow, high, y + reach + grow, pass.width, pass.ink, false})
	}
}
