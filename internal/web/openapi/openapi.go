// Package openapi writes descriptions of services as OpenAPI 3.1 has them, the schemas made from the Go types that are sent.
package openapi

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Schema is a JSON Schema.
type Schema = map[string]any

// Document is a description.
type Document map[string]any

// New returns a description without operations.
func New(title, text string) Document {
	return Document{
		"openapi": "3.1.0",
		"info":    Schema{"title": title, "description": text, "version": "1"},
		"paths":   Schema{},
		"components": Schema{
			"schemas":         Schema{},
			"securitySchemes": Schema{"session": Schema{"type": "apiKey", "in": "cookie", "name": "scorehouse", "description": "the session of a person who has signed in"}},
		},
	}
}

// Operation is what can be asked for under a path.
type Operation struct {
	Summary    string
	Secured    bool // needs a session
	Parameters []Parameter
	Responses  map[int]Response
}

// Parameter is a part of a path or a query.
type Parameter struct {
	Name, In, Text string
	Schema         Schema
	Required, Many bool
}

// Response is an answer. Without a Kind it has no body.
type Response struct {
	Text, Kind string
	Schema     Schema
}

// Add puts an operation into the document.
func (d Document) Add(method, path string, o Operation) {
	paths := d["paths"].(Schema)
	at, ok := paths[path].(Schema)
	if !ok {
		at = Schema{}
		paths[path] = at
	}
	responses := Schema{}
	for status, r := range o.Responses {
		response := Schema{"description": r.Text}
		if r.Kind != "" {
			response["content"] = Schema{r.Kind: Schema{"schema": r.Schema}}
		}
		responses[strconv.Itoa(status)] = response
	}
	op := Schema{"operationId": operationID(method, path), "summary": o.Summary, "responses": responses}
	if len(o.Parameters) > 0 {
		op["parameters"] = parameters(o.Parameters)
	}
	if o.Secured {
		op["security"] = []Schema{{"session": []string{}}}
	}
	at[method] = op
}

func parameters(all []Parameter) []Schema {
	var list []Schema
	for _, p := range all {
		s := Schema{"name": p.Name, "in": p.In, "description": p.Text, "schema": p.Schema}
		if p.Required {
			s["required"] = true
		}
		if p.Many {
			s["schema"] = Schema{"type": "array", "items": p.Schema}
			s["style"], s["explode"] = "form", true
		}
		list = append(list, s)
	}
	return list
}

// operationID names an operation by its method and path.
func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("/{}.-", r) })
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return method + strings.Join(words, "")
}

// Of returns the schema of a Go type as encoding/json writes it: structs by reference to the components of the document, described by the tag doc
// of their fields, with the values of the tag enum and the format of the tag format; pointers, and fields with the tag null, as the value or null.
func (d Document) Of(t reflect.Type) Schema {
	switch t.Kind() {
	case reflect.Pointer:
		return orNull(d.Of(t.Elem()))
	case reflect.Struct:
		name := t.Name()
		schemas := d["components"].(Schema)["schemas"].(Schema)
		if _, ok := schemas[name]; !ok {
			schemas[name] = Schema{} // a type may hold itself
			schemas[name] = d.object(t)
		}
		return Schema{"$ref": "#/components/schemas/" + name}
	case reflect.Slice, reflect.Array:
		return Schema{"type": "array", "items": d.Of(t.Elem())}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return Schema{"type": "object"}
		}
		return Schema{"type": "object", "additionalProperties": d.Of(t.Elem())}
	case reflect.String:
		return Schema{"type": "string"}
	case reflect.Bool:
		return Schema{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return Schema{"type": "integer"}
	case reflect.Float32, reflect.Float64:
		return Schema{"type": "number"}
	}
	return Schema{}
}

// orNull is a schema whose value may be null.
func orNull(s Schema) Schema {
	if kind, ok := s["type"].(string); ok {
		s["type"] = []string{kind, "null"}
		return s
	}
	return Schema{"oneOf": []Schema{s, {"type": "null"}}}
}

// object is the schema of a struct.
func (d Document) object(t reflect.Type) Schema {
	properties, required := Schema{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		s := d.Of(f.Type)
		of := s // what the tags enum and format are about: the items of a list
		if items, ok := s["items"].(Schema); ok {
			of = items
		}
		if values := f.Tag.Get("enum"); values != "" {
			of["enum"] = strings.Split(values, ",")
		}
		if format := f.Tag.Get("format"); format != "" {
			of["format"] = format
		}
		if text := f.Tag.Get("doc"); text != "" {
			s["description"] = text
		}
		if f.Tag.Get("null") != "" {
			s = orNull(s)
		}
		properties[name] = s
		if !slices.Contains(strings.Split(options, ","), "omitempty") {
			required = append(required, name)
		}
	}
	return Schema{"type": "object", "properties": properties, "required": required}
}
