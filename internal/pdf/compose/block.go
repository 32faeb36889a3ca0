package compose

import (
	"scorehouse/internal/draw"
	"scorehouse/internal/pdf"
)

// Block is something as wide as the column that is not cut by the end of a page.
type Block struct {
	Before   float64 // space above; none at the top of a page
	Height   float64
	WithNext bool // stays on the page of the block after it
	NewPage  bool // begins the second page, unless that has begun
	same     bool // what is painted does not depend on whom the document is about
	head     *Table
	paint    func(p *pdf.Page, in *pdf.Element, y float64)
}

// Column is where blocks are set, one below the other.
type Column struct {
	*Job
	Stack    *Stack
	X, Width float64
	Edge     float64 // room above and below the texts in a row of a table
}

// Stack is blocks from top to bottom.
type Stack struct{ blocks []Block }

// Reset takes all blocks away.
func (s *Stack) Reset() { s.blocks = s.blocks[:0] }

// Blocks is how many there are.
func (s *Stack) Blocks() int { return len(s.blocks) }

// Height is how high the blocks are from the one of a number on, with the spaces above them.
func (s *Stack) Height(from int) float64 { return height(s.blocks[from:], 1) }

// KeepWithNext has the last block stay on the page of the one after it.
func (s *Stack) KeepWithNext() { s.blocks[len(s.blocks)-1].WithNext = true }

// NewPage has the block of a number begin the second page, unless that has begun.
func (s *Stack) NewPage(i int) { s.blocks[i].NewPage = true }

func (c Column) add(b Block) { c.Stack.blocks = append(c.Stack.blocks, b) }

// Text is a text and whether it is one that many documents have, which is set once for all of them.
type Text struct {
	Lead  string // said first and in semibold; mostly empty
	Text  string
	Style Style
	Kept  bool
}

func (j *Job) setText(t Text, width float64) *setText {
	if t.Kept {
		return j.kept(t, width)
	}
	return j.once(t, width)
}

// mostLines is how many lines of a text stay together.
const mostLines = 14

// Paragraph sets a text: one block, or several when it is very long.
func (c Column) Paragraph(role pdf.Role, before float64, text Text) {
	t := c.setText(text, c.Width)
	if len(t.lines) <= mostLines {
		job, x := c.Job, c.X
		c.add(Block{Before: before, Height: t.height(), same: text.Kept, paint: func(p *pdf.Page, in *pdf.Element, y float64) {
			p.Begin(in.Add(role))
			job.paint(p, t, x, y)
			p.End()
		}})
		return
	}
	var element *pdf.Element
	for i := 0; i < len(t.lines); i += mostLines {
		part := *t
		part.lines, part.form = t.lines[i:min(i+mostLines, len(t.lines))], nil
		c.add(Block{Before: before, Height: part.height(), paint: func(p *pdf.Page, in *pdf.Element, y float64) {
			if element == nil {
				element = in.Add(role)
			}
			p.Begin(element)
			c.Job.paint(p, &part, c.X, y)
			p.End()
		}})
		before = 0
	}
}

// Heading sets a heading, which stays with what follows it.
func (c Column) Heading(role pdf.Role, before float64, text Text) {
	from := c.Stack.Blocks()
	c.Paragraph(role, before, text)
	for i := from; i < c.Stack.Blocks(); i++ {
		c.Stack.blocks[i].WithNext = true
	}
}

// Beside sets a chart of its own height to the left of a paragraph; the words say what the chart shows.
func (c Column) Beside(role pdf.Role, before float64, chart draw.List, text Text) {
	const gap = 10
	t := c.setText(text, c.Width-chart.Width-gap)
	height := max(t.height(), chart.Height)
	c.add(Block{Before: before, Height: height, paint: func(p *pdf.Page, in *pdf.Element, y float64) {
		p.Artifact(pdf.Decoration)
		c.see("chart", "", c.X, y+(min(height, t.style.Leading)-chart.Height)/2, chart.Width, chart.Height)
		c.Chart(&p.Content, chart, c.X, y+(min(height, t.style.Leading)-chart.Height)/2)
		p.End()
		p.Begin(in.Add(role))
		c.Job.paint(p, t, c.X+chart.Width+gap, y)
		p.End()
	}})
}

// Figure sets a chart with its alternative in words.
func (c Column) Figure(before float64, chart draw.List) {
	c.add(Block{Before: before, Height: chart.Height, paint: func(p *pdf.Page, in *pdf.Element, y float64) {
		p.Begin(in.Add(pdf.Figure).Alt(chart.Alt).At(c.X, y, c.X+chart.Width, y+chart.Height))
		c.see("chart", chart.Alt, c.X, y, chart.Width, chart.Height)
		c.Chart(&p.Content, chart, c.X, y)
		p.End()
	}})
}

// Rule sets a line across the column.
func (c Column) Rule(before, width float64, ink draw.Ink) {
	c.add(Block{Before: before, Height: width, WithNext: true, same: true, paint: func(p *pdf.Page, _ *pdf.Element, y float64) {
		p.Artifact(pdf.Decoration)
		p.Rectangle(c.X, y, c.Width, width, c.Paint(ink), pdf.None, 0)
		p.End()
	}})
}

// Space is empty room.
func (c Column) Space(height float64) {
	c.add(Block{Height: height, WithNext: true, paint: func(*pdf.Page, *pdf.Element, float64) {}})
}

// Boxed sets a heading and a text on a ground with a bar at their left.
func (c Column) Boxed(before float64, ground, bar draw.Ink, heading, body Text) {
	const side, edge = 14.0, 9.0
	h, t := c.setText(heading, c.Width-2*side), c.setText(body, c.Width-2*side)
	height := 2*edge + h.height() + t.height()
	c.add(Block{Before: before, Height: height, paint: func(p *pdf.Page, in *pdf.Element, y float64) {
		p.Artifact(pdf.Decoration)
		p.Rectangle(c.X, y, c.Width, height, c.Paint(ground), pdf.None, 0)
		p.Rectangle(c.X, y, 4, height, c.Paint(bar), pdf.None, 0)
		p.End()
		box := in.Add(pdf.Division)
		p.Begin(box.Add(pdf.Paragraph))
		c.Job.paint(p, h, c.X+side, y+edge)
		p.End()
		p.Begin(box.Add(pdf.Paragraph))
		c.Job.paint(p, t, c.X+side, y+edge+h.height())
		p.End()
	}})
}

// Points sets a list with a dash before each item.
func (c Column) Points(before, between float64, items []Text) {
	const indent = 16
	var list *pdf.Element
	for i, item := range items {
		dash, t := c.kept(Text{Text: "–", Style: item.Style}, indent), c.setText(item, c.Width-indent)
		b := Block{Before: between, Height: t.height(), same: item.Kept, paint: func(p *pdf.Page, in *pdf.Element, y float64) {
			if list == nil {
				list = in.Add(pdf.List)
			}
			one := list.Add(pdf.Item)
			p.Begin(one.Add(pdf.ItemLabel))
			c.Job.paint(p, dash, c.X, y)
			p.End()
			p.Begin(one.Add(pdf.ItemBody))
			c.Job.paint(p, t, c.X+indent, y)
			p.End()
		}}
		if i == 0 {
			b.Before = before
		}
		c.add(b)
	}
}

// Fact is a term and what it is.
type Fact struct{ Term, Text Text }

// Facts sets facts in a grid of some columns, row by row.
func (c Column) Facts(before, between float64, columns int, facts []Fact) {
	const gap = 24
	width := (c.Width - gap*float64(columns-1)) / float64(columns)
	var list *pdf.Element
	for from := 0; from < len(facts); from += columns {
		row := facts[from:min(from+columns, len(facts))]
		var terms, texts []*setText
		height := 0.0
		for _, f := range row {
			term, text := c.setText(f.Term, width), c.setText(f.Text, width)
			terms, texts = append(terms, term), append(texts, text)
			height = max(height, term.height()+text.height())
		}
		b := Block{Before: between, Height: height, paint: func(p *pdf.Page, in *pdf.Element, y float64) {
			if list == nil {
				list = in.Add(pdf.List)
			}
			for i := range row {
				x, one := c.X+float64(i)*(width+gap), list.Add(pdf.Item)
				p.Begin(one.Add(pdf.ItemLabel))
				c.Job.paint(p, terms[i], x, y)
				p.End()
				p.Begin(one.Add(pdf.ItemBody))
				c.Job.paint(p, texts[i], x, y+terms[i].height())
				p.End()
			}
		}}
		if from == 0 {
			b.Before = before
		}
		c.add(b)
	}
}

// Fixed sets lines at a place of the first page: it begins at y, the lines at top, and what follows goes on at bottom or after the lines.
func (c Column) Fixed(y, top, bottom, left, width float64, lines []Text) {
	var sets []*setText
	end := top
	for _, l := range lines {
		set := c.setText(l, width)
		sets, end = append(sets, set), end+set.height()
	}
	c.add(Block{Height: max(bottom, end) - y, WithNext: true, paint: func(p *pdf.Page, in *pdf.Element, _ float64) {
		division, y := in.Add(pdf.Division), top
		for _, set := range sets {
			p.Begin(division.Add(pdf.Paragraph))
			c.Job.paint(p, set, left, y)
			p.End()
			y += set.height()
		}
	}})
}

// Key sets signs in a row, each with a name and something about it: a list.
func (c Column) Key(before float64, signs []draw.List, names, about []Text) {
	const gap, room = 16.0, 28.0
	width := (c.Width - gap*float64(len(signs)-1)) / float64(len(signs))
	var first, second []*setText
	height, same := 0.0, true
	for i := range signs {
		same = same && names[i].Kept && about[i].Kept
		first, second = append(first, c.setText(names[i], width-room)), append(second, c.setText(about[i], width-room))
		height = max(height, first[i].height()+second[i].height(), signs[i].Height)
	}
	c.add(Block{Before: before, Height: height, same: same, paint: func(p *pdf.Page, in *pdf.Element, y float64) {
		list := in.Add(pdf.List)
		for i, sign := range signs {
			x, item := c.X+float64(i)*(width+gap), list.Add(pdf.Item)
			p.Begin(item.Add(pdf.ItemLabel))
			c.Chart(&p.Content, sign, x, y)
			p.End()
			body := item.Add(pdf.ItemBody)
			for k, set := range []*setText{first[i], second[i]} {
				p.Begin(body.Add(pdf.Paragraph))
				c.Job.paint(p, set, x+room, y+float64(k)*first[i].height())
				p.End()
			}
		}
	}})
}
