package studentreport_test

import (
	"os"
	"path/filepath"
	"testing"

	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/pdf/studentreport/specimen"
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
	for _, v := range specimen.All() {
		for _, l := range words.Languages() {
			for tone, name := range map[compose.Tone]string{compose.Gray: "gray", compose.Colour: "colour"} {
				o := v.Options(l.Code, tone)
				f, err := os.Create(filepath.Join(folder, v.Name+"-"+l.Code+"-"+name+".pdf"))
				if err != nil {
					t.Fatal(err)
				}
				if err := studentreport.Write(f, s, v.Report, o); err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
		}
	}
}
