package feed_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/edu"
	"scorehouse/internal/feed"
)

//go:generate go test -run TestTheFormatPages -count=1 -update .

var update = flag.Bool("update", false, "write the generated parts of docs/formats anew")

const formats = "../../docs/formats/"

// TestTheFormatPagesSayWhatTheCodeDoes compares the generated parts of docs/formats with the tables of this package.
func TestTheFormatPagesSayWhatTheCodeDoes(t *testing.T) {
	t.Parallel()
	for file, parts := range map[string]map[string]string{
		"assessment.md": {"columns": columnsTable(), "paths": pathsTable()},
		"codes.md":      {"codes": codesTable(), "numbers": numbersTable()},
	} {
		text, err := os.ReadFile(formats + file)
		if err != nil {
			t.Fatal(err)
		}
		want := string(text)
		for name, part := range parts {
			begin, end := "<!-- begin "+name+" (generated) -->\n", "<!-- end "+name+" -->"
			before, rest, found := strings.Cut(want, begin)
			_, after, closed := strings.Cut(rest, end)
			if !found || !closed {
				t.Fatalf("%s has no part %s", file, name)
			}
			want = before + begin + "\n" + part + "\n" + end + after
		}
		if want == string(text) {
			continue
		}
		if *update {
			if err := os.WriteFile(formats+file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		t.Errorf("%s is out of date, make generate writes it anew (-file +code):\n%s", file,
			cmp.Diff(strings.Split(string(text), "\n"), strings.Split(want, "\n")))
	}
}

func columnsTable() string {
	var b strings.Builder
	b.WriteString("| # | Column | Value | Length | Form and rules |\n|--:|---|---|--:|---|\n")
	for i, c := range feed.Columns {
		value, length := "may be blank", ""
		switch {
		case c.Optional:
			value = "column may be left out"
		case c.Required:
			value = "**required**"
		}
		if c.MaxLen > 0 {
			length = fmt.Sprint(c.MaxLen)
		}
		fmt.Fprintf(&b, "| %d | `%s` | %s | %s | %s |\n", i+1, c.Name, value, length, c.Rule)
	}
	return b.String()
}

func pathsTable() string {
	var b strings.Builder
	b.WriteString("| Path | Value |\n|---|---|\n")
	for _, p := range feed.JSONPaths {
		rule := p.Rule
		if rule == "" {
			rule = "likewise"
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", p.Path, rule)
	}
	return b.String()
}

func codesTable() string {
	var b strings.Builder
	b.WriteString("| Code | Name | Concerns | What is wrong | What to do |\n|--:|---|---|---|---|\n")
	for _, c := range feed.Codes {
		fmt.Fprintf(&b, "| %d | `%s` | %s | %s | %s |\n", c.Number, c.Symbol, c.Scope, c.Meaning, strings.ReplaceAll(c.Remedy, "docs/formats/assessment.md", "[assessment.md](assessment.md)"))
	}
	return b.String()
}

func numbersTable() string {
	var b strings.Builder
	b.WriteString("| What | Number | Meaning |\n|---|--:|---|\n")
	line := func(what string, number int, meaning string) {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", what, number, meaning)
	}
	for _, t := range edu.AssessmentTypes {
		line("type of assessment", int(t), t.Label())
	}
	for _, s := range []edu.Sex{edu.SexNotStated, edu.Male, edu.Female} {
		line("sex", int(s), s.Code())
	}
	for e := edu.EthnicityNotStated; e <= edu.TwoOrMoreRaces; e++ {
		line("ethnicity", int(e), e.Label())
	}
	for f, meaning := range []string{"not stated", "no", "yes"} {
		line("flag (programmes, race, complete)", f, meaning)
	}
	for _, c := range []struct {
		code    edu.Condition
		meaning string
	}{{edu.ConditionValid, "valid (blank)"}, {edu.ConditionStandardized, "standardized (SD)"}, {edu.ConditionNonStandardized, "non-standardized (NS)"}, {edu.ConditionInvalid, "invalid (IN)"}} {
		line("administration condition", int(c.code), c.meaning)
	}
	line("operation", int(edu.Create), "creates the result")
	line("operation", int(edu.Delete), "deletes the result")
	return b.String()
}

func TestCodesAreWhole(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	last := -1000
	for _, c := range feed.Codes {
		if seen[c.Number] || c.Number < last {
			t.Errorf("code %d is out of order or there twice", c.Number)
		}
		seen[c.Number], last = true, c.Number
		if c.Meaning == "" || c.Symbol == "" || (c.Scope == feed.RefusesPackage || c.Scope == feed.RefusesRow) && c.Remedy == "" {
			t.Errorf("code %d lacks a text", c.Number)
		}
	}
}
