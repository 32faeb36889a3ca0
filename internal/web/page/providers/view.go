// Package providers is the choice of an identity provider, for installations that several organisations sign in to.
package providers

import "scorehouse/internal/web/layout"

// View is everything the page shows.
type View struct {
	Frame     layout.Frame // of nobody
	Providers []Provider   // in order of title
}

// Provider is one that people may sign in with.
type Provider struct {
	Title   string // "Tamarack Department of Education"
	Address string // begins signing in there
}
