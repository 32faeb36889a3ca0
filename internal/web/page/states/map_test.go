package states

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"scorehouse/internal/edu"
	"scorehouse/internal/web/page"
)

func TestEveryStateAndTerritoryHasASquareOfItsOwnOnTheMap(t *testing.T) {
	t.Parallel()
	if len(places) != 50+1+5 {
		t.Errorf("%d places, want 50 states, a district and 5 territories", len(places))
	}
	if !slices.IsSortedFunc(places, func(a, b place) int { return strings.Compare(a.name, b.name) }) {
		t.Error("the places are not in order of name")
	}
	codes, taken := map[string]bool{}, map[[2]int]string{}
	for _, p := range places {
		square := [2]int{p.row, p.column}
		if codes[p.code] || taken[square] != "" || p.row < 1 || p.row > mapRows || p.column < 1 || p.column > mapColumns {
			t.Errorf("%s at %v: twice, on the square of %q or off the map", p.code, square, taken[square])
		}
		codes[p.code], taken[square] = true, p.code
	}
}

func TestTheStyleSheetKnowsEveryRowAndColumnOfTheMap(t *testing.T) {
	t.Parallel()
	sheet, err := page.Sheets.ReadFile("states/states.css")
	if err != nil {
		t.Fatal(err)
	}
	for kind, most := range map[string]int{"row": mapRows, "column": mapColumns} {
		for n := 1; n <= most; n++ {
			if rule := fmt.Sprintf(".tile-%s-%d { grid-%s: %d; }", kind, n, kind, n); !bytes.Contains(sheet, []byte(rule)) {
				t.Errorf("states.css has no rule %q", rule)
			}
		}
	}
}

func TestTheMapLeadsToTheStatesOfThePersonInOrderOfName(t *testing.T) {
	t.Parallel()
	state := func(code, name string) State {
		return State{Code: edu.StateCode(code), Name: name, Address: "/s/" + code}
	}
	for _, c := range []struct {
		what   string
		states []State
		want   []string // addresses
		beside int
	}{
		{"on the map", []State{state("NC", "State of North Carolina"), state("CA", "California"), state("GU", "Territory of Guam")}, []string{"/s/CA", "/s/GU", "/s/NC"}, 0},
		{"one is on no map", []State{state("CA", "California"), state("TK", "State of Tamarack"), state("WY", "Wyoming")}, []string{"/s/CA", "/s/TK", "/s/WY"}, 1},
		{"none is on a map", []State{state("HM", "State of Hemlock"), state("TK", "State of Tamarack")}, nil, 0},
	} {
		var b bytes.Buffer
		if err := Page(View{States: c.states}).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		links, beside, read := squares(t, b.String())
		if !slices.Equal(links, c.want) || beside != c.beside || read != len(c.want) {
			t.Errorf("%s: the map leads to %v, %d beside it, %d squares read aloud; want %v, %d, %d", c.what, links, beside, read, c.want, c.beside, len(c.want))
		}
	}
}

// squares returns where the squares of a page's map lead, how many are beside the map, and how many are read aloud.
func squares(t *testing.T, text string) (links []string, beside, read int) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	attribute := func(n *html.Node, key string) string {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val
			}
		}
		return ""
	}
	for n := range doc.Descendants() {
		if n.Data != "li" || !strings.Contains(attribute(n, "class"), "tile ") {
			continue
		}
		if attribute(n, "aria-hidden") == "" {
			read++
		}
		if strings.Contains(attribute(n, "class"), "tile-beside") {
			beside++
		}
		for d := range n.Descendants() {
			if d.Data == "a" {
				links = append(links, attribute(d, "href"))
			}
		}
	}
	return links, beside, read
}
