package samltest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Browser goes through pages as a person would: it keeps cookies, follows redirects and sends forms. It runs no scripts.
type Browser struct {
	client *http.Client
	stopAt []string
}

// NewBrowser returns a browser without cookies. It does not follow redirects to addresses that begin with one of stopAt, and returns them instead.
func NewBrowser(stopAt ...string) (*Browser, error) {
	b := &Browser{stopAt: stopAt}
	b.client = &http.Client{Jar: NewJar(), Timeout: 30 * time.Second, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > 10 {
			return errors.New("too many redirects")
		}
		if slices.ContainsFunc(b.stopAt, func(prefix string) bool { return strings.HasPrefix(next.URL.String(), prefix) }) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b, nil
}

// Client returns the client with the browser's cookies, for requests that are not about pages.
func (b *Browser) Client() *http.Client { return b.client }

// Page is what the browser shows.
type Page struct {
	URL      *url.URL // after redirects
	Status   int
	Redirect string // where the browser stopped, because of stopAt
	Body     string
	Forms    []Form
}

// Form is a form of a page with the values of its hidden fields.
type Form struct {
	Method string
	Action string // absolute
	Fields url.Values
}

// Form returns the first form that has a field of that name.
func (p Page) Form(field string) (Form, bool) {
	for _, f := range p.Forms {
		if f.Fields.Has(field) {
			return f, true
		}
	}
	return Form{}, false
}

// Open opens an address.
func (b *Browser) Open(ctx context.Context, address string) (Page, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Page{}, err
	}
	return b.do(request)
}

// Submit sends a form.
func (b *Browser) Submit(ctx context.Context, f Form) (Page, error) {
	if strings.EqualFold(f.Method, http.MethodGet) {
		return b.Open(ctx, f.Action+"?"+f.Fields.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.Action, strings.NewReader(f.Fields.Encode()))
	if err != nil {
		return Page{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(request)
}

func (b *Browser) do(request *http.Request) (Page, error) {
	response, err := b.client.Do(request)
	if err != nil {
		return Page{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Page{}, err
	}
	p := Page{URL: response.Request.URL, Status: response.StatusCode, Body: string(body)}
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		p.Redirect = response.Header.Get("Location")
	}
	root, err := html.Parse(strings.NewReader(p.Body))
	if err != nil {
		return Page{}, err
	}
	collectForms(root, &p)
	return p, nil
}

func collectForms(n *html.Node, p *Page) {
	if n.Type == html.ElementNode && n.Data == "form" {
		action, err := p.URL.Parse(attributeOf(n, "action"))
		if err == nil {
			f := Form{Method: attributeOf(n, "method"), Action: action.String(), Fields: url.Values{}}
			collectFields(n, f.Fields)
			p.Forms = append(p.Forms, f)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		collectForms(c, p)
	}
}

func collectFields(n *html.Node, fields url.Values) {
	if n.Type == html.ElementNode && n.Data == "input" && attributeOf(n, "name") != "" && attributeOf(n, "type") != "submit" {
		fields.Add(attributeOf(n, "name"), attributeOf(n, "value"))
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		collectFields(c, fields)
	}
}

func attributeOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// ErrNotSignedIn is returned by SignIn when the identity provider asks for the password again.
var ErrNotSignedIn = errors.New("the identity provider does not know this person or password")

// SignIn fills in the identity provider's sign-in page, which must be showing, and returns the form that carries the response to the service
// provider. Submit sends it.
func (b *Browser) SignIn(ctx context.Context, page Page, person Person) (Form, error) {
	form, ok := page.Form("password")
	if !ok {
		return Form{}, fmt.Errorf("this is no sign-in page (status %d): %s", page.Status, page.Body)
	}
	form.Fields.Set("username", person.User)
	form.Fields.Set("password", person.Password)
	page, err := b.Submit(ctx, form)
	if err != nil {
		return Form{}, err
	}
	if _, again := page.Form("password"); again {
		return Form{}, ErrNotSignedIn
	}
	response, ok := page.Form("SAMLResponse")
	if !ok {
		return Form{}, fmt.Errorf("the identity provider sends no response (status %d): %s", page.Status, page.Body)
	}
	return response, nil
}
