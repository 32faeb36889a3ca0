package studentreport

import (
	"io"

	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/report"
)

// Bundle is many reports in one document: fonts and texts they share are in it once, tags and outline reach across all of them. It is for
// one goroutine and holds little of what has been added.
type Bundle struct {
	printer printer
	// Duplex begins each student on the front of a sheet.
	Duplex bool
}

// NewBundle begins a document with a title.
func NewBundle(to io.Writer, s *compose.Setter, title string, o Options) *Bundle {
	job := s.Begin(to, compose.Options{Paper: paper(o), Tone: o.Tone, Info: information(o, title), Level: 1})
	return &Bundle{printer: printer{job: job, options: o, outline: true}}
}

// Add prints a report after those before it, and returns how many pages it took.
func (b *Bundle) Add(r report.StudentReport) int {
	before := b.printer.job.Pages()
	b.printer.student(newTeller(r, b.printer.options))
	if b.Duplex && b.printer.job.Pages()%2 == 1 {
		b.printer.job.AddPage().Close()
	}
	return b.printer.job.Pages() - before
}

// Close ends the document.
func (b *Bundle) Close() error { return b.printer.finish() }
