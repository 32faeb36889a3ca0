package compose

import (
	"scorehouse/internal/draw"
	"scorehouse/internal/pdf"
)

// Table is a table whose head comes again on each page.
type Table struct {
	c       Column
	columns []TableColumn
	heads   []*setText
	height  float64 // of the head
	edge    float64 // above and below the texts of a row
	element *pdf.Element
	body    *pdf.Element
}

// TableColumn is one column: its head, its width as a part of the whole, and whether its texts end at its right edge.
type TableColumn struct {
	Head  Text
	Part  float64
	Right bool
}

// TableCell is what stands in a cell: texts one below the other, each with a sign before it or without.
type TableCell []CellText

// CellText is one text of a cell.
type CellText struct {
	Text
	Sign *draw.List // says the same as the text
}

const (
	cellGap  = 14.0 // between two columns; twice that before a column whose texts begin where those before it end
	signRoom = 22.0 // of a sign and the space after it
)

// Table sets a table: a block for its head and one for each row. The first cell of a row is its head.
func (c Column) Table(before float64, columns []TableColumn, rows [][]TableCell) {
	t := &Table{c: c, columns: columns, edge: c.Edge}
	for i, col := range columns {
		set := c.setText(col.Head, t.width(i))
		t.heads, t.height = append(t.heads, set), max(t.height, set.height())
	}
	t.height += 2 * t.edge
	c.add(Block{Before: before, Height: t.height, WithNext: true, same: true, paint: t.paintHead})
	for _, row := range rows {
		c.add(t.row(row))
	}
}

func (t *Table) width(i int) float64 {
	w := t.columns[i].Part * t.c.Width
	if i < len(t.columns)-1 {
		w -= cellGap
		if t.columns[i].Right && !t.columns[i+1].Right {
			w -= cellGap
		}
	}
	return w
}

func (t *Table) x(i int) float64 {
	x := t.c.X
	for _, col := range t.columns[:i] {
		x += col.Part * t.c.Width
	}
	return x
}

func (t *Table) line(p *pdf.Page, y, width float64, ink draw.Ink) {
	p.Artifact(pdf.Decoration)
	p.Rectangle(t.c.X, y-width, t.c.Width, width, t.c.Paint(ink), pdf.None, 0)
	p.End()
}

func (t *Table) put(p *pdf.Page, i int, set *setText, inset, y float64) {
	if t.columns[i].Right {
		t.c.rightward(p, set, t.x(i)+t.width(i), y)
		return
	}
	t.c.Job.paint(p, set, t.x(i)+inset, y)
}

func (t *Table) paintHead(p *pdf.Page, in *pdf.Element, y float64) {
	t.element = in.Add(pdf.Table)
	row := t.element.Add(pdf.TableHead).Add(pdf.Row)
	t.body = t.element.Add(pdf.TableBody)
	for i, set := range t.heads {
		p.Begin(row.Add(pdf.HeaderCell).Heads(pdf.Column))
		t.put(p, i, set, 0, y+t.height-t.edge-set.height())
		p.End()
	}
	t.line(p, y+t.height, 1.5, draw.Dark)
}

// again paints the head at the top of a page on which the table goes on. It has been read before.
func (t *Table) again(p *pdf.Page, y float64) {
	p.Artifact(pdf.Header)
	t.c.page.edge = true
	for i, set := range t.heads {
		t.put(p, i, set, 0, y+t.height-t.edge-set.height())
	}
	t.c.page.edge = false
	p.End()
	t.line(p, y+t.height, 1.5, draw.Dark)
}

func (t *Table) row(cells []TableCell) Block {
	sets, height, same := make([][]*setText, len(cells)), 0.0, true
	for i, cell := range cells {
		h := 0.0
		for _, text := range cell {
			width := t.width(i)
			same = same && text.Kept
			if text.Sign != nil {
				width -= signRoom
			}
			set := t.c.setText(text.Text, width)
			sets[i], h = append(sets[i], set), h+set.height()
		}
		height = max(height, h)
	}
	height += 2 * t.edge
	return Block{Height: height, head: t, same: same, paint: func(p *pdf.Page, _ *pdf.Element, y float64) {
		row := t.body.Add(pdf.Row)
		for i, cell := range cells {
			role := pdf.Cell
			if i == 0 {
				role = pdf.HeaderCell
			}
			element := row.Add(role)
			if i == 0 {
				element.Heads(pdf.RowOf)
			}
			t.cell(p, i, cell, sets[i], element, y+t.edge)
		}
		t.line(p, y+height, 1, draw.Hair)
	}}
}

func (t *Table) cell(p *pdf.Page, i int, cell TableCell, sets []*setText, element *pdf.Element, y float64) {
	for k, text := range cell {
		inset := 0.0
		if text.Sign != nil {
			inset = signRoom
			p.Artifact(pdf.Decoration)
			t.c.Chart(&p.Content, *text.Sign, t.x(i), y+(sets[k].style.Leading-text.Sign.Height)/2)
			p.End()
		}
		in := element
		if len(cell) > 1 {
			in = element.Add(pdf.Paragraph)
		}
		p.Begin(in)
		t.put(p, i, sets[k], inset, y)
		p.End()
		y += sets[k].height()
	}
}
