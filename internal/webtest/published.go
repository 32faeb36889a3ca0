package webtest

import (
	"testing"
	"time"

	"scorehouse/internal/disclosure"
	"scorehouse/internal/disclosure/drawn"
	"scorehouse/internal/release"
	"scorehouse/internal/report/released/releasedtest"
	"scorehouse/internal/web"
)

// What is published of a site's Tamarack: two years of a drawn state, which has nothing to do with the one that its people see.
const (
	PublicToken    = "tt-public-token-of-tests"  // opens it
	IndexedToken   = "tt-indexed-token-of-tests" // opens it for search engines too
	ExpiredToken   = "tt-expired-token-of-tests" // opened it once
	NothingToken   = "tt-nothing-token-of-tests" // opens what is published of Hemlock: nothing
	PublicDistrict = "dst0000001"                // a district of it
)

// publish makes it.
func publish(t testing.TB) *releasedtest.Memory {
	t.Helper()
	m, err := releasedtest.New("tamarack", disclosure.DefaultPolicy(), drawn.Size{Districts: 3, Schools: 9, Students: 1500}, 2026, 2025)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	m.AddLink(PublicToken, release.Link{ID: 1, Tenant: "tamarack", Expires: later})
	m.AddLink(IndexedToken, release.Link{ID: 2, Tenant: "tamarack", Expires: later, Indexable: true})
	m.AddLink(ExpiredToken, release.Link{ID: 3, Tenant: "tamarack", Expires: time.Now().Add(-time.Second)})
	m.AddLink(NothingToken, release.Link{ID: 4, Tenant: "hemlock", Expires: later})
	return m
}

// AddressOf is an address of a route, with parts of which most exist; students and jobs do not.
func AddressOf(t *testing.T, r web.Route) string {
	t.Helper()
	return requestOf(t, r, ours{student: "AAAAAAAAAAAAAAAAAAAAAA", job: "aaaaaaaaaaaaaaaaaaaaaaaaaa"}, nil).path
}
