package draw

// Ink names a colour by what it means.
type Ink string

// The inks. Level inks are a scale with two arms that meet at the standard; on paper each is also a pattern.
const (
	None   Ink = ""
	Dark   Ink = "ink"    // text, standard lines, markers
	Muted  Ink = "muted"  // secondary text
	Rule   Ink = "rule"   // outlines, ticks
	Hair   Ink = "hair"   // faint lines
	Paper  Ink = "paper"  // the background, for gaps and halos
	Accent Ink = "accent" // the one colour of the interface

	BelowFar  Ink = "bf" // the lowest level
	BelowMid  Ink = "bm"
	BelowNear Ink = "bn" // the level just below the standard
	AboveNear Ink = "an" // the level at the standard
	AboveMid  Ink = "am"
	AboveFar  Ink = "af" // the highest level

	ClaimBelow Ink = "cb"
	ClaimNear  Ink = "cn"
	ClaimAbove Ink = "ca"
	Caution    Ink = "caution"
)

// LevelInk returns the ink of a level, 1 being the lowest; standard is the lowest level that meets the standard.
func LevelInk(level, levels, standard int) Ink {
	if level < standard {
		return arm(level-1, standard-1, BelowFar, BelowMid, BelowNear)
	}
	return arm(levels-level, levels-standard+1, AboveFar, AboveMid, AboveNear)
}

// arm picks the ink of a level by its distance from the end of its arm, which has n levels.
func arm(fromEnd, n int, far, mid, near Ink) Ink {
	switch {
	case fromEnd <= 0:
		return far
	case fromEnd == n-1:
		return near
	}
	return mid
}

// Tint is the pale form of a level ink, for bands that lie behind other marks.
func (i Ink) Tint() Ink { return i + "-tint" }

// On is the ink of text that stands on a level ink.
func (i Ink) On() Ink { return "on-" + i }

// patterned reports whether paper shows the ink as a pattern.
func (i Ink) patterned() bool {
	switch i {
	case BelowFar, BelowMid, BelowNear, AboveNear, AboveMid, AboveFar:
		return true
	}
	return false
}
