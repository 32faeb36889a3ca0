// Package disclosure says which numbers about groups of students may leave Scorehouse, so that no number that is held back can be worked out from those that
// are shown. docs/disclosure.md tells the rules, why they hold and where they do not, to people who do not read code.
//
// There are two audiences. To the exact one, whose grants cover every student of a row, nothing is held back. Everybody else, and the public, is the strict
// audience: it reads releases (not every publication of the warehouse), and of each release a fixed Catalogue of questions, which the tenant's Policy
// lists: everybody, the options of one attribute at a time, and pairs with one attribute, the hub, where the policy wants them. What is not in the catalogue is Outside, with a
// Refusal that says why. An answer is a number of students and a percent band for each level, never a count of a level.
//
// Whether a cell (a row and a question) is shown was decided once, for the whole state together, by package disclosure/decide when the release was made. The
// Decision is a bit per cell and goes with the Counts that it was made of; Open puts the two together as a Release, whose Answer is a look-up.
//
// The package does no input or output and knows no database and no page: population fills Counts, others store what Encode gives, pages show Answers.
//
// Read in this order: policy.go (what a tenant sets; bands of percents), catalogue.go (attributes, options, questions), counts.go (numbers that go in), decision.go (bits
// that come out), answer.go (what is said). Then decide (how it is decided) and attack (how it is tried).
package disclosure
