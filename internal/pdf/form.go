package pdf

import (
	"strconv"
)

// Form is drawing that is made and compressed once. It may be used in any document whose patterns are the same, by many goroutines.
type Form struct {
	dict     string
	deflated []byte
	uses     uses
}

// NewForm makes a form of a drawing whose marks lie between the corners left, top and right, bottom.
func NewForm(c *Content, left, top, right, bottom float64) *Form {
	dict := append(nums([]byte("/Type/XObject/Subtype/Form/BBox["), left, top, right, bottom), "]/Resources "...)
	return &Form{dict: string(ref(dict, formResources)) + "/Filter/FlateDecode", deflated: deflate(c.b, 9), uses: *c.uses}
}

func (f *Form) write(to *file) int {
	number := to.number()
	to.raw(number, f.dict, f.deflated)
	return number
}

// Pattern is a tile that fills shapes, Width by Height units large, turned by Matrix on a page of the size the document has.
type Pattern struct {
	Width, Height float64
	Angle         Turn
	Content       *Content
}

// Turn is how a pattern lies on the page.
type Turn int

// The turns.
const (
	Upright Turn = iota
	Rising       // turned by 45 degrees, to the upper right
	Falling
)

func (d *Document) patterns() string {
	if len(d.options.Patterns) == 0 {
		return ""
	}
	names := []byte("/Pattern<<")
	for i, p := range d.options.Patterns {
		number := d.file.number()
		s := d.options.Size.Scale
		b := append(nums([]byte("/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 "), p.Width, p.Height), "]/XStep "...)
		b = append(num(b, p.Width), "/YStep "...)
		b = append(num(b, p.Height), "/Resources<<>>/Matrix["...)
		turned := s * 0.7071
		switch p.Angle {
		case Rising:
			b = nums(b, turned, turned, -turned, turned, 0, 0)
		case Falling:
			b = nums(b, turned, -turned, turned, turned, 0, 0)
		default:
			b = nums(b, s, 0, 0, s, 0, 0)
		}
		d.file.stream(number, string(append(b, ']')), p.Content.b)
		names = ref(append(strconv.AppendInt(append(names, "/P"...), int64(i), 10), ' '), number)
	}
	return string(append(names, ">>"...))
}
