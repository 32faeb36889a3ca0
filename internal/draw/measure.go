package draw

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:generate go run fonts/measure.go

// block is a run of characters with their advance widths.
type block struct {
	first             rune
	regular, semibold []uint16
}

// fallback is the width assumed for characters the font lacks; wide scripts (Chinese, Japanese, Korean) are square.
const fallback, square = 640, 1000

// Measure returns how wide a text is in Source Sans 3 at a size, in the unit of the size. Kerning is not counted,
// so the answer is seldom too small; characters of other scripts are estimated.
func Measure(text string, size float64, semibold bool) float64 {
	sum := 0
	for _, r := range text {
		sum += advance(r, semibold)
	}
	return float64(sum) * size / 1000
}

func advance(r rune, semibold bool) int {
	if (r >= 0x300 || r == 0xAD) && unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	for _, b := range widths {
		if r < b.first || r >= b.first+rune(len(b.regular)) {
			continue
		}
		w := b.regular[r-b.first]
		if semibold {
			w = b.semibold[r-b.first]
		}
		if w > 0 {
			return int(w)
		}
	}
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
		return square
	}
	return fallback
}

// shortestLine is how many letters a line of a broken text must have: a lone figure under a word reads badly.
const shortestLine = 4

// wrap breaks a text at spaces into as few lines no wider than width as it can, of about the same length. It answers false when a single
// word is wider, more than most lines are needed, or a line would be very short.
func wrap(text string, size, width float64, most int) ([]string, bool) {
	lines, ok := fill(text, size, width)
	if !ok || len(lines) > most {
		return nil, false
	}
	for len(lines) > 1 {
		longest := 0.0
		for _, l := range lines {
			longest = max(longest, Measure(l, size, false))
		}
		even, ok := fill(text, size, longest-0.5) // moves a word of the longest line on
		if !ok || len(even) > len(lines) {
			break
		}
		lines = even
	}
	for _, l := range lines {
		if len(lines) > 1 && utf8.RuneCountInString(l) < shortestLine {
			return nil, false
		}
	}
	return lines, true
}

// fill breaks a text at spaces into lines no wider than width, each as long as it can be. It answers false when a single word is wider.
func fill(text string, size, width float64) ([]string, bool) {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if Measure(word, size, false) > width {
			return nil, false
		}
		if joined := strings.TrimSpace(line + " " + word); Measure(joined, size, false) <= width {
			line = joined
			continue
		}
		lines, line = append(lines, line), word
	}
	return append(lines, line), true
}
