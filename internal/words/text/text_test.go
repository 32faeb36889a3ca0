package text_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"scorehouse/internal/edu"
	"scorehouse/internal/words/prose"
	"scorehouse/internal/words/text"
)

func read(t *testing.T) text.All {
	t.Helper()
	all, err := text.Read()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// everything calls f with each text of a language and the English one.
func everything(all text.All, l text.Language, f func(key, english, own string)) {
	english := all.Languages[0]
	for _, key := range slices.Sorted(maps.Keys(l.Messages)) {
		for _, form := range slices.Sorted(maps.Keys(l.Messages[key])) {
			source, ok := english.Messages[key][form]
			if !ok {
				source = english.Messages[key][text.Other]
			}
			f(key, source, l.Messages[key][form])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(l.Content)) {
		f(key, english.Content[key], l.Content[key])
	}
}

func TestEveryLanguageSaysEverything(t *testing.T) {
	t.Parallel()
	all := read(t)
	for _, what := range text.Check(all) {
		t.Error(what)
	}
	var codes []string
	for _, l := range all.Languages {
		codes = append(codes, l.Code)
	}
	if diff := cmp.Diff([]string{"en", "es", "vi"}, codes); diff != "" {
		t.Errorf("languages (-want +got):\n%s", diff)
	}
	for _, d := range all.Definitions {
		if _, both := all.Languages[0].Versions[d.Area]; both {
			t.Errorf("%s is an area of messages and a file of content: the keys of overrides could mean either", d.Area)
		}
	}
}

// notTranslated are texts that are rightly the same in English and another language.
var notTranslated = map[string]bool{"No": true, "Braille": true, "K": true, "Ana": true, "{size} kB": true, "{size} MB": true}

func TestNoEnglishIsLeftInOtherLanguages(t *testing.T) {
	t.Parallel()
	all := read(t)
	english := []string{"the", "of", "and", "is", "are", "with", "for", "this", "that", "student", "students", "school", "test", "score", "level", "your", "you", "from", "not", "by"}
	for _, l := range all.Languages[1:] {
		complain := func(key, own string) {
			for _, word := range strings.FieldsFunc(strings.ToLower(own), func(r rune) bool { return !unicode.IsLetter(r) }) {
				if slices.Contains(english, word) {
					t.Errorf("%s: %s: %q has the English word %q", l.Code, key, own, word)
				}
			}
		}
		everything(all, l, func(key, source, own string) {
			if own == source && strings.ContainsFunc(literal(own), unicode.IsLetter) && !notTranslated[own] {
				t.Errorf("%s: %s: %q is the English text", l.Code, key, own)
			}
			complain(key, literal(own))
		})
		for name, page := range l.Help {
			complain("help page "+name, addresses(page))
		}
	}
}

// literal is a text without its placeholders.
func literal(s string) string {
	parts, _ := text.Parts(s)
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Literal)
	}
	return b.String()
}

// addresses removes what stands in brackets for addresses, names of sections and figures from a page of help.
func addresses(page string) string {
	var b strings.Builder
	for _, line := range strings.Split(page, "\n") {
		if strings.HasPrefix(line, "[figure ") {
			continue
		}
		line, _, _ = strings.Cut(line, "{#")
		for {
			before, rest, ok := strings.Cut(line, "](")
			b.WriteString(before)
			if !ok {
				break
			}
			_, line, _ = strings.Cut(rest, ")")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestTextsAreSetWithCare(t *testing.T) {
	t.Parallel()
	all := read(t)
	for _, l := range all.Languages {
		careful := func(key, own string) {
			switch {
			case own != norm.NFC.String(own):
				t.Errorf("%s: %s: %q is not composed (NFC)", l.Code, key, own)
			case strings.ContainsAny(own, "'\t") || strings.Contains(own, "...") || strings.Contains(own, "  "):
				t.Errorf("%s: %s: %q has a straight apostrophe, three dots, a tab or two spaces", l.Code, key, own)
			case strings.Contains(own, "!"):
				t.Errorf("%s: %s: %q shouts", l.Code, key, own)
			case l.Code == "es" && strings.Count(own, "?") != strings.Count(own, "¿"):
				t.Errorf("es: %s: %q: a question opens with ¿", key, own)
			}
		}
		everything(all, l, func(key, source, own string) {
			careful(key, own)
			if own != strings.TrimSpace(own) {
				t.Errorf("%s: %s: %q begins or ends with space", l.Code, key, own)
			}
			if ends(source) != ends(own) && !(ends(source) == "?" && ends(own) == "") {
				t.Errorf("%s: %s: %q ends with %q, the English %q with %q", l.Code, key, own, ends(own), source, ends(source))
			}
		})
		for name, page := range l.Help {
			careful("help page "+name, strings.ReplaceAll(page, "\n\n", "\n"))
		}
	}
}

// ends is the mark that ends a text.
func ends(s string) string {
	for _, mark := range []string{".", "?", ":"} {
		if strings.HasSuffix(s, mark) {
			return mark
		}
	}
	return ""
}

// Vietnamese without its marks means something else; a text of some length always has them.
func TestVietnameseHasItsDiacritics(t *testing.T) {
	t.Parallel()
	all := read(t)
	for _, l := range all.Languages {
		if l.Code != "vi" {
			continue
		}
		everything(all, l, func(key, _, own string) {
			words := strings.Fields(literal(own))
			marked := 0
			for _, w := range words {
				if strings.ContainsFunc(w, func(r rune) bool { return r > 0x7f && unicode.IsLetter(r) }) {
					marked++
				}
			}
			if len(words) > 3 && marked*3 < len(words) {
				t.Errorf("%s: %q: only %d of %d words have a mark", key, own, marked, len(words))
			}
		})
	}
}

func TestContentNamesEverythingOfTheField(t *testing.T) {
	t.Parallel()
	all := read(t)
	content := all.Languages[0].Content
	var want []string
	for _, s := range edu.Subjects {
		want = append(want, "vocabulary.subject."+strings.ToLower(string(s))+".title")
		for _, span := range []string{"elementary", "middle", "high"} {
			for level := 1; level <= 4; level++ {
				want = append(want, fmt.Sprintf("meaning.%s.%s.%d", strings.ToLower(string(s)), span, level))
			}
		}
	}
	for _, a := range edu.Accommodations {
		want = append(want, "vocabulary.accommodation."+strings.TrimPrefix(a.Column, "Accommodation"))
		if got := content[want[len(want)-1]]; got != a.Label {
			t.Errorf("accommodation %s: %q, want %q", a.Column, got, a.Label)
		}
	}
	for _, e := range edu.Ethnicities {
		if got := content[fmt.Sprintf("vocabulary.ethnicity.%d", e)]; got != e.Label() {
			t.Errorf("ethnicity %d: %q, want %q", e, got, e.Label())
		}
	}
	for _, at := range edu.AssessmentTypes {
		if got := content["vocabulary.type."+at.Slug()]; got != at.Label() {
			t.Errorf("type %s: %q, want %q", at.Slug(), got, at.Label())
		}
	}
	for g := edu.Kindergarten; g <= 13; g++ {
		if got := content[fmt.Sprintf("vocabulary.grade.%d.title", g)]; got != g.String() {
			t.Errorf("grade %d: %q, want %q", g, got, g)
		}
	}
	for prefix, aliases := range map[string]map[string][]string{"levels.name.%s": all.Aliases.Levels, "claims.claim.%s.name": all.Aliases.Claims,
		"claims.level.%s.name": all.Aliases.ClaimLevels, "blocks.name.%s": all.Aliases.Blocks} {
		for key := range aliases {
			want = append(want, fmt.Sprintf(prefix, key))
		}
	}
	for _, key := range want {
		if content[key] == "" {
			t.Errorf("there is no content %s", key)
		}
	}
}

func TestHelpHasTheSamePartsInEveryLanguage(t *testing.T) {
	t.Parallel()
	all := read(t)
	shapes, used := map[string]string{}, []string(nil)
	targets := map[string]bool{"/help": true, "/accessibility": true}
	addresses := map[string]string{"reading": "/help/reading-reports", "glossary": "/help/glossary", "questions": "/help/questions", "accessibility": "/accessibility"}
	for _, l := range all.Languages {
		for name, source := range l.Help {
			d, err := prose.Parse(source)
			if err != nil {
				t.Fatalf("%s: %s: %v", l.Code, name, err)
			}
			got := shape(d)
			if l.Code == text.Source {
				shapes[name] = got
				targets[addresses[name]] = true
				for _, s := range d.Sections {
					targets[addresses[name]+"#"+s.Name] = true
				}
			}
			if diff := cmp.Diff(shapes[name], got); diff != "" {
				t.Errorf("%s: help page %s has other parts than the English one (-en +%s):\n%s", l.Code, name, l.Code, diff)
			}
			for _, link := range links(d) {
				if strings.HasPrefix(link, "#") {
					link = addresses[name] + link
				}
				used = append(used, link)
			}
		}
	}
	for _, link := range used {
		if !targets[link] {
			t.Errorf("a page of help links to %s, which is not there", link)
		}
	}
}

// shape is what a page is made of, without its words.
func shape(d prose.Document) string {
	var b strings.Builder
	blocks := func(all []prose.Block) {
		for _, x := range all {
			strong, linked := 0, ""
			for _, spans := range append(x.Items, x.Text) {
				for _, s := range spans {
					if s.Strong {
						strong++
					}
					linked += s.Link
				}
			}
			fmt.Fprintf(&b, "  %d %s items %d strong %d %s\n", x.Kind, x.Name, len(x.Items), strong, linked)
		}
	}
	fmt.Fprintf(&b, "title %t\n", d.Title != "")
	blocks(d.Lead)
	for _, s := range d.Sections {
		fmt.Fprintf(&b, "%s, title %t\n", s.Name, s.Title != "")
		blocks(s.Blocks)
	}
	return b.String()
}

func links(d prose.Document) []string {
	var all []string
	for _, s := range d.Sections {
		for _, b := range s.Blocks {
			for _, spans := range append(b.Items, b.Text) {
				for _, x := range spans {
					if x.Link != "" {
						all = append(all, x.Link)
					}
				}
			}
		}
	}
	return all
}

// A small set of files with one of every mistake.
func TestCheckFindsMistakes(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for name, content := range map[string]string{
		"aliases.yaml":           "levels: {}\n",
		"en/language.yaml":       manner("en-US"),
		"es/language.yaml":       manner("es-US"),
		"en/messages/page.yaml":  "a: {text: 'See {place}', with: {place: text}}\nb: {one: 1 row, other: '{n} rows', with: {n: count}}\nc: {text: Short, limit: 8}\nd: Only English\n",
		"es/messages/page.yaml":  "a: 'Ver {lugar}'\nb: {other: filas, many: '{n} filas'}\nc: Demasiado largo\ne: Sobra\n",
		"en/content/levels.yaml": "version: 2\ntexts: {name: One}\n",
		"es/content/levels.yaml": "version: 1\ntexts: {nombre: Uno}\n",
	} {
		files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	all, err := text.ReadFrom(files)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`es: page.a: "Ver {lugar}": there is no placeholder {lugar} here`,
		`es: page.b: there is no text for the form "one"`,
		`es: page.b: the form "many" is not one of one, other`,
		`es: page.b: "filas": the placeholder {n} is missing`,
		`es: page.c: "Demasiado largo" has 15 characters, there is room for 8`,
		`es: message page.d is missing`,
		`es: message page.e is not in English`,
		`es: content levels.name is missing`,
		`es: content levels.nombre is not in English`,
		`es: content/levels.yaml is version 1, the English one is version 2: it describes something else`,
	}
	if diff := cmp.Diff(want, text.Check(all)); diff != "" {
		t.Errorf("mistakes found (-want +got):\n%s", diff)
	}
}

func TestFilesThatCannotBeReadSayWhere(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"a: {txt: Wrong key}\n":               "means nothing here",
		"a: [a list]\n":                       "a message is a text or a mapping",
		"a: {text: x, with: {n: integer}}\n":  "is no kind of placeholder",
		"a: One\na: Two\n":                    "already defined",
		"a: {text: x, limit: many}\n":         "cannot unmarshal",
		"a: {text: x, with: {Place: text}}\n": "is no kind of placeholder",
	} {
		files := fstest.MapFS{"aliases.yaml": {Data: []byte("levels: {}\n")}, "en/language.yaml": {Data: []byte(manner("en-US"))}, "en/messages/page.yaml": {Data: []byte(content)}}
		_, err := text.ReadFrom(files)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "page.yaml") {
			t.Errorf("%q: error %v, want one that names page.yaml and says %q", content, err, want)
		}
	}
}

func manner(region string) string {
	return "name: X\nenglish: X\nregion: " + region + "\nmonths: [1,2,3,4,5,6,7,8,9,10,11,12]\nshort_months: [1,2,3,4,5,6,7,8,9,10,11,12]\n" +
		"day: '{day} {month} {year}'\nshort_day: '{day} {month} {year}'\nacademic_year: '{from}-{until}'\nrange: '{low}-{high}'\nand: and\n"
}

func TestPluralFormsAreThoseOfCLDR(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{"en-US": "one other", "es-US": "one other", "vi": "other", "ru": "one few many other", "ar": "zero one two few many other"} {
		got, err := text.PluralForms(region)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %v, %v; want %s", region, got, err, want)
		}
	}
}

func FuzzParts(f *testing.F) {
	for _, s := range []string{"", "plain", "{a}", "{a.title} and {b}", "{", "}", "{}", "{a.}", "{A}", "{a{b}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts, err := text.Parts(s)
		if err != nil {
			return
		}
		var b strings.Builder
		for _, p := range parts {
			switch {
			case p.Name == "":
				b.WriteString(p.Literal)
			case p.Modifier == "":
				b.WriteString("{" + p.Name + "}")
			default:
				b.WriteString("{" + p.Name + "." + p.Modifier + "}")
			}
		}
		if b.String() != s {
			t.Errorf("%q was read as %q", s, b.String())
		}
	})
}
