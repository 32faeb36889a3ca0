package login

import (
	"context"
	"strings"

	"scorehouse/internal/access"
	"scorehouse/internal/fault"
)

// Person is someone whom a demonstration or a test can sign in without an identity provider, with words for a page.
type Person struct {
	Name   string // "Rosa Delgado"
	Title  string // "Teacher, Lakeside Elementary"
	Sees   string // one sentence: which results this person may see
	Grants access.Grants
}

// DirectProvider is the provider of sessions that no identity provider has begun.
const DirectProvider = "direct"

// Start signs a person in and returns the token for the cookie. A person without grants is Invalid.
func (s *Sessions) Start(ctx context.Context, p Person) (token string, err error) {
	if len(p.Grants.Tenants()) == 0 {
		return "", fault.New(fault.Invalid, "A session needs grants of a tenant.")
	}
	id := strings.ToLower(strings.ReplaceAll(p.Name, " ", "."))
	token, _, err = s.SignIn(ctx, Identity{Provider: DirectProvider, UserID: id, LoginName: id, Name: p.Name, Title: p.Title, Grants: p.Grants}, "")
	return token, err
}
