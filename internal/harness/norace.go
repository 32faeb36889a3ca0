//go:build !race

package harness

// raced says whether this program has the race detector.
const raced = false
