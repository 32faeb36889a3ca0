package studentreport_test

import (
	"bytes"
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"

	"scorehouse/internal/edu"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/pdftest"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/pdf/studentreport/specimen"
	"scorehouse/internal/pdf/typeface"
	"scorehouse/internal/report"
	"scorehouse/internal/words"
)

// noto is where Debian keeps the fonts that a test of other scripts needs.
const noto = "/usr/share/fonts/truetype/noto"

// presses are those of all tests, by folder: what they keep takes its time once.
var presses = map[string]func() *compose.Press{"": sync.OnceValue(func() *compose.Press { return must("") }), noto: sync.OnceValue(func() *compose.Press { return must(noto) })}

func must(folder string) *compose.Press {
	press, _, err := studentreport.NewPress(folder)
	if err != nil {
		panic(err)
	}
	return press
}

func newPress(t testing.TB, folder string) *compose.Press {
	t.Helper()
	return presses[folder]()
}

func printed(t testing.TB, press *compose.Press, r report.StudentReport, o studentreport.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := studentreport.Write(&b, press.NewSetter(), r, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// texts are what the blocks of a report say, in the order they were painted.
func texts(t *testing.T, press *compose.Press, r report.StudentReport, o studentreport.Options) (document []byte, all []string) {
	t.Helper()
	var b bytes.Buffer
	o.Observe = func(m compose.Mark) {
		if m.Kind == "text" && !m.Edge {
			all = append(all, strings.Join(strings.Fields(typeface.Clean(m.Text)), "")) // a long word may go on in the next line
		}
	}
	if err := studentreport.Write(&b, press.NewSetter(), r, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), all
}

// read is the structure of a document as one text without spaces, in the order of reading.
func read(t *testing.T, f *pdftest.File) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(f.StructText(t)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, `"`) {
			b.WriteString(strings.Trim(line, `"`) + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), "")
}

// everywhere reads every variant in every language, which takes a while; else each variant is read in one.
var everywhere = flag.Bool("everywhere", false, "read the order of every variant in every language")

// What poppler reads of a page is the slowest of all tools, so that each variant is read in one language by default; the test after this one
// has the others.
func TestEveryVariantIsReadInTheOrderOfItsBlocks(t *testing.T) {
	t.Parallel()
	press := newPress(t, "")
	for i, v := range specimen.All() {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			for k, l := range words.Languages() {
				if k != i%3 && !*everywhere {
					continue
				}
				o := v.Options(l.Code, compose.Tone(i%2))
				if i%3 == 0 {
					o.Paper = pdf.A4
				}
				document, want := texts(t, press, v.Report, o)
				said, at := read(t, pdftest.Read(t, document)), 0
				for _, w := range want {
					n := strings.Index(said[at:], w)
					if n < 0 {
						t.Fatalf("%s: %q does not come in its place; read is %s", l.Code, w, said)
					}
					at += n + len(w)
				}
			}
		})
	}
}

// All variants in one document, so that the tools start once for each language; and some alone, whose fonts are others.
func TestEveryVariantIsAccessibleInEveryLanguage(t *testing.T) {
	t.Parallel()
	press := newPress(t, "")
	for i, l := range words.Languages() {
		t.Run(l.Code, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			w := words.For(l.Code)
			bundle := studentreport.NewBundle(&b, press.NewSetter(), "All variants", studentreport.Options{Words: w, Tone: compose.Tone(i % 2), Brand: "State of Tamarack"})
			bundle.Duplex = true
			var texts []string
			pages := 0
			for k, v := range specimen.All() {
				texts = append(append(texts, strings.Split(facts(w, v.Report), "|")...), fmt.Sprintf("Ana%d Reyes", k))
				pages += bundle.Add(specimen.Named(v.Report, fmt.Sprintf("Ana%d", k), "", "Reyes"))
				if pages%2 == 1 {
					t.Errorf("%s: the next student begins on the back of a sheet", v.Name)
				}
			}
			if err := bundle.Close(); err != nil {
				t.Fatal(err)
			}
			accessible(t, b.Bytes(), pages, texts...)
			alone := specimen.All()[3*i+2]
			o := alone.Options(l.Code, compose.Tone(1-i%2))
			accessible(t, printed(t, press, alone.Report, o), 0, w.Student.Notes(), w.Student.Name(), w.Paper.Confidential())
		})
	}
}

// accessible reports what a document lacks, and the texts that a copy of it lacks.
func accessible(t *testing.T, document []byte, pages int, texts ...string) {
	t.Helper()
	f := pdftest.Read(t, document)
	for _, p := range f.Problems(t) {
		t.Error(p)
	}
	if got := f.Info(t)["Pages"]; pages > 0 && got != fmt.Sprint(pages) {
		t.Errorf("%s pages, want %d", got, pages)
	}
	said := f.Text(t)
	for _, s := range texts {
		if !strings.Contains(said, s) {
			t.Errorf("pdftotext does not find %q", s)
		}
	}
}

func TestTheOrderOfReadingIsThatOfAReadersQuestions(t *testing.T) {
	t.Parallel()
	press := newPress(t, "")
	f := pdftest.Read(t, printed(t, press, specimen.Of(edu.Summative, 2472, 0), specimen.Variant{}.Options("en", compose.Gray)))
	read, copied := f.StructText(t), f.Text(t)
	var texts []string
	for _, line := range strings.Split(read, "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, `"`) {
			texts = append(texts, strings.Trim(line, `" `))
		}
	}
	want := []string{
		"How did Ana Reyes do?", "Student", "Ana Lucía Reyes", "Grade", "5", "Tested on", "April 14, 2026", "School", "Otter Lake Elementary School",
		"District", "Alder Falls School District", "Mathematics", "Ana has not yet met the standard in Mathematics.",
		"Ana scored 2472: level 2, Partial Understanding.", "Tested again, Ana would likely score between 2453 and 2495.",
		"What does this level mean?", "What were the parts of the test?", "Part", "What it covers", "Result", "Concepts & Procedures", "Below Standard",
		"Each part has fewer questions than the whole test, so these results are less precise than the score.",
		"There is no result in ELA/Literacy.", "How has this changed?", "Since grade 4 the score rose by 31 points; a change of this size can happen by chance.",
		"Year", "Score", "Likely range", "Level", "2022–23", "3", "2380", "2361–2403", "2024–25", "2025–26", "2472", "2453–2495", "2 – Partial Understanding",
		"What can we do next?", "Questions for the teacher", "–", "What will be practiced in the coming weeks, and what can we do at home?",
		"Supports available during the test", "Noise buffer, Read aloud and Text-to-speech.", "Good to know",
		"No test measures exactly. The likely range says how far the score can be trusted.", "This report can be had in other languages. Ask the school.",
	}
	at := 0
	for _, w := range want {
		for ; at < len(texts) && texts[at] != w; at++ {
		}
		if at == len(texts) {
			t.Fatalf("%q does not come in its place; read is:\n%s", w, strings.Join(texts, "\n"))
		}
		at++
	}
	for _, artifact := range []string{"Page 1 of 2", "Confidential", "State of Tamarack"} {
		if strings.Contains(read, artifact) {
			t.Errorf("%q is read, though it is not part of the text", artifact)
		}
		if !strings.Contains(copied, artifact) {
			t.Errorf("%q is not on the page", artifact)
		}
	}
}

// Each assertion can fail: a document broken in one way has the problem that belongs to it.
func TestTheAssertionsSeeWhatIsBroken(t *testing.T) {
	t.Parallel()
	f := pdftest.Read(t, printed(t, newPress(t, ""), specimen.Of(edu.Summative, 2472, 0), specimen.Variant{}.Options("en", compose.Gray)))
	for _, c := range []struct {
		assertion         pdftest.Assertion
		old, new, problem string
	}{
		{pdftest.Described, "/Marked true", "/Marked false", "tagged: "},
		{pdftest.Described, "/Title ", "/Titel ", "title: there is none"},
		{pdftest.Described, "<pdfuaid:part>1<", "<pdfuaid:part>2<", "metadata: does not claim"},
		{pdftest.Described, "<dc:title>", "<dc:titel>", "metadata: has no title"},
		{pdftest.Described, "/Lang (en)", "/Lang ()", "language: "},
		{pdftest.Described, "/DisplayDocTitle true", "/DisplayDocTitle false", "title: viewers"},
		{pdftest.Fonts, "/ToUnicode ", "/ToUnicodx ", "fonts: "},
		{pdftest.Fonts, "/FontFile2 ", "/FontFilx2 ", "fonts: "},
		{pdftest.Structure, "/Alt (", "/Alx (", "figure: "},
		{pdftest.Structure, "/A <<\n    /BBox", "/A <<\n    /BBux", "has no box"},
		{pdftest.Structure, "/Scope /Row", "/Skope /Row", "table: header"},
		{pdftest.Structure, "/S /H2", "/S /H3", "headings: level 3 after 1"},
		{pdftest.Structure, "/S /LBody", "/S /Blah", "is not one of ours"},
		{pdftest.Structure, "/S /LI\n", "/S /TD\n", "structure: /TD in /L"},
		{pdftest.Tagged, "/Artifact BMC", "/Artifict BMC", "neither tagged nor an artifact"},
		{pdftest.Tagged, "<</MCID 3>>", "<</MCID 4>>", "marked content 4 comes as number 3"},
		{pdftest.Tagged, "<</MCID 14>>", "<</MCIX 14>>", "entries in the parent tree"},
	} {
		t.Run(strings.TrimSpace(c.old), func(t *testing.T) {
			broken := pdftest.Read(t, f.Changed(t, c.old, c.new))
			problems := strings.Join(c.assertion(broken, t), "\n")
			if !strings.Contains(problems, c.problem) {
				t.Errorf("broken, and nothing said about %q; said: %s", c.problem, problems)
			}
		})
	}
	whole := printed(t, newPress(t, ""), specimen.Of(edu.Summative, 2472, 0), specimen.Variant{}.Options("en", compose.Gray))
	if said := pdftest.Read(t, whole[:len(whole)/2]).Syntax(); said == "" {
		t.Error("half a document passes qpdf")
	}
}

func TestTheSameReportGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	first, again := newPress(t, ""), must("")
	for i, v := range specimen.All() {
		o := v.Options("vi", compose.Colour)
		a := printed(t, first, v.Report, o)
		if b := printed(t, first, v.Report, o); !bytes.Equal(a, b) {
			t.Errorf("%s: the second time it is different", v.Name)
		}
		if i%4 > 0 {
			continue
		}
		if b := printed(t, again, v.Report, o); !bytes.Equal(a, b) {
			t.Errorf("%s: another press prints different bytes", v.Name)
		}
	}
}
