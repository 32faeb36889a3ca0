package gallery

import (
	"scorehouse/internal/web/page/help"
	"scorehouse/internal/words"
)

// helping are the pages of help.
func helping(w *words.Words) []Sample {
	all := []Sample{{"help", "Help: its pages", help.Contents(frame(w)), false}}
	for _, name := range words.HelpPages {
		d, _ := w.HelpPage(name)
		if name == words.HelpGlossary {
			d = w.Glossary()
		}
		all = append(all, Sample{"help-" + name, "Help: " + name, help.Page(help.View{Frame: frame(w), Name: name, Document: d}), false})
	}
	return all
}
