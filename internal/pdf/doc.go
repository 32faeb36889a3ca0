// Package pdf writes PDF 1.7 documents that assistive technology can read (PDF/UA-1): pages of vector drawing and shaped text, every mark
// either tagged with an element of a structure tree or marked as an artifact, with language, title, outline and page labels. It writes as it
// goes, so that a document of thousands of pages takes little memory, and the same calls give the same bytes.
//
// A Document collects objects in compressed streams; a Page collects operators; an Element is a node of the structure tree. A Form is drawing
// that is set and compressed once and used on many pages and in many documents. Fonts come from package typeface and are embedded as the
// glyphs that were used.
//
// Lengths are in units of the page's own, which Size says how to convert; y grows downwards, as in package draw and on the web. The package
// knows nothing of this project.
//
// Read document.go first, then page.go, structure.go, content.go, form.go, and embed.go and file.go for the bytes.
package pdf
