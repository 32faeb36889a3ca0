package pdftest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// An Assertion is one way of looking at a document.
type Assertion func(*File, testing.TB) []string

// Problems lists what keeps a document from being accessible, a line each.
func (f *File) Problems(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, a := range []Assertion{Sound, Described, Fonts, Structure, Tagged, Links} {
		all = append(all, a(f, t)...)
	}
	return all
}

// Sound looks at the syntax.
func Sound(f *File, _ testing.TB) []string {
	if said := f.Syntax(); said != "" {
		return []string{"syntax: qpdf complains: " + said}
	}
	return nil
}

// Described looks at what the document says about itself.
func Described(f *File, t testing.TB) []string {
	f.read(t)
	var all []string
	info, catalog := f.Info(t), f.catalog()
	metadata := string(f.data(catalog["/Metadata"]))
	if info["Tagged"] != "yes" {
		all = append(all, "tagged: pdfinfo says "+info["Tagged"])
	}
	if info["Title"] == "" {
		all = append(all, "title: there is none")
	}
	if !strings.Contains(metadata, "<pdfuaid:part>1</pdfuaid:part>") {
		all = append(all, "metadata: does not claim PDF/UA-1")
	}
	if !strings.Contains(metadata, "<dc:title>") {
		all = append(all, "metadata: has no title")
	}
	if s, _ := catalog["/Lang"].(string); len(s) < len("u:en") {
		all = append(all, "language: there is none")
	}
	if f.dict(catalog["/ViewerPreferences"])["/DisplayDocTitle"] != true {
		all = append(all, "title: viewers show the name of the file instead")
	}
	return all
}

// Fonts looks at whether fonts are embedded, cut down and mapped to characters.
func Fonts(f *File, t testing.TB) []string {
	var all []string
	for i, line := range strings.Split(strings.TrimSpace(run(t, "pdffonts", f.Path)), "\n") {
		font := strings.Fields(line)
		if n := len(font); i >= 2 && (n < 5 || !slices.Equal(font[n-5:n-2], []string{"yes", "yes", "yes"})) {
			all = append(all, "fonts: not embedded, cut down and mapped to characters: "+line)
		}
	}
	return all
}

// roles are the standard structure types that our documents may use, with the roles their parents may have.
var roles = map[string][]string{
	"/Document": nil, "/Sect": {"/Document", "/Sect"}, "/Div": {"/Sect", "/Document"},
	"/H1": {"/Sect"}, "/H2": {"/Sect"}, "/H3": {"/Sect"}, "/P": {"/Sect", "/Div", "/TD", "/TH", "/LBody"},
	"/TOC": {"/Sect"}, "/TOCI": {"/TOC"}, "/Reference": {"/TOCI"}, "/Link": {"/Reference"},
	"/L": {"/Sect"}, "/LI": {"/L"}, "/Lbl": {"/LI"}, "/LBody": {"/LI"}, "/Figure": {"/Sect"},
	"/Table": {"/Sect"}, "/THead": {"/Table"}, "/TBody": {"/Table"}, "/TR": {"/THead", "/TBody"}, "/TH": {"/TR"}, "/TD": {"/TR"},
}

// Structure walks the structure tree.
func Structure(f *File, t testing.TB) []string {
	f.read(t)
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	heading := 0
	var walk func(ref any, parent, parentRole string, cells *[]int)
	walk = func(v any, parent, parentRole string, cells *[]int) {
		e, ref := f.dict(v), fmt.Sprint(v)
		role, ok := e["/S"].(string)
		if !ok {
			return // marked content
		}
		parents, known := roles[role]
		if !known {
			add("structure: role %s of %s is not one of ours", role, ref)
		} else if len(parents) > 0 && !slices.Contains(parents, parentRole) {
			add("structure: %s in %s", role, parentRole)
		}
		if parent != "" && fmt.Sprint(e["/P"]) != parent {
			add("structure: the parent of %s is not the element it lies in", ref)
		}
		attributes := f.list(e["/A"])
		has := func(key string) bool {
			return slices.ContainsFunc(attributes, func(a any) bool { return f.dict(a)[key] != nil })
		}
		switch role {
		case "/Figure":
			if alt, _ := e["/Alt"].(string); len(alt) < len("u:.") {
				add("figure: %s has no alternative", ref)
			}
			if !has("/BBox") {
				add("figure: %s has no box", ref)
			}
		case "/TH":
			if !has("/Scope") {
				add("table: header %s has no scope", ref)
			}
		case "/H1", "/H2", "/H3":
			level := int(role[2] - '0')
			if level > heading+1 {
				add("headings: level %d after %d", level, heading)
			}
			heading = level
		}
		kids, inner := f.list(e["/K"]), cells
		if role == "/Table" {
			inner = &[]int{}
		}
		if role == "/TR" && cells != nil {
			*cells = append(*cells, len(kids))
		}
		if len(kids) == 0 && role != "/TD" {
			add("structure: %s %s is empty", role, ref)
		}
		for _, k := range kids {
			walk(k, ref, role, inner)
		}
		if role == "/Table" {
			for _, n := range *inner {
				if n != (*inner)[0] {
					add("table: %s has rows of %d and of %d cells", ref, (*inner)[0], n)
					break
				}
			}
		}
	}
	root := f.dict(f.catalog()["/StructTreeRoot"])
	kids := f.list(root["/K"])
	if len(kids) != 1 {
		add("structure: %d roots", len(kids))
	}
	for _, k := range kids {
		walk(k, "", "", nil)
	}
	return all
}

// Tagged looks at whether everything painted is tagged or an artifact, and that marked content and elements find each other.
func Tagged(f *File, t testing.TB) []string {
	f.read(t)
	var all []string
	parents := map[string][]any{}
	nums := f.list(f.dict(f.dict(f.catalog()["/StructTreeRoot"])["/ParentTree"])["/Nums"])
	for i := 0; i+1 < len(nums); i += 2 {
		parents[fmt.Sprint(nums[i])] = f.list(nums[i+1])
	}
	for n, page := range f.pages() {
		d := f.dict(page)
		add := func(format string, args ...any) {
			all = append(all, fmt.Sprintf("page %d: ", n+1)+fmt.Sprintf(format, args...))
		}
		ids, loose := marked(f.content(d))
		if loose != "" {
			add("content: %s is neither tagged nor an artifact", loose)
		}
		array := parents[fmt.Sprint(d["/StructParents"])]
		if len(array) != len(ids) {
			add("content: %d pieces of marked content, %d entries in the parent tree", len(ids), len(array))
		}
		for at, id := range ids {
			if id != at {
				add("content: marked content %d comes as number %d", id, at)
				break
			}
		}
		for id, element := range array {
			if !f.holds(element, page, id) {
				add("content: %s does not hold marked content %d", element, id)
			}
		}
	}
	return all
}

// Links looks at whether links say where they lead, are reached in the order of reading, and find their elements.
func Links(f *File, t testing.TB) []string {
	f.read(t)
	var all []string
	parents := map[string]any{}
	nums := f.list(f.dict(f.dict(f.catalog()["/StructTreeRoot"])["/ParentTree"])["/Nums"])
	for i := 0; i+1 < len(nums); i += 2 {
		parents[fmt.Sprint(nums[i])] = nums[i+1]
	}
	pages := f.pages()
	for n, page := range pages {
		d := f.dict(page)
		links := f.list(d["/Annots"])
		if len(links) > 0 && d["/Tabs"] != "/S" {
			all = append(all, fmt.Sprintf("page %d: links come in another order than the texts", n+1))
		}
		for _, ref := range links {
			link := f.dict(ref)
			if says, _ := link["/Contents"].(string); len(says) < len("u:.") {
				all = append(all, fmt.Sprintf("page %d: link %s does not say where it leads", n+1, ref))
			}
			if to := f.list(link["/Dest"]); len(to) == 0 || !slices.Contains(pages, fmt.Sprint(to[0])) {
				all = append(all, fmt.Sprintf("page %d: link %s leads nowhere", n+1, ref))
			}
			held := slices.ContainsFunc(f.list(f.dict(parents[fmt.Sprint(link["/StructParent"])])["/K"]), func(k any) bool { return dict(k)["/Obj"] == ref })
			if !held {
				all = append(all, fmt.Sprintf("page %d: link %s is not in the structure", n+1, ref))
			}
		}
	}
	return all
}

// holds reports whether an element has a piece of marked content among its kids.
func (f *File) holds(element any, page string, id int) bool {
	e := f.dict(element)
	for _, k := range f.list(e["/K"]) {
		on := e["/Pg"]
		if d, ok := k.(map[string]any); ok {
			k, on = d["/MCID"], d["/Pg"]
		}
		if fmt.Sprint(k) == fmt.Sprint(id) && fmt.Sprint(on) == page {
			return true
		}
	}
	return false
}
