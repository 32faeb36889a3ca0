package pdf_test

import (
	"flag"
	"io"
	"testing"

	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/pdf/studentreport/specimen"
	"scorehouse/internal/words"
)

var codes = flag.Bool("codes", false, "count what reports are made of and print the codes for it, for codes.go")

func TestCount(t *testing.T) {
	if !*codes {
		t.Skip("for when reports have changed much: go test ./internal/pdf -run TestCount -codes -v")
	}
	counted := pdf.Count()
	press, _, err := studentreport.NewPress("")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range words.Languages() {
		for _, tone := range []compose.Tone{compose.Gray, compose.Colour} {
			bundle := studentreport.NewBundle(io.Discard, press.NewSetter(), "Count", studentreport.Options{Words: words.For(l.Code), Tone: tone, Brand: "State of Tamarack"})
			for i := range 1000 {
				bundle.Add(specimen.Student(i))
			}
			for _, v := range specimen.All() {
				bundle.Add(v.Report)
			}
			if err := bundle.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range counted() {
		t.Log(c)
	}
}
