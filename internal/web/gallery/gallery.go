// Package gallery shows every page and every chart with invented data, the awkward kinds included: long names, one
// student, withheld groups, nothing at all. Designers look at it; tests run axe over it.
//
// Read gallery.go for the list of pages, comparisons.go, lists.go, reports.go and people.go for what is on them.
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
)

// Sample is one page of the gallery.
type Sample struct {
	Name      string // of the file, without ending
	Title     string // what is awkward about it
	Component templ.Component
	Large     bool // hundreds of rows
}

// Samples returns every page in the order of the index.
func Samples() []Sample {
	var all []Sample
	for _, c := range comparisons() {
		all = append(all, Sample{"comparison-" + c.name, "Comparison: " + c.title, comparison.Page(c.view), len(c.view.Report.Rows) > 100})
	}
	for _, l := range lists() {
		all = append(all, Sample{"students-" + l.name, "Students: " + l.title, studentlist.Page(l.view), len(l.view.Report.Rows) > 100})
	}
	for _, r := range reports() {
		all = append(all, Sample{"report-" + r.name, "Report: " + r.title, studentreport.Page(r.view), false})
	}
	all = append(all, signing()...)
	for _, m := range messages() {
		all = append(all, Sample{"message-" + m.name, "Message: " + m.name, message.Page(m.view), false})
	}
	return all
}

// Write puts the pages, an index and the static files into a directory, with addresses that work from a file
// system. The directory is made if it does not exist.
func Write(dir string) error {
	for address, body := range static.Files() {
		if err := write(filepath.Join(dir, filepath.FromSlash(address)), body); err != nil {
			return err
		}
	}
	for _, s := range Samples() {
		page, err := render(s.Component)
		if err != nil {
			return fmt.Errorf("gallery page %s: %w", s.Name, err)
		}
		if err := write(filepath.Join(dir, s.Name+".html"), page); err != nil {
			return err
		}
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
func frame(crumbs ...string) layout.Frame {
	f := layout.Frame{Tenant: "State of Tamarack", Home: "#", Person: "Rosa Delgado", Role: "District administrator, Alder Falls", SignOut: "#", Fiction: true,
		Session: &layout.Session{Idle: 20 * time.Minute, End: 8 * time.Hour, Return: "/s/TK"}}
	for _, c := range append([]string{"Tamarack"}, crumbs...) {
		if c != "" {
			f.Trail = append(f.Trail, layout.Crumb{Text: c, Address: "#"})
		}
	}
	return f
}
