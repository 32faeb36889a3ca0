package layout

import (
	"fmt"
	"time"

	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// ReleaseParameter is the parameter of addresses that asks for an earlier release of a year, by number.
const ReleaseParameter = "release"

// ReleaseStatus says of which kind of release numbers are, and of when.
func ReleaseStatus(w *words.Words, kind string, at time.Time) string {
	switch kind {
	case "preliminary":
		return w.Published.Preliminary(at)
	case "correction":
		return w.Published.Correction(at)
	}
	return w.Published.Final(at)
}

// releaseKind is what a release is called in a choice.
func releaseKind(w *words.Words, kind string) string {
	switch kind {
	case "preliminary":
		return w.Releases.KindPreliminary()
	case "correction":
		return w.Releases.KindCorrection()
	}
	return w.Releases.KindFinal()
}

// ReleaseChoices are the releases of a year to choose from, the newest first. asOf is the one that is shown, 0 the newest.
func ReleaseChoices(w *words.Words, a Address, all []report.ToldRelease, asOf int) []Option {
	var options []Option
	for i, r := range all {
		o := Option{Text: w.Published.ReleaseOn(releaseKind(w, r.Kind), w.ShortDay(r.At)), Address: a.Without(ReleaseParameter), Current: r.Number == asOf || i == 0 && asOf == 0}
		if i > 0 {
			o.Address = a.With(ReleaseParameter, fmt.Sprint(r.Number))
		}
		options = append(options, o)
	}
	return options
}

// Replaced is when the release that is shown was replaced by the next one, false while it is the newest.
func Replaced(all []report.ToldRelease, asOf int) (at time.Time, is bool) {
	for _, r := range all {
		if asOf == 0 || r.Number <= asOf {
			break
		}
		at, is = r.At, true
	}
	return at, is
}
