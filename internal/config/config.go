// Package config reads a configuration file into a struct, checks it and describes it.
//
// A configuration struct is its own documentation: every field carries a yaml name and a doc tag that gives unit,
// default and the consequence of changing it. Load starts from the defaults the caller has set, refuses unknown keys, and calls
// Validate where a section has one. Describe prints the annotated file, so that reference and code cannot drift apart.
// Secrets never stand in the file: fields that need one name a file.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"scorehouse/internal/fault"
)

// Validator is a section that can say what is wrong with it, in a sentence that names the field.
type Validator interface{ Validate() error }

// Load reads the YAML file at path over the defaults already in into (a pointer to a struct) and validates the
// result. A missing file, an unknown key, a wrong type and a failed validation are Invalid faults that name the file and the place.
func Load(path string, into any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return fault.New(fault.NotFound, "there is no configuration file %s; name one with --config, or run `scorehouse demo`, which writes its own", path)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "configuration file %s cannot be read", path)
	}
	return Parse(path, text, into)
}

// Parse is Load for text already read; path is used in messages only.
func Parse(path string, text []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "configuration file %s: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := Check(into); err != nil {
		return fault.New(fault.Invalid, "configuration file %s: %s", path, err)
	}
	return nil
}

// Check calls Validate on the struct and on each of its sections, and joins what they say.
func Check(cfg any) error {
	value := reflect.Indirect(reflect.ValueOf(cfg))
	var problems []error
	for i := range value.NumField() {
		field := value.Field(i)
		if section, ok := field.Interface().(Validator); ok {
			if err := section.Validate(); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", yamlName(value.Type().Field(i)), err))
			}
		}
	}
	if whole, ok := cfg.(Validator); ok {
		if err := whole.Validate(); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// Describe writes the struct as an annotated YAML file: each field under its comment, with its present value.
func Describe(w io.Writer, cfg any) error {
	var b strings.Builder
	describe(&b, reflect.Indirect(reflect.ValueOf(cfg)), "")
	_, err := io.WriteString(w, b.String())
	return err
}

func describe(b *strings.Builder, value reflect.Value, indent string) {
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if !field.IsExported() || field.Tag.Get("yaml") == "-" {
			continue
		}
		if indent == "" && i > 0 {
			b.WriteByte('\n')
		}
		for _, line := range wrap(field.Tag.Get("doc"), 100-len(indent)) {
			fmt.Fprintf(b, "%s# %s\n", indent, line)
		}
		if field.Type.Kind() == reflect.Struct {
			fmt.Fprintf(b, "%s%s:\n", indent, yamlName(field))
			describe(b, value.Field(i), indent+"  ")
			continue
		}
		fmt.Fprintf(b, "%s%s: %s\n", indent, yamlName(field), scalar(value.Field(i)))
	}
}

func scalar(value reflect.Value) string {
	if d, ok := value.Interface().(time.Duration); ok {
		return d.String()
	}
	var node yaml.Node
	if err := node.Encode(value.Interface()); err != nil {
		return fmt.Sprint(value.Interface())
	}
	node.Style = yaml.FlowStyle // lists and maps on the line of their name
	text, err := yaml.Marshal(&node)
	if err != nil {
		return fmt.Sprint(value.Interface())
	}
	return strings.TrimSpace(string(text))
}

func yamlName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	if name == "" {
		return strings.ToLower(field.Name)
	}
	return name
}

func wrap(text string, width int) []string {
	var lines []string
	var line string
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), word
			continue
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
