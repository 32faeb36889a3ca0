package layout_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/web/layout"
)

func address(query string) layout.Address {
	q, _ := url.ParseQuery(query)
	return layout.Address{Path: "/s/TK", Query: q}
}

func TestAddressesChangeByCopy(t *testing.T) {
	t.Parallel()
	a := address("year=2025&ethnicity=2&ethnicity=3&only=D1,D2")
	for _, c := range []struct {
		name, got, want string
	}{
		{"set", a.With("year", "2026").String(), "/s/TK?ethnicity=2&ethnicity=3&only=D1%2CD2&year=2026"},
		{"set to nothing", a.With("year", "").String(), "/s/TK?ethnicity=2&ethnicity=3&only=D1%2CD2"},
		{"drop one of repeated values", a.Dropping("ethnicity", "2").String(), "/s/TK?ethnicity=3&only=D1%2CD2&year=2025"},
		{"drop one of joined values", a.Dropping("only", "D1").String(), "/s/TK?ethnicity=2&ethnicity=3&only=D2&year=2025"},
		{"drop the last value", a.Dropping("year", "2025").String(), "/s/TK?ethnicity=2&ethnicity=3&only=D1%2CD2"},
		{"without everything", a.Without("year", "ethnicity", "only").String(), "/s/TK"},
		{"unchanged", a.String(), "/s/TK?ethnicity=2&ethnicity=3&only=D1%2CD2&year=2025"},
		{"without a query", layout.Address{Path: "/"}.With("sort", "name").String(), "/?sort=name"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestFormsCarryTheQueryWithoutTheirOwnFields(t *testing.T) {
	t.Parallel()
	got := address("year=2025&sex=male&ethnicity=2&ethnicity=3").Fields("sex")
	want := []layout.Field{{Name: "ethnicity", Value: "2"}, {Name: "ethnicity", Value: "3"}, {Name: "year", Value: "2025"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("hidden fields (-want +got):\n%s", diff)
	}
}

func TestColumnsSortBestFirstAndThenTheOtherWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		present string
		numbers bool
		now     string
		leads   string
	}{
		{"name", true, "", "-score.Math"},
		{"-score.Math", true, "descending", "score.Math"},
		{"score.Math", true, "ascending", "-score.Math"},
		{"name", false, "", "score.Math"},
	} {
		s := layout.SortBy(address(""), c.present, "score.Math", c.numbers)
		if s.Now != c.now || s.Address.Get("sort") != c.leads {
			t.Errorf("sorted by %s: now %q and leads to %q, want %q and %q", c.present, s.Now, s.Address.Get("sort"), c.now, c.leads)
		}
	}
}
