package typeface_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"scorehouse/internal/draw/fonts"
	"scorehouse/internal/pdf/typeface"
)

const noto = "/usr/share/fonts/truetype/noto"

func shipped(t testing.TB) *typeface.Set {
	t.Helper()
	set, err := typeface.NewSet(fonts.Regular, fonts.Semibold)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func withFolder(t testing.TB) *typeface.Set {
	t.Helper()
	set, refused, err := shipped(t).WithFolder(noto)
	if err != nil {
		t.Fatal(err)
	}
	if len(refused) > 0 {
		t.Errorf("Debian's fonts refused: %v", refused)
	}
	return set
}

// read is what a reader gets from a shaped text: the texts of its glyphs, or the actual text, in the order of paper.
func read(s *typeface.Shaped) string {
	var b strings.Builder
	for _, run := range s.Runs {
		if run.Actual != "" {
			b.WriteString(run.Actual)
			continue
		}
		for _, g := range run.Glyphs {
			b.WriteString(g.Text)
		}
	}
	return b.String()
}

func reversed(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

func TestComposedAndDecomposedNamesAreShapedAlike(t *testing.T) {
	t.Parallel()
	s := typeface.NewShaper(shipped(t))
	composed := s.Line(typeface.Regular, typeface.Clean("Nguyễn Thị"))
	apart := s.Line(typeface.Regular, typeface.Clean("Nguye\u0302\u0303n Thi\u0323"))
	if composed.Codes == nil || !bytes.Equal(composed.Codes, apart.Codes) {
		t.Error("the glyphs differ, or are not those of the shipped font")
	}
	if read(composed) != "Nguyễn Thị" || composed.Missing {
		t.Errorf("reads as %q", read(composed))
	}
}

func TestShippedLettersComeOutOfTheShippedFonts(t *testing.T) {
	t.Parallel()
	s := typeface.NewShaper(shipped(t))
	for _, text := range []string{"Zoë O’Connor", "Łukasz Żółć", "Ελένη Παπαδοπούλου", "Зоя Космодемьянская", "Đặng Ưng Ỡ"} {
		for _, w := range []typeface.Weight{typeface.Regular, typeface.Semibold} {
			if got := s.Line(w, text); got.Codes == nil || got.Missing || read(got) != text {
				t.Errorf("%s: reads as %q, missing %t", text, read(got), got.Missing)
			}
		}
	}
}

func TestOtherScriptsAreShapedFromTheFolder(t *testing.T) {
	t.Parallel()
	s := typeface.NewShaper(withFolder(t))
	for _, c := range []struct{ text, read, font string }{
		{"שלום", reversed("שלום"), "NotoSansHebrew"},
		{"सत्य", "सत्य", "NotoSansDevanagari"},
		{"สวัสดี", "สวัสดี", "NotoSansThai"},
		{"ສະບາຍ", "ສະບາຍ", "NotoSansLao"},
	} {
		got := s.Line(typeface.Regular, c.text)
		if got.Missing || read(got) != c.read {
			t.Errorf("%s: reads as %q", c.text, read(got))
		}
		if name := got.Runs[0].Face.Name; !strings.HasPrefix(name, c.font) {
			t.Errorf("%s: shaped with %s", c.text, name)
		}
		if bold := s.Line(typeface.Semibold, c.text).Runs[0].Face.Name; !strings.Contains(bold, "Bold") {
			t.Errorf("%s: semibold is %s", c.text, bold)
		}
	}
}

// Letters of an Arabic word join: the same letter has another glyph at the beginning, in the middle and at the end of it.
func TestArabicLettersJoin(t *testing.T) {
	t.Parallel()
	got := typeface.NewShaper(withFolder(t)).Line(typeface.Regular, "ببب")
	glyphs := map[uint16]bool{}
	for _, run := range got.Runs {
		for _, g := range run.Glyphs {
			glyphs[g.ID] = true
		}
	}
	if len(glyphs) < 3 {
		t.Errorf("three forms wanted, got %d glyphs", len(glyphs))
	}
}

func TestMixedDirectionsStandAsTheyAreRead(t *testing.T) {
	t.Parallel()
	got := typeface.NewShaper(withFolder(t)).Line(typeface.Regular, "דוד scored 2472")
	if want := reversed("דוד") + " scored 2472"; read(got) != want {
		t.Errorf("stands as %q, want %q", read(got), want)
	}
}

func TestLettersWithoutAFontAreBoxesThatKeepTheirText(t *testing.T) {
	t.Parallel()
	s := typeface.NewShaper(shipped(t))
	box := s.Line(typeface.Regular, string(typeface.Box)).Runs[0].Glyphs[0].ID
	got := s.Line(typeface.Regular, "Li 李")
	last := got.Runs[len(got.Runs)-1]
	if !got.Missing || last.Actual != "李" || last.Glyphs[len(last.Glyphs)-1].ID != box {
		t.Errorf("missing %t, reads as %q", got.Missing, read(got))
	}
	if s.Line(typeface.Regular, "Li").Missing {
		t.Error("letters are missing that are not")
	}
}

func TestASubsetIsAFontWithTheGlyphsAskedFor(t *testing.T) {
	t.Parallel()
	face := shipped(t).Face(typeface.Regular)
	glyphs := face.Glyphs("Aáế")
	file := face.Subset(glyphs)
	if !bytes.Equal(file, face.Subset(glyphs)) {
		t.Error("the second time it is different")
	}
	if len(file) > 20000 {
		t.Errorf("%d bytes for three letters", len(file))
	}
	var sum uint32
	for i := 0; i < len(file); i += 4 {
		sum += uint32(file[i])<<24 | uint32(file[i+1])<<16 | uint32(file[i+2])<<8 | uint32(file[i+3])
	}
	if sum != 0xB1B0AFBA {
		t.Errorf("checksum of the file is %#x", sum)
	}
}

func TestFilesThatAreNoFontsAreLeftOutAndNamed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, file := range map[string][]byte{"empty.ttf": nil, "text.ttf": []byte("not a font, only text that goes on for a while"), "half.ttf": fonts.Regular[:9000], "whole.ttf": fonts.Regular} {
		if err := os.WriteFile(folder+"/"+name, file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, refused, err := shipped(t).WithFolder(folder)
	if err != nil || len(refused) != 3 {
		t.Errorf("refused %q, %v", refused, err)
	}
	if _, _, err := shipped(t).WithFolder(folder + "/nowhere"); err == nil {
		t.Error("a folder that is not there is no error")
	}
}

// FuzzNewFace reads fonts from an operator's folder: whatever is in it, reading ends in a font or an error.
func FuzzNewFace(f *testing.F) {
	f.Add(fonts.Regular[:400])
	f.Add([]byte("\x00\x01\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, file []byte) {
		face, err := typeface.NewFace(file, 0)
		if err == nil {
			face.Subset(face.Glyphs("Aé"))
		}
	})
}

// FuzzShaper shapes any text: its glyphs carry all of it.
func FuzzShaper(f *testing.F) {
	for _, s := range []string{"Ana", "Nguyễn", "שלום abc", "\u2067محمد\u2069 1", "e\u0301\u0301", "\U0001F468\u200D\U0001F469", "कि"} {
		f.Add(s)
	}
	s := typeface.NewShaper(shipped(f))
	f.Fuzz(func(t *testing.T, text string) {
		clean := typeface.Clean(text)
		if again := typeface.Clean(clean); again != clean {
			t.Errorf("%q cleaned twice is %q", clean, again)
		}
		got, letters := s.Line(typeface.Regular, clean), 0
		for _, r := range read(got) {
			_ = r
			letters++
		}
		want := strings.NewReplacer("\u2068", "", "\u2069", "").Replace(clean)
		if letters != len([]rune(want)) {
			t.Errorf("%q: %d characters of %d came out: %q", clean, letters, len([]rune(want)), read(got))
		}
	})
}
