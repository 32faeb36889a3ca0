package pdf

import "strconv"

// Bookmark is an entry of the outline.
type Bookmark struct{ index int }

// outline is the entries, each after the one it lies in.
type outline struct{ items []bookmark }

type bookmark struct {
	title           string
	page, parent    int // parent is an index; -1 for the outermost
	y               float64
	first, last     int // indices of its own entries, -1 for none
	previous, next  int
	number, entries int
}

// Bookmark adds an entry that leads to a height on a page, in units, inside another entry or, with nil, outermost. Entries with entries of
// their own are shown closed.
func (p *Page) Bookmark(in *Bookmark, title string, y float64) *Bookmark {
	d, parent := p.doc, -1
	if in != nil {
		parent = in.index
	}
	at := len(d.outline.items)
	s := d.options.Size
	item := bookmark{title: title, page: p.number, parent: parent, y: (s.Height - y) * s.Scale, first: -1, last: -1, previous: -1, next: -1, number: d.file.number()}
	for i := at - 1; i >= 0; i-- {
		if d.outline.items[i].parent == parent {
			item.previous, d.outline.items[i].next = i, at
			break
		}
	}
	if parent >= 0 {
		over := &d.outline.items[parent]
		over.last, over.entries = at, over.entries+1
		if over.first < 0 {
			over.first = at
		}
	}
	d.outline.items = append(d.outline.items, item)
	return &Bookmark{at}
}

func (o *outline) write(f *file) {
	if len(o.items) == 0 {
		return
	}
	number := func(i int) int { return o.items[i].number }
	count, last := 0, 0
	for i, item := range o.items {
		if item.parent < 0 {
			count, last = count+1, i
		}
		b := text([]byte("<</Title"), item.title)
		parent := outlineRoot
		if item.parent >= 0 {
			parent = number(item.parent)
		}
		b = ref(append(b, "/Parent "...), parent)
		for _, to := range []struct {
			key string
			at  int
		}{{"/Prev ", item.previous}, {"/Next ", item.next}, {"/First ", item.first}, {"/Last ", item.last}} {
			if to.at >= 0 {
				b = ref(append(b, to.key...), number(to.at))
			}
		}
		if item.entries > 0 {
			b = strconv.AppendInt(append(b, "/Count -"...), int64(item.entries), 10)
		}
		b = append(ref(append(b, "/Dest["...), item.page), "/XYZ 0 "...)
		f.object(item.number, append(num(b, item.y), " null]>>"...))
	}
	b := ref(append(ref([]byte("<</Type/Outlines/First "), number(0)), "/Last "...), number(last))
	f.object(outlineRoot, append(strconv.AppendInt(append(b, "/Count "...), int64(count), 10), ">>"...))
}
