package table

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestNoCellOfWordsIsAFormula(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"=1+1": "'=1+1", "+49": "'+49", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)", "\tx": "'\tx", "\rx": "'\rx", "  =1": "'  =1", "＝1": "'＝1",
		"\u3000=1": "'\u3000=1", "\ufeff=1": "'\ufeff=1", "\u200b \u2028@x": "'\u200b \u2028@x", "\u2800-1": "'\u2800-1",
		"O’Brien": "O’Brien", "a=b": "a=b", "": "", "'=": "'=", "Smith-Jones": "Smith-Jones",
	} {
		if got := Text(text).harmless(); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
	if got := Number(-5).harmless(); got != "-5" {
		t.Errorf("a negative number is written %q", got)
	}
}

func TestATableIsWrittenAsRFC4180HasIt(t *testing.T) {
	t.Parallel()
	table := Table{Name: "student_list", Head: []string{"Name", "Score"}, About: []About{{"Report", "x, y"}}, Rows: [][]Cell{{Text(`Ann "A" Lee, Jr.`), Number(-3)}, {Text("=HYPERLINK(1)"), {}}}}
	if diff := cmp.Diff("Name,Score\r\n\"Ann \"\"A\"\" Lee, Jr.\",-3\r\n'=HYPERLINK(1),\r\n", string(table.CSV(Options{}))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	lines := strings.Split(string(table.CSV(Options{Lines: true, Mark: true})), "\r\n")
	if lines[0] != "\uFEFFReport,\"x, y\"" || lines[9] != "," || lines[10] != "Name,Score" || len(lines) != 14 {
		t.Errorf("with lines and a mark: %q", lines)
	}
	if got, want := table.FileName(time.Date(2026, 4, 9, 8, 7, 6, 0, time.UTC), "csv"), "student_list_04-09-2026_08-07-06.csv"; got != want {
		t.Errorf("the file is called %s, want %s", got, want)
	}
}

// Whatever the cells hold, a reader of CSV gets as many cells back, and no spreadsheet a formula.
func TestAnyCellsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[=+\-@\t\r\n ,"'a-zé＝]{0,6}`), 1, 4).Draw(t, "texts")
		table := Table{Head: texts}
		row := make([]Cell, len(texts))
		for i, s := range texts {
			row[i] = Text(s)
		}
		table.Rows = append(table.Rows, row, row)
		r := csv.NewReader(strings.NewReader(string(table.CSV(Options{}))))
		all, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range all {
			for _, cell := range record {
				if strings.IndexAny(cell, formulas) == 0 {
					t.Fatalf("%q begins a formula", cell)
				}
			}
		}
		if len(texts) > 1 && len(all) != 3 {
			t.Fatalf("%d records, want 3", len(all))
		}
	})
}
