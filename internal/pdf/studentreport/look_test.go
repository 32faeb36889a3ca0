package studentreport_test

import (
	"os"
	"path/filepath"
	"testing"

	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/words"
)

// TestPrint writes every variant into the folder that SCOREHOUSE_PRINT names, to be looked at.
func TestPrint(t *testing.T) {
	folder := os.Getenv("SCOREHOUSE_PRINT")
	if folder == "" {
		t.Skip("SCOREHOUSE_PRINT names no folder")
	}
	press, _, err := studentreport.NewPress("/usr/share/fonts/truetype/noto")
	if err != nil {
		t.Fatal(err)
	}
	s := press.NewSetter()
	for _, v := range variants() {
		for _, l := range words.Languages() {
			for tone, name := range map[compose.Tone]string{compose.Gray: "gray", compose.Colour: "colour"} {
				o := studentreport.Options{Words: words.For(l.Code), Tone: tone, Brand: "State of Tamarack"}
				if v.change != nil {
					v.change(&o)
				}
				f, err := os.Create(filepath.Join(folder, v.name+"-"+l.Code+"-"+name+".pdf"))
				if err != nil {
					t.Fatal(err)
				}
				if err := studentreport.Write(f, s, v.report, o); err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
		}
	}
}
