// Package words says everything that people read, in their language: messages of pages, vocabulary, descriptions of levels and parts of a
// test, help; and writes numbers, days, academic years, grades and lists as the language writes them.
//
// For returns the Words of a language, Override those of a tenant that has texts of its own, Negotiate chooses the language of a reader.
// Messages are methods by area: w.Comparison.Answer(12480). Their names, parameters and types come from the English message files, so a
// misspelt message or a missing value does not compile; areas.go is generated from them (make generate). A message without values costs
// an index into a slice and no memory.
//
// The texts themselves are in package text, with the rules that keep the languages alike; docs/languages.md is the guide for translators.
// The package knows the words of the field (edu) and nothing of pages.
//
// Read words.go, then message.go, format.go, content.go, override.go and negotiate.go.
package words

//go:generate go run ./gen
