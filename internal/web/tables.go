package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"scorehouse/internal/audit"
	"scorehouse/internal/report"
	"scorehouse/internal/web/filter"
	"scorehouse/internal/web/layout"
	"scorehouse/internal/web/page/comparison"
	"scorehouse/internal/web/table"
)

// Every table is also there as a file, at the address of its page with .csv or .json behind it: the same question, the same numbers, the same
// scope, and a record of an export.

// form is what an answer is given as, by the ending of its address. A page has none.
type form string

// The forms of tables.
const (
	asCSV  form = "csv"
	asJSON form = "json"
	asPDF  form = "pdf"
)

var forms = []form{asCSV, asJSON, asPDF}

// formats are the forms in records.
var formats = map[form]audit.Format{asCSV: audit.CSV, asJSON: audit.JSON}

// What a reader may choose about a CSV file.
const (
	linesParameter = "lines" // 1: ten lines that say what the table is, before its head
	markParameter  = "bom"   // 1: a byte order mark, which old spreadsheets need
)

// plain is the pattern of the page that a file belongs to.
func (r route) plain() string { return strings.TrimSuffix(r.Pattern, "."+string(r.form)) }

// filed sends addresses that end like a file to the routes of files, with the ending taken off: a pattern of net/http cannot hold one. What has no such
// route is answered like any other address.
func (s *Server) filed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, f := range forms {
			page, ok := strings.CutSuffix(r.URL.Path, "."+string(f))
			if !ok || r.Method != http.MethodGet && r.Method != http.MethodHead {
				continue
			}
			u := *r.URL
			u.Path, u.RawPath = page, strings.TrimSuffix(u.RawPath, "."+string(f))
			short := r.WithContext(r.Context())
			short.URL = &u
			if _, pattern := s.files[f].Handler(short); pattern != "" {
				s.files[f].ServeHTTP(w, short)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// whole gives a request of a file its own address back.
func whole(f form, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := *r.URL
		u.Path += "." + string(f)
		if u.RawPath != "" {
			u.RawPath += "." + string(f)
		}
		r.URL = &u
		next.ServeHTTP(w, r)
	})
}

// export is what a handler of a file gives.
type export struct {
	table   func() table.Table // for CSV
	data    func() any         // for JSON
	place   report.Institution
	address layout.Address
	rows    int
	kind    string // of assessment, in words
	year    string
	shown   *statement
	filters []string  // in words, where they are not those of the address as everybody has them
	made    time.Time // zero is now
}

// file makes the answer of an export.
func (s *Server) file(c *call, f form, x export) (answer, error) {
	shown := *x.shown
	shown.what.Format = formats[f]
	if f == asJSON {
		return answer{data: x.data(), shown: &shown}, nil
	}
	p := parser{address: layout.Address{Query: c.URL.Query()}}
	o := table.Options{Lines: value(&p, linesParameter, parseSwitch), Mark: value(&p, markParameter, parseSwitch)}
	if p.err != nil {
		return answer{}, p.err
	}
	t := x.table()
	t.About = s.about(c, t, x)
	return answer{text: string(t.CSV(o)), kind: "text/csv; charset=utf-8; header=present", file: t.FileName(time.Now(), string(f)), shown: &shown}, nil
}

// parseSwitch reads 1 and 0.
func parseSwitch(s string) (bool, bool) { return s == "1", s == "1" || s == "0" }

// about are the lines before the head of a table, in the order of the system before this one: nine, and an empty one.
func (s *Server) about(c *call, t table.Table, x export) []table.About {
	w := c.say()
	var places []string
	for _, name := range []string{x.place.StateName, x.place.District.Name, x.place.School.Name} {
		if name != "" {
			places = append(places, name)
		}
	}
	var filters []string
	for _, tag := range filter.Tags(w, x.address, filter.All(w)) {
		filters = append(filters, tag.Text)
	}
	if x.filters != nil {
		filters = x.filters
	}
	if x.made.IsZero() {
		x.made = time.Now()
	}
	switch report.StudentListView(x.address.Get("view")) {
	case report.ByLevel:
		filters = append(filters, w.Students.ByLevel())
	case report.NearCut:
		filters = append(filters, w.Students.NearCut())
	}
	return []table.About{
		{Label: w.File.Report(), Text: t.Name}, {Label: w.File.Made(), Text: x.made.Format("2006-01-02")}, {Label: w.File.Place(), Text: strings.Join(places, " / ")},
		{Label: w.Filter.By(), Text: strings.Join(filters, "; ")}, {Label: w.Students.Sort(), Text: x.address.Get("sort")},
		{Label: w.Comparison.Compare(), Text: strings.Join(x.address.Values("only"), " ")}, {Label: w.Students.Kind(), Text: x.kind},
		{Label: w.File.Rows(), Text: strconv.Itoa(x.rows)}, {Label: w.Students.Year(), Text: x.year},
	}
}

// comparisonFile is a comparison as a file.
func (s *Server) comparisonFile(f form) handler {
	return func(ctx context.Context, c *call) (answer, error) {
		r, address, err := c.compared(ctx)
		if err != nil {
			return answer{}, err
		}
		r.Rows = comparison.Sorted(r, address.Get("sort"))
		return s.file(c, f, export{
			table: func() table.Table { return table.OfComparison(c.say(), r) },
			data:  func() any { return table.ComparisonJSON(c.tenant.StateCode, r, filtersOf(address)) },
			place: r.Place, address: address, rows: len(r.Rows), kind: c.say().Comparison.Assessment(r.Year), year: c.say().Year(r.Year), shown: comparedStatement(c, r),
		})
	}
}

// studentListFile is a list of students as a file: all of them, whatever page of the list the address names.
func (s *Server) studentListFile(f form) handler {
	return func(ctx context.Context, c *call) (answer, error) {
		l, address, shown, err := c.listed(ctx)
		if err != nil {
			return answer{}, err
		}
		return s.file(c, f, export{
			table: func() table.Table { return table.OfStudents(c.say(), l) },
			data:  func() any { return table.StudentsJSON(c.tenant.StateCode, l, filtersOf(address)) },
			place: l.Place, address: address, rows: len(l.Rows), kind: c.say().Type(l.Type), year: c.say().Year(l.Year), shown: shown,
		})
	}
}

// studentReportFile is a student's report as a file.
func (s *Server) studentReportFile(f form) handler {
	return func(ctx context.Context, c *call) (answer, error) {
		r, address, err := c.reported(ctx)
		if err != nil {
			return answer{}, err
		}
		return s.file(c, f, export{
			table: func() table.Table { return table.OfReport(c.say(), r) },
			data:  func() any { return table.ReportJSON(c.tenant.StateCode, r) },
			place: r.Place, address: address, rows: len(r.Subjects), kind: c.say().Type(r.Type), year: c.say().Year(r.Year), shown: c.oneStudent(r),
		})
	}
}

// filtersOf are the filters that an address sets, each value once.
func filtersOf(a layout.Address) map[string][]string {
	set := map[string][]string{}
	for _, k := range append([]string{"validity", "group"}, filterParameters...) {
		if values := a.Values(k); len(values) > 0 {
			slices.Sort(values)
			set[k] = slices.Compact(values)
		}
	}
	return set
}

// fileAddress is where the table of a page is as a file for people: with the mark that old spreadsheets need.
func fileAddress(a layout.Address) layout.Address {
	a = a.Without(pageParameter, sizeParameter)
	return layout.Address{Path: a.Path + "." + string(asCSV), Query: cloneQuery(a.Query)}.With(markParameter, "1")
}

func cloneQuery(q url.Values) url.Values {
	if q == nil {
		return url.Values{}
	}
	return q
}
