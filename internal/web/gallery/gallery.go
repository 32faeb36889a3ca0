// Package gallery shows every page in every language, every printed report, and every chart, with invented data, the awkward kinds included: long names, one
// student, withheld groups, nothing at all. Designers look at it; tests run axe over it.
//
// Read gallery.go for the list of pages, comparisons.go, lists.go, reports.go, publishing.go, printing.go, people.go and printed.go for what is on them.
package gallery

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/a-h/templ"

	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/comparison"
	"scorehouse/internal/web/page/message"
	"scorehouse/internal/web/page/studentlist"
	"scorehouse/internal/web/page/studentreport"
	"scorehouse/internal/web/static"
	"scorehouse/internal/words"
)

// Sample is one page of the gallery.
type Sample struct {
	Name      string // of the file, without ending
	Title     string // what is awkward about it
	Component templ.Component
	Large     bool // hundreds of rows
}

// Samples returns every page in a language, in the order of the index.
func Samples(w *words.Words) []Sample {
	var all []Sample
	for _, c := range comparisons(w) {
		all = append(all, Sample{"comparison-" + c.name, "Comparison: " + c.title, comparison.Page(c.view), len(c.view.Report.Rows) > 100})
	}
	for _, l := range lists(w) {
		all = append(all, Sample{"students-" + l.name, "Students: " + l.title, studentlist.Page(l.view), len(l.view.Report.Rows) > 100})
	}
	for _, r := range reports(w) {
		all = append(all, Sample{"report-" + r.name, "Report: " + r.title, studentreport.Page(r.view), false})
	}
	all = append(all, publishing(w)...)
	all = append(all, searches(w)...)
	all = append(all, ordering(w)...)
	all = append(all, signing(w)...)
	all = append(all, reviewing(w)...)
	for _, m := range messages(w) {
		all = append(all, Sample{"message-" + m.name, "Message: " + m.name, message.Page(m.view), false})
	}
	return append(all, helping(w)...)
}

// File is the name of the file of a page in a language.
func File(name string, l words.Language) string { return name + "." + l.Code + ".html" }

// Write puts the pages, an index and the static files into a directory, with addresses that work from a file
// system. The directory is made if it does not exist.
func Write(dir string) error {
	for address, body := range static.Files() {
		if err := write(filepath.Join(dir, filepath.FromSlash(address)), body); err != nil {
			return err
		}
	}
	for _, l := range words.Languages() {
		for _, s := range Samples(words.For(l.Code)) {
			page, err := render(s.Component)
			if err != nil {
				return fmt.Errorf("gallery page %s in %s: %w", s.Name, l.English, err)
			}
			if err := write(filepath.Join(dir, File(s.Name, l)), page); err != nil {
				return err
			}
		}
	}
	if err := writePrinted(dir); err != nil {
		return err
	}
	index, err := render(Index())
	if err != nil {
		return fmt.Errorf("gallery index: %w", err)
	}
	return write(filepath.Join(dir, "index.html"), index)
}

// render returns a page with static addresses relative to itself.
func render(c templ.Component) ([]byte, error) {
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(b.Bytes(), []byte(`"`+static.Prefix), []byte(`"`+strings.TrimPrefix(static.Prefix, "/"))), nil
}

func write(name string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return fmt.Errorf("gallery: %w", err)
	}
	if err := os.WriteFile(name, body, 0o644); err != nil {
		return fmt.Errorf("gallery: %w", err)
	}
	return nil
}

// frame is the frame of every sample.
func frame(w *words.Words, crumbs ...string) layout.Frame {
	f := layout.Frame{Words: w, Tenant: "State of Tamarack", Home: "#", Search: "#", Person: "Rosa Delgado", Role: "District administrator, Alder Falls", SignOut: "#", Fiction: true,
		Session: &layout.Session{Idle: 20 * time.Minute, End: 8 * time.Hour, Return: "/s/TK"}}
	for _, c := range append([]string{"Tamarack"}, crumbs...) {
		if c != "" {
			f.Trail = append(f.Trail, layout.Crumb{Text: c, Address: "#"})
		}
	}
	return f
}
