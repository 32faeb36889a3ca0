package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"scorehouse/internal/audit"
	"scorehouse/internal/edu"
	"scorehouse/internal/fault"
	"scorehouse/internal/settings"
	"scorehouse/internal/tenant"
)

type settingsCommand struct {
	Show   settingsShowCommand   `cmd:"" help:"Show what a state has set: smallest numbers shown, colours, branding, and what is wrong with it."`
	Check  settingsCheckCommand  `cmd:"" help:"Check what is set, or a file before it is set. Exit status 2 when something is wrong."`
	Set    settingsSetCommand    `cmd:"" help:"Set it, from a file or by flags. Pages show it within five seconds."`
	Remove settingsRemoveCommand `cmd:"" help:"Remove a document; what it set is as if it had never been."`
}

// ofTenant names a tenant on the command line.
type ofTenant struct {
	Tenant string `required:"" help:"The tenant, by its short name."`
}

// settings opens what the tenant has set, and says whose it is.
func (a *app) settings(name string) (*settings.Store, tenant.Tenant, error) {
	tenants, err := a.tenants()
	if err != nil {
		return nil, tenant.Tenant{}, err
	}
	id, err := tenant.ParseID(name)
	if err != nil {
		return nil, tenant.Tenant{}, fault.New(fault.Invalid, "%s", err)
	}
	t, err := tenants.Get(a.ctx, id)
	if err != nil {
		return nil, t, err
	}
	pool, err := a.databases.Warehouse(a.ctx, id)
	if err != nil {
		return nil, t, err
	}
	return settings.NewStore(pool, t.StateCode), t, nil
}

// current returns what is set, understood.
func (a *app) currentSettings(name string) ([]settings.Row, *settings.Settings, error) {
	store, t, err := a.settings(name)
	if err != nil {
		return nil, nil, err
	}
	rows, texts, err := store.Read(a.ctx)
	if err != nil {
		return nil, nil, err
	}
	return rows, settings.Parse(t.StateCode, rows, texts), nil
}

type settingsShowCommand struct {
	ofTenant
	JSON bool `help:"Print the documents as they are stored, as an array of objects for machines."`
}

// Run prints what holds, then what is wrong.
func (c settingsShowCommand) Run(a *app) error {
	rows, s, err := a.currentSettings(c.Tenant)
	if err != nil {
		return err
	}
	if c.JSON {
		type line struct {
			Subject  string `json:"subject"`
			Document string `json:"document"`
		}
		lines := []line{}
		for _, r := range rows {
			lines = append(lines, line{r.Subject, r.Document})
		}
		return printJSON(a.stdout, lines)
	}
	fmt.Fprintf(a.stdout, "smallest number of students shown  %s\n", s.MinN)
	for _, subject := range append([]edu.Subject{""}, edu.Subjects...) {
		name, p := "colours", s.Palettes[subject]
		if subject != "" {
			if _, own := s.Palettes[subject]; !own {
				continue
			}
			name = "colours of " + string(subject)
		}
		fmt.Fprintf(a.stdout, "%-33s  %s\n", name, paletteText(p))
	}
	label, picture := s.Brand.Label, "none"
	if label == "" {
		label = "the name of the tenant"
	}
	if i := s.Brand.Image; len(i.Data) > 0 {
		picture = english.Sprintf("%s, %d x %d pixels, %d bytes", i.Kind, i.Width, i.Height, len(i.Data))
	}
	fmt.Fprintf(a.stdout, "%-33s  %s\n%-33s  %s\n", "name on pages", label, "picture on pages", picture)
	printProblems(a, s.Problems)
	return nil
}

func paletteText(p settings.Palette) string {
	if p == nil {
		return "those of Scorehouse"
	}
	var levels []string
	for _, c := range p {
		levels = append(levels, fmt.Sprintf("%s (figures %s)", c.Ground, c.Text))
	}
	return strings.Join(levels, ", ")
}

func printProblems(a *app, problems []settings.Problem) {
	for _, p := range problems {
		fmt.Fprintln(a.stdout, p)
	}
}

// settingsFile names a document on the command line.
type settingsFile struct {
	Subject string `help:"The subject that the document is about, such as Math. Default: all subjects; a document for all may have parts for single ones under \"subjects\"."`
	File    string `help:"File with the JSON document of custom_metadata. A picture that it names is read from the file's directory and put in." type:"existingfile" placeholder:"FILE"`
}

// change reads the file.
func (f settingsFile) change() (settings.Change, error) {
	c := settings.Change{Subject: f.Subject}
	if f.File == "" {
		return c, nil
	}
	text, err := os.ReadFile(f.File)
	if err != nil {
		return c, fault.Wrap(fault.Invalid, err, "the file cannot be read")
	}
	document, err := withPicture(string(text), filepath.Dir(f.File))
	c.Document = &document
	return c, err
}

// withPicture puts a picture into a document that names its file, as the system before this one had it.
func withPicture(document, directory string) (string, error) {
	var parts map[string]any
	if json.Unmarshal([]byte(document), &parts) != nil {
		return document, nil // whoever checks it says what is wrong
	}
	brand, _ := parts["branding"].(map[string]any)
	name, _ := brand["image"].(string)
	if name == "" || strings.HasPrefix(name, "data:") {
		return document, nil
	}
	picture, err := readPicture(filepath.Join(directory, filepath.Base(name)))
	if err != nil {
		return "", err
	}
	brand["image"] = picture.DataURI()
	text, err := json.MarshalIndent(parts, "", "  ")
	return string(text), err
}

func readPicture(path string) (settings.Image, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return settings.Image{}, fault.Wrap(fault.Invalid, err, "the picture cannot be read")
	}
	picture, wrong := settings.ReadImage(data)
	if wrong != "" {
		return picture, fault.New(fault.Invalid, "%s: %s", path, wrong)
	}
	return picture, nil
}

type settingsCheckCommand struct {
	ofTenant
	settingsFile
}

// Run prints what is wrong.
func (c settingsCheckCommand) Run(a *app) error {
	_, s, err := a.currentSettings(c.Tenant)
	if err != nil {
		return err
	}
	if c.File != "" {
		store, _, err := a.settings(c.Tenant)
		if err != nil {
			return err
		}
		change, err := c.change()
		if err != nil {
			return err
		}
		if s, err = store.Check(a.ctx, change); err != nil {
			return err
		}
	}
	printProblems(a, s.Problems)
	if n := len(s.Wrong()); n > 0 {
		return fault.New(fault.Invalid, "%d things are wrong and not used", n)
	}
	fmt.Fprintln(a.stdout, "all of it can be used")
	return nil
}

type settingsSetCommand struct {
	ofTenant
	settingsFile
	MinCellSize *int    `help:"Groups must be larger than this to be shown. 0 is the default, 10."`
	Theme       *string `help:"Colours of the levels: classic, those of the system before this one, or scorehouse."`
	Label       *string `help:"Name at the head of pages, at most 50 characters. Empty: the name of the tenant."`
	Image       *string `help:"File with a picture for the head of pages: PNG or JPEG, at most 64 kB. Empty removes it." placeholder:"FILE"`
}

// Validate wants something to set.
func (c *settingsSetCommand) Validate() error {
	if c.File == "" && c.MinCellSize == nil && c.Theme == nil && c.Label == nil && c.Image == nil {
		return fmt.Errorf("say what to set: --file, --min-cell-size, --theme, --label, --image")
	}
	return nil
}

// Run checks and stores it. What is wrong is said, and nothing is stored.
func (c *settingsSetCommand) Run(a *app) error {
	store, t, err := a.settings(c.Tenant)
	if err != nil {
		return err
	}
	change, err := c.change()
	if err != nil {
		return err
	}
	change.MinCellSize, change.Theme, change.Label = c.MinCellSize, c.Theme, c.Label
	if c.Image != nil {
		picture := settings.Image{}
		if *c.Image != "" {
			if picture, err = readPicture(*c.Image); err != nil {
				return err
			}
		}
		change.Image = &picture
	}
	if _, err := store.Check(a.ctx, change); err != nil { // before anything is recorded
		return err
	}
	return a.administer(audit.Event{Kind: audit.AdminSettings, Tenant: t.ID, What: audit.What{Object: objectOf(c.Subject)}}, func(*audit.Event) error {
		s, err := store.Apply(a.ctx, change)
		if err != nil {
			return err
		}
		printProblems(a, s.Problems)
		fmt.Fprintf(a.stdout, "set; pages of %s show it within five seconds\n", t.Name)
		return nil
	})
}

// objectOf names a document in records.
func objectOf(subject string) audit.ID {
	if subject == "" {
		return "all"
	}
	return audit.ID(subject)
}

type settingsRemoveCommand struct {
	ofTenant
	Subject string `help:"The subject whose document is removed. Default: the document for all subjects."`
}

// Run removes the document.
func (c settingsRemoveCommand) Run(a *app) error {
	store, t, err := a.settings(c.Tenant)
	if err != nil {
		return err
	}
	return a.administer(audit.Event{Kind: audit.AdminSettings, Tenant: t.ID, What: audit.What{Object: objectOf(c.Subject)}}, func(*audit.Event) error {
		if err := store.Remove(a.ctx, c.Subject); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "removed; pages of %s show it within five seconds\n", t.Name)
		return nil
	})
}

// sortedTexts orders texts by language and key.
func sortedTexts(texts []settings.Text) []settings.Text {
	slices.SortFunc(texts, func(a, b settings.Text) int {
		return strings.Compare(a.Language+" "+a.Key, b.Language+" "+b.Key)
	})
	return texts
}
