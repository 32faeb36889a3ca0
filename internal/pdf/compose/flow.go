package compose

import "scorehouse/internal/pdf"

// Sides are the room on the pages of a sheet: the first page and those after it. Measures are from the top of the page.
type Sides struct{ First, Next, Bottom float64 }

// Plan is blocks on pages.
type Plan struct {
	pages [][]placed
	end   float64
}

type placed struct {
	block *Block
	y     float64
	again *Table // its head is painted above the block
}

// Pages is how many pages the plan takes.
func (p Plan) Pages() int { return len(p.pages) }

// NewPlan puts the blocks of a stack on pages, one below the other; it holds until the stack changes. The spaces between them are multiplied by squeeze.
func NewPlan(stack *Stack, sides Sides, squeeze float64) Plan {
	blocks := stack.blocks
	plan, y := Plan{pages: [][]placed{make([]placed, 0, len(blocks))}}, sides.First
	next := func() { plan.pages, y = append(plan.pages, make([]placed, 0, len(blocks))), sides.Next }
	for i := 0; i < len(blocks); {
		n := 1
		for i+n < len(blocks) && blocks[i+n-1].WithNext {
			n++
		}
		group := blocks[i : i+n]
		last := &plan.pages[len(plan.pages)-1]
		if len(*last) > 0 && (group[0].NewPage && len(plan.pages) == 1 || y+height(group, squeeze) > sides.Bottom) {
			next()
			last = &plan.pages[len(plan.pages)-1]
		}
		for k := range group {
			b := &group[k]
			at := placed{block: b}
			switch {
			case len(*last) > 0:
				y += b.Before * squeeze
			case b.head != nil:
				at.again = b.head
				y += b.head.height
			}
			at.y = y
			*last, y = append(*last, at), y+b.Height
		}
		i += n
	}
	plan.end = y
	return plan
}

// Parted reports whether what should begin the second page begins a page.
func (p Plan) Parted() bool {
	for _, page := range p.pages {
		for i, b := range page {
			if b.block.NewPage {
				return i == 0
			}
		}
	}
	return true
}

// End is where the last block ends on its page.
func (p Plan) End() float64 { return p.end }

func height(blocks []Block, squeeze float64) float64 {
	h := 0.0
	for i := range blocks {
		h += blocks[i].Before*squeeze + blocks[i].Height
	}
	return h
}

// PaintPage paints one page of the plan. What it paints is added to an element.
func (j *Job) PaintPage(plan Plan, i int, p *pdf.Page, in *pdf.Element) {
	sharing := false
	for _, b := range plan.pages[i] {
		if same := b.block.same && b.again == nil; same != sharing {
			if sharing = same; same {
				p.Share()
			} else {
				p.Shared()
			}
		}
		if b.again != nil {
			b.again.again(p, b.y-b.again.height)
		}
		b.block.paint(p, in, b.y)
		if sharing && !b.block.WithNext {
			p.Shared()
			sharing = false
		}
	}
	if sharing {
		p.Shared()
	}
}

// AddPage begins a page after the others.
func (j *Job) AddPage() *pdf.Page {
	j.pages++
	j.page.number = j.pages
	return j.Document.AddPage()
}

// AddFront begins a page before those of AddPage, after others in front.
func (j *Job) AddFront() *pdf.Page {
	j.page.number = -j.fronts
	j.fronts++
	return j.Document.AddFront()
}

// Left paints a text at a place, outside of the blocks; element is nil for what was said before.
func (j *Job) Left(p *pdf.Page, t Text, x, y, width float64) {
	j.page.edge = true
	j.paint(p, j.setText(t, width), x, y)
	j.page.edge = false
}

// Right paints a text that ends at a place.
func (j *Job) Right(p *pdf.Page, t Text, right, y, width float64) {
	j.page.edge = true
	j.rightward(p, j.setText(t, width), right, y)
	j.page.edge = false
}

// Lines is how many lines a text takes.
func (j *Job) Lines(t Text, width float64) int { return len(j.setText(t, width).lines) }

// Pages is how many pages the document has, without those in front.
func (j *Job) Pages() int { return j.pages }
