// Package synth makes a synthetic state: the fictional State of Tamarack (code TK), its districts, schools,
// students and years of assessment results, and the packages in which a test vendor would deliver them.
//
// Nothing is stored per student. A student is an index; who the student is and how each assessment went is
// computed from the seed and the index with integer arithmetic, so that one seed gives the same bytes on every
// machine and two million students need no more memory than their schools.
//
// Reports over a few lucky numbers prove little, so every state, however small, holds the awkward corners: a
// district too small to be shown, a school with one student, students with one subject, names at the limits of
// the format, names in many scripts, two students of one name in one class, one school code used in two
// districts. docs/formats/assessment.md is the format.
//
// People, places and results are invented. Gaps between groups come from economic disadvantage, language and
// programmes and from how these cluster in districts; race and ethnicity have no effect of their own.
//
// Read state.go (the state and its places), then student.go (who), outcome.go (how well), package.go (files).
// names.go and assessment.go are mostly data.
package synth
