package pdf

import "strconv"

// Page is a page being filled. Everything painted lies between Begin or Artifact and End.
type Page struct {
	Content
	doc    *Document
	number int
	marked []*Element // by marked content id
}

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
	page   int
}

func (l Label) append(b []byte) []byte {
	b = append(strconv.AppendInt(b, int64(l.page), 10), "<<"...)
	if l.First > 0 {
		b = strconv.AppendInt(append(b, "/S/D/St "...), int64(l.First), 10)
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
	p.uses, p.b = &d.uses, d.spare[:0]
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

// Close writes the page.
func (p *Page) Close() {
	d := p.doc
	content, array, key := d.file.number(), d.file.number(), len(d.parents)
	d.file.stream(content, "", p.b)
	b := []byte{'['}
	for _, e := range p.marked {
		b = append(ref(b, e.number), ' ')
	}
	d.file.object(array, append(b, ']'))
	d.parents = append(d.parents, array)
	branches := d.pages
	if n := len(d.front); n > 0 && len(d.front[n-1].pages) > 0 && d.front[n-1].pages[len(d.front[n-1].pages)-1] == p.number {
		branches = d.front
	}
	b = append(ref([]byte("<</Type/Page/Parent "), branches[len(branches)-1].number), "/Contents "...)
	b = strconv.AppendInt(append(ref(b, content), "/StructParents "...), int64(key), 10)
	d.file.object(p.number, append(b, ">>"...))
	d.open, d.spare, d.spareMarked = nil, p.b, p.marked
	p.b = nil
}
