package main

import (
	"fmt"
	"os"
	"strings"

	"scorehouse/internal/audit"
	"scorehouse/internal/fault"
	"scorehouse/internal/settings"
	"scorehouse/internal/words"
)

type textCommand struct {
	List   textListCommand   `cmd:"" help:"List texts by key: ours, or those a state has in its own words."`
	Check  textCheckCommand  `cmd:"" help:"Check a file of texts. Exit status 2 when something is wrong."`
	Set    textSetCommand    `cmd:"" help:"Put a state's own texts in place of ours, from a file. Pages show them within five seconds."`
	Remove textRemoveCommand `cmd:"" help:"Go back to our texts."`
}

type textListCommand struct {
	Tenant   string `help:"List the texts that this tenant has in its own words. Default: ours."`
	Language string `help:"Code of the language: en, es, vi." default:"en"`
	Match    string `help:"Only those with this in their key or text."`
	JSON     bool   `help:"Print an array of objects for machines, with placeholders, limits and notes."`
}

// Run prints the texts.
func (c textListCommand) Run(a *app) error {
	if !words.Speaks(c.Language) {
		return fault.New(fault.Invalid, "there is no language %q", c.Language)
	}
	entries := words.For(c.Language).Entries()
	if c.Tenant != "" {
		own, err := c.own(a)
		if err != nil {
			return err
		}
		entries = own
	}
	matching := []words.Entry{}
	var rows [][]string
	for _, e := range entries {
		if match := strings.ToLower(c.Match); strings.Contains(strings.ToLower(e.Key), match) || strings.Contains(strings.ToLower(e.Text), match) {
			matching = append(matching, e)
			rows = append(rows, []string{e.Key, shortened(e.Text)})
		}
	}
	if c.JSON {
		return printJSON(a.stdout, matching)
	}
	printTable(a.stdout, []string{"KEY", "TEXT"}, rows)
	return nil
}

// own are the texts that the tenant has in its own words.
func (c textListCommand) own(a *app) ([]words.Entry, error) {
	store, _, err := a.settings(c.Tenant)
	if err != nil {
		return nil, err
	}
	_, texts, err := store.Read(a.ctx)
	var entries []words.Entry
	for _, t := range sortedTexts(texts) {
		if t.Language == c.Language {
			entries = append(entries, words.Entry{Key: t.Key, Text: t.Text})
		}
	}
	return entries, err
}

// shortened fits a text on a line.
func shortened(text string) string {
	const room = 100
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > room {
		return string(r[:room-1]) + "…"
	}
	return text
}

// textFile is a file of texts on the command line.
type textFile struct {
	File string `arg:"" name:"file" help:"YAML or JSON: for each key, a text for each language." type:"existingfile"`
}

func (f textFile) read() ([]settings.Text, error) {
	file, err := os.ReadFile(f.File)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the file cannot be read")
	}
	texts, err := settings.ReadTexts(file)
	if err == nil && len(texts) == 0 {
		err = fault.New(fault.Invalid, "there is no text in the file")
	}
	return texts, err
}

type textCheckCommand struct{ textFile }

// Run prints what is wrong.
func (c textCheckCommand) Run(a *app) error {
	texts, err := c.read()
	if err != nil {
		return err
	}
	problems := settings.CheckTexts(texts)
	printProblems(a, problems)
	if len(problems) > 0 {
		return fault.New(fault.Invalid, "%d of %d texts do not fit", len(problems), len(texts))
	}
	fmt.Fprintf(a.stdout, "all %d texts fit\n", len(texts))
	return nil
}

type textSetCommand struct {
	ofTenant
	textFile
}

// Run stores the texts.
func (c textSetCommand) Run(a *app) error {
	store, t, err := a.settings(c.Tenant)
	if err != nil {
		return err
	}
	texts, err := c.read()
	if err != nil {
		return err
	}
	if wrong := settings.CheckTexts(texts); len(wrong) > 0 { // before anything is recorded
		return settings.Invalid(wrong)
	}
	event := audit.Event{Kind: audit.AdminTexts, Tenant: t.ID, What: audit.What{Count: len(texts)}}
	return a.administer(event, func(*audit.Event) error {
		if err := store.PutTexts(a.ctx, texts); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "%d texts set; pages of %s show them within five seconds\n", len(texts), t.Name)
		return nil
	})
}

type textRemoveCommand struct {
	ofTenant
	Language string   `help:"Only texts of this language."`
	All      bool     `help:"Every text that the tenant has in its own words."`
	Keys     []string `arg:"" optional:"" name:"key" help:"Keys of the texts."`
}

// Validate wants to know which texts are meant.
func (c *textRemoveCommand) Validate() error {
	if c.All == (len(c.Keys) > 0) {
		return fmt.Errorf("name the keys of the texts, or say --all")
	}
	return nil
}

// Run removes the texts.
func (c *textRemoveCommand) Run(a *app) error {
	store, t, err := a.settings(c.Tenant)
	if err != nil {
		return err
	}
	return a.administer(audit.Event{Kind: audit.AdminTexts, Tenant: t.ID}, func(e *audit.Event) error {
		if e.What.Count, err = store.RemoveTexts(a.ctx, c.Language, c.Keys); err != nil {
			return err
		}
		if e.What.Count == 0 {
			return fault.New(fault.NotFound, "the tenant has no such texts; `scorehouse text list --tenant %s` shows what it has", t.ID)
		}
		fmt.Fprintf(a.stdout, "%d texts removed; pages of %s show ours within five seconds\n", e.What.Count, t.Name)
		return nil
	})
}
