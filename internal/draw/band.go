package draw

import "strconv"

// bandEdge is the room to either side of a small band plot, for the ends of an error bar.
const bandEdge = 5.0

// Band draws a score small, for a cell of a table: pale bands, the standard, error bar and marker. All rows of a
// table share the scale, which BandHead draws once.
func Band(s Scale, score Score, width, height float64, alt string) List {
	l := List{Width: width, Height: height, Alt: alt}
	from, to, middle := bandEdge, width-bandEdge, height/2
	for i := range s.Levels {
		x1, x2 := s.place(s.Levels[i].Cut, from, to), s.place(s.end(i), from, to)
		l.segment(x1, x2, middle-7, middle+7, i > 0, i+1 < len(s.Levels), s.ink(i).Tint())
	}
	for _, level := range s.Levels[1:] {
		if level.Number == s.Standard {
			x := s.place(level.Cut, from, to)
			l.add(Line{x, middle - 11, x, middle + 11, 2, Dark, false})
		}
	}
	low, high := s.place(score.Low, from, to), s.place(score.High, from, to)
	l.add(Line{low, middle, high, middle, 2, Muted, false},
		Line{low, middle - 4, low, middle + 4, 2, Muted, false}, Line{high, middle - 4, high, middle + 4, 2, Muted, false},
		Circle{s.place(score.Value, from, to), middle, 4, Dark, Paper, 1})
	return l
}

// BandHead draws the scale of a column of Bands: its levels in full colour, and the scores at the ends and at the
// standard.
func BandHead(s Scale, width float64, alt string) List {
	const height = 30
	l := List{Width: width, Height: height, Alt: alt}
	from, to := bandEdge, width-bandEdge
	for i := range s.Levels {
		x1, x2 := s.place(s.Levels[i].Cut, from, to), s.place(s.end(i), from, to)
		l.segment(x1, x2, 3, 11, i > 0, i+1 < len(s.Levels), s.ink(i))
	}
	number := func(score float64) string { return strconv.FormatFloat(score, 'f', -1, 64) }
	for _, level := range s.Levels[1:] {
		if level.Number == s.Standard {
			x := s.place(level.Cut, from, to)
			l.add(Line{x, 0, x, 15, 2, Dark, false})
			l.label(l.nudge(Text{x, 26, Middle, Small, true, Dark, number(level.Cut)}), 4)
		}
	}
	l.label(Text{0, 26, Start, Small, false, Muted, number(s.Min)}, 4)
	l.label(Text{width, 26, End, Small, false, Muted, number(s.Max)}, 4)
	return l
}
