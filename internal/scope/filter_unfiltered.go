//go:build unfiltered

package scope

// Unfiltered is true in binaries built with the tag unfiltered, which exist to test that row-level security alone keeps students
// hidden: every scope then claims to hold every student of its tenant, and statements are told so, while the database is told the truth.
// Such a binary says so in its version and does not start outside of tests.
const Unfiltered = true
