package webtest

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page is an answer of a site.
type Page struct {
	t      testing.TB
	path   string
	Status int
	Header http.Header
	Body   string
	root   *html.Node
}

// ReadPage makes a page of an answer, whose body it reads and closes.
func ReadPage(t testing.TB, path string, res *http.Response) *Page {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return ParsePage(t, path, res.StatusCode, res.Header, string(body))
}

// ParsePage makes a page of an answer received some other way; path is what failures call it.
func ParsePage(t testing.TB, path string, status int, header http.Header, body string) *Page {
	t.Helper()
	markup := body
	if kind := header.Get("Content-Type"); kind != "" && !strings.HasPrefix(kind, "text/html") {
		markup = "" // a file: nothing to ask with selectors
	}
	root, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return &Page{t: t, path: path, Status: status, Header: header, Body: body, root: root}
}

// OK fails the test now unless the page was found.
func (p *Page) OK() *Page {
	p.t.Helper()
	if p.Status != http.StatusOK {
		p.t.Fatalf("%s: status %d, want 200\n%s", p.path, p.Status, p.Text("main"))
	}
	return p
}

// Location returns where a redirect leads.
func (p *Page) Location() string { return p.Header.Get("Location") }

// Texts returns the text of each element that a selector finds, in order, white space run together.
func (p *Page) Texts(selector string) []string {
	p.t.Helper()
	var texts []string
	for _, n := range p.find(selector) {
		texts = append(texts, textOf(n))
	}
	return texts
}

// Text returns the text of all elements that a selector finds, joined by blanks; "" when it finds none.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	return strings.Join(p.Texts(selector), " ")
}

// Attributes returns an attribute of each element that a selector finds; elements without it are left out.
func (p *Page) Attributes(selector, name string) []string {
	p.t.Helper()
	var all []string
	for _, n := range p.find(selector) {
		if v, ok := attribute(n, name); ok {
			all = append(all, v)
		}
	}
	return all
}

// Link returns the address of the first link with exactly this text. It fails the test when there is none.
func (p *Page) Link(text string) string {
	p.t.Helper()
	for _, n := range p.find("a[href]") {
		if textOf(n) == text {
			href, _ := attribute(n, "href")
			return href
		}
	}
	p.t.Fatalf("%s: no link says %q", p.path, text)
	return ""
}

// Table returns the texts of the cells of the table that a selector finds, row by row, heads included.
func (p *Page) Table(selector string) [][]string {
	p.t.Helper()
	var rows [][]string
	for _, tr := range p.find(selector + " tr") {
		var cells []string
		for n := tr.FirstChild; n != nil; n = n.NextSibling {
			if n.Data == "td" || n.Data == "th" {
				cells = append(cells, textOf(n))
			}
		}
		rows = append(rows, cells)
	}
	return rows
}

func (p *Page) find(selector string) []*html.Node {
	p.t.Helper()
	s, err := parseSelector(selector)
	if err != nil {
		p.t.Fatal(err)
	}
	var found []*html.Node
	for n := range p.root.Descendants() {
		if s.matches(n) {
			found = append(found, n)
		}
	}
	return found
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attribute(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
