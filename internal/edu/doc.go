// Package edu is the vocabulary of the field: assessments, outcomes, claims, performance levels,
// accommodations, students, districts and schools, with the code lists that files and reports share.
//
// It does no input or output and imports only the standard library. Numeric values of the enumerations are
// stored in the databases (docs/formats/codes.md lists them); never renumber one.
//
// Read assessment.go first (what is measured), then outcome.go (how a student did), then student.go (who).
package edu
