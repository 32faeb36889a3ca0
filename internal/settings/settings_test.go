package settings_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/edu"
	"scorehouse/internal/settings"
)

func state(documents ...string) *settings.Settings {
	var rows []settings.Row
	for i, d := range documents {
		rows = append(rows, settings.Row{State: "TK", Subject: []string{"", "Math", "ELA"}[i], Document: d})
	}
	return settings.Parse("TK", rows, nil)
}

const fourColors = `[{"text_color":"#FFFFFF","bg_color":"#BB231C"},{"text_color":"#000","bg_color":"#e4c904"},{"text_color":"#000000","bg_color":"#6aa506"},{"bg_color":"#237ccb"}]`

func TestBothLayoutsSayTheSame(t *testing.T) {
	t.Parallel()
	bySubject := state("{}", `{"min_cell_size":30,"colors":`+fourColors+`}`)
	whole := state(`{"subjects":{"Math":{"min_cell_size":30,"colors":` + fourColors + `}}}`)
	for name, s := range map[string]*settings.Settings{"a row per subject": bySubject, "one row": whole} {
		if len(s.Problems) > 0 {
			t.Errorf("%s: problems %v", name, s.Problems)
		}
		if s.MinN.Of(edu.Math) != 31 || s.MinN.Of(edu.ELA) != 11 || s.MinN.Largest() != 31 {
			t.Errorf("%s: smallest numbers %s", name, s.MinN)
		}
		if p := s.Palette(edu.Math); len(p) != 4 || p[0].Ground.String() != "#bb231c" || p[1].Text.String() != "#000000" {
			t.Errorf("%s: colours of Math %v", name, p)
		}
		if p := s.Palette(edu.ELA); p != nil {
			t.Errorf("%s: colours of ELA %v", name, p)
		}
	}
	if bySubject.Version == whole.Version || bySubject.Version != state("{}", `{"min_cell_size":30,"colors":`+fourColors+`}`).Version {
		t.Error("versions do not tell settings apart")
	}
}

func TestOperatorsSetTheSmallestGroupInEitherLayout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows              []settings.Row
		math, ela, others int
	}{
		"nothing set":                     {nil, 11, 11, 11},
		"one row for the state":           {[]settings.Row{{"TK", "", `{"min_cell_size": 30}`}}, 31, 31, 31},
		"a row per subject":               {[]settings.Row{{"TK", "Math", `{"min_cell_size": 5}`}, {"TK", "ELA", `{"min_cell_size": 20}`}}, 6, 21, 11},
		"subjects inside the state's row": {[]settings.Row{{"TK", "", `{"min_cell_size": 3, "subjects": {"Math": {"min_cell_size": 15}}}`}}, 16, 4, 4},
		"other settings only":             {[]settings.Row{{"TK", "", `{"branding": {"display": "Tamarack"}}`}}, 11, 11, 11},
	} {
		m := settings.Parse("TK", c.rows, nil).MinN
		if m.Of(edu.Math) != c.math || m.Of(edu.ELA) != c.ela || m.Of("Science") != c.others || m.Largest() < m.Of(edu.ELA) {
			t.Errorf("%s: %s, want %d, %d, %d", name, m, c.math, c.ela, c.others)
		}
	}
}

func TestWhatIsWrongIsLeftOutAndNeverShowsMore(t *testing.T) {
	t.Parallel()
	const nothing = 1_000_000_000
	for _, c := range []struct {
		document string
		minN     int
		problem  string // part of the first; "" when all is well
	}{
		{`{}`, 11, ""},
		{`{"min_cell_size": 30}`, 31, ""},
		{`{"min_cell_size": 0}`, 11, ""},
		{`{"min_cell_size": null}`, 11, ""},
		{`{"min_cell_size": "30"}`, 31, ""},
		{`{"min_cell_size": 4}`, 5, "less than the default"},
		{`{"min_cell_size": -1}`, nothing, "everybody is shown what has been published"},
		{`{"min_cell_size": "thirty"}`, nothing, "everybody is shown what has been published"},
		{`{"min_cell_size": 30.5}`, nothing, "everybody is shown what has been published"},
		{`{"min_cell_size": [30]}`, nothing, "everybody is shown what has been published"},
		{`{"min_cell_sise": 30}`, 11, "means nothing"},
		{`{"min_cell_size": 30, "colors": [`, 31, "only its largest"},
		{`{"min_cell_size":30, "colors":[{"text_color":"#ffffff", "bg_color":"5B", "end_gradient_bg_color":"#3a"}`, 31, "only its largest"}, // as the runbook prints it
		{`{"min_cell_size": 5, `, 11, "only its largest"},
		{`{"subjects": {"Math": {"min_cell_size": 20}, "ELA": {"min_cell_size": 40},`, 41, "only its largest"},
		{`{min_cell_size: 30}`, nothing, "everybody is shown what has been published"},
		{`{"min_cell_size": 3`, nothing, "everybody is shown what has been published"}, // the rest of the number may be missing
		{`[]`, 11, "not used"},
		{`nonsense`, 11, "not used"},
		{``, 11, "not used"},
		{`{"subjects": [{"min_cell_size": 50}]}`, 51, "only its largest"},
		{`{"subjects": {"Math": 7}}`, 11, "not used"},
		{`{"min_cell_size": 30, "colors": "red", "branding": 7, "theme": 9}`, 31, "theme"},
	} {
		s := state(c.document)
		if s.MinN.Of(edu.Math) != c.minN {
			t.Errorf("%s: smallest number %d, want %d", c.document, s.MinN.Of(edu.Math), c.minN)
		}
		if c.problem == "" && len(s.Problems) > 0 || c.problem != "" && (len(s.Problems) == 0 || !strings.Contains(s.Problems[0].String(), c.problem)) {
			t.Errorf("%s: problems %v, want one with %q", c.document, s.Problems, c.problem)
		}
	}
}

func TestABrokenDocumentForTheStateHoldsForSubjectsToo(t *testing.T) {
	t.Parallel()
	s := state(`{"subjects": {"Math": {"min_cell_size": 20}}}`)
	if s.MinN.Of(edu.Math) != 21 {
		t.Fatal(s.MinN)
	}
	s = settings.Parse("TK", []settings.Row{{State: "tk", Subject: "MATH", Document: `{"min_cell_size": "?"}`}, {State: "tk", Document: `{"min_cell_size": 20}`}}, nil)
	if s.MinN.Of(edu.Math) < 1000 || s.MinN.Of(edu.ELA) != 21 {
		t.Errorf("smallest numbers %s", s.MinN)
	}
	if s := settings.Parse("TK", []settings.Row{{State: "HM", Document: `{"min_cell_size": 20}`}}, nil); s.MinN.Of(edu.Math) != 11 || len(s.Problems) != 1 {
		t.Errorf("another state's row: %s, %v", s.MinN, s.Problems)
	}
}

func TestColorsAreJudged(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[{"text_color":"#ffffff","bg_color":"#e4c904"},{"bg_color":"#000"}]`:           "contrast of 1.7 to 1",
		`[{"bg_color":"#777777"},{"bg_color":"#787878"}]`:                               "about as light",
		`[{"bg_color":"5B"},{"bg_color":"#000"}]`:                                       `bg_color "5B" is not a colour`,
		`[{"bg_color":"red;}body{display:none"},{"bg_color":"#000"}]`:                   "is not a colour",
		`[{"bg_color":"#fff","text_color":"url(x)"},{"bg_color":"#000"}]`:               "text_color",
		`[{"bg_color":"#fff"}]`:                                                         "list of 2 to 6",
		`[{"bg_color":"#+12"},{"bg_color":"#000"}]`:                                     "is not a colour",
		`[{"bg_color":"#0000000"},{"bg_color":"#000"}]`:                                 "is not a colour",
		`[{"bg_color":"#fff"},{"bg_color":"#000","start_gradient_bg_color":"#E14A45"}]`: "",
		`null`: "",
	} {
		s := state(`{"colors":` + text + `}`)
		if want == "" && len(s.Problems) > 0 || want != "" && !strings.Contains(fmt.Sprint(s.Problems), want) {
			t.Errorf("%s: problems %v, want one with %q", text, s.Problems, want)
		}
	}
	for _, c := range settings.Classic {
		if x := settings.Contrast(c.Ground, c.Text); x < 4.5 {
			t.Errorf("theme classic: %s on %s has a contrast of %.2f", c.Text, c.Ground, x)
		}
	}
	if s := state(`{"theme":"classic","subjects":{"ELA":{"theme":"scorehouse"}}}`); len(s.Palette(edu.Math)) != 4 || s.Palette(edu.ELA)[0] != settings.Ours[0] || len(s.Problems) > 0 {
		t.Errorf("themes: %v, %v", s.Palettes, s.Problems)
	}
}

func picture(t *testing.T, encode func(*bytes.Buffer, image.Image) error, width int) settings.Image {
	t.Helper()
	var b bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, width, 4), color.Palette{color.Black, color.White})
	if err := encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return settings.Image{Kind: "image/png", Data: b.Bytes()}
}

func pngOf(b *bytes.Buffer, m image.Image) error { return png.Encode(b, m) }

func TestBrandingTakesSafePicturesOnly(t *testing.T) {
	t.Parallel()
	good := picture(t, pngOf, 8)
	for name, c := range map[string]struct{ branding, problem string }{
		"a label":             {`{"display": "  State of \n Tamarack "}`, ""},
		"a long label":        {`{"display": "` + strings.Repeat("á", 51) + `"}`, "first 50"},
		"a direction mark":    {`{"display": "a\u202eb"}`, "control character"},
		"a picture":           {`{"display": "x", "image": "` + good.DataURI() + `"}`, ""},
		"a name of a file":    {`{"image": "logo.png"}`, "--image FILE"},
		"a drawing":           {`{"image": "data:image/svg+xml;base64,PHN2Zy8+"}`, "neither a PNG nor a JPEG"},
		"a GIF":               {`{"image": "` + picture(t, func(b *bytes.Buffer, m image.Image) error { return gif.Encode(b, m, nil) }, 8).DataURI() + `"}`, "neither a PNG nor a JPEG"},
		"a page":              {`{"image": "data:text/html;base64,PHA+"}`, "is not data"},
		"no base64":           {`{"image": "data:image/png;base64,%%"}`, "not base64"},
		"a wide picture":      {`{"image": "` + picture(t, pngOf, 2001).DataURI() + `"}`, "2,000 pixels"},
		"a large picture":     {`{"image": "` + settings.Image{Kind: "image/png", Data: append(good.Data, make([]byte, 64<<10)...)}.DataURI() + `"}`, "larger than"},
		"a link as before us": {`{"display": "x", "higherEdLink": "http://example.org"}`, ""},
		"something else":      {`{"displey": "x"}`, "means nothing"},
		"a number":            {`{"display": 7}`, "must be a text"},
	} {
		s := state(`{"branding":` + c.branding + `}`)
		if c.problem == "" && len(s.Problems) > 0 || c.problem != "" && !strings.Contains(fmt.Sprint(s.Problems), c.problem) {
			t.Errorf("%s: problems %v, want %q", name, s.Problems, c.problem)
		}
		if name == "a label" && s.Brand.Label != "State of Tamarack" || name == "a long label" && len([]rune(s.Brand.Label)) != 50 {
			t.Errorf("%s: %q", name, s.Brand.Label)
		}
		if (len(s.Brand.Image.Data) > 0) != (name == "a picture") {
			t.Errorf("%s: a picture is taken: %t", name, len(s.Brand.Image.Data) > 0)
		}
	}
}

func TestOwnTextsThatFitAreUsedAndTheOthersSaid(t *testing.T) {
	t.Parallel()
	s := settings.Parse("TK", nil, []settings.Text{
		{"en", "comparison.tested", "Students"}, {"en", "comparison.districts.one", "1 parish"}, {"es", "no.such", "x"}, {"xx", "comparison.tested", "x"},
		{"en", "comparison.districts", "parishes without their number"},
	})
	if got := s.Words("en").Comparison.Tested(); got != "Students" {
		t.Errorf("own text: %q", got)
	}
	if got := s.Words("es").Comparison.Tested(); got == "Students" {
		t.Error("the text of one language is used in another")
	}
	if got, want := s.Words("en").Comparison.Districts(3), "3 districts"; got != want {
		t.Errorf("a text that does not fit: %q, want %q", got, want)
	}
	if len(s.Problems) != 3 {
		t.Errorf("problems %v, want three", s.Problems)
	}
	if len(s.Wrong()) != 3 {
		t.Errorf("wrong %v", s.Wrong())
	}
}

func TestTheStateSetsItsDisclosurePolicy(t *testing.T) {
	t.Parallel()
	p := state(`{"min_cell_size": 12, "disclosure": {"attributes": ["grade", "sex"], "hub": "sex", "sex_not_stated": 2, "strict_for_all": true,
		"tiers": [{"from": 0, "width": 10, "tail": 10}], "min_n_of": {"math": 20, "ELA": 11}}}`, `{"min_cell_size": 15}`).Policy(edu.Math, edu.ELA)
	want := disclosure.Policy{MinN: 13, MinNOf: map[edu.Subject]int{edu.Math: 20}, Tiers: []disclosure.Tier{{From: 0, Width: 10, Tail: 10}}, Attributes: []disclosure.Attribute{disclosure.Grade, disclosure.Sex},
		Hub: disclosure.Sex, SexNotStated: edu.Female, StrictForAll: true}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("the policy (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(disclosure.DefaultPolicy(), settings.Default().Policy(edu.Math)); diff != "" {
		t.Errorf("of a state that has set nothing (-want +got):\n%s", diff)
	}
	for document, want := range map[string][3]int{ // of all others, mathematics, English
		`{"disclosure": {"min_n": 16}}`:                                                           {16, 16, 16},
		`{"disclosure": {"min_n": 6}}`:                                                            {11, 11, 11}, // the larger holds
		`{"min_cell_size": 4, "disclosure": {"hub": "grade"}}`:                                    {5, 5, 5},    // says nothing of it
		`{"min_cell_size": 4, "disclosure": {"min_n": 11, "min_n_of": {"Math": 8}}}`:              {11, 8, 11},
		`{"subjects": {"Math": {"min_cell_size": 30}}, "disclosure": {"min_n_of": {"Math": 20}}}`: {11, 31, 11},
	} {
		s := state(document)
		if got := [3]int{s.MinN.Of("Science"), s.MinN.Of(edu.Math), s.MinN.Of(edu.ELA)}; got != want || s.Releasable() != nil {
			t.Errorf("%s: smallest numbers %v, want %v; %v", document, got, want, s.Problems)
		}
	}
}

// What was asked for is not known, and may have been less: nothing is released, and nobody is told more than the public.
func TestADisclosurePolicyThatCannotBeReadReleasesNothing(t *testing.T) {
	t.Parallel()
	for _, s := range []*settings.Settings{
		state(`{"disclosure": 7}`), state(`{"disclosure": {"hub": "ethnicity", "attributes": ["sex"]}}`), state(`{"disclosure": {"attribute": ["sex"]}}`), state(`{"disclosure": {"tiers": []}}`),
		state(`{}`, `{"disclosure": {"strict_for_all": true}}`), state(`{"subjects": {"Math": {"disclosure": {}}}}`), state(`{"min_cell_size": 10, "disclosure": {"strict_for_all": true}`),
	} {
		if s.Releasable() == nil || len(s.Wrong()) == 0 || s.Policy().AudienceOf(true) != disclosure.Strict || s.Policy().Validate() != nil {
			t.Errorf("%v, %+v", s.Problems, s.Policy())
		}
	}
	for _, s := range []*settings.Settings{state(`{"min_cell_size": "x"}`), state(`{"min_cell_size": `)} {
		if s.Releasable() == nil {
			t.Errorf("a smallest number that cannot be read: %v", s.Problems)
		}
	}
	if s := state(`{"colors": 1, "disclosure": {"strict_for_all": false}, "branding": `); s.Releasable() == nil {
		t.Error("a document that cannot be read, with a policy in it, releases")
	}
	if s := state(`{"colors": 1, "theme": `); s.Releasable() != nil || s.Policy().AudienceOf(true) != disclosure.Exact {
		t.Errorf("other things that are wrong: %v", s.Releasable())
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{}`, `{"min_cell_size": 30, "subjects": {"Math": {"colors": ` + fourColors + `}}}`, `{"branding": {"display": "x", "image": "data:image/png;base64,AA=="}}`, `{"min_cell_size":`,
		`{"disclosure": {"min_n": 12, "min_n_of": {"Math": 16}, "hub": "sex", "attributes": ["sex"]}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, document string) {
		s := state(document, document)
		for _, subject := range []edu.Subject{"", edu.Math, edu.ELA} {
			if s.MinN.Of(subject) < 2 && len(s.Problems) == 0 {
				t.Errorf("%q shows single students, and nobody is told", document)
			}
		}
		if err := s.Policy(edu.Math).Validate(); err != nil {
			t.Errorf("%q gives a policy that does not hold: %v", document, err)
		}
		if len([]rune(s.Brand.Label)) > settings.LongestLabel {
			t.Errorf("%q: a label of %d characters", document, len([]rune(s.Brand.Label)))
		}
	})
}
