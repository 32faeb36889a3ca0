package web

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
	"scorehouse/internal/web/layout"
)

// ownPath is where the files of a state's own are: a style sheet with its colours, its picture.
const ownPath = "/look/"

// Names of these files begin with the version of the settings that they are of, so that browsers may keep them.
const (
	sheetName   = "style.css"
	pictureName = "picture"
)

// foreverPrivate lets the reader's browser keep a file whose address changes with it, and nobody else.
const foreverPrivate = "private, max-age=31536000, immutable"

// ownFrame is how a state has its pages look.
func ownFrame(t tenant.Tenant, s *settings.Settings) layout.Own {
	own := layout.Own{Label: s.Brand.Label}
	address := ownPath + string(t.StateCode) + "/" + s.Version + "-"
	if len(s.Palettes) > 0 {
		own.Sheet = address + sheetName
	}
	if i := s.Brand.Image; len(i.Data) > 0 {
		own.Picture, own.Width, own.Height = address+pictureName, i.Width, i.Height
	}
	return own
}

// look gives out a file of a state's own. Under the name of another version than the present it is the present one, which must not be kept under that name.
func (s *Server) look(_ context.Context, c *call) (answer, error) {
	version, name, _ := strings.Cut(c.PathValue("look"), "-")
	var a answer
	switch i := c.own.Brand.Image; {
	case name == sheetName:
		a.text, a.kind = sheetOf(c.own), "text/css; charset=utf-8"
	case name == pictureName && len(i.Data) > 0:
		a.text, a.kind = string(i.Data), i.Kind
	default:
		return answer{}, errNoSuchPage
	}
	if version == c.own.Version {
		a.keep = foreverPrivate
	}
	return a, nil
}

// inkTokens are the tokens of the style sheet that colour the inks of levels.
var inkTokens = map[draw.Ink]string{
	draw.BelowFar: "below-far", draw.BelowMid: "below-mid", draw.BelowNear: "below-near",
	draw.AboveNear: "above-near", draw.AboveMid: "above-mid", draw.AboveFar: "above-far",
}

// sheetOf is a style sheet with a state's colours. Those of single subjects are for screens: on paper one set of patterns serves all.
func sheetOf(s *settings.Settings) string {
	var b strings.Builder
	common := s.Palettes[""]
	if common == nil && len(edu.Subjects) > 0 && !slices.ContainsFunc(edu.Subjects, func(x edu.Subject) bool { return !slices.Equal(s.Palette(x), s.Palette(edu.Subjects[0])) }) {
		common = s.Palette(edu.Subjects[0])
	}
	if common != nil {
		b.WriteString(":root {" + tokens(common) + " }\n")
	}
	for _, subject := range slices.Sorted(maps.Keys(s.Palettes)) {
		if p := s.Palettes[subject]; subject != "" {
			b.WriteString("@media screen { ." + layout.SubjectClass(subject) + " {" + tokens(p) + " } }\n")
		}
	}
	return b.String()
}

// tokens sets the tokens of a palette.
func tokens(p settings.Palette) string {
	var b strings.Builder
	for i, c := range p {
		name := inkTokens[draw.LevelInk(i+1, len(p), edu.StandardLevel(len(p)))]
		fmt.Fprintf(&b, " --%s: %s; --on-%s: %s; --%s-tint: %s;", name, c.Ground, name, c.Text, name, c.Ground.Tint())
	}
	return b.String()
}
