//go:build !unfiltered

package scope

// Unfiltered says that the application's own filter is compiled out; see filter_unfiltered.go.
const Unfiltered = false
