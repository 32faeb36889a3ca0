package layout

import (
	"strings"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/draw"
	"scorehouse/internal/edu"
	"scorehouse/internal/words"
)

// Bands turns what everybody is told of a group into what charts take.
func Bands(a disclosure.Answer) draw.Banded {
	b := draw.Banded{Above: draw.Interval(a.AtOrAbove), Standard: edu.StandardLevel(len(a.Levels))}
	for _, l := range a.Levels {
		b.Levels = append(b.Levels, draw.Interval(l))
	}
	return b
}

// BandWords writes a band: 37%, 41–50%, 5% or less, 95% or more.
func BandWords(w *words.Words, b disclosure.Band) string {
	switch {
	case b.Low == b.High:
		return w.Percent(b.Low)
	case b.Low <= 0:
		return w.Published.AtMost(b.High)
	case b.High >= 100:
		return w.Published.AtLeast(b.Low)
	}
	return w.Published.Between(b.Low, b.High)
}

// shortBand writes a band where there is little room; the sign of a band that is open to one side is read aloud as words.
func shortBand(w *words.Words, b disclosure.Band) (text string, open bool) {
	switch {
	case b.Low == b.High || b.Low > 0 && b.High < 100:
		return BandWords(w, b), false
	case b.Low <= 0:
		return "≤" + w.Percent(b.High), true
	}
	return "≥" + w.Percent(b.Low), true
}

// NameOfLevel is the name of a level of a subject that has these names.
func NameOfLevel(w *words.Words, names []string, level int) string {
	name := ""
	if level <= len(names) {
		name = names[level-1]
	}
	return w.LevelName(level, name)
}

// BandsWords says the levels in words: the alternative of a bar.
func BandsWords(w *words.Words, names []string, a disclosure.Answer) string {
	parts := make([]string, len(a.Levels))
	for i, b := range a.Levels {
		parts[i] = w.Published.LevelRange(NameOfLevel(w, names, i+1), BandWords(w, b))
	}
	return strings.Join(parts, ", ")
}

// RefusalWords says why everybody is told nothing of a question.
func RefusalWords(w *words.Words, r disclosure.Refusal, year edu.AcademicYear) string {
	switch r {
	case disclosure.NotInCatalogue:
		return w.Published.RefusedAttribute()
	case disclosure.TooDeep:
		return w.Published.RefusedCombination()
	case disclosure.Folded:
		return w.Published.RefusedFolded()
	case disclosure.NoSuchYear:
		return w.Published.NoYear(year)
	}
	return w.Published.RefusedPart()
}
