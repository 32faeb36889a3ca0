package webtest_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/webtest"
)

const sample = `<main id="content"><h1 class="big title">One <b>two</b></h1>
<table class="data"><tr><th scope="col">Name</th><th>n</th></tr><tr><th scope="row"><a href="/x">Oak</a></th><td data-kind="count">12</td></tr></table></main>`

func TestSelectorsFindElements(t *testing.T) {
	t.Parallel()
	p := webtest.ParsePage(t, "sample", http.StatusOK, nil, sample)
	for selector, want := range map[string][]string{
		"h1":                     {"One two"},
		"h1.title.big":           {"One two"},
		".big b":                 {"two"},
		"#content h1":            {"One two"},
		"main table td":          {"12"},
		"tr [scope=row] a":       {"Oak"},
		`[data-kind="count"]`:    {"12"},
		"th[scope]":              {"Name", "Oak"},
		"table h1":               nil,
		"h1.other":               nil,
		"main.data":              nil,
		"body main#content h1 b": {"two"},
	} {
		if diff := cmp.Diff(want, p.Texts(selector)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", selector, diff)
		}
	}
}

func TestTablesAreReadRowByRow(t *testing.T) {
	t.Parallel()
	p := webtest.ParsePage(t, "sample", http.StatusOK, nil, sample)
	if diff := cmp.Diff([][]string{{"Name", "n"}, {"Oak", "12"}}, p.Table("table.data")); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if got := p.Link("Oak"); got != "/x" {
		t.Errorf("link leads to %q, want /x", got)
	}
}
