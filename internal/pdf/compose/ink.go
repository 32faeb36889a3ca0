package compose

import (
	"scorehouse/internal/draw"
	"scorehouse/internal/pdf"
)

// Tone is in what inks a document is printed.
type Tone int

// The tones. Levels have the same patterns in both, so that they read the same.
const (
	Gray Tone = iota
	Colour
)

// colours are the inks on paper, in colour; those of levels are in levelInks. They are those of the web's style sheet.
var colours = map[draw.Ink]uint32{
	draw.Dark: 0x1f2428, draw.Muted: 0x4b4b4b, draw.Rule: 0x767676, draw.Hair: 0xd5d8dc, draw.Paper: 0xffffff, draw.Accent: 0x064977,
	draw.ClaimBelow: 0x8c3b00, draw.ClaimNear: 0x4b4b4b, draw.ClaimAbove: 0x0b4f7d, draw.Caution: 0x7a2e00,
	draw.BelowFar.Tint(): 0xe6d2c4, draw.BelowMid.Tint(): 0xf3e2d2, draw.BelowNear.Tint(): 0xfcecd9,
	draw.AboveNear.Tint(): 0xe0f0f8, draw.AboveMid.Tint(): 0xcfe2ee, draw.AboveFar.Tint(): 0xbfd2df,
	draw.BelowFar.On(): 0x000000, draw.BelowMid.On(): 0x000000, draw.BelowNear.On(): 0x000000,
	draw.AboveNear.On(): 0x000000, draw.AboveMid.On(): 0x000000, draw.AboveFar.On(): 0xffffff,
	Warm: 0xf6f5f2, CautionGround: 0xfbf1e6,
}

// Inks of paper that charts do not need.
const (
	Warm          draw.Ink = "warm"           // behind every other row of a table
	CautionGround draw.Ink = "caution-ground" // behind a warning
)

// levelInks are what the levels are filled with: a pattern of the colour, or the colour itself.
var levelInks = []struct {
	ink     draw.Ink
	colour  uint32
	gray    uint32
	pattern func(ink pdf.Paint) (pdf.Pattern, bool)
}{
	{draw.BelowFar, 0x8c3b00, 0x333333, stripes(5, 2.6, pdf.Rising)},
	{draw.BelowMid, 0xc97f3d, 0x4b4b4b, stripes(4, 1.2, pdf.Falling)},
	{draw.BelowNear, 0x8c3b00, 0x4b4b4b, dots},
	{draw.AboveNear, 0x8cc5e3, 0xb4b4b4, solid},
	{draw.AboveMid, 0x4a90be, 0x767676, solid},
	{draw.AboveFar, 0x0b4f7d, 0x2c2c2c, solid},
}

func stripes(step, width float64, turn pdf.Turn) func(pdf.Paint) (pdf.Pattern, bool) {
	return func(ink pdf.Paint) (pdf.Pattern, bool) {
		c := pdf.NewContent()
		c.Rectangle(0, 0, step, step, pdf.Gray(1), pdf.None, 0)
		c.Rectangle(0, 0, width, step, ink, pdf.None, 0)
		return pdf.Pattern{Width: step, Height: step, Angle: turn, Content: c}, true
	}
}

func dots(ink pdf.Paint) (pdf.Pattern, bool) {
	c := pdf.NewContent()
	c.Rectangle(0, 0, 5, 5, pdf.Gray(1), pdf.None, 0)
	c.Circle(2.5, 2.5, 1, ink, pdf.None, 0)
	return pdf.Pattern{Width: 5, Height: 5, Content: c}, true
}

func solid(pdf.Paint) (pdf.Pattern, bool) { return pdf.Pattern{}, false }

// palette is what each ink is painted with.
type palette struct {
	paints   map[draw.Ink]pdf.Paint
	patterns []pdf.Pattern
}

func newPalette(t Tone) *palette {
	paint := pdf.RGB
	if t == Gray {
		paint = func(hex uint32) pdf.Paint { return pdf.Gray(luminance(hex)) }
	}
	p := &palette{paints: map[draw.Ink]pdf.Paint{draw.None: pdf.None}}
	for ink, hex := range colours {
		p.paints[ink] = paint(hex)
	}
	for _, l := range levelInks {
		hex := l.colour
		if t == Gray {
			hex = l.gray
		}
		p.paints[l.ink] = paint(hex)
		if pattern, ok := l.pattern(paint(hex)); ok {
			p.paints[l.ink] = pdf.PatternPaint(len(p.patterns))
			p.patterns = append(p.patterns, pattern)
		}
	}
	return p
}

// luminance is how light a colour is to the eye, as a gray of the same lightness.
func luminance(hex uint32) float64 {
	part := func(shift int) float64 { return float64(hex>>shift&0xff) / 255 }
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}
