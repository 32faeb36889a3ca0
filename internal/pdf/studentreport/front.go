package studentreport

import (
	"strconv"
	"time"

	"scorehouse/internal/draw"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/typeface"
)

// Cover is what stands in front of a bundle.
type Cover struct {
	Title     string    // whose reports these are: a school, a class
	About     []string  // lines below the title: which assessment, which grade, which choice of students
	Requested string    // who asked for them; left out when empty
	Made      time.Time // left out when zero
	// Exceptions are students who were asked for and have no report here.
	Exceptions []Exception
}

// Exception is a student without a report, and why.
type Exception struct{ Name, Why string }

// Front prints the cover, the exceptions and the contents of what has been added, on pages before all others, and returns how many pages
// that took. It is called once, after the last Add.
func (b *Bundle) Front(cover Cover) int {
	p := b.printer
	c := compose.Column{Job: p.job, Stack: &compose.Stack{}, X: margin, Width: p.job.Paper.Width - 2*margin, Edge: roomy.edge}
	f := front{printer: p, c: c, cover: cover, sides: p.sides()}
	f.begin(b.Reports())
	f.exceptions()
	f.contents(b.parts)
	plan := compose.NewPlan(c.Stack, f.sides, 1)
	section := p.job.Document.Root().AddFirst(pdf.Section).Title(typeface.Clean(cover.Title))
	for i := range plan.Pages() {
		page := p.job.AddFront()
		if i == 0 {
			page.Label(pdf.Label{First: 1, Roman: true})
		}
		p.brand(page, p.options.Words.Paper.Confidential())
		p.job.PaintPage(plan, i, page, section)
		p.foot(page, roman(i+1))
		page.Close()
	}
	section.End()
	pages := plan.Pages()
	if b.Duplex && pages%2 == 1 {
		p.job.AddFront().Close()
		pages++
	}
	return pages
}

// front is the blocks in front of a bundle, and the room for them.
type front struct {
	printer
	c     compose.Column
	cover Cover
	sides compose.Sides
}

// begin sets what the bundle is.
func (f *front) begin(reports int) {
	w := f.options.Words
	f.c.Heading(pdf.Heading1, 14, own(f.cover.Title, roomy.title))
	for _, line := range f.cover.About {
		f.c.Paragraph(pdf.Paragraph, 2, own(line, roomy.answer))
	}
	fact := func(term, text string) compose.Fact {
		return compose.Fact{Term: own(term, roomy.quiet), Text: own(text, roomy.body)}
	}
	facts := []compose.Fact{fact(w.Paper.Reports(), w.Number(reports)), fact(w.Paper.Pages(), w.Number(f.job.Pages()))}
	if f.cover.Requested != "" {
		facts = append(facts, fact(w.Paper.Requested(), f.cover.Requested))
	}
	if !f.cover.Made.IsZero() {
		facts = append(facts, fact(w.Paper.Made(), w.LongDay(f.cover.Made)))
	}
	f.c.Facts(14, 6, 4, facts)
	f.c.Boxed(18, compose.CautionGround, draw.Caution, own(w.Paper.Confidential(), roomy.strong), own(w.Paper.Keep(), roomy.body))
}

// exceptions sets who is missing, if anybody is.
func (f *front) exceptions() {
	if len(f.cover.Exceptions) == 0 {
		return
	}
	w := f.options.Words
	f.c.Heading(pdf.Heading2, 24, own(w.Paper.LeftOut(len(f.cover.Exceptions)), roomy.subject))
	var rows [][]compose.TableCell
	for _, e := range f.cover.Exceptions {
		rows = append(rows, []compose.TableCell{{{Text: own(e.Name, roomy.strong)}}, {{Text: own(e.Why, roomy.body)}}})
	}
	f.c.Table(6, []compose.TableColumn{{Head: own(w.Student.Name(), roomy.quiet), Part: 0.4}, {Head: own(w.Paper.Reason(), roomy.quiet), Part: 0.6}}, rows)
}

// contents sets who is in the bundle and on which page.
func (f *front) contents(parts []part) {
	w := f.options.Words
	from := f.c.Stack.Blocks()
	f.c.Heading(pdf.Heading2, 26, own(w.Paper.Contents(), roomy.subject))
	for _, p := range parts {
		if len(p.entries) == 0 {
			continue
		}
		if p.title != "" {
			f.c.Heading(pdf.Heading3, 14, own(p.title, roomy.strong))
		}
		var entries []compose.Entry
		for _, e := range p.entries {
			number := strconv.Itoa(e.page)
			entries = append(entries, compose.Entry{Text: own(e.name, roomy.body), Page: number, To: e.at, Says: w.Paper.Entry(typeface.Clean(e.name), e.page)})
		}
		f.list(from, entries)
		from = f.c.Stack.Blocks()
	}
}

// list puts entries where they fit, after the headings from a block on.
func (f *front) list(from int, entries []compose.Entry) {
	const before, least = 6.0, 3
	leading := roomy.body.Leading
	rows := func(y float64) int { return int((f.sides.Bottom - y - before) / leading) }
	first := rows(compose.NewPlan(f.c.Stack, f.sides, 1).End())
	if first < min(least, (len(entries)+1)/2) {
		first = rows(f.sides.Next + f.c.Stack.Height(from))
	}
	f.c.Contents(before, first, int((f.sides.Bottom-f.sides.Next)/leading), entries)
}

// roman writes a number as pages in front have it.
func roman(n int) string {
	s := ""
	for _, d := range []struct {
		value int
		sign  string
	}{{100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}} {
		for ; n >= d.value; n -= d.value {
			s += d.sign
		}
	}
	return s
}
