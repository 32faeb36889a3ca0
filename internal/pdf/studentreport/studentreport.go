package studentreport

import (
	"fmt"
	"io"
	"strings"
	"time"

	"scorehouse/internal/draw/fonts"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/typeface"
	"scorehouse/internal/report"
	"scorehouse/internal/telling"
	"scorehouse/internal/words"
)

// Layout numbers what this program makes of a report: wherever the same report would come out otherwise than before, in words, drawing or structure, the number
// goes up, so that what was printed ahead is printed anew. A test sees to it.
const Layout = 1

// Options are how reports are printed.
type Options struct {
	Words *words.Words // the language
	Tone  compose.Tone
	Paper pdf.Size // zero is Letter

	Brand     string    // whose report it is
	Published time.Time // of the results; written into the document; may be zero

	// HideSupports leaves out which supports were available, since a report may go to a college.
	HideSupports bool
	// ShowCode prints the student's number, for staff.
	ShowCode bool
	// Address returns the lines that show in the window of an envelope; nil prints none.
	Address func(report.StudentReport) []string

	// Observe sees where everything was painted; for tests of the layout, nil otherwise.
	Observe func(compose.Mark)
}

// NewPress returns a press with the shipped typeface and the fonts of a folder; folder may be empty. The second value names files of the
// folder that cannot be used, and why.
func NewPress(folder string) (*compose.Press, []string, error) {
	set, err := typeface.NewSet(fonts.Regular, fonts.Semibold)
	if err != nil {
		return nil, nil, fmt.Errorf("student report: %w", err)
	}
	var refused []string
	if folder != "" {
		if set, refused, err = set.WithFolder(folder); err != nil {
			return nil, nil, fmt.Errorf("student report: %w", err)
		}
	}
	return compose.NewPress(set), refused, nil
}

// Write prints one report as a document of its own.
func Write(to io.Writer, s *compose.Setter, r report.StudentReport, o Options) error {
	t := newTeller(r, o)
	job := s.Begin(to, compose.Options{Paper: paper(o), Tone: o.Tone, Characters: usual(o.Words.Language.Code),
		Info: information(o, t.FullName()+" · "+t.Opportunity())})
	job.Observe(o.Observe)
	sheets := &printer{job: job, options: o}
	sheets.student(t)
	return sheets.finish()
}

func newTeller(r report.StudentReport, o Options) telling.Report {
	return telling.Report{Words: o.Words, Report: r}
}

func paper(o Options) pdf.Size {
	if o.Paper == (pdf.Size{}) {
		return pdf.Letter
	}
	return o.Paper
}

// information is what a document says about itself.
func information(o Options, title string) pdf.Info {
	return pdf.Info{Title: typeface.Clean(title), Language: o.Words.Language.Code, Author: o.Brand, Producer: "Scorehouse", Created: o.Published}
}

// usual are the characters most reports in a language need, so that their fonts can be cut down once.
func usual(language string) string {
	var b strings.Builder
	b.WriteString(" ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;?!()-–·/&’“”áéíóúñü")
	switch language {
	case "es":
		b.WriteString("¿ªº«»ÁÉÍÓÚÑ")
	case "vi":
		b.WriteString("àảãạăằắẳẵặâầấẩẫậđèẻẽẹêềếểễệìỉĩịòỏõọôồốổỗộơờớởỡợùủũụưừứửữựỳýỷỹỵÁĐÔỞ")
	}
	return b.String()
}
