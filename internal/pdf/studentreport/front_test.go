package studentreport_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/pdf"
	"scorehouse/internal/pdf/compose"
	"scorehouse/internal/pdf/pdftest"
	"scorehouse/internal/pdf/studentreport"
	"scorehouse/internal/pdf/studentreport/specimen"
	"scorehouse/internal/words"
)

// fronted is a bundle of two grades with a cover.
func fronted(t testing.TB, language string, students int, names func(i int) string) (document []byte, front, pages int) {
	t.Helper()
	var b bytes.Buffer
	w := words.For(language)
	bundle := studentreport.NewBundle(&b, newPress(t, "").NewSetter(), "Otter Lake Elementary School", studentreport.Options{Words: w, Brand: "State of Tamarack"})
	bundle.Duplex = true
	for i := range students {
		if i%(students/2) == 0 {
			bundle.Part(w.Grade(edu.Grade(4 + i/(students/2))))
		}
		pages += bundle.Add(specimen.Named(specimen.Of(edu.Summative, 2472, 0), names(i), "", "Reyes"))
	}
	front = bundle.Front(studentreport.Cover{
		Title: "Otter Lake Elementary School", About: []string{"Summative, 2025–26", "Grades 4 and 5"}, Requested: "Rosa Delgado", Made: time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC),
		Exceptions: []studentreport.Exception{{Name: "Ng, Liam", Why: w.Paper.NoResult()}, {Name: "محمد", Why: w.Paper.NoResult()}},
	})
	if err := bundle.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), front, pages
}

func TestTheCoverSaysWhoIsInTheBundleAndWhoIsNot(t *testing.T) {
	t.Parallel()
	for _, l := range words.Languages() {
		document, front, pages := fronted(t, l.Code, 2, func(i int) string { return fmt.Sprintf("Ana%d", i) })
		f, w := pdftest.Read(t, document), words.For(l.Code)
		for _, p := range f.Problems(t) {
			t.Errorf("%s: %s", l.Code, p)
		}
		if got := f.Info(t)["Pages"]; got != fmt.Sprint(front+pages) || front%2 == 1 {
			t.Errorf("%s: %s pages, want %d in front and %d", l.Code, got, front, pages)
		}
		if l.Code != "vi" {
			continue // poppler takes long to read
		}
		read := strings.Join(strings.Fields(strings.ReplaceAll(f.StructText(t), "\n", " ")), " ")
		at := 0
		for _, want := range []string{"Otter Lake Elementary School", w.Paper.Requested(), "Rosa Delgado", w.Paper.Keep()[:20], w.Paper.LeftOut(2), "Ng, Liam", w.Paper.NoResult(), w.Paper.Contents(),
			w.Grade(4), "Reyes, Ana0 ", w.Grade(5), "Reyes, Ana1 ", w.Student.Title("Ana0 Reyes")} {
			i := strings.Index(read[at:], want)
			if i < 0 {
				t.Fatalf("%s: %q does not come in its place; read is %.3000s", l.Code, want, read)
			}
			at += i + len(want)
		}
		if diff := cmp.Diff([]string{w.Grade(4), w.Grade(5)}, f.Outline(t)); diff != "" {
			t.Errorf("%s: outline (-want +got):\n%s", l.Code, diff)
		}
	}
}

func TestContentsLeadToTheirPages(t *testing.T) {
	t.Parallel()
	document, front, _ := fronted(t, "en", 4, func(i int) string { return strings.Repeat(fmt.Sprintf("Maximiliana%d ", i), 1+6*(i%2)) })
	links := pdftest.Read(t, document).Links(t)
	if len(links) != 4 {
		t.Fatalf("%d links, want 4", len(links))
	}
	for i, l := range links {
		if l.To != front+1+2*i {
			t.Errorf("link %d (%q) leads to page %d, want %d", i, l.Says, l.To, front+1+2*i)
		}
		if want := fmt.Sprintf("page %d", 1+2*i); !strings.HasPrefix(l.Says, "Reyes, Maximiliana") || !strings.HasSuffix(l.Says, want) {
			t.Errorf("link %d says %q", i, l.Says)
		}
	}
}

func TestFrontPagesOfALargeSchoolStayOnTheirPaper(t *testing.T) {
	t.Parallel()
	for _, paper := range []pdf.Size{pdf.Letter, pdf.A4} {
		var marks []compose.Mark
		o := specimen.Variant{}.Options("vi", compose.Gray)
		o.Paper = paper
		bundle := studentreport.NewBundle(io.Discard, newPress(t, "").NewSetter(), "School", o)
		var exceptions []studentreport.Exception
		for i := range 150 {
			if i%40 == 0 {
				bundle.Part(o.Words.Grade(edu.Grade(3 + i/40)))
			}
			name := specimen.Hostile[i%len(specimen.Hostile)]
			bundle.Add(specimen.Named(specimen.Of(edu.Summative, 0, 0), name.First, "", name.Last))
			if i%2 == 0 {
				exceptions = append(exceptions, studentreport.Exception{Name: name.Last + ", " + name.First, Why: strings.Repeat(o.Words.Paper.NoResult()+". ", 1+i%5)})
			}
		}
		bundle.Observe(func(m compose.Mark) { marks = append(marks, m) })
		pages := bundle.Front(studentreport.Cover{Title: strings.Repeat("Saint Bartholomew Memorial ", 6), Requested: strings.Repeat("Maximiliana ", 20), Made: time.Date(2026, 6, 3, 0, 0, 0, 0, time.UTC), Exceptions: exceptions})
		for _, wrong := range specimen.LaidOut(marks, paper) {
			t.Error(wrong)
		}
		if err := bundle.Close(); err != nil || pages < 3 {
			t.Errorf("%d pages in front: %v", pages, err)
		}
	}
}

// mostBytes is what a report of one sheet may take: alone, and in a bundle.
const mostBytes, mostBundled = 28 << 10, 12 << 10

func TestReportsAreSmallInEveryLanguage(t *testing.T) {
	t.Parallel()
	press := newPress(t, "")
	for _, l := range words.Languages() {
		o := specimen.Variant{}.Options(l.Code, compose.Colour)
		if n := len(printed(t, press, specimen.Student(0), o)); n > mostBytes {
			t.Errorf("%s: %d bytes", l.Code, n)
		}
		var b bytes.Buffer
		bundle := studentreport.NewBundle(&b, press.NewSetter(), "Small", o)
		for i := range 40 {
			bundle.Add(specimen.Student(i))
		}
		if err := bundle.Close(); err != nil || b.Len()/40 > mostBundled {
			t.Errorf("%s: %d bytes a report in a bundle, %v", l.Code, b.Len()/40, err)
		}
	}
}

func TestTheAssertionOfLinksSeesWhatIsBroken(t *testing.T) {
	t.Parallel()
	document, _, _ := fronted(t, "en", 2, func(i int) string { return fmt.Sprintf("Ana%d", i) })
	f := pdftest.Read(t, document)
	for _, c := range []struct{ old, new, problem string }{
		{"/Tabs /S", "/Tabs /R", "another order"},
		{"/Contents (Reyes", "/Contenxx (Reyes", "does not say where it leads"},
		{"/Dest [", "/Desx [", "leads nowhere"},
		{"/Obj ", "/Obx ", "is not in the structure"},
	} {
		if problems := strings.Join(pdftest.Links(pdftest.Read(t, f.Changed(t, c.old, c.new)), t), "\n"); !strings.Contains(problems, c.problem) {
			t.Errorf("without %q nothing is said about %q; said: %s", c.old, c.problem, problems)
		}
	}
}
