package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"scorehouse/internal/edu"
	"scorehouse/internal/webtest"
	"scorehouse/internal/words"
)

// walker goes from page to page in a browser, in one language.
type walker struct {
	t    *testing.T
	tab  *webtest.Tab
	site *webtest.Site
	w    *words.Words
}

// at wants the tab to have come to a path, query included.
func (g walker) at(path string) {
	g.t.Helper()
	g.tab.WaitAt(g.site.URL + path)
}

// open goes to an address of the site, and wants to arrive there.
func (g walker) open(path string) {
	g.t.Helper()
	g.tab.Go(g.site.URL + path)
	g.at(path)
}

// click clicks a link by its text, or what a selector finds when nothing says the text.
func (g walker) click(text string) {
	g.t.Helper()
	g.tab.Run(`document.querySelectorAll("[data-walk]").forEach(e => e.removeAttribute("data-walk"));
		[...document.querySelectorAll("a, button, summary")].filter(e => e.innerText.trim() === ` + quoted(text) + `).slice(0, 1).forEach(e => e.setAttribute("data-walk", ""))`)
	g.tab.Click("[data-walk]")
}

func quoted(s string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`", "$", "\\$").Replace(s) + "`"
}

// says wants what a selector finds to say a text.
func (g walker) says(selector, text string) {
	g.t.Helper()
	got := ""
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); time.Sleep(20 * time.Millisecond) { // the page may still come
		if got = g.tab.Text(selector); strings.Contains(fold(got), fold(text)) {
			return
		}
	}
	g.t.Fatalf("%s: %s at %s says %.300q, want %q", g.w.Language.Code, selector, g.tab.Address(), got, text)
}

// fold takes what browsers make of white space and of capitals in style.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// heads wants the last row of a table's head to say some words, in order.
func (g walker) heads(want ...string) {
	g.t.Helper()
	text := fold(g.tab.Text(":is(.comparison, .students, .blocks) thead tr:last-child"))
	for _, h := range want {
		i := strings.Index(text, fold(h))
		if i < 0 {
			g.t.Errorf("%s: the head at %s says %q, without %q", g.w.Language.Code, g.tab.Address(), text, h)
			return
		}
		text = text[i+len(fold(h)):]
	}
}

// Readers walk through everything there is, in every language, as the acceptance list of the pages has it.
func TestReadersWalkThroughThePagesInEveryLanguage(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	site := webtest.NewSite(t)
	tab := webtest.NewChromium(t).Tab()
	for _, c := range site.As(t, webtest.StateReader).Cookies() {
		tab.SetCookie(c.Name, c.Value, site.URL)
	}
	for _, l := range words.Languages() {
		tab.SetCookie("scorehouse-language", l.Code, site.URL)
		g := walker{t, tab, site, words.For(l.Code)}
		g.comparisons()
		g.lists()
		g.reports()
		g.searches()
	}
	for _, complaint := range tab.Complaints() {
		if !strings.HasPrefix(complaint, "Autofocus") { // of the warning before the session's end, while something has the focus
			t.Errorf("the browser says: %s", complaint)
		}
	}
}

// comparisons: down and up with filters, tags, sorting, selecting, bars, years, withheld results, files.
func (g walker) comparisons() {
	w, c := g.w, g.w.Comparison
	g.tab.Go(g.site.URL + "/")
	g.at("/s/TK")
	g.says("h1", c.TitleDistricts("Tamarack"))
	g.heads(c.District(), c.Tested(), c.Percent())
	g.says(".reference th", "Tamarack")
	if got := g.tab.Count(".comparison tbody:not(.reference) tr"); got != 3 {
		g.t.Errorf("%s: %d districts, want 3", w.Language.Code, got)
	}
	g.says(".table-note", c.NotePrivate(11))
	g.click(c.Tested())
	g.at("/s/TK?sort=-tested.Math")
	g.click(c.Full())
	g.at("/s/TK?align=full&sort=-tested.Math")
	g.open("/s/TK")
	g.click(w.Filter.Open())
	g.tab.Click(`input[name="sex"][value="female"]`)
	g.tab.Click(`input[name="dmgPrgLep"][value="N"]`)
	g.click(w.Filter.Apply())
	g.at("/s/TK?dmgPrgLep=N&sex=female")
	g.says(".tags", w.Sex(edu.Female))
	g.click("Lakeside Unified")
	g.at("/s/TK/d/0042?dmgPrgLep=N&sex=female")
	g.says("h1", c.TitleSchools("Lakeside Unified"))
	g.tab.Click(".tag")
	g.at("/s/TK/d/0042?sex=female")
	g.click(w.Filter.Clear())
	g.at("/s/TK/d/0042")
	g.tab.Click(`input[name="only"]`)
	g.click(c.Compare())
	g.at("/s/TK/d/0042?only=0118")
	g.says(".table-tools", c.OnlySchools(1))
	g.click(c.All())
	g.at("/s/TK/d/0042")
	g.click(w.Year(2025))
	g.at("/s/TK/d/0042?year=2025")
	g.says(".banner", w.Frame.OldYear(2025))
	g.click(w.Frame.NewestYear(2026))
	g.at("/s/TK/d/0042?year=2026")
	g.click("Lakeside Elementary")
	g.at(lakeside + "?year=2026")
	g.says("h1", c.TitleGrades("Lakeside Elementary"))
	g.says("main", w.Frame.Csv())
	g.click(w.Grade(5))
	g.at(gradeFive + "?year=2026")
	g.click("Lakeside Unified")
	g.at("/s/TK/d/0042?year=2026")
	g.open("/s/TK/d/0043")
	g.says(".small-count", c.Small())
}

// lists: the columns of each kind and view, statuses, filters, groups, selecting, blocks.
func (g walker) lists() {
	w, s := g.w, g.w.Students
	g.open(gradeFive)
	g.says("h1", s.Title(5))
	g.says(".table-tools", s.Counted(40))
	g.heads(s.Student(), s.Score(), s.Level(), s.Status(), s.Score(), s.Level())
	g.click(w.Subject(edu.Math))
	g.at(gradeFive + "?subject=Math")
	g.heads(s.Student(), s.Score(), s.Level(), w.ClaimName("Concepts & Procedures"), w.ClaimName("Communicating Reasoning"), s.Status())
	g.click(s.Status())
	g.at(gradeFive + "?sort=status&subject=Math")
	g.says(".students tbody tr", s.Invalid())
	g.click(w.Filter.Open())
	g.tab.Click(`input[name="validity"][value="IN"]`)
	g.click(w.Filter.Apply())
	g.at(gradeFive + "?sort=status&subject=Math&validity=IN")
	g.says(".table-tools", s.Counted(1))
	g.open(gradeFive)
	g.click("Room 5A")
	g.at(gradeFive + "?group=g-5a")
	g.says(".table-tools", s.Counted(20))
	g.tab.Click(`input[name="only"]`)
	g.click(w.Comparison.Compare())
	g.says(".table-tools", s.OnlyStudents(1))
	g.open(gradeFive + "?type=interim")
	g.heads(s.Student(), s.Date(), s.Score())
	g.says(".students tbody", s.Standardized())
	g.click(s.Date())
	g.at(gradeFive + "?sort=-date&type=interim")
	g.open(gradeFive + "?type=blocks")
	g.heads(s.Student(), w.BlockName("Fractions"), w.BlockName("Measurement and Data")) // the order of the catalogue
	g.says(".blocks tbody", s.Earlier(1))
	g.click(s.AllResults())
	g.at(gradeFive + "?results=all&type=blocks")
	g.click(s.ChooseBlocks())
	g.tab.Click(`input[name="block"]`)
	g.click(s.ShowBlocks())
	g.at(gradeFive + "?results=all&type=blocks&block=Fractions")
	if got := g.tab.Count("main thead th.block"); got != 1 {
		g.t.Errorf("%s: %d blocks, want the one chosen", w.Language.Code, got)
	}
}

// reports: the answer, its figure, claims, history, warnings, other opportunities, blocks.
func (g walker) reports() {
	w, s := g.w, g.w.Student
	g.open(gradeFive + "?sort=status")
	g.tab.Click(".students tbody a") // the student whose result is invalid
	g.says(".warning", s.InvalidTitle())
	for _, text := range []string{w.Subject(edu.Math), w.Subject(edu.ELA), s.Meaning(), s.Parts(), s.History(), s.Next()} {
		g.says(".report-main", text)
	}
	g.says(".report-aside", s.OneOfMany())
	if g.tab.Count(".report-main figure svg") == 0 {
		g.t.Errorf("%s: no figure", w.Language.Code)
	}
	g.tab.Run(`[...document.querySelectorAll(".others a")].filter(e => e.href.includes("/blocks")).slice(0, 1).forEach(e => e.setAttribute("data-walk", ""))`)
	g.tab.Click("[data-walk]")
	g.says(".report-main thead", s.Earlier())
	g.says(".report-aside", s.BlocksNote())
	g.click(s.Back(5))
	g.tab.WaitFor(g.w.Students.Title(5))
}

// searches: what is found, and that its words stand in no address.
func (g walker) searches() {
	g.open("/s/TK")
	g.tab.Fill("#search", "lakeside elem")
	g.click(g.w.Start.Search())
	g.tab.WaitFor(g.w.Start.SearchTitle("lakeside elem"))
	g.at("/s/TK/search")
	g.click("Lakeside Elementary")
	g.at(lakeside)
}

// The keyboard alone leads from the state to a student: every stop shows where it is and lies free, and nothing holds the keyboard.
func TestTheKeyboardAloneLeadsEverywhere(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	site := webtest.NewSite(t)
	tab := webtest.NewChromium(t).Tab()
	for _, c := range site.As(t, webtest.StateReader).Cookies() {
		tab.SetCookie(c.Name, c.Value, site.URL)
	}
	w := words.For("en")
	tab.Go(site.URL + "/s/TK/d/0042")
	tab.Press(kb.Tab)
	if f := tab.Focused(); f.Text != w.Frame.Skip() || f.Covered || !f.Outline {
		t.Errorf("the first stop is %+v, want the link to the results", f)
	}
	tab.Press(kb.Enter)
	tab.Press(kb.Tab)
	if f := tab.Focused(); f.Text != w.Year(2026) {
		t.Errorf("after the link to the results comes %+v, want the first choice of the page", f)
	}
	// to presses Tab until a stop says a text.
	to := func(text string) {
		t.Helper()
		for range 80 {
			f := tab.Focused()
			if f.Tag != "" && (!f.Outline || f.Covered) {
				t.Errorf("%s: %+v cannot be seen", tab.Address(), f)
			}
			if f.Text == text {
				return
			}
			tab.Press(kb.Tab)
		}
		t.Fatalf("%s: the keyboard does not come to %q; it is at %+v", tab.Address(), text, tab.Focused())
	}
	to(w.Filter.Open())
	tab.Press(kb.Enter)
	to("sex")
	tab.Press(" ")
	to(w.Filter.Apply())
	tab.Press(kb.Enter)
	tab.WaitAt(site.URL + "/s/TK/d/0042?sex=female")
	to("Lakeside Elementary")
	tab.Press(kb.Enter)
	tab.WaitAt(site.URL + lakeside + "?sex=female")
	to(w.Grade(5))
	tab.Press(kb.Enter)
	tab.WaitAt(site.URL + gradeFive + "?sex=female")
	to("only")
	tab.Press(" ")
	tab.Press(kb.Tab)
	if f := tab.Focused(); f.Tag != "a" {
		t.Fatalf("after the box of a student comes %+v, want the student", f)
	}
	tab.Press(kb.Enter)
	tab.WaitFor("How did")
	to(w.Frame.Accessibility()) // to the end of the page: nothing holds the keyboard
	tab.Resize(390)             // where heads of tables do not show
	tab.Go(site.URL + "/s/TK/d/0042")
	to(w.Frame.Accessibility())
	tab.Go(site.URL + gradeFive + "?group=g-5a&type=interim")
	to(w.Frame.Accessibility())
}
