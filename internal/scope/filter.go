package scope

// unfiltered is not empty in binaries that exist to test that row-level security alone keeps students hidden. Only the linker can set it:
// -X scorehouse/internal/scope.unfiltered=yes (package harness and `make campaign TAGS=unfiltered` do). No setting, no variable of the environment and
// no code can, which internal/archtest watches.
var unfiltered string

// Unfiltered reports whether the application's own filter was left out when this binary was linked: every scope then claims to hold every student of
// its tenant, and statements are told so, while the database is told the truth. Such a binary says so in its version and does not start outside of tests.
func Unfiltered() bool { return unfiltered != "" }
