// Package prose reads the text of help pages: a small part of Markdown, turned into a tree that a template or a PDF writer walks. Nothing in
// it is markup for output: what a writer of texts, or a tenant, types can never become HTML.
//
//	# Title                     once, in the first line
//	## Section {#name}          a section; the name is its address and is the same in every language
//	### Heading                 inside a section
//	- item                      a list; 1. item for a numbered one
//	[figure score]              a figure drawn by the program, alone in its paragraph
//	**strong**, [text](/help)   inside a line; links lead to pages of this site, to #names or to https addresses
//
// Blank lines part paragraphs; lines of one paragraph are joined. Anything else is plain text.
package prose

import (
	"fmt"
	"strings"
)

// Document is a page.
type Document struct {
	Title    string
	Lead     []Block // before the first section
	Sections []Section
}

// Section is a part of a page with an address of its own.
type Section struct {
	Name   string // "error-band"; the fragment of its address
	Title  string
	Blocks []Block
}

// Kind is what a block is.
type Kind int

// The kinds of blocks.
const (
	Paragraph Kind = iota
	Heading
	Bullets
	Steps  // a numbered list
	Figure // drawn by the program
)

// Block is a paragraph, a heading, a list or a figure.
type Block struct {
	Kind  Kind
	Text  []Span   // of a paragraph or a heading
	Items [][]Span // of a list
	Name  string   // of a figure
}

// Span is a run of text.
type Span struct {
	Text   string
	Strong bool
	Link   string // address; empty for plain text
}

// Parse reads a page. Errors name the line.
func Parse(source string) (Document, error) {
	d := Document{}
	var paragraph []string
	blocks := &d.Lead
	end := func() error {
		if len(paragraph) == 0 {
			return nil
		}
		b, err := block(paragraph)
		*blocks, paragraph = append(*blocks, b), nil
		return err
	}
	for i, line := range strings.Split(strings.ReplaceAll(source, "\r\n", "\n"), "\n") {
		line = strings.TrimSpace(line)
		var err error
		switch {
		case line == "":
			err = end()
		case i == 0 && strings.HasPrefix(line, "# "):
			d.Title = strings.TrimSpace(line[2:])
		case strings.HasPrefix(line, "## "):
			if err = end(); err == nil {
				var s Section
				s, err = section(line[3:])
				for _, other := range d.Sections {
					if other.Name == s.Name && err == nil {
						err = fmt.Errorf("there are two sections {#%s}", s.Name)
					}
				}
				d.Sections = append(d.Sections, s)
				blocks = &d.Sections[len(d.Sections)-1].Blocks
			}
		case strings.HasPrefix(line, "### "):
			if err = end(); err == nil {
				var text []Span
				text, err = spans(line[4:])
				*blocks = append(*blocks, Block{Kind: Heading, Text: text})
			}
		default:
			paragraph = append(paragraph, line)
		}
		if err != nil {
			return Document{}, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if err := end(); err != nil {
		return Document{}, err
	}
	return d, nil
}

// Blocks reads the text of one section: what a tenant puts in its place.
func Blocks(source string) ([]Block, error) {
	d, err := Parse("\n" + source)
	if err != nil {
		return nil, err
	}
	if len(d.Sections) > 0 {
		return nil, fmt.Errorf("the text of a section cannot begin another one")
	}
	return d.Lead, nil
}

// section reads "Title {#name}".
func section(line string) (Section, error) {
	title, name, ok := strings.Cut(strings.TrimSpace(line), "{#")
	name, closed := strings.CutSuffix(name, "}")
	if !ok || !closed || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return Section{}, fmt.Errorf("a section needs a name: ## Title {#name}")
	}
	return Section{Name: name, Title: strings.TrimSpace(title)}, nil
}

// block reads the lines of a paragraph, a list or a figure.
func block(lines []string) (Block, error) {
	if name, ok := strings.CutPrefix(lines[0], "[figure "); ok && len(lines) == 1 && strings.HasSuffix(name, "]") {
		return Block{Kind: Figure, Name: strings.TrimSuffix(name, "]")}, nil
	}
	kind, _ := item(lines[0])
	if kind == Paragraph {
		text, err := spans(strings.Join(lines, " "))
		return Block{Kind: Paragraph, Text: text}, err
	}
	b := Block{Kind: kind}
	var items []string
	for _, line := range lines {
		if k, text := item(line); k == kind {
			items = append(items, text)
		} else {
			items[len(items)-1] += " " + line
		}
	}
	for _, text := range items {
		s, err := spans(text)
		if err != nil {
			return Block{}, err
		}
		b.Items = append(b.Items, s)
	}
	return b, nil
}

// item reports whether a line begins an item of a list, and its text.
func item(line string) (Kind, string) {
	if text, ok := strings.CutPrefix(line, "- "); ok {
		return Bullets, text
	}
	if number, text, ok := strings.Cut(line, ". "); ok && number != "" && len(number) < 3 && strings.Trim(number, "0123456789") == "" {
		return Steps, text
	}
	return Paragraph, line
}

// spans cuts a line into runs of text.
func spans(line string) ([]Span, error) {
	var all []Span
	add := func(s Span) {
		if s.Text != "" {
			all = append(all, s)
		}
	}
	for line != "" {
		i := strings.IndexAny(line, "*[")
		if i < 0 {
			add(Span{Text: line})
			break
		}
		if inside, rest, ok := strings.Cut(line[i:], "**"); inside == "" && ok {
			strong, after, closed := strings.Cut(rest, "**")
			if !closed || strong == "" {
				return nil, fmt.Errorf("%q: two stars open and two close", line)
			}
			add(Span{Text: line[:i]})
			add(Span{Text: strong, Strong: true})
			line = after
			continue
		}
		if text, rest, ok := strings.Cut(line[i+1:], "]("); line[i] == '[' && ok && !strings.ContainsAny(text, "[]") {
			address, after, closed := strings.Cut(rest, ")")
			if !closed || text == "" || !leads(address) {
				return nil, fmt.Errorf("%q: a link leads to /page, #name or https://…", line)
			}
			add(Span{Text: line[:i]})
			add(Span{Text: text, Link: address})
			line = after
			continue
		}
		add(Span{Text: line[:i+1]})
		line = line[i+1:]
	}
	return join(all), nil
}

// join puts neighbouring runs of plain text together.
func join(spans []Span) []Span {
	var all []Span
	for _, s := range spans {
		if n := len(all); n > 0 && s.Link == "" && !s.Strong && all[n-1].Link == "" && !all[n-1].Strong {
			all[n-1].Text += s.Text
			continue
		}
		all = append(all, s)
	}
	return all
}

// leads reports whether an address is one that a page may link to.
func leads(address string) bool {
	if strings.ContainsAny(address, " \t\"'<>\\`") || strings.ContainsFunc(address, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return false
	}
	switch {
	case strings.HasPrefix(address, "//"):
		return false
	case strings.HasPrefix(address, "/"), strings.HasPrefix(address, "#"):
		return len(address) > 1
	}
	return strings.HasPrefix(address, "https://") && len(address) > len("https://")
}
