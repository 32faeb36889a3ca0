// Package pdftest reads documents with tools that are not ours (poppler, qpdf) and says what keeps them from being read by everybody. It is
// for tests.
//
// Read reads a document; Problems lists what PDF/UA-1 asks for and the document lacks, as far as a program can see it. What it cannot see
// (whether an alternative says what the picture shows) is for people.
package pdftest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// File is a document as others read it. Each tool runs when its answer is first wanted.
type File struct {
	Path string

	plain   string // uncompressed
	objects map[string]any
	trailer map[string]any
}

// Read makes a document ready to be read.
func Read(t testing.TB, document []byte) *File {
	t.Helper()
	f := &File{Path: filepath.Join(t.TempDir(), "document.pdf")}
	if err := os.WriteFile(f.Path, document, 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

// Info is what pdfinfo says.
func (f *File) Info(t testing.TB) map[string]string {
	info := map[string]string{}
	for _, line := range strings.Split(run(t, "pdfinfo", f.Path), "\n") {
		if key, value, ok := strings.Cut(line, ":"); ok {
			info[key] = strings.TrimSpace(value)
		}
	}
	return info
}

// StructText is the structure with its texts, in the order of reading.
func (f *File) StructText(t testing.TB) string { return run(t, "pdfinfo", "-struct-text", f.Path) }

// Struct is the structure without its texts.
func (f *File) Struct(t testing.TB) string { return run(t, "pdfinfo", "-struct", f.Path) }

// Text is the text of the document as copied, with single spaces.
func (f *File) Text(t testing.TB) string {
	return strings.Join(strings.Fields(run(t, "pdftotext", "-layout", f.Path, "-")), " ")
}

// Syntax is what qpdf complains of; empty when nothing.
func (f *File) Syntax() string {
	if out, err := exec.Command("qpdf", "--check", f.Path).CombinedOutput(); err != nil {
		return string(out)
	}
	return ""
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	var out, problem bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v: %s (scripts/setup installs it)", name, err, problem.String())
	}
	return out.String()
}

// read reads all objects, streams decoded.
func (f *File) read(t testing.TB) {
	t.Helper()
	if f.objects != nil {
		return
	}
	var parsed struct {
		QPDF []json.RawMessage `json:"qpdf"`
	}
	out := run(t, "qpdf", "--json", "--json-key=qpdf", "--json-stream-data=inline", "--decode-level=generalized", f.Path)
	if err := json.Unmarshal([]byte(out), &parsed); err != nil || len(parsed.QPDF) < 2 {
		t.Fatalf("qpdf --json: %v", err)
	}
	if err := json.Unmarshal(parsed.QPDF[1], &f.objects); err != nil {
		t.Fatal(err)
	}
	f.trailer = dict(dict(f.objects["trailer"])["value"])
}

// get follows references.
func (f *File) get(v any) any {
	for range 20 {
		s, ok := v.(string)
		if !ok || !strings.HasSuffix(s, " R") {
			return v
		}
		object := dict(f.objects["obj:"+s])
		if stream, ok := object["stream"]; ok {
			return stream
		}
		v = object["value"]
	}
	return nil
}

func (f *File) dict(v any) map[string]any {
	d := dict(f.get(v))
	if inner, ok := d["dict"]; ok && d["data"] != nil {
		return dict(inner)
	}
	return d
}

// list is the items of an array, or the one thing that stands in its place.
func (f *File) list(v any) []any {
	if items, ok := f.get(v).([]any); ok {
		return items
	}
	if v == nil {
		return nil
	}
	return []any{v}
}

// data is the decoded content of a stream.
func (f *File) data(v any) []byte {
	b, err := base64.StdEncoding.DecodeString(fmt.Sprint(dict(f.get(v))["data"]))
	if err != nil {
		return nil
	}
	return b
}

// content is the operators of a page.
func (f *File) content(page map[string]any) []byte {
	var all []byte
	for _, part := range f.list(page["/Contents"]) {
		all = append(append(all, f.data(part)...), '\n')
	}
	return all
}

func dict(v any) map[string]any {
	d, _ := v.(map[string]any)
	return d
}

func (f *File) catalog() map[string]any { return f.dict(f.trailer["/Root"]) }

// pages lists the references of the pages in order.
func (f *File) pages() []string {
	var all []string
	var walk func(any, int)
	walk = func(v any, depth int) {
		node := f.dict(v)
		if node["/Type"] == "/Page" || depth > 10 {
			all = append(all, fmt.Sprint(v))
			return
		}
		for _, kid := range f.list(node["/Kids"]) {
			walk(kid, depth+1)
		}
	}
	walk(f.catalog()["/Pages"], 0)
	return all
}

// Link is a link of a page.
type Link struct {
	Says string
	To   int // the page, from 1
}

// Links are the links of all pages.
func (f *File) Links(t testing.TB) []Link {
	t.Helper()
	f.read(t)
	var all []Link
	pages := f.pages()
	for _, page := range pages {
		for _, ref := range f.list(f.dict(page)["/Annots"]) {
			link := f.dict(ref)
			says, _ := link["/Contents"].(string)
			one := Link{Says: strings.TrimPrefix(says, "u:")}
			if to := f.list(link["/Dest"]); len(to) > 0 {
				one.To = 1 + slices.Index(pages, fmt.Sprint(to[0]))
			}
			all = append(all, one)
		}
	}
	return all
}

// Outline are the titles of the outermost entries of the outline.
func (f *File) Outline(t testing.TB) []string {
	t.Helper()
	f.read(t)
	var all []string
	for at := f.dict(f.catalog()["/Outlines"])["/First"]; at != nil && len(all) < 1000; {
		entry := f.dict(at)
		title, _ := entry["/Title"].(string)
		all, at = append(all, strings.TrimPrefix(title, "u:")), entry["/Next"]
	}
	return all
}

// Changed is the document with some of its plain text replaced, for tests of tests. It stops the test when there is nothing to replace.
func (f *File) Changed(t testing.TB, old, new string) []byte {
	t.Helper()
	if f.plain == "" {
		f.plain = run(t, "qpdf", "--qdf", "--object-streams=disable", f.Path, "-")
	}
	if !strings.Contains(f.plain, old) {
		t.Fatalf("the document has no %q", old)
	}
	broken := filepath.Join(t.TempDir(), "broken.pdf")
	if err := os.WriteFile(broken, []byte(strings.ReplaceAll(f.plain, old, new)), 0o600); err != nil {
		t.Fatal(err)
	}
	return []byte(run(t, "fix-qdf", broken))
}
