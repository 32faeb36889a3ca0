// Package fonts holds Source Sans 3 (Adobe, SIL Open Font License 1.1, LICENSE.md): the full TrueType files that texts in charts are
// measured with and that documents are set in. The web has a subset of its own.
package fonts

import _ "embed"

// The two weights that pages and documents use.
var (
	//go:embed SourceSans3-Regular.ttf
	Regular []byte
	//go:embed SourceSans3-Semibold.ttf
	Semibold []byte
)
