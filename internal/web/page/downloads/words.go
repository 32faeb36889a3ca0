package downloads

import (
	"strings"

	"scorehouse/internal/edu"
	"scorehouse/internal/printing"
	"scorehouse/internal/words"
)

// Name says whose reports a job is of.
func Name(w *words.Words, j printing.Job) string {
	var parts []string
	switch {
	case j.Place.School != "":
		parts = append(parts, j.Place.School)
	case j.Place.District != "":
		parts = append(parts, j.Place.District)
	}
	for _, g := range j.Wish.Of.Filters.Grades {
		parts = append(parts, w.Grade(g))
	}
	if j.Place.Group != "" {
		parts = append(parts, j.Place.Group)
	}
	if len(j.Wish.Of.Students) > 0 {
		parts = append(parts, w.Print.Selection())
	}
	return strings.Join(parts, " · ")
}

// about says which results, and how many students.
func about(w *words.Words, j printing.Job) string {
	return w.Student.TypeYear(w.Type(j.Wish.Of.Type), j.Wish.Of.Year) + " · " + w.Downloads.Students(j.Students)
}

// how says how they are printed.
func how(w *words.Words, j printing.Job) string {
	tone := w.Print.Gray()
	if j.Wish.Options.Colour {
		tone = w.Print.Color()
	}
	return words.For(j.Wish.Options.Language).Language.Name + " · " + tone
}

func state(w *words.Words, s printing.State) string {
	switch s {
	case printing.Waiting:
		return w.Downloads.Waiting()
	case printing.Printing:
		return w.Downloads.Printing()
	case printing.Ready:
		return w.Downloads.Ready()
	case printing.Failed:
		return w.Downloads.Failed()
	case printing.Cancelled:
		return w.Downloads.Cancelled()
	}
	return w.Downloads.Expired()
}

// Progress says how far a job is.
func Progress(w *words.Words, j printing.Job) string {
	if j.State == printing.Waiting {
		return w.Downloads.Waiting()
	}
	return w.Downloads.Progress(j.Done, j.Students)
}

// fate explains what has come of a job that has nothing to collect.
func fate(w *words.Words, j printing.Job) string {
	switch {
	case j.State == printing.Cancelled:
		return w.Downloads.CancelledBody()
	case j.State == printing.Expired:
		return w.Downloads.ExpiredBody(j.ExpiresAt.Local())
	case j.Reason == printing.NobodyLeft:
		return w.Downloads.NobodyLeft()
	case j.Reason == printing.GivenUp:
		return w.Downloads.GivenUp()
	}
	return w.Downloads.OurSide()
}

// document says what a document holds.
func document(w *words.Words, j printing.Job, p printing.Part) string {
	var parts []string
	if p.School != "" {
		parts = append(parts, p.School)
	} else if j.Place.District != "" {
		parts = append(parts, j.Place.District)
	} else {
		parts = append(parts, w.Print.Selection())
	}
	if p.Grade != nil {
		parts = append(parts, w.Grade(edu.Grade(*p.Grade)))
	}
	if p.Pieces > 1 {
		parts = append(parts, w.Print.Part(p.Piece, p.Pieces, p.First, p.Last))
	}
	return strings.Join(parts, " · ")
}

// size writes a size for people.
func size(w *words.Words, bytes int64) string {
	if bytes < 1_000_000 {
		return w.Downloads.Kilobytes(int((bytes + 999) / 1000))
	}
	return w.Downloads.Megabytes(int((bytes + 500_000) / 1_000_000))
}
