package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"scorehouse/internal/draw/fonts"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/pdftest"
	"scorehouse/internal/pdf/typeface"
)

func shaper(t testing.TB) *typeface.Shaper {
	t.Helper()
	set, err := typeface.NewSet(fonts.Regular, fonts.Semibold)
	if err != nil {
		t.Fatal(err)
	}
	return typeface.NewShaper(set)
}

// written is a document of some pages that says a text everywhere a document can say one.
func written(t testing.TB, s *typeface.Shaper, text string, pages int) []byte {
	t.Helper()
	var b bytes.Buffer
	clean := typeface.Clean(text)
	d := pdf.NewDocument(&b, pdf.Info{Title: text, Language: "en", Author: text, Producer: text}, pdf.Options{Size: pdf.Letter})
	face := s.Set().Face(typeface.Regular)
	section := d.Root().Add(pdf.Section).Title(text)
	var in *pdf.Bookmark
	for i := range pages {
		p := d.AddPage()
		p.Label(pdf.Label{Prefix: text, First: i + 1})
		in = p.Bookmark(in, text, 10)
		p.Begin(section.Add(pdf.Heading1))
		p.Text(50, 80, 14, face, pdf.Gray(0), true, s.Line(typeface.Regular, clean), s.Word(typeface.Regular, clean))
		p.End()
		p.Begin(section.Add(pdf.Figure).Alt("A picture of "+text).At(40, 90, 100, 200))
		p.Circle(70, 145, 20, pdf.RGB(0x064977), pdf.Gray(0.5), 2)
		p.End()
		p.Artifact(pdf.Footer)
		p.Line(40, 1000, 700, 1000, pdf.Gray(0), 1, 2)
		p.End()
		p.Close()
	}
	front := d.AddFront()
	front.Begin(section.Add(pdf.Paragraph))
	front.Text(50, 80, 14, face, pdf.Gray(0), false, s.Word(typeface.Regular, "Cover"))
	front.End()
	front.Close()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestALongDocumentIsWholeAndItsCoverComesFirst(t *testing.T) {
	t.Parallel()
	f := pdftest.Read(t, written(t, shaper(t), "Otter (Lake) \\ School", 140))
	for _, p := range f.Problems(t) {
		t.Error(p)
	}
	if f.Info(t)["Pages"] != "141" || f.Info(t)["Title"] != "Otter (Lake) \\ School" {
		t.Errorf("pages %s, title %s", f.Info(t)["Pages"], f.Info(t)["Title"])
	}
	if text := f.Text(t); !strings.HasPrefix(text, "Cover Otter (Lake) \\ School") || strings.Count(text, "Otter (Lake) \\ School") != 280 {
		t.Errorf("the text begins %.60q", text)
	}
}

// broken is a disk that is full.
type broken struct{ room int }

func (b *broken) Write(p []byte) (int, error) {
	if b.room -= len(p); b.room < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestAFullDiskIsAnError(t *testing.T) {
	t.Parallel()
	d := pdf.NewDocument(&broken{room: 500}, pdf.Info{Title: "t", Language: "en"}, pdf.Options{Size: pdf.A4})
	for range 3 {
		d.AddPage().Close()
	}
	if err := d.Close(); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("got %v", err)
	}
	open := pdf.NewDocument(&bytes.Buffer{}, pdf.Info{}, pdf.Options{Size: pdf.A4})
	open.AddPage()
	if err := open.Close(); err == nil {
		t.Error("a document is closed while a page is open")
	}
}

func TestElementsWithContentOnTwoPagesAreHeldByBoth(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	s := shaper(t)
	d := pdf.NewDocument(&b, pdf.Info{Title: "Two pages", Language: "en"}, pdf.Options{Size: pdf.Letter})
	paragraph := d.Root().Add(pdf.Section).Add(pdf.Paragraph)
	for i := range 2 {
		p := d.AddPage()
		p.Begin(paragraph)
		p.Text(50, 80, 14, s.Set().Face(typeface.Regular), pdf.Gray(0), i == 0, s.Word(typeface.Regular, fmt.Sprintf("part%d", i)))
		p.End()
		p.Close()
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	f := pdftest.Read(t, b.Bytes())
	for _, p := range f.Problems(t) {
		t.Error(p)
	}
	if read := strings.Join(strings.Fields(f.StructText(t)), " "); !strings.Contains(read, `P (block) "part0 " "part1"`) {
		t.Errorf("read is %s", f.StructText(t))
	}
}

// FuzzDocument writes any text into every place a document has for one; qpdf must find nothing wrong.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{"", "Ana", "((", ")\\\r\n", "\xff\x00", "😀 李", "שלום", "]TJ ET endstream", "\u202Ex", strings.Repeat("é", 300)} {
		f.Add(s)
	}
	s := shaper(f)
	f.Fuzz(func(t *testing.T, text string) {
		if said := pdftest.Read(t, written(t, s, text, 2)).Syntax(); said != "" {
			t.Errorf("%q: %s", text, said)
		}
	})
}
