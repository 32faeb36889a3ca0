package pdf

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Info is what a document says about itself.
type Info struct {
	Title    string
	Language string    // BCP 47: en-US
	Author   string    // left out when empty
	Producer string    // left out when empty
	Created  time.Time // left out when zero
}

// Options are how a document is written.
type Options struct {
	Size     Size      // of the pages
	Patterns []Pattern // the fills that Pattern paints name by their place
	Level    int       // of compression, 1 to 9; 0 is 6
	Repeats  bool      // what comes again in the same place on another page is a stream of its own, to which pages refer
	// Fonts are fonts cut down beforehand (NewFont). One serves when it has all the glyphs the document uses.
	Fonts []*Font
}

// Size is the size of a page. Scale is how many points one unit of its content is: 0.75 for the pixel of the web.
type Size struct {
	Width, Height float64 // in units
	Scale         float64
}

// The two sizes of paper, in CSS pixels.
var (
	Letter = Size{816, 1056, 0.75}
	A4     = Size{793.7, 1122.52, 0.75}
)

// Objects with numbers of their own, so that forms can refer to them before there is a document.
const (
	catalogObject = 1 + iota
	pagesObject
	formResources
	pageResources
	structureRoot
	infoObject
	metadataObject
	columnScope
	rowScope
	parentTree
	documentElement
	outlineRoot
	firstFree
)

// Document is a document being written. It is for one goroutine.
type Document struct {
	file    *file
	info    Info
	options Options
	uses    uses
	forms   map[*Form]int // object number
	named   []int         // object numbers of forms in the order of their names
	root    *Element

	pages, front []branch // of the page tree; those in front come first
	parents      []int    // by key of the parent tree: the array of a page, the element of a link
	outline      outline
	labels       []Label
	open         *Page

	spare       []byte // what the last page was built in
	spareMarked []*Element
	spareShared []span
	spareLine   []byte
	shared      map[string]int // object numbers of parts of pages; 0 for those that came once; nil when none are shared
	unused      []*Element     // written, to be used again
}

// branch is a node of the page tree: its number and its pages.
type branch struct {
	number int
	pages  []int
	labels map[int]Label
}

// perBranch is how many pages a node of the page tree has.
const perBranch = 64

// NewDocument begins a document.
func NewDocument(to io.Writer, info Info, o Options) *Document {
	if o.Level == 0 {
		o.Level = 6
	}
	d := &Document{file: newFile(to, o.Level), info: info, options: o, forms: map[*Form]int{}}
	if o.Repeats {
		d.shared = map[string]int{}
	}
	for range firstFree - 1 {
		d.file.number()
	}
	d.root = &Element{doc: d, number: documentElement, parent: structureRoot, role: "Document"}
	d.file.object(columnScope, []byte("<</O/Table/Scope/Column>>"))
	d.file.object(rowScope, []byte("<</O/Table/Scope/Row>>"))
	return d
}

// Root is the element that everything tagged lies in.
func (d *Document) Root() *Element { return d.root }

// Close ends the document. It is an error to close it while a page is open, and whatever went wrong in writing comes out here.
func (d *Document) Close() error {
	if d.open != nil {
		return fmt.Errorf("write document: a page is still open")
	}
	d.root.End()
	fonts := d.fonts()
	patterns := d.patterns()
	d.file.object(formResources, []byte("<</Font<<"+fonts+">>"+patterns+">>"))
	d.file.object(pageResources, []byte("<</Font<<"+fonts+">>"+patterns+d.namedForms()+">>"))
	d.pageTree()
	d.structure()
	d.outline.write(d.file)
	d.catalog()
	if err := d.file.finish(catalogObject, infoObject); err != nil {
		return fmt.Errorf("write document: %w", err)
	}
	return nil
}

func (d *Document) namedForms() string {
	if len(d.named) == 0 {
		return ""
	}
	b := []byte("/XObject<<")
	for i, number := range d.named {
		b = ref(append(strconv.AppendInt(append(b, "/X"...), int64(i), 10), ' '), number)
	}
	return string(append(b, ">>"...))
}

// pageTree writes the tree of pages in two levels, and gathers the page labels.
func (d *Document) pageTree() {
	branches, index := append(d.front, d.pages...), 0
	b := []byte("<</Type/Pages/Kids[")
	for _, branch := range branches {
		node := []byte("<</Type/Pages/Parent ")
		node = append(ref(node, pagesObject), "/Kids["...)
		for i, page := range branch.pages {
			node = append(ref(node, page), ' ')
			if label, ok := branch.labels[i]; ok {
				label.page = index
				d.labels = append(d.labels, label)
			}
			index++
		}
		node = append(strconv.AppendInt(append(node, "]/Count "...), int64(len(branch.pages)), 10), ">>"...)
		d.file.object(branch.number, node)
		b = append(ref(b, branch.number), ' ')
	}
	size := d.options.Size
	b = append(strconv.AppendInt(append(b, "]/Count "...), int64(index), 10), "/MediaBox[0 0 "...)
	b = append(nums(b, size.Width*size.Scale, size.Height*size.Scale), "]/Resources "...)
	d.file.object(pagesObject, append(ref(b, pageResources), ">>"...))
}

// structure writes the root of the structure tree and the way from marked content to its elements.
func (d *Document) structure() {
	b := append(ref([]byte("<</Type/StructTreeRoot/K["), documentElement), "]/ParentTree "...)
	b = append(strconv.AppendInt(append(ref(b, parentTree), "/ParentTreeNextKey "...), int64(len(d.parents)), 10), ">>"...)
	d.file.object(structureRoot, b)
	b = []byte("<</Nums[")
	for key, array := range d.parents {
		b = append(ref(append(strconv.AppendInt(b, int64(key), 10), ' '), array), ' ')
	}
	d.file.object(parentTree, append(b, "]>>"...))
}

func (d *Document) catalog() {
	b := []byte("<</Type/Catalog/Pages 2 0 R/StructTreeRoot 5 0 R/MarkInfo<</Marked true>>/ViewerPreferences<</DisplayDocTitle true>>/Metadata 7 0 R/Lang")
	b = text(b, d.info.Language)
	if len(d.outline.items) > 0 {
		b = append(b, "/Outlines 12 0 R/PageMode/UseOutlines"...)
	}
	if len(d.labels) > 0 {
		b = append(b, "/PageLabels<</Nums["...)
		for _, l := range d.labels {
			b = l.append(b)
		}
		b = append(b, "]>>"...)
	}
	d.file.object(catalogObject, append(b, ">>"...))
	b = []byte("<<")
	for _, entry := range []struct{ key, value string }{{"/Title", d.info.Title}, {"/Author", d.info.Author}, {"/Producer", d.info.Producer}, {"/CreationDate", pdfTime(d.info.Created)}} {
		if entry.value != "" {
			b = text(append(b, entry.key...), entry.value)
		}
	}
	d.file.object(infoObject, append(b, ">>"...))
	d.file.raw(metadataObject, "/Type/Metadata/Subtype/XML", []byte(d.info.metadata()))
}

func pdfTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("D:20060102150405Z")
}

// metadata is the description of the document in XMP.
func (i Info) metadata() string {
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?><x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">" +
		"<rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">" +
		"<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">" + escape(i.Title) + "</rdf:li></rdf:Alt></dc:title>")
	if i.Author != "" {
		b.WriteString("<dc:creator><rdf:Seq><rdf:li>" + escape(i.Author) + "</rdf:li></rdf:Seq></dc:creator>")
	}
	if i.Language != "" {
		b.WriteString("<dc:language><rdf:Bag><rdf:li>" + escape(i.Language) + "</rdf:li></rdf:Bag></dc:language>")
	}
	if i.Producer != "" {
		b.WriteString("<pdf:Producer>" + escape(i.Producer) + "</pdf:Producer>")
	}
	if !i.Created.IsZero() {
		b.WriteString("<xmp:CreateDate>" + i.Created.UTC().Format(time.RFC3339) + "</xmp:CreateDate>")
	}
	b.WriteString("<pdfuaid:part>1</pdfuaid:part></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>")
	return b.String()
}

// escape makes a text fit for XML, without the characters XML cannot hold.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// fonts embeds the fonts and returns their entries in resources.
func (d *Document) fonts() string {
	var names []byte
	d.uses.sort()
	for i := range d.uses {
		u := &d.uses[i]
		names = append(strconv.AppendInt(append(names, "/F"...), int64(u.face.Index), 10), ' ')
		names = ref(names, d.embed(u))
	}
	return string(names)
}

// embed writes one font.
func (d *Document) embed(u *use) int {
	for _, f := range d.options.Fonts {
		if f.face == u.face && f.serves(u) {
			return f.write(d.file)
		}
	}
	return newFont(u, d.options.Level).write(d.file)
}
