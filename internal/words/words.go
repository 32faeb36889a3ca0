package words

import (
	"fmt"
	"maps"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"scorehouse/internal/words/text"
)

// Words are the texts of one language, for one tenant when it has texts of its own. They do not change and may be used by many at once.
type Words struct {
	Areas    // the messages, by area
	Language Language

	tag        language.Tag
	messages   []compiled
	content    map[string]string
	vocabulary vocabulary
	help       map[string]Document
	manner     manner
	source     *text.Language // what overrides are laid over
}

// Language is one that the interface speaks.
type Language struct {
	Code    string // as in the lang attribute: en, es, vi
	Name    string // in the language itself: Español
	English string // in English: Spanish
}

// catalogue is all languages, read once.
type catalogue struct {
	texts     text.All
	languages []Language
	words     map[string]*Words
	matcher   language.Matcher
}

// all reads and compiles the embedded texts. They are part of the program and its tests hold them to their rules, so what is wrong with
// them is a mistake in the program.
var all = sync.OnceValue(func() *catalogue {
	texts, err := text.Read()
	if err != nil {
		panic(err)
	}
	c := &catalogue{texts: texts, words: map[string]*Words{}}
	var tags []language.Tag
	for i := range texts.Languages {
		l := &texts.Languages[i]
		w, err := compile(&c.texts, l)
		if err != nil {
			panic(err)
		}
		c.words[l.Code] = w
		c.languages = append(c.languages, w.Language)
		tags = append(tags, language.MustParse(l.Code))
	}
	c.matcher = language.NewMatcher(tags)
	return c
})

// Languages lists the languages, English first.
func Languages() []Language { return all().languages }

// Speaks reports whether a code is that of a language of the interface.
func Speaks(code string) bool { return all().words[code] != nil }

// For returns the words of a language, the English ones when the code is none of Languages.
func For(code string) *Words {
	if w := all().words[code]; w != nil {
		return w
	}
	return all().words[text.Source]
}

// compile makes the words of a language ready for use.
func compile(texts *text.All, l *text.Language) (*Words, error) {
	tag, err := language.Parse(l.Manner.Region)
	if err != nil {
		return nil, fmt.Errorf("language %s: region: %w", l.Code, err)
	}
	w := &Words{Language: Language{l.Code, l.Manner.Name, l.Manner.English}, tag: tag, content: l.Content, source: l, messages: make([]compiled, len(keys))}
	w.bind(w)
	if w.manner, err = newManner(tag, l.Manner); err != nil {
		return nil, fmt.Errorf("language %s: %w", l.Code, err)
	}
	byKey := map[string]text.Definition{}
	for _, d := range texts.Definitions {
		byKey[d.Key()] = d
	}
	for i, key := range keys {
		if w.messages[i], err = newCompiled(byKey[key], l.Messages[key]); err != nil {
			return nil, fmt.Errorf("language %s: %s: %w", l.Code, key, err)
		}
	}
	w.vocabulary = newVocabulary(l.Content, texts)
	if w.help, err = readHelp(l.Help); err != nil {
		return nil, fmt.Errorf("language %s: %w", l.Code, err)
	}
	return w, nil
}

// separators are how a region separates thousands, and what stands around a percent, as CLDR has them.
func separators(tag language.Tag) (thousands, before, after string) {
	p := message.NewPrinter(tag)
	thousands = between(p.Sprint(number.Decimal(1234)), "1", "234")
	percent := p.Sprint(number.Percent(0.54))
	return thousands, between("|"+percent, "|", "54"), between(percent+"|", "54", "|")
}

// clone is a copy of a language whose texts may be changed.
func clone(l *text.Language) *text.Language {
	c := *l
	c.Messages, c.Content, c.Help = maps.Clone(l.Messages), maps.Clone(l.Content), maps.Clone(l.Help)
	return &c
}
