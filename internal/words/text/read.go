package text

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed aliases.yaml */*
var embedded embed.FS

// Source is the code of the language in which texts are written first.
const Source = "en"

// Other is the plural form that every message has; one without a count has no other.
const Other = "other"

// Definition is a message as its English file declares it.
type Definition struct {
	Area string // file name without .yaml
	Name string
	With []Placeholder // in the order declared
	// Limit is how many characters there is room for, 0 when it does not matter.
	Limit int
	Note  string // for translators; may be empty
}

// Key is how a message is named outside: comparison.tested.
func (d Definition) Key() string { return d.Area + "." + d.Name }

// Counted reports whether a message has plural forms.
func (d Definition) Counted() bool {
	return slices.ContainsFunc(d.With, func(p Placeholder) bool { return p.Kind == Count })
}

// Forms are the texts of a message by plural form: one, two, few, many, other.
type Forms map[string]string

// Language is everything written in one language.
type Language struct {
	Code     string // name of its directory: es
	Manner   Manner
	Messages map[string]Forms  // by Definition.Key
	Content  map[string]string // by file and path in it: meaning.math.elementary.1
	Versions map[string]int    // of the files of content
	Help     map[string]string // by file name without .md
}

// Manner is how a language writes what is not words: language.yaml.
type Manner struct {
	Name          string   `yaml:"name"`            // in the language itself
	English       string   `yaml:"english"`         // in English
	Region        string   `yaml:"region"`          // BCP 47 tag of the region whose numbers are used
	Months        []string `yaml:"months"`          // twelve, as in a date
	ShortMonths   []string `yaml:"short_months"`    // twelve, for tables
	Day           string   `yaml:"day"`             // for sentences: {day}, {month}, {year}
	ShortDay      string   `yaml:"short_day"`       // for tables: {month} is the short month
	AcademicYear  string   `yaml:"academic_year"`   // {from}, {until} or {until_short}
	Range         string   `yaml:"range"`           // {low}, {high}
	And           string   `yaml:"and"`             // between the last two of a list
	AndChanged    string   `yaml:"and_changed"`     // instead of it before some words; may be empty
	ChangeBefore  []string `yaml:"change_before"`   // how those words begin, in lower case
	ChangeExcept  []string `yaml:"change_except"`   // how words begin that look like those and are not
	Possessive    string   `yaml:"possessive"`      // {name} as the owner of what follows; empty when the language has no such form
	PossessiveOfS string   `yaml:"possessive_of_s"` // the same when the name ends in s; empty when that is no different
}

// Aliases are the names in delivered data that are known, by the key of the content that describes them.
type Aliases struct {
	Levels      map[string][]string `yaml:"levels"`
	Claims      map[string][]string `yaml:"claims"`
	ClaimLevels map[string][]string `yaml:"claim_levels"`
	Blocks      map[string][]string `yaml:"blocks"`
}

// All is every text there is.
type All struct {
	Definitions []Definition // by area and name
	Languages   []Language   // English first, then by code
	Aliases     Aliases
}

// Read returns the embedded texts. An error says which file cannot be read; whether the texts are complete is for Check.
func Read() (All, error) { return ReadFrom(embedded) }

// ReadFrom is Read from another directory.
func ReadFrom(files fs.FS) (All, error) {
	all := All{}
	names, err := fs.Glob(files, "*/language.yaml")
	if err != nil {
		return All{}, err
	}
	if all.Definitions, err = readDefinitions(files); err != nil {
		return All{}, err
	}
	for _, name := range names {
		l, err := readLanguage(files, path.Dir(name))
		if err != nil {
			return All{}, err
		}
		all.Languages = append(all.Languages, l)
	}
	slices.SortFunc(all.Languages, func(a, b Language) int {
		switch {
		case a.Code == Source:
			return -1
		case b.Code == Source:
			return 1
		}
		return strings.Compare(a.Code, b.Code)
	})
	return all, readYAML(files, "aliases.yaml", &all.Aliases)
}

func readLanguage(files fs.FS, code string) (Language, error) {
	l := Language{Code: code, Messages: map[string]Forms{}, Content: map[string]string{}, Versions: map[string]int{}, Help: map[string]string{}}
	if err := readYAML(files, code+"/language.yaml", &l.Manner); err != nil {
		return Language{}, err
	}
	return l, errors.Join(
		each(files, code+"/messages", ".yaml", func(name, area string) error {
			entries := map[string]message{}
			if err := readYAML(files, name, entries); err != nil {
				return err
			}
			for key, m := range entries {
				l.Messages[area+"."+key] = m.forms
			}
			return nil
		}),
		each(files, code+"/content", ".yaml", func(name, area string) error {
			var file struct {
				Version int       `yaml:"version"`
				Texts   yaml.Node `yaml:"texts"`
			}
			if err := readYAML(files, name, &file); err != nil {
				return err
			}
			l.Versions[area] = file.Version
			return flatten(name, area, &file.Texts, l.Content)
		}),
		each(files, code+"/help", ".md", func(name, page string) error {
			text, err := fs.ReadFile(files, name)
			l.Help[page] = string(text)
			return err
		}))
}

// readDefinitions reads what the English files declare.
func readDefinitions(files fs.FS) ([]Definition, error) {
	var all []Definition
	err := each(files, Source+"/messages", ".yaml", func(name, area string) error {
		entries := map[string]message{}
		if err := readYAML(files, name, entries); err != nil {
			return err
		}
		for key, m := range entries {
			d := m.Definition
			d.Area, d.Name = area, key
			all = append(all, d)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b Definition) int { return strings.Compare(a.Key(), b.Key()) })
	return all, err
}

// message is an entry of a message file: a text alone, or a mapping of forms and what is said about them.
type message struct {
	Definition
	forms Forms
}

// UnmarshalYAML reads an entry.
func (m *message) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		m.forms = Forms{Other: node.Value}
		return nil
	}
	m.forms = Forms{}
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a message is a text or a mapping", node.Line)
	}
	for i := 0; i < len(node.Content); i += 2 {
		key, value := node.Content[i].Value, node.Content[i+1]
		var err error
		switch key {
		case "text":
			m.forms[Other] = value.Value
		case "zero", "one", "two", "few", "many", Other:
			m.forms[key] = value.Value
		case "note":
			m.Note = value.Value
		case "limit":
			err = value.Decode(&m.Limit)
		case "with":
			m.With, err = placeholders(value)
		default:
			err = fmt.Errorf("line %d: %q means nothing here", node.Content[i].Line, key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// placeholders reads {students: count, place: text} in the order written.
func placeholders(node *yaml.Node) ([]Placeholder, error) {
	var all []Placeholder
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, kind := node.Content[i].Value, slices.Index(kindNames, node.Content[i+1].Value)
		if kind < 0 || !isName(name) {
			return nil, fmt.Errorf("line %d: %s: %q is no kind of placeholder", node.Line, name, node.Content[i+1].Value)
		}
		all = append(all, Placeholder{name, Kind(kind)})
	}
	return all, nil
}

// flatten writes the texts of a mapping into content, named by their path.
func flatten(file, prefix string, node *yaml.Node, content map[string]string) error {
	switch node.Kind {
	case yaml.ScalarNode:
		content[prefix] = strings.TrimSpace(node.Value)
		return nil
	case yaml.MappingNode:
		for i := 0; i < len(node.Content); i += 2 {
			key := prefix + "." + node.Content[i].Value
			if _, twice := content[key]; twice {
				return fmt.Errorf("read %s: %s is there twice", file, key)
			}
			if err := flatten(file, key, node.Content[i+1], content); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("read %s: %s is neither a text nor a mapping", file, prefix)
}

// each calls f for every file of a directory with an ending.
func each(files fs.FS, dir, ending string, f func(name, base string) error) error {
	names, err := fs.Glob(files, dir+"/*"+ending)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := f(name, strings.TrimSuffix(path.Base(name), ending)); err != nil {
			return err
		}
	}
	return nil
}

// readYAML reads a file strictly: unknown and repeated keys are errors.
func readYAML(files fs.FS, name string, into any) error {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		return fmt.Errorf("read texts: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}
