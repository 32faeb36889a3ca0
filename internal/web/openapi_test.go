package web_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"scorehouse/internal/web"
	"scorehouse/internal/webtest"
)

// description is what the tests read of /openapi.json.
type description struct {
	OpenAPI    string `json:"openapi"`
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]any }
}

type operation struct {
	OperationID string
	Summary     string
	Parameters  []struct {
		Name, In, Description string
		Required              bool
		Schema                map[string]any
	}
	Responses map[string]struct {
		Description string
		Content     map[string]struct{ Schema any }
	}
}

func TestTheDescriptionHasEveryRouteForProgramsAndNoOther(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	var d description
	if err := json.Unmarshal([]byte(site.Anonymous(t).Get("/openapi.json").OK().Body), &d); err != nil {
		t.Fatal(err)
	}
	if d.OpenAPI != "3.1.0" {
		t.Errorf("version %q", d.OpenAPI)
	}
	var described, routed []string
	ids := map[string]bool{}
	for path, operations := range d.Paths {
		for method, o := range operations {
			described = append(described, strings.ToUpper(method)+" "+path)
			if ids[o.OperationID] || o.Summary == "" {
				t.Errorf("%s %s: id %q, summary %q", method, path, o.OperationID, o.Summary)
			}
			ids[o.OperationID] = true
			var parts, inPath []string
			for _, part := range regexp.MustCompile(`\{([a-z]+)\}`).FindAllStringSubmatch(path, -1) {
				parts = append(parts, part[1])
			}
			for _, p := range o.Parameters {
				if p.Description == "" || len(p.Schema) == 0 {
					t.Errorf("%s %s: nothing is said of %q", method, path, p.Name)
				}
				if p.In == "path" {
					inPath = append(inPath, p.Name)
				}
			}
			if diff := cmp.Diff(parts, inPath); diff != "" {
				t.Errorf("%s %s: parts of the address (-address +described):\n%s", method, path, diff)
			}
		}
	}
	for _, r := range site.Routes {
		if r.Caller == web.Program || r.Caller == web.Monitor || strings.HasSuffix(r.Pattern, ".csv") || strings.HasSuffix(r.Pattern, ".pdf") {
			routed = append(routed, r.Pattern)
		}
	}
	slices.Sort(described)
	slices.Sort(routed)
	if diff := cmp.Diff(routed, described); diff != "" {
		t.Errorf("routes and description differ (-routes +description):\n%s", diff)
	}
}

// What is sent is what is described: no field more, none less, none of another kind.
func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	site := webtest.NewSite(t)
	b := site.As(t, webtest.StateReader)
	var d description
	if err := json.Unmarshal([]byte(b.Get("/openapi.json").OK().Body), &d); err != nil {
		t.Fatal(err)
	}
	student, _, _ := strings.Cut(child(t, site), "/reports/")
	for path, address := range map[string]string{
		"/s/{state}.json": "/s/TK.json?ethnicity=1,2,3", "/s/{state}/d/{district}.json": "/s/TK/d/0043.json", "/s/{state}/d/{district}/sc/{school}.json": lakeside + ".json",
		"/s/{state}/d/{district}/sc/{school}/g/{grade}.json": gradeFive + ".json", "/students/{student}/reports/{type}.json": student + "/reports/summative.json", "/session": "/session",
	} {
		p := b.Get(address).OK()
		var got any
		if err := json.Unmarshal([]byte(p.Body), &got); err != nil {
			t.Fatal(err)
		}
		d.check(t, address, d.Paths[path]["get"].Responses["200"].Content["application/json"].Schema, got)
	}
	for _, kind := range []string{"interim", "blocks"} {
		for path, address := range map[string]string{"/s/{state}/d/{district}/sc/{school}/g/{grade}.json": gradeFive + ".json?type=" + kind, "/students/{student}/reports/{type}.json": student + "/reports/" + kind + ".json"} {
			if p := b.Get(address); p.Status == 200 {
				var got any
				if err := json.Unmarshal([]byte(p.Body), &got); err != nil {
					t.Fatal(err)
				}
				d.check(t, address, d.Paths[path]["get"].Responses["200"].Content["application/json"].Schema, got)
			}
		}
	}
}

// check compares a value with a schema, as far as the description uses JSON Schema.
func (d description) check(t *testing.T, at string, schema, got any) {
	t.Helper()
	s, ok := schema.(map[string]any)
	if !ok {
		t.Errorf("%s: no schema", at)
		return
	}
	if ref, ok := s["$ref"].(string); ok {
		d.check(t, at, d.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")], got)
		return
	}
	if choices, ok := s["oneOf"].([]any); ok {
		if got == nil {
			return
		}
		d.check(t, at, choices[0], got)
		return
	}
	if !typed(s["type"], got) {
		t.Errorf("%s: %T, want %v", at, got, s["type"])
		return
	}
	if values, ok := s["enum"].([]any); ok && !slices.Contains(values, got) {
		t.Errorf("%s: %v is none of %v", at, got, values)
	}
	switch v := got.(type) {
	case []any:
		for i, x := range v {
			d.check(t, fmt.Sprintf("%s[%d]", at, i), s["items"], x)
		}
	case map[string]any:
		properties, _ := s["properties"].(map[string]any)
		for name, x := range v {
			of, ok := properties[name]
			if properties == nil {
				of, ok = s["additionalProperties"], true
			}
			if !ok {
				t.Errorf("%s: %s is not described", at, name)
				continue
			}
			d.check(t, at+"."+name, of, x)
		}
		required, _ := s["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				t.Errorf("%s: %s is missing", at, name)
			}
		}
	}
}

// typed reports whether a value is of a type, or one of several.
func typed(kind, got any) bool {
	if several, ok := kind.([]any); ok {
		return slices.ContainsFunc(several, func(k any) bool { return typed(k, got) })
	}
	switch v := got.(type) {
	case nil:
		return kind == "null"
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && v == float64(int(v))
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	}
	return false
}
