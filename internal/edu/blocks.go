package edu

import (
	"slices"
	"strings"
	"unicode"
)

// Block is an interim assessment block of the catalogue: a short test of one topic.
type Block struct {
	Subject Subject
	Title   string
	Aliases []string // other titles under which it has been delivered
}

// Blocks is the catalogue, in the order in which reports show blocks: number and algebra before geometry and data, reading before writing,
// performance tasks last. It holds what is known; blocks that are not in it are shown after it.
var Blocks = []Block{
	{Math, "Operations and Algebraic Thinking", nil},
	{Math, "Numbers and Operations in Base Ten", []string{"Number and Operations in Base Ten"}},
	{Math, "Numbers and Operations: Fractions", []string{"Number and Operations - Fractions", "Fractions"}},
	{Math, "Ratios and Proportional Relationships", []string{"Ratio and Proportional Relationships"}},
	{Math, "The Number System", []string{"Number System"}},
	{Math, "Expressions and Equations", nil},
	{Math, "Expressions and Equations I", nil},
	{Math, "Expressions and Equations II", nil},
	{Math, "Algebra and Functions: Linear", []string{"Algebra and Functions I - Linear Functions, Equations, and Inequalities"}},
	{Math, "Algebra and Functions: Quadratic", []string{"Algebra and Functions II - Quadratic Functions, Equations, and Inequalities"}},
	{Math, "Functions", nil},
	{Math, "Interpreting Functions", nil},
	{Math, "Geometry", nil},
	{Math, "Geometry and Right Triangles", []string{"Geometry and Right Triangle Trigonometry"}},
	{Math, "Measurement and Data", nil},
	{Math, "Statistics and Probability", nil},
	{Math, "Mathematics Performance Task", []string{"Math Performance Task", "Performance Task"}},
	{ELA, "Read Literary Texts", []string{"Reading Literary Texts"}},
	{ELA, "Read Informational Texts", []string{"Reading Informational Texts"}},
	{ELA, "Brief Writes", nil},
	{ELA, "Revision", nil},
	{ELA, "Revision of Argument", nil},
	{ELA, "Edit and Revise", []string{"Edit/Revise", "Edit Revise"}},
	{ELA, "Editing Language and Vocabulary", []string{"Language and Vocabulary Use"}},
	{ELA, "Listen and Interpret", []string{"Listen/Interpret"}},
	{ELA, "Research", nil},
	{ELA, "Research: Analyze Information", nil},
	{ELA, "Research: Evaluate Sources", nil},
	{ELA, "ELA Performance Task", []string{"English Language Arts Performance Task", "Performance Task"}},
}

// BlockOrder returns the place of a block in the catalogue, by a title as it was delivered: letter case, punctuation and the word Block at its end
// do not matter. Blocks that are not in the catalogue come after all that are.
func BlockOrder(subject Subject, title string) int {
	title = plainTitle(title)
	i := slices.IndexFunc(Blocks, func(b Block) bool {
		return b.Subject == subject && (plainTitle(b.Title) == title || slices.ContainsFunc(b.Aliases, func(a string) bool { return plainTitle(a) == title }))
	})
	if i < 0 {
		return len(Blocks)
	}
	return i
}

// plainTitle is a title without what deliveries write differently.
func plainTitle(s string) string {
	words := strings.FieldsFunc(strings.ReplaceAll(strings.ToLower(s), "&", " and "), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if n := len(words); n > 1 && words[n-1] == "block" {
		words = words[:n-1]
	}
	return strings.Join(words, " ")
}
