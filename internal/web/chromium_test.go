package web_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"scorehouse/internal/webtest"
)

// The pages as a browser shows them: no serious breach of accessibility, nothing blocked, nothing wider than the window.
func TestPagesAreAccessibleAndFitTheirWindow(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts Chromium")
	}
	site := webtest.NewSite(t)
	reader := site.As(t, webtest.StateReader)
	list := reader.Get(gradeFive).OK()
	reports := map[string]string{}
	for _, name := range []string{"Thunderhawk", "Featherstonehaugh"} { // ELA missing for one of the former; the longest name
		for _, row := range list.Table("main table") {
			if len(row) > 0 && strings.Contains(row[0], name) {
				reports[strings.ToLower(name)] = list.Link(row[0])
				break
			}
		}
	}
	if len(reports) != 2 {
		t.Fatalf("the list has only %d of the students looked for", len(reports))
	}
	long, _, _ := strings.Cut(reports["featherstonehaugh"], "/reports/")
	pages := map[string]string{
		"state": "/s/TK", "school": lakeside, "list": gradeFive, "list-blocks": gradeFive + "?type=blocks",
		"report-one-subject": reports["thunderhawk"], "report-long-name": reports["featherstonehaugh"],
		"filtered": "/s/TK?dmgPrgLep=N&sex=female&year=2026", "withheld": "/s/TK/d/0043", "report-interim": long + "/reports/interim",
		"empty": "/s/TK?year=2019", "not-found": "/nothing", "not-understood": "/s/TK?year=x", "signed-out": "/signed-out",
	}
	browser := webtest.NewChromium(t)
	look := func(name, path string, v webtest.Visit) {
		t.Helper()
		v.URL, v.Cookies, v.Picture = site.URL+path, reader.Cookies(), pictures()
		seen := browser.Open(v)
		check(t, seen, fmt.Sprintf("%s-%d", name, v.Width))
		if v.Fresh && (seen.Bytes == 0 || seen.Bytes > 200_000) {
			t.Errorf("%s: a first visit transfers %d bytes, want at most 200 kB", name, seen.Bytes)
		}
		for _, address := range seen.Requests {
			if !strings.HasPrefix(address, site.URL+"/") {
				t.Errorf("%s loads %s from another site", name, address)
			}
		}
	}
	phone := webtest.Visit{Width: 390, Widths: []int64{1440}, Fresh: true}
	for name, path := range pages {
		look(name, path, phone)
	}
	others := map[string]struct{ who, path string }{
		"states": {webtest.SeveralStates, "/"}, "no-role": {webtest.NoRole, "/"},
		"told": {webtest.AggregateOnly, "/s/TK"}, "told-partly": {webtest.DistrictReader, "/s/TK?dmgPrgIep=Y"}, "told-not": {webtest.AggregateOnly, "/s/TK?dmgPrgIep=Y&sex=female"},
		"explained": {webtest.SuperUser, "/admin/access?user=several-states-1&district=0042"},
	}
	for name, o := range others {
		reader = site.As(t, o.who)
		look(name, o.path, phone)
	}
	reader = site.As(t, webtest.StateReader)
	look("state-printed", "/s/TK", webtest.Visit{Width: 965, Print: true, Plain: true}) // Letter across, within its margins
	for name, path := range map[string]string{"list": gradeFive, "report": reports["featherstonehaugh"]} {
		look(name+"-printed", path, webtest.Visit{Width: 816, Print: true, Plain: true})
	}
}

// pictures reports whether the pictures of the pages are wanted: go test -artifacts.
func pictures() bool {
	f := flag.Lookup("test.artifacts")
	return f != nil && f.Value.String() == "true"
}

// check reports what is wrong with a page and keeps its picture when there is one.
func check(t *testing.T, seen webtest.Seen, name string) {
	t.Helper()
	for _, v := range seen.Serious() {
		t.Errorf("%s: %s", name, v)
	}
	for _, c := range seen.Complaints {
		if !strings.Contains(c, "status of 40") { // pages that say that something does not exist
			t.Errorf("%s: the browser says: %s", name, c)
		}
	}
	if seen.Overflow > 0 || len(seen.Overflows) > 0 {
		t.Errorf("%s: wider than the window by %d pixels, than others by %v", name, seen.Overflow, seen.Overflows)
	}
	if seen.Shift >= 0.01 { // less than anybody sees
		t.Errorf("%s: moves while it loads, by %v", name, seen.Shift)
	}
	if seen.Picture == nil {
		return
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name+".png"), seen.Picture, 0o600); err != nil {
		t.Error(err)
	}
}
