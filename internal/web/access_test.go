package web_test

import (
	"testing"

	"scorehouse/internal/webtest"
)

const (
	lakeside     = "/s/TK/d/0042/sc/0117"
	gradeFive    = lakeside + "/g/05"
	unknownChild = "/students/AAAAAAAAAAAAAAAAAAAAAA"
)

// child returns the address of the report of the first student in the list of grade 5.
func child(t *testing.T, site *webtest.Site) string {
	t.Helper()
	links := site.As(t, webtest.StateReader).Get(gradeFive).OK().Attributes("main tbody a[href]", "href")
	if len(links) == 0 {
		t.Fatal("the list of students has no links")
	}
	return links[0]
}

func TestComparisonsAreOnlyForTheTenant(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	webtest.Access(t, site, webtest.Guarded{Path: "/s/TK", Missing: []string{"/s/HM", "/s/XX", "/s/Tamarack", "/s/TK/", "/s"}})
	webtest.Access(t, site, webtest.Guarded{Path: "/s/TK/d/0042", Missing: []string{"/s/TK/d/9999", "/s/HM/d/0042"}})
	webtest.Access(t, site, webtest.Guarded{Path: lakeside, Missing: []string{"/s/TK/d/0042/sc/0202", "/s/TK/d/0042/sc/9"}})
}

func TestListsOfStudentsAreOnlyForTheirReaders(t *testing.T) {
	t.Parallel()
	webtest.Access(t, webtest.NewSite(t), webtest.Guarded{Path: gradeFive, Students: true,
		Missing: []string{lakeside + "/g/99", "/s/TK/d/0042/sc/0202/g/05", "/s/HM/d/0042/sc/0117/g/05"}})
}

func TestReportsOfStudentsAreOnlyForTheirReadersAndSecretToOthers(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	webtest.Access(t, site, webtest.Guarded{Path: child(t, site), Students: true, Secret: true, Missing: []string{
		unknownChild + "/reports/summative?year=2026", unknownChild, "/students/1", "/students/TK00000001", "/students/1/reports/summative",
		"/students/x/reports/x?year=x&taken=x",
	}})
}
