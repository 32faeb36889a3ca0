package words

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/collate"

	"scorehouse/internal/words/prose"
)

// Document is a page of help.
type Document = prose.Document

// The pages of help, by the names of their files.
const (
	HelpReading       = "reading"       // how to read a report
	HelpGlossary      = "glossary"      // words
	HelpQuestions     = "questions"     // questions and answers
	HelpAccessibility = "accessibility" // accessibility statement
)

// HelpPages lists the pages of help in the order of their menu.
var HelpPages = []string{HelpReading, HelpGlossary, HelpQuestions, HelpAccessibility}

// HelpPage returns a page of help, false when there is none of that name.
func (w *Words) HelpPage(name string) (Document, bool) {
	d, ok := w.help[name]
	return d, ok
}

// readHelp reads the pages. The sections of the glossary are put in the order of the language by Words.Glossary, not here.
func readHelp(sources map[string]string) (map[string]Document, error) {
	pages := map[string]Document{}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		d, err := prose.Parse(sources[name])
		if err != nil {
			return nil, fmt.Errorf("help page %s: %w", name, err)
		}
		pages[name] = d
	}
	return pages, nil
}

// Glossary returns the glossary with its terms in the order of the language.
func (w *Words) Glossary() Document {
	d := w.help[HelpGlossary]
	d.Sections = slices.Clone(d.Sections)
	compare := w.compare()
	slices.SortStableFunc(d.Sections, func(a, b prose.Section) int { return compare(a.Title, b.Title) })
	return d
}

// compare orders texts as the language does. What it returns is for one goroutine.
func (w *Words) compare() func(a, b string) int {
	c := collate.New(w.tag, collate.IgnoreCase)
	return func(a, b string) int {
		if n := c.CompareString(a, b); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	}
}
