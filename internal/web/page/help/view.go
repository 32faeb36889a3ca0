// Package help is the pages of help: how to read a report, glossary, questions, accessibility, and the list of them. Their text is
// in package words; the figures in it are drawn here, of an invented student, by the components that draw real ones.
//
// Read view.go first, then sample.go, then page.templ.
package help

import (
	"strings"

	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

// View is everything a page shows.
type View struct {
	Frame    layout.Frame
	Name     string // of the page: words.HelpReading and the others
	Document words.Document
}

func (v View) say() *words.Words { return v.Frame.Say() }

// addresses are where the pages are.
var addresses = map[string]string{
	words.HelpReading: layout.ReadingPath, words.HelpGlossary: layout.GlossaryPath,
	words.HelpQuestions: layout.QuestionsPath, words.HelpAccessibility: layout.AccessibilityPath,
}

// pageTitle is what a page of help is called in links.
func pageTitle(w *words.Words, name string) string {
	switch name {
	case words.HelpReading:
		return w.Help.Reading()
	case words.HelpGlossary:
		return w.Help.Glossary()
	case words.HelpQuestions:
		return w.Help.Questions()
	}
	return w.Help.Accessibility()
}

// summary is what a page of help is about: what it begins with, else its sections.
func summary(w *words.Words, name string) string {
	d, _ := w.HelpPage(name)
	var parts []string
	if len(d.Lead) > 0 {
		for _, s := range d.Lead[0].Text {
			parts = append(parts, s.Text)
		}
		return strings.Join(parts, "")
	}
	for _, s := range d.Sections {
		parts = append(parts, s.Title)
	}
	return strings.Join(parts, " · ")
}
