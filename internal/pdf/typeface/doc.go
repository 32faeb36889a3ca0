// Package typeface reads TrueType fonts, shapes text with them and cuts them down to the glyphs a document uses. It is the half of a PDF
// writer that knows letters; it knows nothing of documents and nothing of this project.
//
// A Set is the fonts of an installation: those shipped in a regular and a semibold weight, then whatever lies in a folder that the operator
// names. A Shaper turns words into glyphs with their places; it remembers words, and is for one goroutine. Text is composed first (NFC), so
// that a name reads the same however it was typed. Letters that no font has are shown as a box and keep their text: nothing is dropped.
//
// Glyphs keep their numbers in a subset, so that what has been set once can be used in any document.
//
// Read set.go first, then shape.go, face.go, subset.go and sfnt.go.
package typeface
