package filter_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/web/filter"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/words"
)

var en = words.For("en")

func TestTagsNameWhatIsSetAndDropOnlyThat(t *testing.T) {
	t.Parallel()
	q, _ := url.ParseQuery("grade=03&ethnicity=2&ethnicity=3&dmgPrgIep=Y&sex=nonsense&year=2026")
	a := layout.Address{Path: "/s/TK", Query: q}
	var got [][2]string
	for _, tag := range filter.Tags(en, a, filter.Fields(en, edu.TestedGrades, nil)) {
		got = append(got, [2]string{tag.Text, tag.Dropped.String()})
	}
	want := [][2]string{
		{"Grade 3", "/s/TK?dmgPrgIep=Y&ethnicity=2&ethnicity=3&sex=nonsense&year=2026"},
		{"Hispanic/Latino of any race", "/s/TK?dmgPrgIep=Y&ethnicity=2&grade=03&sex=nonsense&year=2026"},
		{"Asian", "/s/TK?dmgPrgIep=Y&ethnicity=3&grade=03&sex=nonsense&year=2026"},
		{"Individual education program: Yes", "/s/TK?ethnicity=2&ethnicity=3&grade=03&sex=nonsense&year=2026"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func TestParametersAreTheWireNames(t *testing.T) {
	t.Parallel()
	want := []string{"grade", "ethnicity", "dmgPrgLep", "dmgPrgIep", "dmgPrg504", "dmgStsEcd", "dmgStsMig", "sex", "complete"}
	if diff := cmp.Diff(want, filter.Parameters(filter.Fields(en, edu.TestedGrades, nil))); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
}
