// Package webtest helps to test pages: a small state behind a running server (site.go), browsers of people with
// different grants, pages that can be asked with selectors (page.go, selector.go), the negative cases that every page must
// pass (access.go), and real Chromium with axe for accessibility (chromium.go). It is for tests only.
package webtest
