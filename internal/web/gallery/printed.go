package gallery

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"time"

	"scorehouse/internal/edu"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/pdf/studentreport/specimen"
	"scorehouse/internal/report"
	"scorehouse/internal/web/layout"
	screen "scorehouse/internal/web/page/studentreport"
	"scorehouse/internal/web/static"
	"scorehouse/internal/words"
)

// Printed is a printed report of the gallery.
type Printed struct {
	Name, Title string
	report      report.StudentReport
	options     func(language string, tone compose.Tone) studentreport.Options
}

// PrintedReports lists every variant of a printed report.
func PrintedReports() []Printed {
	var all []Printed
	for _, v := range specimen.All() {
		all = append(all, Printed{v.Name, v.Name, v.Report, v.Options})
	}
	return all
}

// PrintedFile is the name of the file of a printed report: gray, as most are, or in colour.
func PrintedFile(name string, l words.Language, tone compose.Tone) string {
	if tone == compose.Colour {
		return "printed-" + name + "." + l.Code + ".colour.pdf"
	}
	return "printed-" + name + "." + l.Code + ".pdf"
}

// tones are those in which a language is printed for the gallery: colour differs in nothing that depends on the language.
func tones(l words.Language) []compose.Tone {
	if l.Code == "en" {
		return []compose.Tone{compose.Gray, compose.Colour}
	}
	return []compose.Tone{compose.Gray}
}

// writePrinted prints every variant, and one bundle with a cover for each language.
func writePrinted(dir string) error {
	press, _, err := studentreport.NewPress("")
	if err != nil {
		return err
	}
	s := press.NewSetter()
	for _, l := range words.Languages() {
		for _, tone := range tones(l) {
			for _, p := range PrintedReports() {
				var b bytes.Buffer
				if err := studentreport.Write(&b, s, p.report, p.options(l.Code, tone)); err != nil {
					return fmt.Errorf("gallery: print %s in %s: %w", p.Name, l.English, err)
				}
				if err := write(filepath.Join(dir, PrintedFile(p.Name, l, tone)), b.Bytes()); err != nil {
					return err
				}
			}
		}
		var b bytes.Buffer
		if err := bundle(&b, s, words.For(l.Code)); err != nil {
			return fmt.Errorf("gallery: print a bundle in %s: %w", l.English, err)
		}
		if err := write(filepath.Join(dir, PrintedFile("bundle", l, compose.Gray)), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// bundle prints two grades of thirty students, with a cover.
func bundle(to *bytes.Buffer, s *compose.Setter, w *words.Words) error {
	o := specimen.Variant{}.Options(w.Language.Code, compose.Gray)
	b := studentreport.NewBundle(to, s, "Otter Lake Elementary School", o)
	b.Duplex = true
	for i := range 60 {
		if i%30 == 0 {
			b.Part(w.Grade(edu.Grade(4 + i/30)))
		}
		b.Add(specimen.Student(i))
	}
	b.Front(studentreport.Cover{Title: "Otter Lake Elementary School", About: []string{"Alder Falls School District", w.Student.TypeYear(w.Type(specimen.Student(0).Type), 2026)},
		Requested: "Rosa Delgado", Made: time.Date(2026, time.June, 3, 0, 0, 0, 0, time.UTC),
		Exceptions: []studentreport.Exception{{Name: "Ng, Liam", Why: w.Paper.NoResult()}, {Name: "O’Connor, Zoë", Why: w.Paper.NoResult()}}})
	return b.Close()
}

// typefaceFile is what the style sheet loads; a page in one file takes what is installed.
var typefaceFile = regexp.MustCompile(`src: ?url\([^;]*;?`)

// Screen is the page of a report as the browser gets it, in one file: what a browser would be asked to print.
func Screen(w *words.Words, r report.StudentReport) ([]byte, error) {
	var b bytes.Buffer
	view := screen.View{Frame: frame(w, r.Place.District.Name, r.Place.School.Name), Report: r, Address: layout.Address{Path: "/students/x"}}
	view.Frame.Session = nil // which brings a script
	page, err := render(screen.Page(view))
	if err != nil {
		return nil, err
	}
	before, rest, ok := bytes.Cut(page, []byte(`<link rel="preload"`))
	if !ok {
		return nil, fmt.Errorf("gallery: the page has no style sheet")
	}
	_, rest, _ = bytes.Cut(rest, []byte(`<link rel="icon"`))
	_, rest, _ = bytes.Cut(rest, []byte(">"))
	b.Write(before)
	b.WriteString("<style>")
	b.Write(typefaceFile.ReplaceAll(static.Files()[static.URL("site.css")], []byte(`src: local("Noto Sans");`)))
	b.WriteString("</style>")
	b.Write(rest)
	return b.Bytes(), nil
}
