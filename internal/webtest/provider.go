package webtest

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"

	"scorehouse/internal/demoidp"
	"scorehouse/internal/login"
	"scorehouse/internal/samltest"
)

// Chain writes a tenancy chain as identity providers send it. Without a tenant it is for every state.
func Chain(role, tenant, state, district, school string) string {
	fields := make([]string, 17)
	fields[1], fields[7], fields[8], fields[11], fields[15] = role, tenant, state, district, school
	return "|" + strings.Join(fields, "|") + "|"
}

// Provider is the name and the title of the identity provider that AddProvider adds first.
const (
	Provider      = "demo"
	ProviderTitle = "Demo identity provider"
)

// AddProvider starts the demo's identity provider on localhost, which is another site than 127.0.0.1, with a teacher, an analyst of several states and somebody
// without a role, and lets the site believe it. It returns its address.
func (s *Site) AddProvider(t testing.TB, name, title string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	server, err := demoidp.New(demoidp.Config{
		Address: "http://localhost:" + port, Service: s.URL + "/saml/metadata", Logger: slog.New(slog.NewTextHandler(s.Log, nil)),
		People: []demoidp.Person{
			{Key: "teacher", Name: "Amina Okafor", Title: "Teacher", Sees: "One school.", Chains: []string{Chain("PII", "tamarack", "TK", "0042", "0117")}},
			{Key: "states", Name: "Marek Zając", Title: "Analyst", Sees: "Two states.", Chains: []string{Chain("ALLSTATES", "", "", "", ""), Chain("PII", "hemlock", "HM", "0042", "")}},
			{Key: "none", Name: "Siri Dahl", Title: "New", Sees: "Nothing."},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	s.Believe(t, name, title, server.EntityID())
	return "http://localhost:" + port
}

// Believe adds an identity provider by the address of its metadata. It may speak for every tenant.
func (s *Site) Believe(t testing.TB, name, title, address string) {
	t.Helper()
	metadata, err := login.FetchMetadata(t.Context(), address)
	if err == nil {
		_, err = s.Providers.Add(t.Context(), login.Provider{Name: name, Title: title, MetadataURL: address, Metadata: metadata, AllTenants: true, Shape: login.SBAC})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Visit opens an address in a browser, which follows redirects and chooses a person where the identity provider asks for one, and brings the
// answer back. It returns the page after that, and the client that has the session.
func (s *Site) Visit(t testing.TB, path, person string) (samltest.Page, *samltest.Browser) {
	t.Helper()
	browser, err := samltest.NewBrowser()
	if err != nil {
		t.Fatal(err)
	}
	page, err := browser.Open(t.Context(), s.URL+path)
	for _, field := range []string{"request", "SAMLResponse"} {
		if err != nil {
			t.Fatal(err)
		}
		form, ok := page.Form(field)
		if !ok {
			t.Fatalf("%s, status %d, has no form with %s", page.URL, page.Status, field)
		}
		if field == "request" {
			form.Fields.Set("person", person)
		}
		page, err = browser.Submit(t.Context(), form)
	}
	if err != nil {
		t.Fatal(err)
	}
	return page, browser
}
