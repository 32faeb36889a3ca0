package pdf

import "strconv"

// Role is a standard structure type.
type Role string

// The roles that documents here use.
const (
	Section    Role = "Sect"
	Heading1   Role = "H1"
	Heading2   Role = "H2"
	Heading3   Role = "H3"
	Paragraph  Role = "P"
	Note       Role = "Note"
	List       Role = "L"
	Item       Role = "LI"
	ItemLabel  Role = "Lbl"
	ItemBody   Role = "LBody"
	Table      Role = "Table"
	TableHead  Role = "THead"
	TableBody  Role = "TBody"
	Row        Role = "TR"
	HeaderCell Role = "TH"
	Cell       Role = "TD"
	Figure     Role = "Figure"
	Caption    Role = "Caption"
	Division   Role = "Div"
	Span       Role = "Span"
	Contents   Role = "TOC"
	Entry      Role = "TOCI" // of contents
	Reference  Role = "Reference"
	Leading    Role = "Link"
)

// Scope says what a header cell is the head of.
type Scope int

// The scopes.
const (
	Column Scope = columnScope
	RowOf  Scope = rowScope
)

// Element is a node of the structure tree: the order of its kids is the order of reading.
type Element struct {
	doc            *Document
	in             *Element
	number, parent int
	role           Role
	kids           []kid
	alt, title     string
	language       string
	scope          Scope
	box            *[4]float64
	ended          bool
}

// kid is an element, marked content of a page, or an object of a page: a link.
type kid struct {
	element  *Element
	number   int // of an element already written
	page, id int
	object   int // number of a link
}

// Add appends an element.
func (e *Element) Add(role Role) *Element {
	child := e.doc.element()
	child.number, child.parent, child.in, child.role = e.doc.file.number(), e.number, e, role
	e.kids = append(e.kids, kid{element: child})
	return child
}

// AddFirst puts an element before those there are.
func (e *Element) AddFirst(role Role) *Element {
	child := e.Add(role)
	n := len(e.kids) - 1
	last := e.kids[n]
	copy(e.kids[1:], e.kids[:n])
	e.kids[0] = last
	return child
}

// element is a blank one: new, or one that has been written.
func (d *Document) element() *Element {
	n := len(d.unused) - 1
	if n < 0 {
		fresh := make([]Element, 64)
		for i := range fresh {
			d.unused = append(d.unused, &fresh[i])
		}
		n = len(d.unused) - 1
	}
	e := d.unused[n]
	d.unused = d.unused[:n]
	*e = Element{doc: d, kids: e.kids[:0]}
	return e
}

// Alt says in words what a figure shows.
func (e *Element) Alt(s string) *Element { e.alt = s; return e }

// Title names the element in a list of what the document holds.
func (e *Element) Title(s string) *Element { e.title = s; return e }

// Language says in which language the element is, when it is not that of the document.
func (e *Element) Language(s string) *Element { e.language = s; return e }

// Heads says what a header cell is the head of.
func (e *Element) Heads(s Scope) *Element { e.scope = s; return e }

// At says where a figure lies on its page: left, top, right and bottom in units.
func (e *Element) At(left, top, right, bottom float64) *Element {
	s := e.doc.options.Size
	e.box = &[4]float64{left * s.Scale, (s.Height - bottom) * s.Scale, right * s.Scale, (s.Height - top) * s.Scale}
	return e
}

// End says that the element and what is in it are complete, and writes them. Neither it nor what is in it may be used any more.
func (e *Element) End() {
	if e.ended {
		return
	}
	e.end()
	if e.in == nil {
		return
	}
	for i := len(e.in.kids) - 1; i >= 0; i-- {
		if e.in.kids[i].element == e {
			e.in.kids[i] = kid{number: e.number}
			e.doc.unused = append(e.doc.unused, e)
			return
		}
	}
}

// end writes the element after those in it, which are used again.
func (e *Element) end() {
	e.ended = true
	for i, k := range e.kids {
		if k.element != nil {
			k.element.end()
			e.kids[i] = kid{number: k.element.number}
			e.doc.unused = append(e.doc.unused, k.element)
		}
	}
	f := e.doc.file
	f.line = e.append(f.line[:0])
	f.object(e.number, f.line)
}

func (e *Element) append(b []byte) []byte {
	b = append(append(b, "<</S/"...), e.role...)
	b = ref(append(b, "/P "...), e.parent)
	page := 0
	for _, k := range e.kids {
		if k.page > 0 {
			page = k.page
			break
		}
	}
	if page > 0 {
		b = ref(append(b, "/Pg "...), page)
	}
	b = e.attributes(b)
	switch len(e.kids) {
	case 0:
	case 1:
		b = e.kids[0].append(append(b, "/K "...), page)
	default:
		b = append(b, "/K["...)
		for _, k := range e.kids {
			b = append(k.append(b, page), ' ')
		}
		b = append(b, ']')
	}
	return append(b, ">>"...)
}

func (e *Element) attributes(b []byte) []byte {
	if e.title != "" {
		b = text(append(b, "/T"...), e.title)
	}
	if e.alt != "" {
		b = text(append(b, "/Alt"...), e.alt)
	}
	if e.language != "" {
		b = text(append(b, "/Lang"...), e.language)
	}
	if e.scope != 0 {
		b = ref(append(b, "/A "...), int(e.scope))
	}
	if e.box != nil {
		b = append(nums(append(b, "/A<</O/Layout/Placement/Block/BBox["...), e.box[:]...), "]>>"...)
	}
	return b
}

// append writes a kid; page is that of the element.
func (k kid) append(b []byte, page int) []byte {
	switch {
	case k.number > 0:
		return ref(b, k.number)
	case k.object > 0:
		b = ref(append(b, "<</Type/OBJR/Obj "...), k.object)
		return append(ref(append(b, "/Pg "...), k.page), ">>"...)
	case k.page == page:
		return strconv.AppendInt(b, int64(k.id), 10)
	}
	b = ref(append(b, "<</Type/MCR/Pg "...), k.page)
	return append(strconv.AppendInt(append(b, "/MCID "...), int64(k.id), 10), ">>"...)
}
