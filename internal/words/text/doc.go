// Package text holds every text that people read on screen or paper, in each language, and reads the files they are kept in.
//
//	LANGUAGE/language.yaml   the language itself: its name, months, how days, years, ranges and lists are written
//	LANGUAGE/messages/*.yaml what pages say, one file per area
//	LANGUAGE/content/*.yaml  vocabulary, descriptions of levels and parts of a test, next steps: versioned
//	LANGUAGE/help/*.md       pages of help
//	aliases.yaml             which of the names in delivered data are known, whatever the language
//
// English comes first: its files say which messages there are, with notes for translators. Every other language has the same keys with the
// same placeholders, which Check and the tests of this package hold it to. docs/languages.md is the guide for translators.
//
// Read placeholder.go for what may stand between braces, then read.go, then check.go. Package words makes the texts usable.
package text
