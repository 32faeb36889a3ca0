package words

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"scorehouse/internal/words/prose"
	"scorehouse/internal/words/text"
)

// longestOverride is how many bytes a text of a tenant may have.
const longestOverride = 8000

// Override returns the words of w with a tenant's own texts in place of some. Keys are those of the files:
//
//	comparison.tested            a message; with a plural form after it (…counted_districts.one) that form
//	meaning.math.middle.2        a text of content
//	help.reading.error-band      a section of a page of help, as package prose reads it; with .title after it, its title
//
// A text must have the placeholders of the one it replaces, and fit in the room there is. Everything that is wrong is in the error, a
// line each; nothing is overridden then. The texts become part of pages as text, never as markup.
func (w *Words) Override(texts map[string]string) (*Words, error) {
	own, refused := w.Fitting(texts)
	if len(refused) == 0 {
		return own, nil
	}
	var wrong []error
	for _, key := range slices.Sorted(maps.Keys(refused)) {
		wrong = append(wrong, fmt.Errorf("text %s: %w", key, refused[key]))
	}
	return nil, errors.Join(wrong...)
}

// Fitting is Override for texts that were checked when they were stored, perhaps by another version of the program: those that do not fit are left
// out, and refused says why, by key.
func (w *Words) Fitting(texts map[string]string) (own *Words, refused map[string]error) {
	if len(texts) == 0 {
		return w, nil
	}
	l, help := clone(w.source), maps.Clone(w.help)
	refused = map[string]error{}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if err := lay(l, help, key, texts[key]); err != nil {
			refused[key] = err
		}
	}
	own, err := compile(&all().texts, l)
	if err != nil { // never: each text was checked
		for key := range texts {
			refused[key] = err
		}
		return w, refused
	}
	own.help = help
	return own, refused
}

// lay puts one text in its place, unless something is wrong with it.
func lay(l *text.Language, help map[string]Document, key, own string) error {
	if err := writable(own); err != nil {
		return err
	}
	if page, ok := strings.CutPrefix(key, "help."); ok {
		return layHelp(help, page, own)
	}
	if _, ok := l.Content[key]; ok {
		if err := text.Fits(own, nil, false); err != nil {
			return err
		}
		l.Content[key] = own
		return nil
	}
	d, form, ok := named(key)
	if !ok {
		return errors.New("there is no text of that name")
	}
	forms := l.Messages[d.Key()]
	if _, ok := forms[form]; !ok {
		return fmt.Errorf("it has no form %q in this language; its forms are %s", form, strings.Join(slices.Sorted(maps.Keys(forms)), ", "))
	}
	if n := utf8.RuneCountInString(own); d.Limit > 0 && n > d.Limit {
		return fmt.Errorf("it has %d characters, there is room for %d", n, d.Limit)
	}
	if err := text.Fits(own, d.With, form != text.Other); err != nil {
		return err
	}
	forms = maps.Clone(forms)
	forms[form] = own
	l.Messages[d.Key()] = forms
	return nil
}

// Entry is a text that can be replaced.
type Entry struct {
	Key   string   `json:"key"`
	Text  string   `json:"text"`
	With  []string `json:"with,omitempty"`  // its placeholders
	Limit int      `json:"limit,omitempty"` // characters there is room for; 0 when it does not matter
	Note  string   `json:"note,omitempty"`  // for whoever writes another
}

// Entries lists every text of a language that Override can replace, messages first, by key. Help is listed by section.
func (w *Words) Entries() []Entry {
	var entries []Entry
	for _, d := range all().texts.Definitions {
		var with []string
		for _, p := range d.With {
			with = append(with, p.Name)
		}
		forms := w.source.Messages[d.Key()]
		for _, form := range slices.Sorted(maps.Keys(forms)) {
			key := d.Key()
			if form != text.Other {
				key += "." + form
			}
			entries = append(entries, Entry{key, forms[form], with, d.Limit, d.Note})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.source.Content)) {
		entries = append(entries, Entry{Key: key, Text: w.source.Content[key]})
	}
	for _, page := range slices.Sorted(maps.Keys(w.help)) {
		for _, s := range w.help[page].Sections {
			key := "help." + page + "." + s.Name
			entries = append(entries, Entry{Key: key + ".title", Text: s.Title}, Entry{Key: key, Text: sectionSource(w.source.Help[page], s.Name)})
		}
	}
	return entries
}

// sectionSource is what stands under the title of a section in the source of a page of help.
func sectionSource(page, name string) string {
	_, after, _ := strings.Cut(page, "{#"+name+"}")
	after, _, _ = strings.Cut(after, "\n## ")
	return strings.TrimSpace(after)
}

// named returns the message a key names, and the form of it.
func named(key string) (d text.Definition, form string, ok bool) {
	form = text.Other
	if i := strings.LastIndexByte(key, '.'); i > 0 && slices.Contains(text.FormNames, key[i+1:]) && strings.Count(key, ".") == 2 {
		key, form = key[:i], key[i+1:]
	}
	definitions := all().texts.Definitions
	i, ok := slices.BinarySearchFunc(definitions, key, func(d text.Definition, key string) int { return strings.Compare(d.Key(), key) })
	if !ok {
		return text.Definition{}, "", false
	}
	return definitions[i], form, true
}

// layHelp puts the text or the title of a section in its place.
func layHelp(help map[string]Document, key, own string) error {
	page, name, _ := strings.Cut(key, ".")
	name, isTitle := strings.CutSuffix(name, ".title")
	d := help[page]
	i := slices.IndexFunc(d.Sections, func(s prose.Section) bool { return s.Name == name })
	if i < 0 {
		return errors.New("there is no section of that name")
	}
	d.Sections = slices.Clone(d.Sections)
	if isTitle {
		d.Sections[i].Title = own
	} else {
		blocks, err := prose.Blocks(own)
		if err != nil {
			return err
		}
		d.Sections[i].Blocks = blocks
	}
	help[page] = d
	return nil
}

// writable reports what makes a text unfit to be shown at all.
func writable(s string) error {
	switch {
	case strings.TrimSpace(s) == "":
		return errors.New("it is empty")
	case len(s) > longestOverride:
		return fmt.Errorf("it is longer than %d bytes", longestOverride)
	case !utf8.ValidString(s):
		return errors.New("it is not UTF-8")
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r >= 0x202A && r <= 0x202E }):
		return errors.New("it has a control character")
	}
	return nil
}
