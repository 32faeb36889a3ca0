package compose

import "scorehouse/internal/pdf"

// Entry is a line of contents: what begins where.
type Entry struct {
	Text Text
	Page string // its number
	To   pdf.Target
	Says string // the whole line for those who do not see it
}

// contentsGap is the room between two columns of contents.
const contentsGap = 32.0

// Contents sets entries in two columns, read one after the other: a block of at most first rows, then blocks of at most next rows, which
// are those that fit on the page where they begin and on those after it.
func (c Column) Contents(before float64, first, next int, entries []Entry) {
	var list *pdf.Element
	for rows := first; len(entries) > 0; rows = next {
		n := min(len(entries), 2*max(rows, 1))
		part := entries[:n]
		entries = entries[n:]
		leading := part[0].Text.Style.Leading
		c.add(Block{Before: before, Height: float64((n+1)/2) * leading, paint: func(p *pdf.Page, in *pdf.Element, y float64) {
			if list == nil {
				list = in.Add(pdf.Contents)
			}
			half, width := (len(part)+1)/2, (c.Width-contentsGap)/2
			for i, e := range part {
				column, row := i/half, i%half
				c.entry(p, list, e, c.X+float64(column)*(width+contentsGap), y+float64(row)*leading, width)
			}
		}})
		before = 0
	}
}

// numberRoom is the room for the number of a page.
const numberRoom = 48.0

func (c Column) entry(p *pdf.Page, list *pdf.Element, e Entry, x, y, width float64) {
	link := list.Add(pdf.Entry).Add(pdf.Reference).Add(pdf.Leading)
	text := c.Clip(e.Text, width-numberRoom)
	number := c.once(Text{Text: e.Page, Style: text.Style}, numberRoom)
	p.Begin(link)
	set := c.setText(text, width-numberRoom)
	set.more = true
	c.Job.paint(p, set, x, y)
	c.rightward(p, number, x+width, y)
	p.End()
	p.Link(link, e.To, x, y, x+width, y+text.Style.Leading, e.Says)
}
