package studentreport_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"scorehouse/internal/edu"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/pdftest"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/pdf/studentreport/specimen"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// marks prints a report and returns where everything lies.
func marks(t *testing.T, s *compose.Setter, r report.StudentReport, o studentreport.Options) []compose.Mark {
	t.Helper()
	var all []compose.Mark
	o.Observe = func(m compose.Mark) { all = append(all, m) }
	if err := studentreport.Write(&bytes.Buffer{}, s, r, o); err != nil {
		t.Fatal(err)
	}
	return all
}

func pagesOf(all []compose.Mark) int { return all[len(all)-1].Page }

// longer is words that say everything with 40 percent more letters.
func longer(t *testing.T, language string) *words.Words {
	t.Helper()
	w := words.For(language)
	texts := map[string]string{}
	add := func(key, text string) {
		more := []rune(strings.Repeat(" und noch etwas dazu", 20))
		texts[key] = text + string(more[:len([]rune(text))*2/5])
	}
	for level := 1; level <= 4; level++ {
		for _, s := range edu.Subjects {
			add(fmt.Sprintf("meaning.%s.elementary.%d", strings.ToLower(string(s)), level), w.Meaning(s, 5, level, 4))
			add(fmt.Sprintf("meaning.%s.high.%d", strings.ToLower(string(s)), level), w.Meaning(s, 11, level, 4))
			add(fmt.Sprintf("next.step.%s.%d", strings.ToLower(string(s)), level), w.NextStep(s, level, 4))
		}
	}
	for i, q := range w.Questions() {
		add(fmt.Sprintf("next.question.%d", i+1), q)
	}
	for key, text := range map[string]string{
		"score.figure": w.Score.Figure(), "score.history_figure": w.Score.HistoryFigure(), "score.precision": w.Score.Precision(),
		"student.parts_note": w.Student.PartsNote(), "student.one_of_many": w.Student.OneOfMany(), "student.languages": w.Student.Languages(),
		"student.college": w.Student.College(), "student.interim_note": w.Student.InterimNote(), "student.meaning": w.Student.Meaning(), "student.parts": w.Student.Parts(),
	} {
		add(key, text)
	}
	own, err := w.Override(texts)
	if err != nil {
		t.Fatal(err)
	}
	return own
}

func TestEveryVariantFitsOnItsSheetsAndNothingOverlaps(t *testing.T) {
	t.Parallel()
	s := newPress(t, "").NewSetter()
	more := map[string]*words.Words{}
	for _, l := range words.Languages() {
		more[l.Code] = longer(t, l.Code)
	}
	for _, v := range specimen.All() {
		for _, l := range words.Languages() {
			for _, paper := range []pdf.Size{pdf.Letter, pdf.A4} {
				for _, w := range []*words.Words{words.For(l.Code), more[l.Code]} {
					if l.Code != "vi" && (paper == pdf.A4) == (w == more[l.Code]) {
						continue // longer words on Letter, others on A4; all of it for the language that has most to say
					}
					o := v.Options(l.Code, compose.Gray)
					o.Paper, o.Words = paper, w
					all := marks(t, s, v.Report, o)
					for _, wrong := range specimen.LaidOut(all, paper) {
						t.Errorf("%s, %s: %s", v.Name, l.Code, wrong)
					}
					if sheets := max(1, len(v.Report.Subjects)); pagesOf(all) > 2*sheets {
						t.Errorf("%s, %s, width %.0f, longer %t: %d pages for %d sheets", v.Name, l.Code, paper.Width, w != words.For(l.Code), pagesOf(all), sheets)
					}
				}
			}
		}
	}
}

func TestTheCheckOfPlacesSeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := compose.Mark{Page: 1, Kind: "text", Text: "a", Left: 60, Top: 100, Right: 200, Bottom: 120}
	over, out, apart := good, good, good
	over.Left, over.Right = 150, 300
	out.Right, out.Top, out.Bottom = 800, 300, 320
	apart.Page = 2
	for name, c := range map[string]struct {
		all  []compose.Mark
		want int
	}{"apart": {[]compose.Mark{good, apart}, 0}, "over": {[]compose.Mark{good, over}, 1}, "out": {[]compose.Mark{good, out}, 1}} {
		if got := specimen.LaidOut(c.all, pdf.Letter); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestHostileNamesAreShownAndHarmNothing(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]string{"shipped fonts": "", "with a folder of fonts": noto} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			press := newPress(t, folder)
			s := press.NewSetter()
			o := studentreport.Options{Words: words.For("en"), Brand: "State of Tamarack", ShowCode: true}
			var b bytes.Buffer
			bundle := studentreport.NewBundle(&b, s, "Hostile", o)
			for i, n := range specimen.Hostile {
				score := int16(0) // a short report for most
				if i%8 == 0 {
					score = 2472
				}
				r := specimen.Named(specimen.Of(edu.Summative, score, 0), n.First, "", n.Last)
				r.Place.School.Name, r.Student.Code = n.Last+" "+n.First, n.First
				for _, wrong := range specimen.LaidOut(marks(t, s, r, o), pdf.Letter) {
					t.Errorf("%q: %s", n.First+" "+n.Last, wrong)
				}
				bundle.Add(r)
			}
			if err := bundle.Close(); err != nil {
				t.Fatal(err)
			}
			f := pdftest.Read(t, b.Bytes())
			if folder != "" {
				for _, p := range f.Problems(t) {
					t.Error(p)
				}
			}
			said := f.Text(t)
			for _, n := range specimen.Hostile {
				if !strings.Contains(said, n.Shown) {
					t.Errorf("%q: pdftotext does not find %q", n.First+" "+n.Last, n.Shown)
				}
			}
			if boxed := strings.Contains(said, words.For("en").Paper.Boxed()); !boxed {
				t.Error("nothing says that some letters cannot be printed")
			}
		})
	}
}

// randomStudents is how many reports of random students are printed and read back: go test -students 2000 tries more.
var randomStudents = flag.Int("students", 24, "random students to print")

func TestPrintedFactsAreThoseOfTheReport(t *testing.T) {
	t.Parallel()
	students := *randomStudents
	rng := rand.New(rand.NewPCG(6, 1))
	press := newPress(t, "")
	s := press.NewSetter()
	perBundle := min(80, (students+2)/3)
	for from := 0; from < students; from += perBundle {
		w := words.For(words.Languages()[from/perBundle%3].Code)
		o := studentreport.Options{Words: w, Brand: "State of Tamarack", Tone: compose.Tone(from / perBundle % 2)}
		var b bytes.Buffer
		bundle := studentreport.NewBundle(&b, s, "Random", o)
		var want []string
		var first []int
		page := 0
		for range min(perBundle, students-from) {
			r := specimen.Random(rng)
			for _, wrong := range specimen.LaidOut(marks(t, s, r, o), pdf.Letter) {
				t.Errorf("%q: %s", r.Student.First+" "+r.Student.Last, wrong)
			}
			first = append(first, page)
			page += bundle.Add(r)
			want = append(want, facts(w, r))
		}
		if err := bundle.Close(); err != nil {
			t.Fatal(err)
		}
		pages := pagesOfText(t, b.Bytes())
		for i, facts := range want {
			end := page
			if i+1 < len(first) {
				end = first[i+1]
			}
			said := strings.Join(strings.Fields(strings.Join(pages[first[i]:end], " ")), " ")
			for _, fact := range strings.Split(facts, "|") {
				if !strings.Contains(said, fact) {
					t.Errorf("student %d of bundle %d: %q is not printed", i, from/perBundle, fact)
				}
			}
		}
	}
}

// facts are numbers and names that the report of a student must say, whatever the layout.
func facts(w *words.Words, r report.StudentReport) string {
	all := []string{w.Year(r.Year)}
	for _, s := range r.Subjects {
		all = append(all, w.Subject(s.Subject))
		if s.Result.Level > 0 {
			all = append(all, fmt.Sprint(s.Result.Score.Value), w.LevelName(s.Result.Level, s.Result.LevelName))
		}
		for _, p := range s.History {
			if len(s.History) > 1 && r.Type == edu.Summative {
				all = append(all, w.Year(p.Year), w.Range(int(p.Score.Low), int(p.Score.High)))
			}
		}
	}
	return strings.Join(all, "|")
}

func pagesOfText(t *testing.T, document []byte) []string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(document)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(out), "\f")
}

// What a press keeps and what pages share is only faster: the structure, the text and the picture are those of a press that keeps nothing.
func TestKeptTextsPrintAsPlainOnes(t *testing.T) {
	t.Parallel()
	kept := newPress(t, "")
	read := func(press *compose.Press) *pdftest.File {
		var b bytes.Buffer
		bundle := studentreport.NewBundle(&b, press.NewSetter(), "Kept", specimen.Variant{}.Options("es", compose.Gray))
		all := specimen.All()
		for _, v := range append(all, all[0], all[3], all[10]) { // what is shared is written the second time
			if v.Name != "many" {
				bundle.Add(v.Report)
			}
		}
		if err := bundle.Close(); err != nil {
			t.Fatal(err)
		}
		return pdftest.Read(t, b.Bytes())
	}
	a, b := read(kept), read(kept.Plainly())
	if a.Struct(t) != b.Struct(t) {
		t.Error("the structures differ")
	}
	if a.Text(t) != b.Text(t) {
		t.Error("the texts differ")
	}
	// A glyph at the border between two of the places that poppler knows may fall either way.
	if n := differing(picture(t, a.Path), picture(t, b.Path)); n > 1000 {
		t.Errorf("%d dots of the pictures differ", n)
	}
}

func differing(a, b []byte) int {
	if len(a) != len(b) {
		return max(len(a), len(b))
	}
	n := 0
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func picture(t *testing.T, path string) []byte {
	t.Helper()
	out, err := exec.Command("pdftoppm", "-r", "36", "-gray", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
