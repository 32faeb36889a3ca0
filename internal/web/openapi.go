package web

import (
	"context"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"scorehouse/internal/web/openapi"
	"scorehouse/internal/web/table"
)

// openAPIPath is where the description of everything that programs may ask for is.
const openAPIPath = "/openapi.json"

// described is what the description says of a route besides its line in the table. Every route for programs, for monitors and of files needs one.
type described struct {
	summary string
	query   []string // parameters
	body    any      // what a JSON answer is, as a zero value
}

var (
	comparisonQuery = append([]string{"year", "only", "sort"}, filterParameters...)
	listQuery       = append([]string{"year", "type", "subject", "view", "group", "validity", "only", "sort"}, slices.DeleteFunc(slices.Clone(filterParameters), func(s string) bool { return s == "grade" })...)
	reportQuery     = []string{"year", "taken"}
	publishedQuery  = append([]string{"year", "release", "sort"}, filterParameters...)
)

// descriptions are those of the routes, by pattern without the ending of a file.
var descriptions = map[string]described{
	"GET /s/{state}":                                    {"The districts of a state compared", comparisonQuery, table.Comparison{}},
	"GET /s/{state}/d/{district}":                       {"The schools of a district compared", comparisonQuery, table.Comparison{}},
	"GET /s/{state}/d/{district}/sc/{school}":           {"The grades of a school compared", comparisonQuery, table.Comparison{}},
	"GET /s/{state}/d/{district}/sc/{school}/g/{grade}": {"The students of a grade of a school, with their results", listQuery, table.Students{}},
	"GET /students/{student}/reports/{type}":            {"One student's results on one opportunity, and earlier ones", reportQuery, table.Report{}},
	"GET " + downloadsPath + "/{job}/progress":          {"How far a request for printed reports is", nil, progress{}},
	"GET " + openAPIPath:                                {"This description", nil, map[string]any{}},
	"GET " + publicPath + "{token}":                     {"What is published of a state: its districts compared", publishedQuery, table.Published{}},
	"GET " + publicPath + "{token}/p/{place}":           {"What is published of a district or a school: its schools or grades compared", publishedQuery, table.Published{}},
	heartbeatPattern:                                    {"Whether the server and what it needs work", nil, nil},
	"GET /session":                                      {"How long the session lasts", nil, left{}},
	"DELETE /services/flush/{what}":                     {"Forget what is cached, or end sessions", nil, nil},
	"DELETE /services/cache/{what}":                     {"The same, under its older address", nil, nil},
}

// parameter is a part of an address or of a query.
type parameter struct {
	text   string
	schema openapi.Schema
	many   bool // may be repeated, or hold several values with commas between them
}

func oneOf(values ...string) openapi.Schema { return openapi.Schema{"type": "string", "enum": values} }

var (
	anyText  = openapi.Schema{"type": "string"}
	yesNo    = oneOf("Y", "N", "NS")
	oneOrNot = oneOf("0", "1")
)

// parameters are all there are, by name; docs/formats/filters.md says the same for people.
var parameters = map[string]parameter{
	"state":    {"code of the state", openapi.Schema{"type": "string", "pattern": "^[A-Za-z]{2}$"}, false},
	"district": {"code of the district", anyText, false},
	"school":   {"code of the school within its district", anyText, false},
	"student":  {"opaque id of a student, from a list", anyText, false},
	"token":    {"of a public link; whoever knows it may read what is published", anyText, false},
	"place":    {"public identifier of a district or a school, from a published table", anyText, false},
	"what":     {"what is forgotten", oneOf("all", "session", "data"), false},

	"year":      {"academic year, named by its spring; absent is the newest with results", openapi.Schema{"type": "integer", "minimum": 1900, "maximum": 2200}, false},
	"release":   {"number of a release of the year, to read what was published until the next; absent is the newest", openapi.Schema{"type": "integer", "minimum": 1, "maximum": 999}, false},
	"type":      {"kind of assessment", oneOf("summative", "interim", "blocks"), false},
	"subject":   {"subject; absent is all together", anyText, false},
	"view":      {"level puts the students of a level of one subject together, cut lists only those whose error band reaches into another level", oneOf("level", "cut"), false},
	"group":     {"id of a student group", anyText, false},
	"taken":     {"day of an interim comprehensive assessment, YYYYMMDD", openapi.Schema{"type": "string", "pattern": "^[0-9]{8}$"}, false},
	"only":      {"ids of the rows to keep", anyText, true},
	"sort":      {"order of the rows; - in front reverses", anyText, false},
	"validity":  {"VA valid, IN invalid, SD standardized, NS not standardized", oneOf("VA", "IN", "SD", "NS"), true},
	"grade":     {"grade of the assessment, two characters", openapi.Schema{"type": "string", "pattern": "^(KG|[0-9]{2})$"}, false},
	"dmgPrgLep": {"limited English proficiency", yesNo, true},
	"dmgPrgIep": {"individual education program", yesNo, true},
	"dmgPrg504": {"section 504 plan", yesNo, true},
	"dmgStsEcd": {"economic disadvantage", yesNo, true},
	"dmgStsMig": {"migrant status", yesNo, true},
	"ethnicity": {"derived group, 0 to 7", openapi.Schema{"type": "string", "pattern": "^[0-7]$"}, true},
	"sex":       {"sex", oneOf("male", "female", "not_stated"), true},
	"complete":  {"whether the assessment was finished", yesNo, true},

	"job": {"id of a request for printed reports", anyText, false},

	reportsParameter:  {"language of the printed report: en, es or vi", anyText, false},
	toneParameter:     {"gray, the default, or color", oneOf("gray", "color"), false},
	duplexParameter:   {"1 begins each student on a sheet of their own when both sides are printed", oneOrNot, false},
	supportsParameter: {"hide leaves out the supports that were available during the test", oneOf("hide"), false},

	linesParameter: {"1 begins the file with ten lines that say what the table is", oneOrNot, false},
	markParameter:  {"1 begins the file with a byte order mark", oneOrNot, false},
	"lang":         {"language of the words in the file: en, es or vi", anyText, false},
}

// openAPI answers with the description.
func (s *Server) openAPI(context.Context, *call) (answer, error) {
	return answer{data: s.description(), kind: "application/openapi+json"}, nil
}

// description is made once: the table of routes does not change.
func (s *Server) description() openapi.Document {
	s.describe.Do(func() { s.documented = describe(s.table()) })
	return s.documented
}

// documentation is the description of a server's routes.
type documentation struct {
	describe   sync.Once
	documented openapi.Document
}

func describe(table []route) openapi.Document {
	d := openapi.New("Scorehouse", "The numbers of the pages, for programs: the same questions, the same rules of who is told what, the same permissions. "+
		"A caller is signed in like a reader, by the session cookie; what is published needs a link instead. Fields may be added; those that are there do not change.")
	for _, r := range table {
		about, ok := descriptions[r.plain()]
		if !ok || r.form == "" && r.Caller == Browser {
			continue // a page
		}
		d.Add(r.method(), r.path(), operation(d, r, about))
	}
	return d
}

func (r route) method() string {
	method, _, _ := strings.Cut(r.Pattern, " ")
	return strings.ToLower(method)
}

func (r route) path() string { _, path, _ := strings.Cut(r.Pattern, " "); return path }

var partsOfPath = regexp.MustCompile(`\{([a-z]+)\}`)

// operation describes one route.
func operation(d openapi.Document, r route, about described) openapi.Operation {
	o := openapi.Operation{Summary: about.summary, Secured: r.Audience == Session, Responses: map[int]openapi.Response{}}
	for _, part := range partsOfPath.FindAllStringSubmatch(r.path(), -1) {
		o.Parameters = append(o.Parameters, parameterOf(part[1], "path"))
	}
	query := slices.Clone(about.query)
	kind := "application/json"
	switch {
	case r.form == asCSV:
		kind = "text/csv"
		query = append(query, linesParameter, markParameter, "lang")
		o.Summary += ", as CSV"
	case r.form == asPDF:
		kind = "application/pdf"
		query = append(query, reportsParameter, toneParameter, duplexParameter, supportsParameter)
		o.Summary += ", as PDF"
	case r.path() == openAPIPath:
		kind = "application/openapi+json"
	}
	for _, name := range query {
		o.Parameters = append(o.Parameters, parameterOf(name, "query"))
	}
	ok := openapi.Response{Text: "the answer"}
	switch {
	case r.form == asCSV:
		ok.Kind, ok.Schema = kind, anyText
	case r.form == asPDF:
		ok.Kind, ok.Schema = kind, openapi.Schema{"type": "string", "contentMediaType": kind}
	case about.body != nil:
		ok.Kind, ok.Schema = kind, d.Of(reflect.TypeOf(about.body))
	}
	o.Responses[http.StatusOK] = ok
	problem := openapi.Response{Kind: "application/problem+json", Schema: d.Of(reflect.TypeFor[details]())}
	add := func(status int, text string) {
		problem.Text = text
		o.Responses[status] = problem
	}
	if len(query) > 0 {
		add(http.StatusBadRequest, "a value cannot be read")
	}
	if r.Audience == Session {
		add(http.StatusUnauthorized, "nobody is signed in")
	}
	if r.Place == ByLink {
		add(http.StatusNotFound, "the link opens nothing, or no release knows the place")
		add(http.StatusTooManyRequests, "too many requests came from the same address")
	}
	if r.Permission != "" {
		add(http.StatusForbidden, "the person has no role, or not the permission")
		add(http.StatusNotFound, "there is no such thing, or the person may not see it")
	}
	return o
}

// parameterOf is a parameter as the description has it.
func parameterOf(name, in string) openapi.Parameter {
	p := parameters[name]
	return openapi.Parameter{Name: name, In: in, Text: p.text, Schema: p.schema, Required: in == "path", Many: p.many}
}
