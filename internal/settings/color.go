package settings

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"scorehouse/internal/edu"
)

// Color is red, green and blue.
type Color struct{ R, G, B uint8 }

// ParseColor reads #rgb or #rrggbb.
func ParseColor(s string) (Color, bool) {
	digits, ok := strings.CutPrefix(s, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	n, err := strconv.ParseUint(digits, 16, 24)
	if !ok || len(digits) != 6 || err != nil {
		return Color{}, false
	}
	return Color{uint8(n >> 16), uint8(n >> 8), uint8(n)}, true
}

// String writes the colour as style sheets do.
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

var white, black = Color{255, 255, 255}, Color{}

// luminance is the relative luminance of WCAG 2.
func (c Color) luminance() float64 {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// Contrast is the contrast ratio of WCAG 2 between two colours: 1 to 21.
func Contrast(a, b Color) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Tint is the colour laid thinly on white, for bands that lie behind other marks.
func (c Color) Tint() Color {
	thin := func(v uint8) uint8 { return uint8(math.Round(255 - (255-float64(v))*0.24)) }
	return Color{thin(c.R), thin(c.G), thin(c.B)}
}

// legible is black or white, whichever can be read better on a colour.
func (c Color) legible() Color {
	if Contrast(c, white) >= Contrast(c, black) {
		return white
	}
	return black
}

// LevelColor is the colour of a level and of the figures that stand on it.
type LevelColor struct{ Ground, Text Color }

// Palette are the colours of the levels, the lowest first.
type Palette []LevelColor

// fewestLevels and mostLevels are how many colours a palette may have.
const fewestLevels, mostLevels = 2, 6

// Classic are the colours of the system before this one, with figures that can be read on them.
var Classic = paletteOf("#bb231c", "#e4c904", "#6aa506", "#237ccb")

// Ours are the colours of pages where nothing is set, for a subject that is to have them beside others.
var Ours = paletteOf("#8c3b00", "#f2b36b", "#8cc5e3", "#0b4f7d")

// Themes are palettes that a document may name.
var Themes = map[string]Palette{"classic": Classic, "scorehouse": Ours}

func paletteOf(grounds ...string) Palette {
	var p Palette
	for _, text := range grounds {
		c, ok := ParseColor(text)
		if !ok {
			panic("settings: no colour " + text) // a constant
		}
		p = append(p, LevelColor{c, c.legible()})
	}
	return p
}

// theme reads the name of a palette.
func (s *Settings) theme(where string, subject edu.Subject, text json.RawMessage) {
	var name string
	if err := json.Unmarshal(text, &name); err != nil {
		s.fail(where, "theme is %.40s: use a name in quotation marks", text)
		return
	}
	p, ok := Themes[name]
	if !ok {
		s.fail(where, "there is no theme %q; there are classic and scorehouse", name)
		return
	}
	s.Palettes[subject] = p
}

// colors reads a list of colours, the lowest level first.
func (s *Settings) colors(where string, subject edu.Subject, text json.RawMessage) {
	var all []struct {
		Text  string `json:"text_color"`
		Flat  string `json:"bg_color"`
		Start string `json:"start_gradient_bg_color"`
		End   string `json:"end_gradient_bg_color"`
	}
	if string(text) == "null" {
		return
	}
	if err := json.Unmarshal(text, &all); err != nil || len(all) < fewestLevels || len(all) > mostLevels {
		s.fail(where, "colors must be a list of %d to %d, one for each level, such as {\"text_color\": \"#ffffff\", \"bg_color\": \"#bb231c\"}", fewestLevels, mostLevels)
		return
	}
	var p Palette
	for i, c := range all {
		ground, ok := ParseColor(c.Flat)
		if !ok {
			s.fail(where, "colors: level %d: bg_color %q is not a colour such as #bb231c; our colours are used", i+1, c.Flat)
			return
		}
		level := LevelColor{ground, ground.legible()}
		if c.Text != "" {
			if level.Text, ok = ParseColor(c.Text); !ok {
				s.fail(where, "colors: level %d: text_color %q is not a colour such as #ffffff; our colours are used", i+1, c.Text)
				return
			}
		}
		p = append(p, level)
	}
	s.judge(where, p)
	s.Palettes[subject] = p
}

// Least contrasts: of figures (WCAG 2.2, 1.4.3), and of neighbours where colour is gone.
const readable, distinct = 4.5, 1.2

// judge warns of colours that some people cannot tell apart.
func (s *Settings) judge(where string, p Palette) {
	for i, c := range p {
		if x := Contrast(c.Ground, c.Text); x < readable {
			s.warn(where, "colors: level %d: figures in %s on %s have a contrast of %.1f to 1; people with low vision need %.1f (%s would give %.1f)",
				i+1, c.Text, c.Ground, x, readable, c.Ground.legible(), Contrast(c.Ground, c.Ground.legible()))
		}
		if i > 0 && Contrast(c.Ground, p[i-1].Ground) < distinct {
			s.warn(where, "colors: levels %d and %d (%s, %s) are about as light as each other: without colour they look the same", i, i+1, p[i-1].Ground, c.Ground)
		}
	}
}
