package draw

// iconSize is the width and height of an icon.
const iconSize = 16.0

// ClaimIcon draws the level of a claim: 1 below (a triangle pointing down), 2 near (a circle, half filled),
// 3 above (a triangle pointing up). Any other level is empty. It always stands beside its word.
func ClaimIcon(level int) List {
	l := List{Width: iconSize, Height: iconSize}
	switch level {
	case 1:
		l.add(Polygon{[]Point{{2, 4}, {14, 4}, {8, 13}}, ClaimBelow, None})
	case 2:
		l.add(Circle{8, 8, 5, Paper, ClaimNear, 2}, halfDisc(8, 8, 5, ClaimNear))
	case 3:
		l.add(Polygon{[]Point{{2, 12}, {14, 12}, {8, 3}}, ClaimAbove, None})
	}
	return l
}

// halfDisc is the left half of a circle as a polygon.
func halfDisc(x, y, r float64, ink Ink) Polygon {
	at := []Point{{x, y - r}}
	for _, p := range []Point{{-0.383, -0.924}, {-0.707, -0.707}, {-0.924, -0.383}, {-1, 0}, {-0.924, 0.383}, {-0.707, 0.707}, {-0.383, 0.924}, {0, 1}} {
		at = append(at, Point{x + r*p.X, y + r*p.Y})
	}
	return Polygon{at, ink, None}
}

// PartialIcon draws the sign of an unfinished test: a circle, half filled.
func PartialIcon() List {
	l := List{Width: iconSize, Height: iconSize}
	l.add(Circle{8, 8, 5, Paper, Caution, 2}, halfDisc(8, 8, 5, Caution))
	return l
}

// InvalidIcon draws the sign of an invalid test: a circle with a stroke through it.
func InvalidIcon() List {
	l := List{Width: iconSize, Height: iconSize}
	l.add(Circle{8, 8, 5.5, Paper, Caution, 2}, Line{4, 12, 12, 4, 2, Caution, false})
	return l
}

// Swatch draws a sample of a level's ink with its number, for keys.
func Swatch(level, levels, standard int, number string) List {
	ink := LevelInk(level, levels, standard)
	l := List{Width: 20, Height: 20}
	l.add(Rect{X: 0.5, Y: 0.5, W: 19, H: 19, Fill: ink, Stroke: Rule})
	l.label(Text{10, 14.5, Middle, Small, false, ink.On(), number}, 0)
	return l
}
