package web_test

import (
	"fmt"
	"testing"

	"scorehouse/internal/web/layout"
	"scorehouse/internal/webtest"
)

// Real pages in the other languages on a phone; the gallery's test has the awkward ones.
func TestPagesInOtherLanguagesAreAccessibleAndFitAPhone(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	site := webtest.NewSite(t)
	reader := site.As(t, webtest.StateReader)
	paths := map[string]string{
		"state": "/s/TK", "school": lakeside, "list": gradeFive, "report": child(t, site), "help-reading": layout.ReadingPath,
	}
	browser := webtest.NewChromium(t)
	for _, language := range []string{"es", "vi"} {
		reader.SetCookie("scorehouse-language", language)
		for name, path := range paths {
			v := webtest.Visit{URL: site.URL + path, Cookies: reader.Cookies(), Width: 390, Picture: pictures()}
			check(t, browser.Open(v), fmt.Sprintf("%s-%s-390", name, language))
		}
	}
}
