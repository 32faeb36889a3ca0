package studentreport

import (
	"io"

	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/typeface"
	"scorehouse/internal/report"
	"scorehouse/internal/telling"
)

// Bundle is many reports in one document: fonts and texts they share are in it once, tags and outline reach across all of them. It is for
// one goroutine and holds little of what has been added.
type Bundle struct {
	printer printer
	parts   []part
	// Duplex begins each student on the front of a sheet.
	Duplex bool
}

// part is reports with a title of their own among contents and outline; without one when there is but one part.
type part struct {
	title   string
	entries []entry
	mark    *pdf.Bookmark
}

// entry is a report in the contents.
type entry struct {
	name string
	page int // from 1, without those in front
	at   pdf.Target
}

// NewBundle begins a document with a title.
func NewBundle(to io.Writer, s *compose.Setter, title string, o Options) *Bundle {
	job := s.Begin(to, compose.Options{Paper: paper(o), Tone: o.Tone, Info: information(o, title), Level: 2, Repeats: true})
	job.Observe(o.Observe)
	return &Bundle{printer: printer{job: job, options: o, bundled: true}}
}

// Part names the reports added from now on: a grade, a class.
func (b *Bundle) Part(title string) { b.parts = append(b.parts, part{title: title}) }

// Add prints a report after those before it, and returns how many pages it took.
func (b *Bundle) Add(r report.StudentReport) int {
	before := b.printer.job.Pages()
	if len(b.parts) == 0 {
		b.Part("")
	}
	in, t := &b.parts[len(b.parts)-1], newTeller(r, b.printer.options)
	b.printer.begun = func(page *pdf.Page) *pdf.Bookmark {
		if in.title != "" && in.mark == nil {
			in.mark = page.Bookmark(nil, typeface.Clean(in.title), 0)
		}
		in.entries = append(in.entries, entry{listed(t), b.printer.job.Pages(), page.Here(0)})
		return page.Bookmark(in.mark, typeface.Clean(t.FullName()), 0)
	}
	b.printer.student(t)
	if b.Duplex && b.printer.job.Pages()%2 == 1 {
		b.printer.job.AddPage().Close()
	}
	return b.printer.job.Pages() - before
}

// listed is a name as lists have it: the last one first.
func listed(t telling.Report) string {
	s := t.Report.Student
	if s.First == "" || s.Last == "" {
		return t.FullName()
	}
	return s.Last + ", " + s.First
}

// Reports is how many reports have been added.
func (b *Bundle) Reports() int {
	n := 0
	for _, p := range b.parts {
		n += len(p.entries)
	}
	return n
}

// Observe has every mark painted from now on told; for tests.
func (b *Bundle) Observe(see func(compose.Mark)) { b.printer.job.Observe(see) }

// Close ends the document.
func (b *Bundle) Close() error { return b.printer.finish() }
