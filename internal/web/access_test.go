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

func TestEveryRouteRefusesWhoMayNot(t *testing.T) {
	t.Parallel()
	webtest.Access(t, webtest.NewSite(t))
}
