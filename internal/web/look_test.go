package web_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"scorehouse/internal/settings"
	"scorehouse/internal/web/table"
	"scorehouse/internal/webtest"
)

// set stores settings of Tamarack and waits until its pages show what tells them.
func set(t *testing.T, site *webtest.Site, b *webtest.Browser, path, want string, c settings.Change) *webtest.Page {
	t.Helper()
	if _, err := settings.NewStore(site.Tamarack, "TK").Apply(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return eventually(t, b, path, want)
}

// eventually asks for a page until it holds a text, within the five seconds that a change may take.
func eventually(t *testing.T, b *webtest.Browser, path, want string) *webtest.Page {
	t.Helper()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		p := b.Get(path)
		if strings.Contains(p.Body, want) {
			return p
		}
		if time.Since(began) > 5*time.Second {
			t.Fatalf("%s: status %d, five seconds after a change the page does not have %q", path, p.Status, want)
		}
	}
}

func TestAStateHasItsPagesLookItsOwnWay(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	reader := site.As(t, webtest.StateReader)
	if p := reader.Get("/s/TK"); strings.Contains(p.Body, "/look/") {
		t.Error("a state that has set nothing has files of its own")
	}
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 80, 20))); err != nil {
		t.Fatal(err)
	}
	picture, _ := settings.ReadImage(file.Bytes())
	theme, label := "classic", `Tamarack <b>"Education"</b>`
	p := set(t, site, reader, "/s/TK", "/look/TK/", settings.Change{Theme: &theme, Label: &label, Image: &picture})
	if !strings.Contains(p.Body, "Tamarack &lt;b&gt;&#34;Education&#34;&lt;/b&gt;") || !strings.Contains(p.Body, `width="160" height="40"`) {
		t.Error("the label or the size of the picture is not on the page, or not as text")
	}
	if strings.Contains(p.Body, "style=") || strings.Contains(p.Body, "<style") {
		t.Error("the page has style within")
	}
	sheet := reader.Get(address(t, p.Body, `<link rel="stylesheet" href="/look/`))
	if sheet.Header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(sheet.Header.Get("Cache-Control"), "private, max-age=31536000") {
		t.Errorf("style sheet: %v", sheet.Header)
	}
	if want := ":root { --below-far: #bb231c; --on-below-far: #ffffff; --below-far-tint: #efcac9; --below-near: #e4c904;"; !strings.HasPrefix(sheet.Body, want) {
		t.Errorf("style sheet %s", sheet.Body)
	}
	shown := reader.Get(address(t, p.Body, `src="/look/`))
	if shown.Header.Get("Content-Type") != "image/png" || shown.Body != file.String() || shown.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("picture: %v", shown.Header)
	}
	if old := reader.Get("/look/TK/0000-style.css"); old.Status != http.StatusOK || old.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a style sheet of another version: status %d, %q", old.Status, old.Header.Get("Cache-Control"))
	}
	if other := site.As(t, webtest.OtherTenant).Get("/look/TK/0000-style.css"); other.Status != http.StatusNotFound {
		t.Errorf("a reader of another state: status %d", other.Status)
	}

	document := `{"subjects": {"Math": {"theme": "classic"}}}`
	set(t, site, reader, "/s/TK", "/look/TK/", settings.Change{Document: &document})
	p = eventually(t, reader, "/s/TK", `head-name"><bdi>State of Tamarack</bdi>`)
	sheet = reader.Get(address(t, p.Body, `<link rel="stylesheet" href="/look/`))
	if !strings.HasPrefix(sheet.Body, "@media screen { .of-math { --below-far: #bb231c;") || !strings.Contains(p.Body, "of-math") {
		t.Errorf("colours of one subject: %s", sheet.Body)
	}
}

// address is the address in an attribute of which the beginning is given.
func address(t *testing.T, body, begins string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, begins)
	path, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("there is no %s", begins)
	}
	return "/look/" + path
}

func TestABrokenDocumentTakesNoPageDownAndShowsNothingMore(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	reader := site.As(t, webtest.StateReader)
	before := reader.Get("/s/TK")
	for document, want := range map[string]string{`{"min_cell_size": 50, "colors": [`: "51", `{"min_cell_size": "many"}`: "Final results, published on"} {
		if _, err := site.Tamarack.Exec(t.Context(), `insert into custom_metadata (state_code, asmt_custom_metadata) values ('TK', $1)
			on conflict (state_code, asmt_subject) do update set asmt_custom_metadata = excluded.asmt_custom_metadata`, document); err != nil {
			t.Fatal(err)
		}
		p := eventually(t, reader, "/s/TK", want)
		if p.Status != http.StatusOK || before.Status != http.StatusOK {
			t.Errorf("%s: status %d", document, p.Status)
		}
	}
	told := decoded[table.Comparison](t, reader.Get("/s/TK.json"))
	if told.Overall.Exact || slices.ContainsFunc(told.Rows, func(r table.ComparisonRow) bool { return r.Exact }) {
		t.Error("while it is not known which groups are small somebody is told exact numbers")
	}
	if !strings.Contains(site.Log.String(), "settings: something is wrong") {
		t.Error("the log says nothing of it")
	}
}

func TestAStateHasWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	reader := site.As(t, webtest.StateReader)
	store := settings.NewStore(site.Tamarack, "TK")
	if err := store.PutTexts(t.Context(), []settings.Text{{Language: "es", Key: "comparison.tested", Text: "<i>Niños"}}); err != nil {
		t.Fatal(err)
	}
	p := eventually(t, reader, "/s/TK?lang=es", "&lt;i&gt;Niños")
	if strings.Contains(p.Body, "<i>") {
		t.Error("an own text becomes markup")
	}
	if p := reader.Get("/s/TK?lang=en"); strings.Contains(p.Body, "Niños") {
		t.Error("a text of one language is in another")
	}
	if p := site.As(t, webtest.OtherTenant).Get("/s/HM?lang=es"); strings.Contains(p.Body, "Niños") {
		t.Error("a text of one state is in another")
	}
	if _, err := store.RemoveTexts(t.Context(), "", nil); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); strings.Contains(reader.Get("/s/TK?lang=es").Body, "Niños"); time.Sleep(50 * time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			t.Fatal("an own text stays after it was removed")
		}
	}
}
