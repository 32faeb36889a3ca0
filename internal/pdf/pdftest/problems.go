package pdftest

import (
	"fmt"
	"slices"
	"strings"
)

// Problems lists what keeps a document from being accessible, a line each.
func (f *File) Problems() []string {
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	if f.Check != "" {
		add("syntax: qpdf complains: %s", f.Check)
	}
	if f.Info["Tagged"] != "yes" {
		add("tagged: pdfinfo says %q", f.Info["Tagged"])
	}
	if f.Info["Title"] == "" {
		add("title: there is none")
	}
	if !strings.Contains(f.Metadata, "<pdfuaid:part>1</pdfuaid:part>") {
		add("metadata: does not claim PDF/UA-1")
	}
	if !strings.Contains(f.Metadata, "<dc:title>") {
		add("metadata: has no title")
	}
	catalog := f.catalog()
	if s, _ := catalog["/Lang"].(string); len(s) < 4 {
		add("language: there is none")
	}
	if f.dict(catalog["/ViewerPreferences"])["/DisplayDocTitle"] != true {
		add("title: viewers show the name of the file instead")
	}
	for _, font := range f.Fonts {
		if n := len(font); n < 5 || !slices.Equal(font[n-5:n-2], []string{"yes", "yes", "yes"}) {
			add("fonts: not embedded, cut down and mapped to characters: %s", strings.Join(font, " "))
		}
	}
	all = append(all, f.structure()...)
	return append(all, f.content()...)
}

// roles are the standard structure types that our documents may use, with the roles their parents may have.
var roles = map[string][]string{
	"/Document": nil, "/Sect": {"/Document", "/Sect"}, "/Div": {"/Sect", "/Document"},
	"/H1": {"/Sect"}, "/H2": {"/Sect"}, "/H3": {"/Sect"}, "/P": {"/Sect", "/Div", "/TD", "/TH", "/LBody"},
	"/L": {"/Sect"}, "/LI": {"/L"}, "/Lbl": {"/LI"}, "/LBody": {"/LI"}, "/Figure": {"/Sect"},
	"/Table": {"/Sect"}, "/THead": {"/Table"}, "/TBody": {"/Table"}, "/TR": {"/THead", "/TBody"}, "/TH": {"/TR"}, "/TD": {"/TR"},
}

// structure walks the structure tree.
func (f *File) structure() []string {
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

// content checks that everything painted is tagged or an artifact, and that marked content and elements find each other.
func (f *File) content() []string {
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
		ids, loose := marked(f.data(d["/Contents"]))
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
