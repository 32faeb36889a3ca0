package harness

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"scorehouse/internal/samltest"
)

// SignIn signs in as one of the people of the demo's identity provider (teacher, principal, district, state, states, general, super, none), through the
// same pages as a person does, and returns a client that has the session.
func (s *System) SignIn(ctx context.Context, person string) (*http.Client, error) {
	browser, err := samltest.NewBrowser()
	if err != nil {
		return nil, err
	}
	page, err := browser.Open(ctx, "http://"+s.Web+"/login")
	if err != nil {
		return nil, fmt.Errorf("sign in: %w", err)
	}
	for _, field := range []string{"request", "SAMLResponse"} { // choose a person; bring the answer back
		form, ok := page.Form(field)
		if !ok {
			return nil, fmt.Errorf("sign in as %s: no form with %s on %s (status %d)", person, field, page.URL.Host, page.Status)
		}
		if field == "request" {
			form.Fields.Set("person", person)
		}
		if page, err = browser.Submit(ctx, form); err != nil {
			return nil, fmt.Errorf("sign in as %s: %w", person, err)
		}
	}
	if page.Status != http.StatusOK || !strings.Contains(page.Body, `http-equiv="refresh"`) {
		return nil, fmt.Errorf("sign in as %s: refused with status %d", person, page.Status)
	}
	return browser.Client(), nil
}
