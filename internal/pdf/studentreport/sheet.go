package studentreport

import (
	"scorehouse/internal/draw"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/typeface"
	"scorehouse/internal/report"
	"scorehouse/internal/telling"
)

// styles are those of a report, in the sizes of the web.
type styles struct {
	title, subject, answer, question, body, strong, quiet, small, smallKey compose.Style
	edge                                                                   float64 // in rows of tables
}

var (
	roomy = newStyles(14, 19, 17, 4.5)
	tight = newStyles(13, 16.5, 15, 2.5) // for sheets with much to say
	dense = newStyles(12, 15, 13.5, 2)   // for those with more than any should have
)

func newStyles(size, leading, narrow, edge float64) styles {
	return styles{
		title:    compose.Style{Size: 24, Leading: 30, Weight: typeface.Semibold, Ink: draw.Dark},
		subject:  compose.Style{Size: 19, Leading: 24, Weight: typeface.Semibold, Ink: draw.Dark},
		answer:   compose.Style{Size: 16, Leading: 21, Weight: typeface.Semibold, Ink: draw.Dark},
		question: compose.Style{Size: size + 2, Leading: leading + 1, Weight: typeface.Semibold, Ink: draw.Dark},
		body:     compose.Style{Size: size, Leading: leading, Ink: draw.Dark},
		strong:   compose.Style{Size: size, Leading: leading, Weight: typeface.Semibold, Ink: draw.Dark},
		quiet:    compose.Style{Size: size - 1, Leading: narrow, Ink: draw.Muted},
		small:    compose.Style{Size: size - 1, Leading: narrow, Ink: draw.Dark},
		edge:     edge,
		smallKey: compose.Style{Size: size - 1, Leading: narrow, Weight: typeface.Semibold, Ink: draw.Dark},
	}
}

// The measures of a page, in CSS pixels: about 15 mm of margin.
const (
	margin     = 56.0
	readable   = 620.0 // width of running text
	brandTop   = 44.0
	afterBrand = 86.0 // where a first page goes on
	afterHead  = 84.0 // where the others do
	footRoom   = 62.0 // from the foot's text to the edge of the paper
	windowTop  = 196.0
	windowEnd  = 316.0 // an address in the window of an envelope lies between these
	windowLeft = 86.0
)

// attempts are tried one after another until a sheet has two sides: smaller spaces, then smaller letters.
var attempts = []struct {
	styles  *styles
	squeeze float64
}{{&roomy, 1}, {&roomy, 0.8}, {&roomy, 0.6}, {&tight, 0.7}, {&tight, 0.45}, {&tight, 0.3}, {&dense, 0.5}, {&dense, 0.3}}

// printer puts reports into one document.
type printer struct {
	job     *compose.Job
	options Options
	bundled bool
	begun   func(*pdf.Page) *pdf.Bookmark // the first page of a report in a bundle
	stacks  []*compose.Stack              // of the report's sheets; used again
	used    int
	in      *pdf.Bookmark
}

// sheet is one subject's blocks on their pages.
type sheet struct {
	subject *report.SubjectReport
	plan    compose.Plan
}

// student prints all sheets of one report.
func (p *printer) student(t telling.Report) {
	p.job.Missing, p.used = false, 0
	var sheets []sheet
	pages := 0
	for i := range t.Report.Subjects {
		sheets = append(sheets, p.plan(t, &t.Report.Subjects[i], i == 0))
	}
	if len(sheets) == 0 {
		sheets = append(sheets, p.plan(t, nil, true))
	}
	for _, s := range sheets {
		pages += s.plan.Pages()
	}
	section := p.job.Document.Root().Add(pdf.Section).Title(typeface.Clean(t.FullName()))
	number := 1
	for _, s := range sheets {
		p.sheet(t, s, section.Add(pdf.Section), &number, pages)
	}
	section.End()
}

// stack is an empty one.
func (p *printer) stack() *compose.Stack {
	if p.used == len(p.stacks) {
		p.stacks = append(p.stacks, &compose.Stack{})
	}
	p.used++
	p.stacks[p.used-1].Reset()
	return p.stacks[p.used-1]
}

// sides are the room on the pages.
func (p *printer) sides() compose.Sides {
	return compose.Sides{First: afterBrand, Next: afterHead, Bottom: p.job.Paper.Height - footRoom - 22}
}

// plan sets the blocks of a sheet and puts them on two sides, or more when they do not fit.
func (p *printer) plan(t telling.Report, s *report.SubjectReport, starts bool) sheet {
	paper := p.job.Paper
	stack := p.stack()
	c := compose.Column{Job: p.job, Stack: stack, X: margin, Width: paper.Width - 2*margin}
	text := c
	text.Width = min(c.Width, readable)
	sides := p.sides()
	var first *compose.Stack // roomy, in case that nothing fits
	var best *compose.Plan   // two sides, though the first says not all that belongs there
	for i, a := range attempts {
		if best != nil && a.styles == &dense {
			break // smaller letters are no remedy for that
		}
		if i == 0 || attempts[i-1].styles != a.styles {
			c.Edge = a.styles.edge
			if i > 0 && first == nil {
				first, stack = stack, p.stack()
				c.Stack, text.Stack = stack, stack
			}
			stack.Reset()
			builder{c, text, t, t.Words, a.styles, p.options, starts}.blocks(s)
		}
		plan := compose.NewPlan(stack, sides, a.squeeze)
		if plan.Pages() <= 2 && plan.Parted() {
			return sheet{s, plan}
		}
		if plan.Pages() <= 2 && best == nil {
			best = &plan
		}
	}
	if best != nil {
		return sheet{s, *best}
	}
	return sheet{s, compose.NewPlan(first, sides, 1)}
}

// sheet prints one sheet.
func (p *printer) sheet(t telling.Report, s sheet, in *pdf.Element, number *int, pages int) {
	for i := range s.plan.Pages() {
		page := p.job.AddPage()
		if i == 0 {
			p.brand(page, t.Opportunity())
			p.mark(page, t, s, *number)
		} else {
			p.running(page, t, s.subject)
		}
		p.job.PaintPage(s.plan, i, page, in)
		p.foot(page, t.Words.Paper.Page(*number, pages))
		page.Close()
		*number++
	}
}

// mark names the page in outline and labels.
func (p *printer) mark(page *pdf.Page, t telling.Report, s sheet, number int) {
	if number == 1 && p.bundled {
		p.in = p.begun(page)
	}
	if s.subject != nil {
		page.Bookmark(p.in, t.Words.Subject(s.subject.Subject), 0)
	}
	if p.job.Pages() == 1 {
		page.Label(pdf.Label{First: 1})
	}
}

// brand is the head of a sheet: whose report it is, and of what.
func (p *printer) brand(page *pdf.Page, what string) {
	right := p.job.Paper.Width - margin
	page.Share()
	defer page.Shared()
	page.Artifact(pdf.Decoration)
	page.Rectangle(margin, brandTop-12, right-margin, 4, p.job.Paint(draw.Accent), pdf.None, 0)
	page.Rectangle(margin, afterBrand-14, right-margin, 1, p.job.Paint(draw.Hair), pdf.None, 0)
	page.End()
	page.Artifact(pdf.Header)
	p.job.Left(page, compose.Text{Text: p.options.Brand, Style: roomy.strong, Kept: true}, margin, brandTop+4, 360)
	p.job.Right(page, compose.Text{Text: what, Style: roomy.quiet, Kept: true}, right, brandTop+5, 300)
	page.End()
}

// running is the head of the other pages: whose sheet it is.
func (p *printer) running(page *pdf.Page, t telling.Report, s *report.SubjectReport) {
	right := p.job.Paper.Width - margin
	whose := compose.Text{Text: t.Running(), Style: roomy.quiet}
	page.Artifact(pdf.Header)
	named := ""
	if s != nil {
		named = t.Words.Subject(s.Subject) + " · "
	}
	p.job.Right(page, compose.Text{Text: named + t.Opportunity(), Style: roomy.quiet, Kept: true}, right, brandTop, 300)
	p.job.Left(page, p.job.Clip(whose, right-margin-310), margin, brandTop, right-margin-310)
	page.Rectangle(margin, brandTop+22, right-margin, 1, p.job.Paint(draw.Hair), pdf.None, 0)
	page.End()
}

// foot is at the end of every page.
func (p *printer) foot(page *pdf.Page, number string) {
	right, y := p.job.Paper.Width-margin, p.job.Paper.Height-footRoom
	page.Share()
	defer page.Shared()
	page.Artifact(pdf.Footer)
	page.Rectangle(margin, y-8, right-margin, 1, p.job.Paint(draw.Hair), pdf.None, 0)
	p.job.Left(page, compose.Text{Text: p.options.Words.Paper.Confidential(), Style: roomy.quiet, Kept: true}, margin, y, 300)
	p.job.Right(page, compose.Text{Text: number, Style: roomy.quiet, Kept: true}, right, y, 300)
	page.End()
}

func (p *printer) finish() error { return p.job.Document.Close() }
