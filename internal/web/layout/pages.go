package layout

import (
	"slices"
	"strconv"

	"scorehouse/internal/words"
)

// Sizes are how many rows of a long list a page may show; 0 is all. The first is used when nothing is asked for.
var Sizes = []int{100, 50, 250, 0}

// allRows is how addresses ask for a list without pages.
const allRows = "all"

// ParseSize reads the size of an address.
func ParseSize(s string) (int, bool) {
	if s == allRows {
		return 0, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n > 0 && slices.Contains(Sizes, n)
}

// Pages is which part of a long list a page shows.
type Pages struct {
	Rows     int // of the whole list
	From, To int // those shown: From is the first, counted from 0, To the one after the last
	size     int // 0 shows all
	address  Address
}

// NewPages returns the part of a list of some rows for a page, counted from 1; a page after the last is the last. Address is that of the list.
func NewPages(a Address, rows, size, page int) Pages {
	p := Pages{Rows: rows, To: rows, size: size, address: a}
	if size == 0 && a.Get("size") == "" {
		p.size = Sizes[0]
	}
	if p.size == 0 {
		return p
	}
	last := max((rows+p.size-1)/p.size, 1)
	page = min(max(page, 1), last)
	p.From, p.To = (page-1)*p.size, min(page*p.size, rows)
	return p
}

// needed reports whether the list is long enough to choose a part of it.
func (p Pages) needed() bool { return p.Rows > slices.Min(Sizes[:3]) }

// sizes are the choices of how much to show.
func (p Pages) sizes(w *words.Words) []Option {
	var options []Option
	for _, n := range []int{50, 100, 250, 0} {
		text, value := w.Number(n), strconv.Itoa(n)
		if n == 0 {
			text, value = w.Frame.AllRows(), allRows
		}
		options = append(options, Option{Text: text, Address: p.address.Without("page").With("size", value), Current: n == p.size})
	}
	return options
}

// before and after lead to the neighbouring pages; empty at the ends.
func (p Pages) before() string { return p.neighbour(p.From > 0, -1) }
func (p Pages) after() string  { return p.neighbour(p.To < p.Rows, 1) }

func (p Pages) neighbour(there bool, step int) string {
	if !there || p.size == 0 {
		return ""
	}
	return p.address.With("page", strconv.Itoa(p.From/p.size+1+step)).String()
}
