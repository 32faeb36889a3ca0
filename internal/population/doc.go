// Package population counts results for comparisons of whole states, in memory and exactly as the SQL of package report does.
//
// An Index holds what counts in one tenant's warehouse, every year: of each result its district, its school and a profile (grade, level and the
// attributes by which people filter), and nothing that tells one student from another. The counted results of a year and
// subject stand district by district in segments, school by school within them, as bitmaps: a bit per result for every value of every
// attribute. A question is answered by combining the bitmaps of its filters and counting bits.
//
// All that counts is read as what would count if every student had been tested once (countable_outcome), less what of that a newer result of the student replaces
// (superseded_outcome): PostgreSQL finds the latter without comparing everything with everything.
//
// A segment never changes. When a batch is published, PostgreSQL says which profiles no longer count, where, and which count now
// (counted_change); the segments they are in are made anew, all others are shared with the version before, and the new version is
// swapped in at once. Results with equal profiles in one school are interchangeable, so no student need be known to take out the right one: that
// a newer result elsewhere takes a student out of a school is decided by PostgreSQL, which sends both changes.
//
// What the index cannot answer it passes on to SQL: versions that it does not hold, all questions while it is built. Who is told of small
// groups is not its business; its numbers are exact and go to package report alone.
//
// Read in this order: profile.go (what is kept of a result), segment.go and bits.go (how), snapshot.go (questions), build.go (a version out of nothing), change.go (from one
// version to the next), copy.go and source.go (out of the warehouse), index.go (the versions held, and who keeps them up to date).
package population
