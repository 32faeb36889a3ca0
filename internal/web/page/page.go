// Package page holds the pages, one small package each, and their style sheets, which lie beside them and are
// served together (package static).
package page

import "embed"

// Sheets holds the style sheets of all pages.
//
//go:embed */*.css
var Sheets embed.FS
