package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"scorehouse/internal/web/layout"
	"scorehouse/internal/webtest"
	"scorehouse/internal/words"
)

// in asks for a page as a browser that prefers a language.
func in(b *webtest.Browser, language, path string) *webtest.Page {
	return b.Send(http.MethodGet, path, nil, http.Header{"Accept-Language": {language}})
}

func TestTheLanguageOfTheAddressGoesBeforeTheChosenOneAndThatBeforeTheBrowsers(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.StateReader)
	heads := map[string]string{"en": "How do the districts of Tamarack compare?", "es": words.For("es").Comparison.TitleDistricts("Tamarack"), "vi": words.For("vi").Comparison.TitleDistricts("Tamarack")}
	want := func(p *webtest.Page, language string) {
		t.Helper()
		p.OK()
		if got := p.Text("h1"); got != heads[language] || p.Attributes("html", "lang")[0] != language || p.Header.Get("Content-Language") != language {
			t.Errorf("head %q in %v, want %q in %s", got, p.Attributes("html", "lang"), heads[language], language)
		}
		if vary := strings.Join(p.Header.Values("Vary"), ", "); !strings.Contains(vary, "Accept-Language") || !strings.Contains(vary, "Cookie") {
			t.Errorf("Vary is %q", vary)
		}
	}
	want(b.Get("/s/TK"), "en")
	want(in(b, "vi-VN,vi;q=0.9,en;q=0.5", "/s/TK"), "vi")
	want(in(b, "fr", "/s/TK"), "en")
	chosen := b.Post(layout.LanguagePath, url.Values{"lang": {"es"}, "return": {"/s/TK?year=2026"}})
	if chosen.Status != http.StatusSeeOther || chosen.Location() != "/s/TK?year=2026" {
		t.Fatalf("choosing leads to %s (%d)", chosen.Location(), chosen.Status)
	}
	want(b.Get("/s/TK"), "es")
	want(in(b, "vi", "/s/TK"), "es")
	want(b.Get("/s/TK?lang=vi"), "vi")
	want(b.Get("/s/TK?lang=xx"), "es")
	want(b.Get("/s/TK"), "es") // the address has changed no choice
}

func TestTheChoiceOfALanguageIsRememberedWithoutSayingWhose(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.Anonymous(t)
	for name, c := range map[string]struct {
		form         url.Values
		cookie, goes string
	}{
		"a language":               {url.Values{"lang": {"vi"}, "return": {"/help"}}, "scorehouse-language=vi; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", "/help"},
		"no such language":         {url.Values{"lang": {"xx"}, "return": {"/help"}}, "", "/help"},
		"something else":           {url.Values{"lang": {"es; Domain=example.org"}}, "", "/"},
		"an address of elsewhere":  {url.Values{"lang": {"es"}, "return": {"https://example.org/"}}, "scorehouse-language=es; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", "/"},
		"an address of elsewhere ": {url.Values{"return": {"//example.org/"}}, "", "/"},
	} {
		p := b.Post(layout.LanguagePath, c.form)
		if p.Status != http.StatusSeeOther || p.Location() != c.goes || p.Header.Get("Set-Cookie") != c.cookie {
			t.Errorf("%s: %d to %s with cookie %q", name, p.Status, p.Location(), p.Header.Get("Set-Cookie"))
		}
	}
	other := b.Send(http.MethodPost, layout.LanguagePath, url.Values{"lang": {"es"}}, http.Header{"Sec-Fetch-Site": {"cross-site"}})
	if other.Status != http.StatusForbidden || other.Header.Get("Set-Cookie") != "" {
		t.Errorf("another site chooses the language: %d", other.Status)
	}
}

func TestTheMenuOfLanguagesKeepsTheAddress(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.StateReader)
	menu := func(p *webtest.Page) string {
		t.Helper()
		for _, l := range words.Languages() {
			if got := p.Texts(`.language button[lang="` + l.Code + `"]`); len(got) != 1 || got[0] != l.Name {
				t.Errorf("the menu offers %q for %s", got, l.Code)
			}
		}
		return strings.Join(p.Attributes(".language input", "value"), " ")
	}
	if got := menu(b.Get("/s/TK?lang=es&sex=female&year=2026").OK()); got != "/s/TK?sex=female&year=2026" {
		t.Errorf("leads back to %s", got)
	}
	if got := menu(b.Get("/students/AAAAAAAAAAAAAAAAAAAAAA")); got != "" {
		t.Errorf("a page that does not exist leads back to %s", got)
	}
	if got := menu(site.Anonymous(t).Get("/signed-out?return=%2Fs%2FTK")); got != "/signed-out?return=%2Fs%2FTK" {
		t.Errorf("the page after signing out leads back to %s", got)
	}
}

func TestALanguageInTheAddressGoesAlong(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).As(t, webtest.StateReader)
	state := b.Get("/s/TK?lang=es").OK()
	for name, href := range map[string]string{"down": state.Link("Lakeside Unified"), "the other way of sorting": state.Attributes("thead a", "href")[0]} {
		if u, err := url.Parse(href); err != nil || u.Query().Get("lang") != "es" {
			t.Errorf("%s leads to %s", name, href)
		}
	}
	list := b.Get(gradeFive + "?lang=es").OK()
	report := b.Get(list.Attributes("main tbody a[href]", "href")[0]).OK()
	if report.Attributes("html", "lang")[0] != "es" {
		t.Error("the report is in another language than its list")
	}
	if trail := report.Attributes(".trail a", "href"); len(trail) == 0 || !strings.Contains(trail[0], "lang=es") {
		t.Errorf("the way back is %v", trail)
	}
	if trail := b.Get("/s/TK").OK().Attributes("main a", "href"); strings.Contains(strings.Join(trail, " "), "lang=") {
		t.Error("links name a language that the address does not")
	}
}

func TestPeopleReadProblemsInTheirLanguageAndProgramsInEnglish(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).As(t, webtest.StateReader)
	vi := words.For("vi")
	p := in(b, "vi", "/s/TK?year=x")
	if got := p.Text("main"); p.Status != http.StatusBadRequest || !strings.Contains(got, vi.Message.ValueUnreadable(vi.Comparison.Year())) || !strings.Contains(got, vi.Message.NotUnderstoodBody()) {
		t.Errorf("status %d: %s", p.Status, got)
	}
	if got := in(b, "vi", "/s/TK/d/9999").Text("main"); !strings.Contains(got, vi.Message.NotFoundBody()) || strings.Contains(got, "There is no") {
		t.Errorf("an unknown district: %s", got)
	}
	asked := b.Send(http.MethodGet, "/s/TK?year=x", nil, http.Header{"Accept-Language": {"vi"}, "Accept": {"application/json"}})
	if !strings.Contains(asked.Body, `The address has a value for \"year\" that cannot be read.`) {
		t.Errorf("a program reads %s", asked.Body)
	}
}

func TestHelpIsThereForEverybodyInTheirLanguage(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	reader, nobody := site.As(t, webtest.StateReader), site.Anonymous(t)
	pages := map[string]string{words.HelpReading: layout.ReadingPath, words.HelpGlossary: layout.GlossaryPath, words.HelpQuestions: layout.QuestionsPath, words.HelpAccessibility: layout.AccessibilityPath}
	for _, l := range words.Languages() {
		list := in(nobody, l.Code, layout.HelpPath).OK()
		for name, path := range pages {
			d, _ := words.For(l.Code).HelpPage(name)
			p := in(nobody, l.Code, path).OK()
			if p.Text("h1") != d.Title || len(p.Texts("section")) != len(d.Sections) {
				t.Errorf("%s in %s: head %q with %d sections", path, l.English, p.Text("h1"), len(p.Texts("section")))
			}
			if links := strings.Join(list.Attributes("main a", "href"), " "); !strings.Contains(links, path) {
				t.Errorf("the list of pages in %s lacks %s: %s", l.English, path, links)
			}
			// Every link inside leads somewhere.
			for _, href := range p.Attributes("main a", "href") {
				where, section, _ := strings.Cut(href, "#")
				to := p
				if where != "" {
					to = in(nobody, l.Code, where).OK()
				}
				if section != "" && len(to.Attributes(`section[id="`+section+`"]`, "id")) != 1 {
					t.Errorf("%s in %s: %s leads nowhere", path, l.English, href)
				}
			}
		}
	}
	for _, path := range []string{layout.HelpPath, layout.AccessibilityPath} {
		state := reader.Get("/s/TK").OK()
		if links := strings.Join(append(state.Attributes(".head-ways a", "href"), state.Attributes(".foot a", "href")...), " "); !strings.Contains(links, path) {
			t.Errorf("the frame does not lead to %s: %s", path, links)
		}
		if p := reader.Get(path).OK(); p.Text(".head-name") != "State of Tamarack" || p.Text(".head-person-name") != webtest.StateReader {
			t.Errorf("%s forgets who reads: %q, %q", path, p.Text(".head-name"), p.Text(".head-person-name"))
		}
	}
	if got := reader.Get(layout.ReadingPath).OK().Text(".sample"); !strings.Contains(got, "Ana scored 2514: level 2, Close to the standard.") {
		t.Errorf("the samples say %s", got)
	}
}
