package pdf

import "strconv"

// Page is a page being filled. Everything painted lies between Begin or Artifact and End.
type Page struct {
	Content
	doc    *Document
	number int
	marked []*Element // by marked content id
	links  []int      // object numbers
	shared []span     // parts that other pages may have as well
}

// span is a part of the operators of a page.
type span struct{ from, to int }

// Artifact is what is on a page but not part of its text.
type Artifact string

// The artifacts.
const (
	Header     Artifact = "/Artifact<</Type/Pagination/Subtype/Header>>BDC\n"
	Footer     Artifact = "/Artifact<</Type/Pagination/Subtype/Footer>>BDC\n"
	Decoration Artifact = "/Artifact BMC\n"
)

// Label numbers pages from one on: a prefix, then a number that begins with First; no number when First is 0.
type Label struct {
	Prefix string
	First  int
	Roman  bool // i, ii, iii
	page   int
}

func (l Label) append(b []byte) []byte {
	b = append(strconv.AppendInt(b, int64(l.page), 10), "<<"...)
	if l.First > 0 {
		style := "/S/D/St "
		if l.Roman {
			style = "/S/r/St "
		}
		b = strconv.AppendInt(append(b, style...), int64(l.First), 10)
	}
	if l.Prefix != "" {
		b = text(append(b, "/P"...), l.Prefix)
	}
	return append(b, ">>"...)
}

// AddPage begins a page after the others. The page before it must be closed.
func (d *Document) AddPage() *Page { return d.addPage(&d.pages) }

// AddFront begins a page that comes before those of AddPage: a cover that says what the document turned out to hold.
func (d *Document) AddFront() *Page { return d.addPage(&d.front) }

func (d *Document) addPage(to *[]branch) *Page {
	if n := len(*to); n == 0 || len((*to)[n-1].pages) == perBranch {
		*to = append(*to, branch{number: d.file.number()})
	}
	last := &(*to)[len(*to)-1]
	p := &Page{doc: d, number: d.file.number(), marked: d.spareMarked[:0]}
	p.uses, p.b, p.shared = &d.uses, d.spare[:0], d.spareShared[:0]
	last.pages = append(last.pages, p.number)
	s := d.options.Size
	p.b = append(nums(p.b, s.Scale, 0, 0, -s.Scale, 0, s.Height*s.Scale), "cm\n"...)
	d.open = p
	return p
}

// Label numbers this page and those after it.
func (p *Page) Label(l Label) {
	for _, branches := range [][]branch{p.doc.front, p.doc.pages} {
		if n := len(branches); n > 0 {
			last := &branches[n-1]
			if k := len(last.pages) - 1; k >= 0 && last.pages[k] == p.number {
				if last.labels == nil {
					last.labels = map[int]Label{}
				}
				last.labels[k] = l
			}
		}
	}
}

// Begin says that what follows belongs to an element.
func (p *Page) Begin(e *Element) {
	id := len(p.marked)
	p.marked = append(p.marked, e)
	e.kids = append(e.kids, kid{page: p.number, id: id})
	p.b = append(append(append(p.b, '/'), e.role...), "<</MCID "...)
	p.b = append(strconv.AppendInt(p.b, int64(id), 10), ">>BDC\n"...)
}

// Artifact says that what follows is not part of the text.
func (p *Page) Artifact(a Artifact) { p.b = append(p.b, a...) }

// End ends what Begin or Artifact began.
func (p *Page) End() { p.b = append(p.b, "EMC\n"...) }

// Place paints a form with its upper left corner at a point.
func (p *Page) Place(f *Form, x, y float64) {
	number, known := p.doc.forms[f]
	if !known {
		number = len(p.doc.named)
		p.doc.forms[f] = number
		p.doc.named = append(p.doc.named, f.write(p.doc.file))
		p.doc.uses.add(f.uses)
	}
	p.b = append(nums(append(p.b, "q 1 0 0 1 "...), x, y), "cm/X"...)
	p.b = append(strconv.AppendInt(p.b, int64(number), 10), " Do Q\n"...)
}

// Target is a height on a page, to which links lead.
type Target struct {
	page int
	y    float64 // in points from below
}

// Here is a height on this page.
func (p *Page) Here(y float64) Target {
	s := p.doc.options.Size
	return Target{p.number, (s.Height - y) * s.Scale}
}

// Link makes an area of the page lead to a target. It belongs to an element of the role Leading, which holds the text that is seen; says is
// for those who do not see it.
func (p *Page) Link(e *Element, to Target, left, top, right, bottom float64, says string) {
	d, s := p.doc, p.doc.options.Size
	number, key := d.file.number(), len(d.parents)
	d.parents = append(d.parents, e.number)
	e.kids = append(e.kids, kid{page: p.number, object: number})
	p.links = append(p.links, number)
	b := append(d.file.line[:0], "<</Type/Annot/Subtype/Link/F 4/Border[0 0 0]/Rect["...)
	b = nums(b, left*s.Scale, (s.Height-bottom)*s.Scale, right*s.Scale, (s.Height-top)*s.Scale)
	b = append(ref(append(b, "]/Dest["...), to.page), "/XYZ 0 "...)
	b = text(append(num(b, to.y), " null]/Contents"...), says)
	d.file.line = append(strconv.AppendInt(append(b, "/StructParent "...), int64(key), 10), ">>"...)
	d.file.object(number, d.file.line)
}

// Share says that what follows, to Shared, is likely on other pages in the same place. Such parts are written once when the document is to be
// made quickly.
func (p *Page) Share() {
	if p.doc.shared != nil {
		p.font, p.fill = nil, ""
		p.shared = append(p.shared, span{from: len(p.b)})
	}
}

// mostShared is how many parts a document remembers.
const mostShared = 1 << 13

// Shared ends what Share began.
func (p *Page) Shared() {
	if p.doc.shared == nil {
		return
	}
	p.font, p.fill = nil, ""
	p.shared[len(p.shared)-1].to = len(p.b)
}

// leastShared is how many bytes parts that follow one another must have to stand for themselves in the middle of a page: each stream has a
// beginning of its own.
const leastShared = 900

// contents writes the operators and returns the references to them. A part is written for itself when it comes the second time.
func (p *Page) contents(refs []byte) []byte {
	d, done := p.doc, 0
	own := func(to int) {
		if to > done {
			number := d.file.number()
			d.file.stream(number, "", p.b[done:to])
			refs = append(ref(refs, number), ' ')
		}
	}
	known := p.known()
	for len(known) > 0 {
		n := 1
		for n < len(known) && known[n].from == known[n-1].to {
			n++
		}
		run := known[:n]
		known = known[n:]
		if from, to := run[0].from, run[n-1].to; to-from >= leastShared || from == 0 || to == len(p.b) {
			own(from)
			for _, s := range run {
				refs = append(ref(refs, d.sharedPart(p.b[s.from:s.to])), ' ')
			}
			done = to
		}
	}
	own(len(p.b))
	return refs
}

// known are the parts that have come before; the others are remembered.
func (p *Page) known() []span {
	known := p.shared[:0]
	for _, s := range p.shared {
		if _, ok := p.doc.shared[string(p.b[s.from:s.to])]; ok {
			known = append(known, s)
		} else if len(p.doc.shared) < mostShared {
			p.doc.shared[string(p.b[s.from:s.to])] = 0
		}
	}
	return known
}

// sharedPart is the number of a part of pages, which is written when it is first used.
func (d *Document) sharedPart(part []byte) int {
	number := d.shared[string(part)]
	if number == 0 {
		number = d.file.number()
		d.file.stream(number, "", part)
		d.shared[string(part)] = number
	}
	return number
}

// Close writes the page.
func (p *Page) Close() {
	d := p.doc
	array, key := d.file.number(), len(d.parents)
	b := append(d.file.line[:0], '[')
	for _, e := range p.marked {
		b = append(ref(b, e.number), ' ')
	}
	d.file.line = append(b, ']')
	d.file.object(array, d.file.line)
	d.parents = append(d.parents, array)
	branches := d.pages
	if n := len(d.front); n > 0 && len(d.front[n-1].pages) > 0 && d.front[n-1].pages[len(d.front[n-1].pages)-1] == p.number {
		branches = d.front
	}
	b = append(ref(append(d.spareLine[:0], "<</Type/Page/Parent "...), branches[len(branches)-1].number), "/Contents["...)
	b = strconv.AppendInt(append(p.contents(b), "]/StructParents "...), int64(key), 10)
	if len(p.links) > 0 {
		b = append(b, "/Tabs/S/Annots["...)
		for _, link := range p.links {
			b = append(ref(b, link), ' ')
		}
		b = append(b, ']')
	}
	d.spareLine = append(b, ">>"...)
	d.file.object(p.number, d.spareLine)
	d.open, d.spare, d.spareMarked, d.spareShared = nil, p.b, p.marked, p.shared
	p.b = nil
}
