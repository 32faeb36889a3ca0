package web_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/audit"
	"scorehouse/internal/web/table"
	"scorehouse/internal/webtest"
)

// records reads a file of the site.
func records(t *testing.T, p *webtest.Page) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(p.OK().Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func decoded[T any](t *testing.T, p *webtest.Page) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(p.OK().Body), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The page, the file for people and the answer for programs are one answer: every row, number and withheld cell.
func TestFilesHaveTheRowsAndNumbersOfTheirPage(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).As(t, webtest.StateReader)
	for _, address := range []string{"/s/TK", "/s/TK/d/0042?sort=-tested.Math", "/s/TK/d/0043", lakeside, "/s/TK?ethnicity=1,2,3&sex=female", "/s/TK?only=0042,0043&sort=-name", "/s/TK?year=2019"} {
		path, query, _ := strings.Cut(address, "?")
		page, file, data := b.Get(address).OK(), records(t, b.Get(path+".csv?"+query)), decoded[table.Comparison](t, b.Get(path+".json?"+query))
		var want, inFile, inData []string
		percents := page.Texts(".comparison tbody td.percent")
		for i := 0; i+1 < len(percents); i += 2 { // of two subjects
			want = append(want, digits(percents[i])+"|"+digits(percents[i+1]))
		}
		for _, row := range file[1:] {
			inFile = append(inFile, digits(row[column(file[0], "Mathematics: percent at or above")])+"|"+digits(row[column(file[0], "ELA/Literacy: percent at or above")]))
		}
		for _, rows := range [][]table.ComparisonRow{{data.Overall}, backwards(data.Reference), data.Rows} {
			for _, row := range rows {
				var percents []string
				for _, d := range row.Results {
					text := ""
					if d.Visibility == "shown" {
						text = fmt.Sprint(*d.AtOrAbove)
					} else if d.Students != nil || d.AtOrAbove != nil || d.Levels != nil {
						t.Errorf("%s: %s shows numbers of what is %s", address, row.ID, d.Visibility)
					}
					percents = append(percents, text)
				}
				inData = append(inData, strings.Join(percents, "|"))
			}
		}
		if len(want) == 0 && len(data.Rows) == 0 {
			continue // no rows on the page, whose files have the row of all together
		}
		slices.Sort(want)
		slices.Sort(inFile)
		slices.Sort(inData)
		if diff := cmp.Diff(want, inFile); diff != "" {
			t.Errorf("%s as CSV (-page +file):\n%s", address, diff)
		}
		if diff := cmp.Diff(want, inData); diff != "" {
			t.Errorf("%s as JSON (-page +data):\n%s", address, diff)
		}
	}
}

func column(head []string, begins string) int {
	return slices.IndexFunc(head, func(s string) bool { return strings.HasPrefix(s, begins) })
}

func backwards[T any](all []T) []T {
	all = slices.Clone(all)
	slices.Reverse(all)
	return all
}

// digits are those of a cell; words, such as withheld, have none.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func TestAFileOfStudentsHasThoseOfTheWholeListAndItsOwnRecord(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.SchoolReader)
	for query, students := range map[string]int{"": 40, "?group=g-5a": 20, "?type=interim": 10, "?size=50&page=1": 40, "?subject=Math&validity=IN": -1} {
		for _, form := range []string{"csv", "json"} {
			p := b.Get(gradeFive + "." + form + query).OK()
			named := map[string]bool{}
			if form == "csv" {
				for _, row := range records(t, p)[1:] {
					named[row[3]] = true
				}
				if got := p.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename=student_list_") || !strings.HasPrefix(p.Header.Get("Content-Type"), "text/csv") {
					t.Errorf("%s: %q, %q", query, got, p.Header.Get("Content-Type"))
				}
			} else {
				for _, row := range decoded[table.Students](t, p).Rows {
					named[row.Student.Code] = true
				}
			}
			events := site.Trail.Of(p.Header.Get("X-Request-Id"))
			if len(events) != 1 || events[0].Kind != audit.StudentExport || events[0].Students != len(named) || events[0].What.Format != audit.Format(form) {
				t.Errorf("%s as %s: recorded %+v, want the export of %d students", query, form, events, len(named))
			}
			if students >= 0 && len(named) != students {
				t.Errorf("%s as %s: %d students, want %d", query, form, len(named), students)
			}
		}
	}
}

func TestAReportAsAFileHasTheResultsOfThePage(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).As(t, webtest.StateReader)
	links := b.Get(gradeFive).OK().Attributes("main tbody a[href]", "href")
	path, query, _ := strings.Cut(links[0], "?")
	page, file, data := b.Get(links[0]).OK(), records(t, b.Get(path+".csv?"+query)), decoded[table.Report](t, b.Get(path+".json?"+query))
	if len(data.Subjects) == 0 || len(file) < 1+len(data.Subjects) {
		t.Fatalf("%d subjects, %d lines", len(data.Subjects), len(file))
	}
	for _, s := range data.Subjects {
		score := fmt.Sprint(s.Result.Score.Value)
		if !strings.Contains(page.Text("main"), score) {
			t.Errorf("the page lacks the score %s of %s", score, s.Subject)
		}
		if !slices.ContainsFunc(file, func(row []string) bool { return slices.Contains(row, score) && row[3] == data.Student.Code }) {
			t.Errorf("the file lacks the score %s of %s", score, s.Subject)
		}
	}
	path, query, _ = strings.Cut(b.Get(gradeFive+"?type=blocks").OK().Attributes("main tbody a[href]", "href")[0], "?")
	if blocks := records(t, b.Get(path+".csv?"+query)); len(blocks) < 2 {
		t.Errorf("blocks: %v", blocks)
	}
}

func TestWhatAReaderMayChooseAboutAFile(t *testing.T) {
	t.Parallel()
	b := webtest.NewSite(t).As(t, webtest.StateReader)
	p := b.Get("/s/TK.csv?bom=1&lines=1&sex=female&lang=es").OK()
	lines := strings.Split(p.Body, "\r\n")
	if !strings.HasPrefix(p.Body, "\uFEFF") || !strings.Contains(lines[3], "Femenino") || !strings.HasPrefix(lines[10], "Distrito,") {
		t.Errorf("lines of a Spanish file: %q", lines[:12])
	}
	if got := b.Get("/s/TK.csv?bom=yes").Status; got != http.StatusBadRequest {
		t.Errorf("bom=yes: status %d, want 400", got)
	}
	if href := b.Get("/s/TK?sex=female&align=full").OK().Link("Download this table (CSV)"); href != "/s/TK.csv?align=full&bom=1&sex=female" {
		t.Errorf("the page leads to %s", href)
	}
	if p := b.Send(http.MethodPost, "/s/TK.csv", nil, nil); p.Status != http.StatusNotFound && p.Status != http.StatusMethodNotAllowed {
		t.Errorf("a file is posted to: status %d", p.Status)
	}
	if p := b.Get("/nothing.csv"); p.Status != http.StatusNotFound {
		t.Errorf("a file that there is not: status %d", p.Status)
	}
}

// The views of a list are the same rows on the page and in both files, and only in the view close to a cut is there a column of other levels.
func TestTheViewsOfAListAreTheSameInFiles(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	if _, err := site.Tamarack.Exec(t.Context(), `update assessment_outcome set score_low = score_low - 300 where student_id % 3 = 0 and performance_level > 1`); err != nil {
		t.Fatal(err)
	}
	b := site.As(t, webtest.SchoolReader)
	all := len(records(t, b.Get(gradeFive+".csv?subject=Math"))) - 1
	for query, other := range map[string]bool{"?subject=Math&view=level": false, "?subject=Math&view=cut": true, "?view=cut&sort=-name": true} {
		page, file, data := b.Get(gradeFive+query).OK(), records(t, b.Get(gradeFive+".csv"+query)), decoded[table.Students](t, b.Get(gradeFive+".json"+query))
		var onPage, inFile, inData []string
		for _, href := range page.Attributes(".students tbody .name a", "href") {
			onPage = append(onPage, strings.Split(href, "/")[2])
		}
		for _, row := range data.Rows {
			inData, inFile = append(inData, row.Key), append(inFile, row.Student.Code)
			reaches := false
			for _, r := range row.Results {
				reaches = reaches || len(r.Otherwise) > 0
			}
			if other && !reaches {
				t.Errorf("%s: a student whose error band reaches no other level", query)
			}
		}
		if !slices.Equal(onPage, inData) || len(file)-1 != len(inFile) || len(inFile) == 0 || other && strings.Contains(query, "Math") && len(inFile) >= all {
			t.Fatalf("%s: %d students on the page, %d in the file, %d as JSON, of %d", query, len(onPage), len(file)-1, len(inData), all)
		}
		for i, row := range file[1:] {
			if row[3] != inFile[i] {
				t.Errorf("%s: row %d of the file is another student's", query, i)
			}
		}
		if got := strings.Contains(strings.Join(file[0], "|"), "Other levels within the error band"); got != other {
			t.Errorf("%s: a column of other levels: %v", query, got)
		}
		if heads := len(page.Texts(".students-part")); (heads > 1) == other {
			t.Errorf("%s: %d heads of levels", query, heads)
		}
	}
	for _, query := range []string{"?view=x", "?view=cut&type=blocks"} {
		if p := b.Get(gradeFive + query); p.Status != http.StatusBadRequest {
			t.Errorf("%s: status %d", query, p.Status)
		}
	}
}
